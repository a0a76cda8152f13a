// Messages: what every kind carries to the other side, what ext keeps, and how a message's status goes.
#import "support/Support.h"

static Scene *pairOf(void) {
    Scene *scene = MADE([[Scene alloc] init]);
    scene.me = newName(@"me");
    scene.peer = newName(@"peer");
    scene.other = login(serverURL(), scene.peer);
    scene.phone = login(serverURL(), scene.me);
    scene.otherNotes = [Notebook of:scene.other];
    scene.phoneNotes = [Notebook of:scene.phone];
    return scene;
}

// Sends a body with ext; gives what came out on the other side. It is compared with what the stores of both sides have, too.
static EMChatMessage *through(Scene *scene, EMMessageBody *body, NSDictionary *ext) {
    EMChatMessage *message = MADE([[EMChatMessage alloc] initWithConversationID:scene.peer from:scene.me to:scene.peer body:body ext:ext]);
    sent(scene.phone, message);
    CHECK(arrives(scene.other, scene.otherNotes, message));
    EMChatMessage *got = [scene.other.chatManager getMessageWithMessageId:message.messageId];
    EMChatMessage *kept = [scene.phone.chatManager getMessageWithMessageId:message.messageId];
    CHECK(got.body.type == body.type && kept.body.type == body.type && kept.body.class == body.class && got.body.class == body.class);
    CHECK(got.direction == EMMessageDirectionReceive && kept.direction == EMMessageDirectionSend && message.direction == kept.direction);
    CHECK(got.status == EMMessageStatusSucceed && kept.status == EMMessageStatusSucceed && got.chatType == EMChatTypeChat);
    CHECK_EQUAL(scene.me, got.from);
    CHECK_EQUAL(scene.peer, got.to);
    CHECK_EQUAL(scene.me, got.conversationId);
    CHECK_EQUAL(scene.peer, kept.conversationId);
    CHECK(got.timestamp == kept.timestamp && got.timestamp == message.timestamp && got.timestamp > 1600000000000LL);
    CHECK(kept.isRead && !got.isRead && !got.isReadAcked && !got.isDeliverAcked);
    CHECK_EQUAL(ext ?: @{}, kept.ext ?: @{});
    CHECK_EQUAL(ext ?: @{}, got.ext ?: @{});
    return got;
}

static void text(void) {
    Scene *scene = pairOf();
    for (NSString *said in @[ @"hello", @"", @"你好 \"x\" \\ \n\t 👋🏽", @"a  b" ]) {
        EMTextMessageBody *body = MADE([[EMTextMessageBody alloc] initWithText:said]);
        CHECK(body.type == EMMessageBodyTypeText);
        CHECK_EQUAL(said, textOf(through(scene, body, nil)));
    }
    CHECK_EQUAL(@"", [MADE([[EMTextMessageBody alloc] initWithText:nil]) text]);
}

static void places(void) {
    Scene *scene = pairOf();
    EMLocationMessageBody *body = MADE([[EMLocationMessageBody alloc] initWithLatitude:-33.856784
                                                                             longitude:151.215297
                                                                               address:@"Bennelong Point"
                                                                          buildingName:@"Opera"]);
    EMLocationMessageBody *got = (EMLocationMessageBody *)through(scene, body, nil).body;
    CHECK(got.latitude == -33.856784 && got.longitude == 151.215297);
    CHECK_EQUAL(@"Bennelong Point", got.address);
    CHECK_EQUAL(@"Opera", got.buildingName);
    body = MADE([[EMLocationMessageBody alloc] initWithLatitude:0 longitude:-180 address:nil]);
    got = (EMLocationMessageBody *)through(scene, body, nil).body;
    CHECK(got.latitude == 0 && got.longitude == -180 && got.address.length == 0 && got.buildingName.length == 0);
}

