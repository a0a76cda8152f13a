// Deleting messages, step by step: two devices of one user and one of a friend. After every step it prints what each of them has.
//
//     lacuna serve                                  in one terminal
//     DeleteMessages http://127.0.0.1:8080          in another; or LACUNA_URL says where
//
// An app has one client, [EMClient sharedClient]. Here are three in one process, each with a folder of its own.
#import <Lacuna/Lacuna.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static NSString *const appkey = @"lacuna#demo";
static NSString *const password = @"secret";

#if __has_feature(objc_arc)
#define MADE(object) (object)
#else
#define MADE(object) [(object) autorelease]
#endif

#pragma mark - Waiting

// A command line has nothing else to do while it waits; an app would go on, and update its views in the completion.
static void waitFor(const char *what, void (^call)(void (^done)(EMError *))) {
    dispatch_semaphore_t finished = dispatch_semaphore_create(0);
    call(^(EMError *error) {
        if (error) printf("%s failed: %d %s\n", what, (int)error.code, error.errorDescription.UTF8String);
        dispatch_semaphore_signal(finished);
    });
    dispatch_semaphore_wait(finished, DISPATCH_TIME_FOREVER);
#if !__has_feature(objc_arc)
    dispatch_release(finished);
#endif
}

static void stopIf(const char *what, EMError *error) {
    if (!error) return;
    fprintf(stderr, "%s failed: %d %s\n", what, (int)error.code, error.errorDescription.UTF8String);
    exit(1);
}

#pragma mark - A device

// One device: its client, and what it is told. In an app this is a view controller.
@interface Device : NSObject <EMChatManagerDelegate, EMMultiDevicesDelegate>
@property (nonatomic, copy) NSString *name;
@property (nonatomic, copy) NSString *peer;
@property (nonatomic, strong) EMClient *client;
- (instancetype)initWithName:(NSString *)name user:(NSString *)user peer:(NSString *)peer server:(NSString *)server folder:(NSString *)folder;
- (EMConversation *)conversation;
// Waits until it was told of as many messages, or as many deletions, in all.
- (void)waitForMessages:(int)count;
- (void)waitForRemovals:(int)count;
@end

@implementation Device {
    NSCondition *_told;
    int _messages;
    int _removals;
}

- (instancetype)initWithName:(NSString *)name user:(NSString *)user peer:(NSString *)peer server:(NSString *)server folder:(NSString *)folder {
    if ((self = [super init])) {
        _name = [name copy];
        _peer = [peer copy];
        _told = [[NSCondition alloc] init];
        _client = [[EMClient alloc] init];
        EMOptions *options = [EMOptions optionsWithAppkey:appkey];
        options.restServer = server;
        options.dataFolder = [folder stringByAppendingPathComponent:name];
        options.customDeviceName = name;
        stopIf("setting up", [_client initializeSDKWithOptions:options]);
        EMError *error = [_client registerWithUsername:user password:password];
        if (error.code != EMErrorUserAlreadyExist) stopIf("registering", error);
        stopIf("logging in", [_client loginWithUsername:user password:password]);
        dispatch_queue_t queue = dispatch_get_global_queue(QOS_CLASS_DEFAULT, 0);
        [_client.chatManager addDelegate:self delegateQueue:queue];
        [_client addMultiDevicesDelegate:self delegateQueue:queue];
    }
    return self;
}

#if !__has_feature(objc_arc)
- (void)dealloc {
    [_client release];
    [_told release];
    [_name release];
    [_peer release];
    [super dealloc];
}
#endif

- (EMConversation *)conversation {
    return [self.client.chatManager getConversation:self.peer type:EMConversationTypeChat createIfNotExist:YES];
}

- (void)messagesDidReceive:(NSArray<EMChatMessage *> *)aMessages {
    [_told lock];
    _messages += (int)aMessages.count;
    [_told signal];
    [_told unlock];
}

