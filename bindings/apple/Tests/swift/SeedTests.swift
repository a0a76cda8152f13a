// Deleting on the server: everything that the vendor's page promises, and when it fails.

import Foundation
import Lacuna

let seedTests = [
    Test("seed/as-written", seedAsWritten),
    Test("seed/by-ids", seedByIds),
    Test("seed/by-time", seedByTime),
    Test("seed/in-a-group", seedInAGroup),
    Test("seed/manager", seedManager),
    Test("seed/away", seedAway),
    Test("seed/unknown-ids", seedUnknownIds),
    Test("seed/201", seed201),
    Test("seed/110", seed110),
    Test("seed/505", seed505),
]

/// The page's own code, on the app's one client, with a second device of the same user.
private func seedAsWritten() throws {
    let user = Stage.newName("anna")
    let phone = try Device(EMClient.shared())
    try Stage.register(user, phone.client)
    // The page's code names this conversation; nobody needs to be logged in there.
    try Stage.register("conversationId", phone.client)
    let tablet = try Device().login(user)
    try phone.login(user)
    let calls = SeedCalls()
    tablet.client.addMultiDevices(delegate: calls, queue: nil)
    var messages: [EMChatMessage] = []
    for nth in 0..<8 { try messages.append(phone.say("word \(nth)", to: "conversationId")) }
    try tablet.recorder.wait(text: "word 7")
    let texts = messages.map(textOf)
    let id = "conversationid"

    succeeds(calls.deleteMessage(messages[7].messageId))
    equal(phone.texts(id), Array(texts[..<7]))
    calls.removeMessages(Int(messages[5].timestamp), Int(messages[6].timestamp))
    let left = texts.indices.filter { $0 != 7 && !(messages[5].timestamp...messages[6].timestamp ~= messages[$0].timestamp) }
    equal(phone.texts(id), left.map { texts[$0] })
    equal(try phone.history(id), texts, "history on the server after local deletions")
    equal(tablet.texts(id), texts, "the tablet after local deletions")

    calls.conversation = try phone.conversation("conversationId")
    calls.remove(messages[4].messageId)
    succeeds(try calls.errors.wait(count: 1)[0])
    equal(try calls.removed.wait(count: 1)[0].conversationId, id)
    equal(calls.removed.all[0].deviceId, phone.resource)
    equal(tablet.texts(id), texts.indices.filter { $0 != 4 }.map { texts[$0] })
    calls.removeUpTo(TimeInterval(messages[2].timestamp))
    succeeds(try calls.errors.wait(count: 2)[1])
    try calls.removed.wait(count: 2)
    let stay = texts.indices.filter { $0 != 4 && messages[$0].timestamp > messages[2].timestamp }.map { texts[$0] }
    equal(tablet.texts(id), stay)
    equal(try tablet.history(id), stay)

    succeeds(calls.deleteAllMessages())
    equal(phone.texts(id), [])
    equal(tablet.texts(id), stay)
}

/// What everybody sees after a deletion on the server that leaves these texts. The tablet was told once, after it had removed
/// them; nobody else was told anything.
private func left(
    _ stage: Stage, _ all: [String], _ stay: [String], _ id: String = "", _ type: EMConversationType = .chat
) throws {
    let mine = id.isEmpty ? stage.peer : id
    let theirs = id.isEmpty ? stage.anna : id
    equal(stage.phone.texts(mine), stay, "the phone, when the completion comes,")
    let told = try stage.tablet.recorder.wait("multiDevicesMessageBeRemoved")
    try stage.bobIsQuiet()
    let others = stage.bob.recorder.told.all.map(\.what)
    equal(others, ["cmdMessagesDidReceive"], "what Bob is told")
    try stage.quiet()
    equal(told.map(\.of), ["\(mine) \(stage.phone.resource)"])
    equal(told.first?.seen ?? [], stay, "what the tablet holds during the call")
    equal(stage.tablet.recorder.calls("multiDevicesMessageBeRemoved").count, 1, "how often the tablet is told")
    equal(stage.tablet.texts(mine), stay, "the tablet")
    for device in [stage.phone, stage.tablet] {
        equal(device.found("word", mine), stay, "what a search finds")
        equal(try device.history(mine, type), stay, "history on the server")
    }
    equal(stage.phone.recorder.calls("multiDevicesMessageBeRemoved").count, 0, "how often the caller is told")
    equal(stage.bob.texts(theirs), all, "Bob's phone")
    equal(try stage.bob.history(theirs, type), all, "Bob's history")
}

