import CLacuna
import Foundation

extension EMConversation {
    private var here: Search { Search(type: type, conversation: identifier) }
    // Senders of one search at most.
    private static var sendersMax: Int { 9 }

    @discardableResult
    public func loadMessage(withId aMessageId: String, error pError: EMErrorPointer?) -> EMChatMessage? {
        let (found, error) = core.messages([aMessageId])
        let message = found?.first(where: holds)
        let isMissing = error == nil && message == nil
        pError.set(isMissing ? EMError(description: "the message is not here", code: .messageInvalid) : error)
        return message
    }

    @discardableResult
    public func loadMessagesStart(
        fromId aMessageId: String?,
        count aCount: Int32,
        searchDirection aDirection: EMMessageSearchDirection
    ) -> [EMChatMessage]? {
        core.find(next(to: aMessageId, aCount, aDirection))
    }

    public func loadMessagesStart(
        fromId aMessageId: String?,
        count aCount: Int32,
        searchDirection aDirection: EMMessageSearchDirection,
        completion aCompletionBlock: (([EMChatMessage]?, EMError?) -> Void)?
    ) {
        core.find(next(to: aMessageId, aCount, aDirection), aCompletionBlock)
    }

    private func next(to id: String?, _ count: Int32, _ direction: EMMessageSearchDirection) -> Search {
        var search = here.from(nil, -1, count, direction)
        search.beyond = id
        return search
    }

    @discardableResult
    public func loadMessages(
        with aType: EMMessageBodyType,
        timestamp aTimestamp: Int64,
        count aCount: Int32,
        fromUser aUsername: String?,
        searchDirection aDirection: EMMessageSearchDirection
    ) -> [EMChatMessage]? {
        core.find(here.of([Int32(aType.rawValue)]).from(aUsername, aTimestamp, aCount, aDirection))
    }

    public func loadMessages(
        with aType: EMMessageBodyType,
        timestamp aTimestamp: Int64,
        count aCount: Int32,
        fromUser aUsername: String?,
        searchDirection aDirection: EMMessageSearchDirection,
        completion aCompletionBlock: (([EMChatMessage]?, EMError?) -> Void)?
    ) {
        core.find(here.of([Int32(aType.rawValue)]).from(aUsername, aTimestamp, aCount, aDirection), aCompletionBlock)
    }

    public func searchMessages(
        withTypes aTypes: [NSNumber],
        timestamp aTimestamp: Int64,
        count aCount: Int32,
        fromUser aUsername: String?,
        searchDirection aDirection: EMMessageSearchDirection,
        completion aCompletionBlock: (([EMChatMessage]?, EMError?) -> Void)?
    ) {
        core.find(here.of(kinds(aTypes)).from(aUsername, aTimestamp, aCount, aDirection), aCompletionBlock)
    }

    @discardableResult
    public func loadMessages(
        withKeyword aKeyword: String?,
        timestamp aTimestamp: Int64,
        count aCount: Int32,
        fromUser aSender: String?,
        searchDirection aDirection: EMMessageSearchDirection
    ) -> [EMChatMessage]? {
        core.find(here.with(aKeyword).from(aSender, aTimestamp, aCount, aDirection))
    }

    public func loadMessages(
        withKeyword aKeyword: String?,
        timestamp aTimestamp: Int64,
        count aCount: Int32,
        fromUser aSender: String?,
        searchDirection aDirection: EMMessageSearchDirection,
        completion aCompletionBlock: (([EMChatMessage]?, EMError?) -> Void)?
    ) {
        core.find(here.with(aKeyword).from(aSender, aTimestamp, aCount, aDirection), aCompletionBlock)
    }

    public func loadMessages(
        withKeyword aKeyword: String?,
        timestamp aTimestamp: Int64,
        count aCount: Int32,
        fromUser aSender: String?,
        searchDirection aDirection: EMMessageSearchDirection,
        scope aScope: EMMessageSearchScope,
        completion aCompletionBlock: (([EMChatMessage]?, EMError?) -> Void)?
    ) {
        core.find(here.with(aKeyword, in: aScope).from(aSender, aTimestamp, aCount, aDirection), aCompletionBlock)
    }

    @discardableResult
    public func loadCustomMsg(
        withKeyword aKeyword: String?,
        timestamp aTimestamp: Int64,
        count aCount: Int32,
        fromUser aSender: String?,
        searchDirection aDirection: EMMessageSearchDirection
    ) -> [EMChatMessage]? {
        core.find(here.of([LACUNA_BODY_CUSTOM]).with(aKeyword).from(aSender, aTimestamp, aCount, aDirection))
    }

    public func loadCustomMsg(
        withKeyword aKeyword: String?,
        timestamp aTimestamp: Int64,
        count aCount: Int32,
        fromUser aSender: String?,
        searchDirection aDirection: EMMessageSearchDirection,
        completion aCompletionBlock: (([EMChatMessage]?, EMError?) -> Void)?
    ) {
        core.find(here.of([LACUNA_BODY_CUSTOM]).with(aKeyword).from(aSender, aTimestamp, aCount, aDirection), aCompletionBlock)
    }

    public func loadMessages(
        withKeyword aKeyword: String?,
        timestamp aTimestamp: Int64,
        count aCount: Int32,
        fromUsers aSenders: [String]?,
        searchDirection aDirection: EMMessageSearchDirection,
        scope aScope: EMMessageSearchScope,
        completion aCompletionBlock: (([EMChatMessage]?, EMError?) -> Void)?
    ) {
        let senders = aSenders ?? []
        guard senders.count <= Self.sendersMax else {
            return core.refuse(.invalidParam, "more than \(Self.sendersMax) senders", aCompletionBlock)
        }
        var search = here.with(aKeyword, in: aScope).from(nil, aTimestamp, aCount, aDirection)
        search.senders = senders
        core.find(search, aCompletionBlock)
    }

    @discardableResult
    public func loadMessages(from aStartTimestamp: Int64, to aEndTimestamp: Int64, count aCount: Int32) -> [EMChatMessage]? {
        guard aStartTimestamp <= aEndTimestamp else { return nil }
        return core.find(between(aStartTimestamp, aEndTimestamp, aCount))
    }

    public func loadMessages(
        from aStartTimestamp: Int64,
        to aEndTimestamp: Int64,
        count aCount: Int32,
        completion aCompletionBlock: (([EMChatMessage]?, EMError?) -> Void)?
    ) {
        guard aStartTimestamp <= aEndTimestamp else {
            return core.refuse(.invalidParam, "the start is after the end", aCompletionBlock)
        }
        core.find(between(aStartTimestamp, aEndTimestamp, aCount), aCompletionBlock)
    }

    private func between(_ start: Int64, _ end: Int64, _ count: Int32) -> Search {
        var search = here.from(nil, -1, count, .down)
        // A negative time would mean none, and no message is before 1970.
        search.start = max(start, 0)
        search.end = max(end, 0)
        return search
    }

    @discardableResult
    public func getMessageCountStart(_ aStartTimestamp: Int, to aEndTimestamp: Int) -> Int {
        let (count, _) = core.now(.count) {
            lacuna_count_between($0, number, identifier, Int64(aStartTimestamp), Int64(aEndTimestamp), $1, $2, $3)
        }
        return Int(count ?? 0)
    }
}