- (void)multiDevicesMessageBeRemoved:(NSString *)conversationId deviceId:(NSString *)deviceId {
    printf("    (%s: messages with %s were deleted by %s)\n", self.name.UTF8String, conversationId.UTF8String, deviceId.UTF8String);
    [_told lock];
    _removals++;
    [_told signal];
    [_told unlock];
}

- (void)waitForMessages:(int)count {
    [_told lock];
    while (_messages < count) [_told wait];
    [_told unlock];
}

- (void)waitForRemovals:(int)count {
    [_told lock];
    while (_removals < count) [_told wait];
    [_told unlock];
}

@end

#pragma mark - The table

static const char *joined(NSArray<EMChatMessage *> *messages) {
    NSMutableString *line = [NSMutableString string];
    for (EMChatMessage *message in messages) [line appendFormat:@" %@", ((EMTextMessageBody *)message.body).text];
    return line.length ? line.UTF8String : " -";
}

// What a user's history on the server has; nothing is saved.
static NSArray<EMChatMessage *> *history(Device *device) {
    EMFetchServerMessagesOption *oldestFirst = MADE([[EMFetchServerMessagesOption alloc] init]);
    oldestFirst.direction = EMMessageSearchDirectionDown;
    NSMutableArray<EMChatMessage *> *found = [NSMutableArray array];
    waitFor("fetching history", ^(void (^done)(EMError *)) {
        [device.client.chatManager fetchMessagesFromServerBy:device.peer
                                            conversationType:EMConversationTypeChat
                                                      cursor:nil
                                                    pageSize:50
                                                      option:oldestFirst
                                                  completion:^(EMCursorResult<EMChatMessage *> *result, EMError *aError) {
                                                      for (EMChatMessage *message in result.list) [found addObject:message];
                                                      done(aError);
                                                  }];
    });
    return found;
}

static void show(NSString *step, NSArray<Device *> *devices) {
    printf("\n%s\n", step.UTF8String);
    for (Device *device in devices) {
        NSArray<EMChatMessage *> *here = [device.conversation loadMessagesStartFromId:nil count:50 searchDirection:EMMessageSearchDirectionUp];
        printf("  %-8s here:%-16s", device.name.UTF8String, joined(here));
        printf(" on the server:%s\n", joined(history(device)));
    }
}

#pragma mark - The steps

static EMChatMessage *sendText(Device *from, NSString *text) {
    EMTextMessageBody *body = MADE([[EMTextMessageBody alloc] initWithText:text]);
    EMChatMessage *message = MADE([[EMChatMessage alloc] initWithConversationID:from.peer body:body ext:nil]);
    waitFor("sending", ^(void (^done)(EMError *)) {
        [from.client.chatManager sendMessage:message
                                    progress:nil
                                  completion:^(EMChatMessage *sent, EMError *aError) {
                                      (void)sent;
                                      done(aError);
                                  }];
    });
    // A deletion by time takes everything of that millisecond: no two of these messages shall have the same.
    usleep(2000);
    return message;
}

static void deleteOnTheServer(Device *phone, Device *tablet, NSArray<EMChatMessage *> *messages, NSArray<Device *> *devices) {
    EMConversation *conversation = phone.conversation;
    EMChatMessage *second = messages[1], *fourth = messages[3];

    waitFor("deleting by id", ^(void (^done)(EMError *)) {
        [conversation removeMessagesFromServerMessageIds:@[ fourth.messageId ] completion:^(EMError *aError) {
            done(aError);
        }];
    });
    [tablet waitForRemovals:1];
    show(@"The phone deletes d by its id, on the server: gone from both devices of the user, and from nobody else", devices);

    waitFor("deleting by time", ^(void (^done)(EMError *)) {
        [conversation removeMessagesFromServerWithTimeStamp:second.timestamp completion:^(EMError *aError) {
            done(aError);
        }];
    });
    [tablet waitForRemovals:2];
    show(@"The phone deletes everything up to the time of b, that time included", devices);
}

