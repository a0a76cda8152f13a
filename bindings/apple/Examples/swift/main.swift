// Deleting messages with the Lacuna SDK: Anna has a phone and a tablet, Bob has a phone. After each step a table shows who
// still sees which message: each device in its own store, and each user in the history that the server keeps for them.
//
//   lacuna serve
//   lacuna-example http://127.0.0.1:8080        (or LACUNA_URL)

import Foundation
import Lacuna

func story(server: String, folder: String) async throws {
    let day = String(UInt32.random(in: 0...UInt32.max), radix: 36)
    let (anna, bob) = ("anna-\(day)", "bob-\(day)")
    let phone = try Device("Anna's phone", server: server, folder: folder + "/phone")
    let tablet = try Device("Anna's tablet", server: server, folder: folder + "/tablet")
    let peer = try Device("Bob's phone", server: server, folder: folder + "/bob")
    defer { for device in [phone, tablet, peer] { device.client.close() } }
    try await phone.register(anna)
    try await peer.register(bob)
    try await phone.login(anna, talkingTo: bob)
    try await tablet.login(anna, talkingTo: bob)
    try await peer.login(bob, talkingTo: anna)

    var table = Table(phone: phone, tablet: tablet, bob: peer)
    print("1. Anna and Bob talk.")
    for (nth, text) in ["Which train?", "The 9:40", "My code is 4711", "Noted", "Never write codes", "See you"].enumerated() {
        let (sender, others) = nth % 2 == 0 ? (phone, [tablet, peer]) : (peer, [phone, tablet])
        let message = try await sender.send(text)
        for device in others { await device.told(message.messageId) }
        table.messages.append(message)
    }
    try await table.show()

    try await onTheServer(table)
    try await onThisDevice(table)
    await refusals(phone, table.messages)
}

/// From the user's history on the server, from this device, and from the user's other devices.
func onTheServer(_ table: Table) async throws {
    let (phone, tablet, messages) = (table.phone, table.tablet, table.messages)
    print("\n2. On the server, by id: the phone removes messages 3 and 5.")
    let ids = [messages[2].messageId, messages[4].messageId]
    try phone.check("removing by id", await phone.conversation?.removeMessages(fromServerMessageIds: ids))
    await tablet.told("removed")
    try await table.show()

    print("\n3. On the server, by time: the phone removes everything up to message 1, that one included.")
    let time = TimeInterval(messages[0].timestamp)
    try phone.check("removing by time", await phone.conversation?.removeMessagesFromServer(withTimeStamp: time))
    await tablet.told("removed")
    try await table.show()
}

/// From this device alone.
func onThisDevice(_ table: Table) async throws {
    let (tablet, messages) = (table.tablet, table.messages)
    guard let conversation = tablet.conversation else { return }
    var err: EMError? = nil
    print("\n4. On this device alone, one message: the tablet deletes message 6.")
    conversation.deleteMessage(withId: messages[5].messageId, error: &err)
    try tablet.check("deleting a message", err)
    try await table.show()

    print("\n5. On this device alone, between two times: the tablet deletes from message 2 to message 3.")
    let error = conversation.removeMessagesStart(Int(messages[1].timestamp), to: Int(messages[2].timestamp))
    try tablet.check("deleting a range", error)
    try await table.show()

    print("\n6. On this device alone, all messages of the conversation: the tablet deletes what is left.")
    conversation.deleteAllMessages(&err)
    try tablet.check("deleting all messages", err)
    try await table.show()

    print("\n7. The tablet fetches its history: what was deleted here alone comes back, what was removed on the server does not.")
    let (_, failure) = await tablet.client.chatManager!.asyncFetchHistoryMessages(
        fromServer: conversation.conversationId, conversationType: .chat, startMessageId: nil, pageSize: 50)
    try tablet.check("fetching history", failure)
    try await table.show()
}

/// What can go wrong, and what the app is told.
func refusals(_ phone: Device, _ messages: [EMChatMessage]) async {
    print("\n8. What is refused, and changes nothing:")
    func show(_ what: String, _ error: EMError?) {
        print("   \(what): \(error.map { "\($0.code.rawValue) \($0.errorDescription ?? "")" } ?? "done")")
    }
    let many = Array(repeating: messages[5].messageId, count: 51)
    show("51 ids", await phone.conversation?.removeMessages(fromServerMessageIds: many))
    show("a time of 0", await phone.conversation?.removeMessagesFromServer(withTimeStamp: 0))
    _ = await phone.client.logout(false)
    show("logged out", await phone.conversation?.removeMessages(fromServerMessageIds: [messages[5].messageId]))
}

setvbuf(stdout, nil, _IOLBF, 0)
let server = CommandLine.arguments.dropFirst().first ?? ProcessInfo.processInfo.environment["LACUNA_URL"]
guard let server else {
    print("usage: lacuna-example URL (or LACUNA_URL)")
    exit(2)
}
let folder = NSTemporaryDirectory() + "lacuna-example-\(getpid())"
Task.detached {
    var status: Int32 = 0
    do { try await story(server: server, folder: folder) } catch {
        print("failed: \(error)")
        status = 1
    }
    try? FileManager.default.removeItem(atPath: folder)
    exit(status)
}
// Serves the main queue, which the delegates are called on.
dispatchMain()
