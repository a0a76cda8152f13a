// Between the C library's values and Objective-C's.
#import "EMPrivate.h"

NS_ASSUME_NONNULL_BEGIN

/// What a store or the server says of a conversation at one moment.
@interface EMFacts : NSObject
@property (nonatomic) EMConversationType type;
@property (nonatomic, copy) NSString *identifier;
@property (nonatomic) long long unread;
@property (nonatomic) long long pinnedAt;
@property (nonatomic, copy, nullable) NSDictionary *ext;
@property (nonatomic, strong, nullable) EMChatMessage *latest;
@end

/// A page of a group's members.
@interface EMMembers : NSObject
/// The owner, if on the page.
@property (nonatomic, copy, nullable) NSString *owner;
/// The others.
@property (nonatomic, copy) NSArray<NSString *> *others;
/// How many are on the page, the owner included.
@property (nonatomic) NSUInteger count;
@end

/// An error.
EMError *EMErrorMake(EMErrorCode code, NSString *text);
/// An error of the C library, which stays its own; nil for NULL.
EMError *_Nullable EMErrorOf(const LacunaError *_Nullable error);

/// A text of the C library; nil for NULL.
NSString *_Nullable EMStringOf(const char *_Nullable text);
/// The same; empty for NULL.
NSString *EMTextOf(const char *_Nullable text);
/// A text that the C library gave away: frees it.
NSString *_Nullable EMStringTake(char *_Nullable text);
/// Texts of the C library.
NSArray<NSString *> *EMTextsOf(const char *const _Nonnull *_Nullable texts, size_t count);

/// The app's own data as JSON; nil for none. What no JSON can hold becomes a text that the C library refuses with 110.
NSString *_Nullable EMJSONOf(NSDictionary *_Nullable ext);
/// The app's own data; nil for none.
NSDictionary *_Nullable EMExtOf(const char *_Nullable json);

/// Messages of the C library, with the cursor of the next page.
EMCursorResult<EMChatMessage *> *_Nullable EMMessagesOf(const LacunaMessages *_Nullable messages);
/// Conversations of the C library, with the cursor of the next page.
EMCursorResult<EMFacts *> *_Nullable EMFactsOf(const LacunaConversations *_Nullable conversations);
/// Groups of the C library.
NSArray<EMGroup *> *_Nullable EMGroupsOf(const LacunaGroups *_Nullable groups);
/// Members of a group.
EMMembers *_Nullable EMMembersOf(const LacunaMembers *_Nullable members);
/// Devices of a user.
NSArray<EMDeviceConfig *> *_Nullable EMDevicesOf(const LacunaDevices *_Nullable devices);

/// The present, in milliseconds.
long long EMNow(void);
/// A number that fits the C library's 32 bits.
int32_t EMInt32(long long number);

NS_ASSUME_NONNULL_END
