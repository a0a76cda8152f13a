#import <Lacuna/EMGroupOptions.h>

NS_ASSUME_NONNULL_BEGIN

/// A group, as the server last told of it. It does not change by itself.
@interface EMGroup : NSObject

/// Its id; also that of its conversation.
@property (nonatomic, copy, readonly, null_unspecified) NSString *groupId;
/// Its name, at most 128 characters.
@property (nonatomic, copy, readonly, null_unspecified) NSString *groupName;
/// What it is about, at most 512 characters. Lists do not say.
@property (nonatomic, copy, readonly, null_unspecified) NSString *description;
/// Who owns it. Lists do not say.
@property (nonatomic, copy, readonly, null_unspecified) NSString *owner;
/// Its members without the owner, if they were asked for; nil otherwise.
@property (nonatomic, copy, readonly, null_unspecified) NSArray<NSString *> *memberList;
/// The owner and the members, if they were asked for; nil otherwise.
@property (nonatomic, strong, readonly, null_unspecified) NSArray<NSString *> *users;
/// How many are in it, the owner included. Lists may not say: 0.
@property (nonatomic, readonly) NSInteger occupantsCount;
/// Whether anybody may join it.
@property (nonatomic, readonly) BOOL isPublic;

/// A group of which nothing but the id is known.
+ (null_unspecified instancetype)groupWithId:(NSString *)aGroupId;

@end

NS_ASSUME_NONNULL_END
