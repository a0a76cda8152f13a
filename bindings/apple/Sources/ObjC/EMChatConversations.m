// Conversations of this device and on the server, and deleting.
#import "EMChatManager.h"

#if !__has_feature(objc_arc)
#error "compile with -fobjc-arc"
#endif

// Conversations of a page of the server's list at most.
static const int pageMax = 50;

// The types and ids of conversations, as the C library takes them.
static const char *const *idsOf(NSArray<EMConversation *> *conversations, const int32_t **types, EMArena *arena) {
    NSMutableArray<NSString *> *ids = [NSMutableArray array];
    NSMutableArray<NSNumber *> *numbers = [NSMutableArray array];
    for (EMConversation *conversation in conversations) {
        [ids addObject:conversation.conversationId];
        [numbers addObject:@(conversation.type)];
    }
    *types = [arena numbers:numbers];
    return [arena texts:ids];
}

// A completion of the app's that takes an error alone.
static EMDone errorAlone(void (^completion)(EMError *)) {
    if (!completion) return nil;
    return ^(id value, EMError *error) {
        (void)value;
        completion(error);
    };
}

@implementation EMChatConversations

- (instancetype)initWithCore:(EMCore *)core {
    if ((self = [super init])) _core = core;
    return self;
}

#pragma mark - Of this device

- (NSArray<EMConversation *> *)getAllConversations {
    return [self.core allConversations];
}

- (NSArray<EMConversation *> *)getAllConversations:(BOOL)isSort {
    // The list always comes sorted.
    (void)isSort;
    return [self.core allConversations];
}

- (NSArray<EMConversation *> *)filterConversationsFromDB:(BOOL)cleanMemoryCache
                                                  filter:(BOOL (^)(EMConversation *conversation))filter {
    (void)cleanMemoryCache;
    NSArray<EMConversation *> *all = [self.core allConversations];
    if (!all || !filter) return all;
    NSMutableArray<EMConversation *> *left = [NSMutableArray array];
    for (EMConversation *conversation in all) {
        if (filter(conversation)) [left addObject:conversation];
    }
    return left;
}

- (void)cleanConversationsMemoryCache {
}

- (EMConversation *)oneOf:(EMCall)call {
    EMCursorResult<EMFacts *> *found = [self.core now:NULL call:call];
    return EMConversationsOf(self.core, found.list).firstObject;
}

- (EMConversation *)getConversationWithConvId:(NSString *)aConversationId {
    return [self oneOf:^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        lacuna_conversation_with_id(client, [arena text:aConversationId], mode, context, EMTakeConversations);
    }];
}

- (EMConversation *)getConversation:(NSString *)aConversationId
                               type:(EMConversationType)aType
                   createIfNotExist:(BOOL)aIfCreate {
    return [self oneOf:^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        lacuna_conversation(client, (int32_t)aType, [arena text:aConversationId], aIfCreate, mode, context, EMTakeConversations);
    }];
}

- (void)deleteConversation:(NSString *)aConversationId
          isDeleteMessages:(BOOL)aIsDeleteMessages
                completion:(void (^)(NSString *aConversationId, EMError *aError))aCompletionBlock {
    EMCore *core = self.core;
    void (^done)(EMError *) = ^(EMError *error) {
        if (aCompletionBlock) aCompletionBlock(aConversationId, error);
    };
    [core conversationNamed:aConversationId done:^(EMFacts *facts, EMError *error) {
        if (error || !facts) {
            done(error);
            return;
        }
        [self deleteConversations:EMConversationsOf(core, @[ facts ]) isDeleteMessages:aIsDeleteMessages completion:done];
    }];
}

- (void)deleteConversations:(NSArray<EMConversation *> *)aConversations
           isDeleteMessages:(BOOL)aIsDeleteMessages
                 completion:(void (^)(EMError *aError))aCompletionBlock {
    EMCall call = ^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        const int32_t *types = NULL;
        const char *const *ids = idsOf(aConversations, &types, arena);
        lacuna_delete_conversations(client, types, ids, aConversations.count, aIsDeleteMessages, mode, context, EMTakeNothing);
    };
    [self.core later:errorAlone(aCompletionBlock) call:call];
}

- (void)importConversations:(NSArray<EMConversation *> *)aConversations
                 completion:(void (^)(EMError *aError))aCompletionBlock {
    EMCore *core = self.core;
    NSArray<EMConversation *> *conversations = [aConversations copy];
    EMDone opened = ^(id value, EMError *error) {
        (void)value;
        // The store of this device is asked: that takes no longer than the disk does.
        for (EMConversation *conversation in conversations) {
            if (error) break;
            NSString *data = EMJSONOf(conversation.ext);
            if (!data) continue;
            error = [core run:^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
                const char *identifier = [arena text:conversation.conversationId];
                lacuna_set_conversation_ext(client, (int32_t)conversation.type, identifier, [arena text:data], mode, context,
                                            EMTakeNothing);
            }];
        }
        if (aCompletionBlock) aCompletionBlock(error);
    };
    [core later:opened call:^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        const int32_t *types = NULL;
        const char *const *ids = idsOf(conversations, &types, arena);
        lacuna_open_conversations(client, types, ids, conversations.count, mode, context, EMTakeNothing);
    }];
}

- (EMError *)markAllConversationsAsRead {
    return [self.core run:^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        (void)arena;
        lacuna_mark_all_read(client, LACUNA_CHAT, NULL, mode, context, EMTakeNothing);
    }];
}

#pragma mark - On the server

