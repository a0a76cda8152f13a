// The main run loop, as far as a command-line test needs one: it runs the blocks of the main queue, on the main thread.
#pragma once

NS_ASSUME_NONNULL_BEGIN

#define NSRunLoop FoundationRunLoop // ObjFW's own run loop knows nothing of the main queue.
typedef NSString *NSRunLoopMode;
FOUNDATION_EXPORT NSRunLoopMode const NSDefaultRunLoopMode;

@interface NSRunLoop : NSObject
@property (class, readonly) NSRunLoop *mainRunLoop;
@property (class, readonly) NSRunLoop *currentRunLoop;
- (void)run;
- (void)runUntilDate:(NSDate *)date;
- (BOOL)runMode:(NSRunLoopMode)mode beforeDate:(NSDate *)date;
@end

typedef struct __CFRunLoop *CFRunLoopRef;
FOUNDATION_EXPORT CFRunLoopRef CFRunLoopGetMain(void);
FOUNDATION_EXPORT void CFRunLoopRun(void);
FOUNDATION_EXPORT void CFRunLoopStop(CFRunLoopRef loop);

NS_ASSUME_NONNULL_END