static void customs(void) {
    Scene *scene = pairOf();
    NSDictionary *data = @{@"a" : @"1", @"schlüssel" : @"wert \"zwei\"\n"};
    EMCustomMessageBody *body = MADE([[EMCustomMessageBody alloc] initWithEvent:@"gift" customExt:data]);
    EMCustomMessageBody *got = (EMCustomMessageBody *)through(scene, body, nil).body;
    CHECK_EQUAL(@"gift", got.event);
    CHECK_EQUAL(data, got.customExt);
    body = MADE([[EMCustomMessageBody alloc] initWithEvent:@"bare" customExt:nil]);
    got = (EMCustomMessageBody *)through(scene, body, nil).body;
    CHECK([got.event isEqual:@"bare"] && got.customExt.count == 0);
}

static void fill(EMFileMessageBody *body) {
    body.remotePath = @"https://files.example.org/1";
    body.secretKey = @"geheim";
    body.fileLength = 123456789;
}

static void sameFile(EMFileMessageBody *body, NSString *name) {
    CHECK_EQUAL(name, body.displayName);
    CHECK_EQUAL(@"https://files.example.org/1", body.remotePath);
    CHECK_EQUAL(@"geheim", body.secretKey);
    CHECK(body.fileLength == 123456789 && body.localPath.length == 0);
}

static void files(void) {
    Scene *scene = pairOf();
    EMFileMessageBody *file = MADE([[EMFileMessageBody alloc] initWithLocalPath:nil displayName:@"a ü.zip"]);
    fill(file);
    sameFile((EMFileMessageBody *)through(scene, file, nil).body, @"a ü.zip");

    EMImageMessageBody *image = MADE([[EMImageMessageBody alloc] initWithLocalPath:nil displayName:@"b.png"]);
    fill(image);
    image.size = (CGSize){640, 480.5};
    image.thumbnailRemotePath = @"https://files.example.org/1t";
    image.thumbnailSecretKey = @"klein";
    image = (EMImageMessageBody *)through(scene, image, nil).body;
    sameFile(image, @"b.png");
    CHECK(image.size.width == 640 && image.size.height == 480.5);
    CHECK_EQUAL(@"https://files.example.org/1t", image.thumbnailRemotePath);
    CHECK_EQUAL(@"klein", image.thumbnailSecretKey);

    EMVoiceMessageBody *voice = MADE([[EMVoiceMessageBody alloc] initWithLocalPath:nil displayName:@"v.amr"]);
    fill(voice);
    voice.duration = 59;
    voice = (EMVoiceMessageBody *)through(scene, voice, nil).body;
    sameFile(voice, @"v.amr");
    CHECK(voice.duration == 59);

    EMVideoMessageBody *video = MADE([[EMVideoMessageBody alloc] initWithLocalPath:nil displayName:@"v.mp4"]);
    fill(video);
    video.duration = 3600;
    video.thumbnailSize = (CGSize){1920, 1080};
    video.thumbnailRemotePath = @"https://files.example.org/4t";
    video.thumbnailSecretKey = @"t";
    video = (EMVideoMessageBody *)through(scene, video, nil).body;
    sameFile(video, @"v.mp4");
    CHECK(video.duration == 3600 && video.thumbnailSize.width == 1920 && video.thumbnailSize.height == 1080);
    CHECK_EQUAL(@"https://files.example.org/4t", video.thumbnailRemotePath);
    CHECK_EQUAL(@"t", video.thumbnailSecretKey);

    EMCombineMessageBody *combined = MADE([[EMCombineMessageBody alloc] initWithLocalPath:nil displayName:@"c"]);
    fill(combined);
    combined.title = @"Unsere Unterhaltung";
    combined.summary = @"Alles";
    combined = (EMCombineMessageBody *)through(scene, combined, nil).body;
    sameFile(combined, @"c");
    CHECK_EQUAL(@"Unsere Unterhaltung", combined.title);
    CHECK_EQUAL(@"Alles", combined.summary);
}

