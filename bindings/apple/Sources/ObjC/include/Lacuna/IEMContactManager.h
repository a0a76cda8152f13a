#import <Lacuna/EMError.h>

NS_ASSUME_NONNULL_BEGIN

/// The way to contacts: EMClient.contactManager. The SDK has no calls for contacts yet; what is here is the user's own devices.
@protocol IEMContactManager <NSObject>
@required

/// The user's other devices that are connected, each as `user/resource`. Async, server. 201.
- (void)getSelfIdsOnOtherPlatformWithCompletion:(void (^_Nullable)(NSArray<NSString *> *_Nullable aList,
                                                                   EMError *_Nullable aError))aCompletionBlock;
/// The same. Sync, server. 201.
- (nullable NSArray<NSString *> *)getSelfIdsOnOtherPlatformWithError:(EMError *_Nullable *_Nullable)pError;

@end

NS_ASSUME_NONNULL_END
