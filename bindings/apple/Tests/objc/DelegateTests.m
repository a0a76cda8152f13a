// Delegates: several at once, each on its queue, nil being the main one; held weakly; in order; not called once removed.
#import "support/Support.h"

static void severalDelegates(void) {
    Scene *scene = [Scene scene];
    Notebook *second = [Notebook of:scene.tablet];
    CHECK(second.lines.count == 0);
    EMChatMessage *message = sendText(scene.other, scene.me, @"for both");
    CHECK(arrives(scene.tablet, scene.tabletNotes, message));
    NSString *line = [NSString stringWithFormat:@"received %@", message.messageId];
    CHECK_EQUAL(line, [second wait:@"received" count:1]);
    CHECK_EQUAL(line, [scene.tabletNotes linesOf:@"received"].lastObject);
}

@interface MainDelegate : NSObject <EMChatManagerDelegate>
@property (atomic) int onMain, elsewhere;
@end
@implementation MainDelegate
- (void)messagesDidReceive:(NSArray<EMChatMessage *> *)messages {
    if (NSThread.isMainThread) self.onMain += (int)messages.count;
    else self.elsewhere += (int)messages.count;
}
@end

// Runs what stands on the main queue.
static void serveMain(void) {
    __block BOOL served = NO;
    dispatch_async(dispatch_get_main_queue(), ^{ served = YES; });
    CHECK(becomes(^{ return served; }));
}

static void nilIsTheMainQueue(void) {
    Scene *scene = [Scene scene];
    MainDelegate *delegate = MADE([[MainDelegate alloc] init]);
    [scene.phone.chatManager addDelegate:delegate delegateQueue:nil];
    EMChatMessage *message = sendText(scene.other, scene.me, @"to the main queue");
    CHECK(arrives(scene.phone, scene.phoneNotes, message));
    CHECK(becomes(^{ return (BOOL)(delegate.onMain == 1); }) && delegate.elsewhere == 0);
    // Adding it again changes its queue, and it is not called twice.
    [scene.phone.chatManager addDelegate:delegate delegateQueue:scene.phoneNotes.queue];
    message = sendText(scene.other, scene.me, @"to its own queue");
    CHECK(arrives(scene.phone, scene.phoneNotes, message));
    CHECK(becomes(^{ return (BOOL)(delegate.elsewhere == 1); }));
    serveMain();
    CHECK(delegate.onMain == 1 && delegate.elsewhere == 1);
    [scene.phone.chatManager removeDelegate:delegate];
    message = sendText(scene.other, scene.me, @"to nobody");
    NSUInteger known = [scene.phoneNotes linesOf:@"received"].count;
    CHECK([scene.phoneNotes wait:@"received" count:known] && arrives(scene.phone, scene.phoneNotes, message));
    dispatch_sync(scene.phoneNotes.queue, ^{});
    serveMain();
    CHECK(delegate.onMain == 1 && delegate.elsewhere == 1);
}

static int dead;
@interface MortalDelegate : NSObject <EMChatManagerDelegate, EMClientDelegate, EMMultiDevicesDelegate, EMGroupManagerDelegate>
@end
@implementation MortalDelegate
- (void)messagesDidReceive:(NSArray<EMChatMessage *> *)messages { (void)messages; }
- (void)dealloc {
    dead++;
    SUPER_DEALLOC;
}
@end

static void held(EMClient *client) {
    MortalDelegate *delegate = [[MortalDelegate alloc] init];
    [client addDelegate:delegate delegateQueue:nil];
    [client addMultiDevicesDelegate:delegate delegateQueue:nil];
    [client.chatManager addDelegate:delegate delegateQueue:nil];
    [client.groupManager addDelegate:delegate delegateQueue:nil];
#if !__has_feature(objc_arc)
    [delegate release];
#endif
}

static void heldWeakly(void) {
    Scene *scene = [Scene scene];
    dead = 0;
    @autoreleasepool {
        for (int i = 0; i < 10; i++) held(scene.phone);
    }
    CHECK(dead == 10);
    // Calls for the dead do nothing.
    EMChatMessage *message = sendText(scene.other, scene.me, @"to the dead");
    CHECK(arrives(scene.phone, scene.phoneNotes, message));
    serveMain();
    // One whose call is on the queue already when it dies.
    dispatch_queue_t queue = dispatch_queue_create("stopped", DISPATCH_QUEUE_SERIAL);
    dispatch_semaphore_t go = dispatch_semaphore_create(0);
    dispatch_async(queue, ^{ dispatch_semaphore_wait(go, DISPATCH_TIME_FOREVER); });
    @autoreleasepool {
        MortalDelegate *late = [[MortalDelegate alloc] init];
        [scene.phone.chatManager addDelegate:late delegateQueue:queue];
        message = sendText(scene.other, scene.me, @"to the dying");
        CHECK(arrives(scene.phone, scene.phoneNotes, message));
#if !__has_feature(objc_arc)
        [late release];
#endif
    }
    dispatch_semaphore_signal(go);
    dispatch_sync(queue, ^{});
    CHECK(becomes(^{ return (BOOL)(dead == 11); }));
#if !__has_feature(objc_arc)
    dispatch_release(queue);
    dispatch_release(go);
#endif
}

