// Threads: completions never on the caller's, and one at a time; many threads on one client; ending while all is under way. Made to
// be run many times in a row, so it is short: linux/objc-repeat does that.
#import "support/Support.h"
#include <stdatomic.h>

#define THREADS 6
#define CALLS 25

static atomic_int inside, called, later;

// A client of the one user of a run. With a token, as checking a password takes the server a while.
static NSString *name, *token;
static EMClient *device(void) {
    EMClient *client = clientAt(serverURL());
    if (token) {
        CHECK_CODE(0, [client loginWithUsername:name token:token]);
        return client;
    }
    name = [newName(@"thread") copy];
    CHECK_CODE(0, [client registerWithUsername:name password:@"secret"]);
    CHECK_CODE(0, [client loginWithUsername:name password:@"secret"]);
    token = [client.accessUserToken copy];
    return client;
}

// One completion: alone, and on no caller's thread.
static void enter(pthread_t caller) {
    CHECK(atomic_fetch_add(&inside, 1) == 0);
    CHECK(!pthread_equal(caller, pthread_self()));
    atomic_fetch_add(&called, 1);
    atomic_fetch_sub(&inside, 1);
}

static void callNumber(int number, EMClient *client, EMConversation *conversation, void (^none)(EMError *)) {
    if (number % 5 == 0) {
        [client.chatManager getMessageCountWithCompletion:^(NSInteger count, EMError *error) { (void)count; none(error); }];
    } else if (number % 5 == 1) {
        [conversation removeMessagesFromServerMessageIds:@[] completion:none];
    } else if (number % 5 == 2) {
        [conversation loadMessagesStartFromId:nil
                                        count:5
                              searchDirection:EMMessageSearchDirectionUp
                                   completion:^(NSArray *messages, EMError *error) { (void)messages; none(error); }];
    } else if (number % 5 == 3) {
        [client.chatManager sendMessage:textTo(conversation.conversationId, @"hello")
                               progress:nil
                             completion:^(EMChatMessage *message, EMError *error) { (void)message; none(error); }];
    } else {
        [conversation removeMessagesFromServerWithTimeStamp:1 completion:none];
    }
    // Blocking ones beside them.
    (void)conversation.messagesCount;
    (void)[client.chatManager getAllConversations];
}

static void calls(EMClient *client, EMConversation *conversation, dispatch_group_t group) {
    pthread_t caller = pthread_self();
    for (int i = 0; i < CALLS; i++) {
        @autoreleasepool {
            dispatch_group_enter(group);
            atomic_fetch_add(&later, 1);
            callNumber(i, client, conversation, ^(EMError *error) {
                (void)error;
                enter(caller);
                dispatch_group_leave(group);
            });
        }
    }
}

typedef struct {
    __unsafe_unretained EMClient *client;
    __unsafe_unretained EMConversation *conversation;
    __unsafe_unretained dispatch_group_t group;
} Load;

static void *work(void *context) {
    Load *load = context;
    @autoreleasepool {
        calls(load->client, load->conversation, load->group);
    }
    return NULL;
}

static Load load;
static void manyThreads(EMClient *client, EMConversation *conversation, dispatch_group_t group, pthread_t *threads) {
    load = (Load){client, conversation, group};
    for (int i = 0; i < THREADS; i++) CHECK(pthread_create(&threads[i], NULL, work, &load) == 0);
}

static BOOL finished(dispatch_group_t group) {
    return dispatch_group_wait(group, dispatch_time(DISPATCH_TIME_NOW, PATIENCE_SECONDS * (int64_t)NSEC_PER_SEC)) == 0;
}

static void neverOnTheCallersStack(void) {
    EMClient *client = device();
    EMConversation *conversation = talk(client, name);
    for (int i = 0; i < CALLS; i++) {
        Answer *answer = [Answer answer];
        dispatch_semaphore_t returned = dispatch_semaphore_create(0);
        // It waits for the caller: on the caller's stack it would wait for ever.
        [conversation removeMessagesFromServerMessageIds:@[]
                                              completion:^(EMError *error) {
                                                  dispatch_semaphore_wait(returned, DISPATCH_TIME_FOREVER);
                                                  [answer give:nil error:error];
                                              }];
        dispatch_semaphore_signal(returned);
        CHECK_CODE(110, [answer wait]);
        CHECK(!pthread_equal(answer.thread, pthread_self()));
#if !__has_feature(objc_arc)
        dispatch_release(returned);
#endif
    }
}

