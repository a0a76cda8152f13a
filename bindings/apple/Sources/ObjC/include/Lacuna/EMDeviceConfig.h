#import <Lacuna/LacunaDefines.h>

NS_ASSUME_NONNULL_BEGIN

/// A device of a user.
@interface EMDeviceConfig : NSObject

/// What it is called on the wire, and in EMMultiDevicesDelegate; made once, when the user first logs in on it.
@property (nonatomic, readonly, nullable) NSString *resource;
/// Its own unique id; empty if it has told none.
@property (nonatomic, readonly, nullable) NSString *deviceUUID;
/// What it is called for people.
@property (nonatomic, readonly, nullable) NSString *deviceName;

@end

NS_ASSUME_NONNULL_END
