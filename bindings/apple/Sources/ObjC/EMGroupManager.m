#import "EMGroupManager.h"

#if !__has_feature(objc_arc)
#error "compile with -fobjc-arc"
#endif

// Groups, or members, of a page at most.
static const NSInteger pageMax = 1000;
// Members that come with a group.
static const int32_t membersWithGroup = 200;

typedef void (^EMGroupDone)(EMGroup *group, EMError *error);

#pragma mark - Calls

static EMCall fetch(NSString *identifier) {
    return ^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        lacuna_group(client, [arena text:identifier], mode, context, EMTakeGroups);
    };
}

static EMCall members(NSString *identifier, int32_t page, int32_t size) {
    return ^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        lacuna_group_members(client, [arena text:identifier], page, size, mode, context, EMTakeMembers);
    };
}

static EMCall create(EMGroup *wanted, EMGroupOptions *options) {
    return ^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        LacunaNewGroup group = {
            .name = [arena text:wanted.groupName],
            .description = [arena text:wanted.description],
            .members = [arena texts:wanted.memberList],
            .member_count = wanted.memberList.count,
            .is_public = options.style == EMGroupStylePublicOpenJoin,
            .member_invites = options.style == EMGroupStylePrivateMemberCanInvite,
            .members_max = EMInt32(options.maxUsers),
        };
        lacuna_create_group(client, &group, mode, context, EMTakeText);
    };
}

typedef int32_t (*EMGroupCall)(const LacunaClient *, const char *, int32_t, void *, LacunaDone);

static EMCall act(EMGroupCall function, NSString *identifier) {
    return ^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        function(client, [arena text:identifier], mode, context, EMTakeNothing);
    };
}

typedef int32_t (*EMUsersCall)(const LacunaClient *, const char *, const char *const *, size_t, int32_t, void *, LacunaDone);

static EMCall actOn(EMUsersCall function, NSString *identifier, NSArray<NSString *> *users) {
    return ^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        function(client, [arena text:identifier], [arena texts:users], users.count, mode, context, EMTakeNothing);
    };
}

static const EMCall joinedGroups = ^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
    (void)arena;
    lacuna_joined_groups(client, mode, context, EMTakeGroups);
};

#pragma mark - Values

// What a group that is to be created will be, as far as this device knows.
static EMGroup *wantedGroup(NSString *subject, NSString *description, NSArray<NSString *> *invitees) {
    EMGroup *group = [[EMGroup alloc] init];
    group.groupName = subject ?: @"";
    group.description = description ?: @"";
    group.memberList = invitees;
    return group;
}

// The same, once it has an id. It was created, so an error of the server when it is asked for is none of the creation.
static EMGroup *createdGroup(EMGroup *wanted, NSString *identifier, EMGroupOptions *options, NSString *owner) {
    EMGroup *group = [EMGroup groupWithId:identifier];
    group.groupName = wanted.groupName;
    group.description = wanted.description;
    group.owner = owner;
    group.occupantsCount = (NSInteger)wanted.memberList.count + 1;
    group.isPublic = options.style == EMGroupStylePublicOpenJoin;
    return group;
}

static void addMembers(EMGroup *group, EMMembers *page) {
    group.memberList = page.others;
    NSMutableArray<NSString *> *users = [NSMutableArray array];
    if (group.owner.length > 0) [users addObject:group.owner];
    [users addObjectsFromArray:page.others];
    group.users = users;
}

// A page's number from its cursor; 0 for what is none.
static int32_t pageOf(NSString *cursor) {
    return cursor.length == 0 ? 1 : EMInt32(cursor.integerValue);
}

static EMCursorResult<NSString *> *pageResult(EMMembers *members, int32_t page, NSInteger size) {
    if (!members) return nil;
    BOOL more = (NSInteger)members.count >= size;
    NSString *cursor = more ? [NSString stringWithFormat:@"%d", page + 1] : @"";
    return [EMCursorResult cursorResultWithList:members.others andCursor:cursor];
}

static NSArray<EMGroup *> *part(NSArray<EMGroup *> *groups, NSInteger page, NSInteger size) {
    NSMutableArray<EMGroup *> *list = [NSMutableArray array];
    NSUInteger first = (NSUInteger)page * (NSUInteger)size;
    for (NSUInteger i = first; i < groups.count && list.count < (NSUInteger)size; i++) [list addObject:groups[i]];
    return list;
}

static BOOL isPage(NSInteger page, NSInteger size) {
    return page >= 0 && page <= INT32_MAX && size >= 1 && size <= pageMax;
}

