#import "seed_calls.h"

void seedRemoveByTime(EMConversation *conversation, NSTimeInterval startTime, void (^done)(EMError *)) {
    [conversation removeMessagesFromServerWithTimeStamp:startTime completion:^(EMError *aError) {
        done(aError);
    }];
}

void seedRemoveByIds(EMConversation *conversation, NSArray *ids, void (^done)(EMError *)) {
    if (ids.count == 2) {
        NSString *msgId1 = ids[0], *msgId2 = ids[1];
        [conversation removeMessagesFromServerMessageIds:@[msgId1, msgId2] completion:^(EMError *aError) {
            done(aError);
        }];
        return;
    }
    [conversation removeMessagesFromServerMessageIds:ids completion:^(EMError *aError) {
        done(aError);
    }];
}

EMError *seedDeleteAll(EMConversation *conversation) {
    EMError *error = nil;
    [conversation deleteAllMessages:&error];
    return error;
}

EMError *seedDeletePeriod(EMConversation *conversation, NSInteger startTime, NSInteger endTime) {
    return [conversation removeMessagesStart:startTime to:endTime];
}

EMError *seedDeleteOne(EMConversation *conversation, NSString *messageId) {
    EMError *error = nil;
    [conversation deleteMessageWithId:messageId error:&error];
    return error;
}

@implementation SeedDelegate

- (void)multiDevicesMessageBeRemoved:(NSString *)conversationId deviceId:(NSString *)deviceId {
    self.conversationId = conversationId;
    self.deviceId = deviceId;
    self.calls++;
}

#if !__has_feature(objc_arc)
- (void)dealloc {
    [_conversationId release];
    [_deviceId release];
    [super dealloc];
}
#endif

@end
