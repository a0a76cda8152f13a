// The client of the C library, shared by everything that belongs to one EMClient, and the ways to call it.
#import "EMConvert.h"
#import "EMMulticast.h"

NS_ASSUME_NONNULL_BEGIN

/// What a call ends with: a value of the kind that its trampoline makes, or an error.
typedef void (^EMDone)(id _Nullable value, EMError *_Nullable error);
/// One call of the C library. What it passes on lives in the arena.
typedef void (^EMCall)(const LacunaClient *client, EMArena *arena, int32_t mode, void *_Nullable context);

@interface EMCore : NSObject

/// What the client was made with; nil before.
@property (atomic, strong, readonly, nullable) EMOptions *options;
/// EMClientDelegate.
@property (nonatomic, strong, readonly) EMMulticast *clientDelegates;
/// EMMultiDevicesDelegate.
@property (nonatomic, strong, readonly) EMMulticast *deviceDelegates;
/// EMChatManagerDelegate.
@property (nonatomic, strong, readonly) EMMulticast *chatDelegates;
/// EMGroupManagerDelegate.
@property (nonatomic, strong, readonly) EMMulticast *groupDelegates;
/// The groups that the last fetch of this login brought; nil before one.
@property (atomic, copy, nullable) NSArray<EMGroup *> *joinedGroups;

/// Whether there is a client.
@property (nonatomic, readonly) BOOL isOpen;
/// The user who is logged in, or nil.
@property (nonatomic, readonly, nullable) NSString *user;

/// Makes the client, or another one in the place of the one that is there.
- (nullable EMError *)openWithOptions:(EMOptions *)options appkey:(NSString *)appkey;
/// Ends the client. Waits for calls that block.
- (void)close;

/// Makes a call that answers later. `done` may be nil; it runs on a thread of the library's own.
- (void)later:(nullable EMDone)done call:(EMCall)call;
/// Makes a call that blocks, and gives its value. `error` is set in any case.
- (nullable id)now:(EMError *_Nullable *_Nullable)error call:(EMCall)call;
/// Makes a call that blocks and gives no value.
- (nullable EMError *)run:(EMCall)call;
/// Reads something that no call is needed for. NULL without a client.
- (void)read:(void (^)(const LacunaClient *_Nullable client))reading;

/// An error of a check that is made here: 201 goes before it.
- (EMError *)refusal:(EMErrorCode)code because:(NSString *)text;
/// The same, given later.
- (void)refuse:(EMErrorCode)code because:(NSString *)text done:(nullable EMDone)done;

@end

// The trampolines: each takes over a block of the kind EMDone and calls it once.

void EMTakeNothing(void *_Nullable context, const LacunaError *_Nullable error);
/// Gives an NSString.
void EMTakeText(void *_Nullable context, const char *_Nullable text, const LacunaError *_Nullable error);
/// Gives an NSNumber.
void EMTakeCount(void *_Nullable context, int64_t count, const LacunaError *_Nullable error);
/// Gives an EMCursorResult of EMChatMessage.
void EMTakeMessages(void *_Nullable context, const LacunaMessages *_Nullable messages, const LacunaError *_Nullable error);
/// Gives an EMCursorResult of EMFacts.
void EMTakeConversations(void *_Nullable context,
                         const LacunaConversations *_Nullable conversations,
                         const LacunaError *_Nullable error);
/// Gives an NSArray of EMGroup.
void EMTakeGroups(void *_Nullable context, const LacunaGroups *_Nullable groups, const LacunaError *_Nullable error);
/// Gives EMMembers.
void EMTakeMembers(void *_Nullable context, const LacunaMembers *_Nullable members, const LacunaError *_Nullable error);
/// Gives an NSArray of EMDeviceConfig.
void EMTakeDevices(void *_Nullable context, const LacunaDevices *_Nullable devices, const LacunaError *_Nullable error);

/// The conversations of rows.
NSArray<EMConversation *> *_Nullable EMConversationsOf(EMCore *core, NSArray<EMFacts *> *_Nullable rows);
/// Tells the delegates of a client what happens. Once for each client of the library.
void EMObserve(EMCore *core, const LacunaClient *client);

NS_ASSUME_NONNULL_END
