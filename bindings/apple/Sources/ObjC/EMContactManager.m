#import "EMContactManager.h"

#if !__has_feature(objc_arc)
#error "compile with -fobjc-arc"
#endif

@implementation EMContactManager {
    EMCore *_core;
}

- (instancetype)initWithCore:(EMCore *)core {
    if ((self = [super init])) _core = core;
    return self;
}

// What a device is addressed as.
static NSArray<NSString *> *idsOf(NSArray<EMDeviceConfig *> *devices, NSString *user) {
    if (!devices) return nil;
    NSMutableArray<NSString *> *ids = [NSMutableArray array];
    for (EMDeviceConfig *device in devices) {
        [ids addObject:[NSString stringWithFormat:@"%@/%@", user, device.resource]];
    }
    return ids;
}

static const EMCall others = ^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
    (void)arena;
    lacuna_other_devices(client, mode, context, EMTakeDevices);
};

- (void)getSelfIdsOnOtherPlatformWithCompletion:(void (^)(NSArray<NSString *> *aList, EMError *aError))aCompletionBlock {
    NSString *user = _core.user;
    [_core later:^(NSArray<EMDeviceConfig *> *devices, EMError *error) {
        if (aCompletionBlock) aCompletionBlock(idsOf(devices, user), error);
    } call:others];
}

- (NSArray<NSString *> *)getSelfIdsOnOtherPlatformWithError:(EMError *__autoreleasing *)pError {
    NSString *user = _core.user;
    return idsOf([_core now:pError call:others], user);
}

@end
