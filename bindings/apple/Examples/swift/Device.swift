// A device of a user: in an app, this is what stands behind its screens. Real apps have one client, EMClient.shared();
// here two devices and a peer live in one program, so each makes its own.

import Foundation
import Lacuna

/// What the server said no to.
struct Refused: Error, CustomStringConvertible {
    let what: String
    let error: EMError
    var description: String { "\(what): \(error.code.rawValue) \(error.errorDescription ?? "")" }
}

final class Device: NSObject {
    let name: String
    let client = EMClient()
    private(set) var conversation: EMConversation?
    private let news = News()

    init(_ name: String, server: String, folder: String) throws {
        self.name = name
        super.init()
        let options = EMOptions(appkey: "lacuna#demo")
        options.restServer = server
        options.dataFolder = folder
        options.customDeviceName = name
        try check("initializing the SDK", client.initializeSDK(with: options))
        // nil is the main queue, where an app would update its screens.
        client.chatManager?.add(self, delegateQueue: nil)
        client.addMultiDevices(delegate: self, queue: nil)
    }

    func register(_ user: String) async throws {
        let (_, error) = await client.register(withUsername: user, password: "secret")
        try check("registering \(user)", error)
    }

    /// Logs in, and opens the conversation with somebody.
    func login(_ user: String, talkingTo peer: String) async throws {
        let (_, error) = await client.login(withUsername: user, password: "secret")
        try check("logging \(user) in", error)
        conversation = client.chatManager?.getConversation(peer, type: .chat, createIfNotExist: true)
    }

    func send(_ text: String) async throws -> EMChatMessage {
        let message = EMChatMessage(
            conversationID: conversation?.conversationId ?? "", body: EMTextMessageBody(text: text), ext: nil)
        guard let (_, error) = await client.chatManager?.send(message, progress: nil) else { return message }
        try check("sending", error)
        return message
    }

    /// The ids of what is in the local store.
    func stored() -> Set<String> {
        let messages = conversation?.loadMessagesStart(fromId: nil, count: 400, searchDirection: .up) ?? []
        return Set(messages.map(\.messageId))
    }

    /// The ids of what the server has for this user. Nothing is saved.
    func onServer() async throws -> Set<String> {
        let page = await client.chatManager?.fetchMessagesFromServer(
            by: conversation?.conversationId ?? "", conversationType: .chat, cursor: nil, pageSize: 50, option: nil)
        try check("fetching history", page?.1)
        return Set((page?.0?.list ?? []).map(\.messageId))
    }

    /// Waits until the delegate was told this.
    func told(_ what: String) async {
        await news.wait(what)
    }

    func check(_ what: String, _ error: EMError?) throws {
        if let error { throw Refused(what: "\(name), \(what)", error: error) }
    }
}

extension Device: EMChatManagerDelegate {
    func messagesDidReceive(_ aMessages: [EMChatMessage]) {
        for message in aMessages { news.add(message.messageId) }
    }
}

extension Device: EMMultiDevicesDelegate {
    func multiDevicesMessageBeRemoved(_ conversationId: String, deviceId: String) {
        print("   \(name) is told: messages with \(conversationId) were removed by \(deviceId)")
        news.add("removed")
    }
}

/// What a delegate was told, for somebody who waits for it.
private final class News {
    private let lock = NSLock()
    private var told: [String] = []
    private var waiting: [(String, CheckedContinuation<Void, Never>)] = []

    func add(_ what: String) {
        lock.lock()
        let place = waiting.firstIndex { $0.0 == what }
        let waiter = place.map { waiting.remove(at: $0).1 }
        if waiter == nil { told.append(what) }
        lock.unlock()
        waiter?.resume()
    }

    func wait(_ what: String) async {
        await withCheckedContinuation { continuation in
            lock.lock()
            let place = told.firstIndex(of: what)
            if let place { told.remove(at: place) } else { waiting.append((what, continuation)) }
            lock.unlock()
            if place != nil { continuation.resume() }
        }
    }
}
