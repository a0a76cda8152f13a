// Delegates: any number, held weakly, each called on its own queue.
#import <Lacuna/Lacuna.h>

NS_ASSUME_NONNULL_BEGIN

/// The delegates of one kind.
@interface EMMulticast : NSObject

/// Adds a delegate; nil is the main queue. Adding it again changes its queue.
- (void)add:(nullable id)delegate queue:(nullable dispatch_queue_t)queue;
/// Removes a delegate.
- (void)remove:(nullable id)delegate;
/// Whether a delegate is there that has a method.
- (BOOL)wants:(SEL)selector;
/// Calls the delegates that have a method, each on its queue.
- (void)tell:(SEL)selector with:(void (^)(id delegate))call;
/// Calls every delegate on its queue: for those that choose among several methods.
- (void)tell:(void (^)(id delegate))call;

@end

NS_ASSUME_NONNULL_END
