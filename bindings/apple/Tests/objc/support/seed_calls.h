// The calls of the vendor's page on deleting messages, as an app has them. Only what is around them is ours.
#import <Lacuna/Lacuna.h>

/// Deletes on the server by time.
void seedRemoveByTime(EMConversation *conversation, NSTimeInterval startTime, void (^done)(EMError *));
/// Deletes on the server by id.
void seedRemoveByIds(EMConversation *conversation, NSArray *ids, void (^done)(EMError *));
/// Deletes every message of a conversation from this device.
EMError *seedDeleteAll(EMConversation *conversation);
/// Deletes a period of a conversation from this device.
EMError *seedDeletePeriod(EMConversation *conversation, NSInteger startTime, NSInteger endTime);
/// Deletes one message from this device.
EMError *seedDeleteOne(EMConversation *conversation, NSString *messageId);

/// Counts what the multi-device delegate of the page is told.
@interface SeedDelegate : NSObject <EMMultiDevicesDelegate>
@property (atomic) int calls;
@property (atomic, copy) NSString *conversationId;
@property (atomic, copy) NSString *deviceId;
@end
