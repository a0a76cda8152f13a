// Clients: made, logged in and out, watched, ended.

import Foundation
import Lacuna

let clientTests = [
    Test("client/before", clientBefore),
    Test("client/options", clientOptions),
    Test("client/login", clientLogin),
    Test("client/login-fails", clientLoginFails),
    Test("client/token", clientToken),
    Test("client/again", clientAgain),
    Test("client/devices", clientDevices),
    Test("client/close", clientClose),
    Test("client/enums", clientEnums),
]

/// Without initializeSDK there is nothing to use, and no call hangs.
private func clientBefore() throws {
    let client = EMClient()
    expect(client.chatManager == nil && client.groupManager == nil && client.contactManager == nil)
    expect(client.currentUsername == nil && client.options == nil && client.accessUserToken == nil)
    expect(!client.isLoggedIn && !client.isConnected && !client.isAutoLogin)
    expect(!client.version.isEmpty)
    fails(client.login(withUsername: "a", password: "b"), 1)
    fails(client.register(withUsername: "a", password: "b"), 1)
    let (name, error): (String, EMError?) = try answer { done in
        client.login(withUsername: "a", password: "b", completion: done)
    }
    equal(name, "a")
    fails(error, 1)
    let (token, failure): (String?, EMError?) = try answer { done in
        client.fetchToken(withUsername: "a", password: "b", completion: done)
    }
    expect(token == nil)
    fails(failure, 1)
    client.login(withUsername: "a", password: "b", completion: nil)
    expect(EMClient.shared() === EMClient.shared() && EMClient.shared() !== client)
}

private func clientOptions() throws {
    let options = EMOptions(appkey: Server.appkey)
    equal(options.appkey, Server.appkey)
    equal([options.isAutoLogin, options.deleteMessagesOnLeaveGroup, options.enableRequireReadAck], [true, true, true])
    equal([options.autoLoadConversations, options.enableDnsConfig], [true, true])
    equal([options.enableConsoleLog, options.usingHttpsOnly, options.enableDeliveryAck], [false, false, false])
    equal([options.loadEmptyConversations, options.includeSendMessageInMessageListener], [false, false])
    equal(options.regardImportMessagesAsRead, false)
    equal(options.logLevel, .debug)
    equal(options.chatPort, 0)
    expect(options.restServer == nil && options.chatServer == nil && options.dataFolder == nil)

    let client = EMClient()
    fails(client.initializeSDK(with: options), 110)
    options.restServer = Server.url
    options.dataFolder = Stage.newFolder()
    options.usingHttpsOnly = true
    fails(client.initializeSDK(with: options), 110)
    options.usingHttpsOnly = false
    let wrong = EMOptions(appkey: "no key")
    (wrong.restServer, wrong.dataFolder) = (Server.url, options.dataFolder)
    fails(client.initializeSDK(with: wrong), 100)
    expect(client.chatManager == nil)
    succeeds(client.initializeSDK(with: options))
    expect(client.chatManager != nil)
    // Only the first that succeeds counts.
    succeeds(client.initializeSDK(with: wrong))
    equal(client.options?.appkey, Server.appkey)
    // The socket where it is, in words of its own; and a server's address without a scheme.
    client.close()
    let address = try require(URL(string: Server.url))
    let spelled = try Device { options in
        options.restServer = "\(address.host ?? ""):\(address.port ?? 0)"
        options.chatServer = address.host
        options.chatPort = Int32(address.port ?? 0)
    }
    let user = Stage.newName("anna")
    try Stage.register(user, spelled.client)
    try spelled.login(user)
}

