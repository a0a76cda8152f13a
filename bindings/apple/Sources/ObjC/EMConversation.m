#import "EMChatManager.h"

#if !__has_feature(objc_arc)
#error "compile with -fobjc-arc"
#endif

// Senders of one search at most.
static const NSUInteger sendersMax = 9;

@implementation EMConversation {
    EMCore *_core;
}

- (instancetype)initWithCore:(EMCore *)core type:(EMConversationType)type identifier:(NSString *)identifier {
    if ((self = [super init])) {
        _core = core;
        _type = type;
        _conversationId = [identifier copy];
    }
    return self;
}

#pragma mark - What it is

- (BOOL)isEqual:(id)object {
    if (![object isKindOfClass:[EMConversation class]]) return NO;
    EMConversation *other = object;
    return other->_core == _core && other.type == _type && [other.conversationId isEqualToString:_conversationId];
}

- (NSUInteger)hash {
    return _conversationId.hash ^ (NSUInteger)_type;
}

// What the store says now; nil without a login, and if the conversation is not here.
- (EMFacts *)facts {
    EMCursorResult<EMFacts *> *found = [_core now:NULL
                                             call:^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        lacuna_conversation(client, (int32_t)self.type, [arena text:self.conversationId], false, mode, context,
                            EMTakeConversations);
    }];
    return found.list.firstObject;
}

- (int)unreadMessagesCount {
    return EMInt32([self facts].unread);
}

- (int)messagesCount {
    NSNumber *count = [_core now:NULL call:^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        lacuna_count(client, (int32_t)self.type, [arena text:self.conversationId], mode, context, EMTakeCount);
    }];
    return EMInt32(count.longLongValue);
}

- (NSDictionary *)ext {
    return [self facts].ext;
}

- (void)setExt:(NSDictionary *)ext {
    NSString *data = EMJSONOf(ext);
    (void)[_core run:^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        lacuna_set_conversation_ext(client, (int32_t)self.type, [arena text:self.conversationId], [arena text:data], mode,
                                    context, EMTakeNothing);
    }];
}

- (BOOL)isPinned {
    return self.pinnedTime > 0;
}

- (long long)pinnedTime {
    return [self facts].pinnedAt;
}

- (EMChatMessage *)latestMessage {
    return [self facts].latest;
}

- (EMChatMessage *)lastReceivedMessage {
    EMSearch *search = [self searchAt:-1 count:1 from:nil direction:EMMessageSearchDirectionUp];
    search.side = LACUNA_RECEIVED;
    return [_core find:search].lastObject;
}

#pragma mark - Deleting: on the server, on this device, and on the user's other devices

- (void)removeMessagesFromServerMessageIds:(NSArray<__kindof NSString *> *)messageIds
                                completion:(void (^)(EMError *aError))aCompletionBlock {
    [_core later:^(id value, EMError *error) {
        (void)value;
        if (aCompletionBlock) aCompletionBlock(error);
    } call:^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        const char *identifier = [arena text:self.conversationId];
        lacuna_delete_from_server(client, (int32_t)self.type, identifier, [arena texts:messageIds], messageIds.count, mode,
                                  context, EMTakeNothing);
    }];
}

- (void)removeMessagesFromServerWithTimeStamp:(NSTimeInterval)beforeTimeStamp
                                   completion:(void (^)(EMError *aError))aCompletionBlock {
    [_core later:^(id value, EMError *error) {
        (void)value;
        if (aCompletionBlock) aCompletionBlock(error);
    } call:^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        const char *identifier = [arena text:self.conversationId];
        lacuna_delete_from_server_through(client, (int32_t)self.type, identifier, beforeTimeStamp, mode, context, EMTakeNothing);
    }];
}

#pragma mark - Deleting: on this device alone

- (void)deleteAllMessages:(EMError *__autoreleasing *)pError {
    EMError *error = [_core run:^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        const char *identifier = [arena text:self.conversationId];
        lacuna_delete_all_messages(client, (int32_t)self.type, identifier, mode, context, EMTakeNothing);
    }];
    if (pError) *pError = error;
}

