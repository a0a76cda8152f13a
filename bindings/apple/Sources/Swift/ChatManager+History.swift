// The user's history on the server.

import CLacuna
import Foundation

extension ChatManager {
    func fetchMessagesFromServer(
        by conversationId: String,
        conversationType type: EMConversationType,
        cursor: String?,
        pageSize: UInt,
        option: EMFetchServerMessagesOption?,
        completion aCompletionBlock: ((EMCursorResult<EMChatMessage>?, EMError?) -> Void)?
    ) {
        var history = History(type, conversationId, cursor, Int32(clamping: pageSize))
        if let option {
            let sender = option.from.flatMap { $0.isEmpty ? nil : $0 }
            history.senders = sender.map { [$0] } ?? option.fromIds ?? []
            history.kinds = kinds(option.msgTypes)
            history.start = Int64(option.startTime)
            history.end = Int64(option.endTime)
            history.isNewer = option.direction == .down
            history.isSaved = option.isSave
        }
        core.fetch(history, aCompletionBlock)
    }

    func asyncFetchHistoryMessages(
        fromServer aConversationId: String,
        conversationType aConversationType: EMConversationType,
        startMessageId aStartMessageId: String?,
        pageSize aPageSize: Int32,
        completion aCompletionBlock: ((EMCursorResult<EMChatMessage>?, EMError?) -> Void)?
    ) {
        core.fetch(saved(aConversationId, aConversationType, aStartMessageId, .up, aPageSize), aCompletionBlock)
    }

    func asyncFetchHistoryMessages(
        fromServer aConversationId: String,
        conversationType aConversationType: EMConversationType,
        startMessageId aStartMessageId: String?,
        fetch direction: EMMessageFetchHistoryDirection,
        pageSize aPageSize: Int32,
        completion aCompletionBlock: ((EMCursorResult<EMChatMessage>?, EMError?) -> Void)?
    ) {
        core.fetch(saved(aConversationId, aConversationType, aStartMessageId, direction, aPageSize), aCompletionBlock)
    }

    func fetchHistoryMessages(
        fromServer aConversationId: String,
        conversationType aConversationType: EMConversationType,
        startMessageId aStartMessageId: String?,
        pageSize aPageSize: Int32,
        error pError: EMErrorPointer?
    ) -> EMCursorResult<EMChatMessage>? {
        core.fetch(saved(aConversationId, aConversationType, aStartMessageId, .up, aPageSize), pError)
    }

    func fetchHistoryMessages(
        fromServer aConversationId: String,
        conversationType aConversationType: EMConversationType,
        startMessageId aStartMessageId: String?,
        fetch direction: EMMessageFetchHistoryDirection,
        pageSize aPageSize: Int32,
        error pError: EMErrorPointer?
    ) -> EMCursorResult<EMChatMessage>? {
        core.fetch(saved(aConversationId, aConversationType, aStartMessageId, direction, aPageSize), pError)
    }

    private func saved(
        _ id: String,
        _ type: EMConversationType,
        _ start: String?,
        _ direction: EMMessageFetchHistoryDirection,
        _ pageSize: Int32
    ) -> History {
        var history = History(type, id, start, pageSize)
        history.isNewer = direction == .down
        history.isSaved = true
        return history
    }
}

/// Which history to fetch. As made: all of it, newest first, not saved.
private struct History {
    let type: EMConversationType
    let conversation: String
    let cursor: String?
    let pageSize: Int32
    var senders: [String] = []
    var kinds: [Int32] = []
    var start: Int64 = -1
    var end: Int64 = -1
    var isNewer = false
    var isSaved = false

    init(_ type: EMConversationType, _ conversation: String, _ cursor: String?, _ pageSize: Int32) {
        self.type = type
        self.conversation = conversation
        self.cursor = cursor
        self.pageSize = pageSize
    }

    func query(in arena: Arena) -> LacunaHistoryQuery {
        var query = LacunaHistoryQuery()
        query.chat_type = Int32(type.rawValue)
        query.conversation = arena.text(conversation)
        query.cursor = arena.text(cursor)
        query.page_size = pageSize
        query.direction = isNewer ? LACUNA_DOWN : LACUNA_UP
        query.kinds = arena.array(kinds)
        query.kind_count = kinds.count
        query.senders = arena.texts(senders)
        query.sender_count = senders.count
        query.start = start
        query.end = end
        query.save = isSaved
        return query
    }
}

extension ClientCore {
    fileprivate func fetch(_ history: History, _ completion: ((EMCursorResult<EMChatMessage>?, EMError?) -> Void)?) {
        Arena.during { arena in
            var query = history.query(in: arena)
            later(.messages, { completion?($0?.result, $1) }) { lacuna_fetch_history($0, &query, $1, $2, $3) }
        }
    }

    fileprivate func fetch(_ history: History, _ pError: EMErrorPointer?) -> EMCursorResult<EMChatMessage>? {
        Arena.during { arena in
            var query = history.query(in: arena)
            let (page, error) = now(.messages) { lacuna_fetch_history($0, &query, $1, $2, $3) }
            pError.set(error)
            return page?.result
        }
    }
}
