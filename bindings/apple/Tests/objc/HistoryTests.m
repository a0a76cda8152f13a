// The user's history on the server: pages, directions, filters, what is saved and what comes back.
#import "support/Support.h"

static EMCursorResult<EMChatMessage *> *page(Scene *scene, NSString *cursor, NSUInteger size, EMFetchServerMessagesOption *option) {
    Answer *answer = [Answer answer];
    [scene.phone.chatManager fetchMessagesFromServerBy:scene.peer
                                      conversationType:EMConversationTypeChat
                                                cursor:cursor
                                              pageSize:size
                                                option:option
                                            completion:answer.one];
    return [answer got];
}

static void pages(void) {
    Scene *scene = [Scene scene];
    EMCursorResult *first = page(scene, nil, 2, nil);
    CHECK_EQUAL((@[ @"m5 word5", @"m4 word4" ]), textsOf(first.list));
    EMCursorResult *second = page(scene, first.cursor, 2, nil);
    CHECK_EQUAL((@[ @"m3 word3", @"m2 word2" ]), textsOf(second.list));
    EMCursorResult *last = page(scene, second.cursor, 2, nil);
    CHECK_EQUAL((@[ @"m1 word1" ]), textsOf(last.list));
    CHECK(last.cursor.length == 0);
    for (NSNumber *size in @[ @0, @51 ]) {
        Answer *wrong = [Answer answer];
        [scene.phone.chatManager fetchMessagesFromServerBy:scene.peer
                                          conversationType:EMConversationTypeChat
                                                    cursor:nil
                                                  pageSize:(NSUInteger)size.intValue
                                                    option:nil
                                                completion:wrong.one];
        CHECK_CODE(110, [wrong wait]);
    }
    Answer *room = [Answer answer];
    [scene.phone.chatManager fetchMessagesFromServerBy:@"1" conversationType:EMConversationTypeChatRoom cursor:nil pageSize:9 option:nil completion:room.one];
    CHECK_CODE(505, [room wait]);
}

static void filters(void) {
    Scene *scene = [Scene scene];
    EMCustomMessageBody *custom = MADE([[EMCustomMessageBody alloc] initWithEvent:@"gift" customExt:nil]);
    sent(scene.phone, MADE([[EMChatMessage alloc] initWithConversationID:scene.peer body:custom ext:nil]));
    EMFetchServerMessagesOption *option = MADE([[EMFetchServerMessagesOption alloc] init]);
    CHECK(option.from == nil && option.fromIds == nil && option.msgTypes == nil && option.startTime == -1 && option.endTime == -1);
    CHECK(option.direction == EMMessageSearchDirectionUp && !option.isSave);
    option.direction = EMMessageSearchDirectionDown;
    CHECK_EQUAL((@[ @"m1 word1", @"m2 word2" ]), textsOf(page(scene, nil, 2, option).list));
    option.from = scene.peer;
    CHECK_EQUAL((@[ @"m2 word2", @"m4 word4" ]), textsOf(page(scene, nil, 9, option).list));
    option.from = nil;
    option.msgTypes = @[ @(EMMessageBodyTypeCustom) ];
    CHECK(page(scene, nil, 9, option).list.count == 1);
    option.msgTypes = @[ @(EMMessageBodyTypeText) ];
    option.startTime = [scene timeOf:1];
    option.endTime = [scene timeOf:3];
    CHECK_EQUAL((@[ @"m2 word2", @"m3 word3", @"m4 word4" ]), textsOf(page(scene, nil, 9, option).list));
    option.startTime = -1;
    option.endTime = [scene timeOf:1];
    CHECK_EQUAL((@[ @"m1 word1", @"m2 word2" ]), textsOf(page(scene, nil, 9, option).list));
}

