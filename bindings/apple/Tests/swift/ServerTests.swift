// What comes from the server's side: its API, and a connection that is lost.

import Foundation
import Lacuna

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

let serverTests = [
    Test("server/api-deletes", serverApiDeletes),
    Test("server/api-removes-user", serverApiRemovesUser),
    Test("server/api-changes-password", serverApiChangesPassword),
    Test("server/cut", serverCut),
]

/// A call of the server's API, with the app's token unless it is asked for one.
private func api(_ method: String, _ path: String, _ body: [String: String]? = nil, token: String? = nil) throws -> [String: Any] {
    var request = URLRequest(url: try require(URL(string: "\(Server.url)/lacuna/demo/\(path)")))
    request.httpMethod = method
    request.setValue("application/json", forHTTPHeaderField: "Content-Type")
    if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
    if let body { request.httpBody = try JSONSerialization.data(withJSONObject: body) }
    let answers = Log<(Data?, Int)>()
    URLSession.shared.dataTask(with: request) { data, response, _ in
        answers.add((data, (response as? HTTPURLResponse)?.statusCode ?? 0))
    }.resume()
    let (data, status) = try answers.wait(count: 1)[0]
    equal(status, 200, "\(method) \(path) \(String(data: data ?? Data(), encoding: .utf8) ?? "")")
    return try JSONSerialization.jsonObject(with: data ?? Data()) as? [String: Any] ?? [:]
}

private func appToken() throws -> String {
    let asked = ["grant_type": "client_credentials", "client_id": "demo", "client_secret": "demo-secret"]
    return try require(api("POST", "token", asked)["access_token"] as? String)
}

/// What the server's API deletes leaves all devices; no device did it, so its id is empty.
private func serverApiDeletes() throws {
    let stage = try Stage()
    let messages = try stage.talk(["word 0", "word 1"])
    for device in [stage.phone, stage.tablet] {
        device.recorder.look = { [unowned device] in device.texts(stage.peer) }
    }
    let query = "userId=\(stage.peer)&msgIdList=\(messages[0].messageId)"
    _ = try api("DELETE", "rest/message/roaming/chat/user/\(stage.anna)?\(query)", token: appToken())
    for device in [stage.phone, stage.tablet] {
        let told = try device.recorder.wait("multiDevicesMessageBeRemoved")
        equal(told.map(\.of), ["\(stage.peer) "])
        equal(told[0].seen, ["word 1"])
    }
    equal(try stage.bob.history(stage.anna).count, 2)
}

private func serverApiRemovesUser() throws {
    let device = try Stage.registered(Stage.newName("anna"))
    _ = try api("DELETE", "users/\(device.user)", token: appToken())
    try device.recorder.wait("userAccountDidRemoveFromServer")
    expect(!device.client.isLoggedIn)
    fails(device.client.login(withUsername: device.user, password: Stage.password), 204)
}

private func serverApiChangesPassword() throws {
    let device = try Stage.registered(Stage.newName("anna"))
    _ = try api("PUT", "users/\(device.user)/password", ["newpassword": "another"], token: appToken())
    try device.recorder.wait("userAccountDidForced", "216")
    fails(device.client.login(withUsername: device.user, password: Stage.password), 202)
    succeeds(device.client.login(withUsername: device.user, password: "another"))
}

/// Without a server a deletion on it fails, and what is here stays here; a deletion on this device needs none.
private func serverCut() throws {
    let proxy = try Proxy()
    let stage = try Stage(server: proxy.url)
    let texts = ["word 0", "word 1"]
    let messages = try stage.talk(texts)
    let conversation = try stage.phone.conversation(stage.peer)
    proxy.cut()
    let byId: EMError? = try answer {
        conversation.removeMessages(fromServerMessageIds: messages.map(\.messageId), completion: $0)
    }
    expect([2, 300, 301, 302, 303].contains(code(byId)), "ended with \(code(byId))")
    let byTime: EMError? = try answer {
        conversation.removeMessagesFromServer(withTimeStamp: TimeInterval(messages[1].timestamp), completion: $0)
    }
    expect([2, 300, 301, 302, 303].contains(code(byTime)), "ended with \(code(byTime))")
    equal(stage.phone.texts(stage.peer), texts, "the local store")
    try stage.phone.recorder.wait("connectionStateDidChange", "1")
    expect(stage.phone.client.isLoggedIn && !stage.phone.client.isConnected)
    var failure: EMError?
    conversation.deleteMessage(withId: messages[0].messageId, error: &failure)
    succeeds(failure)
    equal(stage.phone.texts(stage.peer), [texts[1]])
    // The server has everything: another way to it.
    let fresh = try Device().login(stage.anna)
    equal(try fresh.history(stage.peer), texts)
}
