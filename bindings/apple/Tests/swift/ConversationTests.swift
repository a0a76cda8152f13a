// Conversations: what they count, hold and list.

import Foundation
import Lacuna

let conversationTests = [
    Test("conversation/live", conversationLive),
    Test("conversation/insert", conversationInsert),
    Test("conversation/read", conversationRead),
    Test("conversation/ext", conversationExt),
    Test("conversation/list", conversationList),
    Test("conversation/pin", conversationPin),
    Test("conversation/get", conversationGet),
]

/// An object reads the store anew each time.
private func conversationLive() throws {
    let stage = try Stage()
    let conversation = try stage.phone.conversation(stage.peer)
    equal(conversation.conversationId, stage.peer)
    equal(conversation.type, .chat)
    equal([conversation.messagesCount, conversation.unreadMessagesCount], [0, 0])
    expect(conversation.latestMessage == nil && conversation.ext?.isEmpty ?? true)
    let messages = try stage.talk(["one", "two", "three"])
    equal([conversation.messagesCount, conversation.unreadMessagesCount], [3, 1])
    equal(conversation.latestMessage.messageId, messages[2].messageId)
    equal(conversation.lastReceivedMessage()?.messageId, messages[1].messageId)
    let other = try stage.phone.conversation(stage.peer)
    expect(other.isEqual(conversation) && other.hash == conversation.hash && other == conversation)
    let elsewhere = try stage.tablet.conversation(stage.peer)
    expect(elsewhere != conversation, "another client's is another one")
    try expect(conversation != stage.phone.conversation(stage.anna))
}

private func conversationInsert() throws {
    let stage = try Stage()
    let messages = try stage.talk(["one", "two"])
    let conversation = try stage.phone.conversation(stage.peer)
    func made(_ text: String, _ time: Int64, to: String? = nil) -> EMChatMessage {
        let id = to ?? stage.peer
        let message = EMChatMessage(conversationID: id, from: id, to: stage.anna, body: EMTextMessageBody(text: text), ext: nil)
        message.timestamp = time
        return message
    }
    var error: EMError?
    let early = made("zero", messages[0].timestamp - 1000)
    conversation.insert(early, error: &error)
    succeeds(error)
    equal(textOf(try require(stage.phone.chat.getMessageWithMessageId(early.messageId))), "zero")
    let last = made("last", 1)
    conversation.append(last, error: &error)
    succeeds(error)
    expect(last.timestamp >= messages[1].timestamp)
    equal(stage.phone.texts(stage.peer), ["zero", "one", "two", "last"])
    equal(textOf(conversation.latestMessage), "last")
    conversation.insert(made("wrong", 5, to: stage.anna), error: &error)
    fails(error, 107)
    let command = EMChatMessage(conversationID: stage.peer, body: EMCmdMessageBody(action: "x"), ext: nil)
    conversation.insert(command, error: &error)
    fails(error, 500)
    equal(conversation.messagesCount, 4)
    equal(try stage.phone.history(stage.peer), ["one", "two"])
    // Written back.
    early.body = EMTextMessageBody(text: "nought")
    conversation.updateMessageChange(early, error: &error)
    succeeds(error)
    equal(stage.phone.texts(stage.peer)[0], "nought")
    conversation.updateMessageChange(made("nowhere", 5), error: &error)
    fails(error, 500)
    equal(stage.tablet.texts(stage.peer), ["one", "two"])
}

