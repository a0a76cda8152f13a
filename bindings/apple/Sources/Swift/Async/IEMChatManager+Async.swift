// Written by apple/async from the headers. Do not edit: `linux/inroot apple/async` writes it anew.
//
// Swift on Apple platforms derives these from the methods with a completion by itself.

import Foundation

extension IEMChatManager {
    @discardableResult
    public func deleteConversation(_ aConversationId: String, isDeleteMessages aIsDeleteMessages: Bool) async -> (String?, EMError?) {
        await withCheckedContinuation { continuation in
            deleteConversation(aConversationId, isDeleteMessages: aIsDeleteMessages, completion: { continuation.resume(returning: ($0, $1)) })
        }
    }

    @discardableResult
    public func delete(_ aConversations: [EMConversation]?, isDeleteMessages aIsDeleteMessages: Bool) async -> EMError? {
        await withCheckedContinuation { continuation in
            delete(aConversations, isDeleteMessages: aIsDeleteMessages, completion: { continuation.resume(returning: $0) })
        }
    }

    @discardableResult
    public func `import`(_ aConversations: [EMConversation]?) async -> EMError? {
        await withCheckedContinuation { continuation in
            `import`(aConversations, completion: { continuation.resume(returning: $0) })
        }
    }

    @discardableResult
    public func conversationsFromServer(withCursor cursor: String?, pageSize: UInt8) async -> (EMCursorResult<EMConversation>?, EMError?) {
        await withCheckedContinuation { continuation in
            getConversationsFromServer(withCursor: cursor, pageSize: pageSize, completion: { continuation.resume(returning: ($0, $1)) })
        }
    }

    @discardableResult
    public func pinnedConversationsFromServer(
        withCursor cursor: String?,
        pageSize limit: UInt8
    ) async -> (EMCursorResult<EMConversation>?, EMError?) {
        await withCheckedContinuation { continuation in
            getPinnedConversationsFromServer(withCursor: cursor, pageSize: limit, completion: { continuation.resume(returning: ($0, $1)) })
        }
    }

    @discardableResult
    public func pinConversation(_ conversationId: String, isPinned: Bool) async -> EMError? {
        await withCheckedContinuation { continuation in
            pinConversation(conversationId, isPinned: isPinned, completionBlock: { continuation.resume(returning: $0) })
        }
    }

    @discardableResult
    public func removeMessagesFromServer(with conversation: EMConversation, messageIds: [String]) async -> EMError? {
        await withCheckedContinuation { continuation in
            removeMessagesFromServer(with: conversation, messageIds: messageIds, completion: { continuation.resume(returning: $0) })
        }
    }

    @discardableResult
    public func removeMessagesFromServer(with conversation: EMConversation, timeStamp beforeTimeStamp: TimeInterval) async -> EMError? {
        await withCheckedContinuation { continuation in
            removeMessagesFromServer(with: conversation, timeStamp: beforeTimeStamp, completion: { continuation.resume(returning: $0) })
        }
    }

    @discardableResult
    public func deleteServerConversation(
        _ aConversationId: String,
        conversationType aConversationType: EMConversationType,
        isDeleteServerMessages aIsDeleteServerMessages: Bool
    ) async -> (String?, EMError?) {
        await withCheckedContinuation { continuation in
            deleteServerConversation(
                aConversationId,
                conversationType: aConversationType,
                isDeleteServerMessages: aIsDeleteServerMessages,
                completion: { continuation.resume(returning: ($0, $1)) }
            )
        }
    }

    @discardableResult
    public func deleteAllMessagesAndConversations(_ clearServerData: Bool) async -> EMError? {
        await withCheckedContinuation { continuation in
            deleteAllMessagesAndConversations(clearServerData, completion: { continuation.resume(returning: $0) })
        }
    }

    @discardableResult
    public func deleteMessages(before aTimestamp: UInt) async -> EMError? {
        await withCheckedContinuation { continuation in
            deleteMessages(before: aTimestamp, completion: { continuation.resume(returning: $0) })
        }
    }

    @discardableResult
    public func send(_ aMessage: EMChatMessage, progress aProgressBlock: ((Int32) -> Void)?) async -> (EMChatMessage?, EMError?) {
        await withCheckedContinuation { continuation in
            send(aMessage, progress: aProgressBlock, completion: { continuation.resume(returning: ($0, $1)) })
        }
    }

    @discardableResult
    public func resend(_ aMessage: EMChatMessage, progress aProgressBlock: ((Int32) -> Void)?) async -> (EMChatMessage?, EMError?) {
        await withCheckedContinuation { continuation in
            resend(aMessage, progress: aProgressBlock, completion: { continuation.resume(returning: ($0, $1)) })
        }
    }

    @discardableResult
    public func sendMessageReadAck(_ aMessageId: String, toUser aUsername: String) async -> EMError? {
        await withCheckedContinuation { continuation in
            sendMessageReadAck(aMessageId, toUser: aUsername, completion: { continuation.resume(returning: $0) })
        }
    }

    @discardableResult
    public func ackConversationRead(_ conversationId: String) async -> EMError? {
        await withCheckedContinuation { continuation in
            ackConversationRead(conversationId, completion: { continuation.resume(returning: $0) })
        }
    }

    @discardableResult
    public func messages(_ aMessageIds: [String], withConversationId aConversationId: String) async -> ([EMChatMessage]?, EMError?) {
        await withCheckedContinuation { continuation in
            getMessages(aMessageIds, withConversationId: aConversationId, completion: { continuation.resume(returning: ($0, $1)) })
        }
    }

