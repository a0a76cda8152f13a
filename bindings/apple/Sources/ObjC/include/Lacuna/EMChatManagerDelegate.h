#import <Lacuna/EMConversation.h>
#import <Lacuna/EMRecallMessageInfo.h>

NS_ASSUME_NONNULL_BEGIN

/// What happens to messages. A deletion that this device makes is told by its completion alone; those of the user's other
/// devices are told by EMMultiDevicesDelegate.
@protocol EMChatManagerDelegate <NSObject>
@optional

/// What is on the list, its order or its unread counts changed. The list as it is now, as getAllConversations: gives it.
- (void)conversationListDidUpdate:(NSArray<EMConversation *> *)aConversationList;

/// Messages came: from others, or sent by this user's other devices. With EMOptions.includeSendMessageInMessageListener,
/// also what this device sent.
- (void)messagesDidReceive:(NSArray<EMChatMessage *> *)aMessages;
/// Commands came. They are kept nowhere.
- (void)cmdMessagesDidReceive:(NSArray<EMChatMessage *> *)aCmdMessages;

/// The other side has read messages of this user.
- (void)messagesDidRead:(NSArray<EMChatMessage *> *)aMessages;
/// Messages of this user reached a device of the other side.
- (void)messagesDidDeliver:(NSArray<EMChatMessage *> *)aMessages;
/// `from` has read the whole conversation with `to`. If `from` is this user, another of their devices did.
- (void)onConversationRead:(NSString *)from to:(NSString *)to;

/// Messages were taken back from everybody; they are not here any more. Comes from servers that have recall.
- (void)messagesInfoDidRecall:(NSArray<EMRecallMessageInfo *> *)aRecallMessagesInfo;
/// A message was changed for everybody. The time is in milliseconds. Comes from servers that have editing.
- (void)onMessageContentChanged:(EMChatMessage *)message
                     operatorId:(NSString *)operatorId
                  operationTime:(NSUInteger)operationTime;

/// A message's status changed while no completion waited for it: one sent with a nil completion, or sent again after a crash
/// or a lost connection.
- (void)messageStatusDidChange:(EMChatMessage *)aMessage error:(nullable EMError *)aError;

@end

NS_ASSUME_NONNULL_END