static void callsInsideACompletion(void) {
    EMClient *client = device();
    EMChatMessage *message = sendText(client, name, @"hello");
    Answer *answer = [Answer answer];
    [client.chatManager getMessageCountWithCompletion:^(NSInteger count, EMError *error) {
        (void)error;
        EMError *inner = nil;
        EMConversation *conversation = talk(client, name);
        BOOL found = [conversation loadMessageWithId:message.messageId error:&inner] != nil;
        EMCursorResult *page = [client.chatManager fetchHistoryMessagesFromServer:name
                                                                 conversationType:EMConversationTypeChat
                                                                   startMessageId:nil
                                                                         pageSize:5
                                                                            error:&inner];
        // And one more that answers later, from within.
        [conversation removeMessagesFromServerMessageIds:@[ message.messageId ]
                                              completion:^(EMError *last) {
                                                  [answer give:@(count > 0 && found && page.list.count > 0) error:last];
                                              }];
    }];
    CHECK_EQUAL(@YES, [answer got]);
    CHECK([client.chatManager getMessageWithMessageId:message.messageId] == nil);
}

static void manyThreadsOnOneClient(void) {
    EMClient *client = device();
    EMConversation *conversation = talk(client, name);
    Notebook *notes = [Notebook of:client];
    dispatch_group_t group = dispatch_group_create();
    pthread_t threads[THREADS];
    called = later = 0;
    manyThreads(client, conversation, group, threads);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    CHECK(finished(group));
    CHECK(called == THREADS * CALLS && later == called);
    dispatch_sync(notes.queue, ^{});
#if !__has_feature(objc_arc)
    dispatch_release(group);
#endif
}

// Closed and logged out while other threads make calls: every completion comes, and nothing is called afterwards.
static void endingUnderWay(BOOL closing) {
    EMClient *client = device();
    EMConversation *conversation = talk(client, name);
    Notebook *notes = [Notebook of:client];
    dispatch_group_t group = dispatch_group_create();
    pthread_t threads[THREADS];
    called = later = 0;
    manyThreads(client, conversation, group, threads);
    if (closing) [client close];
    else CHECK_CODE(0, [client logout:NO]);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    CHECK(finished(group));
    CHECK(called == THREADS * CALLS && later == called);
    CHECK(!client.isLoggedIn);
    dispatch_sync(notes.queue, ^{});
#if !__has_feature(objc_arc)
    dispatch_release(group);
#endif
}
static void closedUnderWay(void) { endingUnderWay(YES); }
static void loggedOutUnderWay(void) { endingUnderWay(NO); }

static void releasedInACompletion(void) {
    if (!token) device();
    Answer *answer = [Answer answer];
    @autoreleasepool {
        __block EMClient *client = [[EMClient alloc] init];
        CHECK_CODE(0, [client initializeSDKWithOptions:optionsAt(serverURL(), newFolder())]);
        CHECK_CODE(0, [client loginWithUsername:name token:token]);
        dispatch_semaphore_t go = dispatch_semaphore_create(0);
        [client.chatManager getMessageCountWithCompletion:^(NSInteger count, EMError *error) {
            dispatch_semaphore_wait(go, DISPATCH_TIME_FOREVER);
#if !__has_feature(objc_arc)
            [client release];
            dispatch_release(go);
#endif
            // The last one who held it lets go, on the thread that the client's going would wait for.
            client = nil;
            [answer give:@(count) error:error];
        }];
        dispatch_semaphore_signal(go);
    }
    CHECK_CODE(0, [answer wait]);
}

int main(void) {
    RUN(neverOnTheCallersStack);
    RUN(callsInsideACompletion);
    RUN(manyThreadsOnOneClient);
    RUN(closedUnderWay);
    RUN(loggedOutUnderWay);
    RUN(releasedInACompletion);
    return report();
}
