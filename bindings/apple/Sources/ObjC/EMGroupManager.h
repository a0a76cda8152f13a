// EMClient.groupManager.
#import "EMCore.h"

NS_ASSUME_NONNULL_BEGIN

@interface EMGroupManager : NSObject <IEMGroupManager>
- (instancetype)initWithCore:(EMCore *)core;
@end

@interface EMCore (Groups)
/// A group as the last fetch of this login brought it, or with its id alone.
- (EMGroup *)knownGroup:(NSString *)identifier;
/// The user is not in a group any more: its conversation leaves this device, if the app wants that.
- (void)leftGroup:(NSString *)identifier;
@end

NS_ASSUME_NONNULL_END