/// The tablet notes what it holds inside of each call of its delegate.
private func watch(_ stage: Stage, _ id: String) {
    let tablet = stage.tablet
    tablet.recorder.look = { [unowned tablet] in tablet.texts(id) }
    stage.forgetTold()
}

private func seedByIds() throws {
    let stage = try Stage()
    let texts = (0..<6).map { "word \($0)" }
    let messages = try stage.talk(texts)
    try stage.quiet()
    watch(stage, stage.peer)
    let conversation = try stage.phone.conversation(stage.peer)
    let seen = Log<[String]>()
    let error: EMError? = try answer { done in
        // Sent ones and received ones, and one of them twice.
        let ids = [messages[1], messages[4], messages[1]].map(\.messageId)
        conversation.removeMessages(fromServerMessageIds: ids) { error in
            seen.add(stage.phone.texts(stage.peer))
            done(error)
        }
    }
    succeeds(error)
    let stay = [0, 2, 3, 5].map { texts[$0] }
    equal(seen.all, [stay], "what the phone holds inside of the completion")
    try left(stage, texts, stay)
    expect(stage.phone.chat.getMessageWithMessageId(messages[1].messageId) == nil)
    equal(conversation.messagesCount, 4)
}

private func seedByTime() throws {
    let stage = try Stage()
    let texts = (0..<6).map { "word \($0)" }
    let messages = try stage.talk(texts)
    try stage.quiet()
    watch(stage, stage.peer)
    let conversation = try stage.phone.conversation(stage.peer)
    let time = messages[3].timestamp
    // Milliseconds; the fraction is cut off, so nothing of the next one is deleted.
    let error: EMError? = try answer {
        conversation.removeMessagesFromServer(withTimeStamp: TimeInterval(time) + 0.9, completion: $0)
    }
    succeeds(error)
    let stay = texts.indices.filter { messages[$0].timestamp > time }.map { texts[$0] }
    expect(stay.count <= 2, "the message of that time is deleted, too")
    try left(stage, texts, stay)

    // A time to come means everything so far. What comes afterwards stays.
    stage.forgetTold()
    let future = TimeInterval(time) + 86_400_000
    let later: EMError? = try answer { conversation.removeMessagesFromServer(withTimeStamp: future, completion: $0) }
    succeeds(later)
    try left(stage, texts, [])
    expect(conversation.latestMessage == nil)
    try stage.bob.say("word 6", to: stage.anna)
    for device in [stage.phone, stage.tablet] {
        try device.recorder.wait(text: "word 6")
        equal(device.texts(stage.peer), ["word 6"])
    }
    equal(try stage.tablet.history(stage.peer), ["word 6"])
}

private func seedInAGroup() throws {
    let stage = try Stage()
    var failure: EMError?
    let group = try require(
        stage.phone.groups.createGroup(
            withSubject: "all", description: nil, invitees: [stage.peer], message: nil, setting: nil, error: &failure))
    let id: String = group.groupId
    var ids: [String] = []
    let texts = (0..<4).map { "word \($0)" }
    for (nth, text) in texts.enumerated() {
        try ids.append([stage.phone, stage.bob][nth % 2].say(text, to: id, .groupChat).messageId)
        let others = nth % 2 == 0 ? [stage.bob, stage.tablet] : [stage.phone, stage.tablet]
        try others.forEach { try $0.recorder.wait(text: text) }
    }
    try stage.quiet()
    watch(stage, id)
    let conversation = try stage.phone.conversation(id, .groupChat)
    equal(conversation.unreadMessagesCount, 2)
    let error: EMError? = try answer { conversation.removeMessages(fromServerMessageIds: [ids[3], ids[0]], completion: $0) }
    succeeds(error)
    try left(stage, texts, [texts[1], texts[2]], id, .groupChat)
    equal(conversation.unreadMessagesCount, 1, "unread")
    equal(textOf(conversation.latestMessage), texts[2])
}

/// The methods of the chat manager do the same.
private func seedManager() throws {
    let stage = try Stage()
    let texts = (0..<4).map { "word \($0)" }
    let messages = try stage.talk(texts)
    try stage.quiet()
    watch(stage, stage.peer)
    let (chat, conversation) = (stage.phone.chat, try stage.phone.conversation(stage.peer))
    let byId: EMError? = try answer {
        chat.removeMessagesFromServer(with: conversation, messageIds: [messages[3].messageId], completion: $0)
    }
    succeeds(byId)
    try left(stage, texts, Array(texts[..<3]))
    stage.forgetTold()
    let time = messages[0].timestamp
    let byTime: EMError? = try answer {
        chat.removeMessagesFromServer(with: conversation, timeStamp: TimeInterval(time), completion: $0)
    }
    succeeds(byTime)
    try left(stage, texts, texts.indices.filter { $0 != 3 && messages[$0].timestamp > time }.map { texts[$0] })
}

