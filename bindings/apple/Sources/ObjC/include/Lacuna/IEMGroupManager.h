#import <Lacuna/EMCursorResult.h>
#import <Lacuna/EMError.h>
#import <Lacuna/EMGroupManagerDelegate.h>

NS_ASSUME_NONNULL_BEGIN

/// The way to groups: EMClient.groupManager. All but getJoinedGroups ask the server, and all need a login.
@protocol IEMGroupManager <NSObject>
@required

#pragma mark - Delegates

/// Adds a delegate, held weakly, called on the queue; nil is the main queue. Adding it again changes its queue.
- (void)addDelegate:(id<EMGroupManagerDelegate>)aDelegate delegateQueue:(nullable dispatch_queue_t)aQueue;
/// Removes a delegate. A call that is on its queue already may still come.
- (void)removeDelegate:(id<EMGroupManagerDelegate>)aDelegate;

#pragma mark - The user's groups

/// The groups that the last fetch of this login brought; empty before one. Sync.
- (nullable NSArray<EMGroup *> *)getJoinedGroups;
/// A page of the groups that the user is in. Pages count from 0; 1 to 1,000 on a page. Counts and roles come as the server
/// sends them, whatever is asked. Async, server. 201, 110.
- (void)getJoinedGroupsFromServerWithPage:(NSInteger)aPageNum
                                 pageSize:(NSInteger)aPageSize
                          needMemberCount:(BOOL)aNeedMemberCount
                                 needRole:(BOOL)aNeedRole
                               completion:(void (^_Nullable)(NSArray<EMGroup *> *_Nullable aList,
                                                             EMError *_Nullable aError))aCompletionBlock;
/// The same. Async, server. 201, 110.
- (void)getJoinedGroupsFromServerWithPage:(NSInteger)aPageNum
                                 pageSize:(NSInteger)aPageSize
                               completion:(void (^_Nullable)(NSArray<EMGroup *> *_Nullable aList,
                                                             EMError *_Nullable aError))aCompletionBlock;
/// The same. Sync, server. 201, 110.
- (nullable NSArray<EMGroup *> *)getJoinedGroupsFromServerWithPage:(NSInteger)aPageNum
                                                          pageSize:(NSInteger)aPageSize
                                                             error:(EMError *_Nullable *_Nullable)pError;
/// In how many groups the user is. Async, server. 201.
- (void)getJoinedGroupsCountFromServerWithCompletion:(void (^_Nullable)(NSInteger groupCount,
                                                                        EMError *_Nullable aError))aCompletionBlock;

#pragma mark - Creating, joining, leaving

/// Creates a group that the user owns, with the invited in it, 60 at most. The message is not passed on. nil options: as
/// made. Sync, server. 201, 110, 111, 4, 204.
- (nullable EMGroup *)createGroupWithSubject:(nullable NSString *)aSubject
                                 description:(nullable NSString *)aDescription
                                    invitees:(nullable NSArray<NSString *> *)aInvitees
                                     message:(nullable NSString *)aMessage
                                     setting:(nullable EMGroupOptions *)aSetting
                                       error:(EMError *_Nullable *_Nullable)pError;
/// The same. Async, server.
- (void)createGroupWithSubject:(nullable NSString *)aSubject
                   description:(nullable NSString *)aDescription
                      invitees:(nullable NSArray<NSString *> *)aInvitees
                       message:(nullable NSString *)aMessage
                       setting:(nullable EMGroupOptions *)aSetting
                    completion:(void (^_Nullable)(EMGroup *_Nullable aGroup,
                                                  EMError *_Nullable aError))aCompletionBlock;

/// Joins a public group. Sync, server. 201, 601, 604, 606; 603 if it is not public.
- (nullable EMGroup *)joinPublicGroup:(NSString *)aGroupId error:(EMError *_Nullable *_Nullable)pError;
/// The same. Async, server.
- (void)joinPublicGroup:(NSString *)aGroupId
             completion:(void (^_Nullable)(EMGroup *_Nullable aGroup, EMError *_Nullable aError))aCompletionBlock;

