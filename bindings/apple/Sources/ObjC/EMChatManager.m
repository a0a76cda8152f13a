// The delegates, sending, and messages of this device.
#import "EMChatManager.h"

#if !__has_feature(objc_arc)
#error "compile with -fobjc-arc"
#endif

// Ids that getMessages:withConversationId:completion: takes at most.
static const NSUInteger idsMax = 20;

typedef void (^EMSent)(EMChatMessage *message, EMError *error);
typedef void (^EMProgress)(int progress);

// The compiler looks for a protocol's methods here and in what the headers of the classes above say, which is nothing.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wprotocol"
@implementation EMChatManager
#pragma clang diagnostic pop

#pragma mark - Delegates

- (void)addDelegate:(id<EMChatManagerDelegate>)aDelegate delegateQueue:(dispatch_queue_t)aQueue {
    [self.core.chatDelegates add:aDelegate queue:aQueue];
}

- (void)removeDelegate:(id<EMChatManagerDelegate>)aDelegate {
    [self.core.chatDelegates remove:aDelegate];
}

#pragma mark - Sending

// A message was sent (`kept` is what became of it), or was not.
- (void)message:(EMChatMessage *)message
         became:(EMChatMessage *)kept
          error:(EMError *)error
       progress:(EMProgress)progress
     completion:(EMSent)completion {
    EMMulticast *delegates = self.core.chatDelegates;
    if (kept) {
        [message lacunaAdopt:kept];
        if (progress) progress(100);
    } else {
        message.status = EMMessageStatusFailed;
    }
    if (completion) {
        completion(message, error);
    } else {
        [delegates tell:@selector(messageStatusDidChange:error:) with:^(id<EMChatManagerDelegate> delegate) {
            [delegate messageStatusDidChange:message error:error];
        }];
    }
    if (!kept || !self.core.options.includeSendMessageInMessageListener) return;
    [delegates tell:@selector(messagesDidReceive:) with:^(id<EMChatManagerDelegate> delegate) {
        [delegate messagesDidReceive:@[ message ]];
    }];
}

- (void)sendMessage:(EMChatMessage *)aMessage
           progress:(void (^)(int progress))aProgressBlock
         completion:(void (^)(EMChatMessage *message, EMError *error))aCompletionBlock {
    if (aMessage.from.length == 0) aMessage.from = self.core.user ?: @"";
    if (aMessage.to.length == 0) aMessage.to = aMessage.conversationId;
    // The answer may be quicker than this thread is with what the call has given: it waits for it.
    dispatch_semaphore_t started = dispatch_semaphore_create(0);
    __block NSString *identifier = nil;
    [self.core later:^(EMCursorResult<EMChatMessage *> *sent, EMError *error) {
        dispatch_semaphore_wait(started, DISPATCH_TIME_FOREVER);
        [self message:aMessage became:sent.list.firstObject error:error progress:aProgressBlock completion:aCompletionBlock];
    } call:^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        char *kept = NULL;
        lacuna_send(client, [aMessage lacunaMessageIn:arena], &kept, mode, context, EMTakeMessages);
        identifier = EMStringTake(kept);
    }];
    if (identifier) {
        aMessage.messageId = identifier;
        aMessage.status = EMMessageStatusDelivering;
    }
    dispatch_semaphore_signal(started);
}

- (void)resendMessage:(EMChatMessage *)aMessage
             progress:(void (^)(int progress))aProgressBlock
           completion:(void (^)(EMChatMessage *message, EMError *error))aCompletionBlock {
    if (aMessage.status == EMMessageStatusFailed) {
        // One that failed before it was kept, for want of a login, has to be sent whole.
        [self sendMessage:aMessage progress:aProgressBlock completion:aCompletionBlock];
        return;
    }
    NSString *identifier = aMessage.messageId;
    aMessage.status = EMMessageStatusDelivering;
    [self.core later:^(EMCursorResult<EMChatMessage *> *sent, EMError *error) {
        [self message:aMessage became:sent.list.firstObject error:error progress:aProgressBlock completion:aCompletionBlock];
    } call:^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        lacuna_resend(client, [arena text:identifier], mode, context, EMTakeMessages);
    }];
}

- (void)sendMessageReadAck:(NSString *)aMessageId
                    toUser:(NSString *)aUsername
                completion:(void (^)(EMError *aError))aCompletionBlock {
    (void)aUsername;
    BOOL wanted = self.core.options.enableRequireReadAck;
    [self.core later:^(id value, EMError *error) {
        (void)value;
        if (aCompletionBlock) aCompletionBlock(error);
    } call:^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        const char *identifier = [arena text:aMessageId];
        if (wanted) {
            lacuna_send_read_receipt(client, identifier, mode, context, EMTakeNothing);
        } else {
            lacuna_mark_read(client, identifier, mode, context, EMTakeNothing);
        }
    }];
}