static void filesOfThisDevice(void) {
    Scene *scene = pairOf();
    NSString *path = newFolder();
    CHECK([@"twelve bytes" writeToFile:path atomically:YES encoding:NSUTF8StringEncoding error:NULL]);
    EMFileMessageBody *body = MADE([[EMFileMessageBody alloc] initWithLocalPath:path displayName:@"notes.txt"]);
    CHECK(body.fileLength == 12);
    EMChatMessage *message = MADE([[EMChatMessage alloc] initWithConversationID:scene.peer body:body ext:nil]);
    Answer *answer = [Answer answer];
    [scene.phone.chatManager sendMessage:message progress:nil completion:answer.one];
    // Nobody could download it.
    CHECK_CODE(402, [answer wait]);
    CHECK(message.status == EMMessageStatusFailed);
}

static void commands(void) {
    Scene *scene = pairOf();
    EMCmdMessageBody *body = MADE([[EMCmdMessageBody alloc] initWithAction:@"refresh"]);
    EMChatMessage *message = MADE([[EMChatMessage alloc] initWithConversationID:scene.peer body:body ext:@{@"k" : @"v"}]);
    sent(scene.phone, message);
    CHECK([scene.otherNotes wait:@"command" count:1] != nil);
    EMChatMessage *got = [scene.otherNotes objectsOf:@"command"].firstObject;
    CHECK_EQUAL(@"refresh", ((EMCmdMessageBody *)got.body).action);
    CHECK_EQUAL(@"v", got.ext[@"k"]);
    CHECK([scene.otherNotes linesOf:@"received"].count == 0);
    // Kept nowhere.
    CHECK([here(scene.phone, scene.peer) count] == 0 && [here(scene.other, scene.me) count] == 0 && [there(scene.phone, scene.peer) count] == 0);
}

static void extKeepsItsTypes(void) {
    Scene *scene = pairOf();
    NSDictionary *ext = @{
        @"text" : @"ü \"q\"",
        @"yes" : @YES,
        @"no" : @NO,
        @"one" : @1,
        @"large" : @9007199254740993LL,
        @"minus" : @(-5),
        @"half" : @0.5,
        @"list" : @[ @1, @"two", @{@"three" : @3} ],
    };
    EMTextMessageBody *body = MADE([[EMTextMessageBody alloc] initWithText:@"with ext"]);
    NSDictionary *got = through(scene, body, ext).ext;
    CHECK(got.count == ext.count && [got[@"large"] longLongValue] == 9007199254740993LL && [got[@"half"] doubleValue] == 0.5);
#define TYPE(object) CFGetTypeID((__bridge CFTypeRef)(object))
    CHECK(TYPE(got[@"yes"]) == CFBooleanGetTypeID() && TYPE(got[@"no"]) == CFBooleanGetTypeID() && [got[@"yes"] boolValue] && ![got[@"no"] boolValue]);
    CHECK(TYPE(got[@"one"]) == CFNumberGetTypeID() && [got[@"one"] intValue] == 1 && [got[@"minus"] intValue] == -5);
    CHECK_EQUAL(@"ü \"q\"", got[@"text"]);
    CHECK_EQUAL(ext[@"list"], got[@"list"]);
}

static void aNewMessage(void) {
    EMChatMessage *message = textTo(@"peer", @"new"), *other = textTo(@"peer", @"new");
    CHECK(message.messageId.length > 0 && ![message.messageId isEqual:other.messageId]);
    CHECK(message.status == EMMessageStatusPending && message.direction == EMMessageDirectionSend && message.isRead);
    CHECK(message.timestamp > 1600000000000LL && message.timestamp == message.localTime && message.chatType == EMChatTypeChat);
    CHECK_EQUAL(@"peer", message.conversationId);
    CHECK(!message.deliverOnlineOnly && message.receiverList == nil);
}

