#import <Lacuna/LacunaDefines.h>

NS_ASSUME_NONNULL_BEGIN

/// Who may come into a group, and by whom.
typedef NS_ENUM(NSInteger, EMGroupStyle) {
    /// Whom the owner invites.
    EMGroupStylePrivateOnlyOwnerInvite = 0,
    /// Whom any member invites.
    EMGroupStylePrivateMemberCanInvite = 1,
    /// Whoever asks and is approved. The SDK does not ask for approval yet: creating such a group answers 111.
    EMGroupStylePublicJoinNeedApproval = 2,
    /// Anybody.
    EMGroupStylePublicOpenJoin = 3,
};

/// What a group to be created is like.
@interface EMGroupOptions : NSObject

/// Who may come in. EMGroupStylePrivateOnlyOwnerInvite, as made.
@property (nonatomic) EMGroupStyle style;
/// Members at most, the owner included, up to 10,000. 200, as made.
@property (nonatomic) NSInteger maxUsers;
/// Changes nothing: the server puts who is invited into the group at once.
@property (nonatomic) BOOL IsInviteNeedConfirm;

@end

NS_ASSUME_NONNULL_END
