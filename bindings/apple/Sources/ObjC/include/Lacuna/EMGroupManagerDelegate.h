#import <Lacuna/EMGroup.h>

NS_ASSUME_NONNULL_BEGIN

/// Why the user is not in a group any more.
typedef NS_ENUM(NSInteger, EMGroupLeaveReason) {
    /// The owner removed the user.
    EMGroupLeaveReasonBeRemoved = 0,
    /// The user left, on another device.
    EMGroupLeaveReasonUserLeave = 1,
    /// The owner dismissed the group.
    EMGroupLeaveReasonDestroyed = 2,
};

/// What happens in groups. What the user does on this device is told by completions alone.
@protocol EMGroupManagerDelegate <NSObject>
@optional

/// The user was invited into a group. Comes from servers that ask the invited; Lacuna's puts them in at once.
- (void)groupInvitationDidReceive:(NSString *)aGroupId
                        groupName:(NSString *)aGroupName
                          inviter:(NSString *)aInviter
                          message:(nullable NSString *)aMessage;
/// The user was put into a group.
- (void)didJoinGroup:(EMGroup *)aGroup inviter:(NSString *)aInviter message:(nullable NSString *)aMessage;
/// The user is not in a group any more. With EMOptions.deleteMessagesOnLeaveGroup its conversation is gone from this device.
- (void)didLeaveGroup:(EMGroup *)aGroup reason:(EMGroupLeaveReason)aReason;
/// Somebody came into a group of the user.
- (void)userDidJoinGroup:(EMGroup *)aGroup user:(NSString *)aUsername;
/// Somebody left a group of the user, or was removed from it.
- (void)userDidLeaveGroup:(EMGroup *)aGroup user:(NSString *)aUsername;

@end

NS_ASSUME_NONNULL_END
