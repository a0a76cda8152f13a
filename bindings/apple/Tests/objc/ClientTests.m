// The client: made, logged in and out, its devices and tokens, and what it answers before it is ready.
#import "support/Support.h"
#include <signal.h>

static void beforeItIsInitialised(void) {
    EMClient *client = MADE([[EMClient alloc] init]);
    CHECK(client.chatManager == nil && client.groupManager == nil && client.contactManager == nil && client.options == nil);
    CHECK(!client.isLoggedIn && !client.isConnected && !client.isAutoLogin);
    CHECK(client.currentUsername == nil && client.accessUserToken == nil && client.version.length > 0);
    CHECK_CODE(1, [client loginWithUsername:@"a" password:@"b"]);
    Answer *answer = [Answer answer];
    [client loginWithUsername:@"a" password:@"b" completion:answer.one];
    CHECK_CODE(1, [answer wait]);
    CHECK(!pthread_equal(answer.thread, pthread_self()));
    CHECK([EMClient sharedClient] == [EMClient sharedClient] && [EMClient sharedClient] != client);
}

static void options(void) {
    EMOptions *options = [EMOptions optionsWithAppkey:@"lacuna#demo"];
    CHECK_EQUAL(@"lacuna#demo", options.appkey);
    CHECK(options.isAutoLogin && options.deleteMessagesOnLeaveGroup && options.enableRequireReadAck && options.autoLoadConversations);
    CHECK(!options.enableConsoleLog && !options.usingHttpsOnly && !options.enableDeliveryAck && !options.loadEmptyConversations);
    CHECK(!options.includeSendMessageInMessageListener && !options.regardImportMessagesAsRead && options.enableDnsConfig);
    CHECK(options.restServer == nil && options.chatServer == nil && options.chatPort == 0 && options.dataFolder == nil);
    EMClient *client = MADE([[EMClient alloc] init]);
    CHECK_CODE(110, [client initializeSDKWithOptions:options]);
    options.restServer = @"http://127.0.0.1:1";
    options.usingHttpsOnly = YES;
    CHECK_CODE(110, [client initializeSDKWithOptions:options]);
    EMOptions *right = optionsAt(serverURL(), newFolder());
    EMOptions *nokey = [EMOptions optionsWithAppkey:@"nokey"];
    nokey.restServer = serverURL();
    nokey.dataFolder = newFolder();
    CHECK_CODE(100, [client initializeSDKWithOptions:nokey]);
    CHECK(client.chatManager == nil);
    // After all of that, one that is right.
    CHECK_CODE(0, [client initializeSDKWithOptions:right]);
    CHECK(client.chatManager != nil && client.options == right);
    CHECK_CODE(0, [client initializeSDKWithOptions:nokey]);
    CHECK(client.options == right);
    [client close];
}

static void loggingIn(void) {
    NSString *name = newName(@"client");
    EMClient *client = clientAt(serverURL());
    CHECK_CODE(204, [client loginWithUsername:name password:@"secret"]);
    CHECK_CODE(0, [client registerWithUsername:name password:@"secret"]);
    CHECK_CODE(203, [client registerWithUsername:name password:@"secret"]);
    Answer *again = [Answer answer];
    [client registerWithUsername:name password:@"secret" completion:again.one];
    CHECK_CODE(203, [again wait]);
    CHECK_CODE(202, [client loginWithUsername:name password:@"wrong"]);
    CHECK(!client.isLoggedIn);
    Answer *answer = [Answer answer];
    [client loginWithUsername:name.uppercaseString password:@"secret" completion:answer.one];
    CHECK_EQUAL(name.uppercaseString, [answer got]);
    CHECK_EQUAL(name, client.currentUsername);
    CHECK(client.isLoggedIn && client.isConnected && client.isAutoLogin && client.accessUserToken.length > 0);
    CHECK_CODE(200, [client loginWithUsername:name password:@"secret"]);
    CHECK_CODE(200, [client changeAppkey:@"other#app"]);
    CHECK_CODE(0, [client logout:YES]);
    CHECK(!client.isLoggedIn && !client.isConnected && !client.isAutoLogin && client.currentUsername == nil);
    Answer *out = [Answer answer];
    [client logout:NO completion:out.none];
    CHECK_CODE(0, [out wait]);
    CHECK_CODE(100, [client changeAppkey:@"nokey"]);
    EMClient *offline = clientAt(@"http://127.0.0.1:1");
    CHECK_CODE(300, [offline loginWithUsername:name password:@"secret"]);
}

