#import <Lacuna/EMMessageBody.h>

NS_ASSUME_NONNULL_BEGIN

/// Text.
@interface EMTextMessageBody : EMMessageBody

/// The text.
@property (nonatomic, copy, readonly) NSString *text;

/// A text; nil counts as empty.
- (instancetype)initWithText:(nullable NSString *)aText;

@end

NS_ASSUME_NONNULL_END
