// Messages: what they say, what the app adds, and how far they come.

import Foundation
import Lacuna

let messageTests = [
    Test("message/made", messageMade),
    Test("message/sent", messageSent),
    Test("message/bodies", messageBodies),
    Test("message/ext", messageExt),
    Test("message/fails", messageFails),
    Test("message/as-somebody-else", messageAsSomebodyElse),
    Test("message/resent", messageResent),
    Test("message/status", messageStatus),
    Test("message/receipts", messageReceipts),
    Test("message/online-only", messageOnlineOnly),
    Test("message/import", messageImport),
    Test("message/resend-after-201", messageResendAfter201),
]

private func messageMade() throws {
    let before = Int64(Date().timeIntervalSince1970 * 1000)
    let message = EMChatMessage(conversationID: "bob", from: "anna", to: "bob", body: EMTextMessageBody(text: nil), ext: ["a": 1])
    let other = EMChatMessage(conversationID: "bob", body: EMTextMessageBody(text: "x"), ext: nil)
    expect(!message.messageId.isEmpty && message.messageId != other.messageId)
    equal([message.conversationId, message.from, message.to], ["bob", "anna", "bob"])
    equal(other.to, "bob")
    equal(textOf(message), "", "no text")
    equal(message.status, .pending)
    equal(message.direction, .send)
    equal(message.chatType, .chat)
    expect(message.timestamp >= before && message.localTime == message.timestamp)
    expect(message.isRead && !message.isReadAcked && !message.isDeliverAcked && !message.deliverOnlineOnly)
    equal(message.ext?["a"] as? Int, 1)
    expect(message.receiverList == nil && other.ext == nil)
}

/// The object that is sent is the one that changes.
private func messageSent() throws {
    let stage = try Stage()
    let message = EMChatMessage(conversationID: stage.peer, body: EMTextMessageBody(text: "hello"), ext: nil)
    let (made, progress) = (message.messageId, Log<Int32>())
    let statuses = Log<EMMessageStatus>()
    let (sent, error): (EMChatMessage?, EMError?) = try answer { done in
        stage.phone.chat.send(message, progress: { progress.add($0) }, completion: done)
        statuses.add(message.status)
    }
    succeeds(error)
    expect(sent === message, "the same object")
    expect(statuses.all[0] == .delivering || statuses.all[0] == .succeed, "\(statuses.all)")
    equal(message.status, .succeed)
    equal(message.from, stage.anna)
    expect(message.messageId != made, "it has the server's id")
    equal(progress.all.last, 100)
    let kept = try require(stage.phone.chat.getMessageWithMessageId(message.messageId))
    equal(kept.timestamp, message.timestamp)
    equal([kept.from, kept.to, kept.conversationId, textOf(kept)], [stage.anna, stage.peer, stage.peer, "hello"])
    equal(kept.status, .succeed)
    expect(stage.phone.chat.getMessageWithMessageId(made) == nil)

    let got = try stage.bob.recorder.wait(text: "hello")
    equal(got.messageId, message.messageId)
    equal(got.timestamp, message.timestamp)
    equal(got.direction, .receive)
    equal([got.from, got.to, got.conversationId], [stage.anna, stage.peer, stage.anna])
    expect(!got.isRead)
    let mine = try stage.tablet.recorder.wait(text: "hello")
    equal(mine.direction, .send)
    equal(mine.conversationId, stage.peer)
    expect(mine.isRead, "what the user sent is read")
    equal(stage.phone.recorder.calls("messagesDidReceive").count, 0)
}

private func sentBodies() -> [EMMessageBody] {
    let place = EMLocationMessageBody(latitude: 47.5, longitude: -8.25, address: "Bahnhofstrasse 1", buildingName: "Hall")
    let custom = EMCustomMessageBody(event: "order", customExt: ["number": "17", "ü": "ß"])
    let image = EMImageMessageBody(localPath: nil, displayName: "cat.png")
    (image.remotePath, image.secretKey, image.fileLength) = ("https://files/1", "s1", 1234)
    (image.size, image.thumbnailRemotePath) = (CGSize(width: 640, height: 480), "https://files/2")
    image.thumbnailSecretKey = "s2"
    let video = EMVideoMessageBody(localPath: nil, displayName: "cat.mp4")
    (video.remotePath, video.duration, video.thumbnailRemotePath) = ("https://files/3", 61, "https://files/4")
    video.thumbnailSize = CGSize(width: 64, height: 48)
    let voice = EMVoiceMessageBody(localPath: nil, displayName: "cat.amr")
    (voice.remotePath, voice.duration) = ("https://files/5", 7)
    let file = EMFileMessageBody(localPath: nil, displayName: "cat.pdf")
    (file.remotePath, file.fileLength) = ("https://files/6", 2_000_000_000)
    return [EMTextMessageBody(text: "text, 漢字, 🙂"), place, custom, image, video, voice, file]
}

