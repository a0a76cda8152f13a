// History on the server, and lookups on this device.
#import "EMChatManager.h"

#if !__has_feature(objc_arc)
#error "compile with -fobjc-arc"
#endif

// Messages that one lookup gives at most.
static const int foundMax = 400;

typedef void (^EMPage)(EMCursorResult<EMChatMessage *> *page, EMError *error);

// A page of history to fetch.
@interface EMHistory : NSObject
@property (nonatomic, copy) NSString *conversation;
@property (nonatomic) EMConversationType type;
@property (nonatomic, copy) NSString *cursor;
@property (nonatomic) int32_t size;
@property (nonatomic, strong) EMFetchServerMessagesOption *option;
@end

@implementation EMHistory

- (NSArray<NSString *> *)senders {
    if (self.option.from.length > 0) return @[ self.option.from ];
    return self.option.fromIds;
}

- (const LacunaHistoryQuery *)queryIn:(EMArena *)arena {
    LacunaHistoryQuery *query = [arena room:sizeof *query];
    NSArray<NSString *> *senders = [self senders];
    query->chat_type = (int32_t)self.type;
    query->conversation = [arena text:self.conversation];
    query->cursor = [arena text:self.cursor];
    query->page_size = self.size;
    query->direction = self.option.direction == EMMessageSearchDirectionDown ? LACUNA_DOWN : LACUNA_UP;
    query->kinds = [arena numbers:self.option.msgTypes];
    query->kind_count = self.option.msgTypes.count;
    query->senders = [arena texts:senders];
    query->sender_count = senders.count;
    query->start = self.option.startTime;
    query->end = self.option.endTime;
    query->save = self.option.isSave;
    return query;
}

- (EMCall)call {
    return ^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        lacuna_fetch_history(client, [self queryIn:arena], mode, context, EMTakeMessages);
    };
}

@end

// Older or newer than a message, and kept on this device.
static EMHistory *kept(NSString *conversation, EMConversationType type, NSString *start, EMMessageFetchHistoryDirection direction,
                       int size) {
    EMHistory *history = [[EMHistory alloc] init];
    history.conversation = conversation;
    history.type = type;
    history.cursor = start;
    history.size = size;
    history.option = [[EMFetchServerMessagesOption alloc] init];
    history.option.isSave = YES;
    if (direction == EMMessageFetchHistoryDirectionDown) history.option.direction = EMMessageSearchDirectionDown;
    return history;
}

@implementation EMChatHistory

#pragma mark - History on the server

- (void)fetchMessagesFromServerBy:(NSString *)conversationId
                 conversationType:(EMConversationType)type
                           cursor:(NSString *)cursor
                         pageSize:(NSUInteger)pageSize
                           option:(EMFetchServerMessagesOption *)option
                       completion:(void (^)(EMCursorResult<EMChatMessage *> *result, EMError *aError))aCompletionBlock {
    EMHistory *history = [[EMHistory alloc] init];
    history.conversation = conversationId;
    history.type = type;
    history.cursor = cursor;
    history.size = pageSize > INT32_MAX ? INT32_MAX : (int32_t)pageSize;
    history.option = option ?: [[EMFetchServerMessagesOption alloc] init];
    [self.core later:(EMDone)aCompletionBlock call:[history call]];
}

- (void)asyncFetchHistoryMessagesFromServer:(NSString *)aConversationId
                           conversationType:(EMConversationType)aConversationType
                             startMessageId:(NSString *)aStartMessageId
                                   pageSize:(int)aPageSize
                                 completion:(void (^)(EMCursorResult<EMChatMessage *> *aResult,
                                                      EMError *aError))aCompletionBlock {
    [self asyncFetchHistoryMessagesFromServer:aConversationId
                             conversationType:aConversationType
                               startMessageId:aStartMessageId
                               fetchDirection:EMMessageFetchHistoryDirectionUp
                                     pageSize:aPageSize
                                   completion:aCompletionBlock];
}

- (void)asyncFetchHistoryMessagesFromServer:(NSString *)aConversationId
                           conversationType:(EMConversationType)aConversationType
                             startMessageId:(NSString *)aStartMessageId
                             fetchDirection:(EMMessageFetchHistoryDirection)direction
                                   pageSize:(int)aPageSize
                                 completion:(void (^)(EMCursorResult<EMChatMessage *> *aResult,
                                                      EMError *aError))aCompletionBlock {
    EMHistory *history = kept(aConversationId, aConversationType, aStartMessageId, direction, aPageSize);
    [self.core later:(EMDone)aCompletionBlock call:[history call]];
}

- (EMCursorResult<EMChatMessage *> *)fetchHistoryMessagesFromServer:(NSString *)aConversationId
                                                   conversationType:(EMConversationType)aConversationType
                                                     startMessageId:(NSString *)aStartMessageId
                                                           pageSize:(int)aPageSize
                                                              error:(EMError *__autoreleasing *)pError {
    return [self fetchHistoryMessagesFromServer:aConversationId
                               conversationType:aConversationType
                                 startMessageId:aStartMessageId
                                 fetchDirection:EMMessageFetchHistoryDirectionUp
                                       pageSize:aPageSize
                                          error:pError];
}

