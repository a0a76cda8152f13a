#import <Lacuna/EMMessageBody.h>

NS_ASSUME_NONNULL_BEGIN

/// A kind of the app's own.
@interface EMCustomMessageBody : EMMessageBody

/// Its name.
@property (nonatomic, copy, null_unspecified) NSString *event;
/// Its data.
@property (nonatomic, copy, null_unspecified) NSDictionary<NSString *, NSString *> *customExt;

/// A message of the kind `aEvent`.
- (instancetype)initWithEvent:(nullable NSString *)aEvent customExt:(nullable NSDictionary<NSString *, NSString *> *)aCustomExt;

@end

NS_ASSUME_NONNULL_END