private func conversationRead() throws {
    let stage = try Stage()
    for nth in 0..<3 { try stage.bob.say("word \(nth)", to: stage.anna) }
    for device in [stage.phone, stage.tablet] { try device.recorder.wait(text: "word 2") }
    let conversation = try stage.phone.conversation(stage.peer)
    equal(conversation.unreadMessagesCount, 3)
    let first = try require(conversation.loadMessagesStart(fromId: nil, count: 1, searchDirection: .down)?.first)
    expect(!first.isRead)
    var error: EMError?
    conversation.markMessageAsRead(withId: first.messageId, error: &error)
    succeeds(error)
    equal(conversation.unreadMessagesCount, 2)
    expect(stage.phone.chat.getMessageWithMessageId(first.messageId)?.isRead == true)
    conversation.markAllMessages(asRead: &error)
    succeeds(error)
    equal(conversation.unreadMessagesCount, 0)
    equal(stage.tablet.chat.getConversationWithConvId(stage.peer)?.unreadMessagesCount, 3, "on this device alone")
    succeeds(stage.tablet.chat.markAllConversationsAsRead())
    equal(stage.tablet.chat.getConversationWithConvId(stage.peer)?.unreadMessagesCount, 0)
    // Deleting an unread message is no unread message.
    try stage.bob.say("word 3", to: stage.anna)
    let last = try stage.phone.recorder.wait(text: "word 3")
    equal(conversation.unreadMessagesCount, 1)
    let gone: EMError? = try answer {
        conversation.removeMessages(fromServerMessageIds: [last.messageId], completion: $0)
    }
    succeeds(gone)
    equal(conversation.unreadMessagesCount, 0)
}

private func conversationExt() throws {
    let stage = try Stage()
    let conversation = try stage.phone.conversation(stage.peer)
    conversation.ext = ["draft": "dear Bob", "count": 3, "muted": true, "size": 1.5]
    let again = try stage.phone.conversation(stage.peer)
    equal(again.ext["draft"] as? String, "dear Bob")
    equal(again.ext["count"] as? Int, 3)
    equal(again.ext["muted"] as? Bool, true)
    equal(again.ext["size"] as? Double, 1.5)
    try stage.phone.say("hello", to: stage.peer)
    equal(again.ext.count, 4)
    conversation.ext = nil
    expect(again.ext?.isEmpty ?? true)
}

private func conversationList() throws {
    let stage = try Stage()
    equal(stage.phone.chat.getAllConversations()?.count, 0)
    let empty = try stage.phone.conversation("nobody")
    equal(stage.phone.chat.getAllConversations()?.count, 0, "empty ones are hidden")
    try stage.phone.say("first", to: stage.peer)
    try stage.phone.say("second", to: stage.anna)
    equal(stage.phone.chat.getAllConversations(true)?.map { $0.conversationId! }, [stage.anna, stage.peer])
    try stage.phone.say("third", to: stage.peer)
    let sorted = stage.phone.chat.getAllConversations(true)
    equal(sorted?.map { $0.conversationId! }, [stage.peer, stage.anna])
    let chosen = stage.phone.chat.filterConversationsFromDB(cleanMemoryCache: true) { $0.conversationId == stage.anna }
    equal(chosen?.map { $0.conversationId! }, [stage.anna])
    equal(stage.phone.chat.filterConversationsFromDB(cleanMemoryCache: false, filter: nil)?.count, 2)
    stage.phone.chat.cleanConversationsMemoryCache()
    equal(stage.phone.chat.getAllConversations()?.count, 2)
    let told = try stage.phone.recorder.wait("conversationListDidUpdate", "\(stage.peer) \(stage.anna)")
    expect(!told.isEmpty)
    equal(empty.messagesCount, 0)
    // On the server, page by page.
    let (first, error): (EMCursorResult<EMConversation>?, EMError?) = try answer { done in
        stage.tablet.chat.getConversationsFromServer(withCursor: nil, pageSize: 1, completion: done)
    }
    succeeds(error)
    equal(first?.list?.map { $0.conversationId! }, [stage.peer])
    let (second, _): (EMCursorResult<EMConversation>?, EMError?) = try answer { done in
        stage.tablet.chat.getConversationsFromServer(withCursor: first?.cursor, pageSize: 1, completion: done)
    }
    equal(second?.list?.map { $0.conversationId! }, [stage.anna])
    let (all, _): ([EMConversation]?, EMError?) = try answer { done in stage.tablet.chat.getConversationsFromServer(done) }
    equal(all?.count, 2)
    let (_, tooMany): (EMCursorResult<EMConversation>?, EMError?) = try answer { done in
        stage.tablet.chat.getConversationsFromServer(withCursor: nil, pageSize: 51, completion: done)
    }
    fails(tooMany, 110)
    // A client that lists empty ones; and conversations that another client had.
    let wide = try Device { $0.loadEmptyConversations = true }.login(stage.anna)
    let taken: EMError? = try answer { wide.chat.import([empty], completion: $0) }
    succeeds(taken)
    expect(wide.chat.getAllConversations()?.contains { $0.conversationId == "nobody" } == true)
}

