#import <Lacuna/EMMessageBody.h>

NS_ASSUME_NONNULL_BEGIN

/// A place.
@interface EMLocationMessageBody : EMMessageBody

/// Degrees, -90 to 90.
@property (nonatomic) double latitude;
/// Degrees, -180 to 180.
@property (nonatomic) double longitude;
/// The place in words.
@property (nonatomic, copy, nullable) NSString *address;
/// The name of the building.
@property (nonatomic, copy, nullable) NSString *buildingName;

/// A place.
- (instancetype)initWithLatitude:(double)aLatitude longitude:(double)aLongitude address:(nullable NSString *)aAddress;
/// A place in a building.
- (instancetype)initWithLatitude:(double)aLatitude
                       longitude:(double)aLongitude
                         address:(nullable NSString *)aAddress
                    buildingName:(nullable NSString *)aBuildingName;

@end

NS_ASSUME_NONNULL_END