static void theStatusOfOneObject(void) {
    Scene *scene = pairOf();
    EMChatMessage *message = textTo(scene.peer, @"status");
    NSString *own = message.messageId;
    Answer *answer = [Answer answer], *progress = [Answer answer];
    [scene.phone.chatManager sendMessage:message
        progress:^(int percent) { [progress give:@(percent) error:nil]; }
        completion:answer.one];
    // The store has it at once, under the id that the object says, whatever has become of it meanwhile.
    CHECK([here(scene.phone, scene.peer) isEqual:@[ @"status" ]]);
    EMChatMessage *got = [answer got];
    CHECK(got == message && message.status == EMMessageStatusSucceed && ![message.messageId isEqual:own]);
    CHECK_EQUAL(@100, [progress got]);
    CHECK_EQUAL(scene.me, message.from);
    CHECK([scene.phone.chatManager getMessageWithMessageId:message.messageId] != nil);
    CHECK([here(scene.phone, scene.peer) count] == 1);
    CHECK([scene.phoneNotes linesOf:@"status"].count == 0);

    EMChatMessage *refused = textTo(@"nobody-has-this-name", @"refused");
    Answer *failed = [Answer answer];
    [scene.phone.chatManager sendMessage:refused progress:nil completion:failed.one];
    CHECK_CODE(204, [failed wait]);
    CHECK(refused.status == EMMessageStatusFailed);
    EMChatMessage *kept = [scene.phone.chatManager getMessageWithMessageId:refused.messageId];
    CHECK(kept.status == EMMessageStatusFailed);
    Answer *again = [Answer answer];
    [scene.phone.chatManager resendMessage:refused progress:nil completion:again.one];
    CHECK_CODE(204, [again wait]);
    CHECK(refused.status == EMMessageStatusFailed && [here(scene.phone, @"nobody-has-this-name") count] == 1);

    // Without a completion the delegate is told.
    EMChatMessage *silent = textTo(scene.peer, @"silent");
    [scene.phone.chatManager sendMessage:silent progress:nil completion:nil];
    CHECK_EQUAL(@"status 2 error 0", [scene.phoneNotes wait:@"status" count:1]);
    CHECK([scene.phoneNotes objectsOf:@"status"].firstObject == silent && silent.status == EMMessageStatusSucceed);
}

static void receipts(void) {
    Scene *scene = pairOf();
    NSString *me = newName(@"me");
    EMOptions *options = optionsAt(serverURL(), newFolder());
    options.enableDeliveryAck = YES;
    EMClient *reader = clientWith(options);
    CHECK_CODE(0, [reader registerWithUsername:me password:@"secret"]);
    CHECK_CODE(0, [reader loginWithUsername:me password:@"secret"]);
    Notebook *readerNotes = [Notebook of:reader];
    EMChatMessage *message = sendText(scene.phone, me, @"read me");
    NSString *delivered = [NSString stringWithFormat:@"delivered %@", message.messageId];
    CHECK_EQUAL(delivered, [scene.phoneNotes wait:@"delivered" count:1]);
    CHECK(arrives(reader, readerNotes, message) && talk(reader, scene.me).unreadMessagesCount == 1);
    Answer *ack = [Answer answer], *all = [Answer answer], *none = [Answer answer];
    [reader.chatManager sendMessageReadAck:message.messageId toUser:scene.me completion:ack.none];
    CHECK_CODE(0, [ack wait]);
    NSString *read = [NSString stringWithFormat:@"read %@", message.messageId];
    CHECK_EQUAL(read, [scene.phoneNotes wait:@"read" count:1]);
    EMChatMessage *told = [scene.phoneNotes objectsOf:@"read"].firstObject;
    CHECK(told.isReadAcked && told.isDeliverAcked && talk(reader, scene.me).unreadMessagesCount == 0);
    EMChatMessage *another = sendText(scene.phone, me, @"and me");
    CHECK(arrives(reader, readerNotes, another));
    [reader.chatManager ackConversationRead:scene.me completion:all.none];
    CHECK_CODE(0, [all wait]);
    NSString *line = [NSString stringWithFormat:@"conversation read from %@ to %@", me, scene.me];
    CHECK_EQUAL(line, [scene.phoneNotes wait:@"conversation read" count:1]);
    [reader.chatManager sendMessageReadAck:@"no-id" toUser:scene.me completion:none.none];
    CHECK_CODE(500, [none wait]);
}

int main(void) {
    RUN(text);
    RUN(places);
    RUN(customs);
    RUN(files);
    RUN(filesOfThisDevice);
    RUN(commands);
    RUN(extKeepsItsTypes);
    RUN(aNewMessage);
    RUN(theStatusOfOneObject);
    RUN(receipts);
    return report();
}
