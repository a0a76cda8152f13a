#import "Support.h"
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static NSString *environment(const char *name) {
    const char *value = getenv(name);
    if (!value) {
        fprintf(stderr, "%s is not set: the tests run under linux/with-server\n", name);
        exit(2);
    }
    return [NSString stringWithUTF8String:value];
}

NSString *serverURL(void) { return environment("LACUNA_URL"); }
NSString *offURL(void) { return environment("LACUNA_OFF_URL"); }

NSString *newName(NSString *prefix) {
    static atomic_int names;
    return [NSString stringWithFormat:@"%@-%d-%ld-%d", prefix, (int)getpid(), (long)time(NULL), atomic_fetch_add(&names, 1)];
}

NSString *newFolder(void) {
    return [NSString stringWithFormat:@"%@/%@", environment("LACUNA_SCRATCH"), newName(@"client")];
}

EMOptions *optionsAt(NSString *url, NSString *folder) {
    EMOptions *options = [EMOptions optionsWithAppkey:@"lacuna#demo"];
    options.restServer = url;
    options.dataFolder = folder;
    return options;
}

static NSMutableArray<EMClient *> *clients;
static NSMutableArray<Notebook *> *notebooks;

void keepNotebook(Notebook *notes);
void keepNotebook(Notebook *notes) {
    if (!notebooks) notebooks = [[NSMutableArray alloc] init];
    [notebooks addObject:notes];
}

// Notebooks go after the clients that tell them something: ObjFW, unlike Apple's runtime, gives out a weak reference to an object
// whose dealloc has begun on another thread.
void closeClients(void);
void closeClients(void) {
    for (EMClient *client in clients) [client close];
    for (Notebook *notes in notebooks) dispatch_sync(notes.queue, ^{});
    [clients removeAllObjects];
    [notebooks removeAllObjects];
}

EMClient *clientWith(EMOptions *options) {
    EMClient *client = MADE([[EMClient alloc] init]);
    CHECK_CODE(0, [client initializeSDKWithOptions:options]);
    if (!clients) clients = [[NSMutableArray alloc] init];
    [clients addObject:client];
    return client;
}

EMClient *clientAt(NSString *url) { return clientWith(optionsAt(url, newFolder())); }

EMClient *login(NSString *url, NSString *name) {
    EMClient *client = clientAt(url);
    EMError *error = [client registerWithUsername:name password:@"secret"];
    CHECK(error == nil || error.code == EMErrorUserAlreadyExist);
    CHECK_CODE(0, [client loginWithUsername:name password:@"secret"]);
    return client;
}

EMConversation *talk(EMClient *client, NSString *peer) {
    return [client.chatManager getConversation:peer type:EMConversationTypeChat createIfNotExist:YES];
}

EMConversation *groupTalk(EMClient *client, NSString *group) {
    return [client.chatManager getConversation:group type:EMConversationTypeGroupChat createIfNotExist:YES];
}

EMChatMessage *textTo(NSString *peer, NSString *text) {
    EMTextMessageBody *body = MADE([[EMTextMessageBody alloc] initWithText:text]);
    return MADE([[EMChatMessage alloc] initWithConversationID:peer body:body ext:nil]);
}

EMChatMessage *sent(EMClient *client, EMChatMessage *message) {
    Answer *answer = [Answer answer];
    [client.chatManager sendMessage:message progress:nil completion:answer.one];
    EMChatMessage *got = [answer got];
    CHECK(got == message && message.status == EMMessageStatusSucceed);
    return message;
}

EMChatMessage *sendText(EMClient *client, NSString *peer, NSString *text) { return sent(client, textTo(peer, text)); }

BOOL arrives(EMClient *client, Notebook *notes, EMChatMessage *message) {
    // What is told is in the store already, so the store is asked again after each note only.
    for (NSUInteger known = [notes linesOf:@"received"].count;; known++) {
        if ([client.chatManager getMessageWithMessageId:message.messageId]) return YES;
        if (![notes wait:@"received" count:known + 1]) return NO;
    }
}

NSString *textOf(EMChatMessage *message) {
    EMMessageBody *body = message.body;
    return [body isKindOfClass:EMTextMessageBody.class] ? ((EMTextMessageBody *)body).text : @"(no text)";
}

