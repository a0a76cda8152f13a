// Lookups in the local store: of one conversation, or of all.
#import "EMCore.h"

NS_ASSUME_NONNULL_BEGIN

typedef void (^EMFound)(NSArray<EMChatMessage *> *_Nullable messages, EMError *_Nullable error);

/// Which messages to look up. As made: the newest of all.
@interface EMSearch : NSObject
@property (nonatomic) EMConversationType type;
/// nil for all conversations.
@property (nonatomic, copy, nullable) NSString *conversation;
@property (nonatomic, copy, nullable) NSArray<NSNumber *> *kinds;
@property (nonatomic, copy, nullable) NSArray<NSString *> *senders;
/// LACUNA_SENT or LACUNA_RECEIVED; -1 for both.
@property (nonatomic) int32_t side;
@property (nonatomic, copy, nullable) NSString *keyword;
@property (nonatomic) EMMessageSearchScope scope;
@property (nonatomic, copy, nullable) NSString *beyond;
@property (nonatomic) long long timestamp;
@property (nonatomic) long long start;
@property (nonatomic) long long end;
@property (nonatomic) int count;
@property (nonatomic) EMMessageSearchDirection direction;

/// What most lookups have: a time, a number, a sender (nil for all) and a direction.
+ (instancetype)searchAt:(long long)timestamp
                   count:(int)count
                    from:(nullable NSString *)sender
               direction:(EMMessageSearchDirection)direction;
@end

@interface EMCore (Search)
/// Looks messages up.
- (nullable NSArray<EMChatMessage *> *)find:(EMSearch *)search;
/// The same, later.
- (void)find:(EMSearch *)search done:(nullable EMFound)done;
@end

NS_ASSUME_NONNULL_END
