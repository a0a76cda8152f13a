#import <Lacuna/EMFileMessageBody.h>

NS_ASSUME_NONNULL_BEGIN

/// A recording.
@interface EMVoiceMessageBody : EMFileMessageBody

/// Seconds.
@property (nonatomic) int duration;

@end

NS_ASSUME_NONNULL_END
