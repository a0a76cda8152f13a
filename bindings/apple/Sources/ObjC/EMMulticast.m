#import "EMMulticast.h"

#if !__has_feature(objc_arc)
#error "compile with -fobjc-arc"
#endif

@interface EMListener : NSObject
@property (nonatomic, weak) id delegate;
@property (nonatomic, strong) dispatch_queue_t queue;
@end

@implementation EMListener
@end

@implementation EMMulticast {
    // Replaced, never changed: whoever has it may go through it without the lock.
    NSArray<EMListener *> *_listeners;
}

- (NSArray<EMListener *> *)listeners {
    @synchronized(self) {
        return _listeners ?: @[];
    }
}

// Those that are left, without one; the dead go by the way.
- (NSMutableArray<EMListener *> *)listenersWithout:(id)delegate {
    NSMutableArray<EMListener *> *left = [NSMutableArray array];
    for (EMListener *listener in _listeners) {
        id other = listener.delegate;
        if (other && other != delegate) [left addObject:listener];
    }
    return left;
}

- (void)add:(id)delegate queue:(dispatch_queue_t)queue {
    if (!delegate) return;
    EMListener *listener = [[EMListener alloc] init];
    listener.delegate = delegate;
    listener.queue = queue ?: dispatch_get_main_queue();
    @synchronized(self) {
        NSMutableArray<EMListener *> *listeners = [self listenersWithout:delegate];
        [listeners addObject:listener];
        _listeners = listeners;
    }
}

- (void)remove:(id)delegate {
    @synchronized(self) {
        _listeners = [self listenersWithout:delegate];
    }
}

- (BOOL)wants:(SEL)selector {
    for (EMListener *listener in self.listeners) {
        if ([listener.delegate respondsToSelector:selector]) return YES;
    }
    return NO;
}

- (void)tell:(SEL)selector with:(void (^)(id))call {
    [self tell:^(id delegate) {
        if ([delegate respondsToSelector:selector]) call(delegate);
    }];
}

- (void)tell:(void (^)(id))call {
    for (EMListener *listener in self.listeners) {
        // The block holds the listener, not the delegate: one that goes meanwhile is not called.
        dispatch_async(listener.queue, ^{
            id delegate = listener.delegate;
            if (delegate) call(delegate);
        });
    }
}

@end