/// A device that was away removes the messages when it is back, and is told before it has caught up.
private func seedAway() throws {
    let stage = try Stage()
    let texts = (0..<4).map { "word \($0)" }
    let messages = try stage.talk(texts)
    try stage.quiet()
    let folder = stage.tablet.folder
    stage.tablet.client.close()
    let conversation = try stage.phone.conversation(stage.peer)
    let error: EMError? = try answer {
        conversation.removeMessages(fromServerMessageIds: [messages[0], messages[3]].map(\.messageId), completion: $0)
    }
    succeeds(error)

    let back = try Device(folder: folder)
    back.recorder.look = { [unowned back] in back.texts(stage.peer) }
    try back.recorder.wait("onOfflineMessageSyncFinish")
    let told = back.recorder.told.all.map(\.what).filter {
        ["multiDevicesMessageBeRemoved", "onOfflineMessageSyncFinish"].contains($0)
    }
    equal(told, ["multiDevicesMessageBeRemoved", "onOfflineMessageSyncFinish"])
    let call = try require(back.recorder.calls("multiDevicesMessageBeRemoved").first)
    equal(call.of, "\(stage.peer) \(stage.phone.resource)")
    equal(call.seen, [texts[1], texts[2]])
    equal(back.texts(stage.peer), [texts[1], texts[2]])
}

/// Ids that mean nothing here are passed over, and what is only here is deleted here.
private func seedUnknownIds() throws {
    let stage = try Stage()
    let texts = (0..<2).map { "word \($0)" }
    let messages = try stage.talk(texts)
    let other = try stage.phone.say("word elsewhere", to: stage.anna)
    let conversation = try stage.phone.conversation(stage.peer)
    let inserted = EMChatMessage(
        conversationID: stage.peer, from: stage.peer, to: stage.anna, body: EMTextMessageBody(text: "word here"), ext: nil)
    var failure: EMError?
    conversation.insert(inserted, error: &failure)
    succeeds(failure)
    try stage.quiet()
    watch(stage, stage.peer)
    let ids = [other.messageId, "no such id", inserted.messageId, messages[0].messageId]
    for _ in 0..<2 {
        let error: EMError? = try answer { conversation.removeMessages(fromServerMessageIds: ids, completion: $0) }
        succeeds(error)
    }
    equal(stage.phone.texts(stage.peer), [texts[1]])
    try stage.tablet.recorder.wait("multiDevicesMessageBeRemoved")
    equal(stage.tablet.texts(stage.peer), [texts[1]])
    equal(try stage.phone.history(stage.anna), ["word elsewhere"])
    // Nothing but what is here alone: nobody is told.
    conversation.insert(inserted, error: &failure)
    stage.forgetTold()
    let alone: EMError? = try answer {
        conversation.removeMessages(fromServerMessageIds: [inserted.messageId], completion: $0)
    }
    succeeds(alone)
    try stage.quiet()
    equal(stage.tablet.recorder.calls("multiDevicesMessageBeRemoved").count, 0)
    equal(stage.phone.texts(stage.peer), [texts[1]])
}

/// Every way to delete, with arguments that make sense and with ones that do not.
private func everyDeletion(_ chat: IEMChatManager, _ conversation: EMConversation) throws -> [(String, EMError?)] {
    let fifty = (0..<51).map { "\($0)" }
    var ended: [(String, EMError?)] = []
    for (name, ids) in [("ids", ["1"]), ("51 ids", fifty), ("no ids", [])] {
        ended.append((name, try answer { conversation.removeMessages(fromServerMessageIds: ids, completion: $0) }))
        ended.append((name, try answer { chat.removeMessagesFromServer(with: conversation, messageIds: ids, completion: $0) }))
    }
    for (name, time) in [("a time", 1_000.0), ("zero", 0), ("a negative time", -1)] {
        ended.append((name, try answer { conversation.removeMessagesFromServer(withTimeStamp: time, completion: $0) }))
        ended.append((name, try answer { chat.removeMessagesFromServer(with: conversation, timeStamp: time, completion: $0) }))
    }
    var failure: EMError?
    conversation.deleteAllMessages(&failure)
    ended.append(("all", failure))
    for id in ["1", ""] {
        failure = nil
        conversation.deleteMessage(withId: id, error: &failure)
        ended.append(("one", failure))
    }
    ended.append(("a range", conversation.removeMessagesStart(1, to: 5)))
    ended.append(("an empty range", conversation.removeMessagesStart(5, to: 1)))
    ended.append(("before", try answer { chat.deleteMessages(before: 5, completion: $0) }))
    for server in [true, false] {
        ended.append(("everything", try answer { chat.deleteAllMessagesAndConversations(server, completion: $0) }))
    }
    let (_, whole): (String?, EMError?) = try answer { done in
        chat.deleteServerConversation(
            conversation.conversationId, conversationType: .chat, isDeleteServerMessages: true, completion: done)
    }
    ended.append(("a conversation on the server", whole))
    let (_, here): (String?, EMError?) = try answer { done in
        chat.deleteConversation(conversation.conversationId, isDeleteMessages: true, completion: done)
    }
    ended.append(("a conversation", here))
    ended.append(("conversations", try answer { chat.delete([conversation], isDeleteMessages: true, completion: $0) }))
    return ended
}