- (void)deleteMessageWithId:(NSString *)aMessageId error:(EMError *__autoreleasing *)pError {
    EMError *error = [_core run:^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        const char *identifier = [arena text:self.conversationId];
        lacuna_delete_message(client, (int32_t)self.type, identifier, [arena text:aMessageId], mode, context, EMTakeNothing);
    }];
    if (pError) *pError = error;
}

- (EMError *)removeMessagesStart:(NSInteger)aStartTimestamp to:(NSInteger)aEndTimestamp {
    return [_core run:^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        const char *identifier = [arena text:self.conversationId];
        lacuna_delete_messages_between(client, (int32_t)self.type, identifier, aStartTimestamp, aEndTimestamp, mode, context,
                                       EMTakeNothing);
    }];
}

#pragma mark - Changing what is here

// Whether a message says that it is of this conversation.
- (BOOL)holds:(EMChatMessage *)message {
    NSString *other = message.conversationId.lowercaseString;
    return (NSInteger)message.chatType == (NSInteger)_type && [other isEqualToString:_conversationId.lowercaseString];
}

// Why a message cannot be kept; nil if it can, as far as can be said here.
- (EMError *)refusalOf:(EMChatMessage *)message {
    if (![self holds:message]) {
        return [_core refusal:EMErrorInvalidConversation because:@"the message belongs to another conversation"];
    }
    if (message.body.type == EMMessageBodyTypeCmd) {
        return [_core refusal:EMErrorMessageInvalid because:@"commands are kept nowhere"];
    }
    return nil;
}

- (EMError *)put:(EMChatMessage *)message {
    EMError *error = [self refusalOf:message];
    if (error) return error;
    EMCall call = ^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        const char *identifier = [arena text:self.conversationId];
        const LacunaMessage *described = [message lacunaMessageIn:arena];
        lacuna_insert(client, (int32_t)self.type, identifier, described, mode, context, EMTakeMessages);
    };
    EMCursorResult<EMChatMessage *> *kept = [_core now:&error call:call];
    if (kept.list.count > 0) [message lacunaAdopt:kept.list[0]];
    return error;
}

- (void)insertMessage:(EMChatMessage *)aMessage error:(EMError *__autoreleasing *)pError {
    EMError *error = [self put:aMessage];
    if (pError) *pError = error;
}

- (void)appendMessage:(EMChatMessage *)aMessage error:(EMError *__autoreleasing *)pError {
    long long time = aMessage.timestamp;
    NSString *identifier = aMessage.messageId;
    long long latest = self.latestMessage.timestamp;
    long long now = EMNow();
    aMessage.timestamp = now > latest ? now : latest;
    // A server's id would decide where the message stands.
    aMessage.messageId = @"";
    EMError *error = [self put:aMessage];
    if (error) {
        aMessage.timestamp = time;
        aMessage.messageId = identifier;
    }
    if (pError) *pError = error;
}

- (void)updateMessageChange:(EMChatMessage *)aMessage error:(EMError *__autoreleasing *)pError {
    EMError *error = [_core run:^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        lacuna_update(client, [aMessage lacunaMessageIn:arena], mode, context, EMTakeMessages);
    }];
    if (pError) *pError = error;
}

- (void)markMessageAsReadWithId:(NSString *)aMessageId error:(EMError *__autoreleasing *)pError {
    EMError *error = [_core run:^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        lacuna_mark_read(client, [arena text:aMessageId], mode, context, EMTakeNothing);
    }];
    if (pError) *pError = error;
}

- (void)markAllMessagesAsRead:(EMError *__autoreleasing *)pError {
    EMError *error = [_core run:^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        lacuna_mark_all_read(client, (int32_t)self.type, [arena text:self.conversationId], mode, context, EMTakeNothing);
    }];
    if (pError) *pError = error;
}

#pragma mark - Loading

