#import <Lacuna/LacunaDefines.h>

NS_ASSUME_NONNULL_BEGIN

/// The kinds of messages.
typedef NS_ENUM(NSInteger, EMMessageBodyType) {
    /// EMTextMessageBody.
    EMMessageBodyTypeText = 1,
    /// EMImageMessageBody.
    EMMessageBodyTypeImage = 2,
    /// EMVideoMessageBody.
    EMMessageBodyTypeVideo = 3,
    /// EMLocationMessageBody.
    EMMessageBodyTypeLocation = 4,
    /// EMVoiceMessageBody.
    EMMessageBodyTypeVoice = 5,
    /// EMFileMessageBody.
    EMMessageBodyTypeFile = 6,
    /// EMCmdMessageBody.
    EMMessageBodyTypeCmd = 7,
    /// EMCustomMessageBody.
    EMMessageBodyTypeCustom = 8,
    /// EMCombineMessageBody.
    EMMessageBodyTypeCombine = 9,
};

/// What a message says. An app makes one of the classes below it. A message of a kind that this version does not know has an
/// EMCustomMessageBody with an empty event.
@interface EMMessageBody : NSObject

/// The kind.
@property (nonatomic, readonly) EMMessageBodyType type;

@end

NS_ASSUME_NONNULL_END
