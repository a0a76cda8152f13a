#import "EMChatManager.h"
#import "EMContactManager.h"
#import "EMGroupManager.h"

#if !__has_feature(objc_arc)
#error "compile with -fobjc-arc"
#endif

typedef void (^EMErrorDone)(EMError *error);
typedef void (^EMNameDone)(NSString *name, EMError *error);

#pragma mark - Calls

static EMCall registering(NSString *name, NSString *password) {
    return ^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        lacuna_register(client, [arena text:name], [arena text:password], mode, context, EMTakeNothing);
    };
}

static EMCall login(NSString *name, NSString *secret, BOOL isToken) {
    return ^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        lacuna_login(client, [arena text:name], [arena text:secret], isToken, mode, context, EMTakeNothing);
    };
}

static EMCall renewing(NSString *token) {
    return ^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        lacuna_renew_token(client, [arena text:token], mode, context, EMTakeNothing);
    };
}

static const EMCall logout = ^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
    (void)arena;
    lacuna_logout(client, mode, context, EMTakeNothing);
};

static EMCall devices(NSString *name, NSString *secret, BOOL isToken) {
    return ^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        lacuna_devices(client, [arena text:name], [arena text:secret], isToken, mode, context, EMTakeDevices);
    };
}

// nil for the resource means all devices.
static EMCall kicking(NSString *name, NSString *secret, BOOL isToken, NSString *resource) {
    return ^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        const char *user = [arena text:name];
        lacuna_kick_device(client, user, [arena text:secret], isToken, [arena text:resource], mode, context, EMTakeNothing);
    };
}

@implementation EMClient {
    EMCore *_core;
    EMChatManager *_chat;
    EMContactManager *_contacts;
    EMGroupManager *_groups;
}

+ (instancetype)sharedClient {
    static EMClient *client;
    static dispatch_once_t once;
    dispatch_once(&once, ^{
        client = [[EMClient alloc] init];
    });
    return client;
}

- (instancetype)init {
    if ((self = [super init])) {
        _core = [[EMCore alloc] init];
        _chat = [[EMChatManager alloc] initWithCore:_core];
        _contacts = [[EMContactManager alloc] initWithCore:_core];
        _groups = [[EMGroupManager alloc] initWithCore:_core];
    }
    return self;
}

- (void)dealloc {
    // Conversations that the app still has, and calls that run, hold the core.
    [_core close];
}

#pragma mark - What it is

- (NSString *)version {
    return EMTextOf(lacuna_version());
}

- (NSString *)currentUsername {
    return _core.user;
}

- (EMOptions *)options {
    return _core.options;
}

// The managers come with the options, and stay.

- (id<IEMChatManager>)chatManager {
    return _core.options ? _chat : nil;
}

- (id<IEMContactManager>)contactManager {
    return _core.options ? _contacts : nil;
}

- (id<IEMGroupManager>)groupManager {
    return _core.options ? _groups : nil;
}

- (BOOL)isAutoLogin {
    if (!_core.options.isAutoLogin) return NO;
    __block BOOL remembered = NO;
    [_core read:^(const LacunaClient *client) {
        remembered = client && lacuna_has_auto_login(client);
    }];
    return remembered;
}

- (BOOL)isLoggedIn {
    return _core.user != nil;
}

- (BOOL)isConnected {
    __block BOOL connected = NO;
    [_core read:^(const LacunaClient *client) {
        connected = client && lacuna_is_connected(client);
    }];
    return connected;
}

- (NSString *)accessUserToken {
    __block NSString *token = nil;
    [_core read:^(const LacunaClient *client) {
        if (client) token = EMStringTake(lacuna_token(client));
    }];
    return token;
}

#pragma mark - Delegates

- (void)addDelegate:(id<EMClientDelegate>)aDelegate delegateQueue:(dispatch_queue_t)aQueue {
    [_core.clientDelegates add:aDelegate queue:aQueue];
}

- (void)removeDelegate:(id<EMClientDelegate>)aDelegate {
    [_core.clientDelegates remove:aDelegate];
}

- (void)addMultiDevicesDelegate:(id<EMMultiDevicesDelegate>)aDelegate delegateQueue:(dispatch_queue_t)aQueue {
    [_core.deviceDelegates add:aDelegate queue:aQueue];
}