static void tokens(void) {
    NSString *name = newName(@"client");
    EMClient *client = clientAt(serverURL());
    CHECK_CODE(0, [client registerWithUsername:name password:@"secret"]);
    Answer *first = [Answer answer], *second = [Answer answer], *wrong = [Answer answer], *renewed = [Answer answer];
    [client fetchTokenWithUsername:name password:@"secret" completion:first.one];
    [client fetchTokenWithUsername:name password:@"wrong" completion:wrong.one];
    NSString *token = [first got];
    CHECK_CODE(202, [wrong wait]);
    CHECK_CODE(104, [client loginWithUsername:name token:@"no-token"]);
    CHECK_CODE(201, [client renewToken:token]);
    CHECK_CODE(0, [client loginWithUsername:name token:token]);
    CHECK_EQUAL(token, client.accessUserToken);
    [client fetchTokenWithUsername:name password:@"secret" completion:second.one];
    NSString *newer = [second got];
    [client renewToken:newer completion:renewed.none];
    CHECK_CODE(0, [renewed wait]);
    CHECK_EQUAL(newer, client.accessUserToken);
    CHECK_CODE(104, [client renewToken:@"no-token"]);
}

static void theLoginIsTakenUp(void) {
    NSString *name = newName(@"client"), *folder = newFolder();
    EMClient *client = clientWith(optionsAt(serverURL(), folder));
    CHECK_CODE(0, [client registerWithUsername:name password:@"secret"]);
    CHECK_CODE(0, [client loginWithUsername:name password:@"secret"]);
    EMChatMessage *message = sendText(client, name, @"kept");
    NSString *resource = [client getDeviceConfig:NULL].resource;
    EMConversation *conversation = talk(client, name);
    [client close];
    CHECK_CODE(201, [conversation removeMessagesStart:0 to:1]);

    EMClient *again = MADE([[EMClient alloc] init]);
    Notebook *notes = [Notebook of:again];
    CHECK_CODE(0, [again initializeSDKWithOptions:optionsAt(serverURL(), folder)]);
    CHECK_EQUAL(@"auto login 0", [notes wait:@"auto login" count:1]);
    CHECK([notes wait:@"connected" count:1] != nil);
    CHECK_EQUAL(name, again.currentUsername);
    CHECK_EQUAL(resource, [again getDeviceConfig:NULL].resource);
    CHECK([again.chatManager getMessageWithMessageId:message.messageId] != nil);
    CHECK_CODE(0, [again logout:NO]);
    [again close];
    dispatch_sync(notes.queue, ^{});
    CHECK([notes linesOf:@"auto login"].count == 1);

    // Logged out, nobody is logged in the next time, and nothing is told.
    EMClient *third = MADE([[EMClient alloc] init]);
    Notebook *silent = [Notebook of:third];
    CHECK_CODE(0, [third initializeSDKWithOptions:optionsAt(serverURL(), folder)]);
    CHECK(!third.isAutoLogin && !third.isLoggedIn);
    CHECK_CODE(0, [third loginWithUsername:name password:@"secret"]);
    CHECK([silent wait:@"connected" count:1] != nil && [silent linesOf:@"auto login"].count == 0);
    [third close];
}

