#import <Lacuna/EMChatMessage.h>
#import <Lacuna/EMError.h>

NS_ASSUME_NONNULL_BEGIN

/// Whom a conversation is with.
typedef NS_ENUM(NSInteger, EMConversationType) {
    /// One user.
    EMConversationTypeChat = 0,
    /// A group.
    EMConversationTypeGroupChat = 1,
    /// A chat room. The SDK offers none yet: there is never such a conversation, and calls answer 505.
    EMConversationTypeChatRoom = 2,
};

/// Which messages to load, seen from a point in time.
typedef NS_ENUM(NSInteger, EMMessageSearchDirection) {
    /// Older ones.
    EMMessageSearchDirectionUp = 0,
    /// Newer ones.
    EMMessageSearchDirectionDown = 1,
};

/// Where a keyword is looked for.
typedef NS_ENUM(NSInteger, EMMessageSearchScope) {
    /// In what messages say: text, names of files, addresses, the data of custom messages. Served by an index.
    EMMessageSearchScopeContent = 0,
    /// In the values of EMChatMessage.ext. Every message is read for this, which takes its time.
    EMMessageSearchScopeExt = 1,
    /// In both.
    EMMessageSearchScopeAll = 2,
};

/// A conversation of this device: a way to its messages in the local store and in the user's history on the server.
///
/// Its properties read the store, each time anew. It holds no messages, and two objects of one conversation are as good as one.
///
/// Rules of the methods that load and search: the array is always in the order of time, oldest first, and the direction says
/// which messages are in it. A count is 1 to 400; less counts as 1, more as 400. They are synchronous, or asynchronous with
/// a completion; the synchronous ones give nil if nobody is logged in or the store fails, the others say which (201, 3).
@interface EMConversation : NSObject

/// The other user, or the group.
@property (nonatomic, copy, readonly, null_unspecified) NSString *conversationId;
/// Whom it is with.
@property (nonatomic, assign, readonly) EMConversationType type;
/// Received messages that were not read on this device. Zero or more.
@property (nonatomic, assign, readonly) int unreadMessagesCount;
/// Messages of it in the local store.
@property (nonatomic, assign, readonly) int messagesCount;
/// The app's own data, kept in the local store alone: names, and values that are NSString or NSNumber. Setting it writes it
/// at once; nil removes it.
@property (nonatomic, copy, null_unspecified) NSDictionary *ext;
/// Whether it is pinned.
@property (nonatomic, readonly) BOOL isPinned;
/// When it was pinned, in milliseconds; 0 if it is not.
@property (nonatomic, readonly) long long pinnedTime;
/// The newest message that is left in the local store; nil if it is empty.
@property (nonatomic, strong, readonly, null_unspecified) EMChatMessage *latestMessage;

/// Conversations come from IEMChatManager.
- (instancetype)init NS_UNAVAILABLE;
/// Conversations come from IEMChatManager.
+ (instancetype)new NS_UNAVAILABLE;

/// The newest message from the other side; nil if there is none. Sync.
- (nullable EMChatMessage *)lastReceivedMessage;

#pragma mark - Deleting: on the server, on this device, and on the user's other devices

// One-way: the user's own view of the conversation. Nobody else's history changes, nobody else is told, and the sender can
// still recall or edit. Any message may be deleted, sent or received, however old; no membership is needed. What was deleted
// so does not come back: not by fetching history, not on a device that was away, not on a new one.
//
// The order is: the server deletes; exactly what it deleted leaves the local store and the disk; the completion runs. If the
// server fails or does not answer, the local store keeps everything, and the call can be repeated safely. Unread counts and
// the latest message follow; the conversation stays here, empty, if nothing is left. The caller gets no delegate call.
//
// The user's other devices remove the same messages from their stores by themselves, then their EMMultiDevicesDelegate gets
// multiDevicesMessageBeRemoved:deviceId:. A device that is offline does so when it is back, however long that takes, before
// its onOfflineMessageSyncFinish.

/// Deletes messages by id: from the user's history on the server, from this device and from the user's other devices.
///
/// At most 50 ids, repeats counted; more, or none, are refused whole. Ids that are unknown, deleted already or of another
/// conversation are ignored. Messages that no server has (failed or inserted ones) are deleted here, and nothing is sent if
/// there are no others. Async, server. 201, 110, 505.
- (void)removeMessagesFromServerMessageIds:(NSArray<__kindof NSString *> *)messageIds
                                completion:(void (^_Nullable)(EMError *_Nullable aError))aCompletionBlock;

