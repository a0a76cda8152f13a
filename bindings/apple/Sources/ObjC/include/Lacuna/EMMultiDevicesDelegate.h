#import <Lacuna/EMConversation.h>

NS_ASSUME_NONNULL_BEGIN

/// What another device of this user did. The removal of messages has no number: it has a method of its own.
typedef NS_ENUM(NSInteger, EMMultiDevicesEvent) {
    /// Something that this version does not know. The name is spelled as apps know it.
    EMMultiDevicesEventUnknow = -1,

    // Contacts. Not raised yet.
    /// Removed a contact.
    EMMultiDevicesEventContactRemove = 2,
    /// Accepted to be a contact.
    EMMultiDevicesEventContactAccept = 3,
    /// Declined to be a contact.
    EMMultiDevicesEventContactDecline = 4,
    /// Blocked a user.
    EMMultiDevicesEventContactBan = 5,
    /// Unblocked a user.
    EMMultiDevicesEventContactAllow = 6,

    // Groups. Not raised yet.
    /// Created a group.
    EMMultiDevicesEventGroupCreate = 10,
    /// Dismissed a group.
    EMMultiDevicesEventGroupDestroy = 11,
    /// Joined a group.
    EMMultiDevicesEventGroupJoin = 12,
    /// Left a group.
    EMMultiDevicesEventGroupLeave = 13,
    /// Asked to join a group.
    EMMultiDevicesEventGroupApply = 14,
    /// Approved that somebody joins.
    EMMultiDevicesEventGroupApplyAccept = 15,
    /// Declined that somebody joins.
    EMMultiDevicesEventGroupApplyDecline = 16,
    /// Invited somebody.
    EMMultiDevicesEventGroupInvite = 17,
    /// Accepted an invitation.
    EMMultiDevicesEventGroupInviteAccept = 18,
    /// Declined an invitation.
    EMMultiDevicesEventGroupInviteDecline = 19,
    /// Removed a member.
    EMMultiDevicesEventGroupKick = 20,
    /// Put a member on the group's block list.
    EMMultiDevicesEventGroupBan = 21,
    /// Took a member off the group's block list.
    EMMultiDevicesEventGroupAllow = 22,
    /// Stopped receiving a group's messages.
    EMMultiDevicesEventGroupBlock = 23,
    /// Receives a group's messages again.
    EMMultiDevicesEventGroupUnBlock = 24,
    /// Gave a group to another owner.
    EMMultiDevicesEventGroupAssignOwner = 25,
    /// Made a member an administrator.
    EMMultiDevicesEventGroupAddAdmin = 26,
    /// Made an administrator a member.
    EMMultiDevicesEventGroupRemoveAdmin = 27,
    /// Muted a member.
    EMMultiDevicesEventGroupAddMute = 28,
    /// Unmuted a member.
    EMMultiDevicesEventGroupRemoveMute = 29,
    /// Put a member on the list of those who may always send.
    EMMultiDevicesEventGroupAddWhiteList = 30,
    /// Took a member off that list.
    EMMultiDevicesEventGroupRemoveWhiteList = 31,
    /// Muted everybody in a group.
    EMMultiDevicesEventGroupAllBan = 32,
    /// Unmuted everybody in a group.
    EMMultiDevicesEventGroupRemoveAllBan = 33,
    /// Changed what a group is called or about.
    EMMultiDevicesEventGroupUpdate = 34,

    // Threads. Not raised yet.
    /// Made a thread.
    EMMultiDevicesEventChatThreadCreate = 40,
    /// Dismissed a thread.
    EMMultiDevicesEventChatThreadDestroy = 41,
    /// Joined a thread.
    EMMultiDevicesEventChatThreadJoin = 42,
    /// Left a thread.
    EMMultiDevicesEventChatThreadLeave = 43,
    /// Changed a thread.
    EMMultiDevicesEventChatThreadUpdate = 44,
    /// Removed somebody from a thread.
    EMMultiDevicesEventChatThreadKick = 45,

    /// Changed a member's attributes. Not raised yet.
    EMMultiDevicesEventGroupMemberAttributesChanged = 52,

    // Conversations.
    /// Pinned a conversation.
    EMMultiDevicesEventConversationPinned = 60,
    /// Unpinned a conversation.
    EMMultiDevicesEventConversationUnpinned = 61,
    /// Deleted a conversation on the server.
    EMMultiDevicesEventConversationDelete = 62,
    /// Marked a conversation. Not raised yet.
    EMMultiDevicesEventConversationUpdateMark = 63,
    /// Muted a conversation. Not raised yet.
    EMMultiDevicesEventConversationMuteInfoChanged = 64,
};

/// What another device of this user, or the server's API, did for the user. Never what this device did. The local store has
/// it when a method is called. An event that happened while this device was away is told when it is back.
@protocol EMMultiDevicesDelegate <NSObject>
@optional

/// Messages of a conversation were deleted on the server, and are gone from this device already. `deviceId` is the resource of
/// the device that deleted them; empty for the server's API, and for the messages of a conversation that was deleted with them,
/// whose event names the device. Called once for each conversation and deletion, also if none of
/// the messages was here; once for several of one device that this device reads together.
- (void)multiDevicesMessageBeRemoved:(NSString *)conversationId deviceId:(NSString *)deviceId;

/// A conversation was pinned, unpinned or deleted. Read the list anew with getAllConversations:.
- (void)multiDevicesConversationEvent:(EMMultiDevicesEvent)event
                       conversationId:(NSString *)conversationId
                     conversationType:(EMConversationType)conversationType;

/// Something happened to a contact. Not called yet.
- (void)multiDevicesContactEventDidReceive:(EMMultiDevicesEvent)aEvent
                                  username:(NSString *)aUsername
                                       ext:(nullable NSString *)aExt;
/// Something happened to a group. Not called yet.
- (void)multiDevicesGroupEventDidReceive:(EMMultiDevicesEvent)aEvent
                                 groupId:(NSString *)aGroupId
                                     ext:(nullable id)aExt;
/// Something happened to a thread. Not called yet.
- (void)multiDevicesChatThreadEventDidReceive:(EMMultiDevicesEvent)aEvent
                                     threadId:(NSString *)aThreadId
                                          ext:(nullable id)aExt;
/// A conversation was muted. Not called yet.
- (void)multiDevicesUndisturbEventNotifyFormOtherDeviceData:(nullable NSString *)undisturbData;

@end

NS_ASSUME_NONNULL_END
