#import <Lacuna/EMErrorCode.h>

NS_ASSUME_NONNULL_BEGIN

/// Why a call failed: a number for the app, and a text for people and logs. Nothing is half done after one.
@interface EMError : NSObject

/// The reason.
@property (nonatomic) EMErrorCode code;
/// What happened, in words, in English. Not meant to be taken apart.
@property (nonatomic, copy, null_unspecified) NSString *errorDescription;

/// An error.
- (instancetype)initWithDescription:(nullable NSString *)aDescription code:(EMErrorCode)aCode;
/// An error.
+ (instancetype)errorWithDescription:(nullable NSString *)aDescription code:(EMErrorCode)aCode;

@end

NS_ASSUME_NONNULL_END