NSArray<NSString *> *textsOf(NSArray<EMChatMessage *> *messages) {
    NSMutableArray *texts = [NSMutableArray array];
    for (EMChatMessage *message in messages) [texts addObject:textOf(message)];
    return texts;
}

NSArray<NSString *> *idsOf(NSArray<EMChatMessage *> *messages) {
    NSMutableArray *ids = [NSMutableArray array];
    for (EMChatMessage *message in messages) [ids addObject:message.messageId];
    return ids;
}

NSArray<NSString *> *here(EMClient *client, NSString *peer) {
    EMConversation *conversation = [client.chatManager getConversationWithConvId:peer];
    NSArray *loaded = [conversation loadMessagesStartFromId:nil count:400 searchDirection:EMMessageSearchDirectionUp];
    CHECK(conversation.messagesCount == (int)loaded.count);
    return textsOf(loaded);
}

NSArray<NSString *> *there(EMClient *client, NSString *peer) {
    Answer *answer = [Answer answer];
    EMFetchServerMessagesOption *option = MADE([[EMFetchServerMessagesOption alloc] init]);
    option.direction = EMMessageSearchDirectionDown;
    EMConversation *conversation = [client.chatManager getConversationWithConvId:peer];
    [client.chatManager fetchMessagesFromServerBy:peer
                                 conversationType:conversation ? conversation.type : EMConversationTypeChat
                                           cursor:nil
                                         pageSize:50
                                           option:option
                                       completion:answer.one];
    EMCursorResult<EMChatMessage *> *page = [answer got];
    return textsOf(page.list);
}

@implementation Scene

+ (instancetype)scene {
    Scene *scene = MADE([[self alloc] init]);
    scene.me = newName(@"me");
    scene.peer = newName(@"peer");
    scene.other = login(serverURL(), scene.peer);
    scene.phone = login(serverURL(), scene.me);
    scene.tablet = login(serverURL(), scene.me);
    scene.phoneNotes = [Notebook of:scene.phone];
    scene.tabletNotes = [Notebook of:scene.tablet];
    scene.otherNotes = [Notebook of:scene.other];
    NSMutableArray<EMChatMessage *> *messages = [NSMutableArray array];
    for (int i = 1; i <= 5; i++) {
        NSString *text = [NSString stringWithFormat:@"m%d word%d", i, i];
        BOOL mine = i % 2 == 1;
        EMChatMessage *message = sendText(mine ? scene.phone : scene.other, mine ? scene.peer : scene.me, text);
        CHECK(arrives(scene.phone, scene.phoneNotes, message) && arrives(scene.tablet, scene.tabletNotes, message));
        CHECK(arrives(scene.other, scene.otherNotes, message));
        [messages addObject:message];
        // The next one gets a later millisecond of the server's clock, which is this machine's.
        struct timespec now;
        do clock_gettime(CLOCK_REALTIME, &now);
        while (now.tv_sec * 1000LL + now.tv_nsec / 1000000 <= message.timestamp);
    }
    scene.messages = messages;
    NSArray *all = @[ @"m1 word1", @"m2 word2", @"m3 word3", @"m4 word4", @"m5 word5" ];
    CHECK_EQUAL(all, here(scene.phone, scene.peer));
    CHECK_EQUAL(all, here(scene.tablet, scene.peer));
    CHECK_EQUAL(all, here(scene.other, scene.me));
    return scene;
}

- (void)dealloc {
#if !__has_feature(objc_arc)
    [_me release], [_peer release], [_phone release], [_tablet release], [_other release];
    [_phoneNotes release], [_tabletNotes release], [_otherNotes release], [_messages release];
#endif
    SUPER_DEALLOC;
}

- (EMConversation *)conversation { return talk(self.phone, self.peer); }
- (long long)timeOf:(NSUInteger)index { return self.messages[index].timestamp; }
- (NSString *)idOf:(NSUInteger)index { return self.messages[index].messageId; }

- (void)settle {
    EMChatMessage *last = sendText(self.phone, self.me, @"settled");
    CHECK(arrives(self.tablet, self.tabletNotes, last));
    // What stood on the queues before it has been called.
    dispatch_sync(self.tabletNotes.queue, ^{});
    dispatch_sync(self.phoneNotes.queue, ^{});
    dispatch_sync(self.otherNotes.queue, ^{});
}

@end