- (void)removeMultiDevicesDelegate:(id<EMMultiDevicesDelegate>)aDelegate {
    [_core.deviceDelegates remove:aDelegate];
}

#pragma mark - Starting and ending

- (EMError *)initializeSDKWithOptions:(EMOptions *)aOptions {
    // One start or change of the application at a time.
    @synchronized(self) {
        if (_core.isOpen) return nil;
        if (!aOptions) return EMErrorMake(EMErrorInvalidParam, @"there are no options");
        EMError *error = [_core openWithOptions:aOptions appkey:aOptions.appkey];
        if (error) return error;
        [self takeUpLogin];
        return nil;
    }
}

- (void)takeUpLogin {
    if (!self.isAutoLogin) return;
    EMMulticast *delegates = _core.clientDelegates;
    [_core later:^(NSString *name, EMError *error) {
        // There was none after all.
        if (!name && !error) return;
        [delegates tell:@selector(autoLoginDidCompleteWithError:) with:^(id<EMClientDelegate> delegate) {
            [delegate autoLoginDidCompleteWithError:error];
        }];
    } call:^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        (void)arena;
        lacuna_auto_login(client, mode, context, EMTakeText);
    }];
}

- (EMError *)changeAppkey:(NSString *)aAppkey {
    @synchronized(self) {
        EMOptions *options = _core.options;
        // Without a client there is nobody logged in, and the refusal says what is missing.
        if (!_core.isOpen) return [_core refusal:EMErrorGeneral because:@"the SDK is not initialised"];
        if (_core.user) return EMErrorMake(EMErrorUserAlreadyLoginSame, @"somebody is logged in");
        EMError *error = [_core openWithOptions:options appkey:aAppkey];
        if (!error) options.appkey = aAppkey;
        return error;
    }
}

- (void)close {
    // Not under the lock: completions that are still owed run before this returns, and may want it.
    [_core close];
}

#pragma mark - Ways to call

// A call that answers later with an error alone.
- (void)later:(EMErrorDone)completion call:(EMCall)call {
    [_core later:^(id value, EMError *error) {
        (void)value;
        if (completion) completion(error);
    } call:call];
}

// The same, for completions that are given a name back.
- (void)later:(EMNameDone)completion name:(NSString *)name call:(EMCall)call {
    [_core later:^(id value, EMError *error) {
        (void)value;
        if (completion) completion(name, error);
    } call:call];
}

#pragma mark - Users

- (EMError *)registerWithUsername:(NSString *)aUsername password:(NSString *)aPassword {
    return [_core run:registering(aUsername, aPassword)];
}

- (void)registerWithUsername:(NSString *)aUsername
                    password:(NSString *)aPassword
                  completion:(void (^)(NSString *aUsername, EMError *aError))aCompletionBlock {
    [self later:aCompletionBlock name:aUsername call:registering(aUsername, aPassword)];
}

- (void)fetchTokenWithUsername:(NSString *)aUsername
                      password:(NSString *)aPassword
                    completion:(void (^)(NSString *aToken, EMError *aError))aCompletionBlock {
    [_core later:(EMDone)aCompletionBlock call:^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        lacuna_fetch_token(client, [arena text:aUsername], [arena text:aPassword], mode, context, EMTakeText);
    }];
}

- (EMError *)loginWithUsername:(NSString *)aUsername password:(NSString *)aPassword {
    return [_core run:login(aUsername, aPassword, NO)];
}

- (void)loginWithUsername:(NSString *)aUsername
                 password:(NSString *)aPassword
               completion:(void (^)(NSString *aUsername, EMError *aError))aCompletionBlock {
    [self later:aCompletionBlock name:aUsername call:login(aUsername, aPassword, NO)];
}

- (EMError *)loginWithUsername:(NSString *)aUsername token:(NSString *)aToken {
    return [_core run:login(aUsername, aToken, YES)];
}

- (void)loginWithUsername:(NSString *)aUsername
                    token:(NSString *)aToken
               completion:(void (^)(NSString *aUsername, EMError *aError))aCompletionBlock {
    [self later:aCompletionBlock name:aUsername call:login(aUsername, aToken, YES)];
}

