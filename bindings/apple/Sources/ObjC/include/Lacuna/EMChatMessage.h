#import <Lacuna/EMMessageBody.h>

NS_ASSUME_NONNULL_BEGIN

/// Where a message goes.
typedef NS_ENUM(NSInteger, EMChatType) {
    /// To one user.
    EMChatTypeChat = 0,
    /// To a group.
    EMChatTypeGroupChat = 1,
    /// To a chat room. The SDK offers none yet: calls answer 505.
    EMChatTypeChatRoom = 2,
};

/// How far a message has come.
typedef NS_ENUM(NSInteger, EMMessageStatus) {
    /// Made, not handed to the connection.
    EMMessageStatusPending = 0,
    /// On its way. It survives a crash and is sent again.
    EMMessageStatusDelivering = 1,
    /// The server has it.
    EMMessageStatusSucceed = 2,
    /// Refused, or not sent in time. resendMessage: tries again.
    EMMessageStatusFailed = 3,
};

/// Which side a message comes from.
typedef NS_ENUM(NSInteger, EMMessageDirection) {
    /// This user sent it, from whatever device.
    EMMessageDirectionSend = 0,
    /// Somebody else did.
    EMMessageDirectionReceive = 1,
};

/// A message. It is a copy of what the store has: changes go back with updateMessage:completion: only. The one exception is a
/// message that is being sent: its id, status and times are set as they become known.
@interface EMChatMessage : NSObject

/// The server's id; until the server has the message, one that this device made up.
@property (nonatomic, copy) NSString *messageId;
/// The other user, or the group.
@property (nonatomic, copy) NSString *conversationId;
/// Which side it comes from.
@property (nonatomic) EMMessageDirection direction;
/// Who sent it.
@property (nonatomic, copy) NSString *from;
/// Who receives it: a user, or a group.
@property (nonatomic, copy) NSString *to;
/// When the server received it, in milliseconds; until then, when it was made. Deletions by time on the server go by this.
@property (nonatomic) long long timestamp;
/// When this device made or received it, in milliseconds.
@property (nonatomic) long long localTime;
/// Where it goes. EMChatTypeChat at first.
@property (nonatomic) EMChatType chatType;
/// How far it has come.
@property (nonatomic) EMMessageStatus status;
/// Whether it was read on this device. YES for what this user sent.
@property (nonatomic) BOOL isRead;
/// Whether the other side said that it has read it.
@property (nonatomic) BOOL isReadAcked;
/// Whether it reached a device of the other side, if that side says so (EMOptions.enableDeliveryAck).
@property (nonatomic) BOOL isDeliverAcked;
/// What it says.
@property (nonatomic, strong) EMMessageBody *body;
/// The app's own data: names, and values that are NSString or NSNumber. Body and ext together have at most 5 KB.
@property (nonatomic, copy, nullable) NSDictionary *ext;
/// Only to who is online when it is sent; such a message is in nobody's history. NO at first.
@property (nonatomic) BOOL deliverOnlineOnly;
/// To these members of the group only, at most 20; such a message is in nobody's history. nil for all.
@property (nonatomic, strong, nullable) NSArray<NSString *> *receiverList;

/// A message to be sent, imported or inserted. It is a sent one if `aFrom` is the user.
- (instancetype)initWithConversationID:(NSString *)aConversationId
                                  from:(NSString *)aFrom
                                    to:(NSString *)aTo
                                  body:(EMMessageBody *)aBody
                                   ext:(nullable NSDictionary *)aExt;
/// A message from the user who is logged in to `aConversationId`.
- (instancetype)initWithConversationID:(NSString *)aConversationId
                                  body:(EMMessageBody *)aBody
                                   ext:(nullable NSDictionary *)aExt;

@end

NS_ASSUME_NONNULL_END
