#import <Lacuna/LacunaDefines.h>

NS_ASSUME_NONNULL_BEGIN

/// The device that took over a login. The SDK does not read yet which it was: both are empty.
@interface EMLoginExtensionInfo : NSObject

/// What it is called for people.
@property (nonatomic, copy) NSString *deviceName;
/// What its app says about it.
@property (nonatomic, copy) NSString *extensionInfo;

@end

NS_ASSUME_NONNULL_END
