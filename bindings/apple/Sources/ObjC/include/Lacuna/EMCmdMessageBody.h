#import <Lacuna/EMMessageBody.h>

NS_ASSUME_NONNULL_BEGIN

/// A command for the app on the other side. It is delivered and kept nowhere: not in the local store, not in history.
@interface EMCmdMessageBody : EMMessageBody

/// What to do. Names that begin with `em_` or `easemob::` are taken.
@property (nonatomic, copy, null_unspecified) NSString *action;
/// Only to who is online. NO at first. The same as EMChatMessage.deliverOnlineOnly; either is enough.
@property (nonatomic) BOOL isDeliverOnlineOnly;

/// A command.
- (instancetype)initWithAction:(NSString *)aAction;

@end

NS_ASSUME_NONNULL_END
