// Conversations of this device and on the server: what they say of themselves, lists, and taking them off.
#import "support/Support.h"

static NSArray<NSString *> *names(NSArray<EMConversation *> *list) {
    NSMutableArray *found = [NSMutableArray array];
    for (EMConversation *conversation in list) [found addObject:conversation.conversationId];
    return found;
}

static NSArray<NSString *> *listed(EMClient *client) { return names([client.chatManager getAllConversations:YES]); }

static void aConversationIsLive(void) {
    Scene *scene = [Scene scene];
    EMConversation *conversation = scene.conversation, *same = scene.conversation;
    CHECK([conversation isEqual:same] && conversation.hash == same.hash);
    CHECK(![conversation isEqual:talk(scene.tablet, scene.peer)] && ![conversation isEqual:talk(scene.phone, scene.me)]);
    CHECK(![conversation isEqual:groupTalk(scene.phone, scene.peer)] && ![conversation isEqual:@"text"]);
    CHECK(conversation.messagesCount == 5 && conversation.unreadMessagesCount == 2 && conversation.type == EMConversationTypeChat);
    CHECK_EQUAL(@"m5 word5", textOf(conversation.latestMessage));
    CHECK_EQUAL(@"m4 word4", textOf(conversation.lastReceivedMessage));
    EMError *error = nil;
    [conversation markMessageAsReadWithId:[scene idOf:1] error:&error];
    CHECK_CODE(0, error);
    CHECK(same.unreadMessagesCount == 1);
    // Deleting follows: unread, latest, last received.
    [conversation deleteMessageWithId:[scene idOf:3] error:&error];
    CHECK(same.unreadMessagesCount == 0 && same.messagesCount == 4);
    CHECK_EQUAL(@"m2 word2", textOf(same.lastReceivedMessage));
    [conversation deleteMessageWithId:[scene idOf:4] error:&error];
    CHECK_EQUAL(@"m3 word3", textOf(same.latestMessage));
    [conversation deleteAllMessages:&error];
    CHECK(same.messagesCount == 0 && same.latestMessage == nil && same.lastReceivedMessage == nil);
    EMChatMessage *message = sendText(scene.other, scene.me, @"unread again");
    CHECK(arrives(scene.phone, scene.phoneNotes, message) && same.unreadMessagesCount == 1);
    [conversation markAllMessagesAsRead:&error];
    CHECK(same.unreadMessagesCount == 0);
    CHECK_CODE(0, error);
    CHECK_CODE(0, [scene.tablet.chatManager markAllConversationsAsRead]);
    CHECK(talk(scene.tablet, scene.peer).unreadMessagesCount == 0);
}

static void ext(void) {
    EMClient *client = login(serverURL(), newName(@"me"));
    EMConversation *conversation = talk(client, @"peer");
    CHECK(conversation.ext.count == 0);
    NSDictionary *data = @{@"draft" : @"hi ü", @"top" : @YES, @"n" : @3, @"f" : @2.5};
    conversation.ext = data;
    CHECK_EQUAL(data, talk(client, @"peer").ext);
    conversation.ext = nil;
    CHECK(talk(client, @"peer").ext.count == 0);
}

