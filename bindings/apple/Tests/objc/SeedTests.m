// The page on deleting messages: its calls, and everything that they promise.
#import "support/Support.h"
#import "support/seed_calls.h"
#include <math.h>

#define ALL @[ @"m1 word1", @"m2 word2", @"m3 word3", @"m4 word4", @"m5 word5" ]

static NSArray *kept(NSArray<NSNumber *> *indexes) {
    NSMutableArray *texts = [NSMutableArray array];
    for (NSNumber *index in indexes) [texts addObject:ALL[(NSUInteger)index.intValue]];
    return texts;
}

// Asks a device in every way that there is, whether it has exactly these texts.
static void storeHas(EMClient *client, NSString *peer, NSArray<NSString *> *texts) {
    CHECK_EQUAL(texts, here(client, peer));
    EMConversation *conversation = talk(client, peer);
    NSMutableArray *found = [NSMutableArray array];
    for (int i = 1; i <= 5; i++) {
        NSString *word = [NSString stringWithFormat:@"word%d", i];
        [found addObjectsFromArray:textsOf([conversation loadMessagesWithKeyword:word
                                                                       timestamp:-1
                                                                           count:10
                                                                        fromUser:nil
                                                                 searchDirection:EMMessageSearchDirectionUp])];
    }
    CHECK_EQUAL(texts, found);
    CHECK_EQUAL(texts.lastObject, texts.count ? textOf(conversation.latestMessage) : nil);
    CHECK(texts.count > 0 || conversation.latestMessage == nil);
}

// What a deletion on the server promises: gone here, on the server and on the other device; the other device told exactly once,
// after it was gone there; nobody else touched.
static void goneEverywhere(Scene *scene, NSArray<NSNumber *> *left, NSUInteger told) {
    NSArray *texts = kept(left);
    storeHas(scene.phone, scene.peer, texts);
    CHECK_EQUAL(texts, there(scene.phone, scene.peer));
    NSString *device = [scene.phone getDeviceConfig:NULL].resource;
    NSString *line = [NSString stringWithFormat:@"removed %@ by %@ left %d", scene.peer, device, (int)texts.count];
    CHECK_EQUAL(line, [scene.tabletNotes wait:@"removed" count:told]);
    storeHas(scene.tablet, scene.peer, texts);
    CHECK_EQUAL(texts, there(scene.tablet, scene.peer));
    [scene settle];
    CHECK([scene.tabletNotes linesOf:@"removed"].count == told);
    CHECK([scene.phoneNotes linesOf:@"removed"].count == 0 && [scene.otherNotes linesOf:@"removed"].count == 0);
    storeHas(scene.other, scene.me, ALL);
    CHECK_EQUAL(ALL, there(scene.other, scene.me));
    // What history is saved does not bring it back.
    CHECK([scene.phone.chatManager fetchHistoryMessagesFromServer:scene.peer
                                                 conversationType:EMConversationTypeChat
                                                   startMessageId:nil
                                                         pageSize:50
                                                            error:NULL]);
    storeHas(scene.phone, scene.peer, texts);
}

// What a deletion on this device promises: gone here alone, nobody told, and history brings it back.
static void goneHere(Scene *scene, NSArray<NSNumber *> *left) {
    storeHas(scene.phone, scene.peer, kept(left));
    [scene settle];
    CHECK([scene.tabletNotes linesOf:@"removed"].count == 0 && [scene.tabletNotes linesOf:@"event"].count == 0);
    storeHas(scene.tablet, scene.peer, ALL);
    storeHas(scene.other, scene.me, ALL);
    CHECK_EQUAL(ALL, there(scene.phone, scene.peer));
    EMError *error = nil;
    CHECK([scene.phone.chatManager fetchHistoryMessagesFromServer:scene.peer
                                                 conversationType:EMConversationTypeChat
                                                   startMessageId:@""
                                                         pageSize:50
                                                            error:&error]);
    CHECK_CODE(0, error);
    storeHas(scene.phone, scene.peer, ALL);
}

static EMError *byTime(EMConversation *conversation, NSTimeInterval time) {
    Answer *answer = [Answer answer];
    seedRemoveByTime(conversation, time, answer.none);
    return [answer wait];
}

static EMError *byIds(EMConversation *conversation, NSArray<NSString *> *ids) {
    Answer *answer = [Answer answer];
    seedRemoveByIds(conversation, ids, answer.none);
    return [answer wait];
}

static void removeByTimeIncludesThatTime(void) {
    Scene *scene = [Scene scene];
    CHECK_CODE(0, byTime(scene.conversation, (NSTimeInterval)[scene timeOf:2]));
    goneEverywhere(scene, @[ @3, @4 ], 1);
    // A fraction is cut off, and a millisecond before a message spares it.
    CHECK_CODE(0, byTime(scene.conversation, (NSTimeInterval)[scene timeOf:3] - 0.001));
    storeHas(scene.phone, scene.peer, kept(@[ @3, @4 ]));
    CHECK_CODE(0, byTime(scene.conversation, (NSTimeInterval)[scene timeOf:3] + 0.999));
    storeHas(scene.phone, scene.peer, kept(@[ @4 ]));
    // A time to come means everything so far.
    CHECK_CODE(0, byTime(scene.conversation, (NSTimeInterval)[scene timeOf:4] + 1e9));
    storeHas(scene.phone, scene.peer, @[]);
    sendText(scene.other, scene.me, @"later");
    CHECK([scene.phoneNotes wait:@"received" count:3] != nil && [here(scene.phone, scene.peer) isEqual:@[ @"later" ]]);
}