static NSString *const noPage = @"pages count from 0 and have 1 to 1000 groups";

@implementation EMGroupManager {
    EMCore *_core;
}

- (instancetype)initWithCore:(EMCore *)core {
    if ((self = [super init])) _core = core;
    return self;
}

- (void)addDelegate:(id<EMGroupManagerDelegate>)aDelegate delegateQueue:(dispatch_queue_t)aQueue {
    [_core.groupDelegates add:aDelegate queue:aQueue];
}

- (void)removeDelegate:(id<EMGroupManagerDelegate>)aDelegate {
    [_core.groupDelegates remove:aDelegate];
}

#pragma mark - The user's groups

- (NSArray<EMGroup *> *)getJoinedGroups {
    if (!_core.user) return nil;
    return _core.joinedGroups ?: @[];
}

- (void)getJoinedGroupsFromServerWithPage:(NSInteger)aPageNum
                                 pageSize:(NSInteger)aPageSize
                          needMemberCount:(BOOL)aNeedMemberCount
                                 needRole:(BOOL)aNeedRole
                               completion:(void (^)(NSArray<EMGroup *> *aList, EMError *aError))aCompletionBlock {
    (void)aNeedMemberCount;
    (void)aNeedRole;
    [self getJoinedGroupsFromServerWithPage:aPageNum pageSize:aPageSize completion:aCompletionBlock];
}

- (void)getJoinedGroupsFromServerWithPage:(NSInteger)aPageNum
                                 pageSize:(NSInteger)aPageSize
                               completion:(void (^)(NSArray<EMGroup *> *aList, EMError *aError))aCompletionBlock {
    if (!isPage(aPageNum, aPageSize)) {
        [_core refuse:EMErrorInvalidParam because:noPage done:(EMDone)aCompletionBlock];
        return;
    }
    EMCore *core = _core;
    [core later:^(NSArray<EMGroup *> *groups, EMError *error) {
        if (groups) core.joinedGroups = groups;
        if (aCompletionBlock) aCompletionBlock(groups ? part(groups, aPageNum, aPageSize) : nil, error);
    } call:joinedGroups];
}

- (NSArray<EMGroup *> *)getJoinedGroupsFromServerWithPage:(NSInteger)aPageNum
                                                 pageSize:(NSInteger)aPageSize
                                                    error:(EMError *__autoreleasing *)pError {
    if (!isPage(aPageNum, aPageSize)) {
        if (pError) *pError = [_core refusal:EMErrorInvalidParam because:noPage];
        return nil;
    }
    NSArray<EMGroup *> *groups = [_core now:pError call:joinedGroups];
    if (!groups) return nil;
    _core.joinedGroups = groups;
    return part(groups, aPageNum, aPageSize);
}

- (void)getJoinedGroupsCountFromServerWithCompletion:(void (^)(NSInteger groupCount, EMError *aError))aCompletionBlock {
    [_core later:^(NSArray<EMGroup *> *groups, EMError *error) {
        if (aCompletionBlock) aCompletionBlock((NSInteger)groups.count, error);
    } call:joinedGroups];
}

#pragma mark - Creating, joining, leaving

// What a group has become, after a call on it has succeeded: asked from the server, or else what is known.
- (EMGroup *)groupAfter:(NSString *)identifier known:(EMGroup *)known {
    NSArray<EMGroup *> *found = [_core now:NULL call:fetch(identifier)];
    return found.firstObject ?: known;
}

- (void)groupAfter:(NSString *)identifier known:(EMGroup *)known done:(EMGroupDone)done {
    if (!done) return;
    [_core later:^(NSArray<EMGroup *> *found, EMError *error) {
        (void)error;
        done(found.firstObject ?: known, nil);
    } call:fetch(identifier)];
}

// Makes a call on a group and gives the group.
- (EMGroup *)group:(NSString *)identifier error:(EMError *__autoreleasing *)error after:(EMCall)call {
    EMError *failed = [_core run:call];
    if (error) *error = failed;
    return failed ? nil : [self groupAfter:identifier known:[_core knownGroup:identifier]];
}

- (void)group:(NSString *)identifier done:(EMGroupDone)done after:(EMCall)call {
    [_core later:^(id value, EMError *error) {
        (void)value;
        if (!error) {
            [self groupAfter:identifier known:[self->_core knownGroup:identifier] done:done];
        } else if (done) {
            done(nil, error);
        }
    } call:call];
}