- (EMCursorResult<EMChatMessage *> *)fetchHistoryMessagesFromServer:(NSString *)aConversationId
                                                   conversationType:(EMConversationType)aConversationType
                                                     startMessageId:(NSString *)aStartMessageId
                                                     fetchDirection:(EMMessageFetchHistoryDirection)direction
                                                           pageSize:(int)aPageSize
                                                              error:(EMError *__autoreleasing *)pError {
    EMHistory *history = kept(aConversationId, aConversationType, aStartMessageId, direction, aPageSize);
    return [self.core now:pError call:[history call]];
}

#pragma mark - Lookups in all conversations

- (NSArray<EMChatMessage *> *)loadMessagesWithType:(EMMessageBodyType)aType
                                         timestamp:(long long)aTimestamp
                                             count:(int)aCount
                                          fromUser:(NSString *)aUsername
                                   searchDirection:(EMMessageSearchDirection)aDirection {
    EMSearch *search = [EMSearch searchAt:aTimestamp count:aCount from:aUsername direction:aDirection];
    search.kinds = @[ @(aType) ];
    return [self.core find:search];
}

- (void)loadMessagesWithType:(EMMessageBodyType)aType
                   timestamp:(long long)aTimestamp
                       count:(int)aCount
                    fromUser:(NSString *)aUsername
             searchDirection:(EMMessageSearchDirection)aDirection
                  completion:(void (^)(NSArray<EMChatMessage *> *aMessages, EMError *aError))aCompletionBlock {
    [self searchMessagesWithTypes:@[ @(aType) ]
                        timestamp:aTimestamp
                            count:aCount
                         fromUser:aUsername
                  searchDirection:aDirection
                       completion:aCompletionBlock];
}

- (void)searchMessagesWithTypes:(NSArray<NSNumber *> *)aTypes
                      timestamp:(long long)aTimestamp
                          count:(int)aCount
                       fromUser:(NSString *)aUsername
                searchDirection:(EMMessageSearchDirection)aDirection
                     completion:(void (^)(NSArray<EMChatMessage *> *aMessages, EMError *aError))aCompletionBlock {
    EMSearch *search = [EMSearch searchAt:aTimestamp count:aCount from:aUsername direction:aDirection];
    search.kinds = aTypes;
    [self.core find:search done:aCompletionBlock];
}

- (NSArray<EMChatMessage *> *)loadMessagesWithKeyword:(NSString *)aKeywords
                                            timestamp:(long long)aTimestamp
                                                count:(int)aCount
                                             fromUser:(NSString *)aSender
                                      searchDirection:(EMMessageSearchDirection)aDirection {
    EMSearch *search = [EMSearch searchAt:aTimestamp count:aCount from:aSender direction:aDirection];
    search.keyword = aKeywords;
    return [self.core find:search];
}

- (void)loadMessagesWithKeyword:(NSString *)aKeywords
                      timestamp:(long long)aTimestamp
                          count:(int)aCount
                       fromUser:(NSString *)aSender
                searchDirection:(EMMessageSearchDirection)aDirection
                     completion:(void (^)(NSArray<EMChatMessage *> *aMessages, EMError *aError))aCompletionBlock {
    [self loadMessagesWithKeyword:aKeywords
                        timestamp:aTimestamp
                            count:aCount
                         fromUser:aSender
                  searchDirection:aDirection
                            scope:EMMessageSearchScopeContent
                       completion:aCompletionBlock];
}

- (void)loadMessagesWithKeyword:(NSString *)aKeywords
                      timestamp:(long long)aTimestamp
                          count:(int)aCount
                       fromUser:(NSString *)aSender
                searchDirection:(EMMessageSearchDirection)aDirection
                          scope:(EMMessageSearchScope)aScope
                     completion:(void (^)(NSArray<EMChatMessage *> *aMessages, EMError *aError))aCompletionBlock {
    EMSearch *search = [EMSearch searchAt:aTimestamp count:aCount from:aSender direction:aDirection];
    search.keyword = aKeywords;
    search.scope = aScope;
    [self.core find:search done:aCompletionBlock];
}

- (void)loadConversationMessagesWithKeyword:(NSString *)aKeywords
                                  timestamp:(long long)aTimestamp
                                   fromUser:(NSString *)aSender
                            searchDirection:(EMMessageSearchDirection)aDirection
                                      scope:(EMMessageSearchScope)aScope
                                 completion:(void (^)(NSDictionary<NSString *, NSArray<NSString *> *> *aMessages,
                                                      EMError *aError))aCompletionBlock {
    EMFound found = ^(NSArray<EMChatMessage *> *messages, EMError *error) {
        if (!aCompletionBlock) return;
        NSMutableDictionary<NSString *, NSMutableArray<NSString *> *> *ids = [NSMutableDictionary dictionary];
        for (EMChatMessage *message in messages) {
            if (!ids[message.conversationId]) ids[message.conversationId] = [NSMutableArray array];
            [ids[message.conversationId] addObject:message.messageId];
        }
        aCompletionBlock(messages ? ids : nil, error);
    };
    [self loadMessagesWithKeyword:aKeywords
                        timestamp:aTimestamp
                            count:foundMax
                         fromUser:aSender
                  searchDirection:aDirection
                            scope:aScope
                       completion:found];
}

@end