static void removeByIds(void) {
    Scene *scene = [Scene scene];
    CHECK_CODE(0, byIds(scene.conversation, @[ [scene idOf:0], [scene idOf:3] ]));
    goneEverywhere(scene, @[ @1, @2, @4 ], 1);
    // Once more, unknown and repeated ones: nothing more to do, and no error.
    CHECK_CODE(0, byIds(scene.conversation, @[ [scene idOf:0], [scene idOf:0], @"no-id", @"1" ]));
    storeHas(scene.phone, scene.peer, kept(@[ @1, @2, @4 ]));
    // Fifty of them are served.
    NSMutableArray *fifty = [NSMutableArray array];
    for (int i = 0; i < 50; i++) [fifty addObject:[scene idOf:(NSUInteger)i % 5]];
    CHECK_CODE(0, byIds(scene.conversation, fifty));
    storeHas(scene.phone, scene.peer, @[]);
}

static void theManagersTwins(void) {
    Scene *scene = [Scene scene];
    Answer *ids = [Answer answer], *time = [Answer answer];
    [scene.phone.chatManager removeMessagesFromServerWithConversation:scene.conversation
                                                           messageIds:@[ [scene idOf:4] ]
                                                           completion:ids.none];
    CHECK_CODE(0, [ids wait]);
    goneEverywhere(scene, @[ @0, @1, @2, @3 ], 1);
    [scene.phone.chatManager removeMessagesFromServerWithConversation:scene.conversation
                                                            timeStamp:(NSTimeInterval)[scene timeOf:1]
                                                           completion:time.none];
    CHECK_CODE(0, [time wait]);
    goneEverywhere(scene, @[ @2, @3 ], 2);
}

static void withoutACompletion(void) {
    Scene *scene = [Scene scene];
    [scene.conversation removeMessagesFromServerMessageIds:@[ [scene idOf:1] ] completion:nil];
    CHECK([scene.tabletNotes wait:@"removed" count:1] != nil);
    CHECK(becomes(^{ return (BOOL)(talk(scene.phone, scene.peer).messagesCount == 4); }));
    goneEverywhere(scene, @[ @0, @2, @3, @4 ], 1);
}

static void thePagesDelegate(void) {
    Scene *scene = [Scene scene];
    SeedDelegate *told = MADE([[SeedDelegate alloc] init]), *own = MADE([[SeedDelegate alloc] init]);
    // As the page has it: on the main queue.
    [scene.tablet addMultiDevicesDelegate:told delegateQueue:nil];
    [scene.phone addMultiDevicesDelegate:own delegateQueue:nil];
    CHECK_CODE(0, byIds(scene.conversation, @[ [scene idOf:0] ]));
    CHECK(becomes(^{ return (BOOL)(told.calls > 0); }));
    [scene settle];
    CHECK(told.calls == 1 && own.calls == 0);
    CHECK_EQUAL(scene.peer, told.conversationId);
    CHECK_EQUAL([scene.phone getDeviceConfig:NULL].resource, told.deviceId);
    [scene.tablet removeMultiDevicesDelegate:told];
    CHECK_CODE(0, byIds(scene.conversation, @[ [scene idOf:1] ]));
    CHECK([scene.tabletNotes wait:@"removed" count:2] != nil);
    dispatch_sync(scene.tabletNotes.queue, ^{});
    CHECK(told.calls == 1);
}

static void loggedOutComesFirst(void) {
    Scene *scene = [Scene scene];
    EMConversation *conversation = scene.conversation;
    CHECK_CODE(0, [scene.phone logout:NO]);
    // Arguments that make no sense, too: 201 goes before 110.
    CHECK_CODE(201, byTime(conversation, 0));
    CHECK_CODE(201, byTime(conversation, (NSTimeInterval)[scene timeOf:4]));
    CHECK_CODE(201, byIds(conversation, @[]));
    CHECK_CODE(201, byIds(conversation, @[ [scene idOf:0] ]));
    CHECK_CODE(201, seedDeleteAll(conversation));
    CHECK_CODE(201, seedDeletePeriod(conversation, 2, 1));
    CHECK_CODE(201, seedDeletePeriod(conversation, 0, 1LL << 50));
    CHECK_CODE(201, seedDeleteOne(conversation, @""));
    CHECK_CODE(201, seedDeleteOne(conversation, [scene idOf:0]));
    CHECK_CODE(0, [scene.phone loginWithUsername:scene.me password:@"secret"]);
    storeHas(scene.phone, scene.peer, ALL);
    CHECK_EQUAL(ALL, there(scene.phone, scene.peer));
    [scene settle];
    CHECK([scene.tabletNotes linesOf:@"removed"].count == 0);
}

