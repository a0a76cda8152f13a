// What lives how long: what a closure holds lives until it was called, and not longer; clients end with their last owner.

import Foundation
import Lacuna

let lifetimeTests = [
    Test("lifetime/captured", lifetimeCaptured),
    Test("lifetime/captured-when-closed", lifetimeCapturedWhenClosed),
    Test("lifetime/message", lifetimeMessage),
    Test("lifetime/client", lifetimeClient),
    Test("lifetime/conversation", lifetimeConversation),
    Test("lifetime/many-clients", lifetimeManyClients),
    Test("lifetime/nested", lifetimeNested),
]

/// Something whose end can be waited for.
private final class Held {
    let ended: Log<Void>
    init(_ ended: Log<Void>) { self.ended = ended }
    deinit { ended.add(()) }
    func use() {}
}

private func lifetimeCaptured() throws {
    let stage = try Stage()
    let conversation = try stage.phone.conversation(stage.peer)
    let chat = stage.phone.chat
    let (ended, alive) = (Log<Void>(), Log<Bool>())
    func calls(_ held: Held) {
        let message = EMChatMessage(conversationID: stage.peer, body: EMTextMessageBody(text: "x"), ext: nil)
        let note = { [weak held] in alive.add(held != nil) }
        conversation.removeMessages(fromServerMessageIds: ["1"]) { _ in held.use(); note() }
        conversation.removeMessages(fromServerMessageIds: []) { _ in held.use(); note() }
        conversation.removeMessagesFromServer(withTimeStamp: 1) { _ in held.use(); note() }
        conversation.loadMessagesStart(fromId: nil, count: 1, searchDirection: .up) { _, _ in held.use(); note() }
        chat.getMessageCount { _, _ in held.use(); note() }
        chat.send(message, progress: { _ in held.use() }) { _, _ in held.use(); note() }
        chat.getConversationsFromServer { _, _ in held.use(); note() }
        chat.deleteMessages(before: 1) { _ in held.use(); note() }
        stage.phone.groups.getJoinedGroupsCountFromServer { _, _ in held.use(); note() }
    }
    calls(Held(ended))
    try alive.wait(count: 9)
    expect(alive.all.allSatisfy { $0 }, "freed before the completion")
    try ended.wait(count: 1)
    // What is filtered runs before the call returns, and is not kept.
    func filter(_ held: Held) {
        _ = chat.filterConversationsFromDB(cleanMemoryCache: false) { _ in held.use(); return true }
    }
    filter(Held(ended))
    equal(ended.all.count, 2)
}

/// Calls that are still running when the client is closed let go, too.
private func lifetimeCapturedWhenClosed() throws {
    let device = try Stage.registered(Stage.newName("anna"))
    let conversation = try device.conversation(device.user)
    let (ended, called) = (Log<Void>(), Log<Void>())
    for _ in 0..<20 {
        let held = Held(ended)
        conversation.removeMessagesFromServer(withTimeStamp: 1) { _ in held.use(); called.add(()) }
    }
    device.client.close()
    for _ in 0..<5 {
        let held = Held(ended)
        conversation.removeMessagesFromServer(withTimeStamp: 1) { _ in held.use(); called.add(()) }
    }
    try called.wait(count: 25)
    try ended.wait(count: 25)
    equal(called.all.count, 25)
}

/// A message lives while it is being sent, and no longer.
private func lifetimeMessage() throws {
    let stage = try Stage()
    weak var gone: EMChatMessage?
    func send() {
        let message = EMChatMessage(conversationID: stage.peer, body: EMTextMessageBody(text: "alone"), ext: nil)
        gone = message
        stage.phone.chat.send(message, progress: nil, completion: nil)
        expect(gone != nil)
    }
    send()
    try stage.bob.recorder.wait(text: "alone")
    try stage.phone.recorder.wait("messageStatusDidChange", "2 0")
    stage.phone.recorder.told.clear()
    try stage.quiet()
    stage.phone.queue.sync {}
    stage.phone.recorder.told.clear()
    expect(gone == nil, "the message is kept")
}

/// A thread for each thing that a client does: they end with it.
private func threads() -> Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count) ?? 0
}

private func settled(_ most: Int) -> Int {
    // A thread that has ended leaves the list a moment later; there is no signal to wait for.
    for _ in 0..<200 where threads() > most { usleep(10_000) }
    return threads()
}

