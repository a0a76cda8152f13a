import CLacuna
import Foundation

/// A message. The thread of the completions changes one that is being sent, so its fields stand behind a lock.
open class EMChatMessage: NSObject, @unchecked Sendable {
    private struct Fields {
        var messageId: String
        var conversationId: String
        var direction: EMMessageDirection = .send
        var from: String
        var to: String
        var timestamp: Int64
        var localTime: Int64
        var chatType: EMChatType = .chat
        var status: EMMessageStatus = .pending
        var isRead: Bool = true
        var isReadAcked: Bool = false
        var isDeliverAcked: Bool = false
        var body: EMMessageBody
        var ext: [AnyHashable: Any]?
        var deliverOnlineOnly: Bool = false
        var receiverList: [String]?
    }

    private let lock = NSLock()
    private var fields: Fields

    public init(
        conversationID aConversationId: String,
        from aFrom: String,
        to aTo: String,
        body aBody: EMMessageBody,
        ext aExt: [AnyHashable: Any]?
    ) {
        let now = presentMilliseconds()
        fields = Fields(
            messageId: owned(lacuna_new_message_id()) ?? "",
            conversationId: aConversationId,
            from: aFrom,
            to: aTo,
            timestamp: now,
            localTime: now,
            body: aBody,
            ext: aExt
        )
    }

    public override convenience init() {
        self.init(conversationID: "", body: EMTextMessageBody(text: nil), ext: nil)
    }

    /// Who sends it is filled in when it is sent, as there may be several clients.
    public convenience init(conversationID aConversationId: String, body aBody: EMMessageBody, ext aExt: [AnyHashable: Any]?) {
        self.init(conversationID: aConversationId, from: "", to: aConversationId, body: aBody, ext: aExt)
    }

    private func read<Value>(_ field: KeyPath<Fields, Value>) -> Value {
        lock.lock()
        defer { lock.unlock() }
        return fields[keyPath: field]
    }

    private func write<Value>(_ field: WritableKeyPath<Fields, Value>, _ value: Value) {
        lock.lock()
        defer { lock.unlock() }
        fields[keyPath: field] = value
    }

    open var messageId: String {
        get { read(\.messageId) }
        set { write(\.messageId, newValue) }
    }

    open var conversationId: String {
        get { read(\.conversationId) }
        set { write(\.conversationId, newValue) }
    }

    open var direction: EMMessageDirection {
        get { read(\.direction) }
        set { write(\.direction, newValue) }
    }

    open var from: String {
        get { read(\.from) }
        set { write(\.from, newValue) }
    }

    open var to: String {
        get { read(\.to) }
        set { write(\.to, newValue) }
    }

    open var timestamp: Int64 {
        get { read(\.timestamp) }
        set { write(\.timestamp, newValue) }
    }

    open var localTime: Int64 {
        get { read(\.localTime) }
        set { write(\.localTime, newValue) }
    }

    open var chatType: EMChatType {
        get { read(\.chatType) }
        set { write(\.chatType, newValue) }
    }

    open var status: EMMessageStatus {
        get { read(\.status) }
        set { write(\.status, newValue) }
    }

    open var isRead: Bool {
        get { read(\.isRead) }
        set { write(\.isRead, newValue) }
    }

    open var isReadAcked: Bool {
        get { read(\.isReadAcked) }
        set { write(\.isReadAcked, newValue) }
    }

    open var isDeliverAcked: Bool {
        get { read(\.isDeliverAcked) }
        set { write(\.isDeliverAcked, newValue) }
    }

    open var body: EMMessageBody {
        get { read(\.body) }
        set { write(\.body, newValue) }
    }

    open var ext: [AnyHashable: Any]? {
        get { read(\.ext) }
        set { write(\.ext, newValue) }
    }

    open var deliverOnlineOnly: Bool {
        get { read(\.deliverOnlineOnly) }
        set { write(\.deliverOnlineOnly, newValue) }
    }

    open var receiverList: [String]? {
        get { read(\.receiverList) }
        set { write(\.receiverList, newValue) }
    }
}
