// Between the C library's values and Swift's.

import CLacuna
import Foundation

/// Keeps what a call points at until the call has returned.
final class Arena {
    private var blocks: [UnsafeMutableRawPointer] = []

    deinit { blocks.forEach { free($0) } }

    /// Makes an arena for the length of a call.
    static func during<Value>(_ body: (Arena) -> Value) -> Value {
        let arena = Arena()
        return withExtendedLifetime(arena) { body(arena) }
    }

    /// A text; NULL for nil.
    func text(_ text: String?) -> UnsafePointer<CChar>? {
        guard let text, let copy = strdup(text) else { return nil }
        blocks.append(copy)
        return UnsafePointer(copy)
    }

    /// Values one after the other; NULL for none.
    func array<Value>(_ values: [Value]) -> UnsafePointer<Value>? {
        guard !values.isEmpty else { return nil }
        let bytes = MemoryLayout<Value>.stride * values.count
        guard let block = malloc(bytes) else { return nil }
        blocks.append(block)
        let start = block.bindMemory(to: Value.self, capacity: values.count)
        start.initialize(from: values, count: values.count)
        return UnsafePointer(start)
    }

    /// A list of texts; NULL for none.
    func texts(_ texts: [String]) -> UnsafePointer<UnsafePointer<CChar>?>? {
        array(texts.map { self.text($0) })
    }
}

/// A text of the C library; nil for NULL.
func text(_ text: UnsafePointer<CChar>?) -> String? {
    text.map { String(cString: $0) }
}

/// Texts of the C library.
func texts(_ texts: UnsafePointer<UnsafePointer<CChar>?>?, _ count: Int) -> [String] {
    UnsafeBufferPointer(start: texts, count: count).map { text($0) ?? "" }
}

/// A text that the C library gave away: frees it.
func owned(_ given: UnsafeMutablePointer<CChar>?) -> String? {
    defer { lacuna_string_free(given) }
    return text(UnsafePointer(given))
}

/// The app's own data as JSON; nil for none. What no JSON can hold becomes a text that the C library refuses with 110.
func json(_ ext: [AnyHashable: Any]?) -> String? {
    guard let ext, !ext.isEmpty else { return nil }
    let refused = "not JSON"
    var object: [String: Any] = [:]
    for (name, value) in ext {
        guard let name = name as? String else { return refused }
        object[name] = value
    }
    guard JSONSerialization.isValidJSONObject(object),
        let data = try? JSONSerialization.data(withJSONObject: object)
    else { return refused }
    return String(data: data, encoding: .utf8) ?? refused
}

/// The app's own data; nil for none.
func object(_ json: String?) -> [AnyHashable: Any]? {
    guard let data = json?.data(using: .utf8) else { return nil }
    return (try? JSONSerialization.jsonObject(with: data)) as? [String: Any]
}

/// The present, in milliseconds.
func presentMilliseconds() -> Int64 {
    Int64(Date().timeIntervalSince1970 * 1000)
}

/// Numbers of kinds, as the C library has them.
func kinds(_ numbers: [NSNumber]?) -> [Int32] {
    (numbers ?? []).map { Int32(clamping: $0.intValue) }
}

extension EMChatMessage {
    /// A message of the C library.
    convenience init(_ message: LacunaMessage) {
        self.init(
            conversationID: text(message.conversation) ?? "",
            from: text(message.from) ?? "",
            to: text(message.to) ?? "",
            body: EMMessageBody.of(message.body),
            ext: object(text(message.ext))
        )
        messageId = text(message.id) ?? ""
        chatType = EMChatType(rawValue: Int(message.chat_type)) ?? .chat
        direction = EMMessageDirection(rawValue: Int(message.direction)) ?? .send
        status = EMMessageStatus(rawValue: Int(message.status)) ?? .pending
        timestamp = message.timestamp
        localTime = message.local_time
        isRead = message.is_read
        isReadAcked = message.is_read_acked
        isDeliverAcked = message.is_delivery_acked
        deliverOnlineOnly = message.online_only
        if message.receiver_count > 0 { receiverList = texts(message.receivers, message.receiver_count) }
    }

    /// Describes the message to the C library.
    func described(in arena: Arena) -> LacunaMessage {
        var message = LacunaMessage()
        message.id = arena.text(messageId)
        message.chat_type = Int32(chatType.rawValue)
        message.conversation = arena.text(conversationId)
        message.from = arena.text(from)
        message.to = arena.text(to)
        message.direction = Int32(direction.rawValue)
        message.status = Int32(status.rawValue)
        message.timestamp = timestamp
        message.local_time = localTime
        message.is_read = isRead
        message.is_read_acked = isReadAcked
        message.is_delivery_acked = isDeliverAcked
        let command = body as? EMCmdMessageBody
        message.online_only = deliverOnlineOnly || command?.isDeliverOnlineOnly ?? false
        let receivers = receiverList ?? []
        message.receivers = arena.texts(receivers)
        message.receiver_count = receivers.count
        message.ext = arena.text(json(ext))
        body.describe(&message.body, in: arena)
        return message
    }

    /// Takes over what the store or the server has decided.
    func adopt(_ kept: EMChatMessage) {
        messageId = kept.messageId
        conversationId = kept.conversationId
        from = kept.from
        to = kept.to
        direction = kept.direction
        status = kept.status
        timestamp = kept.timestamp
        localTime = kept.localTime
        isRead = kept.isRead
        isReadAcked = kept.isReadAcked
        isDeliverAcked = kept.isDeliverAcked
    }
}
