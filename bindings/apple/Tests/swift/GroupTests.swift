// Groups.

import Foundation
import Lacuna

let groupTests = [
    Test("group/life", groupLife),
    Test("group/members", groupMembers),
    Test("group/join", groupJoin),
    Test("group/fails", groupFails),
    Test("group/targeted", groupTargeted),
]

private func groupLife() throws {
    let stage = try Stage()
    let options = EMGroupOptions()
    equal(options.style, .privateOnlyOwnerInvite)
    equal(options.maxUsers, 200)
    let (created, error): (EMGroup?, EMError?) = try answer { done in
        stage.phone.groups.createGroup(
            withSubject: "Hikers", description: "On Sundays", invitees: [stage.peer], message: nil, setting: options,
            completion: done)
    }
    succeeds(error)
    let group = try require(created)
    let id: String = group.groupId
    equal(group.groupName, "Hikers")
    equal(group.owner, stage.anna)
    expect(!group.isPublic)
    try stage.bob.recorder.wait("didJoin", "\(id) \(stage.anna)")

    var failure: EMError?
    let told = try require(stage.bob.groups.getGroupSpecificationFromServer(withId: id, fetchMembers: true, error: &failure))
    equal(told.description, "On Sundays")
    equal([told.memberList, told.users.sorted()], [[stage.peer], [stage.anna, stage.peer].sorted()])
    equal(told.occupantsCount, 2)
    let bare = try require(stage.bob.groups.getGroupSpecificationFromServer(withId: id, error: &failure))
    expect(bare.memberList == nil && bare.users == nil)

    equal(stage.bob.groups.getJoinedGroups()?.count, 0, "nothing is fetched yet:")
    let joined = stage.bob.groups.getJoinedGroupsFromServer(withPage: 0, pageSize: 10, error: &failure)
    succeeds(failure)
    equal(joined?.map { $0.groupId! }, [id])
    equal(stage.bob.groups.getJoinedGroups()?.map { $0.groupId! }, [id])
    let (count, none): (Int, EMError?) = try answer { done in
        stage.bob.groups.getJoinedGroupsCountFromServer(completion: done)
    }
    succeeds(none)
    equal(count, 1)

    try stage.phone.say("hello all", to: id, .groupChat)
    let got = try stage.bob.recorder.wait(text: "hello all")
    equal(got.chatType, .groupChat)
    equal([got.conversationId, got.to, got.from], [id, id, stage.anna])
    let destroyed: EMError? = try answer { stage.phone.groups.destroyGroup(id, finishCompletion: $0) }
    succeeds(destroyed)
    try stage.bob.recorder.wait("didLeave", "\(id) 2")
    equal(stage.bob.texts(id), [], "its messages leave the device with it")
    fails(stage.phone.groups.destroyGroup(id), 606)
}

private func groupMembers() throws {
    let stage = try Stage()
    let cleo = try Stage.registered(Stage.newName("cleo"))
    var error: EMError?
    let group = try require(
        stage.phone.groups.createGroup(
            withSubject: "all", description: nil, invitees: nil, message: nil, setting: nil, error: &error))
    let id: String = group.groupId
    expect(stage.phone.groups.addOccupants([stage.peer], toGroup: id, welcomeMessage: nil, error: &error) != nil)
    succeeds(error)
    try stage.bob.recorder.wait("didJoin", "\(id) \(stage.anna)")
    let (added, failure): (EMGroup?, EMError?) = try answer { done in
        stage.phone.groups.addMembers([cleo.user], toGroup: id, message: nil, completion: done)
    }
    succeeds(failure)
    equal(added?.groupId, id)
    try stage.bob.recorder.wait("userDidJoin", "\(id) \(cleo.user)")
    let page = stage.phone.groups.getGroupMemberListFromServer(withId: id, cursor: nil, pageSize: 50, error: &error)
    succeeds(error)
    equal(Set((page?.list ?? []).map { $0 as String }), [stage.peer, cleo.user])
    expect(stage.phone.groups.removeOccupants([stage.peer], fromGroup: id, error: &error) != nil)
    succeeds(error)
    try stage.bob.recorder.wait("didLeave", "\(id) 0")
    try cleo.recorder.wait("userDidLeave", "\(id) \(stage.peer)")
    let left: EMError? = try answer { cleo.groups.leaveGroup(id, completion: $0) }
    succeeds(left)
    try stage.phone.recorder.wait("userDidLeave", "\(id) \(cleo.user)")
    stage.phone.groups.leaveGroup(id, error: &error)
    fails(error, 603)
}

