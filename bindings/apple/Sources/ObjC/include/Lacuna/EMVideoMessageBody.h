#import <Lacuna/EMFileMessageBody.h>

NS_ASSUME_NONNULL_BEGIN

/// A film.
@interface EMVideoMessageBody : EMFileMessageBody

/// Seconds.
@property (nonatomic) int duration;
/// Where a picture of it can be downloaded.
@property (nonatomic, copy, nullable) NSString *thumbnailRemotePath;
/// What that download needs; may be empty.
@property (nonatomic, copy, nullable) NSString *thumbnailSecretKey;
/// Pixels of that picture; zero if nobody said.
@property (nonatomic) CGSize thumbnailSize;

@end

NS_ASSUME_NONNULL_END
