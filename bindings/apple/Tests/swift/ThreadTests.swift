// Threads: who calls whom where, and many at once.

import Foundation
import Lacuna

let threadTests = [
    Test("thread/completions", threadCompletions),
    Test("thread/from-main", threadFromMain),
    Test("thread/many", threadMany),
    Test("thread/delegates", threadDelegates),
    Test("thread/close", threadClose),
]

/// Completions run on one thread that is nobody else's, one at a time, even where the answer is known at once.
private func threadCompletions() throws {
    let stage = try Stage()
    let conversation = try stage.phone.conversation(stage.peer)
    let threads = Log<ObjectIdentifier>()
    let running = Log<Int>()
    let lock = NSLock()
    let caller = Thread.current
    for nth in 0..<50 {
        let ids = nth % 2 == 0 ? [] : ["\(nth)"]
        conversation.removeMessages(fromServerMessageIds: ids) { _ in
            running.add(lock.try() ? 1 : 2)
            expect(Thread.current != caller && !Thread.isMainThread)
            threads.add(ObjectIdentifier(Thread.current))
            lock.unlock()
        }
    }
    try threads.wait(count: 50)
    equal(Set(running.all), [1], "completions at a time")
    equal(Set(threads.all).count, 1, "threads")
}

/// An app calls from the main thread, in its delegates, too.
private func threadFromMain() throws {
    let stage = try Stage()
    let messages = try stage.talk(["one", "two"])
    let ended = Log<(Int, Bool)>()
    let conversation = try stage.phone.conversation(stage.peer)
    DispatchQueue.main.async {
        var called = false
        conversation.removeMessages(fromServerMessageIds: [messages[0].messageId]) { error in
            let onMain = Thread.isMainThread
            DispatchQueue.main.async {
                called = true
                ended.add((code(error), onMain))
            }
        }
        // A blocking call on the main thread while a completion is on its way.
        conversation.markAllMessages(asRead: nil)
        conversation.removeMessagesStart(1, to: 2)
        expect(!called, "on the caller's stack")
    }
    let (number, onMain) = try ended.wait(count: 1)[0]
    equal(number, 0)
    expect(!onMain)
    equal(stage.phone.texts(stage.peer), ["two"])
}

/// Eight threads use one client for everything.
private func threadMany() throws {
    let stage = try Stage()
    let (sent, done) = (Log<String>(), Log<Void>())
    for thread in 0..<8 {
        Thread.detachNewThread {
            for nth in 0..<5 {
                let text = "\(thread) \(nth)"
                let message = EMChatMessage(conversationID: stage.peer, body: EMTextMessageBody(text: text), ext: nil)
                stage.phone.chat.send(message, progress: nil) { message, error in
                    succeeds(error)
                    if let message, textOf(message) == text { sent.add(message.messageId) }
                }
                let conversation = stage.phone.chat.getConversation(stage.peer, type: .chat, createIfNotExist: true)
                _ = conversation?.messagesCount
                _ = conversation?.latestMessage
                _ = stage.phone.chat.getAllConversations(true)
                _ = conversation?.loadMessages(
                    withKeyword: "\(thread)", timestamp: -1, count: 9, fromUser: nil, searchDirection: .up)
                expect(conversation?.removeMessagesStart(1, to: 2) == nil)
            }
            done.add(())
        }
    }
    try done.wait(count: 8)
    let ids = try sent.wait(count: 40)
    equal(Set(ids).count, 40)
    equal(Set(stage.phone.texts(stage.peer)).count, 40)
    try stage.quiet()
    equal(stage.bob.texts(stage.anna).count, 40)
    // All of them delete at once, each its own.
    let deleted = Log<Int>()
    let conversation = try stage.phone.conversation(stage.peer)
    for thread in 0..<8 {
        Thread.detachNewThread {
            conversation.removeMessages(fromServerMessageIds: Array(ids[thread * 5..<thread * 5 + 5])) { deleted.add(code($0)) }
        }
    }
    equal(try deleted.wait(count: 8), Array(repeating: 0, count: 8))
    try stage.quiet()
    equal(stage.phone.texts(stage.peer) + stage.tablet.texts(stage.peer), [])
    // Deletions that a device reads together are told together.
    expect(1...8 ~= stage.tablet.recorder.calls("multiDevicesMessageBeRemoved").count)
    equal(stage.bob.texts(stage.anna).count, 40)
}

/// Delegates come and go while messages do.
private func threadDelegates() throws {
    let stage = try Stage()
    let done = Log<Void>()
    let stop = Log<Void>()
    for _ in 0..<4 {
        Thread.detachNewThread {
            while stop.all.isEmpty {
                let recorder = Recorder()
                stage.phone.chat.add(recorder as EMChatManagerDelegate, delegateQueue: stage.phone.queue)
                stage.phone.client.addMultiDevices(delegate: recorder, queue: nil)
                stage.phone.chat.remove(recorder as EMChatManagerDelegate)
            }
            done.add(())
        }
    }
    let texts = (0..<20).map { "word \($0)" }
    for text in texts { try stage.bob.say(text, to: stage.anna) }
    try stage.quiet()
    stop.add(())
    try done.wait(count: 4)
    let got = stage.phone.recorder.calls("messagesDidReceive").flatMap(\.messages).map(textOf)
    equal(got, texts)
}

/// A client is closed while other threads use it: every call ends.
private func threadClose() throws {
    let device = try Stage.registered(Stage.newName("anna"))
    let conversation = try device.conversation(device.user)
    let (ended, calls, started) = (Log<Int>(), Log<Void>(), Log<Void>())
    for _ in 0..<4 {
        Thread.detachNewThread {
            for nth in 0..<20 {
                if nth == 2 { started.add(()) }
                conversation.removeMessages(fromServerMessageIds: ["\(nth)"]) { ended.add(code($0)) }
                _ = conversation.messagesCount
                _ = device.client.chatManager?.getAllConversations()
                calls.add(())
            }
        }
    }
    try started.wait(count: 4)
    device.client.close()
    try calls.wait(count: 80)
    try ended.wait(count: 80)
    equal(ended.all.count, 80)
    expect(ended.all.allSatisfy { [0, 201].contains($0) }, "\(Set(ended.all))")
}
