// Lookups in all conversations.

import Foundation

extension ChatManager {
    // The ids that one search gives at most, as the library does.
    private static var idsMax: Int32 { 400 }

    @discardableResult
    func loadMessages(
        with aType: EMMessageBodyType,
        timestamp aTimestamp: Int64,
        count aCount: Int32,
        fromUser aUsername: String?,
        searchDirection aDirection: EMMessageSearchDirection
    ) -> [EMChatMessage]? {
        core.find(Search().of([Int32(aType.rawValue)]).from(aUsername, aTimestamp, aCount, aDirection))
    }

    func loadMessages(
        with aType: EMMessageBodyType,
        timestamp aTimestamp: Int64,
        count aCount: Int32,
        fromUser aUsername: String?,
        searchDirection aDirection: EMMessageSearchDirection,
        completion aCompletionBlock: (([EMChatMessage]?, EMError?) -> Void)?
    ) {
        core.find(Search().of([Int32(aType.rawValue)]).from(aUsername, aTimestamp, aCount, aDirection), aCompletionBlock)
    }

    func searchMessages(
        withTypes aTypes: [NSNumber],
        timestamp aTimestamp: Int64,
        count aCount: Int32,
        fromUser aUsername: String?,
        searchDirection aDirection: EMMessageSearchDirection,
        completion aCompletionBlock: (([EMChatMessage]?, EMError?) -> Void)?
    ) {
        core.find(Search().of(kinds(aTypes)).from(aUsername, aTimestamp, aCount, aDirection), aCompletionBlock)
    }

    @discardableResult
    func loadMessages(
        withKeyword aKeywords: String?,
        timestamp aTimestamp: Int64,
        count aCount: Int32,
        fromUser aSender: String?,
        searchDirection aDirection: EMMessageSearchDirection
    ) -> [EMChatMessage]? {
        core.find(Search().with(aKeywords).from(aSender, aTimestamp, aCount, aDirection))
    }

    func loadMessages(
        withKeyword aKeywords: String?,
        timestamp aTimestamp: Int64,
        count aCount: Int32,
        fromUser aSender: String?,
        searchDirection aDirection: EMMessageSearchDirection,
        completion aCompletionBlock: (([EMChatMessage]?, EMError?) -> Void)?
    ) {
        core.find(Search().with(aKeywords).from(aSender, aTimestamp, aCount, aDirection), aCompletionBlock)
    }

    func loadMessages(
        withKeyword aKeywords: String?,
        timestamp aTimestamp: Int64,
        count aCount: Int32,
        fromUser aSender: String?,
        searchDirection aDirection: EMMessageSearchDirection,
        scope aScope: EMMessageSearchScope,
        completion aCompletionBlock: (([EMChatMessage]?, EMError?) -> Void)?
    ) {
        core.find(Search().with(aKeywords, in: aScope).from(aSender, aTimestamp, aCount, aDirection), aCompletionBlock)
    }

    func loadConversationMessages(
        withKeyword aKeywords: String?,
        timestamp aTimestamp: Int64,
        fromUser aSender: String?,
        searchDirection aDirection: EMMessageSearchDirection,
        scope aScope: EMMessageSearchScope,
        completion aCompletionBlock: (([String: [String]]?, EMError?) -> Void)?
    ) {
        let search = Search().with(aKeywords, in: aScope).from(aSender, aTimestamp, Self.idsMax, aDirection)
        core.find(search) { messages, error in
            let ids = messages.map { Dictionary(grouping: $0, by: \.conversationId).mapValues { $0.map(\.messageId) } }
            aCompletionBlock?(ids, error)
        }
    }
}
