// Memory for the C structures of one call.
#import <Lacuna/Lacuna.h>

NS_ASSUME_NONNULL_BEGIN

/// Holds what a call of the C library points at. The library copies it during the call, so an arena lives as long as one call.
@interface EMArena : NSObject

/// Zeroed memory, aligned for everything.
- (void *)room:(size_t)size;
/// A text; NULL for nil.
- (const char *_Nullable)text:(nullable NSString *)text;
/// A list of texts; NULL for an empty one.
- (const char *const _Nonnull *_Nullable)texts:(nullable NSArray<NSString *> *)texts;
/// A list of numbers; NULL for an empty one.
- (const int32_t *_Nullable)numbers:(nullable NSArray<NSNumber *> *)numbers;

@end

NS_ASSUME_NONNULL_END