/// What a body says, in words.
private func words(_ body: EMMessageBody) -> String {
    switch body {
    case let body as EMTextMessageBody: return "text \(body.text)"
    case let body as EMLocationMessageBody:
        return "place \(body.latitude) \(body.longitude) \(body.address ?? "") \(body.buildingName ?? "")"
    case let body as EMCustomMessageBody:
        return "custom \(body.event ?? "") \(body.customExt.sorted { $0.key < $1.key }.map { "\($0)=\($1)" })"
    case let body as EMImageMessageBody:
        return "image \(file(body)) \(body.size) \(body.thumbnailRemotePath ?? "") \(body.thumbnailSecretKey ?? "")"
    case let body as EMVideoMessageBody:
        return "video \(file(body)) \(body.duration) \(body.thumbnailRemotePath ?? "") \(body.thumbnailSize)"
    case let body as EMVoiceMessageBody: return "voice \(file(body)) \(body.duration)"
    case let body as EMFileMessageBody: return "file \(file(body))"
    default: return "\(body.type.rawValue)"
    }
}

private func file(_ body: EMFileMessageBody) -> String {
    "\(body.displayName ?? "") \(body.remotePath ?? "") \(body.secretKey ?? "") \(body.fileLength)"
}

private func messageBodies() throws {
    let stage = try Stage()
    let types: [EMMessageBodyType] = [.text, .location, .custom, .image, .video, .voice, .file]
    for (type, body) in zip(types, sentBodies()) {
        equal(body.type, type)
        let message = try stage.phone.send(body, to: stage.peer)
        try stage.bob.recorder.told.wait("\(words(body))") { told in
            told.flatMap(\.messages).contains { $0.messageId == message.messageId }
        }
        let got = try require(stage.bob.chat.getMessageWithMessageId(message.messageId))
        equal(got.body.type, type)
        equal(words(got.body), words(body), "what Bob got")
        let kept = try require(stage.phone.chat.getMessageWithMessageId(message.messageId))
        equal(words(kept.body), words(body), "what is kept here")
    }
    // A command is delivered and kept nowhere.
    let command = EMCmdMessageBody(action: "do it")
    equal(command.type, .cmd)
    try stage.phone.send(command, to: stage.peer)
    try stage.bob.recorder.wait("cmdMessagesDidReceive", "do it")
    equal(stage.bob.chat.getConversationWithConvId(stage.anna)?.messagesCount, 7)
    equal(try stage.bob.history(stage.anna).count, 7)
}

private func messageExt() throws {
    let stage = try Stage()
    let ext: [String: Any] = [
        "text": "ü🙂\"\\\n", "yes": true, "no": false, "int": 42, "negative": -7, "large": 9_007_199_254_740_993 as Int64,
        "double": 1.5, "whole": 2.0, "number": NSNumber(value: 17), "empty": "",
    ]
    let message = try stage.phone.say("with", to: stage.peer, ext: ext)
    let got = try require(stage.bob.recorder.wait(text: "with").ext as? [String: Any])
    let kept = try require(stage.phone.chat.getMessageWithMessageId(message.messageId)?.ext as? [String: Any])
    for ext in [got, kept] {
        equal(ext.count, 10)
        equal(ext["text"] as? String, "ü🙂\"\\\n")
        equal(ext["empty"] as? String, "")
        equal([ext["yes"] as? Bool, ext["no"] as? Bool], [true, false])
        equal([ext["int"] as? Int, ext["negative"] as? Int, ext["number"] as? Int], [42, -7, 17])
        equal(ext["large"] as? Int64, 9_007_199_254_740_993)
        equal([ext["double"] as? Double, ext["whole"] as? Double], [1.5, 2.0])
    }
    let without = try stage.phone.say("without", to: stage.peer)
    let bare = try stage.bob.recorder.wait(text: "without")
    expect(bare.ext?.isEmpty ?? true)
    // Changed here alone.
    let change = try require(stage.phone.chat.getMessageWithMessageId(without.messageId))
    change.ext = ["seen": true]
    change.body = EMTextMessageBody(text: "changed")
    let (updated, error): (EMChatMessage?, EMError?) = try answer { done in
        stage.phone.chat.update(change, completion: done)
    }
    succeeds(error)
    equal(updated?.messageId, without.messageId)
    let now = try require(stage.phone.chat.getMessageWithMessageId(without.messageId))
    equal(textOf(now), "changed")
    equal(now.ext?["seen"] as? Bool, true)
    equal(now.timestamp, without.timestamp)
    equal(textOf(try require(stage.bob.chat.getMessageWithMessageId(without.messageId))), "without")
}