/// Nobody is logged in: that comes before everything else, and nothing is deleted.
private func seed201() throws {
    let stage = try Stage()
    let texts = (0..<2).map { "word \($0)" }
    try stage.talk(texts)
    let conversation = try stage.phone.conversation(stage.peer)
    succeeds(stage.phone.client.logout(false))
    for (name, error) in try everyDeletion(stage.phone.chat, conversation) {
        expect(code(error) == 201, "\(name) ends with \(code(error))")
        expect(error?.code == .userNotLogin)
    }
    try stage.phone.login(stage.anna)
    equal(stage.phone.texts(stage.peer), texts)
    equal(try stage.phone.history(stage.peer), texts)
}

/// Arguments that make no sense: nothing is deleted, and nobody is told.
private func seed110() throws {
    let stage = try Stage()
    let texts = (0..<2).map { "word \($0)" }
    let messages = try stage.talk(texts)
    try stage.quiet()
    stage.forgetTold()
    let conversation = try stage.phone.conversation(stage.peer)
    let real = messages.map(\.messageId)
    let many = [[], real + (0..<49).map { "\($0)" }, Array(repeating: real[0], count: 51)]
    for ids in many {
        let error: EMError? = try answer { conversation.removeMessages(fromServerMessageIds: ids, completion: $0) }
        fails(error, 110)
        equal(error?.code, .invalidParam)
    }
    for time in [0, -1, -1e15, 0.5, .nan, -.infinity] {
        let error: EMError? = try answer { conversation.removeMessagesFromServer(withTimeStamp: time, completion: $0) }
        fails(error, 110)
    }
    let now = Int(messages[1].timestamp)
    fails(conversation.removeMessagesStart(now, to: Int(messages[0].timestamp) - 1), 110)
    fails(conversation.removeMessagesStart(-1, to: now), 110)
    var failure: EMError?
    conversation.deleteMessage(withId: "", error: &failure)
    fails(failure, 110)
    // No error at all may be asked for.
    conversation.deleteMessage(withId: "", error: nil)
    conversation.removeMessages(fromServerMessageIds: [], completion: nil)
    conversation.removeMessagesFromServer(withTimeStamp: 0, completion: nil)
    try stage.quiet()
    equal(stage.phone.texts(stage.peer), texts)
    equal(stage.tablet.texts(stage.peer), texts)
    equal(try stage.phone.history(stage.peer), texts)
    equal(stage.tablet.recorder.calls("multiDevicesMessageBeRemoved").count, 0)
    // Fifty are not too many.
    let fifty: EMError? = try answer {
        conversation.removeMessages(fromServerMessageIds: real + (0..<48).map { "\($0)" }, completion: $0)
    }
    succeeds(fifty)
    equal(stage.phone.texts(stage.peer), [])
}

/// A server that does not let users delete: what is here stays here.
private func seed505() throws {
    let stage = try Stage(server: Server.urlWithoutDeletion)
    let texts = (0..<2).map { "word \($0)" }
    let messages = try stage.talk(texts)
    let conversation = try stage.phone.conversation(stage.peer)
    let byId: EMError? = try answer {
        conversation.removeMessages(fromServerMessageIds: messages.map(\.messageId), completion: $0)
    }
    fails(byId, 505)
    equal(byId?.code, .serviceNotEnable)
    let byTime: EMError? = try answer {
        conversation.removeMessagesFromServer(withTimeStamp: TimeInterval(messages[1].timestamp), completion: $0)
    }
    fails(byTime, 505)
    let all: EMError? = try answer { stage.phone.chat.deleteAllMessagesAndConversations(true, completion: $0) }
    fails(all, 505)
    equal(stage.phone.texts(stage.peer), texts)
    try stage.quiet()
    equal(stage.tablet.texts(stage.peer), texts)
    equal(stage.tablet.recorder.calls("multiDevicesMessageBeRemoved").count, 0)
}
