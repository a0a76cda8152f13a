// The way to messages and conversations.

import CLacuna
import Foundation

final class ChatManager: NSObject, IEMChatManager, @unchecked Sendable {
    let core: ClientCore

    // Conversations of a page of the server's list at most.
    private static let pageMax: UInt8 = 50
    // Ids that `getMessages` takes at most.
    private static let idsMax = 20

    init(_ core: ClientCore) { self.core = core }

    // MARK: - Delegates

    func add(_ aDelegate: (any EMChatManagerDelegate)?, delegateQueue aQueue: DispatchQueue?) {
        if let aDelegate { core.chatDelegates.add(aDelegate, queue: aQueue) }
    }

    func remove(_ aDelegate: any EMChatManagerDelegate) { core.chatDelegates.remove(aDelegate) }

    // MARK: - Conversations of this device

    func getAllConversations() -> [EMConversation]? { core.allConversations() }

    // The list always comes sorted.
    func getAllConversations(_ isSort: Bool) -> [EMConversation]? { core.allConversations() }

    func filterConversationsFromDB(cleanMemoryCache: Bool, filter: ((EMConversation) -> Bool)?) -> [EMConversation]? {
        let all = core.allConversations()
        return filter.map { filter in all?.filter(filter) } ?? all
    }

    func cleanConversationsMemoryCache() {}

    func getConversationWithConvId(_ aConversationId: String?) -> EMConversation? {
        core.one { lacuna_conversation_with_id($0, aConversationId, $1, $2, $3) }
    }

    func getConversation(
        _ aConversationId: String,
        type aType: EMConversationType,
        createIfNotExist aIfCreate: Bool
    ) -> EMConversation? {
        core.one { lacuna_conversation($0, Int32(aType.rawValue), aConversationId, aIfCreate, $1, $2, $3) }
    }

    func deleteConversation(
        _ aConversationId: String,
        isDeleteMessages aIsDeleteMessages: Bool,
        completion aCompletionBlock: ((String?, EMError?) -> Void)?
    ) {
        core.named(aConversationId) { [self] conversation, error in
            guard let conversation, error == nil else {
                aCompletionBlock?(aConversationId, error)
                return
            }
            delete([conversation], isDeleteMessages: aIsDeleteMessages) { aCompletionBlock?(aConversationId, $0) }
        }
    }

    func delete(
        _ aConversations: [EMConversation]?,
        isDeleteMessages aIsDeleteMessages: Bool,
        completion aCompletionBlock: ((EMError?) -> Void)?
    ) {
        let list = aConversations ?? []
        Arena.during { arena in
            let types = arena.array(list.map(\.number)), ids = arena.texts(list.map(\.identifier))
            core.later(aCompletionBlock) {
                lacuna_delete_conversations($0, types, ids, list.count, aIsDeleteMessages, $1, $2, $3)
            }
        }
    }

    func `import`(_ aConversations: [EMConversation]?, completion aCompletionBlock: ((EMError?) -> Void)?) {
        let list = aConversations ?? []
        Arena.during { arena in
            let types = arena.array(list.map(\.number)), ids = arena.texts(list.map(\.identifier))
            core.later({ [core] error in
                var error = error
                // The store of this device is asked: that takes no longer than the disk does.
                for conversation in list where error == nil {
                    guard let data = json(conversation.ext) else { continue }
                    error = core.now {
                        lacuna_set_conversation_ext($0, conversation.number, conversation.identifier, data, $1, $2, $3)
                    }
                }
                aCompletionBlock?(error)
            }) { lacuna_open_conversations($0, types, ids, list.count, $1, $2, $3) }
        }
    }

    func markAllConversationsAsRead() -> EMError? {
        core.now { lacuna_mark_all_read($0, LACUNA_CHAT, nil, $1, $2, $3) }
    }

    // MARK: - The user's conversation list on the server

    func getConversationsFromServer(
        withCursor cursor: String?,
        pageSize: UInt8,
        completion completionBlock: ((EMCursorResult<EMConversation>?, EMError?) -> Void)?
    ) {
        core.listed(cursor, pageSize, pinnedOnly: false, completionBlock)
    }

    func getConversationsFromServer(_ aCompletionBlock: (([EMConversation]?, EMError?) -> Void)?) {
        core.listed(nil, Self.pageMax, pinnedOnly: false) { page, error in aCompletionBlock?(page?.list, error) }
    }

    func getPinnedConversationsFromServer(
        withCursor cursor: String?,
        pageSize limit: UInt8,
        completion completionBlock: ((EMCursorResult<EMConversation>?, EMError?) -> Void)?
    ) {
        core.listed(cursor, limit, pinnedOnly: true, completionBlock)
    }

    func pinConversation(_ conversationId: String, isPinned: Bool, completionBlock: ((EMError?) -> Void)?) {
        core.named(conversationId) { [core] conversation, error in
            guard let conversation else {
                completionBlock?(error ?? EMError(description: "the conversation is not here", code: .invalidConversation))
                return
            }
            core.later(completionBlock) {
                lacuna_set_pinned($0, conversation.number, conversation.identifier, isPinned, $1, $2, $3)
            }
        }
    }

    // MARK: - Deleting: on the server, on this device, and on the user's other devices

    func removeMessagesFromServer(
        with conversation: EMConversation,
        messageIds: [String],
        completion aCompletionBlock: ((EMError?) -> Void)?
    ) {
        conversation.removeMessages(fromServerMessageIds: messageIds, completion: aCompletionBlock)
    }

