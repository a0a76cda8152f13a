// What the manager can do. The Objective-C header of the same name says what each member means.

import Foundation

public protocol IEMChatManager: NSObjectProtocol {
    func add(_ aDelegate: (any EMChatManagerDelegate)?, delegateQueue aQueue: DispatchQueue?)
    func remove(_ aDelegate: any EMChatManagerDelegate)
    @discardableResult
    func getAllConversations() -> [EMConversation]?
    @discardableResult
    func getAllConversations(_ isSort: Bool) -> [EMConversation]?
    @discardableResult
    func filterConversationsFromDB(cleanMemoryCache: Bool, filter: ((EMConversation) -> Bool)?) -> [EMConversation]?
    func cleanConversationsMemoryCache()
    @discardableResult
    func getConversationWithConvId(_ aConversationId: String?) -> EMConversation?
    @discardableResult
    func getConversation(
        _ aConversationId: String,
        type aType: EMConversationType,
        createIfNotExist aIfCreate: Bool
    ) -> EMConversation?
    func deleteConversation(
        _ aConversationId: String,
        isDeleteMessages aIsDeleteMessages: Bool,
        completion aCompletionBlock: ((String?, EMError?) -> Void)?
    )
    func delete(
        _ aConversations: [EMConversation]?,
        isDeleteMessages aIsDeleteMessages: Bool,
        completion aCompletionBlock: ((EMError?) -> Void)?
    )
    func `import`(_ aConversations: [EMConversation]?, completion aCompletionBlock: ((EMError?) -> Void)?)
    @discardableResult
    func markAllConversationsAsRead() -> EMError?
    func getConversationsFromServer(
        withCursor cursor: String?,
        pageSize: UInt8,
        completion completionBlock: ((EMCursorResult<EMConversation>?, EMError?) -> Void)?
    )
    func getConversationsFromServer(_ aCompletionBlock: (([EMConversation]?, EMError?) -> Void)?)
    func getPinnedConversationsFromServer(
        withCursor cursor: String?,
        pageSize limit: UInt8,
        completion completionBlock: ((EMCursorResult<EMConversation>?, EMError?) -> Void)?
    )
    func pinConversation(_ conversationId: String, isPinned: Bool, completionBlock: ((EMError?) -> Void)?)
    func removeMessagesFromServer(
        with conversation: EMConversation,
        messageIds: [String],
        completion aCompletionBlock: ((EMError?) -> Void)?
    )
    func removeMessagesFromServer(
        with conversation: EMConversation,
        timeStamp beforeTimeStamp: TimeInterval,
        completion aCompletionBlock: ((EMError?) -> Void)?
    )
    func deleteServerConversation(
        _ aConversationId: String,
        conversationType aConversationType: EMConversationType,
        isDeleteServerMessages aIsDeleteServerMessages: Bool,
        completion aCompletionBlock: ((String?, EMError?) -> Void)?
    )
    func deleteAllMessagesAndConversations(_ clearServerData: Bool, completion aCompletionBlock: ((EMError?) -> Void)?)
    func deleteMessages(before aTimestamp: UInt, completion aCompletion: ((EMError?) -> Void)?)
    func send(
        _ aMessage: EMChatMessage,
        progress aProgressBlock: ((Int32) -> Void)?,
        completion aCompletionBlock: ((EMChatMessage?, EMError?) -> Void)?
    )
    func resend(
        _ aMessage: EMChatMessage,
        progress aProgressBlock: ((Int32) -> Void)?,
        completion aCompletionBlock: ((EMChatMessage?, EMError?) -> Void)?
    )
    func sendMessageReadAck(_ aMessageId: String, toUser aUsername: String, completion aCompletionBlock: ((EMError?) -> Void)?)
    func ackConversationRead(_ conversationId: String, completion aCompletionBlock: ((EMError?) -> Void)?)
    @discardableResult
    func getMessageWithMessageId(_ aMessageId: String) -> EMChatMessage?
    func getMessages(
        _ aMessageIds: [String],
        withConversationId aConversationId: String,
        completion aCompletionBlock: (([EMChatMessage]?, EMError?) -> Void)?
    )
    func getMessageCount(completion: ((Int, EMError?) -> Void)?)
    func `import`(_ aMessages: [EMChatMessage], completion aCompletionBlock: ((EMError?) -> Void)?)
    func update(_ aMessage: EMChatMessage, completion aCompletionBlock: ((EMChatMessage?, EMError?) -> Void)?)
    func fetchMessagesFromServer(
        by conversationId: String,
        conversationType type: EMConversationType,
        cursor: String?,
        pageSize: UInt,
        option: EMFetchServerMessagesOption?,
        completion aCompletionBlock: ((EMCursorResult<EMChatMessage>?, EMError?) -> Void)?
    )
    func asyncFetchHistoryMessages(
        fromServer aConversationId: String,
        conversationType aConversationType: EMConversationType,
        startMessageId aStartMessageId: String?,
        pageSize aPageSize: Int32,
        completion aCompletionBlock: ((EMCursorResult<EMChatMessage>?, EMError?) -> Void)?
    )
    func asyncFetchHistoryMessages(
        fromServer aConversationId: String,
        conversationType aConversationType: EMConversationType,
        startMessageId aStartMessageId: String?,
        fetch direction: EMMessageFetchHistoryDirection,
        pageSize aPageSize: Int32,
        completion aCompletionBlock: ((EMCursorResult<EMChatMessage>?, EMError?) -> Void)?
    )
    @discardableResult
    func fetchHistoryMessages(
        fromServer aConversationId: String,
        conversationType aConversationType: EMConversationType,
        startMessageId aStartMessageId: String?,
        pageSize aPageSize: Int32,
        error pError: EMErrorPointer?
    ) -> EMCursorResult<EMChatMessage>?
    @discardableResult
    func fetchHistoryMessages(
        fromServer aConversationId: String,
        conversationType aConversationType: EMConversationType,
        startMessageId aStartMessageId: String?,
        fetch direction: EMMessageFetchHistoryDirection,
        pageSize aPageSize: Int32,
        error pError: EMErrorPointer?
    ) -> EMCursorResult<EMChatMessage>?
    @discardableResult
    func loadMessages(
        with aType: EMMessageBodyType,
        timestamp aTimestamp: Int64,
        count aCount: Int32,
        fromUser aUsername: String?,
        searchDirection aDirection: EMMessageSearchDirection
    ) -> [EMChatMessage]?
    func loadMessages(
        with aType: EMMessageBodyType,
        timestamp aTimestamp: Int64,
        count aCount: Int32,
        fromUser aUsername: String?,
        searchDirection aDirection: EMMessageSearchDirection,
        completion aCompletionBlock: (([EMChatMessage]?, EMError?) -> Void)?
    )
    func searchMessages(
        withTypes aTypes: [NSNumber],
        timestamp aTimestamp: Int64,
        count aCount: Int32,
        fromUser aUsername: String?,
        searchDirection aDirection: EMMessageSearchDirection,
        completion aCompletionBlock: (([EMChatMessage]?, EMError?) -> Void)?
    )
    @discardableResult
    func loadMessages(
        withKeyword aKeywords: String?,
        timestamp aTimestamp: Int64,
        count aCount: Int32,
        fromUser aSender: String?,
        searchDirection aDirection: EMMessageSearchDirection
    ) -> [EMChatMessage]?
    func loadMessages(
        withKeyword aKeywords: String?,
        timestamp aTimestamp: Int64,
        count aCount: Int32,
        fromUser aSender: String?,
        searchDirection aDirection: EMMessageSearchDirection,
        completion aCompletionBlock: (([EMChatMessage]?, EMError?) -> Void)?
    )
    func loadMessages(
        withKeyword aKeywords: String?,
        timestamp aTimestamp: Int64,
        count aCount: Int32,
        fromUser aSender: String?,
        searchDirection aDirection: EMMessageSearchDirection,
        scope aScope: EMMessageSearchScope,
        completion aCompletionBlock: (([EMChatMessage]?, EMError?) -> Void)?
    )
    func loadConversationMessages(
        withKeyword aKeywords: String?,
        timestamp aTimestamp: Int64,
        fromUser aSender: String?,
        searchDirection aDirection: EMMessageSearchDirection,
        scope aScope: EMMessageSearchScope,
        completion aCompletionBlock: (([String : [String]]?, EMError?) -> Void)?
    )
}
