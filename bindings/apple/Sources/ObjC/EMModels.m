// The classes that only hold values.
#import "EMPrivate.h"

#if !__has_feature(objc_arc)
#error "compile with -fobjc-arc"
#endif

@implementation EMError

- (instancetype)initWithDescription:(NSString *)aDescription code:(EMErrorCode)aCode {
    if ((self = [super init])) {
        _errorDescription = [aDescription copy];
        _code = aCode;
    }
    return self;
}

+ (instancetype)errorWithDescription:(NSString *)aDescription code:(EMErrorCode)aCode {
    return [[self alloc] initWithDescription:aDescription code:aCode];
}

// What a log shows of it.
- (NSString *)description {
    return [NSString stringWithFormat:@"error %ld: %@", (long)_code, _errorDescription];
}

@end

@implementation EMCursorResult

+ (instancetype)cursorResultWithList:(NSArray *)aList andCursor:(NSString *)aCursor {
    EMCursorResult *result = [[self alloc] init];
    result.list = aList;
    result.cursor = aCursor;
    return result;
}

@end

@implementation EMDeviceConfig

- (instancetype)initWithResource:(NSString *)resource uuid:(NSString *)uuid name:(NSString *)name {
    if ((self = [super init])) {
        _resource = [resource copy];
        _deviceUUID = [uuid copy];
        _deviceName = [name copy];
    }
    return self;
}

@end

@implementation EMFetchServerMessagesOption

- (instancetype)init {
    if ((self = [super init])) {
        _startTime = -1;
        _endTime = -1;
        _direction = EMMessageSearchDirectionUp;
    }
    return self;
}

@end

@implementation EMGroup

// NSObject has a property of this name, without a variable.
@synthesize description = _description;

+ (instancetype)groupWithId:(NSString *)aGroupId {
    EMGroup *group = [[self alloc] init];
    group->_groupId = [aGroupId copy];
    return group;
}

@end

@implementation EMGroupOptions

- (instancetype)init {
    if ((self = [super init])) {
        _style = EMGroupStylePrivateOnlyOwnerInvite;
        _maxUsers = 200;
    }
    return self;
}

@end

@implementation EMLoginExtensionInfo

- (instancetype)init {
    if ((self = [super init])) {
        _deviceName = @"";
        _extensionInfo = @"";
    }
    return self;
}

@end

@implementation EMRecallMessageInfo

- (instancetype)init {
    if ((self = [super init])) {
        _recallBy = @"";
        _recallMessageId = @"";
        _conversationId = @"";
    }
    return self;
}

@end
