#import "EMConvert.h"

#if !__has_feature(objc_arc)
#error "compile with -fobjc-arc"
#endif

@implementation EMChatMessage

- (instancetype)init {
    return [self initWithConversationID:@"" body:[[EMTextMessageBody alloc] initWithText:nil] ext:nil];
}

- (instancetype)initWithConversationID:(NSString *)aConversationId
                                  from:(NSString *)aFrom
                                    to:(NSString *)aTo
                                  body:(EMMessageBody *)aBody
                                   ext:(NSDictionary *)aExt {
    if ((self = [super init])) {
        _messageId = EMStringTake(lacuna_new_message_id()) ?: @"";
        _conversationId = [aConversationId copy] ?: @"";
        _from = [aFrom copy] ?: @"";
        _to = [aTo copy] ?: @"";
        _body = aBody;
        _ext = [aExt copy];
        _timestamp = EMNow();
        _localTime = _timestamp;
        _chatType = EMChatTypeChat;
        _status = EMMessageStatusPending;
        _direction = EMMessageDirectionSend;
        _isRead = YES;
    }
    return self;
}

- (instancetype)initWithConversationID:(NSString *)aConversationId body:(EMMessageBody *)aBody ext:(NSDictionary *)aExt {
    // Who that is, the client knows that sends it.
    return [self initWithConversationID:aConversationId from:@"" to:aConversationId body:aBody ext:aExt];
}

- (instancetype)initWithLacunaMessage:(const LacunaMessage *)message {
    if ((self = [super init])) {
        _messageId = EMTextOf(message->id);
        _conversationId = EMTextOf(message->conversation);
        _from = EMTextOf(message->from);
        _to = EMTextOf(message->to);
        _direction = message->direction;
        _timestamp = message->timestamp;
        _localTime = message->local_time;
        _chatType = message->chat_type;
        _status = message->status;
        _isRead = message->is_read;
        _isReadAcked = message->is_read_acked;
        _isDeliverAcked = message->is_delivery_acked;
        _deliverOnlineOnly = message->online_only;
        if (message->receiver_count > 0) _receiverList = EMTextsOf(message->receivers, message->receiver_count);
        _ext = EMExtOf(message->ext);
        _body = [EMMessageBody lacunaBodyOf:&message->body];
    }
    return self;
}

- (const LacunaMessage *)lacunaMessageIn:(EMArena *)arena {
    LacunaMessage *message = [arena room:sizeof *message];
    EMMessageBody *body = self.body;
    message->id = [arena text:self.messageId];
    message->chat_type = (int32_t)self.chatType;
    message->conversation = [arena text:self.conversationId];
    message->from = [arena text:self.from];
    message->to = [arena text:self.to];
    message->direction = (int32_t)self.direction;
    message->status = (int32_t)self.status;
    message->timestamp = self.timestamp;
    message->local_time = self.localTime;
    message->is_read = self.isRead;
    message->is_read_acked = self.isReadAcked;
    message->is_delivery_acked = self.isDeliverAcked;
    message->online_only = self.deliverOnlineOnly;
    if ([body isKindOfClass:[EMCmdMessageBody class]] && ((EMCmdMessageBody *)body).isDeliverOnlineOnly) {
        message->online_only = true;
    }
    message->receivers = [arena texts:self.receiverList];
    message->receiver_count = self.receiverList.count;
    message->ext = [arena text:EMJSONOf(self.ext)];
    [body lacunaFill:&message->body arena:arena];
    return message;
}

- (void)lacunaAdopt:(EMChatMessage *)kept {
    self.messageId = kept.messageId;
    self.conversationId = kept.conversationId;
    self.from = kept.from;
    self.to = kept.to;
    self.direction = kept.direction;
    self.timestamp = kept.timestamp;
    self.localTime = kept.localTime;
    self.status = kept.status;
    self.isRead = kept.isRead;
    self.isReadAcked = kept.isReadAcked;
    self.isDeliverAcked = kept.isDeliverAcked;
}

@end