static void deleteOnThisDevice(Device *phone, NSArray<EMChatMessage *> *messages, NSArray<Device *> *devices) {
    EMConversation *conversation = phone.conversation;
    EMChatMessage *third = messages[2], *fifth = messages[4], *sixth = messages[5];
    EMError *error = nil;

    [conversation deleteMessageWithId:third.messageId error:&error];
    stopIf("deleting one", error);
    show(@"The phone deletes c from itself alone", devices);

    stopIf("deleting a period", [conversation removeMessagesStart:fifth.timestamp to:sixth.timestamp]);
    show(@"The phone deletes the period from e to f from itself, both ends included", devices);

    [phone.client.chatManager fetchHistoryMessagesFromServer:phone.peer
                                            conversationType:EMConversationTypeChat
                                              startMessageId:nil
                                                    pageSize:50
                                                       error:&error];
    stopIf("fetching history", error);
    show(@"The phone fetches its history: what was deleted on the phone alone comes back, the rest does not", devices);

    [conversation deleteAllMessages:&error];
    stopIf("deleting all", error);
    show(@"The phone deletes the whole conversation from itself", devices);
}

static void deleteTheRest(Device *phone, Device *tablet, NSArray<EMChatMessage *> *messages, NSArray<Device *> *devices) {
    waitFor("deleting what is old", ^(void (^done)(EMError *)) {
        [tablet.client.chatManager deleteMessagesBefore:(NSUInteger)messages[4].timestamp completion:^(EMError *aError) {
            done(aError);
        }];
    });
    show(@"The tablet deletes what is older than e from itself; e stays", devices);

    waitFor("deleting the conversation", ^(void (^done)(EMError *)) {
        [phone.client.chatManager deleteServerConversation:phone.peer
                                          conversationType:EMConversationTypeChat
                                    isDeleteServerMessages:YES
                                                completion:^(NSString *aConversationId, EMError *aError) {
                                                    (void)aConversationId;
                                                    done(aError);
                                                }];
    });
    show(@"The phone deletes the conversation on the server, with its messages: the friend keeps all of them", devices);
}

int main(int argc, const char *argv[]) {
    const char *url = argc > 1 ? argv[1] : getenv("LACUNA_URL");
    if (!url) {
        fprintf(stderr, "usage: DeleteMessages URL, the address that `lacuna serve` prints; or set LACUNA_URL\n");
        return 2;
    }
    @autoreleasepool {
        NSString *server = [NSString stringWithUTF8String:url];
        // New names and folders every time, so that it can be run again.
        NSString *number = [NSString stringWithFormat:@"%ld-%d", (long)time(NULL), (int)getpid()];
        NSString *user = [@"ann-" stringByAppendingString:number], *friend = [@"bob-" stringByAppendingString:number];
        NSString *folder = [NSTemporaryDirectory() stringByAppendingPathComponent:[@"DeleteMessages-" stringByAppendingString:number]];
        Device *other = MADE([[Device alloc] initWithName:@"friend" user:friend peer:user server:server folder:folder]);
        Device *phone = MADE([[Device alloc] initWithName:@"phone" user:user peer:friend server:server folder:folder]);
        Device *tablet = MADE([[Device alloc] initWithName:@"tablet" user:user peer:friend server:server folder:folder]);
        NSArray<Device *> *devices = @[ phone, tablet, other ];

        NSMutableArray<EMChatMessage *> *messages = [NSMutableArray array];
        for (NSString *text in @[ @"a", @"b", @"c", @"d", @"e", @"f" ]) [messages addObject:sendText(phone, text)];
        [tablet waitForMessages:6];
        [other waitForMessages:6];
        show(@"The phone has sent six messages to the friend", devices);

        deleteOnTheServer(phone, tablet, messages, devices);
        deleteOnThisDevice(phone, messages, devices);
        deleteTheRest(phone, tablet, messages, devices);

        for (Device *device in devices) [device.client close];
        [NSFileManager.defaultManager removeItemAtPath:folder error:NULL];
    }
    return 0;
}
