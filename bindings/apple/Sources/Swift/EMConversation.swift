import CLacuna
import Foundation

/// A way to the messages of a conversation. It reads the store each time and holds nothing but its name.
open class EMConversation: NSObject, @unchecked Sendable {
    let core: ClientCore
    let identifier: String
    private let kind: EMConversationType

    init(_ core: ClientCore, _ type: EMConversationType, _ id: String) {
        self.core = core
        kind = type
        identifier = id
    }

    // MARK: - What it is

    open var conversationId: String! { identifier }
    open var type: EMConversationType { kind }
    open var unreadMessagesCount: Int32 { Int32(clamping: row?.unread ?? 0) }
    open var isPinned: Bool { pinnedTime > 0 }
    open var pinnedTime: Int64 { row?.pinnedAt ?? 0 }
    open var latestMessage: EMChatMessage! { row?.latest }

    open var messagesCount: Int32 {
        Int32(clamping: core.now(.count) { lacuna_count($0, number, identifier, $1, $2, $3) }.0 ?? 0)
    }

    open var ext: [AnyHashable: Any]! {
        get { row?.ext }
        set {
            let data = json(newValue)
            _ = core.now { lacuna_set_conversation_ext($0, number, identifier, data, $1, $2, $3) }
        }
    }

    @discardableResult
    open func lastReceivedMessage() -> EMChatMessage? {
        var search = Search(type: kind, conversation: identifier)
        search.side = LACUNA_RECEIVED
        return core.find(search)?.last
    }

    /// The type as the C library has it.
    var number: Int32 { Int32(kind.rawValue) }

    private var row: ConversationRow? {
        core.now(.conversations) { lacuna_conversation($0, number, identifier, false, $1, $2, $3) }.0?.items.first
    }

    open override func isEqual(_ object: Any?) -> Bool {
        guard let other = object as? EMConversation else { return false }
        return core === other.core && kind == other.kind && identifier == other.identifier
    }

    open override var hash: Int {
        var hasher = Hasher()
        hasher.combine(ObjectIdentifier(core))
        hasher.combine(kind)
        hasher.combine(identifier)
        return hasher.finalize()
    }

    // MARK: - Deleting: on the server, on this device, and on the user's other devices

    open func removeMessages(fromServerMessageIds messageIds: [String], completion aCompletionBlock: ((EMError?) -> Void)?) {
        Arena.during { arena in
            let ids = arena.texts(messageIds)
            core.later(aCompletionBlock) {
                lacuna_delete_from_server($0, number, identifier, ids, messageIds.count, $1, $2, $3)
            }
        }
    }

    open func removeMessagesFromServer(
        withTimeStamp beforeTimeStamp: TimeInterval,
        completion aCompletionBlock: ((EMError?) -> Void)?
    ) {
        core.later(aCompletionBlock) {
            lacuna_delete_from_server_through($0, number, identifier, beforeTimeStamp, $1, $2, $3)
        }
    }

    // MARK: - Deleting: on this device alone

    open func deleteAllMessages(_ pError: EMErrorPointer?) {
        pError.set(core.now { lacuna_delete_all_messages($0, number, identifier, $1, $2, $3) })
    }

    open func deleteMessage(withId aMessageId: String, error pError: EMErrorPointer?) {
        pError.set(core.now { lacuna_delete_message($0, number, identifier, aMessageId, $1, $2, $3) })
    }

    @discardableResult
    open func removeMessagesStart(_ aStartTimestamp: Int, to aEndTimestamp: Int) -> EMError? {
        core.now {
            lacuna_delete_messages_between($0, number, identifier, Int64(aStartTimestamp), Int64(aEndTimestamp), $1, $2, $3)
        }
    }

    // MARK: - Changing what is here

    open func insert(_ aMessage: EMChatMessage, error pError: EMErrorPointer?) {
        pError.set(put(aMessage))
    }

    open func append(_ aMessage: EMChatMessage, error pError: EMErrorPointer?) {
        let (time, id) = (aMessage.timestamp, aMessage.messageId)
        aMessage.timestamp = max(presentMilliseconds(), latestMessage?.timestamp ?? 0)
        // A server's id would decide where the message stands.
        aMessage.messageId = ""
        let error = put(aMessage)
        if error != nil {
            aMessage.timestamp = time
            aMessage.messageId = id
        }
        pError.set(error)
    }

    /// Whether a message says that it is of this conversation.
    func holds(_ message: EMChatMessage) -> Bool {
        message.chatType.rawValue == kind.rawValue && message.conversationId.lowercased() == identifier.lowercased()
    }

    private func put(_ message: EMChatMessage) -> EMError? {
        guard holds(message) else {
            return core.refusal(.invalidConversation, "the message belongs to another conversation")
        }
        if message.body is EMCmdMessageBody { return core.refusal(.messageInvalid, "commands are kept nowhere") }
        return Arena.during { arena in
            var described = message.described(in: arena)
            let (page, error) = core.now(.messages) { lacuna_insert($0, number, identifier, &described, $1, $2, $3) }
            if let kept = page?.items.first { message.adopt(kept) }
            return error
        }
    }

    open func updateMessageChange(_ aMessage: EMChatMessage, error pError: EMErrorPointer?) {
        Arena.during { arena in
            var described = aMessage.described(in: arena)
            pError.set(core.now(.messages) { lacuna_update($0, &described, $1, $2, $3) }.1)
        }
    }

    open func markMessageAsRead(withId aMessageId: String, error pError: EMErrorPointer?) {
        pError.set(core.now { lacuna_mark_read($0, aMessageId, $1, $2, $3) })
    }

    open func markAllMessages(asRead pError: EMErrorPointer?) {
        pError.set(core.now { lacuna_mark_all_read($0, number, identifier, $1, $2, $3) })
    }
}

extension Optional where Wrapped == EMErrorPointer {
    /// Gives an error, or nil, to whoever wants it.
    func set(_ error: EMError?) {
        self?.pointee = error
    }
}