- (void)fetchFrom:(NSString *)cursor
             size:(int32_t)size
           pinned:(BOOL)pinned
             done:(void (^)(EMCursorResult<EMConversation *> *, EMError *))done {
    EMCore *core = self.core;
    EMDone receive = ^(EMCursorResult<EMFacts *> *page, EMError *error) {
        if (!done) return;
        NSArray<EMConversation *> *list = EMConversationsOf(core, page.list);
        done(page ? [EMCursorResult cursorResultWithList:list andCursor:page.cursor] : nil, error);
    };
    [core later:receive call:^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        lacuna_fetch_conversations(client, [arena text:cursor], size, pinned, mode, context, EMTakeConversations);
    }];
}

- (void)getConversationsFromServerWithCursor:(NSString *)cursor
                                    pageSize:(unsigned char)pageSize
                                  completion:(void (^)(EMCursorResult<EMConversation *> *result, EMError *error))completionBlock {
    [self fetchFrom:cursor size:pageSize pinned:NO done:completionBlock];
}

- (void)getConversationsFromServer:(void (^)(NSArray<EMConversation *> *aConversations, EMError *aError))aCompletionBlock {
    [self fetchFrom:nil size:pageMax pinned:NO done:^(EMCursorResult<EMConversation *> *page, EMError *error) {
        if (aCompletionBlock) aCompletionBlock(page.list, error);
    }];
}

- (void)getPinnedConversationsFromServerWithCursor:(NSString *)cursor
                                          pageSize:(unsigned char)limit
                                        completion:(void (^)(EMCursorResult<EMConversation *> *result,
                                                             EMError *error))completionBlock {
    [self fetchFrom:cursor size:limit pinned:YES done:completionBlock];
}

- (void)pinConversation:(NSString *)conversationId
               isPinned:(BOOL)isPinned
        completionBlock:(void (^)(EMError *error))completionBlock {
    EMCore *core = self.core;
    [core conversationNamed:conversationId done:^(EMFacts *facts, EMError *error) {
        if (!facts) {
            EMError *missing = EMErrorMake(EMErrorInvalidConversation, @"the conversation is not here");
            if (completionBlock) completionBlock(error ?: missing);
            return;
        }
        [core later:errorAlone(completionBlock)
               call:^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
            const char *identifier = [arena text:facts.identifier];
            lacuna_set_pinned(client, (int32_t)facts.type, identifier, isPinned, mode, context, EMTakeNothing);
        }];
    }];
}

#pragma mark - Deleting

- (void)removeMessagesFromServerWithConversation:(EMConversation *)conversation
                                      messageIds:(NSArray<__kindof NSString *> *)messageIds
                                      completion:(void (^)(EMError *aError))aCompletionBlock {
    [conversation removeMessagesFromServerMessageIds:messageIds completion:aCompletionBlock];
}

- (void)removeMessagesFromServerWithConversation:(EMConversation *)conversation
                                       timeStamp:(NSTimeInterval)beforeTimeStamp
                                      completion:(void (^)(EMError *aError))aCompletionBlock {
    [conversation removeMessagesFromServerWithTimeStamp:beforeTimeStamp completion:aCompletionBlock];
}

- (void)deleteServerConversation:(NSString *)aConversationId
                conversationType:(EMConversationType)aConversationType
          isDeleteServerMessages:(BOOL)aIsDeleteServerMessages
                      completion:(void (^)(NSString *aConversationId, EMError *aError))aCompletionBlock {
    EMDone done = ^(id value, EMError *error) {
        (void)value;
        if (aCompletionBlock) aCompletionBlock(aConversationId, error);
    };
    [self.core later:done call:^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        const char *identifier = [arena text:aConversationId];
        lacuna_delete_server_conversation(client, (int32_t)aConversationType, identifier, aIsDeleteServerMessages, mode, context,
                                          EMTakeNothing);
    }];
}

- (void)deleteAllMessagesAndConversations:(BOOL)clearServerData completion:(void (^)(EMError *aError))aCompletionBlock {
    EMCall call = ^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        (void)arena;
        lacuna_delete_everything(client, clearServerData, mode, context, EMTakeNothing);
    };
    [self.core later:errorAlone(aCompletionBlock) call:call];
}

- (void)deleteMessagesBefore:(NSUInteger)aTimestamp completion:(void (^)(EMError *error))aCompletion {
    // A time beyond what the C library can name is later than every message.
    int64_t time = aTimestamp > INT64_MAX ? INT64_MAX : (int64_t)aTimestamp;
    EMCall call = ^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        (void)arena;
        lacuna_delete_messages_before(client, time, mode, context, EMTakeNothing);
    };
    [self.core later:errorAlone(aCompletion) call:call];
}

@end

@implementation EMCore (Chat)

- (NSArray<EMConversation *> *)allConversations {
    EMCursorResult<EMFacts *> *all = [self now:NULL
                                          call:^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        (void)arena;
        lacuna_conversations(client, mode, context, EMTakeConversations);
    }];
    return EMConversationsOf(self, all.list);
}

- (void)conversationNamed:(NSString *)identifier done:(EMDone)done {
    EMDone receive = ^(EMCursorResult<EMFacts *> *found, EMError *error) {
        done(found.list.firstObject, error);
    };
    [self later:receive call:^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        lacuna_conversation_with_id(client, [arena text:identifier], mode, context, EMTakeConversations);
    }];
}

- (NSArray<EMChatMessage *> *)messagesWithIds:(NSArray<NSString *> *)ids error:(EMError *__autoreleasing *)error {
    EMCall call = ^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        lacuna_messages(client, [arena texts:ids], ids.count, mode, context, EMTakeMessages);
    };
    EMCursorResult<EMChatMessage *> *found = [self now:error call:call];
    return found.list;
}

@end
