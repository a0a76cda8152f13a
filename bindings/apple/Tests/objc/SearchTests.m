// Loading and searching: by id, kind, keyword, time and sender, in both directions, of one conversation and of all.
#import "support/Support.h"

#define UP EMMessageSearchDirectionUp
#define DOWN EMMessageSearchDirectionDown

static void byId(void) {
    Scene *scene = [Scene scene];
    EMConversation *conversation = scene.conversation;
    EMError *error = nil;
    CHECK_EQUAL(@"m2 word2", textOf([conversation loadMessageWithId:[scene idOf:1] error:&error]));
    CHECK_CODE(0, error);
    CHECK([conversation loadMessageWithId:@"no-id" error:&error] == nil);
    CHECK_CODE(500, error);
    CHECK_EQUAL((@[ @"m4 word4", @"m5 word5" ]), textsOf([conversation loadMessagesStartFromId:nil count:2 searchDirection:UP]));
    CHECK_EQUAL((@[ @"m1 word1", @"m2 word2" ]), textsOf([conversation loadMessagesStartFromId:@"" count:2 searchDirection:DOWN]));
    CHECK_EQUAL((@[ @"m1 word1", @"m2 word2" ]), textsOf([conversation loadMessagesStartFromId:[scene idOf:2] count:9 searchDirection:UP]));
    CHECK_EQUAL((@[ @"m4 word4" ]), textsOf([conversation loadMessagesStartFromId:[scene idOf:2] count:1 searchDirection:DOWN]));
    CHECK([conversation loadMessagesStartFromId:nil count:0 searchDirection:UP].count == 1);
    CHECK([conversation loadMessagesStartFromId:nil count:-5 searchDirection:UP].count == 1);
    CHECK([conversation loadMessagesStartFromId:nil count:100000 searchDirection:UP].count == 5);
    Answer *later = [Answer answer], *several = [Answer answer];
    [conversation loadMessagesStartFromId:[scene idOf:0] count:2 searchDirection:DOWN completion:later.one];
    CHECK_EQUAL((@[ @"m2 word2", @"m3 word3" ]), textsOf([later got]));
    [scene.phone.chatManager getMessages:@[ [scene idOf:0], @"no-id", [scene idOf:4] ] withConversationId:scene.peer completion:several.one];
    CHECK_EQUAL((@[ @"m5 word5", @"m1 word1" ]), textsOf([several got]));
}

static void byTime(void) {
    Scene *scene = [Scene scene];
    EMConversation *conversation = scene.conversation;
    CHECK_EQUAL((@[ @"m2 word2", @"m3 word3" ]), textsOf([conversation loadMessagesFrom:[scene timeOf:1] to:[scene timeOf:2] count:9]));
    CHECK_EQUAL((@[ @"m1 word1" ]), textsOf([conversation loadMessagesFrom:0 to:[scene timeOf:4] count:1]));
    CHECK([conversation loadMessagesFrom:[scene timeOf:1] + 1 to:[scene timeOf:2] - 1 count:9].count == 0);
    CHECK([conversation getMessageCountStart:[scene timeOf:1] to:[scene timeOf:3]] == 3);
    CHECK([conversation getMessageCountStart:[scene timeOf:3] to:[scene timeOf:1]] == 0);
    Answer *later = [Answer answer], *wrong = [Answer answer];
    [conversation loadMessagesFrom:[scene timeOf:3] to:[scene timeOf:4] count:9 completion:later.one];
    CHECK_EQUAL((@[ @"m4 word4", @"m5 word5" ]), textsOf([later got]));
    [conversation loadMessagesFrom:2 to:1 count:9 completion:wrong.one];
    CHECK_CODE(110, [wrong wait]);
}

