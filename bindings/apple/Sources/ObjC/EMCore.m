#import "EMCore.h"

#if !__has_feature(objc_arc)
#error "compile with -fobjc-arc"
#endif

@interface EMCore ()
@property (atomic, strong, readwrite, nullable) EMOptions *options;
@end

@implementation EMCore {
    // Guards what follows; is signalled when the last call has ended.
    NSCondition *_turn;
    LacunaClient *_client;
    // Calls that have the client right now: it cannot be freed under them.
    NSUInteger _calls;
    BOOL _closed;
    // Clients of the library that are being freed: their completions are still called.
    NSUInteger _ending;
    // Where completions are called that no client of the library can call: one at a time, as those of a client.
    dispatch_queue_t _refusals;
}

- (instancetype)init {
    if ((self = [super init])) {
        _turn = [[NSCondition alloc] init];
        _refusals = dispatch_queue_create("lacuna-callbacks", DISPATCH_QUEUE_SERIAL);
        _clientDelegates = [[EMMulticast alloc] init];
        _deviceDelegates = [[EMMulticast alloc] init];
        _chatDelegates = [[EMMulticast alloc] init];
        _groupDelegates = [[EMMulticast alloc] init];
    }
    return self;
}

- (void)dealloc {
    // Every call holds its core, so there are none.
    lacuna_client_free(_client);
}

#pragma mark - The client

- (const LacunaClient *)take {
    [_turn lock];
    const LacunaClient *client = _client;
    if (client) _calls++;
    [_turn unlock];
    return client;
}

- (void)give {
    [_turn lock];
    if (--_calls == 0) [_turn broadcast];
    [_turn unlock];
}

// Puts another client, or none, in the place of the one that is there.
- (void)replace:(LacunaClient *)next closed:(BOOL)closed {
    [_turn lock];
    LacunaClient *before = _client;
    _client = NULL;
    _ending++;
    _closed = closed;
    while (_calls > 0) [_turn wait];
    // Somebody may have closed meanwhile, or have opened another one.
    if (!_closed && !_client) {
        _client = next;
        next = NULL;
    }
    [_turn unlock];
    self.joinedGroups = nil;
    lacuna_client_free(before);
    lacuna_client_free(next);
    [_turn lock];
    _ending--;
    [_turn broadcast];
    [_turn unlock];
}

- (EMError *)openWithOptions:(EMOptions *)options appkey:(NSString *)appkey {
    EMArena *arena __attribute__((objc_precise_lifetime)) = [[EMArena alloc] init];
    LacunaOptions wanted = {0};
    EMError *refused = [options lacunaFill:&wanted appkey:appkey arena:arena];
    if (refused) return refused;
    LacunaClient *client = NULL;
    LacunaError *failed = lacuna_client_new(&wanted, &client);
    if (failed) {
        EMError *error = EMErrorOf(failed);
        lacuna_error_free(failed);
        return error;
    }
    EMObserve(self, client);
    self.options = options;
    [self replace:client closed:NO];
    return nil;
}

- (void)close {
    [self replace:NULL closed:YES];
}

- (BOOL)isOpen {
    [_turn lock];
    BOOL open = _client != NULL;
    [_turn unlock];
    return open;
}

- (NSString *)user {
    __block NSString *user = nil;
    [self read:^(const LacunaClient *client) {
        if (client) user = EMStringTake(lacuna_current_user(client));
    }];
    return user;
}

#pragma mark - Calls

// Why there is no client.
- (EMError *)missing {
    [_turn lock];
    BOOL closed = _closed;
    [_turn unlock];
    if (closed) return EMErrorMake(EMErrorUserNotLogin, @"the client is closed");
    return EMErrorMake(EMErrorGeneral, @"the SDK is not initialised");
}

// Waits until no client of the library calls completions any more.
- (void)waitForEnd {
    [_turn lock];
    while (_ending > 0) [_turn wait];
    [_turn unlock];
}

// A block as a context: whoever is given it takes it over.
static void *contextOf(EMDone done) {
    return done ? (__bridge_retained void *)[done copy] : NULL;
}