- (EMSearch *)searchAt:(long long)timestamp
                 count:(int)count
                  from:(NSString *)sender
             direction:(EMMessageSearchDirection)direction {
    EMSearch *search = [EMSearch searchAt:timestamp count:count from:sender direction:direction];
    search.type = _type;
    search.conversation = _conversationId;
    return search;
}

- (EMChatMessage *)loadMessageWithId:(NSString *)aMessageId error:(EMError *__autoreleasing *)pError {
    EMError *error = nil;
    EMChatMessage *message = [_core messagesWithIds:aMessageId ? @[ aMessageId ] : @[] error:&error].firstObject;
    if (message && ![self holds:message]) message = nil;
    if (!message && !error) error = EMErrorMake(EMErrorMessageInvalid, @"the message is not here");
    if (pError) *pError = error;
    return message;
}

- (NSArray<EMChatMessage *> *)loadMessagesStartFromId:(NSString *)aMessageId
                                                count:(int)aCount
                                      searchDirection:(EMMessageSearchDirection)aDirection {
    EMSearch *search = [self searchAt:-1 count:aCount from:nil direction:aDirection];
    search.beyond = aMessageId;
    return [_core find:search];
}

- (void)loadMessagesStartFromId:(NSString *)aMessageId
                          count:(int)aCount
                searchDirection:(EMMessageSearchDirection)aDirection
                     completion:(void (^)(NSArray<EMChatMessage *> *aMessages, EMError *aError))aCompletionBlock {
    EMSearch *search = [self searchAt:-1 count:aCount from:nil direction:aDirection];
    search.beyond = aMessageId;
    [_core find:search done:aCompletionBlock];
}

- (NSArray<EMChatMessage *> *)loadMessagesWithType:(EMMessageBodyType)aType
                                         timestamp:(long long)aTimestamp
                                             count:(int)aCount
                                          fromUser:(NSString *)aUsername
                                   searchDirection:(EMMessageSearchDirection)aDirection {
    EMSearch *search = [self searchAt:aTimestamp count:aCount from:aUsername direction:aDirection];
    search.kinds = @[ @(aType) ];
    return [_core find:search];
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
    EMSearch *search = [self searchAt:aTimestamp count:aCount from:aUsername direction:aDirection];
    search.kinds = aTypes;
    [_core find:search done:aCompletionBlock];
}

- (NSArray<EMChatMessage *> *)loadMessagesWithKeyword:(NSString *)aKeyword
                                            timestamp:(long long)aTimestamp
                                                count:(int)aCount
                                             fromUser:(NSString *)aSender
                                      searchDirection:(EMMessageSearchDirection)aDirection {
    EMSearch *search = [self searchAt:aTimestamp count:aCount from:aSender direction:aDirection];
    search.keyword = aKeyword;
    return [_core find:search];
}

- (void)loadMessagesWithKeyword:(NSString *)aKeyword
                      timestamp:(long long)aTimestamp
                          count:(int)aCount
                       fromUser:(NSString *)aSender
                searchDirection:(EMMessageSearchDirection)aDirection
                     completion:(void (^)(NSArray<EMChatMessage *> *aMessages, EMError *aError))aCompletionBlock {
    [self loadMessagesWithKeyword:aKeyword
                        timestamp:aTimestamp
                            count:aCount
                         fromUser:aSender
                  searchDirection:aDirection
                            scope:EMMessageSearchScopeContent
                       completion:aCompletionBlock];
}

- (void)loadMessagesWithKeyword:(NSString *)aKeyword
                      timestamp:(long long)aTimestamp
                          count:(int)aCount
                       fromUser:(NSString *)aSender
                searchDirection:(EMMessageSearchDirection)aDirection
                          scope:(EMMessageSearchScope)aScope
                     completion:(void (^)(NSArray<EMChatMessage *> *aMessages, EMError *aError))aCompletionBlock {
    EMSearch *search = [self searchAt:aTimestamp count:aCount from:aSender direction:aDirection];
    search.keyword = aKeyword;
    search.scope = aScope;
    [_core find:search done:aCompletionBlock];
}

