#import <Foundation/Foundation.h>
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdint.h>

// libdispatch's two entries for run loops (swift-corelibs-libdispatch, private/queue_private.h): an eventfd that becomes readable
// when the main queue has work, and the call that does the work.
extern int _dispatch_get_main_queue_port_4CF(void);
extern void _dispatch_main_queue_callback_4CF(void *message);

static _Atomic(bool) stopped;

// Runs what is queued; waits for more until `until`, at most. False once that time is over.
static bool drain(NSDate *until) {
    double left = until.timeIntervalSinceNow;
    struct pollfd port = {.fd = _dispatch_get_main_queue_port_4CF(), .events = POLLIN};
    // A turn is short enough for CFRunLoopStop from another thread to be seen.
    int wait_ms = left <= 0 ? 0 : left > 0.05 ? 50 : (int)(left * 1000) + 1;
    if (poll(&port, 1, wait_ms) > 0) {
        uint64_t wakes;
        while (read(port.fd, &wakes, sizeof wakes) < 0 && errno == EINTR) {}
        @autoreleasepool { _dispatch_main_queue_callback_4CF(NULL); }
    }
    return left > 0;
}

NSRunLoopMode const NSDefaultRunLoopMode = @"kCFRunLoopDefaultMode";

@implementation NSRunLoop
+ (NSRunLoop *)mainRunLoop {
    static NSRunLoop *loop;
    static dispatch_once_t once;
    dispatch_once(&once, ^{ loop = [[self alloc] init]; });
    return loop;
}
+ (NSRunLoop *)currentRunLoop {
    NSCAssert(NSThread.isMainThread, @"only the main thread has a run loop here");
    return self.mainRunLoop;
}
- (void)runUntilDate:(NSDate *)date {
    NSCAssert(NSThread.isMainThread, @"only the main thread has a run loop here");
    for (;;) @autoreleasepool { if (!drain(date)) break; }
}
- (BOOL)runMode:(NSRunLoopMode)mode beforeDate:(NSDate *)date {
    (void)mode;
    drain(date);
    return YES;
}
- (void)run { [self runUntilDate:NSDate.distantFuture]; }
@end

CFRunLoopRef CFRunLoopGetMain(void) { return (__bridge CFRunLoopRef)NSRunLoop.mainRunLoop; }
void CFRunLoopRun(void) {
    NSCAssert(NSThread.isMainThread, @"only the main thread has a run loop here");
    while (!atomic_exchange(&stopped, false)) @autoreleasepool { drain([NSDate dateWithTimeIntervalSinceNow:1]); }
}
void CFRunLoopStop(CFRunLoopRef loop) {
    (void)loop;
    atomic_store(&stopped, true);
}