static void byKind(void) {
    Scene *scene = [Scene scene];
    EMLocationMessageBody *place = MADE([[EMLocationMessageBody alloc] initWithLatitude:1 longitude:2 address:@"Hauptstrasse"]);
    sent(scene.phone, MADE([[EMChatMessage alloc] initWithConversationID:scene.peer body:place ext:nil]));
    EMCustomMessageBody *custom = MADE([[EMCustomMessageBody alloc] initWithEvent:@"gift" customExt:@{@"k" : @"rose"}]);
    sent(scene.phone, MADE([[EMChatMessage alloc] initWithConversationID:scene.peer body:custom ext:nil]));
    EMConversation *conversation = scene.conversation;
    id<IEMChatManager> manager = scene.phone.chatManager;
    CHECK([conversation loadMessagesWithType:EMMessageBodyTypeLocation timestamp:-1 count:9 fromUser:nil searchDirection:UP].count == 1);
    CHECK([manager loadMessagesWithType:EMMessageBodyTypeText timestamp:-1 count:9 fromUser:nil searchDirection:UP].count == 5);
    CHECK_EQUAL((@[ @"m1 word1" ]), textsOf([conversation loadMessagesWithType:EMMessageBodyTypeText
                                                                     timestamp:[scene timeOf:1]
                                                                         count:9
                                                                      fromUser:nil
                                                               searchDirection:UP]));
    CHECK_EQUAL((@[ @"m2 word2", @"m4 word4" ]), textsOf([conversation loadMessagesWithType:EMMessageBodyTypeText
                                                                                  timestamp:[scene timeOf:0]
                                                                                      count:9
                                                                                   fromUser:scene.peer
                                                                            searchDirection:DOWN]));
    Answer *one = [Answer answer], *two = [Answer answer], *all = [Answer answer], *every = [Answer answer];
    [conversation loadMessagesWithType:EMMessageBodyTypeCustom timestamp:-1 count:9 fromUser:nil searchDirection:UP completion:one.one];
    CHECK(((NSArray *)[one got]).count == 1);
    NSArray *kinds = @[ @(EMMessageBodyTypeLocation), @(EMMessageBodyTypeCustom) ];
    [conversation searchMessagesWithTypes:kinds timestamp:-1 count:9 fromUser:nil searchDirection:UP completion:two.one];
    CHECK(((NSArray *)[two got]).count == 2);
    [conversation searchMessagesWithTypes:@[] timestamp:-1 count:9 fromUser:nil searchDirection:UP completion:all.one];
    CHECK(((NSArray *)[all got]).count == 7);
    [manager searchMessagesWithTypes:kinds timestamp:-1 count:9 fromUser:nil searchDirection:UP completion:every.one];
    CHECK(((NSArray *)[every got]).count == 2);
    CHECK([conversation loadCustomMsgWithKeyword:@"rose" timestamp:-1 count:9 fromUser:nil searchDirection:UP].count == 1);
    CHECK([conversation loadCustomMsgWithKeyword:@"gift" timestamp:-1 count:9 fromUser:nil searchDirection:UP].count == 1);
    CHECK([conversation loadCustomMsgWithKeyword:@"word1" timestamp:-1 count:9 fromUser:nil searchDirection:UP].count == 0);
    Answer *rose = [Answer answer];
    [conversation loadCustomMsgWithKeyword:@"ros" timestamp:-1 count:9 fromUser:nil searchDirection:UP completion:rose.one];
    CHECK(((NSArray *)[rose got]).count == 1);
}

