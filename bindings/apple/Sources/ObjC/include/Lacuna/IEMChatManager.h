#import <Lacuna/EMChatManagerDelegate.h>
#import <Lacuna/EMCursorResult.h>
#import <Lacuna/EMFetchServerMessagesOption.h>

NS_ASSUME_NONNULL_BEGIN

/// Which part of history to fetch, seen from a message.
typedef NS_ENUM(NSUInteger, EMMessageFetchHistoryDirection) {
    /// Older messages, newest first.
    EMMessageFetchHistoryDirectionUp = 0,
    /// Newer messages, oldest first.
    EMMessageFetchHistoryDirectionDown = 1,
};

/// The way to messages and conversations: EMClient.chatManager.
///
/// Methods that take a conversation's id without a type mean the conversation of that id in the local store, with a user
/// before a group.
@protocol IEMChatManager <NSObject>
@required

#pragma mark - Delegates

/// Adds a delegate, held weakly, called on the queue; nil is the main queue. Adding it again changes its queue.
- (void)addDelegate:(nullable id<EMChatManagerDelegate>)aDelegate delegateQueue:(nullable dispatch_queue_t)aQueue;
/// Removes a delegate. A call that is on its queue already may still come.
- (void)removeDelegate:(id<EMChatManagerDelegate>)aDelegate;

#pragma mark - Conversations of this device

/// All conversations, in no order that counts. Empty ones only with EMOptions.loadEmptyConversations. nil without a login.
/// Sync.
- (nullable NSArray<EMConversation *> *)getAllConversations;
/// The same; YES: pinned ones first, by when they were pinned, then by the latest message, newest first. Sync.
- (nullable NSArray<EMConversation *> *)getAllConversations:(BOOL)isSort;
/// The conversations for which the block says YES; all for a nil block. The first argument changes nothing: conversations
/// are never kept in memory. The block runs before the call returns, on its thread. Sync.
- (nullable NSArray<EMConversation *> *)filterConversationsFromDB:(BOOL)cleanMemoryCache
                                                           filter:(BOOL (^_Nullable)(EMConversation *conversation))filter
    NS_SWIFT_NAME(filterConversationsFromDB(cleanMemoryCache:filter:));
/// Does nothing: conversations are never kept in memory.
- (void)cleanConversationsMemoryCache;

/// A conversation; nil if there is none. Sync.
- (nullable EMConversation *)getConversationWithConvId:(nullable NSString *)aConversationId;
/// A conversation; if there is none, it is made, or nil. nil also for a chat room and without a login. Sync.
- (nullable EMConversation *)getConversation:(NSString *)aConversationId
                                        type:(EMConversationType)aType
                            createIfNotExist:(BOOL)aIfCreate;

/// Takes a conversation off this device's list; YES: with its messages and their files. The next message brings it back.
/// The server and other devices are not told. Succeeds if there is none. Async. 201, 3, 110.
- (void)deleteConversation:(NSString *)aConversationId
          isDeleteMessages:(BOOL)aIsDeleteMessages
                completion:(void (^_Nullable)(NSString *_Nullable aConversationId,
                                              EMError *_Nullable aError))aCompletionBlock;
/// The same for several, all or none. Async. 201, 3.
- (void)deleteConversations:(nullable NSArray<EMConversation *> *)aConversations
           isDeleteMessages:(BOOL)aIsDeleteMessages
                 completion:(void (^_Nullable)(EMError *_Nullable aError))aCompletionBlock;
/// Makes conversations here that another client, or a backup, had, with their ext. Async. 201, 3, 110.
- (void)importConversations:(nullable NSArray<EMConversation *> *)aConversations
                 completion:(void (^_Nullable)(EMError *_Nullable aError))aCompletionBlock;
/// Marks every message of every conversation as read, on this device alone. Sync. 201, 3.
- (nullable EMError *)markAllConversationsAsRead;

#pragma mark - The user's conversation list on the server

/// A page of the list: pinned ones first, then by the newest message. What it says of pins is noted here; what is not here
/// yet is made, empty. 1 to 50 on a page; nil or empty cursor for the first. Async, server. 201, 110.
- (void)getConversationsFromServerWithCursor:(nullable NSString *)cursor
                                    pageSize:(unsigned char)pageSize
                                  completion:(void (^_Nullable)(EMCursorResult<EMConversation *> *_Nullable result,
                                                                EMError *_Nullable error))completionBlock;
