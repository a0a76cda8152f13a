// Users and their devices on a real server. Each test has its own; names are never used twice.

import Foundation
import Lacuna

enum Server {
    /// A server that anybody may register with.
    static let url = ProcessInfo.processInfo.environment["LACUNA_URL"] ?? ""
    /// One more, which keeps no history that users could delete from.
    static let urlWithoutDeletion = ProcessInfo.processInfo.environment["LACUNA_OFF_URL"] ?? ""
    static let appkey = "lacuna#demo"
}

/// A client with a folder of its own, and a recorder as its delegate for everything.
final class Device {
    let client: EMClient
    let folder: String
    let recorder = Recorder()
    /// The queue of its delegates.
    let queue = Recorder.queue("delegates")
    private(set) var user = ""

    init(
        _ client: EMClient = EMClient(), server: String = Server.url, folder: String? = nil,
        _ change: (EMOptions) -> Void = { _ in }
    ) throws {
        self.client = client
        self.folder = folder ?? Stage.newFolder()
        let options = EMOptions(appkey: Server.appkey)
        options.restServer = server
        options.dataFolder = self.folder
        change(options)
        client.add(recorder as EMClientDelegate, delegateQueue: queue)
        client.addMultiDevices(delegate: recorder, queue: queue)
        if let error = client.initializeSDK(with: options) { throw Stop("\(error.errorDescription ?? "")") }
        chat.add(recorder as EMChatManagerDelegate, delegateQueue: queue)
        client.groupManager?.add(recorder as EMGroupManagerDelegate, delegateQueue: queue)
        Stage.opened(self)
    }

    /// The manager of a client that is set up.
    var chat: IEMChatManager { client.chatManager! }
    var groups: IEMGroupManager { client.groupManager! }
    var resource: String { client.getDeviceConfig(nil)?.resource ?? "" }

    @discardableResult
    func login(_ user: String) throws -> Device {
        self.user = user
        let error = client.login(withUsername: user, password: Stage.password)
        if let error {
            throw Stop("\(user) cannot log in: \(code(error)) \(error.errorDescription ?? "")")
        }
        return self
    }

    func conversation(_ id: String, _ type: EMConversationType = .chat) throws -> EMConversation {
        try require(chat.getConversation(id, type: type, createIfNotExist: true))
    }

    // What it sees.

    /// The texts in its store, oldest first.
    func texts(_ id: String) -> [String] {
        let conversation = chat.getConversationWithConvId(id)
        return (conversation?.loadMessagesStart(fromId: nil, count: 400, searchDirection: .up) ?? []).map(textOf)
    }

    /// The texts that searching for a word finds, in one conversation.
    func found(_ word: String, _ id: String) -> [String] {
        let conversation = chat.getConversationWithConvId(id)
        let found = conversation?.loadMessages(
            withKeyword: word, timestamp: -1, count: 400, fromUser: nil, searchDirection: .up)
        return (found ?? []).map(textOf)
    }

    /// The texts of the user's history on the server, oldest first. Nothing is saved.
    func history(_ id: String, _ type: EMConversationType = .chat) throws -> [String] {
        let (page, error): (EMCursorResult<EMChatMessage>?, EMError?) = try answer { done in
            chat.fetchMessagesFromServer(
                by: id, conversationType: type, cursor: nil, pageSize: 50, option: nil, completion: done)
        }
        succeeds(error)
        return (page?.list ?? []).map(textOf).reversed()
    }

    // What it does.

    /// Sends a text, and gives the message as it is when the server has it.
    @discardableResult
    func say(_ text: String, to id: String, _ type: EMChatType = .chat, ext: [String: Any]? = nil) throws -> EMChatMessage {
        try send(EMTextMessageBody(text: text), to: id, type, ext: ext)
    }

    @discardableResult
    func send(_ body: EMMessageBody, to id: String, _ type: EMChatType = .chat, ext: [String: Any]? = nil) throws
        -> EMChatMessage
    {
        let message = EMChatMessage(conversationID: id, body: body, ext: ext)
        message.chatType = type
        let (sent, error): (EMChatMessage?, EMError?) = try answer { done in
            chat.send(message, progress: nil, completion: done)
        }
        if let error { throw Stop("sending failed: \(code(error)) \(error.errorDescription ?? "")") }
        return try require(sent)
    }
}

/// Anna's phone and tablet, and Bob.
final class Stage {
    static let password = "of no interest"
    private static let run = String(UInt32.random(in: 0...UInt32.max), radix: 36)
    private static let home = NSTemporaryDirectory() + "lacuna-swift-\(run)"
    private static var number = 0
    private static var devices: [Device] = []

    let phone: Device
    let tablet: Device
    let bob: Device

    var anna: String { phone.user }
    var peer: String { bob.user }

    init(server: String = Server.url, _ change: (EMOptions) -> Void = { _ in }) throws {
        let (anna, bob) = (Stage.newName("anna"), Stage.newName("bob"))
        phone = try Stage.registered(anna, server: server, change)
        tablet = try Device(server: server, change).login(anna)
        self.bob = try Stage.registered(bob, server: server, change)
    }

    /// A device of a new user.
    static func registered(
        _ user: String, server: String = Server.url, _ change: (EMOptions) -> Void = { _ in }
    ) throws -> Device {
        let device = try Device(server: server, change)
        try register(user, device.client)
        return try device.login(user)
    }

    static func register(_ user: String, _ client: EMClient) throws {
        if let error = client.register(withUsername: user, password: password), error.code != .userAlreadyExist {
            throw Stop("cannot register \(user): \(code(error)) \(error.errorDescription ?? "")")
        }
    }

    static func newName(_ name: String) -> String {
        number += 1
        return "\(name)-\(run)-\(number)"
    }

    static func newFolder() -> String { "\(home)/\(newName("device"))" }

    static func opened(_ device: Device) { devices.append(device) }

    /// Ends what a test has opened. The app's one client cannot be made anew: it is logged out.
    static func endAll() {
        for device in devices {
            if device.client === EMClient.shared() { device.client.logout(false) } else { device.client.close() }
        }
        devices = []
    }

    static func removeFolders() { try? FileManager.default.removeItem(atPath: home) }

    /// Anna and Bob say these in turn, Anna first, and everybody has them. The messages as Anna's phone has them.
    @discardableResult
    func talk(_ texts: [String]) throws -> [EMChatMessage] {
        var messages: [EMChatMessage] = []
        for (nth, text) in texts.enumerated() {
            if nth % 2 == 0 {
                try messages.append(phone.say(text, to: peer))
                try bob.recorder.wait(text: text)
            } else {
                try bob.say(text, to: anna)
                try messages.append(phone.recorder.wait(text: text))
            }
            try tablet.recorder.wait(text: text)
        }
        return messages
    }

    /// Waits until Bob has been told all that was on its way: a command comes after it.
    func bobIsQuiet() throws {
        let action = Stage.newName("quiet")
        try phone.send(EMCmdMessageBody(action: action), to: peer)
        try bob.recorder.wait("cmdMessagesDidReceive", action)
    }

    /// The same for everybody.
    func quiet() throws {
        try bobIsQuiet()
        let action = Stage.newName("quiet")
        try bob.send(EMCmdMessageBody(action: action), to: anna)
        for device in [phone, tablet] { try device.recorder.wait("cmdMessagesDidReceive", action) }
    }

    func forgetTold() {
        for device in [phone, tablet, bob] { device.recorder.told.clear() }
    }
}