static void byKeyword(void) {
    Scene *scene = [Scene scene];
    EMConversation *conversation = scene.conversation;
    id<IEMChatManager> manager = scene.phone.chatManager;
    EMChatMessage *tagged = textTo(scene.peer, @"今天天气 Wetter");
    tagged.ext = @{@"tag" : @"hidden"};
    sent(scene.phone, tagged);
#define WORD(word) [conversation loadMessagesWithKeyword:word timestamp:-1 count:9 fromUser:nil searchDirection:UP]
    CHECK_EQUAL((@[ @"m3 word3" ]), textsOf(WORD(@"WORD3")));
    CHECK(WORD(@"wor").count == 5 && WORD(@"ord").count == 0 && WORD(@"天气").count == 1 && WORD(@"wet").count == 1);
    CHECK(WORD(@"word3 m3").count == 1 && WORD(@"word3 m4").count == 0 && WORD(nil).count == 6);
    CHECK([manager loadMessagesWithKeyword:@"word" timestamp:-1 count:2 fromUser:nil searchDirection:UP].count == 2);
    Answer *content = [Answer answer], *inExt = [Answer answer], *all = [Answer answer], *users = [Answer answer], *many = [Answer answer];
    Answer *plain = [Answer answer], *managers = [Answer answer], *byConversation = [Answer answer], *managersScope = [Answer answer];
#define SCOPE(to, scopeOfIt)                                            \
    [conversation loadMessagesWithKeyword:@"hidden"                     \
                                timestamp:-1                            \
                                    count:9                             \
                                 fromUser:nil                           \
                          searchDirection:UP                            \
                                    scope:scopeOfIt                     \
                               completion:to.one]
    SCOPE(content, EMMessageSearchScopeContent);
    SCOPE(inExt, EMMessageSearchScopeExt);
    SCOPE(all, EMMessageSearchScopeAll);
    CHECK(((NSArray *)[content got]).count == 0 && ((NSArray *)[inExt got]).count == 1 && ((NSArray *)[all got]).count == 1);
    [conversation loadMessagesWithKeyword:@"word" timestamp:-1 count:9 fromUsers:@[ scene.peer, @"x" ] searchDirection:UP scope:EMMessageSearchScopeContent completion:users.one];
    CHECK_EQUAL((@[ @"m2 word2", @"m4 word4" ]), textsOf([users got]));
    NSMutableArray *ten = [NSMutableArray array];
    for (int i = 0; i < 10; i++) [ten addObject:newName(@"user")];
    [conversation loadMessagesWithKeyword:@"word" timestamp:-1 count:9 fromUsers:ten searchDirection:UP scope:EMMessageSearchScopeContent completion:many.one];
    CHECK_CODE(110, [many wait]);
    [conversation loadMessagesWithKeyword:@"word" timestamp:[scene timeOf:1] count:9 fromUser:scene.me searchDirection:DOWN completion:plain.one];
    CHECK_EQUAL((@[ @"m3 word3", @"m5 word5" ]), textsOf([plain got]));
    [manager loadMessagesWithKeyword:@"word5" timestamp:-1 count:9 fromUser:nil searchDirection:UP completion:managers.one];
    CHECK(((NSArray *)[managers got]).count == 1);
    [manager loadMessagesWithKeyword:@"hidden" timestamp:-1 count:9 fromUser:nil searchDirection:UP scope:EMMessageSearchScopeAll completion:managersScope.one];
    CHECK(((NSArray *)[managersScope got]).count == 1);
    sendText(scene.phone, scene.me, @"word elsewhere");
    [manager loadConversationMessagesWithKeyword:@"word" timestamp:-1 fromUser:nil searchDirection:UP scope:EMMessageSearchScopeContent completion:byConversation.one];
    NSDictionary<NSString *, NSArray<NSString *> *> *found = [byConversation got];
    CHECK(found.count == 2 && found[scene.me].count == 1);
    NSArray *five = [idsOf(scene.messages) copy];
    CHECK_EQUAL(five, found[scene.peer]);
#if !__has_feature(objc_arc)
    [five release];
#endif
}

static void withoutALogin(void) {
    Scene *scene = [Scene scene];
    EMConversation *conversation = scene.conversation;
    CHECK_CODE(0, [scene.phone logout:NO]);
    CHECK([conversation loadMessagesStartFromId:nil count:9 searchDirection:UP] == nil);
    CHECK([scene.phone.chatManager loadMessagesWithKeyword:@"word" timestamp:-1 count:9 fromUser:nil searchDirection:UP] == nil);
    CHECK([scene.phone.chatManager getAllConversations] == nil && [scene.phone.chatManager getMessageWithMessageId:[scene idOf:0]] == nil);
    CHECK(conversation.messagesCount == 0 && conversation.unreadMessagesCount == 0 && conversation.latestMessage == nil);
    CHECK([conversation getMessageCountStart:0 to:1LL << 50] == 0);
    Answer *answer = [Answer answer];
    [conversation loadMessagesStartFromId:nil count:9 searchDirection:UP completion:answer.one];
    CHECK_CODE(201, [answer wait]);
    CHECK(answer.value == nil);
}

int main(void) {
    RUN(byId);
    RUN(byTime);
    RUN(byKind);
    RUN(byKeyword);
    RUN(withoutALogin);
    return report();
}