- (EMGroup *)createGroupWithSubject:(NSString *)aSubject
                        description:(NSString *)aDescription
                           invitees:(NSArray<NSString *> *)aInvitees
                            message:(NSString *)aMessage
                            setting:(EMGroupOptions *)aSetting
                              error:(EMError *__autoreleasing *)pError {
    (void)aMessage;
    EMGroupOptions *options = aSetting ?: [[EMGroupOptions alloc] init];
    if (options.style == EMGroupStylePublicJoinNeedApproval) {
        if (pError) *pError = [_core refusal:EMErrorOperationUnsupported because:@"joining with approval is not served"];
        return nil;
    }
    EMGroup *wanted = wantedGroup(aSubject, aDescription, aInvitees);
    NSString *owner = _core.user;
    NSString *identifier = [_core now:pError call:create(wanted, options)];
    if (!identifier) return nil;
    return [self groupAfter:identifier known:createdGroup(wanted, identifier, options, owner)];
}

- (void)createGroupWithSubject:(NSString *)aSubject
                   description:(NSString *)aDescription
                      invitees:(NSArray<NSString *> *)aInvitees
                       message:(NSString *)aMessage
                       setting:(EMGroupOptions *)aSetting
                    completion:(void (^)(EMGroup *aGroup, EMError *aError))aCompletionBlock {
    (void)aMessage;
    EMGroupOptions *options = aSetting ?: [[EMGroupOptions alloc] init];
    if (options.style == EMGroupStylePublicJoinNeedApproval) {
        NSString *why = @"joining with approval is not served";
        [_core refuse:EMErrorOperationUnsupported because:why done:(EMDone)aCompletionBlock];
        return;
    }
    EMGroup *wanted = wantedGroup(aSubject, aDescription, aInvitees);
    NSString *owner = _core.user;
    [_core later:^(NSString *identifier, EMError *error) {
        if (identifier) {
            EMGroup *known = createdGroup(wanted, identifier, options, owner);
            [self groupAfter:identifier known:known done:aCompletionBlock];
        } else if (aCompletionBlock) {
            aCompletionBlock(nil, error);
        }
    } call:create(wanted, options)];
}

- (EMGroup *)joinPublicGroup:(NSString *)aGroupId error:(EMError *__autoreleasing *)pError {
    return [self group:aGroupId error:pError after:act(lacuna_join_group, aGroupId)];
}

- (void)joinPublicGroup:(NSString *)aGroupId completion:(void (^)(EMGroup *aGroup, EMError *aError))aCompletionBlock {
    [self group:aGroupId done:aCompletionBlock after:act(lacuna_join_group, aGroupId)];
}

// Makes a call after which the user is not in a group any more.
- (EMError *)end:(NSString *)identifier with:(EMCall)call {
    EMError *error = [_core run:call];
    if (!error) [_core leftGroup:identifier];
    return error;
}

- (void)end:(NSString *)identifier with:(EMCall)call done:(void (^)(EMError *error))done {
    EMCore *core = _core;
    [core later:^(id value, EMError *error) {
        (void)value;
        if (!error) [core leftGroup:identifier];
        if (done) done(error);
    } call:call];
}

- (void)leaveGroup:(NSString *)aGroupId error:(EMError *__autoreleasing *)pError {
    EMError *error = [self end:aGroupId with:act(lacuna_leave_group, aGroupId)];
    if (pError) *pError = error;
}

- (void)leaveGroup:(NSString *)aGroupId completion:(void (^)(EMError *aError))aCompletionBlock {
    [self end:aGroupId with:act(lacuna_leave_group, aGroupId) done:aCompletionBlock];
}

- (EMError *)destroyGroup:(NSString *)aGroupId {
    return [self end:aGroupId with:act(lacuna_destroy_group, aGroupId)];
}

- (void)destroyGroup:(NSString *)aGroupId finishCompletion:(void (^)(EMError *aError))aCompletionBlock {
    [self end:aGroupId with:act(lacuna_destroy_group, aGroupId) done:aCompletionBlock];
}

#pragma mark - A group and its members

- (EMGroup *)getGroupSpecificationFromServerWithId:(NSString *)aGroupId error:(EMError *__autoreleasing *)pError {
    return [self getGroupSpecificationFromServerWithId:aGroupId fetchMembers:NO error:pError];
}

- (EMGroup *)getGroupSpecificationFromServerWithId:(NSString *)aGroupId
                                      fetchMembers:(BOOL)fetchMembers
                                             error:(EMError *__autoreleasing *)pError {
    NSArray<EMGroup *> *found = [_core now:pError call:fetch(aGroupId)];
    EMGroup *group = found.firstObject;
    if (!group || !fetchMembers) return group;
    EMMembers *page = [_core now:pError call:members(aGroupId, 1, membersWithGroup)];
    if (!page) return nil;
    addMembers(group, page);
    return group;
}