- (void)ackConversationRead:(NSString *)conversationId completion:(void (^)(EMError *aError))aCompletionBlock {
    EMCore *core = self.core;
    [core conversationNamed:conversationId done:^(EMFacts *facts, EMError *failed) {
        if (failed) {
            if (aCompletionBlock) aCompletionBlock(failed);
            return;
        }
        // One that is not here can only be meant as one with a user.
        int32_t type = facts ? (int32_t)facts.type : LACUNA_CHAT;
        [core later:^(id value, EMError *error) {
            (void)value;
            if (aCompletionBlock) aCompletionBlock(error);
        } call:^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
            lacuna_send_conversation_read(client, type, [arena text:conversationId], mode, context, EMTakeNothing);
        }];
    }];
}

#pragma mark - Messages of this device

- (EMChatMessage *)getMessageWithMessageId:(NSString *)aMessageId {
    if (!aMessageId) return nil;
    return [self.core messagesWithIds:@[ aMessageId ] error:NULL].firstObject;
}

// Those of a conversation, newest first.
static NSArray<EMChatMessage *> *ofConversation(NSArray<EMChatMessage *> *messages, NSString *conversation) {
    NSMutableArray<EMChatMessage *> *left = [NSMutableArray array];
    NSString *name = conversation.lowercaseString;
    for (EMChatMessage *message in messages) {
        if ([message.conversationId.lowercaseString isEqualToString:name]) [left addObject:message];
    }
    return [left sortedArrayUsingComparator:^NSComparisonResult(EMChatMessage *left, EMChatMessage *right) {
        if (left.timestamp == right.timestamp) return [right.messageId compare:left.messageId];
        return left.timestamp > right.timestamp ? NSOrderedAscending : NSOrderedDescending;
    }];
}

- (void)getMessages:(NSArray<NSString *> *)aMessageIds
    withConversationId:(NSString *)aConversationId
            completion:(void (^)(NSArray<EMChatMessage *> *aMessages, EMError *aError))aCompletionBlock {
    EMDone done = ^(EMCursorResult<EMChatMessage *> *found, EMError *error) {
        if (aCompletionBlock) aCompletionBlock(found ? ofConversation(found.list, aConversationId) : nil, error);
    };
    if (aMessageIds.count > idsMax) {
        [self.core refuse:EMErrorInvalidParam because:@"more than 20 message ids" done:done];
        return;
    }
    [self.core later:done call:^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        lacuna_messages(client, [arena texts:aMessageIds], aMessageIds.count, mode, context, EMTakeMessages);
    }];
}

- (void)getMessageCountWithCompletion:(void (^)(NSInteger count, EMError *aError))completion {
    [self.core later:^(NSNumber *count, EMError *error) {
        if (completion) completion((NSInteger)count.longLongValue, error);
    } call:^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        (void)arena;
        lacuna_count(client, LACUNA_CHAT, NULL, mode, context, EMTakeCount);
    }];
}

- (void)importMessages:(NSArray<EMChatMessage *> *)aMessages completion:(void (^)(EMError *aError))aCompletionBlock {
    BOOL read = self.core.options.regardImportMessagesAsRead;
    [self.core later:^(id count, EMError *error) {
        (void)count;
        if (aCompletionBlock) aCompletionBlock(error);
    } call:^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        LacunaMessage **list = [arena room:aMessages.count * sizeof *list];
        for (NSUInteger i = 0; i < aMessages.count; i++) {
            // The arena's memory is ours to change until the call.
            list[i] = (LacunaMessage *)[aMessages[i] lacunaMessageIn:arena];
            if (read) list[i]->is_read = true;
        }
        lacuna_import(client, (const LacunaMessage *const *)list, aMessages.count, mode, context, EMTakeCount);
    }];
}

- (void)updateMessage:(EMChatMessage *)aMessage
           completion:(void (^)(EMChatMessage *aMessage, EMError *aError))aCompletionBlock {
    [self.core later:^(id value, EMError *error) {
        (void)value;
        if (aCompletionBlock) aCompletionBlock(error ? nil : aMessage, error);
    } call:^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        lacuna_update(client, [aMessage lacunaMessageIn:arena], mode, context, EMTakeMessages);
    }];
}

@end