- (EMError *)renewToken:(NSString *)newToken {
    return [_core run:renewing(newToken)];
}

- (void)renewToken:(NSString *)newToken completion:(void (^)(EMError *aError))aCompletionBlock {
    [self later:aCompletionBlock call:renewing(newToken)];
}

- (EMError *)logout:(BOOL)aIsUnbindDeviceToken {
    (void)aIsUnbindDeviceToken;
    EMError *error = [_core run:logout];
    _core.joinedGroups = nil;
    return error;
}

- (void)logout:(BOOL)aIsUnbindDeviceToken completion:(void (^)(EMError *aError))aCompletionBlock {
    (void)aIsUnbindDeviceToken;
    EMCore *core = _core;
    [self later:^(EMError *error) {
        core.joinedGroups = nil;
        if (aCompletionBlock) aCompletionBlock(error);
    } call:logout];
}

#pragma mark - Devices

- (NSArray<EMDeviceConfig *> *)getLoggedInDevicesFromServerWithUsername:(NSString *)aUsername
                                                               password:(NSString *)aPassword
                                                                  error:(EMError *__autoreleasing *)pError {
    return [_core now:pError call:devices(aUsername, aPassword, NO)];
}

- (void)getLoggedInDevicesFromServerWithUsername:(NSString *)aUsername
                                        password:(NSString *)aPassword
                                      completion:(void (^)(NSArray<EMDeviceConfig *> *aList, EMError *aError))aCompletionBlock {
    [_core later:(EMDone)aCompletionBlock call:devices(aUsername, aPassword, NO)];
}

- (void)getLoggedInDevicesFromServerWithUserId:(NSString *)aUserID
                                         token:(NSString *)aToken
                                    completion:(void (^)(NSArray<EMDeviceConfig *> *aList, EMError *aError))aCompletionBlock {
    [_core later:(EMDone)aCompletionBlock call:devices(aUserID, aToken, YES)];
}

// NULL means all devices to the C library, and nobody who names one means that.
static NSString *named(NSString *resource) {
    return resource ?: @"";
}

- (EMError *)kickDeviceWithUsername:(NSString *)aUsername password:(NSString *)aPassword resource:(NSString *)aResource {
    return [_core run:kicking(aUsername, aPassword, NO, named(aResource))];
}

- (void)kickDeviceWithUsername:(NSString *)aUsername
                      password:(NSString *)aPassword
                      resource:(NSString *)aResource
                    completion:(void (^)(EMError *aError))aCompletionBlock {
    [self later:aCompletionBlock call:kicking(aUsername, aPassword, NO, named(aResource))];
}

- (void)kickDeviceWithUserId:(NSString *)aUserID
                       token:(NSString *)aToken
                    resource:(NSString *)aResource
                  completion:(void (^)(EMError *aError))aCompletionBlock {
    [self later:aCompletionBlock call:kicking(aUserID, aToken, YES, named(aResource))];
}

- (EMError *)kickAllDevicesWithUsername:(NSString *)aUsername password:(NSString *)aPassword {
    return [_core run:kicking(aUsername, aPassword, NO, nil)];
}

- (void)kickAllDevicesWithUsername:(NSString *)aUsername
                          password:(NSString *)aPassword
                        completion:(void (^)(EMError *aError))aCompletionBlock {
    [self later:aCompletionBlock call:kicking(aUsername, aPassword, NO, nil)];
}

- (void)kickAllDevicesWithUserId:(NSString *)aUserID
                           token:(NSString *)aToken
                      completion:(void (^)(EMError *aError))aCompletionBlock {
    [self later:aCompletionBlock call:kicking(aUserID, aToken, YES, nil)];
}

- (EMDeviceConfig *)getDeviceConfig:(EMError *__autoreleasing *)pError {
    __block NSString *resource = nil;
    [_core read:^(const LacunaClient *client) {
        if (client) resource = EMStringTake(lacuna_resource(client));
    }];
    EMError *missing = resource ? nil : [_core refusal:EMErrorUserNotLogin because:@"not logged in"];
    if (pError) *pError = missing;
    if (!resource) return nil;
    // The library tells the server the resource as the unique id, too.
    return [[EMDeviceConfig alloc] initWithResource:resource uuid:resource name:_core.options.lacunaDeviceName];
}

@end