    func removeMessagesFromServer(
        with conversation: EMConversation,
        timeStamp beforeTimeStamp: TimeInterval,
        completion aCompletionBlock: ((EMError?) -> Void)?
    ) {
        conversation.removeMessagesFromServer(withTimeStamp: beforeTimeStamp, completion: aCompletionBlock)
    }

    func deleteServerConversation(
        _ aConversationId: String,
        conversationType aConversationType: EMConversationType,
        isDeleteServerMessages aIsDeleteServerMessages: Bool,
        completion aCompletionBlock: ((String?, EMError?) -> Void)?
    ) {
        let type = Int32(aConversationType.rawValue)
        core.later({ aCompletionBlock?(aConversationId, $0) }) {
            lacuna_delete_server_conversation($0, type, aConversationId, aIsDeleteServerMessages, $1, $2, $3)
        }
    }

    func deleteAllMessagesAndConversations(_ clearServerData: Bool, completion aCompletionBlock: ((EMError?) -> Void)?) {
        core.later(aCompletionBlock) { lacuna_delete_everything($0, clearServerData, $1, $2, $3) }
    }

    // MARK: - Deleting: on this device alone

    func deleteMessages(before aTimestamp: UInt, completion aCompletion: ((EMError?) -> Void)?) {
        core.later(aCompletion) { lacuna_delete_messages_before($0, Int64(clamping: aTimestamp), $1, $2, $3) }
    }

    // MARK: - Messages of this device

    func getMessageWithMessageId(_ aMessageId: String) -> EMChatMessage? {
        core.messages([aMessageId]).0?.first
    }

    func getMessages(
        _ aMessageIds: [String],
        withConversationId aConversationId: String,
        completion aCompletionBlock: (([EMChatMessage]?, EMError?) -> Void)?
    ) {
        guard aMessageIds.count <= Self.idsMax else {
            return core.refuse(.invalidParam, "more than \(Self.idsMax) message ids", aCompletionBlock)
        }
        let receive: Receive<Page<EMChatMessage>> = { page, error in
            let found = page?.items.filter { $0.conversationId.lowercased() == aConversationId.lowercased() }
            aCompletionBlock?(found?.sorted { ($0.timestamp, $0.messageId) > ($1.timestamp, $1.messageId) }, error)
        }
        Arena.during { arena in
            core.later(.messages, receive) { lacuna_messages($0, arena.texts(aMessageIds), aMessageIds.count, $1, $2, $3) }
        }
    }

    func getMessageCount(completion: ((Int, EMError?) -> Void)?) {
        core.later(.count, { completion?(Int($0 ?? 0), $1) }) { lacuna_count($0, LACUNA_CHAT, nil, $1, $2, $3) }
    }

    func `import`(_ aMessages: [EMChatMessage], completion aCompletionBlock: ((EMError?) -> Void)?) {
        let isRead = core.options?.regardImportMessagesAsRead ?? false
        Arena.during { arena in
            let all = aMessages.map { message in
                var described = message.described(in: arena)
                described.is_read = described.is_read || isRead
                return described
            }
            let described = arena.array(all)
            let pointers = arena.array(aMessages.indices.map { described?.advanced(by: $0) })
            core.later(.count, { aCompletionBlock?($1) }) { lacuna_import($0, pointers, aMessages.count, $1, $2, $3) }
        }
    }

    func update(_ aMessage: EMChatMessage, completion aCompletionBlock: ((EMChatMessage?, EMError?) -> Void)?) {
        Arena.during { arena in
            var described = aMessage.described(in: arena)
            core.later(.messages, { aCompletionBlock?($1 == nil ? aMessage : nil, $1) }) {
                lacuna_update($0, &described, $1, $2, $3)
            }
        }
    }
}

extension ClientCore {
    /// The conversation list of this device; nil without a login.
    func allConversations() -> [EMConversation]? {
        now(.conversations) { lacuna_conversations($0, $1, $2, $3) }.0.map { of($0.items) }
    }

    /// The only conversation of an answer.
    func one(_ start: Start<LacunaConversationsDone>) -> EMConversation? {
        now(.conversations, start).0.flatMap { of($0.items).first }
    }

    /// The conversation of an id, whatever its type; nil if it is not here.
    func named(_ id: String, _ completion: @escaping (EMConversation?, EMError?) -> Void) {
        later(.conversations, { [self] page, error in completion(page.flatMap { of($0.items).first }, error) }) {
            lacuna_conversation_with_id($0, id, $1, $2, $3)
        }
    }

    /// A page of the list on the server.
    func listed(
        _ cursor: String?,
        _ pageSize: UInt8,
        pinnedOnly: Bool,
        _ completion: ((EMCursorResult<EMConversation>?, EMError?) -> Void)?
    ) {
        let receive: Receive<Page<ConversationRow>> = { [self] page, error in
            completion?(page.map { EMCursorResult(list: of($0.items), andCursor: $0.cursor) }, error)
        }
        later(.conversations, receive) {
            lacuna_fetch_conversations($0, cursor, Int32(pageSize), pinnedOnly, $1, $2, $3)
        }
    }

    private func of(_ rows: [ConversationRow]) -> [EMConversation] {
        rows.map { EMConversation(self, $0.type, $0.id) }
    }
}
