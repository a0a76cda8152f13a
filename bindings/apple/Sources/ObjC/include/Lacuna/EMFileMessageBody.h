#import <Lacuna/EMMessageBody.h>

NS_ASSUME_NONNULL_BEGIN

/// A file.
///
/// The SDK does not move files yet. Before it sends, the app puts the file where the others can get it and sets remotePath;
/// a message without one fails with 402. What is received has the remotePath that its sender gave.
@interface EMFileMessageBody : EMMessageBody

/// The file's name for people.
@property (nonatomic, copy, null_unspecified) NSString *displayName;
/// Where the file is on this device; never sent. Received messages have none until the app sets one.
@property (nonatomic, copy, null_unspecified) NSString *localPath;
/// Where the file can be downloaded.
@property (nonatomic, copy, null_unspecified) NSString *remotePath;
/// What the download needs; may be empty.
@property (nonatomic, copy, null_unspecified) NSString *secretKey;
/// Bytes, at most 2 GB: the wire has a signed 32-bit number.
@property (nonatomic) long long fileLength;

/// A file of this device. Its length is read from the disk.
- (instancetype)initWithLocalPath:(nullable NSString *)aLocalPath displayName:(nullable NSString *)aDisplayName;

@end

NS_ASSUME_NONNULL_END
