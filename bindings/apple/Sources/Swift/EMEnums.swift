// The other enumerations. The Objective-C headers say what each case means.

public enum EMMessageBodyType: Int, @unchecked Sendable {
    case text = 1
    case image = 2
    case video = 3
    case location = 4
    case voice = 5
    case file = 6
    case cmd = 7
    case custom = 8
    case combine = 9
}

public enum EMChatType: Int, @unchecked Sendable {
    case chat = 0
    case groupChat = 1
    case chatRoom = 2
}

public enum EMMessageStatus: Int, @unchecked Sendable {
    case pending = 0
    case delivering = 1
    case succeed = 2
    case failed = 3
}

public enum EMMessageDirection: Int, @unchecked Sendable {
    case send = 0
    case receive = 1
}

public enum EMConversationType: Int, @unchecked Sendable {
    case chat = 0
    case groupChat = 1
    case chatRoom = 2
}

public enum EMMessageSearchDirection: Int, @unchecked Sendable {
    case up = 0
    case down = 1
}

public enum EMMessageSearchScope: Int, @unchecked Sendable {
    case content = 0
    case ext = 1
    case all = 2
}

public enum EMMessageFetchHistoryDirection: UInt, @unchecked Sendable {
    case up = 0
    case down = 1
}

public enum EMGroupStyle: Int, @unchecked Sendable {
    case privateOnlyOwnerInvite = 0
    case privateMemberCanInvite = 1
    case publicJoinNeedApproval = 2
    case publicOpenJoin = 3
}

public enum EMGroupLeaveReason: Int, @unchecked Sendable {
    case beRemoved = 0
    case userLeave = 1
    case destroyed = 2
}

public enum EMLogLevel: Int, @unchecked Sendable {
    case debug = 0
    case warning = 1
    case error = 2
}

public enum EMMultiDevicesEvent: Int, @unchecked Sendable {
    case unknow = -1
    case contactRemove = 2
    case contactAccept = 3
    case contactDecline = 4
    case contactBan = 5
    case contactAllow = 6
    case groupCreate = 10
    case groupDestroy = 11
    case groupJoin = 12
    case groupLeave = 13
    case groupApply = 14
    case groupApplyAccept = 15
    case groupApplyDecline = 16
    case groupInvite = 17
    case groupInviteAccept = 18
    case groupInviteDecline = 19
    case groupKick = 20
    case groupBan = 21
    case groupAllow = 22
    case groupBlock = 23
    case groupUnBlock = 24
    case groupAssignOwner = 25
    case groupAddAdmin = 26
    case groupRemoveAdmin = 27
    case groupAddMute = 28
    case groupRemoveMute = 29
    case groupAddWhiteList = 30
    case groupRemoveWhiteList = 31
    case groupAllBan = 32
    case groupRemoveAllBan = 33
    case groupUpdate = 34
    case chatThreadCreate = 40
    case chatThreadDestroy = 41
    case chatThreadJoin = 42
    case chatThreadLeave = 43
    case chatThreadUpdate = 44
    case chatThreadKick = 45
    case groupMemberAttributesChanged = 52
    case conversationPinned = 60
    case conversationUnpinned = 61
    case conversationDelete = 62
    case conversationUpdateMark = 63
    case conversationMuteInfoChanged = 64
}

public enum EMConnectionState: Int, @unchecked Sendable {
    case connected = 0
    case disconnected = 1
}