/// The first 50 of the list. Async, server. 201.
- (void)getConversationsFromServer:(void (^_Nullable)(NSArray<EMConversation *> *_Nullable aConversations,
                                                      EMError *_Nullable aError))aCompletionBlock;
/// A page of the pinned ones, of which there are at most 50. 1 to 50 on a page. Async, server. 201, 110.
- (void)getPinnedConversationsFromServerWithCursor:(nullable NSString *)cursor
                                          pageSize:(unsigned char)limit
                                        completion:(void (^_Nullable)(EMCursorResult<EMConversation *> *_Nullable result,
                                                                      EMError *_Nullable error))completionBlock;
/// Pins or unpins a conversation of this device, for all of the user's devices; the others get event 60 or 61. Async,
/// server. 201, 110; 107 if it is not here; 4 past 50 pinned ones.
- (void)pinConversation:(NSString *)conversationId
               isPinned:(BOOL)isPinned
        completionBlock:(void (^_Nullable)(EMError *_Nullable error))completionBlock;

#pragma mark - Deleting: on the server, on this device, and on the user's other devices

// EMConversation.h says what a deletion on the server means.

/// removeMessagesFromServerMessageIds:completion: of a conversation. Async, server. 201, 110, 505.
- (void)removeMessagesFromServerWithConversation:(EMConversation *)conversation
                                      messageIds:(NSArray<__kindof NSString *> *)messageIds
                                      completion:(void (^_Nullable)(EMError *_Nullable aError))aCompletionBlock;
/// removeMessagesFromServerWithTimeStamp:completion: of a conversation: milliseconds, that time included. Async, server.
/// 201, 110, 505.
- (void)removeMessagesFromServerWithConversation:(EMConversation *)conversation
                                       timeStamp:(NSTimeInterval)beforeTimeStamp
                                      completion:(void (^_Nullable)(EMError *_Nullable aError))aCompletionBlock;
/// Takes a conversation off the user's list on the server and off this device's. YES: its messages leave the user's history
/// and this device too; NO: both keep them, and the next message lists it again. It need not be known here. Others keep
/// theirs; the user's other devices get event 62. Async, server. 201, 110; 505 for a chat room.
- (void)deleteServerConversation:(NSString *)aConversationId
                conversationType:(EMConversationType)aConversationType
          isDeleteServerMessages:(BOOL)aIsDeleteServerMessages
                      completion:(void (^_Nullable)(NSString *_Nullable aConversationId,
                                                    EMError *_Nullable aError))aCompletionBlock;
/// Deletes every message and every conversation: from this device; YES: also from the user's history and list on the server,
/// and from the user's other devices, which are told of each conversation. Nobody else's history changes. Async; server if
/// YES. 201, 505, 3.
- (void)deleteAllMessagesAndConversations:(BOOL)clearServerData
                               completion:(void (^_Nullable)(EMError *_Nullable aError))aCompletionBlock;

#pragma mark - Deleting: on this device alone

/// Deletes messages of every conversation that are older than a time in milliseconds; those of that very time stay. The
/// server keeps them, and fetching history into the store brings them back. Async. 201, 3.
- (void)deleteMessagesBefore:(NSUInteger)aTimestamp
                  completion:(void (^_Nullable)(EMError *_Nullable error))aCompletion;

#pragma mark - Sending

/// Sends a message. It is in the local store at once, and survives a crash. It waits up to 60 seconds for the connection and
/// the server; then it has failed. `aMessage` is given back with its new id, time and status. The progress block is called
/// with 100 when the server has the message: no files are moved. Without a completion, messageStatusDidChange:error: tells
/// the end. Async, server. 201, 110, 204, 210, 215, 221, 400, 402, 500, 505, 507, 508, 509, 510, 602, 606.
- (void)sendMessage:(EMChatMessage *)aMessage
           progress:(void (^_Nullable)(int progress))aProgressBlock
         completion:(void (^_Nullable)(EMChatMessage *_Nullable message, EMError *_Nullable error))aCompletionBlock;
/// Sends a message that failed once more. If the server had it after all, it stays one. Async, server. 201, 110, and those of
/// sendMessage:progress:completion:.
- (void)resendMessage:(EMChatMessage *)aMessage
             progress:(void (^_Nullable)(int progress))aProgressBlock
           completion:(void (^_Nullable)(EMChatMessage *_Nullable message, EMError *_Nullable error))aCompletionBlock;