private func conversationPin() throws {
    let stage = try Stage()
    try stage.phone.say("first", to: stage.peer)
    try stage.phone.say("second", to: stage.anna)
    try stage.tablet.recorder.wait(text: "second")
    stage.forgetTold()
    let error: EMError? = try answer { stage.phone.chat.pinConversation(stage.peer, isPinned: true, completionBlock: $0) }
    succeeds(error)
    let conversation = try stage.phone.conversation(stage.peer)
    expect(conversation.isPinned && conversation.pinnedTime > 0)
    equal(stage.phone.chat.getAllConversations(true)?.map { $0.conversationId! }, [stage.peer, stage.anna])
    try stage.tablet.recorder.wait("multiDevicesConversationEvent", "60 \(stage.peer) 0")
    expect(stage.tablet.chat.getConversationWithConvId(stage.peer)?.isPinned == true)
    let (pinned, failure): (EMCursorResult<EMConversation>?, EMError?) = try answer { done in
        stage.tablet.chat.getPinnedConversationsFromServer(withCursor: nil, pageSize: 50, completion: done)
    }
    succeeds(failure)
    equal(pinned?.list?.map { $0.conversationId! }, [stage.peer])
    let unpinned: EMError? = try answer { stage.phone.chat.pinConversation(stage.peer, isPinned: false, completionBlock: $0) }
    succeeds(unpinned)
    try stage.tablet.recorder.wait("multiDevicesConversationEvent", "61 \(stage.peer) 0")
    expect(!conversation.isPinned)
    equal(conversation.pinnedTime, 0)
    equal(stage.phone.recorder.calls("multiDevicesConversationEvent").count, 0)
    let none: EMError? = try answer { stage.phone.chat.pinConversation("nobody", isPinned: true, completionBlock: $0) }
    fails(none, 107)
}

private func conversationGet() throws {
    let stage = try Stage()
    let chat = stage.phone.chat
    expect(chat.getConversationWithConvId("nobody") == nil && chat.getConversationWithConvId(nil) == nil)
    expect(chat.getConversation("nobody", type: .chat, createIfNotExist: false) == nil)
    expect(chat.getConversation("room", type: .chatRoom, createIfNotExist: true) == nil)
    expect(chat.getConversation("nobody", type: .groupChat, createIfNotExist: true)?.type == .groupChat)
    expect(chat.getConversationWithConvId("nobody")?.type == .groupChat)
    expect(chat.getConversation("NoBody", type: .chat, createIfNotExist: true)?.conversationId == "nobody")
    expect(chat.getConversationWithConvId("nobody")?.type == .chat, "a user before a group")
    let messages = try stage.talk(["one", "two", "three"])
    let ids = messages.map(\.messageId)
    let (some, error): ([EMChatMessage]?, EMError?) = try answer { done in
        chat.getMessages([ids[0], ids[2], "no such id"], withConversationId: stage.peer, completion: done)
    }
    succeeds(error)
    equal(some?.map(textOf), ["three", "one"], "newest first:")
    let (_, tooMany): ([EMChatMessage]?, EMError?) = try answer { done in
        chat.getMessages((0..<21).map { "\($0)" }, withConversationId: stage.peer, completion: done)
    }
    fails(tooMany, 110)
    let (count, failure): (Int, EMError?) = try answer { done in chat.getMessageCount(completion: done) }
    succeeds(failure)
    equal(count, 3)
}