- (void)later:(EMDone)done call:(EMCall)call {
    const LacunaClient *client = [self take];
    if (!client) {
        if (!done) return;
        EMError *error = [self missing];
        dispatch_async(_refusals, ^{
            [self waitForEnd];
            done(nil, error);
        });
        return;
    }
    EMArena *arena __attribute__((objc_precise_lifetime)) = [[EMArena alloc] init];
    call(client, arena, LACUNA_LATER, contextOf(done));
    [self give];
}

- (id)now:(EMError *__autoreleasing *)error call:(EMCall)call {
    __block id answer = nil;
    __block EMError *failed = nil;
    const LacunaClient *client = [self take];
    if (client) {
        EMArena *arena __attribute__((objc_precise_lifetime)) = [[EMArena alloc] init];
        call(client, arena, LACUNA_BLOCKING, contextOf(^(id value, EMError *reason) {
                 answer = value;
                 failed = reason;
             }));
        [self give];
    } else {
        failed = [self missing];
    }
    if (error) *error = failed;
    return answer;
}

- (EMError *)run:(EMCall)call {
    EMError *error = nil;
    [self now:&error call:call];
    return error;
}

- (void)read:(void (^)(const LacunaClient *))reading {
    const LacunaClient *client = [self take];
    reading(client);
    if (client) [self give];
}

- (EMError *)refusal:(EMErrorCode)code because:(NSString *)text {
    if (!self.isOpen) return [self missing];
    if (!self.user) return EMErrorMake(EMErrorUserNotLogin, @"not logged in");
    return EMErrorMake(code, text);
}

- (void)refuse:(EMErrorCode)code because:(NSString *)text done:(EMDone)done {
    if (!done) return;
    // Looking nothing up is the way to the thread of the completions, and answers 201 if that goes before.
    [self later:^(id value, EMError *error) {
        (void)value;
        done(nil, error ?: EMErrorMake(code, text));
    } call:^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        (void)arena;
        lacuna_messages(client, NULL, 0, mode, context, EMTakeMessages);
    }];
}

@end

#pragma mark - Trampolines

// Whether the context is NULL: nobody waits.
static void answer(void *context, id (^valueOf)(void), const LacunaError *error) {
    if (!context) return;
    @autoreleasepool {
        EMDone done = (__bridge_transfer EMDone)context;
        done(error ? nil : valueOf(), EMErrorOf(error));
    }
}

void EMTakeNothing(void *context, const LacunaError *error) {
    answer(context, ^id { return nil; }, error);
}

void EMTakeText(void *context, const char *text, const LacunaError *error) {
    answer(context, ^id { return EMStringOf(text); }, error);
}

void EMTakeCount(void *context, int64_t count, const LacunaError *error) {
    answer(context, ^id { return @(count); }, error);
}

void EMTakeMessages(void *context, const LacunaMessages *messages, const LacunaError *error) {
    answer(context, ^id { return EMMessagesOf(messages); }, error);
}

void EMTakeConversations(void *context, const LacunaConversations *conversations, const LacunaError *error) {
    answer(context, ^id { return EMFactsOf(conversations); }, error);
}

void EMTakeGroups(void *context, const LacunaGroups *groups, const LacunaError *error) {
    answer(context, ^id { return EMGroupsOf(groups); }, error);
}

void EMTakeMembers(void *context, const LacunaMembers *members, const LacunaError *error) {
    answer(context, ^id { return EMMembersOf(members); }, error);
}

void EMTakeDevices(void *context, const LacunaDevices *devices, const LacunaError *error) {
    answer(context, ^id { return EMDevicesOf(devices); }, error);
}

NSArray<EMConversation *> *EMConversationsOf(EMCore *core, NSArray<EMFacts *> *rows) {
    if (!rows) return nil;
    NSMutableArray<EMConversation *> *list = [NSMutableArray array];
    for (EMFacts *row in rows) {
        [list addObject:[[EMConversation alloc] initWithCore:core type:row.type identifier:row.identifier]];
    }
    return list;
}
