#import <Lacuna/EMFileMessageBody.h>

NS_ASSUME_NONNULL_BEGIN

/// Several messages, combined into one file. It can be received, shown and sent on; making one of messages needs uploading,
/// which the SDK does not do yet.
@interface EMCombineMessageBody : EMFileMessageBody

/// What it is called.
@property (nonatomic, strong, nullable) NSString *title;
/// What it is about.
@property (nonatomic, strong, nullable) NSString *summary;

@end

NS_ASSUME_NONNULL_END
