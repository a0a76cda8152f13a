// Loading and searching messages of this device.

import Foundation
import Lacuna

let searchTests = [
    Test("search/load", searchLoad),
    Test("search/times", searchTimes),
    Test("search/types", searchTypes),
    Test("search/keyword", searchKeyword),
    Test("search/scope", searchScope),
    Test("search/custom", searchCustom),
    Test("search/everywhere", searchEverywhere),
    Test("search/201", search201),
]

private func searchLoad() throws {
    let stage = try Stage()
    let texts = (0..<5).map { "word \($0)" }
    let ids = try stage.talk(texts).map(\.messageId)
    let conversation = try stage.phone.conversation(stage.peer)
    func load(_ id: String?, _ count: Int32, _ direction: EMMessageSearchDirection) -> [String] {
        (conversation.loadMessagesStart(fromId: id, count: count, searchDirection: direction) ?? []).map(textOf)
    }
    equal(load(nil, 2, .up), [texts[3], texts[4]], "the newest")
    equal(load(nil, 2, .down), [texts[0], texts[1]], "the oldest")
    equal(load("", 2, .down), [texts[0], texts[1]])
    equal(load(ids[3], 2, .up), [texts[1], texts[2]], "before one")
    equal(load(ids[1], 2, .down), [texts[2], texts[3]], "after one")
    equal(load(nil, 0, .up), [texts[4]], "no count")
    equal(load(nil, 1000, .up), texts)
    let (later, error): ([EMChatMessage]?, EMError?) = try answer { done in
        conversation.loadMessagesStart(fromId: ids[2], count: 9, searchDirection: .down, completion: done)
    }
    succeeds(error)
    equal(later?.map(textOf), [texts[3], texts[4]])
    var failure: EMError?
    equal(conversation.loadMessage(withId: ids[2], error: &failure)?.messageId, ids[2])
    succeeds(failure)
    expect(conversation.loadMessage(withId: "no such id", error: &failure) == nil)
    fails(failure, 500)
    let note = try stage.phone.say("note", to: stage.anna)
    expect(conversation.loadMessage(withId: note.messageId, error: &failure) == nil, "of another conversation")
    fails(failure, 500)
}

private func searchTimes() throws {
    let stage = try Stage()
    let texts = (0..<5).map { "word \($0)" }
    let messages = try stage.talk(texts)
    let times = messages.map(\.timestamp)
    let conversation = try stage.phone.conversation(stage.peer)
    let inside = texts.indices.filter { times[1]...times[3] ~= times[$0] }.map { texts[$0] }
    equal(conversation.loadMessages(from: times[1], to: times[3], count: 400)?.map(textOf), inside)
    equal(conversation.loadMessages(from: times[0], to: times[4], count: 2)?.map(textOf), [texts[0], texts[1]], "the oldest")
    let (some, error): ([EMChatMessage]?, EMError?) = try answer { done in
        conversation.loadMessages(from: times[1], to: times[3], count: 400, completion: done)
    }
    succeeds(error)
    equal(some?.map(textOf), inside)
    let (_, wrong): ([EMChatMessage]?, EMError?) = try answer { done in
        conversation.loadMessages(from: 5, to: 1, count: 400, completion: done)
    }
    fails(wrong, 110)
    equal(conversation.getMessageCountStart(Int(times[1]), to: Int(times[3])), inside.count)
    equal(conversation.getMessageCountStart(5, to: 1), 0)
    // Before and after a time, that time not included.
    let older = texts.indices.filter { times[$0] < times[2] }.map { texts[$0] }
    let newer = texts.indices.filter { times[$0] > times[2] }.map { texts[$0] }
    for (direction, want) in [(EMMessageSearchDirection.up, older), (.down, newer)] {
        let found = conversation.loadMessages(
            with: .text, timestamp: times[2], count: 9, fromUser: nil, searchDirection: direction)
        equal(found?.map(textOf), want)
    }
}

