// Deleting on this device alone, and whole conversations.

import Foundation
import Lacuna

let localTests = [
    Test("local/one", localOne),
    Test("local/all", localAll),
    Test("local/range", localRange),
    Test("local/before", localBefore),
    Test("local/comes-back", localComesBack),
    Test("local/conversations", localConversations),
    Test("server/conversation", serverConversation),
    Test("server/conversation-kept-messages", serverConversationKeepsMessages),
    Test("server/everything", serverEverything),
    Test("local/everything", localEverything),
]

/// After a deletion on the phone alone: only the phone has gaps, and nobody was told.
private func leftHere(_ stage: Stage, _ all: [String], _ stay: [String]) throws {
    equal(stage.phone.texts(stage.peer), stay, "the phone")
    equal(stage.phone.found("word", stage.peer), stay, "what a search finds")
    try stage.quiet()
    equal(stage.tablet.texts(stage.peer), all, "the tablet")
    equal(stage.bob.texts(stage.anna), all, "Bob's phone")
    equal(try stage.tablet.history(stage.peer), all, "history on the server")
    for device in [stage.phone, stage.tablet, stage.bob] {
        equal(device.recorder.calls("multiDevicesMessageBeRemoved").count, 0, "calls")
        equal(device.recorder.calls("multiDevicesConversationEvent").count, 0, "events")
    }
}

private func talked(_ count: Int) throws -> (Stage, [String], [EMChatMessage], EMConversation) {
    let stage = try Stage()
    let texts = (0..<count).map { "word \($0)" }
    let messages = try stage.talk(texts)
    try stage.quiet()
    stage.forgetTold()
    return (stage, texts, messages, try stage.phone.conversation(stage.peer))
}

private func localOne() throws {
    let (stage, texts, messages, conversation) = try talked(4)
    var failure: EMError? = EMError(description: "from before", code: .general)
    conversation.deleteMessage(withId: messages[3].messageId, error: &failure)
    expect(failure == nil, "success sets the error to nil")
    try leftHere(stage, texts, Array(texts[..<3]))
    equal(textOf(conversation.latestMessage), texts[2], "the latest")
    equal(conversation.unreadMessagesCount, 1, "unread")
    // What is not here is deleted.
    conversation.deleteMessage(withId: messages[3].messageId, error: &failure)
    succeeds(failure)
    conversation.deleteMessage(withId: messages[0].messageId, error: nil)
    equal(stage.phone.texts(stage.peer), [texts[1], texts[2]])
}

private func localAll() throws {
    let (stage, texts, _, conversation) = try talked(4)
    try stage.phone.say("word of another", to: stage.anna)
    var failure: EMError?
    conversation.deleteAllMessages(&failure)
    succeeds(failure)
    try leftHere(stage, texts, [])
    equal(conversation.messagesCount, 0)
    equal(conversation.unreadMessagesCount, 0)
    expect(conversation.latestMessage == nil && conversation.lastReceivedMessage() == nil)
    expect(stage.phone.chat.getConversationWithConvId(stage.peer) != nil, "it stays, empty")
    let listed = stage.phone.chat.getAllConversations()?.map { $0.conversationId! }
    equal(listed, [stage.anna], "the list hides it")
    equal(stage.phone.texts(stage.anna), ["word of another"])
}

private func localRange() throws {
    let (stage, texts, messages, conversation) = try talked(6)
    let times = messages.map(\.timestamp)
    succeeds(conversation.removeMessagesStart(Int(times[1]), to: Int(times[3])))
    var stay = texts.indices.filter { !(times[1]...times[3]).contains(times[$0]) }
    expect(stay.count <= 3, "both ends are deleted")
    try leftHere(stage, texts, stay.map { texts[$0] })
    // A range of one millisecond.
    succeeds(conversation.removeMessagesStart(Int(times[5]), to: Int(times[5])))
    stay.removeAll { times[$0] == times[5] }
    equal(stage.phone.texts(stage.peer), stay.map { texts[$0] })
    // Nothing lies there.
    succeeds(conversation.removeMessagesStart(0, to: 1))
    equal(stage.phone.texts(stage.peer), stay.map { texts[$0] })
}