- (void)loadMessagesWithKeyword:(NSString *)aKeyword
                      timestamp:(long long)aTimestamp
                          count:(int)aCount
                      fromUsers:(NSArray<NSString *> *)aSenders
                searchDirection:(EMMessageSearchDirection)aDirection
                          scope:(EMMessageSearchScope)aScope
                     completion:(void (^)(NSArray<EMChatMessage *> *aMessages, EMError *aError))aCompletionBlock {
    if (aSenders.count > sendersMax) {
        [_core refuse:EMErrorInvalidParam because:@"more than 9 senders" done:(EMDone)aCompletionBlock];
        return;
    }
    EMSearch *search = [self searchAt:aTimestamp count:aCount from:nil direction:aDirection];
    search.keyword = aKeyword;
    search.senders = aSenders;
    search.scope = aScope;
    [_core find:search done:aCompletionBlock];
}

- (EMSearch *)customSearchFor:(NSString *)keyword
                           at:(long long)timestamp
                        count:(int)count
                         from:(NSString *)sender
                    direction:(EMMessageSearchDirection)direction {
    EMSearch *search = [self searchAt:timestamp count:count from:sender direction:direction];
    search.keyword = keyword;
    search.kinds = @[ @(EMMessageBodyTypeCustom) ];
    return search;
}

- (NSArray<EMChatMessage *> *)loadCustomMsgWithKeyword:(NSString *)aKeyword
                                             timestamp:(long long)aTimestamp
                                                 count:(int)aCount
                                              fromUser:(NSString *)aSender
                                       searchDirection:(EMMessageSearchDirection)aDirection {
    return [_core find:[self customSearchFor:aKeyword at:aTimestamp count:aCount from:aSender direction:aDirection]];
}

- (void)loadCustomMsgWithKeyword:(NSString *)aKeyword
                       timestamp:(long long)aTimestamp
                           count:(int)aCount
                        fromUser:(NSString *)aSender
                 searchDirection:(EMMessageSearchDirection)aDirection
                      completion:(void (^)(NSArray<EMChatMessage *> *aMessages, EMError *aError))aCompletionBlock {
    EMSearch *search = [self customSearchFor:aKeyword at:aTimestamp count:aCount from:aSender direction:aDirection];
    [_core find:search done:aCompletionBlock];
}

- (EMSearch *)searchFrom:(long long)start to:(long long)end count:(int)count {
    // A negative time would mean none, which is what a time before all messages means, and no message is before 1970.
    EMSearch *search = [self searchAt:-1 count:count from:nil direction:EMMessageSearchDirectionDown];
    search.start = start < 0 ? 0 : start;
    search.end = end < 0 ? 0 : end;
    return search;
}

static NSString *const disorder = @"the start is after the end";

- (NSArray<EMChatMessage *> *)loadMessagesFrom:(long long)aStartTimestamp to:(long long)aEndTimestamp count:(int)aCount {
    if (aStartTimestamp > aEndTimestamp) return nil;
    return [_core find:[self searchFrom:aStartTimestamp to:aEndTimestamp count:aCount]];
}

- (void)loadMessagesFrom:(long long)aStartTimestamp
                      to:(long long)aEndTimestamp
                   count:(int)aCount
              completion:(void (^)(NSArray<EMChatMessage *> *aMessages, EMError *aError))aCompletionBlock {
    if (aStartTimestamp > aEndTimestamp) {
        [_core refuse:EMErrorInvalidParam because:disorder done:(EMDone)aCompletionBlock];
        return;
    }
    [_core find:[self searchFrom:aStartTimestamp to:aEndTimestamp count:aCount] done:aCompletionBlock];
}

- (NSInteger)getMessageCountStart:(NSInteger)aStartTimestamp to:(NSInteger)aEndTimestamp {
    NSNumber *count = [_core now:NULL call:^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        const char *identifier = [arena text:self.conversationId];
        lacuna_count_between(client, (int32_t)self.type, identifier, aStartTimestamp, aEndTimestamp, mode, context, EMTakeCount);
    }];
    return (NSInteger)count.longLongValue;
}

@end