private func messageFails() throws {
    let stage = try Stage()
    func sending(_ body: EMMessageBody, to: String, _ type: EMChatType = .chat) throws -> (EMChatMessage, EMError?) {
        let message = EMChatMessage(conversationID: to, body: body, ext: nil)
        message.chatType = type
        let (sent, error): (EMChatMessage?, EMError?) = try answer { done in
            stage.phone.chat.send(message, progress: nil, completion: done)
        }
        if sent != nil { expect(sent === message) }
        return (message, error)
    }
    for (body, to, type, number) in [
        (EMTextMessageBody(text: "x"), "", EMChatType.chat, 110),
        (EMTextMessageBody(text: String(repeating: "x", count: 6000)), stage.peer, .chat, 510),
        (EMTextMessageBody(text: "x"), "room", .chatRoom, 505),
        (EMTextMessageBody(text: "x"), "1234567", .groupChat, 606),
    ] {
        let (message, error) = try sending(body, to: to, type)
        fails(error, number)
        equal(message.status, .failed, "\(number)")
    }
    // The file itself is not sent: it must be somewhere already.
    for (path, numbers) in [("/no/such/file", [400]), ("/etc/passwd", [402])] {
        let (_, error) = try sending(EMFileMessageBody(localPath: path, displayName: "x"), to: stage.peer)
        expect(numbers.contains(code(error)), "\(path) ends with \(code(error))")
    }
    succeeds(stage.phone.client.logout(false))
    let (message, error) = try sending(EMTextMessageBody(text: "x"), to: stage.peer)
    fails(error, 201)
    equal(message.status, .failed)
}

/// Nobody sends as somebody else.
private func messageAsSomebodyElse() throws {
    let stage = try Stage()
    let message = EMChatMessage(
        conversationID: stage.peer, from: stage.peer, to: stage.peer, body: EMTextMessageBody(text: "x"), ext: nil)
    let (_, error): (EMChatMessage?, EMError?) = try answer { done in
        stage.phone.chat.send(message, progress: nil, completion: done)
    }
    fails(error, 500)
    equal(message.status, .failed)
    equal(stage.phone.texts(stage.peer), [])
}

/// What was refused goes when it can.
private func messageResent() throws {
    let stage = try Stage()
    var failure: EMError?
    let group = try require(
        stage.bob.groups.createGroup(
            withSubject: "x", description: nil, invitees: nil, message: nil, setting: nil, error: &failure))
    let id: String = group.groupId
    let message = EMChatMessage(conversationID: id, body: EMTextMessageBody(text: "may I?"), ext: nil)
    message.chatType = .groupChat
    let (_, refused): (EMChatMessage?, EMError?) = try answer { done in
        stage.phone.chat.send(message, progress: nil, completion: done)
    }
    fails(refused, 602)
    equal(message.status, .failed)
    equal(stage.phone.texts(id), ["may I?"], "it is kept")
    expect(stage.bob.groups.addOccupants([stage.anna], toGroup: id, welcomeMessage: nil, error: &failure) != nil)
    let (sent, error): (EMChatMessage?, EMError?) = try answer { done in
        stage.phone.chat.resend(message, progress: nil, completion: done)
    }
    succeeds(error)
    expect(sent === message)
    equal(message.status, .succeed)
    equal(try stage.bob.recorder.wait(text: "may I?").messageId, message.messageId)
    equal(stage.phone.texts(id), ["may I?"], "it stays one")
}