private func clientLogin() throws {
    let device = try Device()
    let user = Stage.newName("Anna")
    succeeds(device.client.register(withUsername: user, password: Stage.password))
    fails(device.client.register(withUsername: user, password: Stage.password), 203)
    fails(device.client.register(withUsername: "no name!", password: Stage.password), 101)
    fails(device.client.register(withUsername: Stage.newName("x"), password: ""), 102)
    let (name, error): (String, EMError?) = try answer { done in
        device.client.login(withUsername: user, password: Stage.password, completion: done)
    }
    succeeds(error)
    equal(name, user, "the name that was given")
    equal(device.client.currentUsername, user.lowercased(), "names are spelled in lower case, it")
    expect(device.client.isLoggedIn && device.client.isConnected && device.client.isAutoLogin)
    expect(device.client.accessUserToken?.isEmpty == false)
    try device.recorder.wait("connectionStateDidChange", "0")
    fails(device.client.login(withUsername: user, password: Stage.password), 200)
    fails(device.client.changeAppkey("lacuna#other"), 200)
    let config = try require(device.client.getDeviceConfig(nil))
    expect(config.resource?.isEmpty == false)

    let out: EMError? = try answer { device.client.logout(true, completion: $0) }
    succeeds(out)
    expect(!device.client.isLoggedIn && device.client.currentUsername == nil && !device.client.isAutoLogin)
    expect(device.chat.getAllConversations() == nil)
    succeeds(device.client.logout(false))
    var failure: EMError?
    expect(device.client.getDeviceConfig(&failure) == nil)
    fails(failure, 201)
    fails(device.client.renewToken("x"), 201)
    fails(device.client.changeAppkey("nonsense"), 100)
    succeeds(device.client.changeAppkey(Server.appkey))
    try device.login(user)
    expect(device.client.isLoggedIn)
}

private func clientLoginFails() throws {
    let device = try Device()
    let (user, other) = (Stage.newName("anna"), Stage.newName("ben"))
    for name in [user, other] { try Stage.register(name, device.client) }
    fails(device.client.login(withUsername: user, password: "wrong"), 202)
    fails(device.client.login(withUsername: Stage.newName("nobody"), password: "wrong"), 204)
    fails(device.client.login(withUsername: "", password: "wrong"), 101)
    fails(device.client.login(withUsername: user, token: "wrong"), 104)
    expect(!device.client.isLoggedIn)
    try device.login(user)
    fails(device.client.login(withUsername: other, password: Stage.password), 218)
    // Nobody is there.
    let nowhere = try Device(server: "http://127.0.0.1:1")
    let error = nowhere.client.login(withUsername: user, password: Stage.password)
    expect([2, 300].contains(code(error)), "without a server: \(code(error))")
    let (name, failure): (String, EMError?) = try answer { done in
        nowhere.client.login(withUsername: user, token: "token", completion: done)
    }
    equal(name, user)
    expect(failure != nil)
}

private func clientToken() throws {
    let device = try Device()
    let user = Stage.newName("anna")
    try Stage.register(user, device.client)
    let (token, error): (String?, EMError?) = try answer { done in
        device.client.fetchToken(withUsername: user, password: Stage.password, completion: done)
    }
    succeeds(error)
    let (none, wrong): (String?, EMError?) = try answer { done in
        device.client.fetchToken(withUsername: user, password: "wrong", completion: done)
    }
    expect(none == nil)
    fails(wrong, 202)
    succeeds(device.client.login(withUsername: user, token: try require(token)))
    equal(device.client.accessUserToken, token)
    let (next, _): (String?, EMError?) = try answer { done in
        device.client.fetchToken(withUsername: user, password: Stage.password, completion: done)
    }
    let renewed: EMError? = try answer { device.client.renewToken(next ?? "", completion: $0) }
    succeeds(renewed)
    equal(device.client.accessUserToken, next)
    fails(device.client.renewToken("wrong"), 104)
}

/// The next start takes up the login, unless it was ended.
private func clientAgain() throws {
    let device = try Stage.registered(Stage.newName("anna"))
    let user = device.user
    try device.say("note", to: user)
    device.client.close()
    let again = try Device(folder: device.folder)
    equal(try again.recorder.wait("autoLoginDidComplete").first?.of, "0")
    equal(again.client.currentUsername, user)
    equal(again.texts(user), ["note"])
    try again.recorder.wait("connectionStateDidChange", "0")
    succeeds(again.client.logout(false))
    again.client.close()
    let third = try Device(folder: device.folder)
    expect(!third.client.isLoggedIn)
    try third.login(user)
    third.client.options?.isAutoLogin = false
    expect(!third.client.isAutoLogin)
    third.client.close()
    let fourth = try Device(folder: device.folder)
    expect(!fourth.client.isLoggedIn && fourth.recorder.calls("autoLoginDidComplete").isEmpty)
}