static void devices(void) {
    NSString *name = newName(@"client");
    EMClient *phone = login(serverURL(), name), *tablet = login(serverURL(), name);
    Notebook *phoneNotes = [Notebook of:phone], *tabletNotes = [Notebook of:tablet];
    EMError *error = nil;
    NSArray<EMDeviceConfig *> *all = [phone getLoggedInDevicesFromServerWithUsername:name password:@"secret" error:&error];
    CHECK_CODE(0, error);
    CHECK(all.count == 2);
    EMDeviceConfig *own = [phone getDeviceConfig:&error], *others = [tablet getDeviceConfig:&error];
    CHECK(own.resource.length > 0 && others.resource.length > 0 && ![own.resource isEqual:others.resource]);
    Answer *byToken = [Answer answer], *wrong = [Answer answer];
    [phone getLoggedInDevicesFromServerWithUserId:name token:phone.accessUserToken completion:byToken.one];
    CHECK([[byToken got] count] == 2);
    [phone getLoggedInDevicesFromServerWithUsername:name password:@"wrong" completion:wrong.one];
    CHECK_CODE(202, [wrong wait]);
    NSArray *ids = [phone.contactManager getSelfIdsOnOtherPlatformWithError:&error];
    CHECK_EQUAL((@[ [NSString stringWithFormat:@"%@/%@", name, others.resource] ]), ids);
    CHECK_CODE(0, [phone kickDeviceWithUsername:name password:@"secret" resource:others.resource]);
    CHECK_EQUAL(@"logged out 217", [tabletNotes wait:@"logged out" count:1]);
    CHECK(becomes(^{ return (BOOL)!tablet.isLoggedIn; }) && !tablet.isAutoLogin && phone.isLoggedIn);
    CHECK([tablet getDeviceConfig:&error] == nil);
    CHECK_CODE(201, error);
    Answer *kicked = [Answer answer];
    [phone kickAllDevicesWithUsername:name password:@"secret" completion:kicked.none];
    CHECK_CODE(0, [kicked wait]);
    CHECK_EQUAL(@"logged out 217", [phoneNotes wait:@"logged out" count:1]);
}

static void severalClients(void) {
    NSString *first = newName(@"client"), *second = newName(@"client");
    EMClient *one = login(serverURL(), first), *other = login(serverURL(), second);
    CHECK_EQUAL(first, one.currentUsername);
    CHECK_EQUAL(second, other.currentUsername);
    CHECK_CODE(0, [one logout:NO]);
    CHECK(other.isLoggedIn && !one.isLoggedIn);
    // The app's own one beside them.
    EMClient *shared = [EMClient sharedClient];
    CHECK_CODE(0, [shared initializeSDKWithOptions:optionsAt(serverURL(), newFolder())]);
    CHECK_CODE(0, [shared loginWithUsername:first password:@"secret"]);
    CHECK_EQUAL(first, [EMClient sharedClient].currentUsername);
    CHECK_CODE(0, [shared logout:NO]);
    [shared close];
}

static void theServerIsLost(void) {
    const char *url = getenv("LACUNA_DOOMED_URL"), *pid = getenv("LACUNA_DOOMED_PID");
    CHECK(url && pid);
    if (!url || !pid) return;
    NSString *name = newName(@"client");
    EMClient *client = login([NSString stringWithUTF8String:url], name);
    Notebook *notes = [Notebook of:client];
    EMChatMessage *message = sendText(client, name, @"stays");
    pid_t server = (pid_t)atol(pid);
    CHECK(kill(server, SIGTERM) == 0);
    // It serves to its end, and a client that was cut off may come back until then.
    CHECK(becomes(^{ return (BOOL)(kill(server, 0) != 0); }));
    CHECK([notes wait:@"disconnected" count:1] != nil);
    CHECK(becomes(^{ return (BOOL)!client.isConnected; }) && client.isLoggedIn);
    Answer *ids = [Answer answer], *time = [Answer answer];
    [talk(client, name) removeMessagesFromServerMessageIds:@[ message.messageId ] completion:ids.none];
    [talk(client, name) removeMessagesFromServerWithTimeStamp:(NSTimeInterval)message.timestamp completion:time.none];
    CHECK_CODE(300, [ids wait]);
    CHECK_CODE(300, [time wait]);
    // The local copy is untouched, and what needs no server works.
    CHECK_EQUAL(@[ @"stays" ], here(client, name));
    EMError *error = nil;
    [talk(client, name) deleteAllMessages:&error];
    CHECK_CODE(0, error);
    CHECK_EQUAL(@[], here(client, name));
}

int main(void) {
    RUN(beforeItIsInitialised);
    RUN(options);
    RUN(loggingIn);
    RUN(tokens);
    RUN(theLoginIsTakenUp);
    RUN(devices);
    RUN(severalClients);
    RUN(theServerIsLost);
    return report();
}
