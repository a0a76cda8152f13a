#import <Foundation/Foundation.h>

// libdispatch's own functions, over its own C objects.
#define RAW(name) __asm__(#name)
extern void *raw_queue_create(const char *label, void *attr) RAW(dispatch_queue_create);
extern void *raw_get_global_queue(intptr_t identifier, uintptr_t flags) RAW(dispatch_get_global_queue);
extern const char *raw_queue_get_label(void *queue) RAW(dispatch_queue_get_label);
extern void raw_async(void *queue, dispatch_block_t block) RAW(dispatch_async);
extern void raw_sync(void *queue, dispatch_block_t block) RAW(dispatch_sync);
extern void raw_barrier_async(void *queue, dispatch_block_t block) RAW(dispatch_barrier_async);
extern void raw_barrier_sync(void *queue, dispatch_block_t block) RAW(dispatch_barrier_sync);
extern void raw_after(dispatch_time_t when, void *queue, dispatch_block_t block) RAW(dispatch_after);
extern void raw_set_specific(void *queue, const void *key, void *context, dispatch_function_t destructor) RAW(dispatch_queue_set_specific);
extern void *raw_semaphore_create(intptr_t value) RAW(dispatch_semaphore_create);
extern intptr_t raw_semaphore_wait(void *semaphore, dispatch_time_t timeout) RAW(dispatch_semaphore_wait);
extern intptr_t raw_semaphore_signal(void *semaphore) RAW(dispatch_semaphore_signal);
extern void *raw_group_create(void) RAW(dispatch_group_create);
extern void raw_group_enter(void *group) RAW(dispatch_group_enter);
extern void raw_group_leave(void *group) RAW(dispatch_group_leave);
extern intptr_t raw_group_wait(void *group, dispatch_time_t timeout) RAW(dispatch_group_wait);
extern void raw_group_async(void *group, void *queue, dispatch_block_t block) RAW(dispatch_group_async);
extern void raw_group_notify(void *group, void *queue, dispatch_block_t block) RAW(dispatch_group_notify);
extern void raw_release(void *object) RAW(dispatch_release);
extern char _dispatch_main_q, _dispatch_queue_attr_concurrent;

@implementation OS_dispatch_object {
@public
    void *_raw;
}
- (instancetype)initWithRaw:(void *)raw {
    if ((self = [super init])) _raw = raw;
    return self;
}
// Blocks that still wait hold libdispatch's object, so it outlives this one if it has to.
- (void)dealloc { raw_release(_raw); }
@end
@implementation OS_dispatch_queue
@end
@implementation OS_dispatch_semaphore
@end
@implementation OS_dispatch_group
@end
@implementation OS_dispatch_queue_attr
@end

static inline void *raw(OS_dispatch_object *object) { return object->_raw; }

// On Apple platforms a queue's thread drains an autorelease pool around its blocks. Here nobody else would: what a block
// autoreleases would live as long as the thread.
// Given away retained: autoreleased it would keep what it captures for as long as the caller's pool lasts, which may be forever.
__attribute__((ns_returns_retained)) static dispatch_block_t pooled(dispatch_block_t block) {
    return ^{ @autoreleasepool { block(); } };
}

dispatch_queue_attr_t foundation_dispatch_concurrent(void) {
    static OS_dispatch_queue_attr *attr;
    static dispatch_once_t once;
    dispatch_once(&once, ^{ attr = [[OS_dispatch_queue_attr alloc] initWithRaw:&_dispatch_queue_attr_concurrent]; });
    return attr;
}
dispatch_queue_t dispatch_queue_create(const char *label, dispatch_queue_attr_t attr) {
    return [[OS_dispatch_queue alloc] initWithRaw:raw_queue_create(label, attr ? raw(attr) : NULL)];
}
dispatch_queue_t dispatch_get_main_queue(void) {
    static OS_dispatch_queue *queue;
    static dispatch_once_t once;
    dispatch_once(&once, ^{ queue = [[OS_dispatch_queue alloc] initWithRaw:&_dispatch_main_q]; });
    return queue;
}
dispatch_queue_t dispatch_get_global_queue(intptr_t identifier, uintptr_t flags) {
    static NSMutableDictionary *queues;
    static dispatch_once_t once;
    dispatch_once(&once, ^{ queues = [[NSMutableDictionary alloc] init]; });
    @synchronized(queues) {
        OS_dispatch_queue *queue = queues[@(identifier)];
        if (!queue) queues[@(identifier)] = queue = [[OS_dispatch_queue alloc] initWithRaw:raw_get_global_queue(identifier, flags)];
        return queue;
    }
}
const char *dispatch_queue_get_label(dispatch_queue_t queue) { return raw_queue_get_label(queue ? raw(queue) : NULL); }
void dispatch_async(dispatch_queue_t queue, dispatch_block_t block) { raw_async(raw(queue), pooled(block)); }
void dispatch_sync(dispatch_queue_t queue, dispatch_block_t block) { raw_sync(raw(queue), block); }
void dispatch_barrier_async(dispatch_queue_t queue, dispatch_block_t block) { raw_barrier_async(raw(queue), pooled(block)); }
void dispatch_barrier_sync(dispatch_queue_t queue, dispatch_block_t block) { raw_barrier_sync(raw(queue), block); }
void dispatch_after(dispatch_time_t when, dispatch_queue_t queue, dispatch_block_t block) { raw_after(when, raw(queue), pooled(block)); }
void dispatch_queue_set_specific(dispatch_queue_t queue, const void *key, void *context, dispatch_function_t destructor) {
    raw_set_specific(raw(queue), key, context, destructor);
}
dispatch_semaphore_t dispatch_semaphore_create(intptr_t value) {
    return [[OS_dispatch_semaphore alloc] initWithRaw:raw_semaphore_create(value)];
}
intptr_t dispatch_semaphore_wait(dispatch_semaphore_t semaphore, dispatch_time_t timeout) {
    return raw_semaphore_wait(raw(semaphore), timeout);
}
intptr_t dispatch_semaphore_signal(dispatch_semaphore_t semaphore) { return raw_semaphore_signal(raw(semaphore)); }
dispatch_group_t dispatch_group_create(void) { return [[OS_dispatch_group alloc] initWithRaw:raw_group_create()]; }
void dispatch_group_enter(dispatch_group_t group) { raw_group_enter(raw(group)); }
void dispatch_group_leave(dispatch_group_t group) { raw_group_leave(raw(group)); }
intptr_t dispatch_group_wait(dispatch_group_t group, dispatch_time_t timeout) { return raw_group_wait(raw(group), timeout); }
void dispatch_group_async(dispatch_group_t group, dispatch_queue_t queue, dispatch_block_t block) {
    raw_group_async(raw(group), raw(queue), pooled(block));
}
void dispatch_group_notify(dispatch_group_t group, dispatch_queue_t queue, dispatch_block_t block) {
    raw_group_notify(raw(group), raw(queue), pooled(block));
}

// For callers without ARC, to whom the object's own counting is dispatch's.
void foundation_dispatch_retain(void *object) { (void)objc_retain((__bridge id)object); }
void foundation_dispatch_release(void *object) { objc_release((__bridge id)object); }