private func localBefore() throws {
    let (stage, texts, messages, _) = try talked(4)
    let late = try stage.phone.say("word elsewhere", to: stage.anna)
    let time = messages[2].timestamp
    let error: EMError? = try answer { stage.phone.chat.deleteMessages(before: UInt(time), completion: $0) }
    succeeds(error)
    let stay = texts.indices.filter { messages[$0].timestamp >= time }.map { texts[$0] }
    expect(stay.contains(texts[2]), "the message of that very time stays")
    try leftHere(stage, texts, stay)
    let all: EMError? = try answer {
        stage.phone.chat.deleteMessages(before: UInt(late.timestamp) + 1, completion: $0)
    }
    succeeds(all)
    equal(stage.phone.texts(stage.anna), [], "in every conversation")
}

/// Fetching history brings back what was deleted here alone, and not what was deleted on the server.
private func localComesBack() throws {
    let (stage, texts, messages, conversation) = try talked(5)
    let error: EMError? = try answer {
        conversation.removeMessages(fromServerMessageIds: [messages[2].messageId], completion: $0)
    }
    succeeds(error)
    conversation.deleteAllMessages(nil)
    equal(stage.phone.texts(stage.peer), [])
    equal(try stage.phone.history(stage.peer).count, 4)
    equal(stage.phone.texts(stage.peer), [], "nothing is saved if nobody asks for it")
    var failure: EMError?
    let page = stage.phone.chat.fetchHistoryMessages(
        fromServer: stage.peer, conversationType: .chat, startMessageId: nil, pageSize: 50, error: &failure)
    succeeds(failure)
    let stay = [0, 1, 3, 4].map { texts[$0] }
    equal((page?.list ?? []).map(textOf).reversed(), stay)
    equal(stage.phone.texts(stage.peer), stay)
}

private func localConversations() throws {
    let (stage, texts, _, conversation) = try talked(2)
    try stage.phone.say("note", to: stage.anna)
    // Off the list, with its messages kept.
    let (id, error): (String?, EMError?) = try answer { done in
        stage.phone.chat.deleteConversation(stage.peer, isDeleteMessages: false, completion: done)
    }
    succeeds(error)
    equal(id, stage.peer)
    equal(stage.phone.chat.getAllConversations()?.map { $0.conversationId! }, [stage.anna])
    try stage.bob.say("word 2", to: stage.anna)
    try stage.phone.recorder.wait(text: "word 2")
    try stage.tablet.recorder.wait(text: "word 2")
    equal(stage.phone.texts(stage.peer), texts + ["word 2"])
    equal(stage.phone.chat.getAllConversations(true)?.map { $0.conversationId! }, [stage.peer, stage.anna])
    // Several, with their messages.
    let note = try stage.phone.conversation(stage.anna)
    let several: EMError? = try answer {
        stage.phone.chat.delete([conversation, note], isDeleteMessages: true, completion: $0)
    }
    succeeds(several)
    equal(stage.phone.chat.getAllConversations()?.count, 0)
    try leftHere(stage, texts + ["word 2"], [])
    equal(try stage.phone.history(stage.anna), ["note"])
}