static void inOrder(void) {
    Scene *scene = [Scene scene];
    NSUInteger known = [scene.otherNotes linesOf:@"received"].count;
    NSMutableArray<NSString *> *expected = [NSMutableArray array];
    for (int i = 0; i < 30; i++)
        [expected addObject:[@"received " stringByAppendingString:sendText(scene.phone, scene.peer, @"in order").messageId]];
    CHECK([scene.otherNotes wait:@"received" count:known + 30] != nil);
    NSArray<NSString *> *lines = [scene.otherNotes linesOf:@"received"];
    CHECK_EQUAL(expected, [lines subarrayWithRange:NSMakeRange(known, 30)]);
}

static void theListIsTold(void) {
    Scene *scene = [Scene scene];
    NSUInteger known = [scene.phoneNotes linesOf:@"list"].count;
    EMChatMessage *message = sendText(scene.other, scene.me, @"changes the list");
    CHECK(arrives(scene.phone, scene.phoneNotes, message));
    CHECK([scene.phoneNotes wait:@"list" count:known + 1] != nil);
    NSArray<EMConversation *> *list = [scene.phoneNotes objectsOf:@"list"].lastObject;
    CHECK(list.count == 1);
    CHECK_EQUAL(scene.peer, list.firstObject.conversationId);
}

static void whatThisDeviceSent(void) {
    EMOptions *options = optionsAt(serverURL(), newFolder());
    options.includeSendMessageInMessageListener = YES;
    EMClient *client = clientWith(options);
    NSString *me = newName(@"me");
    CHECK_CODE(0, [client registerWithUsername:me password:@"secret"]);
    CHECK_CODE(0, [client loginWithUsername:me password:@"secret"]);
    Notebook *notes = [Notebook of:client];
    EMChatMessage *message = sendText(client, me, @"told to myself");
    CHECK_EQUAL(([NSString stringWithFormat:@"received %@", message.messageId]), [notes wait:@"received" count:1]);
    client.options.includeSendMessageInMessageListener = NO;
    sendText(client, me, @"not told");
    // Completions are called one at a time: when this one is, the one before is over.
    Answer *count = [Answer answer];
    [client.chatManager getMessageCountWithCompletion:count.number];
    CHECK_EQUAL(@2, [count got]);
    client.options.includeSendMessageInMessageListener = YES;
    message = sendText(client, me, @"told again");
    CHECK_EQUAL(([NSString stringWithFormat:@"received %@", message.messageId]), [notes wait:@"received" count:2]);
}

static void theUsersOtherDevice(void) {
    Scene *scene = [Scene scene];
    // What one device sends, the other receives, as sent.
    EMChatMessage *message = sendText(scene.phone, scene.peer, @"from the phone");
    CHECK(arrives(scene.tablet, scene.tabletNotes, message));
    EMChatMessage *got = [scene.tabletNotes objectsOf:[@"received " stringByAppendingString:message.messageId]].firstObject;
    CHECK(got.direction == EMMessageDirectionSend && got.isRead && got.status == EMMessageStatusSucceed);
    CHECK_EQUAL(scene.peer, got.conversationId);
    CHECK([scene.phoneNotes linesOf:[@"received " stringByAppendingString:message.messageId]].count == 0);
    // Reading on one is reading on the other.
    CHECK(talk(scene.tablet, scene.peer).unreadMessagesCount == 2);
    Answer *read = [Answer answer];
    [scene.phone.chatManager ackConversationRead:scene.peer completion:read.none];
    CHECK_CODE(0, [read wait]);
    NSString *line = [NSString stringWithFormat:@"conversation read from %@ to %@", scene.me, scene.peer];
    CHECK_EQUAL(line, [scene.tabletNotes wait:@"conversation read" count:1]);
    CHECK(talk(scene.tablet, scene.peer).unreadMessagesCount == 0);
}

int main(void) {
    RUN(severalDelegates);
    RUN(nilIsTheMainQueue);
    RUN(heldWeakly);
    RUN(inOrder);
    RUN(theListIsTold);
    RUN(whatThisDeviceSent);
    RUN(theUsersOtherDevice);
    return report();
}
