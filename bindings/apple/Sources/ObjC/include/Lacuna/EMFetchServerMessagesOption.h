#import <Lacuna/EMConversation.h>

NS_ASSUME_NONNULL_BEGIN

/// Which history to fetch. As made, it asks for all of it, newest first, and saves nothing.
@interface EMFetchServerMessagesOption : NSObject

/// Only from this sender; nil for all.
@property (nonatomic, strong, nullable) NSString *from;
/// Only from these senders of a group; from wins over it. For more than one, pages are read until enough messages are found:
/// after 200 pages what there is is returned, with a cursor to go on from.
@property (nonatomic, strong, nullable) NSArray<NSString *> *fromIds;
/// Only of these kinds, as numbers of EMMessageBodyType; nil for all.
@property (nonatomic, strong, nullable) NSArray<NSNumber *> *msgTypes;
/// Only from this time on, in milliseconds. -1, as made: from the beginning.
@property (nonatomic) NSInteger startTime;
/// Only up to this time, in milliseconds. -1, as made: until now.
@property (nonatomic) NSInteger endTime;
/// Up, as made: the newest first. Down: the oldest first.
@property (nonatomic) EMMessageSearchDirection direction;
/// Whether the messages go into the local store. NO, as made. What was deleted from this device alone comes back by it.
@property (nonatomic) BOOL isSave;

@end

NS_ASSUME_NONNULL_END