    @discardableResult
    public func messageCount() async -> (Int, EMError?) {
        await withCheckedContinuation { continuation in
            getMessageCount(completion: { continuation.resume(returning: ($0, $1)) })
        }
    }

    @discardableResult
    public func `import`(_ aMessages: [EMChatMessage]) async -> EMError? {
        await withCheckedContinuation { continuation in
            `import`(aMessages, completion: { continuation.resume(returning: $0) })
        }
    }

    @discardableResult
    public func update(_ aMessage: EMChatMessage) async -> (EMChatMessage?, EMError?) {
        await withCheckedContinuation { continuation in
            update(aMessage, completion: { continuation.resume(returning: ($0, $1)) })
        }
    }

    @discardableResult
    public func fetchMessagesFromServer(
        by conversationId: String,
        conversationType type: EMConversationType,
        cursor: String?,
        pageSize: UInt,
        option: EMFetchServerMessagesOption?
    ) async -> (EMCursorResult<EMChatMessage>?, EMError?) {
        await withCheckedContinuation { continuation in
            fetchMessagesFromServer(
                by: conversationId,
                conversationType: type,
                cursor: cursor,
                pageSize: pageSize,
                option: option,
                completion: { continuation.resume(returning: ($0, $1)) }
            )
        }
    }

    @discardableResult
    public func asyncFetchHistoryMessages(
        fromServer aConversationId: String,
        conversationType aConversationType: EMConversationType,
        startMessageId aStartMessageId: String?,
        pageSize aPageSize: Int32
    ) async -> (EMCursorResult<EMChatMessage>?, EMError?) {
        await withCheckedContinuation { continuation in
            asyncFetchHistoryMessages(
                fromServer: aConversationId,
                conversationType: aConversationType,
                startMessageId: aStartMessageId,
                pageSize: aPageSize,
                completion: { continuation.resume(returning: ($0, $1)) }
            )
        }
    }

    @discardableResult
    public func asyncFetchHistoryMessages(
        fromServer aConversationId: String,
        conversationType aConversationType: EMConversationType,
        startMessageId aStartMessageId: String?,
        fetch direction: EMMessageFetchHistoryDirection,
        pageSize aPageSize: Int32
    ) async -> (EMCursorResult<EMChatMessage>?, EMError?) {
        await withCheckedContinuation { continuation in
            asyncFetchHistoryMessages(
                fromServer: aConversationId,
                conversationType: aConversationType,
                startMessageId: aStartMessageId,
                fetch: direction,
                pageSize: aPageSize,
                completion: { continuation.resume(returning: ($0, $1)) }
            )
        }
    }

    @discardableResult
    public func loadMessages(
        with aType: EMMessageBodyType,
        timestamp aTimestamp: Int64,
        count aCount: Int32,
        fromUser aUsername: String?,
        searchDirection aDirection: EMMessageSearchDirection
    ) async -> ([EMChatMessage]?, EMError?) {
        await withCheckedContinuation { continuation in
            loadMessages(
                with: aType,
                timestamp: aTimestamp,
                count: aCount,
                fromUser: aUsername,
                searchDirection: aDirection,
                completion: { continuation.resume(returning: ($0, $1)) }
            )
        }
    }

    @discardableResult
    public func searchMessages(
        withTypes aTypes: [NSNumber],
        timestamp aTimestamp: Int64,
        count aCount: Int32,
        fromUser aUsername: String?,
        searchDirection aDirection: EMMessageSearchDirection
    ) async -> ([EMChatMessage]?, EMError?) {
        await withCheckedContinuation { continuation in
            searchMessages(
                withTypes: aTypes,
                timestamp: aTimestamp,
                count: aCount,
                fromUser: aUsername,
                searchDirection: aDirection,
                completion: { continuation.resume(returning: ($0, $1)) }
            )
        }
    }

    @discardableResult
    public func loadMessages(
        withKeyword aKeywords: String?,
        timestamp aTimestamp: Int64,
        count aCount: Int32,
        fromUser aSender: String?,
        searchDirection aDirection: EMMessageSearchDirection
    ) async -> ([EMChatMessage]?, EMError?) {
        await withCheckedContinuation { continuation in
            loadMessages(
                withKeyword: aKeywords,
                timestamp: aTimestamp,
                count: aCount,
                fromUser: aSender,
                searchDirection: aDirection,
                completion: { continuation.resume(returning: ($0, $1)) }
            )
        }
    }

    @discardableResult
    public func loadMessages(
        withKeyword aKeywords: String?,
        timestamp aTimestamp: Int64,
        count aCount: Int32,
        fromUser aSender: String?,
        searchDirection aDirection: EMMessageSearchDirection,
        scope aScope: EMMessageSearchScope
    ) async -> ([EMChatMessage]?, EMError?) {
        await withCheckedContinuation { continuation in
            loadMessages(
                withKeyword: aKeywords,
                timestamp: aTimestamp,
                count: aCount,
                fromUser: aSender,
                searchDirection: aDirection,
                scope: aScope,
                completion: { continuation.resume(returning: ($0, $1)) }
            )
        }
    }

    @discardableResult
    public func loadConversationMessages(
        withKeyword aKeywords: String?,
        timestamp aTimestamp: Int64,
        fromUser aSender: String?,
        searchDirection aDirection: EMMessageSearchDirection,
        scope aScope: EMMessageSearchScope
    ) async -> ([String : [String]]?, EMError?) {
        await withCheckedContinuation { continuation in
            loadConversationMessages(
                withKeyword: aKeywords,
                timestamp: aTimestamp,
                fromUser: aSender,
                searchDirection: aDirection,
                scope: aScope,
                completion: { continuation.resume(returning: ($0, $1)) }
            )
        }
    }
}
