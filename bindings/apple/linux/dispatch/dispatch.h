// Grand Central Dispatch for Objective-C on Linux. On Apple platforms queues and semaphores are Objective-C objects, which ARC
// retains and properties hold strongly; libdispatch's on Linux are plain C. So these are objects around those, under Apple's
// names. Each function has another symbol, since libdispatch itself is in the same process.
#pragma once
#ifndef __OBJC__
#error "the stand-in for dispatch is for Objective-C; C and Swift take the toolchain's own"
#endif
#ifdef FOUNDATION_STUB // Read as Apple's own, by ../../apple.
#define OFObject NSObject
#else
#import <ObjFW/ObjFW.h>
#endif
#include <stdint.h>

#define DISPATCH_NAMED(name) __asm__("foundation_" #name)
#pragma clang assume_nonnull begin

@interface OS_dispatch_object : OFObject
@end
__attribute__((swift_name("DispatchQueue"))) @interface OS_dispatch_queue : OS_dispatch_object
@end
@interface OS_dispatch_semaphore : OS_dispatch_object
@end
@interface OS_dispatch_group : OS_dispatch_object
@end
@interface OS_dispatch_queue_attr : OS_dispatch_object
@end
typedef OS_dispatch_object *dispatch_object_t;
typedef OS_dispatch_queue *dispatch_queue_t;
typedef OS_dispatch_queue *dispatch_queue_main_t;
typedef OS_dispatch_queue *dispatch_queue_global_t;
typedef OS_dispatch_queue *dispatch_queue_serial_t;
typedef OS_dispatch_queue_attr *dispatch_queue_attr_t;
typedef OS_dispatch_semaphore *dispatch_semaphore_t;
typedef OS_dispatch_group *dispatch_group_t;
typedef void (^dispatch_block_t)(void);
typedef void (*dispatch_function_t)(void *_Nullable);
typedef uint64_t dispatch_time_t;
typedef intptr_t dispatch_once_t;

#define NSEC_PER_SEC 1000000000ull
#define NSEC_PER_MSEC 1000000ull
#define USEC_PER_SEC 1000000ull
#define NSEC_PER_USEC 1000ull
#define DISPATCH_TIME_NOW (0ull)
#define DISPATCH_TIME_FOREVER (~0ull)
#define DISPATCH_QUEUE_PRIORITY_HIGH 2
#define DISPATCH_QUEUE_PRIORITY_DEFAULT 0
#define DISPATCH_QUEUE_PRIORITY_LOW (-2)
#define QOS_CLASS_USER_INITIATED 0x19
#define QOS_CLASS_DEFAULT 0x15
#define QOS_CLASS_UTILITY 0x11
#define QOS_CLASS_BACKGROUND 0x09
#define DISPATCH_QUEUE_SERIAL ((dispatch_queue_attr_t)nil)
#define DISPATCH_QUEUE_CONCURRENT foundation_dispatch_concurrent()
extern dispatch_queue_attr_t foundation_dispatch_concurrent(void);

extern dispatch_queue_t dispatch_queue_create(const char *_Nullable label, dispatch_queue_attr_t _Nullable attr)
    DISPATCH_NAMED(dispatch_queue_create) __attribute__((ns_returns_retained));
extern dispatch_queue_main_t dispatch_get_main_queue(void) DISPATCH_NAMED(dispatch_get_main_queue);
extern dispatch_queue_global_t dispatch_get_global_queue(intptr_t identifier, uintptr_t flags) DISPATCH_NAMED(dispatch_get_global_queue);
extern const char *dispatch_queue_get_label(dispatch_queue_t _Nullable queue) DISPATCH_NAMED(dispatch_queue_get_label);
#define DISPATCH_CURRENT_QUEUE_LABEL ((dispatch_queue_t)nil)
extern void dispatch_async(dispatch_queue_t queue, dispatch_block_t block) DISPATCH_NAMED(dispatch_async);
extern void dispatch_sync(dispatch_queue_t queue, __attribute__((noescape)) dispatch_block_t block) DISPATCH_NAMED(dispatch_sync);
extern void dispatch_barrier_async(dispatch_queue_t queue, dispatch_block_t block) DISPATCH_NAMED(dispatch_barrier_async);
extern void dispatch_barrier_sync(dispatch_queue_t queue, __attribute__((noescape)) dispatch_block_t block)
    DISPATCH_NAMED(dispatch_barrier_sync);
extern void dispatch_after(dispatch_time_t when, dispatch_queue_t queue, dispatch_block_t block) DISPATCH_NAMED(dispatch_after);
extern void dispatch_queue_set_specific(dispatch_queue_t queue, const void *key, void *_Nullable context,
                                        dispatch_function_t _Nullable destructor) DISPATCH_NAMED(dispatch_queue_set_specific);
extern dispatch_semaphore_t _Nonnull dispatch_semaphore_create(intptr_t value) DISPATCH_NAMED(dispatch_semaphore_create)
    __attribute__((ns_returns_retained));
extern intptr_t dispatch_semaphore_wait(dispatch_semaphore_t semaphore, dispatch_time_t timeout) DISPATCH_NAMED(dispatch_semaphore_wait);
extern intptr_t dispatch_semaphore_signal(dispatch_semaphore_t semaphore) DISPATCH_NAMED(dispatch_semaphore_signal);
extern dispatch_group_t dispatch_group_create(void) DISPATCH_NAMED(dispatch_group_create) __attribute__((ns_returns_retained));
extern void dispatch_group_enter(dispatch_group_t group) DISPATCH_NAMED(dispatch_group_enter);
extern void dispatch_group_leave(dispatch_group_t group) DISPATCH_NAMED(dispatch_group_leave);
extern intptr_t dispatch_group_wait(dispatch_group_t group, dispatch_time_t timeout) DISPATCH_NAMED(dispatch_group_wait);
extern void dispatch_group_async(dispatch_group_t group, dispatch_queue_t queue, dispatch_block_t block)
    DISPATCH_NAMED(dispatch_group_async);
extern void dispatch_group_notify(dispatch_group_t group, dispatch_queue_t queue, dispatch_block_t block)
    DISPATCH_NAMED(dispatch_group_notify);
#if !__has_feature(objc_arc)
extern void dispatch_retain(dispatch_object_t object) DISPATCH_NAMED(dispatch_retain);
extern void dispatch_release(dispatch_object_t object) DISPATCH_NAMED(dispatch_release);
#endif

// These take and give no objects: libdispatch's own.
extern void dispatch_once(dispatch_once_t *predicate, __attribute__((noescape)) dispatch_block_t block);
extern dispatch_time_t dispatch_time(dispatch_time_t when, int64_t delta);
extern void *_Nullable dispatch_get_specific(const void *key);
extern void dispatch_main(void) __attribute__((noreturn));

#pragma clang assume_nonnull end