static void lists(void) {
    Scene *scene = [Scene scene];
    EMClient *client = scene.phone;
    CHECK([client.chatManager getConversation:@"nobody" type:EMConversationTypeChat createIfNotExist:NO] == nil);
    CHECK([client.chatManager getConversationWithConvId:@"nobody"] == nil && [client.chatManager getConversationWithConvId:nil] == nil);
    CHECK([client.chatManager getConversation:@"1" type:EMConversationTypeChatRoom createIfNotExist:YES] == nil);
    CHECK([scene.other.chatManager getConversation:scene.me type:EMConversationTypeChat createIfNotExist:NO] != nil);
    [client.chatManager getConversation:@"empty" type:EMConversationTypeChat createIfNotExist:YES];
    CHECK([client.chatManager getConversationWithConvId:@"empty"] != nil);
    // Empty ones are not listed, unless the app wants that.
    CHECK_EQUAL(@[ scene.peer ], listed(client));
    sendText(client, scene.me, @"newest");
    CHECK_EQUAL((@[ scene.me, scene.peer ]), listed(client));
    CHECK([client.chatManager getAllConversations].count == 2);
    Answer *pin = [Answer answer], *unknown = [Answer answer];
    [client.chatManager pinConversation:scene.peer isPinned:YES completionBlock:pin.none];
    CHECK_CODE(0, [pin wait]);
    CHECK(scene.conversation.isPinned && scene.conversation.pinnedTime > 0);
    CHECK_EQUAL((@[ scene.peer, scene.me ]), listed(client));
    NSString *event = [NSString stringWithFormat:@"event 60 %@ 0", scene.peer];
    CHECK_EQUAL(event, [scene.tabletNotes wait:@"event" count:1]);
    CHECK(talk(scene.tablet, scene.peer).isPinned);
    [client.chatManager pinConversation:@"nobody-here" isPinned:YES completionBlock:unknown.none];
    CHECK_CODE(107, [unknown wait]);
    NSArray *filtered = [client.chatManager filterConversationsFromDB:NO
                                                               filter:^BOOL(EMConversation *conversation) {
                                                                   return [conversation.conversationId isEqual:scene.me];
                                                               }];
    CHECK_EQUAL(@[ scene.me ], names(filtered));
    Answer *pinned = [Answer answer], *page = [Answer answer], *all = [Answer answer], *wrong = [Answer answer];
    [client.chatManager getPinnedConversationsFromServerWithCursor:nil pageSize:50 completion:pinned.one];
    CHECK_EQUAL(@[ scene.peer ], names(((EMCursorResult *)[pinned got]).list));
    [client.chatManager getConversationsFromServerWithCursor:@"" pageSize:1 completion:page.one];
    EMCursorResult<EMConversation *> *first = [page got];
    CHECK(first.list.count == 1 && first.cursor.length > 0 && first.list.firstObject.isPinned);
    Answer *next = [Answer answer];
    [client.chatManager getConversationsFromServerWithCursor:first.cursor pageSize:1 completion:next.one];
    CHECK_EQUAL(@[ scene.me ], names(((EMCursorResult *)[next got]).list));
    [client.chatManager getConversationsFromServer:all.one];
    CHECK(((NSArray *)[all got]).count == 2);
    [client.chatManager getConversationsFromServerWithCursor:nil pageSize:51 completion:wrong.one];
    CHECK_CODE(110, [wrong wait]);
}

static void emptyOnesIfWanted(void) {
    EMOptions *options = optionsAt(serverURL(), newFolder());
    options.loadEmptyConversations = YES;
    EMClient *client = clientWith(options);
    NSString *me = newName(@"me");
    CHECK_CODE(0, [client registerWithUsername:me password:@"secret"]);
    CHECK_CODE(0, [client loginWithUsername:me password:@"secret"]);
    talk(client, @"empty");
    CHECK_EQUAL(@[ @"empty" ], listed(client));
}

static void takenOffThisDevice(void) {
    Scene *scene = [Scene scene];
    Answer *kept = [Answer answer], *gone = [Answer answer], *several = [Answer answer], *nobody = [Answer answer];
    [scene.phone.chatManager deleteConversation:scene.peer isDeleteMessages:NO completion:kept.one];
    CHECK_EQUAL(scene.peer, [kept got]);
    CHECK_EQUAL(@[], listed(scene.phone));
    [scene.phone.chatManager deleteConversation:scene.peer isDeleteMessages:YES completion:gone.one];
    CHECK_EQUAL(scene.peer, [gone got]);
    CHECK(here(scene.phone, scene.peer).count == 0);
    EMChatMessage *back = sendText(scene.other, scene.me, @"back");
    CHECK(arrives(scene.phone, scene.phoneNotes, back));
    CHECK_EQUAL(@[ scene.peer ], listed(scene.phone));
    [scene.phone.chatManager deleteConversations:@[ scene.conversation, talk(scene.phone, @"other") ] isDeleteMessages:YES completion:several.none];
    CHECK_CODE(0, [several wait]);
    [scene.phone.chatManager deleteConversation:@"nobody" isDeleteMessages:YES completion:nobody.one];
    CHECK_EQUAL(@"nobody", [nobody got]);
    CHECK_EQUAL(@[], listed(scene.phone));
    [scene settle];
    CHECK([scene.tabletNotes linesOf:@"event"].count == 0 && here(scene.tablet, scene.peer).count == 6);
    CHECK(there(scene.phone, scene.peer).count == 6);
}

