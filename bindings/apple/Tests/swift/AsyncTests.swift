// The `async` forms, which Swift gives every method with a completion.

import Foundation
import Lacuna

let asyncTests = [
    Test("async/delete", asyncDelete),
    Test("async/chat", asyncChat),
    Test("async/client", asyncClient),
    Test("async/groups", asyncGroups),
    Test("async/at-once", asyncAtOnce),
]

private func asyncDelete() throws {
    let stage = try Stage()
    let messages = try stage.talk((0..<4).map { "word \($0)" })
    try stage.quiet()
    let conversation = try stage.phone.conversation(stage.peer)
    let chat = stage.phone.chat
    let ended = try awaited { () -> [Int] in
        var codes: [Int] = []
        codes.append(code(await conversation.removeMessages(fromServerMessageIds: [messages[3].messageId])))
        codes.append(code(await conversation.removeMessages(fromServerMessageIds: [])))
        codes.append(code(await conversation.removeMessagesFromServer(withTimeStamp: TimeInterval(messages[0].timestamp))))
        codes.append(code(await conversation.removeMessagesFromServer(withTimeStamp: 0)))
        codes.append(code(await chat.removeMessagesFromServer(with: conversation, messageIds: [messages[2].messageId])))
        codes.append(code(await chat.removeMessagesFromServer(with: conversation, timeStamp: -1)))
        codes.append(code(await chat.deleteMessages(before: UInt(messages[0].timestamp))))
        codes.append(code(await chat.deleteAllMessagesAndConversations(false)))
        let (id, whole) = await chat.deleteServerConversation(
            stage.peer, conversationType: .chat, isDeleteServerMessages: true)
        expect(id == stage.peer)
        codes.append(code(whole))
        let (_, here) = await chat.deleteConversation(stage.peer, isDeleteMessages: true)
        codes.append(code(here))
        codes.append(code(await chat.delete([conversation], isDeleteMessages: true)))
        return codes
    }
    equal(ended, [0, 110, 0, 110, 0, 110, 0, 0, 0, 0, 0])
    try stage.quiet()
    equal(stage.phone.texts(stage.peer) + stage.tablet.texts(stage.peer), [])
}

private func asyncChat() throws {
    let stage = try Stage()
    let chat = stage.phone.chat
    let peer = stage.peer
    let message = EMChatMessage(conversationID: peer, body: EMTextMessageBody(text: "hello"), ext: nil)
    let conversation = try stage.phone.conversation(peer)
    try awaited {
        let (sent, error) = await chat.send(message, progress: nil)
        succeeds(error)
        expect(sent === message && message.status == .succeed)
        equal(await chat.messageCount().0, 1)
        equal(await chat.messages([message.messageId], withConversationId: peer).0?.count, 1)
        let (page, failure) = await chat.fetchMessagesFromServer(
            by: peer, conversationType: .chat, cursor: nil, pageSize: 20, option: nil)
        succeeds(failure)
        equal(page?.list?.map(textOf), ["hello"])
        let (history, _) = await chat.asyncFetchHistoryMessages(
            fromServer: peer, conversationType: .chat, startMessageId: nil, pageSize: 20)
        equal(history?.list?.count, 1)
        equal(await chat.conversationsFromServer(withCursor: nil, pageSize: 20).0?.list?.count, 1)
        succeeds(await chat.pinConversation(peer, isPinned: true))
        equal(await chat.pinnedConversationsFromServer(withCursor: nil, pageSize: 20).0?.list?.count, 1)
        message.body = EMTextMessageBody(text: "changed")
        let (updated, none) = await chat.update(message)
        succeeds(none)
        expect(updated.map(textOf) == "changed")
        succeeds(await chat.ackConversationRead(peer))
        fails(await chat.sendMessageReadAck("no such id", toUser: peer), 500)
        succeeds(await chat.import([message]))
        let (loaded, _) = await conversation.loadMessagesStart(fromId: nil, count: 9, searchDirection: .up)
        equal(loaded?.map(textOf), ["changed"])
        let (found, _) = await conversation.loadMessages(
            withKeyword: "changed", timestamp: -1, count: 9, fromUser: nil, searchDirection: .up)
        equal(found?.count, 1)
        let (window, _) = await conversation.loadMessages(from: 0, to: message.timestamp, count: 9)
        equal(window?.count, 1)
    }
}

private func asyncClient() throws {
    let device = try Device()
    let (client, user) = (device.client, Stage.newName("anna"))
    try awaited {
        let (name, error) = await client.register(withUsername: user, password: Stage.password)
        succeeds(error)
        expect(name == user)
        let (token, none) = await client.fetchToken(withUsername: user, password: Stage.password)
        succeeds(none)
        fails(await client.login(withUsername: user, password: "wrong").1, 202)
        succeeds(await client.login(withUsername: user, token: token ?? "").1)
        succeeds(await client.renewToken(token ?? ""))
        let (devices, failure) = await client.loggedInDevicesFromServer(withUsername: user, password: Stage.password)
        succeeds(failure)
        equal(devices?.count, 1)
        equal(await client.contactManager!.selfIdsOnOtherPlatform().0, [])
        succeeds(await client.logout(false))
        fails(await client.renewToken("x"), 201)
    }
}

private func asyncGroups() throws {
    let stage = try Stage()
    let (groups, theirs, peer) = (stage.phone.groups, stage.bob.groups, stage.peer)
    try awaited {
        let (group, error) = await groups.createGroup(
            withSubject: "all", description: nil, invitees: nil, message: nil, setting: nil)
        succeeds(error)
        guard let id = group?.groupId else { return }
        succeeds(await groups.addMembers([peer], toGroup: id, message: nil).1)
        equal(await groups.groupMemberListFromServer(withId: id, cursor: nil, pageSize: 9).0?.list?.count, 1)
        equal(await groups.groupSpecificationFromServer(withId: id, fetchMembers: true).0?.memberList, [peer])
        equal(await theirs.joinedGroupsFromServer(withPage: 0, pageSize: 9).0?.count, 1)
        equal(await theirs.joinedGroupsCountFromServer().0, 1)
        succeeds(await theirs.leaveGroup(id))
        fails(await groups.removeMembers([peer], fromGroup: id).1, 602)
        fails(await theirs.joinPublicGroup(id).1, 603)
    }
}

/// Many at once, each with its own answer.
private func asyncAtOnce() throws {
    let device = try Stage.registered(Stage.newName("anna"))
    let (chat, user) = (device.chat, device.user)
    let ids = try awaited {
        await withTaskGroup(of: String.self) { group -> Set<String> in
            for nth in 0..<20 {
                group.addTask {
                    let message = EMChatMessage(conversationID: user, body: EMTextMessageBody(text: "\(nth)"), ext: nil)
                    let (sent, error) = await chat.send(message, progress: nil)
                    expect(error == nil && sent === message && textOf(message) == "\(nth)")
                    return message.messageId
                }
            }
            return await group.reduce(into: []) { $0.insert($1) }
        }
    }
    equal(ids.count, 20)
    equal(Set(device.texts(user)), Set((0..<20).map { "\($0)" }))
}