/// Tells the sender of a message of a conversation with one user that it was read, and marks it as read here. With
/// EMOptions.enableRequireReadAck off, only the latter. Async, server. 201; 500 if it is not here.
- (void)sendMessageReadAck:(NSString *)aMessageId
                    toUser:(NSString *)aUsername
                completion:(void (^_Nullable)(EMError *_Nullable aError))aCompletionBlock;
/// Marks a whole conversation as read here and on the server, and tells the other side and the user's other devices. Async,
/// server. 201, 110.
- (void)ackConversationRead:(NSString *)conversationId
                 completion:(void (^_Nullable)(EMError *_Nullable aError))aCompletionBlock;

#pragma mark - Messages of this device

/// A message of any conversation; nil if it is not here. Sync.
- (nullable EMChatMessage *)getMessageWithMessageId:(NSString *)aMessageId;
/// Those of a conversation's messages that are here, newest first. At most 20 ids. Async. 201, 3, 110.
- (void)getMessages:(NSArray<NSString *> *)aMessageIds
    withConversationId:(NSString *)aConversationId
            completion:(void (^_Nullable)(NSArray<EMChatMessage *> *_Nullable aMessages,
                                          EMError *_Nullable aError))aCompletionBlock;
/// How many messages are here. Async. 201, 3.
- (void)getMessageCountWithCompletion:(void (^_Nullable)(NSInteger count, EMError *_Nullable aError))completion;

/// Takes over messages that the user sent or received, under their ids: from another store or a backup. At most 1,000 in one
/// call. What the user has deleted on the server does not come back by it. They keep isRead, or count as read with
/// EMOptions.regardImportMessagesAsRead. Async. 201, 3; 110 for an id that is not the server's for that timestamp.
- (void)importMessages:(NSArray<EMChatMessage *> *)aMessages
            completion:(void (^_Nullable)(EMError *_Nullable aError))aCompletionBlock;
/// Writes the body and ext of a message back, on this device alone. Its id, names and times stay. Async. 201, 3; 500 if it is
/// not here.
- (void)updateMessage:(EMChatMessage *)aMessage
           completion:(void (^_Nullable)(EMChatMessage *_Nullable aMessage, EMError *_Nullable aError))aCompletionBlock;

#pragma mark - The user's history on the server

// What the user deleted on the server is in none of it. Fewer messages than a page has mean that there are no more.

/// A page of history. nil option: all of it, newest first, not saved. 1 to 50 on a page; nil or empty cursor for the first.
/// Async, server. 201, 110; 505 for a chat room.
- (void)fetchMessagesFromServerBy:(NSString *)conversationId
                 conversationType:(EMConversationType)type
                           cursor:(nullable NSString *)cursor
                         pageSize:(NSUInteger)pageSize
                           option:(nullable EMFetchServerMessagesOption *)option
                       completion:(void (^_Nullable)(EMCursorResult<EMChatMessage *> *_Nullable result,
                                                     EMError *_Nullable aError))aCompletionBlock;
/// A page of history older than a message, that one not included; nil or empty for the newest. Saved in the local store
/// always, so that what was deleted from this device alone comes back. Async, server. 201, 110; 505 for a chat room.
- (void)asyncFetchHistoryMessagesFromServer:(NSString *)aConversationId
                           conversationType:(EMConversationType)aConversationType
                             startMessageId:(nullable NSString *)aStartMessageId
                                   pageSize:(int)aPageSize
                                 completion:(void (^_Nullable)(EMCursorResult<EMChatMessage *> *_Nullable aResult,
                                                               EMError *_Nullable aError))aCompletionBlock;
/// The same, in either direction. Async, server.
- (void)asyncFetchHistoryMessagesFromServer:(NSString *)aConversationId
                           conversationType:(EMConversationType)aConversationType
                             startMessageId:(nullable NSString *)aStartMessageId
                             fetchDirection:(EMMessageFetchHistoryDirection)direction
                                   pageSize:(int)aPageSize
                                 completion:(void (^_Nullable)(EMCursorResult<EMChatMessage *> *_Nullable aResult,
                                                               EMError *_Nullable aError))aCompletionBlock;
