#import <Lacuna/EMChatMessage.h>

NS_ASSUME_NONNULL_BEGIN

/// A message that was taken back from everybody.
@interface EMRecallMessageInfo : NSObject

/// Who took it back.
@property (nonatomic, copy) NSString *recallBy;
/// Its id.
@property (nonatomic, copy) NSString *recallMessageId;
/// What it was; nil if this device did not hold it, or held it no more.
@property (nonatomic, strong, nullable) EMChatMessage *recallMessage;
/// What that side says about it.
@property (nonatomic, strong, nullable) NSString *ext;
/// The conversation.
@property (nonatomic, strong) NSString *conversationId;

@end

NS_ASSUME_NONNULL_END
