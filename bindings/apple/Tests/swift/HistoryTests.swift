// The user's history on the server.

import Foundation
import Lacuna

let historyTests = [
    Test("history/pages", historyPages),
    Test("history/options", historyOptions),
    Test("history/saved", historySaved),
    Test("history/fails", historyFails),
]

private typealias PageOf = EMCursorResult<EMChatMessage>

private func historyPages() throws {
    let stage = try Stage()
    let texts = (0..<5).map { "word \($0)" }
    try stage.talk(texts)
    var (cursor, pages): (String?, [[String]]) = (nil, [])
    repeat {
        let (page, error): (PageOf?, EMError?) = try answer { done in
            stage.tablet.chat.fetchMessagesFromServer(
                by: stage.peer, conversationType: .chat, cursor: cursor, pageSize: 2, option: nil, completion: done)
        }
        succeeds(error)
        pages.append((page?.list ?? []).map(textOf))
        cursor = page?.cursor
    } while cursor?.isEmpty == false && pages.count < 9
    equal(pages.filter { !$0.isEmpty }, [[texts[4], texts[3]], [texts[2], texts[1]], [texts[0]]], "newest first:")
    // From a message, in both directions.
    let ids = try stage.phone.conversation(stage.peer).loadMessagesStart(fromId: nil, count: 9, searchDirection: .up)?
        .map(\.messageId)
    let middle = try require(ids?[2])
    for (direction, want) in [(EMMessageFetchHistoryDirection.up, [texts[1], texts[0]]), (.down, [texts[3], texts[4]])] {
        let (page, error): (PageOf?, EMError?) = try answer { done in
            stage.tablet.chat.asyncFetchHistoryMessages(
                fromServer: stage.peer, conversationType: .chat, startMessageId: middle, fetch: direction, pageSize: 9,
                completion: done)
        }
        succeeds(error)
        equal(page?.list?.map(textOf), want)
        var failure: EMError?
        let now = stage.tablet.chat.fetchHistoryMessages(
            fromServer: stage.peer, conversationType: .chat, startMessageId: middle, fetch: direction, pageSize: 1,
            error: &failure)
        succeeds(failure)
        equal(now?.list?.map(textOf), [want[0]])
    }
}

private func historyOptions() throws {
    let stage = try Stage()
    let texts = (0..<4).map { "word \($0)" }
    let messages = try stage.talk(texts)
    try stage.phone.send(EMLocationMessageBody(latitude: 1, longitude: 2, address: nil), to: stage.peer)
    func fetched(_ change: (EMFetchServerMessagesOption) -> Void) throws -> [String] {
        let option = EMFetchServerMessagesOption()
        equal([option.startTime, option.endTime], [-1, -1])
        equal(option.direction, .up)
        expect(!option.isSave && option.from == nil && option.fromIds == nil && option.msgTypes == nil)
        change(option)
        let (page, error): (PageOf?, EMError?) = try answer { done in
            stage.phone.chat.fetchMessagesFromServer(
                by: stage.peer, conversationType: .chat, cursor: "", pageSize: 50, option: option, completion: done)
        }
        succeeds(error)
        return (page?.list ?? []).filter { $0.body.type == .text }.map(textOf)
    }
    equal(try fetched { $0.direction = .down }, texts)
    equal(try fetched { $0.from = stage.peer }, [texts[3], texts[1]])
    equal(try fetched { $0.fromIds = [stage.peer] }, [texts[3], texts[1]])
    equal(try fetched { ($0.from, $0.fromIds) = (stage.anna, [stage.peer, stage.anna]) }, [texts[2], texts[0]])
    equal(try fetched { $0.fromIds = [stage.peer, stage.anna] }.count, 4)
    equal(try fetched { $0.msgTypes = [4] }, [])
    equal(try fetched { $0.msgTypes = [1, 4] }.count, 4)
    let (start, end) = (messages[1].timestamp, messages[2].timestamp)
    let inside = texts.indices.filter { start...end ~= messages[$0].timestamp }.map { texts[$0] }
    equal(try fetched { ($0.startTime, $0.endTime, $0.direction) = (Int(start), Int(end), .down) }, inside)
}

/// A device that has nothing fetches what there is; asked to, it keeps it.
private func historySaved() throws {
    let stage = try Stage()
    let texts = (0..<3).map { "word \($0)" }
    try stage.talk(texts)
    let fresh = try Device().login(stage.anna)
    try stage.quiet()
    let conversation = try fresh.conversation(stage.peer)
    conversation.deleteAllMessages(nil)
    equal(fresh.texts(stage.peer), [])
    let option = EMFetchServerMessagesOption()
    option.isSave = true
    let (page, error): (PageOf?, EMError?) = try answer { done in
        fresh.chat.fetchMessagesFromServer(
            by: stage.peer, conversationType: .chat, cursor: nil, pageSize: 2, option: option, completion: done)
    }
    succeeds(error)
    equal(page?.list?.count, 2)
    equal(fresh.texts(stage.peer), [texts[1], texts[2]])
    let (_, failure): (PageOf?, EMError?) = try answer { done in
        fresh.chat.asyncFetchHistoryMessages(
            fromServer: stage.peer, conversationType: .chat, startMessageId: nil, pageSize: 50, completion: done)
    }
    succeeds(failure)
    equal(fresh.texts(stage.peer), texts)
    equal(fresh.found("word", stage.peer), texts)
}

private func historyFails() throws {
    let device = try Stage.registered(Stage.newName("anna"))
    func fetched(_ id: String, _ type: EMConversationType, _ size: UInt) throws -> Int {
        let (page, error): (PageOf?, EMError?) = try answer { done in
            device.chat.fetchMessagesFromServer(
                by: id, conversationType: type, cursor: nil, pageSize: size, option: nil, completion: done)
        }
        expect((page == nil) == (error != nil))
        return code(error)
    }
    equal(try fetched(device.user, .chat, 50), 0)
    for size: UInt in [0, 51, UInt.max] { equal(try fetched(device.user, .chat, size), 110, "\(size)") }
    equal(try fetched("", .chat, 20), 110)
    equal(try fetched("room", .chatRoom, 20), 505)
    succeeds(device.client.logout(false))
    equal(try fetched("room", .chatRoom, 0), 201)
    var error: EMError?
    let page = device.chat.fetchHistoryMessages(
        fromServer: "", conversationType: .chat, startMessageId: nil, pageSize: 0, error: &error)
    expect(page == nil)
    fails(error, 201)
}