private func groupJoin() throws {
    let stage = try Stage()
    let options = EMGroupOptions()
    options.style = .publicOpenJoin
    var error: EMError?
    let group = try require(
        stage.phone.groups.createGroup(
            withSubject: "open", description: nil, invitees: nil, message: nil, setting: options, error: &error))
    let id: String = group.groupId
    expect(group.isPublic)
    let (joined, failure): (EMGroup?, EMError?) = try answer { done in
        stage.bob.groups.joinPublicGroup(id, completion: done)
    }
    succeeds(failure)
    equal(joined?.groupId, id)
    try stage.phone.recorder.wait("userDidJoin", "\(id) \(stage.peer)")
    expect(stage.bob.groups.joinPublicGroup(id, error: &error) == nil)
    fails(error, 601)
    try stage.phone.say("word", to: id, .groupChat)
    try stage.bob.recorder.wait(text: "word")
    stage.bob.groups.leaveGroup(id, error: &error)
    succeeds(error)
    equal(stage.bob.texts(id), [], "its messages leave the device with it")
    expect(stage.phone.texts(id) == ["word"])
    // With the option off they stay: as made, or changed later.
    let cleo = try Stage.registered(Stage.newName("cleo")) { $0.deleteMessagesOnLeaveGroup = false }
    stage.bob.client.options?.deleteMessagesOnLeaveGroup = false
    for device in [cleo, stage.bob] {
        let text = "word for \(device.user)"
        expect(device.groups.joinPublicGroup(id, error: &error) != nil)
        try stage.phone.say(text, to: id, .groupChat)
        try device.recorder.wait(text: text)
        device.groups.leaveGroup(id, error: &error)
        succeeds(error)
        equal(device.texts(id), [text])
    }
}

private func groupFails() throws {
    let stage = try Stage()
    var error: EMError?
    let options = EMGroupOptions()
    options.style = .publicJoinNeedApproval
    expect(
        stage.phone.groups.createGroup(
            withSubject: "x", description: nil, invitees: nil, message: nil, setting: options, error: &error) == nil)
    fails(error, 111)
    let sixtyOne = (0..<61).map { "user\($0)" }
    expect(
        stage.phone.groups.createGroup(
            withSubject: "x", description: nil, invitees: sixtyOne, message: nil, setting: nil, error: &error) == nil)
    fails(error, 110)
    expect(stage.phone.groups.getGroupSpecificationFromServer(withId: "1234567", error: &error) == nil)
    fails(error, 606)
    expect(stage.phone.groups.getJoinedGroupsFromServer(withPage: 0, pageSize: 0, error: &error) == nil)
    fails(error, 110)
    let closed = try require(
        stage.phone.groups.createGroup(
            withSubject: "x", description: nil, invitees: nil, message: nil, setting: nil, error: &error))
    expect(stage.bob.groups.joinPublicGroup(closed.groupId, error: &error) == nil)
    fails(error, 603)
    succeeds(stage.phone.client.logout(false))
    expect(stage.phone.groups.getGroupSpecificationFromServer(withId: "1", error: &error) == nil)
    fails(error, 201)
    fails(stage.phone.groups.destroyGroup("1"), 201)
    let (_, failure): (EMGroup?, EMError?) = try answer { done in
        stage.phone.groups.createGroup(
            withSubject: nil, description: nil, invitees: nil, message: nil, setting: options, completion: done)
    }
    fails(failure, 201)
    equal(EMGroup(id: "17")?.groupId, "17")
}

/// A message for some of a group's members.
private func groupTargeted() throws {
    let stage = try Stage()
    let cleo = try Stage.registered(Stage.newName("cleo"))
    var error: EMError?
    let group = try require(
        stage.phone.groups.createGroup(
            withSubject: "all", description: nil, invitees: [stage.peer, cleo.user], message: nil, setting: nil, error: &error))
    let id: String = group.groupId
    let message = EMChatMessage(conversationID: id, body: EMTextMessageBody(text: "for Bob"), ext: nil)
    message.chatType = .groupChat
    message.receiverList = [stage.peer]
    let (_, failure): (EMChatMessage?, EMError?) = try answer { done in
        stage.phone.chat.send(message, progress: nil, completion: done)
    }
    succeeds(failure)
    try stage.bob.recorder.wait(text: "for Bob")
    try stage.phone.say("for all", to: id, .groupChat)
    try cleo.recorder.wait(text: "for all")
    equal(cleo.texts(id), ["for all"])
    equal(try stage.bob.history(id, .groupChat), ["for all"])
}