private func searchTypes() throws {
    let stage = try Stage()
    try stage.phone.say("text", to: stage.peer)
    try stage.phone.send(EMLocationMessageBody(latitude: 1, longitude: 2, address: "here"), to: stage.peer)
    try stage.phone.send(EMCustomMessageBody(event: "order", customExt: nil), to: stage.peer)
    try stage.bob.say("answer", to: stage.anna)
    try stage.phone.recorder.wait(text: "answer")
    let conversation = try stage.phone.conversation(stage.peer)
    func types(_ messages: [EMChatMessage]?) -> [Int] { (messages ?? []).map(\.body.type.rawValue) }
    equal(types(conversation.loadMessages(with: .location, timestamp: -1, count: 9, fromUser: nil, searchDirection: .up)), [4])
    equal(types(conversation.loadMessages(with: .text, timestamp: -1, count: 9, fromUser: nil, searchDirection: .up)), [1, 1])
    let mine = conversation.loadMessages(with: .text, timestamp: -1, count: 9, fromUser: stage.anna, searchDirection: .up)
    equal(mine?.map(textOf), ["text"])
    equal(types(conversation.loadMessages(with: .image, timestamp: -1, count: 9, fromUser: nil, searchDirection: .up)), [])
    for (wanted, found) in [([4, 8], [4, 8]), ([], [1, 4, 8, 1])] {
        let (messages, error): ([EMChatMessage]?, EMError?) = try answer { done in
            conversation.searchMessages(
                withTypes: wanted.map { NSNumber(value: $0) }, timestamp: -1, count: 9, fromUser: nil, searchDirection: .up,
                completion: done)
        }
        succeeds(error)
        equal(types(messages), found)
    }
    let (places, error): ([EMChatMessage]?, EMError?) = try answer { done in
        conversation.loadMessages(
            with: .location, timestamp: -1, count: 9, fromUser: stage.peer, searchDirection: .up, completion: done)
    }
    succeeds(error)
    equal(places?.count, 0)
}

private func searchKeyword() throws {
    let stage = try Stage()
    let texts = ["The grey cat", "A dog, grey as well", "我们明天去爬山", "Greyhounds"]
    let messages = try stage.talk(texts)
    let conversation = try stage.phone.conversation(stage.peer)
    func found(_ word: String?, from user: String? = nil, count: Int32 = 9) -> [String] {
        let found = conversation.loadMessages(
            withKeyword: word, timestamp: -1, count: count, fromUser: user, searchDirection: .up)
        return (found ?? []).map(textOf)
    }
    equal(found("grey"), [texts[0], texts[1], texts[3]])
    equal(found("GREY cat"), [texts[0]])
    equal(found("grey", from: stage.peer), [texts[1], texts[3]])
    equal(found("grey", count: 1), [texts[3]], "the newest")
    equal(found("爬山"), [texts[2]])
    equal(found("bird"), [])
    equal(found(nil), texts)
    let (later, error): ([EMChatMessage]?, EMError?) = try answer { done in
        conversation.loadMessages(
            withKeyword: "grey", timestamp: messages[0].timestamp, count: 9, fromUser: nil, searchDirection: .down,
            completion: done)
    }
    succeeds(error)
    expect(later?.map(textOf).contains(texts[3]) == true && later?.map(textOf).contains(texts[0]) == false)
    for (users, want) in [([stage.peer], [texts[1], texts[3]]), ([stage.peer, stage.anna], [texts[0], texts[1], texts[3]])] {
        let (some, failure): ([EMChatMessage]?, EMError?) = try answer { done in
            conversation.loadMessages(
                withKeyword: "grey", timestamp: -1, count: 9, fromUsers: users, searchDirection: .up, scope: .content,
                completion: done)
        }
        succeeds(failure)
        equal(some?.map(textOf), want)
    }
    let (_, tooMany): ([EMChatMessage]?, EMError?) = try answer { done in
        conversation.loadMessages(
            withKeyword: "grey", timestamp: -1, count: 9, fromUsers: (0..<10).map { "user\($0)" }, searchDirection: .up,
            scope: .content, completion: done)
    }
    fails(tooMany, 110)
}