static void takenOffTheServer(void) {
    Scene *scene = [Scene scene];
    Answer *kept = [Answer answer], *gone = [Answer answer], *room = [Answer answer];
    NSString *event = [NSString stringWithFormat:@"event 62 %@ 0", scene.peer];
    [scene.phone.chatManager deleteServerConversation:scene.peer conversationType:EMConversationTypeChat isDeleteServerMessages:NO completion:kept.one];
    CHECK_EQUAL(scene.peer, [kept got]);
    CHECK_EQUAL(event, [scene.tabletNotes wait:@"event" count:1]);
    CHECK_EQUAL(@[], listed(scene.phone));
    CHECK(there(scene.phone, scene.peer).count == 5);
    [scene.phone.chatManager deleteServerConversation:scene.peer conversationType:EMConversationTypeChat isDeleteServerMessages:YES completion:gone.one];
    CHECK_EQUAL(scene.peer, [gone got]);
    CHECK_EQUAL(event, [scene.tabletNotes wait:@"event" count:2]);
    CHECK(there(scene.phone, scene.peer).count == 0 && here(scene.phone, scene.peer).count == 0);
    CHECK(there(scene.other, scene.me).count == 5 && here(scene.other, scene.me).count == 5);
    CHECK([scene.phoneNotes linesOf:@"event"].count == 0);
    [scene settle];
    // The tablet may be told of the messages, too; the doer is told nothing.
    CHECK([scene.phoneNotes linesOf:@"removed"].count == 0 && [scene.otherNotes linesOf:@"removed"].count == 0);
    [scene.phone.chatManager deleteServerConversation:@"1" conversationType:EMConversationTypeChatRoom isDeleteServerMessages:YES completion:room.one];
    CHECK_CODE(505, [room wait]);
}

static void everything(void) {
    Scene *scene = [Scene scene];
    Answer *local = [Answer answer], *all = [Answer answer];
    [scene.phone.chatManager deleteAllMessagesAndConversations:NO completion:local.none];
    CHECK_CODE(0, [local wait]);
    CHECK_EQUAL(@[], listed(scene.phone));
    CHECK(here(scene.phone, scene.peer).count == 0 && there(scene.phone, scene.peer).count == 5);
    [scene settle];
    CHECK(here(scene.tablet, scene.peer).count == 5 && [scene.tabletNotes linesOf:@"removed"].count == 0);
    [scene.phone.chatManager deleteAllMessagesAndConversations:YES completion:all.none];
    CHECK_CODE(0, [all wait]);
    CHECK(there(scene.phone, scene.peer).count == 0);
    NSString *start = [NSString stringWithFormat:@"removed %@ by %@", scene.peer, [scene.phone getDeviceConfig:NULL].resource];
    CHECK([[scene.tabletNotes wait:start count:1] hasSuffix:@"left 0"] && here(scene.tablet, scene.peer).count == 0);
    CHECK(there(scene.other, scene.me).count == 5 && here(scene.other, scene.me).count == 5);
}

