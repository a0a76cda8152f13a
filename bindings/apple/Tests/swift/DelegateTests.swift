// Delegates: any number, each on its queue, in order, held weakly.

import Foundation
import Lacuna

let delegateTests = [
    Test("delegate/many", delegateMany),
    Test("delegate/queues", delegateQueues),
    Test("delegate/main", delegateMain),
    Test("delegate/weak", delegateWeak),
    Test("delegate/remove", delegateRemove),
    Test("delegate/partial", delegatePartial),
    Test("delegate/connection", delegateConnection),
    Test("delegate/list", delegateList),
    Test("delegate/command", delegateCommand),
]

private func delegateMany() throws {
    let stage = try Stage()
    let more = (0..<3).map { _ in Recorder() }
    for recorder in more {
        // Twice: it counts once.
        for _ in 0..<2 {
            stage.phone.chat.add(recorder as EMChatManagerDelegate, delegateQueue: stage.phone.queue)
            stage.phone.client.addMultiDevices(delegate: recorder, queue: stage.phone.queue)
        }
    }
    let texts = (0..<20).map { "word \($0)" }
    var ids: [String] = []
    for text in texts { try ids.append(stage.bob.say(text, to: stage.anna).messageId) }
    let conversation = try stage.tablet.conversation(stage.peer)
    try stage.tablet.recorder.wait(text: texts[19])
    for id in ids[..<3] {
        let error: EMError? = try answer { conversation.removeMessages(fromServerMessageIds: [id], completion: $0) }
        succeeds(error)
        // One after the other: deletions that a device reads together are told together.
        try stage.quiet()
    }
    for recorder in more + [stage.phone.recorder] {
        equal(recorder.told.all.filter { $0.what == "messagesDidReceive" }.flatMap(\.messages).map(textOf), texts, "in order:")
        let removed = recorder.calls("multiDevicesMessageBeRemoved")
        equal(removed.map(\.of), Array(repeating: "\(stage.peer) \(stage.tablet.resource)", count: 3))
    }
    equal(stage.tablet.recorder.calls("multiDevicesMessageBeRemoved").count, 0)
}

private func delegateQueues() throws {
    let stage = try Stage()
    let (one, two) = (Recorder(), Recorder())
    stage.phone.chat.add(one as EMChatManagerDelegate, delegateQueue: Recorder.queue("one"))
    stage.phone.chat.add(two as EMChatManagerDelegate, delegateQueue: Recorder.queue("two"))
    try stage.bob.say("first", to: stage.anna)
    for recorder in [one, two, stage.phone.recorder] { try recorder.wait(text: "first") }
    // A queue that is busy holds nobody else up.
    let gate = DispatchSemaphore(value: 0)
    let busy = Recorder.queue("busy")
    busy.async { gate.wait() }
    stage.phone.chat.add(two as EMChatManagerDelegate, delegateQueue: busy)
    try stage.bob.say("second", to: stage.anna)
    for recorder in [one, stage.phone.recorder] { try recorder.wait(text: "second") }
    expect(two.told.all.allSatisfy { !$0.of.contains("second") })
    gate.signal()
    try two.wait(text: "second")
    func queues(_ recorder: Recorder) -> [String] { recorder.calls("messagesDidReceive").map(\.queue) }
    equal(queues(one), ["one", "one"])
    equal(queues(two), ["two", "busy"])
    equal(queues(stage.phone.recorder), ["delegates", "delegates"])
}

/// nil is the main queue, and there a delegate may make calls that block.
private func delegateMain() throws {
    let stage = try Stage()
    let recorder = Recorder()
    recorder.look = { [unowned phone = stage.phone] in phone.texts(stage.peer) }
    stage.phone.chat.add(recorder as EMChatManagerDelegate, delegateQueue: nil)
    stage.phone.client.addMultiDevices(delegate: recorder, queue: nil)
    let message = try stage.bob.say("first", to: stage.anna)
    try recorder.wait(text: "first")
    try stage.tablet.recorder.wait(text: "first")
    let conversation = try stage.tablet.conversation(stage.peer)
    let error: EMError? = try answer {
        conversation.removeMessages(fromServerMessageIds: [message.messageId], completion: $0)
    }
    succeeds(error)
    try recorder.wait("multiDevicesMessageBeRemoved")
    equal(Set(recorder.told.all.map(\.queue)), ["main"])
    equal(try recorder.wait("messagesDidReceive")[0].seen, ["first"])
    equal(recorder.calls("multiDevicesMessageBeRemoved")[0].seen, [])
}

