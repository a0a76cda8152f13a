// Written by apple/async from the headers. Do not edit: `linux/inroot apple/async` writes it anew.
//
// Swift on Apple platforms derives these from the methods with a completion by itself.

import Foundation

extension EMConversation {
    @discardableResult
    public func removeMessages(fromServerMessageIds messageIds: [String]) async -> EMError? {
        await withCheckedContinuation { continuation in
            removeMessages(fromServerMessageIds: messageIds, completion: { continuation.resume(returning: $0) })
        }
    }

    @discardableResult
    public func removeMessagesFromServer(withTimeStamp beforeTimeStamp: TimeInterval) async -> EMError? {
        await withCheckedContinuation { continuation in
            removeMessagesFromServer(withTimeStamp: beforeTimeStamp, completion: { continuation.resume(returning: $0) })
        }
    }

    @discardableResult
    public func loadMessagesStart(
        fromId aMessageId: String?,
        count aCount: Int32,
        searchDirection aDirection: EMMessageSearchDirection
    ) async -> ([EMChatMessage]?, EMError?) {
        await withCheckedContinuation { continuation in
            loadMessagesStart(
                fromId: aMessageId,
                count: aCount,
                searchDirection: aDirection,
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
        withKeyword aKeyword: String?,
        timestamp aTimestamp: Int64,
        count aCount: Int32,
        fromUser aSender: String?,
        searchDirection aDirection: EMMessageSearchDirection
    ) async -> ([EMChatMessage]?, EMError?) {
        await withCheckedContinuation { continuation in
            loadMessages(
                withKeyword: aKeyword,
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
        withKeyword aKeyword: String?,
        timestamp aTimestamp: Int64,
        count aCount: Int32,
        fromUser aSender: String?,
        searchDirection aDirection: EMMessageSearchDirection,
        scope aScope: EMMessageSearchScope
    ) async -> ([EMChatMessage]?, EMError?) {
        await withCheckedContinuation { continuation in
            loadMessages(
                withKeyword: aKeyword,
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
    public func loadMessages(
        withKeyword aKeyword: String?,
        timestamp aTimestamp: Int64,
        count aCount: Int32,
        fromUsers aSenders: [String]?,
        searchDirection aDirection: EMMessageSearchDirection,
        scope aScope: EMMessageSearchScope
    ) async -> ([EMChatMessage]?, EMError?) {
        await withCheckedContinuation { continuation in
            loadMessages(
                withKeyword: aKeyword,
                timestamp: aTimestamp,
                count: aCount,
                fromUsers: aSenders,
                searchDirection: aDirection,
                scope: aScope,
                completion: { continuation.resume(returning: ($0, $1)) }
            )
        }
    }

    @discardableResult
    public func loadCustomMsg(
        withKeyword aKeyword: String?,
        timestamp aTimestamp: Int64,
        count aCount: Int32,
        fromUser aSender: String?,
        searchDirection aDirection: EMMessageSearchDirection
    ) async -> ([EMChatMessage]?, EMError?) {
        await withCheckedContinuation { continuation in
            loadCustomMsg(
                withKeyword: aKeyword,
                timestamp: aTimestamp,
                count: aCount,
                fromUser: aSender,
                searchDirection: aDirection,
                completion: { continuation.resume(returning: ($0, $1)) }
            )
        }
    }

    @discardableResult
    public func loadMessages(from aStartTimestamp: Int64, to aEndTimestamp: Int64, count aCount: Int32) async -> ([EMChatMessage]?, EMError?) {
        await withCheckedContinuation { continuation in
            loadMessages(from: aStartTimestamp, to: aEndTimestamp, count: aCount, completion: { continuation.resume(returning: ($0, $1)) })
        }
    }
}