/// Deletes everything up to a time, that time included, from the user's history on the server, from this device and from the
/// user's other devices. No limit to how much that is.
///
/// The time is in milliseconds, not seconds, and is compared with EMChatMessage.timestamp: the timestamp of a message
/// deletes that message and all before it. A fraction is cut off. A time to come means everything so far: what the server
/// receives afterwards stays. Async, server. 201; 110 if it is not above 0; 505.
- (void)removeMessagesFromServerWithTimeStamp:(NSTimeInterval)beforeTimeStamp
                                   completion:(void (^_Nullable)(EMError *_Nullable aError))aCompletionBlock;

#pragma mark - Deleting: on this device alone

// The server, the user's other devices and everybody else keep what these delete, and nobody is told. Fetching history into
// the local store brings it back; to be rid of messages for good, delete them on the server.

/// Deletes every message of this conversation from this device. The conversation stays, empty; the list hides it then,
/// unless EMOptions.loadEmptyConversations is on. Sync. 201, 3.
- (void)deleteAllMessages:(EMError *_Nullable *_Nullable)pError;

/// Deletes one message from this device. Succeeds if it is not here. Sync. 201, 3; 110 for an empty id.
- (void)deleteMessageWithId:(NSString *)aMessageId error:(EMError *_Nullable *_Nullable)pError;

/// Deletes the messages between two times from this device, both ends included, in milliseconds of EMChatMessage.timestamp.
/// Succeeds if there are none. Sync. 201, 3; 110 for a negative time or a start after the end.
- (nullable EMError *)removeMessagesStart:(NSInteger)aStartTimestamp to:(NSInteger)aEndTimestamp;

#pragma mark - Changing what is here

/// Puts a message into the local store at its timestamp; it is never sent. Its conversationId must be this one's. With
/// the server's id it is kept under that, at that id's time; else it gets one of this device's, which messageId says afterwards.
/// Times before 2014-12-03, when ids begin, become that day. Sync. 201, 3, 110; 107 for another conversation's; 500 for a
/// command.
- (void)insertMessage:(EMChatMessage *)aMessage error:(EMError *_Nullable *_Nullable)pError;
/// As insertMessage:error:, but behind every other: the timestamp becomes the present, or that of the latest message if
/// that is later. Sync. 201, 3, 110, 107, 500.
- (void)appendMessage:(EMChatMessage *)aMessage error:(EMError *_Nullable *_Nullable)pError;
/// Writes the body and ext of a message back, on this device alone. Its id, names and times stay. Sync. 201, 3; 500 if it is
/// not here.
- (void)updateMessageChange:(EMChatMessage *)aMessage error:(EMError *_Nullable *_Nullable)pError;

/// Marks a message as read, on this device alone. Sync. 201, 3.
- (void)markMessageAsReadWithId:(NSString *)aMessageId error:(EMError *_Nullable *_Nullable)pError;
/// Marks every message as read, on this device alone; ackConversationRead:completion: of the chat manager tells others.
/// Sync. 201, 3.
- (void)markAllMessagesAsRead:(EMError *_Nullable *_Nullable)pError;

#pragma mark - Loading

/// A message of this conversation. Sync. nil with 500 if it is not here; 201, 3.
- (nullable EMChatMessage *)loadMessageWithId:(NSString *)aMessageId error:(EMError *_Nullable *_Nullable)pError;

/// Messages next to one, that one not included. Without an id: the newest (Up), or the oldest (Down). Sync.
- (nullable NSArray<EMChatMessage *> *)loadMessagesStartFromId:(nullable NSString *)aMessageId
                                                         count:(int)aCount
                                               searchDirection:(EMMessageSearchDirection)aDirection;
/// The same. Async. 201, 3.
- (void)loadMessagesStartFromId:(nullable NSString *)aMessageId
                          count:(int)aCount
                searchDirection:(EMMessageSearchDirection)aDirection
                     completion:(void (^_Nullable)(NSArray<EMChatMessage *> *_Nullable aMessages,
                                                   EMError *_Nullable aError))aCompletionBlock;

/// Messages of one kind before (Up) or after (Down) a time in milliseconds, that time not included; a negative time means
/// the newest. From one sender, or from all for nil. Sync.
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

