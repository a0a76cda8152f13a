// Groups: made, joined, left, dismissed; who is told; and deleting in their conversations.
#import "support/Support.h"

static Scene *three(void) {
    Scene *scene = MADE([[Scene alloc] init]);
    scene.me = newName(@"owner");
    scene.peer = newName(@"member");
    scene.other = login(serverURL(), scene.peer);
    scene.phone = login(serverURL(), scene.me);
    scene.tablet = login(serverURL(), scene.me);
    scene.phoneNotes = [Notebook of:scene.phone];
    scene.tabletNotes = [Notebook of:scene.tablet];
    scene.otherNotes = [Notebook of:scene.other];
    return scene;
}

static EMGroup *groupOf(Scene *scene, EMGroupStyle style) {
    EMGroupOptions *options = MADE([[EMGroupOptions alloc] init]);
    CHECK(options.style == EMGroupStylePrivateOnlyOwnerInvite && options.maxUsers == 200);
    options.style = style;
    EMError *error = nil;
    EMGroup *group = [scene.phone.groupManager createGroupWithSubject:@"Gruppe ü"
                                                          description:@"about"
                                                             invitees:@[ scene.peer ]
                                                              message:nil
                                                              setting:options
                                                                error:&error];
    CHECK_CODE(0, error);
    CHECK(group.groupId.length > 0);
    CHECK_EQUAL(@"Gruppe ü", group.groupName);
    NSString *put = [NSString stringWithFormat:@"put into %@ by %@", group.groupId, scene.me];
    CHECK_EQUAL(put, [scene.otherNotes wait:@"put into" count:1]);
    return group;
}

static void madeAndRead(void) {
    Scene *scene = three();
    EMGroup *group = groupOf(scene, EMGroupStylePublicOpenJoin);
    EMError *error = nil;
    EMGroup *read = [scene.other.groupManager getGroupSpecificationFromServerWithId:group.groupId fetchMembers:YES error:&error];
    CHECK_CODE(0, error);
    CHECK_EQUAL(@"Gruppe ü", read.groupName);
    CHECK_EQUAL(@"about", read.description);
    CHECK_EQUAL(scene.me, read.owner);
    CHECK_EQUAL(@[ scene.peer ], read.memberList);
    CHECK(read.users.count == 2 && [read.users containsObject:scene.me] && read.occupantsCount == 2 && read.isPublic);
    Answer *page = [Answer answer], *members = [Answer answer], *count = [Answer answer], *unknown = [Answer answer], *created = [Answer answer];
    CHECK([scene.other.groupManager getJoinedGroups].count == 0);
    [scene.other.groupManager getJoinedGroupsFromServerWithPage:0 pageSize:20 completion:page.one];
    NSArray<EMGroup *> *joined = [page got];
    CHECK(joined.count == 1 && [joined.firstObject.groupId isEqual:group.groupId]);
    CHECK([scene.other.groupManager getJoinedGroups].count == 1);
    [scene.other.groupManager getJoinedGroupsCountFromServerWithCompletion:count.number];
    CHECK_EQUAL(@1, [count got]);
    [scene.phone.groupManager getGroupMemberListFromServerWithId:group.groupId cursor:nil pageSize:20 completion:members.one];
    CHECK_EQUAL(@[ scene.peer ], ((EMCursorResult *)[members got]).list);
    [scene.phone.groupManager getGroupSpecificationFromServerWithId:@"1" completion:unknown.one];
    CHECK_CODE(606, [unknown wait]);
    EMGroupOptions *approval = MADE([[EMGroupOptions alloc] init]);
    approval.style = EMGroupStylePublicJoinNeedApproval;
    [scene.phone.groupManager createGroupWithSubject:@"x" description:nil invitees:nil message:nil setting:approval completion:created.one];
    CHECK_CODE(111, [created wait]);
}

static void comingAndGoing(void) {
    Scene *scene = three();
    EMGroup *group = groupOf(scene, EMGroupStylePublicOpenJoin);
    NSString *gid = group.groupId;
    id<IEMGroupManager> owner = scene.phone.groupManager, member = scene.other.groupManager;
    EMError *error = nil;
    [member leaveGroup:gid error:&error];
    CHECK_CODE(0, error);
    NSString *left = [NSString stringWithFormat:@"left %@ %@", gid, scene.peer];
    CHECK_EQUAL(left, [scene.phoneNotes wait:@"left" count:1]);
    [member leaveGroup:gid error:&error];
    CHECK_CODE(602, error);
    CHECK([[member joinPublicGroup:gid error:&error].groupId isEqual:gid]);
    CHECK_CODE(0, error);
    NSString *joined = [NSString stringWithFormat:@"joined %@ %@", gid, scene.peer];
    CHECK_EQUAL(joined, [scene.phoneNotes wait:@"joined" count:1]);
    CHECK([member joinPublicGroup:gid error:&error] == nil);
    CHECK_CODE(601, error);
    CHECK_CODE(603, [member destroyGroup:gid]);
    [owner leaveGroup:gid error:&error];
    CHECK_CODE(603, error);
    CHECK([member removeOccupants:@[ scene.me ] fromGroup:gid error:&error] == nil);
    CHECK_CODE(603, error);
    Answer *kicked = [Answer answer], *invited = [Answer answer], *dismissed = [Answer answer];
    [owner removeMembers:@[ scene.peer ] fromGroup:gid completion:kicked.one];
    CHECK([[kicked got] isKindOfClass:EMGroup.class]);
    NSString *out = [NSString stringWithFormat:@"out of %@ because %d", gid, (int)EMGroupLeaveReasonBeRemoved];
    CHECK_EQUAL(out, [scene.otherNotes wait:@"out of" count:1]);
    [owner addMembers:@[ scene.peer ] toGroup:gid message:@"welcome" completion:invited.one];
    CHECK([[invited got] isKindOfClass:EMGroup.class]);
    CHECK([scene.otherNotes wait:@"put into" count:2] != nil);
    [owner destroyGroup:gid finishCompletion:dismissed.none];
    CHECK_CODE(0, [dismissed wait]);
    out = [NSString stringWithFormat:@"out of %@ because %d", gid, (int)EMGroupLeaveReasonDestroyed];
    CHECK_EQUAL(out, [scene.otherNotes wait:@"out of" count:2]);
}