private func searchScope() throws {
    let stage = try Stage()
    try stage.phone.say("blue in the text", to: stage.peer)
    try stage.phone.say("another", to: stage.peer, ext: ["colour": "blue"])
    let conversation = try stage.phone.conversation(stage.peer)
    for (scope, want) in [
        (EMMessageSearchScope.content, ["blue in the text"]), (.ext, ["another"]), (.all, ["blue in the text", "another"]),
    ] {
        let (found, error): ([EMChatMessage]?, EMError?) = try answer { done in
            conversation.loadMessages(
                withKeyword: "blue", timestamp: -1, count: 9, fromUser: nil, searchDirection: .up, scope: scope,
                completion: done)
        }
        succeeds(error)
        equal(found?.map(textOf), want)
        let (every, failure): ([EMChatMessage]?, EMError?) = try answer { done in
            stage.phone.chat.loadMessages(
                withKeyword: "blue", timestamp: -1, count: 9, fromUser: nil, searchDirection: .up, scope: scope,
                completion: done)
        }
        succeeds(failure)
        equal(every?.map(textOf), want)
    }
}

private func searchCustom() throws {
    let stage = try Stage()
    try stage.phone.say("order by text", to: stage.peer)
    let message = try stage.phone.send(EMCustomMessageBody(event: "order", customExt: ["item": "tea"]), to: stage.peer)
    let conversation = try stage.phone.conversation(stage.peer)
    for word in ["order", "tea"] {
        let found = conversation.loadCustomMsg(
            withKeyword: word, timestamp: -1, count: 9, fromUser: nil, searchDirection: .up)
        equal(found?.map(\.messageId), [message.messageId], word)
    }
    let (none, error): ([EMChatMessage]?, EMError?) = try answer { done in
        conversation.loadCustomMsg(
            withKeyword: "coffee", timestamp: -1, count: 9, fromUser: nil, searchDirection: .up, completion: done)
    }
    succeeds(error)
    equal(none?.count, 0)
}

private func searchEverywhere() throws {
    let stage = try Stage()
    let talk = try stage.talk(["grey one", "grey two"])
    let note = try stage.phone.say("grey note", to: stage.anna)
    let chat = stage.phone.chat
    let found = chat.loadMessages(withKeyword: "grey", timestamp: -1, count: 9, fromUser: nil, searchDirection: .up)
    equal(found?.map(textOf), ["grey one", "grey two", "grey note"])
    equal(chat.loadMessages(with: .text, timestamp: -1, count: 2, fromUser: nil, searchDirection: .up)?.count, 2)
    let (types, _): ([EMChatMessage]?, EMError?) = try answer { done in
        chat.searchMessages(
            withTypes: [1, 4], timestamp: -1, count: 9, fromUser: stage.peer, searchDirection: .up, completion: done)
    }
    equal(types?.map(textOf), ["grey two"])
    let (ids, error): ([String: [String]]?, EMError?) = try answer { done in
        chat.loadConversationMessages(
            withKeyword: "grey", timestamp: -1, fromUser: nil, searchDirection: .up, scope: .content, completion: done)
    }
    succeeds(error)
    equal(ids, [stage.peer: talk.map(\.messageId), stage.anna: [note.messageId]])
}

/// Without a login the synchronous ones give nil, the others say why.
private func search201() throws {
    let stage = try Stage()
    try stage.talk(["grey"])
    let conversation = try stage.phone.conversation(stage.peer)
    succeeds(stage.phone.client.logout(false))
    expect(conversation.loadMessagesStart(fromId: nil, count: 1, searchDirection: .up) == nil)
    expect(
        conversation.loadMessages(withKeyword: "grey", timestamp: -1, count: 1, fromUser: nil, searchDirection: .up) == nil)
    expect(conversation.loadMessages(from: 1, to: 2, count: 1) == nil && conversation.lastReceivedMessage() == nil)
    expect(conversation.latestMessage == nil)
    var error: EMError?
    expect(conversation.loadMessage(withId: "1", error: &error) == nil)
    fails(error, 201)
    let (none, failure): ([EMChatMessage]?, EMError?) = try answer { done in
        conversation.loadMessagesStart(fromId: nil, count: 1, searchDirection: .up, completion: done)
    }
    expect(none == nil)
    fails(failure, 201)
    let (_, times): ([EMChatMessage]?, EMError?) = try answer { done in
        conversation.loadMessages(from: 5, to: 1, count: 1, completion: done)
    }
    fails(times, 201)
}
