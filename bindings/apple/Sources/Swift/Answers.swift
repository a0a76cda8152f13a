// The trampolines: for each kind of answer of the C library one function that takes a boxed Receive over and calls it once.

import CLacuna

/// A kind of answer, and the function that the C library gives it to.
struct Answer<Value, Done> {
    let done: Done
}

/// A page of something.
struct Page<Item> {
    let items: [Item]
    let cursor: String?
}

/// A conversation, as the store or the server has it at one moment.
struct ConversationRow {
    let type: EMConversationType
    let id: String
    let unread: Int64
    let pinnedAt: Int64
    let ext: [AnyHashable: Any]?
    let latest: EMChatMessage?
}

/// A member of a group.
struct MemberRow {
    let name: String
    let isOwner: Bool
}

private func give<Value>(_ context: UnsafeMutableRawPointer?, _ error: OpaquePointer?, _ value: () -> Value?) {
    guard let receive = Box<Receive<Value>>.take(context) else { return }
    if let error = EMError(error) {
        receive(nil, error)
    } else {
        receive(value(), nil)
    }
}

extension Answer where Value == Void, Done == LacunaDone {
    static var none: Self { Self(done: { context, error in give(context, error) { () } }) }
}

extension Answer where Value == String, Done == LacunaTextDone {
    static var text: Self {
        Self(done: { context, given, error in give(context, error) { Lacuna.text(given) } })
    }
}

extension Answer where Value == Int64, Done == LacunaCountDone {
    static var count: Self { Self(done: { context, count, error in give(context, error) { count } }) }
}

extension Answer where Value == Page<EMChatMessage>, Done == LacunaMessagesDone {
    static var messages: Self {
        Self(done: { context, list, error in give(context, error) { list.map { Page($0.pointee) } } })
    }
}

extension Answer where Value == Page<ConversationRow>, Done == LacunaConversationsDone {
    static var conversations: Self {
        Self(done: { context, list, error in
            give(context, error) {
                list.map { list in
                    let rows = UnsafeBufferPointer(start: list.pointee.items, count: list.pointee.count)
                    return Page(items: rows.map(ConversationRow.init), cursor: Lacuna.text(list.pointee.cursor))
                }
            }
        })
    }
}

extension Answer where Value == [EMGroup], Done == LacunaGroupsDone {
    static var groups: Self {
        Self(done: { context, list, error in
            give(context, error) {
                list.map { UnsafeBufferPointer(start: $0.pointee.items, count: $0.pointee.count).map(EMGroup.init) }
            }
        })
    }
}

extension Answer where Value == [MemberRow], Done == LacunaMembersDone {
    static var members: Self {
        Self(done: { context, list, error in
            give(context, error) {
                list.map { list in
                    let rows = UnsafeBufferPointer(start: list.pointee.items, count: list.pointee.count)
                    return rows.map { MemberRow(name: Lacuna.text($0.name) ?? "", isOwner: $0.is_owner) }
                }
            }
        })
    }
}

extension Answer where Value == [EMDeviceConfig], Done == LacunaDevicesDone {
    static var devices: Self {
        Self(done: { context, list, error in
            give(context, error) {
                list.map { UnsafeBufferPointer(start: $0.pointee.items, count: $0.pointee.count).map(EMDeviceConfig.init) }
            }
        })
    }
}

extension Page where Item == EMChatMessage {
    /// Messages of the C library.
    init(_ list: LacunaMessages) {
        items = UnsafeBufferPointer(start: list.items, count: list.count).map(EMChatMessage.init)
        cursor = text(list.cursor)
    }

    /// As apps are given it.
    var result: EMCursorResult<EMChatMessage> { EMCursorResult(list: items, andCursor: cursor) }
}

extension ConversationRow {
    /// A conversation of the C library.
    init(_ row: LacunaConversation) {
        type = EMConversationType(rawValue: Int(row.chat_type)) ?? .chat
        id = text(row.id) ?? ""
        unread = row.unread
        pinnedAt = row.pinned_at
        ext = object(text(row.ext))
        latest = row.latest.map { EMChatMessage($0.pointee) }
    }
}