static void argumentsThatMakeNoSense(void) {
    Scene *scene = [Scene scene];
    NSMutableArray *many = [NSMutableArray array];
    for (int i = 0; i < 51; i++) [many addObject:[scene idOf:(NSUInteger)i % 5]];
    CHECK_CODE(110, byIds(scene.conversation, many));
    CHECK_CODE(110, byIds(scene.conversation, @[]));
    CHECK_CODE(110, byTime(scene.conversation, 0));
    CHECK_CODE(110, byTime(scene.conversation, -1));
    CHECK_CODE(110, byTime(scene.conversation, (NSTimeInterval)NAN));
    CHECK_CODE(110, seedDeletePeriod(scene.conversation, [scene timeOf:2], [scene timeOf:1]));
    CHECK_CODE(110, seedDeletePeriod(scene.conversation, -1, [scene timeOf:1]));
    CHECK_CODE(110, seedDeleteOne(scene.conversation, @""));
    goneHere(scene, @[ @0, @1, @2, @3, @4 ]);
}

static void switchedOff(void) {
    NSString *name = newName(@"off");
    EMClient *client = login(offURL(), name);
    EMChatMessage *message = sendText(client, name, @"stays");
    EMConversation *conversation = talk(client, name);
    CHECK_CODE(505, byTime(conversation, (NSTimeInterval)message.timestamp));
    CHECK_CODE(505, byIds(conversation, @[ message.messageId ]));
    Answer *all = [Answer answer];
    [client.chatManager deleteAllMessagesAndConversations:YES completion:all.none];
    CHECK_CODE(505, [all wait]);
    CHECK_EQUAL(@[ @"stays" ], here(client, name));
    CHECK_EQUAL(@[ @"stays" ], there(client, name));
    CHECK_CODE(0, seedDeleteOne(conversation, message.messageId));
    CHECK_EQUAL(@[], here(client, name));
    CHECK_EQUAL(@[ @"stays" ], there(client, name));
}

static void deleteAllHere(void) {
    Scene *scene = [Scene scene];
    CHECK_CODE(0, seedDeleteAll(scene.conversation));
    CHECK(scene.conversation.unreadMessagesCount == 0 && [scene.phone.chatManager getConversationWithConvId:scene.peer] != nil);
    goneHere(scene, @[]);
}

static void deletePeriodHere(void) {
    Scene *scene = [Scene scene];
    // Both ends are included.
    CHECK([scene.conversation getMessageCountStart:[scene timeOf:1] to:[scene timeOf:3]] == 3);
    CHECK_CODE(0, seedDeletePeriod(scene.conversation, [scene timeOf:1], [scene timeOf:3]));
    goneHere(scene, @[ @0, @4 ]);
    CHECK_CODE(0, seedDeletePeriod(scene.conversation, [scene timeOf:1] + 1, [scene timeOf:3] - 1));
    goneHere(scene, @[ @0, @1, @3, @4 ]);
    CHECK_CODE(0, seedDeletePeriod(scene.conversation, [scene timeOf:0], [scene timeOf:0]));
    goneHere(scene, @[ @1, @2, @3, @4 ]);
    CHECK_CODE(0, seedDeletePeriod(scene.conversation, 0, [scene timeOf:0] - 1));
    goneHere(scene, @[ @0, @1, @2, @3, @4 ]);
}

static void deleteOneHere(void) {
    Scene *scene = [Scene scene];
    CHECK_CODE(0, seedDeleteOne(scene.conversation, [scene idOf:2]));
    CHECK_CODE(0, seedDeleteOne(scene.conversation, [scene idOf:2]));
    CHECK_CODE(0, seedDeleteOne(scene.conversation, @"never-was"));
    goneHere(scene, @[ @0, @1, @3, @4 ]);
    // NULL for the error is allowed.
    [scene.conversation deleteMessageWithId:[scene idOf:4] error:NULL];
    [scene.conversation deleteAllMessages:NULL];
    goneHere(scene, @[]);
}

static void deleteBeforeSparesThatTime(void) {
    Scene *scene = [Scene scene];
    Answer *answer = [Answer answer];
    [scene.phone.chatManager deleteMessagesBefore:(NSUInteger)[scene timeOf:2] completion:answer.none];
    CHECK_CODE(0, [answer wait]);
    goneHere(scene, @[ @2, @3, @4 ]);
}

int main(void) {
    RUN(removeByTimeIncludesThatTime);
    RUN(removeByIds);
    RUN(theManagersTwins);
    RUN(withoutACompletion);
    RUN(thePagesDelegate);
    RUN(loggedOutComesFirst);
    RUN(argumentsThatMakeNoSense);
    RUN(switchedOff);
    RUN(deleteAllHere);
    RUN(deletePeriodHere);
    RUN(deleteOneHere);
    RUN(deleteBeforeSparesThatTime);
    return report();
}
