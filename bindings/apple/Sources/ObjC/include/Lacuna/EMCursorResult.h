#import <Lacuna/LacunaDefines.h>

NS_ASSUME_NONNULL_BEGIN

/// A page of something, and where the next one starts.
@interface EMCursorResult<__covariant ObjectType> : NSObject

/// What is on the page.
@property (nonatomic, strong, nullable) NSArray<ObjectType> *list;
/// To be given for the next page; nil or empty after the last one.
@property (nonatomic, copy, nullable) NSString *cursor;

/// A page.
+ (instancetype)cursorResultWithList:(nullable NSArray<ObjectType> *)aList andCursor:(nullable NSString *)aCursor;

@end

NS_ASSUME_NONNULL_END
