#import "Support.h"
#include <time.h>

void keepNotebook(Notebook *notes);

@implementation Notebook {
    pthread_mutex_t _mutex;
    pthread_cond_t _changed;
    NSMutableArray<NSString *> *_lines;
    NSMutableArray *_objects;
    // Not held: a notebook goes with its client, or before it.
    __unsafe_unretained EMClient *_client;
}

+ (instancetype)of:(EMClient *)client {
    Notebook *notes = MADE([[self alloc] initWithClient:client]);
    keepNotebook(notes);
    [client addDelegate:notes delegateQueue:notes.queue];
    [client addMultiDevicesDelegate:notes delegateQueue:notes.queue];
    [client.chatManager addDelegate:notes delegateQueue:notes.queue];
    [client.groupManager addDelegate:notes delegateQueue:notes.queue];
    return notes;
}

- (instancetype)initWithClient:(EMClient *)client {
    if ((self = [super init])) {
        pthread_mutex_init(&_mutex, NULL);
        pthread_cond_init(&_changed, NULL);
        _lines = [[NSMutableArray alloc] init];
        _objects = [[NSMutableArray alloc] init];
        _queue = dispatch_queue_create("notebook", DISPATCH_QUEUE_SERIAL);
        _client = client;
        dispatch_queue_set_specific(_queue, (__bridge void *)self, (__bridge void *)self, NULL);
    }
    return self;
}

- (void)dealloc {
    pthread_mutex_destroy(&_mutex);
    pthread_cond_destroy(&_changed);
#if !__has_feature(objc_arc)
    [_lines release];
    [_objects release];
    dispatch_release(_queue);
#endif
    SUPER_DEALLOC;
}

- (void)note:(NSString *)line object:(id)object {
    // Every call comes on the queue that was asked for.
    CHECK(dispatch_get_specific((__bridge void *)self) == (__bridge void *)self);
    pthread_mutex_lock(&_mutex);
    [_lines addObject:line];
    [_objects addObject:object ?: NSNull.null];
    pthread_cond_broadcast(&_changed);
    pthread_mutex_unlock(&_mutex);
}

- (NSArray<NSString *> *)lines {
    return [self linesOf:@""];
}

// With the mutex held.
- (NSArray *)of:(NSString *)prefix from:(NSArray *)list {
    NSMutableArray *found = [NSMutableArray array];
    for (NSUInteger i = 0; i < _lines.count; i++)
        if (prefix.length == 0 || [_lines[i] hasPrefix:prefix]) [found addObject:list[i]];
    return found;
}

- (NSArray<NSString *> *)linesOf:(NSString *)prefix {
    pthread_mutex_lock(&_mutex);
    NSArray *found = [self of:prefix from:_lines];
    pthread_mutex_unlock(&_mutex);
    return found;
}

- (NSArray *)objectsOf:(NSString *)prefix {
    pthread_mutex_lock(&_mutex);
    NSArray *found = [self of:prefix from:_objects];
    pthread_mutex_unlock(&_mutex);
    return found;
}

- (NSString *)wait:(NSString *)prefix count:(NSUInteger)count {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_SECONDS;
    pthread_mutex_lock(&_mutex);
    int late = 0;
    while ([self of:prefix from:_lines].count < count && late == 0) late = pthread_cond_timedwait(&_changed, &_mutex, &until);
    NSArray<NSString *> *found = [self of:prefix from:_lines];
    NSString *line = found.count >= count ? found[count - 1] : nil;
    pthread_mutex_unlock(&_mutex);
    return line;
}

#pragma mark - EMClientDelegate

- (void)connectionStateDidChange:(EMConnectionState)state {
    [self note:state == EMConnectionConnected ? @"connected" : @"disconnected" object:nil];
}
- (void)autoLoginDidCompleteWithError:(EMError *)error {
    [self note:[NSString stringWithFormat:@"auto login %d", (int)error.code] object:error];
}
- (void)userAccountDidForcedToLogout:(EMError *)error {
    [self note:[NSString stringWithFormat:@"logged out %d", (int)error.code] object:error];
}
- (void)onOfflineMessageSyncStart {
    [self note:@"sync start" object:nil];
}
- (void)onOfflineMessageSyncFinish {
    [self note:@"sync finish" object:nil];
}

#pragma mark - EMMultiDevicesDelegate

- (void)multiDevicesMessageBeRemoved:(NSString *)conversationId deviceId:(NSString *)deviceId {
    // What is left when it is told: the removal comes first.
    int left = [_client.chatManager getConversationWithConvId:conversationId].messagesCount;
    [self note:[NSString stringWithFormat:@"removed %@ by %@ left %d", conversationId, deviceId, left] object:nil];
}
- (void)multiDevicesConversationEvent:(EMMultiDevicesEvent)event
                       conversationId:(NSString *)conversationId
                     conversationType:(EMConversationType)type {
    [self note:[NSString stringWithFormat:@"event %d %@ %d", (int)event, conversationId, (int)type] object:nil];
}

#pragma mark - EMChatManagerDelegate

- (void)conversationListDidUpdate:(NSArray<EMConversation *> *)list {
    [self note:@"list" object:list];
}
- (void)messagesDidReceive:(NSArray<EMChatMessage *> *)messages {
    for (EMChatMessage *message in messages)
        [self note:[NSString stringWithFormat:@"received %@", message.messageId] object:message];
}
- (void)cmdMessagesDidReceive:(NSArray<EMChatMessage *> *)messages {
    for (EMChatMessage *message in messages) [self note:@"command" object:message];
}
- (void)messagesDidRead:(NSArray<EMChatMessage *> *)messages {
    for (EMChatMessage *message in messages)
        [self note:[NSString stringWithFormat:@"read %@", message.messageId] object:message];
}
- (void)messagesDidDeliver:(NSArray<EMChatMessage *> *)messages {
    for (EMChatMessage *message in messages)
        [self note:[NSString stringWithFormat:@"delivered %@", message.messageId] object:message];
}
- (void)onConversationRead:(NSString *)from to:(NSString *)to {
    [self note:[NSString stringWithFormat:@"conversation read from %@ to %@", from, to] object:nil];
}
- (void)messageStatusDidChange:(EMChatMessage *)message error:(EMError *)error {
    [self note:[NSString stringWithFormat:@"status %d error %d", (int)message.status, (int)error.code] object:message];
}

#pragma mark - EMGroupManagerDelegate

- (void)didJoinGroup:(EMGroup *)group inviter:(NSString *)inviter message:(NSString *)message {
    (void)message;
    [self note:[NSString stringWithFormat:@"put into %@ by %@", group.groupId, inviter] object:group];
}
- (void)didLeaveGroup:(EMGroup *)group reason:(EMGroupLeaveReason)reason {
    [self note:[NSString stringWithFormat:@"out of %@ because %d", group.groupId, (int)reason] object:group];
}
- (void)userDidJoinGroup:(EMGroup *)group user:(NSString *)user {
    [self note:[NSString stringWithFormat:@"joined %@ %@", group.groupId, user] object:group];
}
- (void)userDidLeaveGroup:(EMGroup *)group user:(NSString *)user {
    [self note:[NSString stringWithFormat:@"left %@ %@", group.groupId, user] object:group];
}

@end