/// The last owner lets go: the files and threads of the client are ended without close().
private func lifetimeClient() throws {
    let (user, folder) = (Stage.newName("anna"), Stage.newFolder())
    weak var gone: EMClient?
    func use() throws {
        let client = EMClient()
        gone = client
        let options = EMOptions(appkey: Server.appkey)
        (options.restServer, options.dataFolder) = (Server.url, folder)
        succeeds(client.initializeSDK(with: options))
        try Stage.register(user, client)
        succeeds(client.login(withUsername: user, password: Stage.password))
        let error: EMError? = try answer { client.chatManager!.deleteMessages(before: 1, completion: $0) }
        succeeds(error)
    }
    let before = threads()
    try use()
    expect(gone == nil, "the client is kept")
    expect(settled(before + 1) <= before + 1, "its threads still run: \(threads()), before \(before)")
    // Its files are free for another one.
    let again = try Device(folder: folder)
    try again.recorder.wait("autoLoginDidComplete", "0")
    equal(again.client.currentUsername, user)
}

/// The client ends with its last owner. What is left of it answers 201, and calls that ran are answered.
private func lifetimeConversation() throws {
    let (user, folder, called) = (Stage.newName("anna"), Stage.newFolder(), Log<Int>())
    func make() throws -> (EMConversation, IEMChatManager) {
        let client = EMClient()
        let options = EMOptions(appkey: Server.appkey)
        (options.restServer, options.dataFolder) = (Server.url, folder)
        succeeds(client.initializeSDK(with: options))
        try Stage.register(user, client)
        succeeds(client.login(withUsername: user, password: Stage.password))
        let chat = try require(client.chatManager)
        let conversation = try require(chat.getConversation(user, type: .chat, createIfNotExist: true))
        var failure: EMError?
        let message = EMChatMessage(conversationID: user, body: EMTextMessageBody(text: "x"), ext: nil)
        conversation.insert(message, error: &failure)
        succeeds(failure)
        equal(conversation.messagesCount, 1)
        for _ in 0..<5 { conversation.removeMessagesFromServer(withTimeStamp: 1) { called.add(code($0)) } }
        return (conversation, chat)
    }
    let (conversation, chat) = try make()
    try called.wait(count: 5)
    expect(called.all.allSatisfy { [0, 201].contains($0) }, "\(called.all)")
    equal(conversation.messagesCount, 0)
    expect(conversation.latestMessage == nil && chat.getAllConversations() == nil)
    var failure: EMError?
    conversation.deleteAllMessages(&failure)
    fails(failure, 201)
    let error: EMError? = try answer { conversation.removeMessagesFromServer(withTimeStamp: 1, completion: $0) }
    fails(error, 201)
}

private func lifetimeManyClients() throws {
    let before = threads()
    for _ in 0..<20 {
        let client = EMClient()
        let options = EMOptions(appkey: Server.appkey)
        (options.restServer, options.dataFolder) = (Server.url, Stage.newFolder())
        succeeds(client.initializeSDK(with: options))
        client.getLoggedInDevicesFromServer(withUsername: "nobody", password: "x") { _, _ in }
    }
    expect(settled(before + 2) <= before + 2, "threads still run: \(threads()), before \(before)")
}

/// A completion makes calls, blocking ones too, and its own client may end in it.
private func lifetimeNested() throws {
    let stage = try Stage()
    let messages = try stage.talk(["one", "two"])
    let conversation = try stage.phone.conversation(stage.peer)
    let seen = Log<[String]>()
    let ended: EMError? = try answer { done in
        conversation.removeMessages(fromServerMessageIds: [messages[0].messageId]) { _ in
            seen.add(stage.phone.texts(stage.peer))
            conversation.deleteAllMessages(nil)
            let page = stage.phone.chat.fetchHistoryMessages(
                fromServer: stage.peer, conversationType: .chat, startMessageId: nil, pageSize: 9, error: nil)
            seen.add((page?.list ?? []).map(textOf))
            conversation.removeMessages(fromServerMessageIds: [messages[1].messageId]) { error in
                seen.add(stage.phone.texts(stage.peer))
                done(error)
            }
        }
    }
    succeeds(ended)
    equal(seen.all, [["two"], ["two"], []])
    // The last owner lets go inside of a completion.
    let called = Log<Void>()
    func letGo() throws {
        let client = EMClient()
        let options = EMOptions(appkey: Server.appkey)
        (options.restServer, options.dataFolder) = (Server.url, Stage.newFolder())
        succeeds(client.initializeSDK(with: options))
        client.fetchToken(withUsername: "nobody", password: "x") { [client] _, error in
            expect(error != nil && client.chatManager != nil)
            called.add(())
        }
    }
    try letGo()
    try called.wait(count: 1)
}