private func serverConversation() throws {
    let (stage, texts, _, _) = try talked(4)
    stage.tablet.recorder.look = { [unowned tablet = stage.tablet] in tablet.texts(stage.peer) }
    let (id, error): (String?, EMError?) = try answer { done in
        stage.phone.chat.deleteServerConversation(
            stage.peer, conversationType: .chat, isDeleteServerMessages: true, completion: done)
    }
    succeeds(error)
    equal(id, stage.peer)
    equal(stage.phone.texts(stage.peer), [])
    try stage.tablet.recorder.wait("multiDevicesConversationEvent", "62 \(stage.peer) 0")
    try stage.quiet()
    equal(stage.tablet.recorder.calls("multiDevicesConversationEvent").count, 1)
    equal(stage.phone.recorder.calls("multiDevicesConversationEvent").count, 0)
    equal(stage.tablet.texts(stage.peer), [])
    equal(try stage.tablet.history(stage.peer), [])
    for device in [stage.phone, stage.tablet] { equal(device.chat.getAllConversations()?.count, 0, "the list") }
    let (page, failure): (EMCursorResult<EMConversation>?, EMError?) = try answer { done in
        stage.phone.chat.getConversationsFromServer(withCursor: nil, pageSize: 20, completion: done)
    }
    succeeds(failure)
    equal(page?.list?.count, 0, "the list on the server")
    equal(stage.bob.texts(stage.anna), texts)
    equal(try stage.bob.history(stage.anna), texts)
}

private func serverConversationKeepsMessages() throws {
    let (stage, texts, _, _) = try talked(2)
    let (_, error): (String?, EMError?) = try answer { done in
        stage.phone.chat.deleteServerConversation(
            stage.peer, conversationType: .chat, isDeleteServerMessages: false, completion: done)
    }
    succeeds(error)
    try stage.tablet.recorder.wait("multiDevicesConversationEvent", "62 \(stage.peer) 0")
    equal(stage.phone.chat.getAllConversations()?.count, 0)
    equal(try stage.phone.history(stage.peer), texts)
    expect(stage.phone.chat.getConversationWithConvId(stage.peer) == nil)
    let again = try stage.phone.conversation(stage.peer).loadMessagesStart(fromId: nil, count: 9, searchDirection: .up)
    equal(again?.map(textOf), texts, "what is kept here")
    try stage.bob.say("word 2", to: stage.anna)
    try stage.phone.recorder.wait(text: "word 2")
    equal(stage.phone.chat.getAllConversations()?.count, 1, "the next message lists it again")
}

private func serverEverything() throws {
    let (stage, texts, _, _) = try talked(2)
    try stage.phone.say("note", to: stage.anna)
    try stage.tablet.recorder.wait(text: "note")
    let error: EMError? = try answer { stage.phone.chat.deleteAllMessagesAndConversations(true, completion: $0) }
    succeeds(error)
    try stage.tablet.recorder.wait("multiDevicesMessageBeRemoved", "\(stage.peer) \(stage.phone.resource)")
    try stage.tablet.recorder.wait("multiDevicesMessageBeRemoved", "\(stage.anna) \(stage.phone.resource)")
    try stage.quiet()
    equal(stage.tablet.recorder.calls("multiDevicesMessageBeRemoved").count, 2)
    equal(stage.phone.recorder.calls("multiDevicesMessageBeRemoved").count, 0)
    for device in [stage.phone, stage.tablet] {
        equal(device.texts(stage.peer) + device.texts(stage.anna), [])
        equal(device.chat.getAllConversations()?.count, 0)
    }
    equal(try stage.phone.history(stage.peer) + stage.phone.history(stage.anna), [])
    equal(stage.bob.texts(stage.anna), texts)
    equal(try stage.bob.history(stage.anna), texts)
}

private func localEverything() throws {
    let (stage, texts, _, _) = try talked(2)
    try stage.phone.say("note", to: stage.anna)
    try stage.tablet.recorder.wait(text: "note")
    let error: EMError? = try answer { stage.phone.chat.deleteAllMessagesAndConversations(false, completion: $0) }
    succeeds(error)
    equal(stage.phone.chat.getAllConversations()?.count, 0)
    try leftHere(stage, texts, [])
    equal(stage.tablet.texts(stage.anna), ["note"])
    let (count, failure): (Int, EMError?) = try answer { done in stage.phone.chat.getMessageCount(completion: done) }
    succeeds(failure)
    equal(count, 0)
}
