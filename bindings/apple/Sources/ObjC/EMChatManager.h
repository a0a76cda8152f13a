// EMClient.chatManager. It is a chain of classes, one for each concern, and no categories: from an archive, linkers leave out
// the files that hold only those.
#import "EMCore.h"
#import "EMSearch.h"

NS_ASSUME_NONNULL_BEGIN

/// Conversations of this device and on the server, and deleting.
@interface EMChatConversations : NSObject
@property (nonatomic, strong, readonly) EMCore *core;
- (instancetype)initWithCore:(EMCore *)core;
@end

/// History on the server, and lookups on this device.
@interface EMChatHistory : EMChatConversations
@end

/// All of it: the delegates, sending, and messages of this device.
@interface EMChatManager : EMChatHistory <IEMChatManager>
@end

@interface EMCore (Chat)
/// The conversation list of this device; nil without a login.
- (nullable NSArray<EMConversation *> *)allConversations;
/// The conversation of an id, whatever its type, as EMFacts; nil if it is not here.
- (void)conversationNamed:(NSString *)identifier done:(EMDone)done;
/// Messages by id, in the order of the ids; those that are not here are left out.
- (nullable NSArray<EMChatMessage *> *)messagesWithIds:(NSArray<NSString *> *)ids error:(EMError *_Nullable *_Nullable)error;
@end

NS_ASSUME_NONNULL_END