/// The same as the first. Sync, server.
- (nullable EMCursorResult<EMChatMessage *> *)fetchHistoryMessagesFromServer:(NSString *)aConversationId
                                                            conversationType:(EMConversationType)aConversationType
                                                              startMessageId:(nullable NSString *)aStartMessageId
                                                                    pageSize:(int)aPageSize
                                                                       error:(EMError *_Nullable *_Nullable)pError;
/// The same, in either direction. Sync, server.
- (nullable EMCursorResult<EMChatMessage *> *)fetchHistoryMessagesFromServer:(NSString *)aConversationId
                                                            conversationType:(EMConversationType)aConversationType
                                                              startMessageId:(nullable NSString *)aStartMessageId
                                                              fetchDirection:(EMMessageFetchHistoryDirection)direction
                                                                    pageSize:(int)aPageSize
                                                                       error:(EMError *_Nullable *_Nullable)pError;

#pragma mark - Searching all conversations

// As the methods of the same names of EMConversation, which say the rules.

/// Messages of one kind. Sync.
- (nullable NSArray<EMChatMessage *> *)loadMessagesWithType:(EMMessageBodyType)aType
                                                  timestamp:(long long)aTimestamp
                                                      count:(int)aCount
                                                   fromUser:(nullable NSString *)aUsername
                                            searchDirection:(EMMessageSearchDirection)aDirection;
/// The same. Async. 201, 3.
- (void)loadMessagesWithType:(EMMessageBodyType)aType
                   timestamp:(long long)aTimestamp
                       count:(int)aCount
                    fromUser:(nullable NSString *)aUsername
             searchDirection:(EMMessageSearchDirection)aDirection
                  completion:(void (^_Nullable)(NSArray<EMChatMessage *> *_Nullable aMessages,
                                                EMError *_Nullable aError))aCompletionBlock;
/// Messages of several kinds. Async. 201, 3.
- (void)searchMessagesWithTypes:(NSArray<NSNumber *> *)aTypes
                      timestamp:(long long)aTimestamp
                          count:(int)aCount
                       fromUser:(nullable NSString *)aUsername
                searchDirection:(EMMessageSearchDirection)aDirection
                     completion:(void (^_Nullable)(NSArray<EMChatMessage *> *_Nullable aMessages,
                                                   EMError *_Nullable aError))aCompletionBlock;
/// Messages with a keyword. Sync.
- (nullable NSArray<EMChatMessage *> *)loadMessagesWithKeyword:(nullable NSString *)aKeywords
                                                     timestamp:(long long)aTimestamp
                                                         count:(int)aCount
                                                      fromUser:(nullable NSString *)aSender
                                               searchDirection:(EMMessageSearchDirection)aDirection;
/// The same. Async. 201, 3.
- (void)loadMessagesWithKeyword:(nullable NSString *)aKeywords
                      timestamp:(long long)aTimestamp
                          count:(int)aCount
                       fromUser:(nullable NSString *)aSender
                searchDirection:(EMMessageSearchDirection)aDirection
                     completion:(void (^_Nullable)(NSArray<EMChatMessage *> *_Nullable aMessages,
                                                   EMError *_Nullable aError))aCompletionBlock;
/// The same, in what the scope says. Async. 201, 3.
- (void)loadMessagesWithKeyword:(nullable NSString *)aKeywords
                      timestamp:(long long)aTimestamp
                          count:(int)aCount
                       fromUser:(nullable NSString *)aSender
                searchDirection:(EMMessageSearchDirection)aDirection
                          scope:(EMMessageSearchScope)aScope
                     completion:(void (^_Nullable)(NSArray<EMChatMessage *> *_Nullable aMessages,
                                                   EMError *_Nullable aError))aCompletionBlock;
/// The ids of the messages with a keyword by the id of their conversation, oldest first; at most 400 in all. Async. 201, 3.
- (void)loadConversationMessagesWithKeyword:(nullable NSString *)aKeywords
                                  timestamp:(long long)aTimestamp
                                   fromUser:(nullable NSString *)aSender
                            searchDirection:(EMMessageSearchDirection)aDirection
                                      scope:(EMMessageSearchScope)aScope
                                 completion:(void (^_Nullable)(
                                                NSDictionary<NSString *, NSArray<NSString *> *> *_Nullable aMessages,
                                                EMError *_Nullable aError))aCompletionBlock;

@end

NS_ASSUME_NONNULL_END