private func clientDevices() throws {
    let user = Stage.newName("anna")
    let phone = try Stage.registered(user) { $0.customDeviceName = "a phone" }
    let tablet = try Device { $0.customDeviceName = "a tablet" }.login(user)
    var error: EMError?
    let list = phone.client.getLoggedInDevicesFromServer(withUsername: user, password: Stage.password, error: &error)
    succeeds(error)
    equal(Set((list ?? []).map { $0.resource ?? "" }), [phone.resource, tablet.resource])
    equal(Set((list ?? []).map { $0.deviceName ?? "" }), ["a phone", "a tablet"])
    let others = phone.client.contactManager?.getSelfIdsOnOtherPlatformWithError(&error)
    succeeds(error)
    equal(others, ["\(user)/\(tablet.resource)"])
    expect(phone.client.getLoggedInDevicesFromServer(withUsername: user, password: "wrong", error: &error) == nil)
    fails(error, 202)

    let kicked: EMError? = try answer {
        phone.client.kickDevice(
            withUsername: user, password: Stage.password, resource: tablet.resource, completion: $0)
    }
    succeeds(kicked)
    try tablet.recorder.wait("userAccountDidForced", "217")
    expect(!tablet.client.isLoggedIn)
    try tablet.login(user)
    let token = try require(phone.client.accessUserToken)
    let (after, failure): ([EMDeviceConfig]?, EMError?) = try answer { done in
        phone.client.getLoggedInDevicesFromServer(withUserId: user, token: token, completion: done)
    }
    succeeds(failure)
    equal(after?.count, 2)
    let all: EMError? = try answer { phone.client.kickAllDevices(withUserId: user, token: token, completion: $0) }
    succeeds(all)
    for device in [phone, tablet] { try device.recorder.wait("userAccountDidForced", "217") }
}

/// Afterwards nothing works, and nothing hangs.
private func clientClose() throws {
    let device = try Stage.registered(Stage.newName("anna"))
    try device.say("note", to: device.user)
    let (chat, conversation) = (device.chat, try device.conversation(device.user))
    let ended = Log<Int>()
    for _ in 0..<5 { conversation.removeMessagesFromServer(withTimeStamp: 1) { ended.add(code($0)) } }
    device.client.close()
    equal(ended.all.count, 5, "completions come before close returns; there")
    expect(ended.all.allSatisfy { [0, 201].contains($0) }, "\(ended.all)")
    expect(!device.client.isLoggedIn && device.client.currentUsername == nil)
    let error: EMError? = try answer { conversation.removeMessagesFromServer(withTimeStamp: 1, completion: $0) }
    fails(error, 201)
    var failure: EMError?
    conversation.deleteAllMessages(&failure)
    fails(failure, 201)
    expect(chat.getAllConversations() == nil)
    equal(conversation.messagesCount, 0)
    device.client.close()
}

/// Values that apps compare and store.
private func clientEnums() throws {
    equal(EMErrorCode.noError.rawValue, 0)
    equal(EMErrorCode(rawValue: 505), .serviceNotEnable)
    equal([EMConversationType.chat, .groupChat, .chatRoom].map(\.rawValue), [0, 1, 2])
    let events: [EMMultiDevicesEvent] = [.unknow, .conversationPinned, .conversationUnpinned, .conversationDelete]
    equal(events.map(\.rawValue), [-1, 60, 61, 62])
    equal([EMMessageBodyType.text, .cmd, .custom, .combine].map(\.rawValue), [1, 7, 8, 9])
    equal([EMMessageStatus.pending, .delivering, .succeed, .failed].map(\.rawValue), [0, 1, 2, 3])
    let error = EMError(description: "words", code: .invalidParam)
    equal(error.code.rawValue, 110)
    equal(error.errorDescription, "words")
}