private func delegateWeak() throws {
    let stage = try Stage()
    weak var gone: Recorder?
    let last = Log<Void>()
    do {
        let recorder = Recorder()
        gone = recorder
        stage.phone.chat.add(recorder as EMChatManagerDelegate, delegateQueue: stage.phone.queue)
        stage.phone.client.addMultiDevices(delegate: recorder, queue: stage.phone.queue)
        stage.phone.client.add(recorder as EMClientDelegate, delegateQueue: stage.phone.queue)
        stage.phone.groups.add(recorder as EMGroupManagerDelegate, delegateQueue: stage.phone.queue)
        try stage.bob.say("first", to: stage.anna)
        try recorder.wait(text: "first")
        // What is on the queue already holds it.
        stage.phone.queue.async { last.add(()) }
        try last.wait(count: 1)
    }
    stage.phone.queue.sync {}
    expect(gone == nil, "a delegate is held")
    try stage.bob.say("second", to: stage.anna)
    try stage.phone.recorder.wait(text: "second")
}

private func delegateRemove() throws {
    let stage = try Stage()
    let recorder = Recorder()
    let phone = stage.phone
    phone.chat.add(recorder as EMChatManagerDelegate, delegateQueue: phone.queue)
    phone.client.addMultiDevices(delegate: recorder, queue: phone.queue)
    let message = try stage.bob.say("first", to: stage.anna)
    try recorder.wait(text: "first")
    try stage.tablet.recorder.wait(text: "first")
    phone.chat.remove(recorder as EMChatManagerDelegate)
    phone.client.remove(recorder as EMMultiDevicesDelegate)
    phone.client.remove(recorder as EMMultiDevicesDelegate)
    phone.queue.sync {}
    recorder.told.clear()
    let conversation = try stage.tablet.conversation(stage.peer)
    let error: EMError? = try answer {
        conversation.removeMessages(fromServerMessageIds: [message.messageId], completion: $0)
    }
    succeeds(error)
    try stage.bob.say("second", to: stage.anna)
    try phone.recorder.wait(text: "second")
    try phone.recorder.wait("multiDevicesMessageBeRemoved")
    phone.queue.sync {}
    equal(recorder.told.all.count, 0)
}

/// A delegate has only the methods that it wants.
private final class OneMethod: NSObject, EMMultiDevicesDelegate, EMChatManagerDelegate, EMClientDelegate, EMGroupManagerDelegate {
    let removed = Log<String>()
    func multiDevicesMessageBeRemoved(_ conversationId: String, deviceId: String) { removed.add(conversationId) }
}

private func delegatePartial() throws {
    let stage = try Stage()
    let delegate = OneMethod()
    stage.tablet.client.add(delegate as EMClientDelegate, delegateQueue: nil)
    stage.tablet.client.addMultiDevices(delegate: delegate, queue: nil)
    stage.tablet.chat.add(delegate as EMChatManagerDelegate, delegateQueue: nil)
    stage.tablet.groups.add(delegate as EMGroupManagerDelegate, delegateQueue: nil)
    let messages = try stage.talk(["one", "two"])
    let conversation = try stage.phone.conversation(stage.peer)
    let error: EMError? = try answer {
        conversation.removeMessagesFromServer(withTimeStamp: TimeInterval(messages[1].timestamp), completion: $0)
    }
    succeeds(error)
    equal(try delegate.removed.wait(count: 1), [stage.peer])
}

private func delegateConnection() throws {
    let device = try Stage.registered(Stage.newName("anna"))
    try device.recorder.wait("connectionStateDidChange", "0")
    succeeds(device.client.logout(false))
    device.queue.sync {}
    let first = device.recorder.calls("connectionStateDidChange").count
    try device.login(device.user)
    try device.recorder.told.wait("a connection") { told in
        let states = told.filter { $0.what == "connectionStateDidChange" }
        return states.count > first && states.last?.of == "0"
    }
    // The account goes, and the device is told.
    let all: EMError? = try answer {
        device.client.kickAllDevices(withUsername: device.user, password: Stage.password, completion: $0)
    }
    succeeds(all)
    try device.recorder.wait("userAccountDidForced", "217")
    expect(!device.client.isLoggedIn)
    equal(device.recorder.calls("userAccountDidForced").count, 1)
}

private func delegateList() throws {
    let stage = try Stage()
    let messages = try stage.talk(["one", "two"])
    try stage.quiet()
    stage.forgetTold()
    let conversation = try stage.phone.conversation(stage.peer)
    let error: EMError? = try answer {
        conversation.removeMessages(fromServerMessageIds: messages.map(\.messageId), completion: $0)
    }
    succeeds(error)
    for device in [stage.phone, stage.tablet] { try device.recorder.wait("conversationListDidUpdate", "") }
    try stage.bob.say("three", to: stage.anna)
    for device in [stage.phone, stage.tablet] { try device.recorder.wait("conversationListDidUpdate", stage.peer) }
}

/// A command is on no list: sending one changes none.
private func delegateCommand() throws {
    let stage = try Stage()
    try stage.quiet()
    stage.forgetTold()
    try stage.phone.send(EMCmdMessageBody(action: "x"), to: stage.peer)
    try stage.quiet()
    stage.phone.queue.sync {}
    equal(stage.phone.recorder.calls("conversationListDidUpdate").count, 0)
}