static void changingWhatIsHere(void) {
    Scene *scene = [Scene scene];
    EMConversation *conversation = scene.conversation;
    EMError *error = nil;
    EMChatMessage *notice = textTo(scene.peer, @"notice");
    notice.timestamp = [scene timeOf:0] - 1000;
    [conversation insertMessage:notice error:&error];
    CHECK_CODE(0, error);
    CHECK_EQUAL(@"notice", here(scene.phone, scene.peer).firstObject);
    CHECK([conversation loadMessageWithId:notice.messageId error:&error] != nil);
    EMChatMessage *last = textTo(scene.peer, @"appended");
    last.timestamp = 1000;
    [conversation appendMessage:last error:&error];
    CHECK_CODE(0, error);
    CHECK_EQUAL(@"appended", here(scene.phone, scene.peer).lastObject);
    CHECK_EQUAL(@"appended", textOf(conversation.latestMessage));
    EMChatMessage *foreign = textTo(@"somebody", @"foreign");
    [conversation insertMessage:foreign error:&error];
    CHECK_CODE(107, error);
    last.body = MADE([[EMTextMessageBody alloc] initWithText:@"changed"]);
    last.ext = @{@"k" : @1};
    [conversation updateMessageChange:last error:&error];
    CHECK_CODE(0, error);
    CHECK_EQUAL(@"changed", textOf(conversation.latestMessage));
    CHECK_EQUAL(@1, conversation.latestMessage.ext[@"k"]);
    Answer *updated = [Answer answer], *missing = [Answer answer], *counted = [Answer answer];
    last.body = MADE([[EMTextMessageBody alloc] initWithText:@"again"]);
    [scene.phone.chatManager updateMessage:last completion:updated.one];
    CHECK_EQUAL(@"again", textOf([updated got]));
    [scene.phone.chatManager updateMessage:textTo(scene.peer, @"x") completion:missing.one];
    CHECK_CODE(500, [missing wait]);
    [scene.phone.chatManager getMessageCountWithCompletion:counted.number];
    CHECK_EQUAL(@7, [counted got]);
    // What no server has is deleted here; nothing is asked of the server, and nobody is told.
    Answer *local = [Answer answer];
    [conversation removeMessagesFromServerMessageIds:@[ notice.messageId, last.messageId ] completion:local.none];
    CHECK_CODE(0, [local wait]);
    CHECK(here(scene.phone, scene.peer).count == 5);
    [scene settle];
    CHECK([scene.tabletNotes linesOf:@"removed"].count == 0);
}

static void imports(void) {
    Scene *scene = [Scene scene];
    EMError *error = nil;
    NSArray<EMChatMessage *> *backup = [scene.conversation loadMessagesStartFromId:nil count:10 searchDirection:EMMessageSearchDirectionUp];
    [scene.conversation deleteAllMessages:&error];
    Answer *first = [Answer answer], *second = [Answer answer], *removed = [Answer answer], *conversations = [Answer answer];
    [scene.phone.chatManager importMessages:backup completion:first.none];
    CHECK_CODE(0, [first wait]);
    CHECK_EQUAL(textsOf(backup), here(scene.phone, scene.peer));
    // What the user deletes on the server does not come back by an import.
    [scene.conversation removeMessagesFromServerMessageIds:@[ [scene idOf:2] ] completion:removed.none];
    CHECK_CODE(0, [removed wait]);
    [scene.phone.chatManager importMessages:backup completion:second.none];
    CHECK_CODE(0, [second wait]);
    CHECK(here(scene.phone, scene.peer).count == 4);
    EMConversation *other = talk(scene.tablet, @"imported");
    other.ext = @{@"a" : @"b"};
    [scene.phone.chatManager importConversations:@[ other ] completion:conversations.none];
    CHECK_CODE(0, [conversations wait]);
    CHECK_EQUAL(@"b", [scene.phone.chatManager getConversationWithConvId:@"imported"].ext[@"a"]);
}

int main(void) {
    RUN(aConversationIsLive);
    RUN(ext);
    RUN(lists);
    RUN(emptyOnesIfWanted);
    RUN(takenOffThisDevice);
    RUN(takenOffTheServer);
    RUN(everything);
    RUN(changingWhatIsHere);
    RUN(imports);
    return report();
}