static void whatIsSaved(void) {
    Scene *scene = [Scene scene];
    EMError *error = nil;
    [scene.conversation deleteAllMessages:&error];
    CHECK(page(scene, nil, 9, nil).list.count == 5 && here(scene.phone, scene.peer).count == 0);
    EMFetchServerMessagesOption *option = MADE([[EMFetchServerMessagesOption alloc] init]);
    option.isSave = YES;
    CHECK(page(scene, nil, 2, option).list.count == 2);
    CHECK_EQUAL((@[ @"m4 word4", @"m5 word5" ]), here(scene.phone, scene.peer));
    id<IEMChatManager> manager = scene.phone.chatManager;
    Answer *older = [Answer answer], *newer = [Answer answer];
    [manager asyncFetchHistoryMessagesFromServer:scene.peer
                                conversationType:EMConversationTypeChat
                                  startMessageId:[scene idOf:3]
                                        pageSize:2
                                      completion:older.one];
    CHECK_EQUAL((@[ @"m3 word3", @"m2 word2" ]), textsOf(((EMCursorResult *)[older got]).list));
    CHECK_EQUAL((@[ @"m2 word2", @"m3 word3", @"m4 word4", @"m5 word5" ]), here(scene.phone, scene.peer));
    [scene.conversation deleteAllMessages:&error];
    [manager asyncFetchHistoryMessagesFromServer:scene.peer
                                conversationType:EMConversationTypeChat
                                  startMessageId:[scene idOf:0]
                                  fetchDirection:EMMessageFetchHistoryDirectionDown
                                        pageSize:2
                                      completion:newer.one];
    CHECK_EQUAL((@[ @"m2 word2", @"m3 word3" ]), textsOf(((EMCursorResult *)[newer got]).list));
    CHECK_EQUAL((@[ @"m2 word2", @"m3 word3" ]), here(scene.phone, scene.peer));
    EMCursorResult *all = [manager fetchHistoryMessagesFromServer:scene.peer
                                                 conversationType:EMConversationTypeChat
                                                   startMessageId:nil
                                                   fetchDirection:EMMessageFetchHistoryDirectionUp
                                                         pageSize:50
                                                            error:&error];
    CHECK_CODE(0, error);
    CHECK(all.list.count == 5 && here(scene.phone, scene.peer).count == 5);
    CHECK([manager fetchHistoryMessagesFromServer:scene.peer conversationType:EMConversationTypeChat startMessageId:nil pageSize:51 error:&error] == nil);
    CHECK_CODE(110, error);
}

// A device that is away during a deletion: it learns of it before it is told that all is here. A new one never sees the messages.
static void devicesThatWereAway(void) {
    Scene *scene = [Scene scene];
    NSString *folder = newFolder();
    EMClient *old = clientWith(optionsAt(serverURL(), folder));
    CHECK_CODE(0, [old loginWithUsername:scene.me password:@"secret"]);
    EMError *error = nil;
    CHECK([old.chatManager fetchHistoryMessagesFromServer:scene.peer conversationType:EMConversationTypeChat startMessageId:nil pageSize:50 error:&error]);
    CHECK(here(old, scene.peer).count == 5);
    [old close];
    Answer *answer = [Answer answer];
    [scene.conversation removeMessagesFromServerWithTimeStamp:(NSTimeInterval)[scene timeOf:2] completion:answer.none];
    CHECK_CODE(0, [answer wait]);
    EMClient *back = MADE([[EMClient alloc] init]);
    Notebook *notes = [Notebook of:back];
    CHECK_CODE(0, [back initializeSDKWithOptions:optionsAt(serverURL(), folder)]);
    CHECK([notes wait:@"sync finish" count:1] != nil);
    NSArray<NSString *> *removed = [notes linesOf:@"removed"];
    CHECK(removed.count == 1 && [removed.firstObject hasSuffix:@"left 2"]);
    CHECK([notes.lines indexOfObject:removed.firstObject] < [notes.lines indexOfObject:@"sync finish"]);
    CHECK_EQUAL((@[ @"m4 word4", @"m5 word5" ]), here(back, scene.peer));
    [back close];
    EMClient *new = login(serverURL(), scene.me);
    CHECK([new.chatManager fetchHistoryMessagesFromServer:scene.peer conversationType:EMConversationTypeChat startMessageId:nil pageSize:50 error:&error]);
    CHECK_EQUAL((@[ @"m4 word4", @"m5 word5" ]), here(new, scene.peer));
}

int main(void) {
    RUN(pages);
    RUN(filters);
    RUN(whatIsSaved);
    RUN(devicesThatWereAway);
    return report();
}
