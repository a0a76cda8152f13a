#import <Lacuna/EMFileMessageBody.h>

NS_ASSUME_NONNULL_BEGIN

/// A picture.
@interface EMImageMessageBody : EMFileMessageBody

/// Pixels; zero if nobody said.
@property (nonatomic) CGSize size;
/// Where its thumbnail can be downloaded.
@property (nonatomic, copy, null_unspecified) NSString *thumbnailRemotePath;
/// What that download needs; may be empty.
@property (nonatomic, copy, null_unspecified) NSString *thumbnailSecretKey;

@end

NS_ASSUME_NONNULL_END