/// Leaves a group. With EMOptions.deleteMessagesOnLeaveGroup its conversation leaves this device, messages and all. Sync,
/// server. 201, 602, 606; 603 for the owner.
- (void)leaveGroup:(NSString *)aGroupId error:(EMError *_Nullable *_Nullable)pError;
/// The same. Async, server.
- (void)leaveGroup:(NSString *)aGroupId completion:(void (^_Nullable)(EMError *_Nullable aError))aCompletionBlock;

/// Dismisses a group that the user owns. Sync, server. 201, 603, 606.
- (nullable EMError *)destroyGroup:(NSString *)aGroupId;
/// The same. Async, server.
- (void)destroyGroup:(NSString *)aGroupId
    finishCompletion:(void (^_Nullable)(EMError *_Nullable aError))aCompletionBlock;

#pragma mark - A group and its members

/// A group, without its members. Sync, server. 201, 606.
- (nullable EMGroup *)getGroupSpecificationFromServerWithId:(NSString *)aGroupId
                                                      error:(EMError *_Nullable *_Nullable)pError;
/// A group; YES: with its first 200 members. Sync, server. 201, 606.
- (nullable EMGroup *)getGroupSpecificationFromServerWithId:(NSString *)aGroupId
                                               fetchMembers:(BOOL)fetchMembers
                                                      error:(EMError *_Nullable *_Nullable)pError;
/// A group, without its members. Async, server. 201, 606.
- (void)getGroupSpecificationFromServerWithId:(NSString *)aGroupId
                                   completion:(void (^_Nullable)(EMGroup *_Nullable aGroup,
                                                                 EMError *_Nullable aError))aCompletionBlock;
/// A group; YES: with its first 200 members. Async, server. 201, 606.
- (void)getGroupSpecificationFromServerWithId:(NSString *)aGroupId
                                 fetchMembers:(BOOL)fetchMembers
                                   completion:(void (^_Nullable)(EMGroup *_Nullable aGroup,
                                                                 EMError *_Nullable aError))aCompletionBlock;

/// A page of a group's members without its owner, so it may have one fewer. 1 to 1,000 on a page; nil or empty cursor for the
/// first; the size must stay the same from page to page. Sync, server. 201, 110, 606.
- (nullable EMCursorResult<NSString *> *)getGroupMemberListFromServerWithId:(NSString *)aGroupId
                                                                     cursor:(nullable NSString *)aCursor
                                                                   pageSize:(NSInteger)aPageSize
                                                                      error:(EMError *_Nullable *_Nullable)pError;
/// The same. Async, server.
- (void)getGroupMemberListFromServerWithId:(NSString *)aGroupId
                                    cursor:(nullable NSString *)aCursor
                                  pageSize:(NSInteger)aPageSize
                                completion:(void (^_Nullable)(EMCursorResult<NSString *> *_Nullable aResult,
                                                              EMError *_Nullable aError))aCompletionBlock;

/// Invites users, 1 to 60; they are in the group at once. The message is not passed on. Sync, server. 201, 110, 204,
/// 601, 602, 603, 604, 606.
- (nullable EMGroup *)addOccupants:(NSArray<NSString *> *)aOccupants
                           toGroup:(NSString *)aGroupId
                    welcomeMessage:(nullable NSString *)aWelcomeMessage
                             error:(EMError *_Nullable *_Nullable)pError;
/// The same. Async, server.
- (void)addMembers:(NSArray<NSString *> *)aUsers
           toGroup:(NSString *)aGroupId
           message:(nullable NSString *)aMessage
        completion:(void (^_Nullable)(EMGroup *_Nullable aGroup, EMError *_Nullable aError))aCompletionBlock;

/// Removes users, 1 to 60, from a group that the user owns. Sync, server. 201, 110, 602, 603, 606.
- (nullable EMGroup *)removeOccupants:(NSArray<NSString *> *)aOccupants
                            fromGroup:(NSString *)aGroupId
                                error:(EMError *_Nullable *_Nullable)pError;
/// The same. Async, server.
- (void)removeMembers:(NSArray<NSString *> *)aUsers
            fromGroup:(NSString *)aGroupId
           completion:(void (^_Nullable)(EMGroup *_Nullable aGroup, EMError *_Nullable aError))aCompletionBlock;

@end

NS_ASSUME_NONNULL_END