/// Without a completion the delegate is told how a message ended; with one it is not.
private func messageStatus() throws {
    let stage = try Stage { $0.includeSendMessageInMessageListener = true }
    try stage.phone.say("with", to: stage.peer)
    try stage.phone.recorder.wait(text: "with")
    let message = EMChatMessage(conversationID: stage.peer, body: EMTextMessageBody(text: "without"), ext: nil)
    stage.phone.chat.send(message, progress: nil, completion: nil)
    let told = try stage.phone.recorder.wait("messageStatusDidChange", "2 0")
    expect(told[0].messages[0] === message, "the object that was sent")
    equal(message.status, .succeed)
    try stage.phone.recorder.wait(text: "without")
    let large = EMTextMessageBody(text: String(repeating: "x", count: 6000))
    stage.phone.chat.send(EMChatMessage(conversationID: stage.peer, body: large, ext: nil), progress: nil, completion: nil)
    try stage.phone.recorder.wait("messageStatusDidChange", "3 510")
    equal(stage.phone.recorder.calls("messageStatusDidChange").count, 2)
}

private func messageReceipts() throws {
    let stage = try Stage { $0.enableDeliveryAck = true }
    let messages = try stage.talk(["one", "two", "three"])
    try stage.phone.recorder.wait("messagesDidDeliver")
    let ack: EMError? = try answer {
        stage.bob.chat.sendMessageReadAck(messages[0].messageId, toUser: stage.anna, completion: $0)
    }
    succeeds(ack)
    let told = try stage.phone.recorder.wait("messagesDidRead")
    equal(told[0].messages.map(\.messageId), [messages[0].messageId])
    let first = try require(stage.phone.chat.getMessageWithMessageId(messages[0].messageId))
    expect(first.isReadAcked && first.isDeliverAcked)
    expect(stage.bob.chat.getMessageWithMessageId(messages[0].messageId)?.isRead == true)
    expect(stage.bob.chat.getMessageWithMessageId(messages[2].messageId)?.isRead == false)
    let whole: EMError? = try answer { stage.bob.chat.ackConversationRead(stage.anna, completion: $0) }
    succeeds(whole)
    try stage.phone.recorder.wait("onConversationRead", "\(stage.peer) \(stage.anna)")
    equal(stage.bob.chat.getConversationWithConvId(stage.anna)?.unreadMessagesCount, 0)
    let none: EMError? = try answer {
        stage.bob.chat.sendMessageReadAck("no such id", toUser: stage.anna, completion: $0)
    }
    fails(none, 500)
}

private func messageOnlineOnly() throws {
    let stage = try Stage()
    let message = EMChatMessage(conversationID: stage.peer, body: EMTextMessageBody(text: "now"), ext: nil)
    message.deliverOnlineOnly = true
    let (_, error): (EMChatMessage?, EMError?) = try answer { done in
        stage.phone.chat.send(message, progress: nil, completion: done)
    }
    succeeds(error)
    try stage.bob.recorder.wait(text: "now")
    equal(try stage.bob.history(stage.anna), [])
    let command = EMCmdMessageBody(action: "now")
    command.isDeliverOnlineOnly = true
    try stage.phone.send(command, to: stage.peer)
    try stage.bob.recorder.wait("cmdMessagesDidReceive", "now")
}

/// Messages of another store come in under their ids; what was deleted on the server does not come back.
private func messageImport() throws {
    let stage = try Stage()
    let messages = try stage.talk(["one", "two"])
    let conversation = try stage.phone.conversation(stage.peer)
    conversation.deleteAllMessages(nil)
    let error: EMError? = try answer { stage.phone.chat.import(messages, completion: $0) }
    succeeds(error)
    equal(stage.phone.texts(stage.peer), ["one", "two"])
    let gone: EMError? = try answer {
        conversation.removeMessages(fromServerMessageIds: [messages[0].messageId], completion: $0)
    }
    succeeds(gone)
    let again: EMError? = try answer { stage.phone.chat.import(messages, completion: $0) }
    succeeds(again)
    equal(stage.phone.texts(stage.peer), ["two"])
}

/// One that failed for want of a login was never kept; it is sent whole.
private func messageResendAfter201() throws {
    let stage = try Stage()
    succeeds(stage.phone.client.logout(false))
    let message = EMChatMessage(conversationID: stage.peer, body: EMTextMessageBody(text: "x"), ext: nil)
    let (_, error): (EMChatMessage?, EMError?) = try answer { done in
        stage.phone.chat.send(message, progress: nil, completion: done)
    }
    fails(error, 201)
    try stage.phone.login(stage.anna)
    let (sent, none): (EMChatMessage?, EMError?) = try answer { done in
        stage.phone.chat.resend(message, progress: nil, completion: done)
    }
    succeeds(none)
    expect(sent === message)
    equal(message.status, .succeed)
}