static EMChatMessage *textToGroup(NSString *group, NSString *text) {
    EMChatMessage *message = textTo(group, text);
    message.chatType = EMChatTypeGroupChat;
    return message;
}

static void closedGroups(void) {
    Scene *scene = three();
    NSString *gid = groupOf(scene, EMGroupStylePrivateOnlyOwnerInvite).groupId, *stranger = newName(@"stranger");
    EMClient *outside = login(serverURL(), stranger);
    EMError *error = nil;
    CHECK([outside.groupManager joinPublicGroup:gid error:&error] == nil);
    CHECK_CODE(603, error);
    CHECK([scene.other.groupManager addOccupants:@[ stranger ] toGroup:gid welcomeMessage:nil error:&error] == nil);
    CHECK_CODE(603, error);
}

static void deletingInAGroup(void) {
    Scene *scene = three();
    NSString *gid = groupOf(scene, EMGroupStylePrivateOnlyOwnerInvite).groupId;
    EMChatMessage *first = sent(scene.phone, textToGroup(gid, @"one")), *second = sent(scene.other, textToGroup(gid, @"two"));
    CHECK(arrives(scene.tablet, scene.tabletNotes, first) && arrives(scene.tablet, scene.tabletNotes, second));
    CHECK(arrives(scene.other, scene.otherNotes, first) && arrives(scene.phone, scene.phoneNotes, second));
    EMChatMessage *got = [scene.other.chatManager getMessageWithMessageId:first.messageId];
    CHECK(got.chatType == EMChatTypeGroupChat);
    CHECK_EQUAL(gid, got.to);
    CHECK_EQUAL(gid, got.conversationId);
    CHECK_EQUAL((@[ @"one", @"two" ]), here(scene.tablet, gid));
    Answer *answer = [Answer answer];
    [groupTalk(scene.phone, gid) removeMessagesFromServerMessageIds:@[ second.messageId ] completion:answer.none];
    CHECK_CODE(0, [answer wait]);
    NSString *line = [NSString stringWithFormat:@"removed %@ by %@ left 1", gid, [scene.phone getDeviceConfig:NULL].resource];
    CHECK_EQUAL(line, [scene.tabletNotes wait:@"removed" count:1]);
    CHECK_EQUAL(@[ @"one" ], here(scene.phone, gid));
    CHECK_EQUAL(@[ @"one" ], here(scene.tablet, gid));
    CHECK_EQUAL(@[ @"one" ], there(scene.tablet, gid));
    CHECK_EQUAL((@[ @"one", @"two" ]), here(scene.other, gid));
    CHECK_EQUAL((@[ @"one", @"two" ]), there(scene.other, gid));
    // To one member only: never history.
    EMChatMessage *directed = textToGroup(gid, @"for one");
    directed.receiverList = @[ scene.peer ];
    sent(scene.phone, directed);
    CHECK(arrives(scene.other, scene.otherNotes, directed));
    CHECK_EQUAL((@[ @"one", @"two" ]), there(scene.other, gid));
}

static void leavingTakesTheMessagesAlong(void) {
    for (int keep = 0; keep < 2; keep++) {
        Scene *scene = three();
        EMOptions *options = optionsAt(serverURL(), newFolder());
        options.deleteMessagesOnLeaveGroup = !keep;
        NSString *name = newName(@"leaver");
        EMClient *leaver = clientWith(options);
        CHECK_CODE(0, [leaver registerWithUsername:name password:@"secret"]);
        CHECK_CODE(0, [leaver loginWithUsername:name password:@"secret"]);
        NSString *gid = groupOf(scene, EMGroupStylePublicOpenJoin).groupId;
        EMError *error = nil;
        [leaver.groupManager joinPublicGroup:gid error:&error];
        sent(leaver, textToGroup(gid, @"mine"));
        CHECK_EQUAL(@[ @"mine" ], here(leaver, gid));
        [leaver.groupManager leaveGroup:gid error:&error];
        CHECK_CODE(0, error);
        CHECK(here(leaver, gid).count == (keep ? 1 : 0));
    }
}

int main(void) {
    RUN(madeAndRead);
    RUN(comingAndGoing);
    RUN(closedGroups);
    RUN(deletingInAGroup);
    RUN(leavingTakesTheMessagesAlong);
    return report();
}