- (void)getGroupSpecificationFromServerWithId:(NSString *)aGroupId
                                   completion:(void (^)(EMGroup *aGroup, EMError *aError))aCompletionBlock {
    [self getGroupSpecificationFromServerWithId:aGroupId fetchMembers:NO completion:aCompletionBlock];
}

- (void)getGroupSpecificationFromServerWithId:(NSString *)aGroupId
                                 fetchMembers:(BOOL)fetchMembers
                                   completion:(void (^)(EMGroup *aGroup, EMError *aError))aCompletionBlock {
    EMCore *core = _core;
    [core later:^(NSArray<EMGroup *> *found, EMError *failed) {
        EMGroup *group = found.firstObject;
        if (!group || !fetchMembers) {
            if (aCompletionBlock) aCompletionBlock(group, failed);
            return;
        }
        [core later:^(EMMembers *page, EMError *error) {
            if (page) addMembers(group, page);
            if (aCompletionBlock) aCompletionBlock(page ? group : nil, error);
        } call:members(aGroupId, 1, membersWithGroup)];
    } call:fetch(aGroupId)];
}

- (EMCursorResult<NSString *> *)getGroupMemberListFromServerWithId:(NSString *)aGroupId
                                                            cursor:(NSString *)aCursor
                                                          pageSize:(NSInteger)aPageSize
                                                             error:(EMError *__autoreleasing *)pError {
    int32_t page = pageOf(aCursor);
    return pageResult([_core now:pError call:members(aGroupId, page, EMInt32(aPageSize))], page, aPageSize);
}

- (void)getGroupMemberListFromServerWithId:(NSString *)aGroupId
                                    cursor:(NSString *)aCursor
                                  pageSize:(NSInteger)aPageSize
                                completion:(void (^)(EMCursorResult<NSString *> *aResult, EMError *aError))aCompletionBlock {
    int32_t page = pageOf(aCursor);
    [_core later:^(EMMembers *found, EMError *error) {
        if (aCompletionBlock) aCompletionBlock(pageResult(found, page, aPageSize), error);
    } call:members(aGroupId, page, EMInt32(aPageSize))];
}

- (EMGroup *)addOccupants:(NSArray<NSString *> *)aOccupants
                  toGroup:(NSString *)aGroupId
           welcomeMessage:(NSString *)aWelcomeMessage
                    error:(EMError *__autoreleasing *)pError {
    (void)aWelcomeMessage;
    return [self group:aGroupId error:pError after:actOn(lacuna_invite_to_group, aGroupId, aOccupants)];
}

- (void)addMembers:(NSArray<NSString *> *)aUsers
           toGroup:(NSString *)aGroupId
           message:(NSString *)aMessage
        completion:(void (^)(EMGroup *aGroup, EMError *aError))aCompletionBlock {
    (void)aMessage;
    [self group:aGroupId done:aCompletionBlock after:actOn(lacuna_invite_to_group, aGroupId, aUsers)];
}

- (EMGroup *)removeOccupants:(NSArray<NSString *> *)aOccupants
                   fromGroup:(NSString *)aGroupId
                       error:(EMError *__autoreleasing *)pError {
    return [self group:aGroupId error:pError after:actOn(lacuna_kick_from_group, aGroupId, aOccupants)];
}

- (void)removeMembers:(NSArray<NSString *> *)aUsers
            fromGroup:(NSString *)aGroupId
           completion:(void (^)(EMGroup *aGroup, EMError *aError))aCompletionBlock {
    [self group:aGroupId done:aCompletionBlock after:actOn(lacuna_kick_from_group, aGroupId, aUsers)];
}

@end

@implementation EMCore (Groups)

- (EMGroup *)knownGroup:(NSString *)identifier {
    for (EMGroup *group in self.joinedGroups) {
        if ([group.groupId isEqualToString:identifier]) return group;
    }
    return [EMGroup groupWithId:identifier];
}

- (void)leftGroup:(NSString *)identifier {
    if (!self.options.deleteMessagesOnLeaveGroup) return;
    // What the disk refuses stays here, and can be deleted again: the user is out of the group all the same.
    (void)[self run:^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        const int32_t type = LACUNA_GROUP;
        const char *group = [arena text:identifier];
        lacuna_delete_conversations(client, &type, &group, 1, true, mode, context, EMTakeNothing);
    }];
}

@end