/// The same for several kinds, as numbers of EMMessageBodyType; all kinds for an empty array. Async. 201, 3.
- (void)searchMessagesWithTypes:(NSArray<NSNumber *> *)aTypes
                      timestamp:(long long)aTimestamp
                          count:(int)aCount
                       fromUser:(nullable NSString *)aUsername
                searchDirection:(EMMessageSearchDirection)aDirection
                     completion:(void (^_Nullable)(NSArray<EMChatMessage *> *_Nullable aMessages,
                                                   EMError *_Nullable aError))aCompletionBlock;

/// Messages with a keyword, before or after a time as above. Each word of the keyword begins a word of theirs, whatever the
/// case and the order; a run of a script without spaces (Han, Kana, Hangul, Thai …) stands in them as it is. nil for any
/// message. Sync.
- (nullable NSArray<EMChatMessage *> *)loadMessagesWithKeyword:(nullable NSString *)aKeyword
                                                     timestamp:(long long)aTimestamp
                                                         count:(int)aCount
                                                      fromUser:(nullable NSString *)aSender
                                               searchDirection:(EMMessageSearchDirection)aDirection;
/// The same. Async. 201, 3.
- (void)loadMessagesWithKeyword:(nullable NSString *)aKeyword
                      timestamp:(long long)aTimestamp
                          count:(int)aCount
                       fromUser:(nullable NSString *)aSender
                searchDirection:(EMMessageSearchDirection)aDirection
                     completion:(void (^_Nullable)(NSArray<EMChatMessage *> *_Nullable aMessages,
                                                   EMError *_Nullable aError))aCompletionBlock;
/// The same, in what the scope says. Async. 201, 3.
- (void)loadMessagesWithKeyword:(nullable NSString *)aKeyword
                      timestamp:(long long)aTimestamp
                          count:(int)aCount
                       fromUser:(nullable NSString *)aSender
                searchDirection:(EMMessageSearchDirection)aDirection
                          scope:(EMMessageSearchScope)aScope
                     completion:(void (^_Nullable)(NSArray<EMChatMessage *> *_Nullable aMessages,
                                                   EMError *_Nullable aError))aCompletionBlock;
/// The same, from several senders, at most 9; from all for nil. Async. 201, 3, 110.
- (void)loadMessagesWithKeyword:(nullable NSString *)aKeyword
                      timestamp:(long long)aTimestamp
                          count:(int)aCount
                      fromUsers:(nullable NSArray<NSString *> *)aSenders
                searchDirection:(EMMessageSearchDirection)aDirection
                          scope:(EMMessageSearchScope)aScope
                     completion:(void (^_Nullable)(NSArray<EMChatMessage *> *_Nullable aMessages,
                                                   EMError *_Nullable aError))aCompletionBlock;

/// Custom messages with a keyword in their event or their data, before or after a time as above. Sync.
- (nullable NSArray<EMChatMessage *> *)loadCustomMsgWithKeyword:(nullable NSString *)aKeyword
                                                      timestamp:(long long)aTimestamp
                                                          count:(int)aCount
                                                       fromUser:(nullable NSString *)aSender
                                                searchDirection:(EMMessageSearchDirection)aDirection;
/// The same. Async. 201, 3.
- (void)loadCustomMsgWithKeyword:(nullable NSString *)aKeyword
                       timestamp:(long long)aTimestamp
                           count:(int)aCount
                        fromUser:(nullable NSString *)aSender
                 searchDirection:(EMMessageSearchDirection)aDirection
                      completion:(void (^_Nullable)(NSArray<EMChatMessage *> *_Nullable aMessages,
                                                    EMError *_Nullable aError))aCompletionBlock;

/// The oldest messages between two times in milliseconds, both ends included. Sync.
- (nullable NSArray<EMChatMessage *> *)loadMessagesFrom:(long long)aStartTimestamp
                                                     to:(long long)aEndTimestamp
                                                  count:(int)aCount;
/// The same. Async. 201, 3; 110 for a start after the end.
- (void)loadMessagesFrom:(long long)aStartTimestamp
                      to:(long long)aEndTimestamp
                   count:(int)aCount
              completion:(void (^_Nullable)(NSArray<EMChatMessage *> *_Nullable aMessages,
                                            EMError *_Nullable aError))aCompletionBlock;

/// How many messages lie between two times in milliseconds, both ends included. 0 if nobody is logged in, or for a start
/// after the end. Sync.
- (NSInteger)getMessageCountStart:(NSInteger)aStartTimestamp to:(NSInteger)aEndTimestamp;

@end

NS_ASSUME_NONNULL_END
