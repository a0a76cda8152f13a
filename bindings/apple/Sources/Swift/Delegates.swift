// What an app is told. On Apple platforms these methods are optional; here each has an implementation that does nothing.
// The Objective-C headers say when each is called.

import Foundation

public protocol EMClientDelegate: NSObjectProtocol {
    func connectionStateDidChange(_ aConnectionState: EMConnectionState)
    func autoLoginDidCompleteWithError(_ aError: EMError?)
    func userAccountDidLoginFromOtherDevice(with info: EMLoginExtensionInfo?)
    func userAccountDidLogin(fromOtherDevice aDeviceName: String?)
    func userAccountDidLoginFromOtherDevice()
    func userAccountDidRemoveFromServer()
    func userDidForbidByServer()
    func userAccountDidForced(toLogout aError: EMError?)
    func tokenWillExpire(_ aErrorCode: EMErrorCode)
    func tokenDidExpire(_ aErrorCode: EMErrorCode)
    func onOfflineMessageSyncStart()
    func onOfflineMessageSyncFinish()
    func onLocalStoreRecovered()
}

public extension EMClientDelegate {
    func connectionStateDidChange(_ aConnectionState: EMConnectionState) {}
    func autoLoginDidCompleteWithError(_ aError: EMError?) {}
    // The newest of the three that the app has is called.
    func userAccountDidLoginFromOtherDevice(with info: EMLoginExtensionInfo?) {
        userAccountDidLogin(fromOtherDevice: info?.deviceName)
    }
    func userAccountDidLogin(fromOtherDevice aDeviceName: String?) {
        userAccountDidLoginFromOtherDevice()
    }
    func userAccountDidLoginFromOtherDevice() {}
    func userAccountDidRemoveFromServer() {}
    func userDidForbidByServer() {}
    func userAccountDidForced(toLogout aError: EMError?) {}
    func tokenWillExpire(_ aErrorCode: EMErrorCode) {}
    func tokenDidExpire(_ aErrorCode: EMErrorCode) {}
    func onOfflineMessageSyncStart() {}
    func onOfflineMessageSyncFinish() {}
    func onLocalStoreRecovered() {}
}

public protocol EMMultiDevicesDelegate: NSObjectProtocol {
    func multiDevicesMessageBeRemoved(_ conversationId: String, deviceId: String)
    func multiDevicesConversationEvent(_ event: EMMultiDevicesEvent, conversationId: String, conversationType: EMConversationType)
    func multiDevicesContactEventDidReceive(_ aEvent: EMMultiDevicesEvent, username aUsername: String, ext aExt: String?)
    func multiDevicesGroupEventDidReceive(_ aEvent: EMMultiDevicesEvent, groupId aGroupId: String, ext aExt: Any?)
    func multiDevicesChatThreadEventDidReceive(_ aEvent: EMMultiDevicesEvent, threadId aThreadId: String, ext aExt: Any?)
    func multiDevicesUndisturbEventNotifyFormOtherDeviceData(_ undisturbData: String?)
}

public extension EMMultiDevicesDelegate {
    func multiDevicesMessageBeRemoved(_ conversationId: String, deviceId: String) {}
    func multiDevicesConversationEvent(
        _ event: EMMultiDevicesEvent,
        conversationId: String,
        conversationType: EMConversationType
    ) {}
    func multiDevicesContactEventDidReceive(_ aEvent: EMMultiDevicesEvent, username aUsername: String, ext aExt: String?) {}
    func multiDevicesGroupEventDidReceive(_ aEvent: EMMultiDevicesEvent, groupId aGroupId: String, ext aExt: Any?) {}
    func multiDevicesChatThreadEventDidReceive(_ aEvent: EMMultiDevicesEvent, threadId aThreadId: String, ext aExt: Any?) {}
    func multiDevicesUndisturbEventNotifyFormOtherDeviceData(_ undisturbData: String?) {}
}

public protocol EMChatManagerDelegate: NSObjectProtocol {
    func conversationListDidUpdate(_ aConversationList: [EMConversation])
    func messagesDidReceive(_ aMessages: [EMChatMessage])
    func cmdMessagesDidReceive(_ aCmdMessages: [EMChatMessage])
    func messagesDidRead(_ aMessages: [EMChatMessage])
    func messagesDidDeliver(_ aMessages: [EMChatMessage])
    func onConversationRead(_ from: String, to: String)
    func messagesInfoDidRecall(_ aRecallMessagesInfo: [EMRecallMessageInfo])
    func onMessageContentChanged(_ message: EMChatMessage, operatorId: String, operationTime: UInt)
    func messageStatusDidChange(_ aMessage: EMChatMessage, error aError: EMError?)
}

public extension EMChatManagerDelegate {
    func conversationListDidUpdate(_ aConversationList: [EMConversation]) {}
    func messagesDidReceive(_ aMessages: [EMChatMessage]) {}
    func cmdMessagesDidReceive(_ aCmdMessages: [EMChatMessage]) {}
    func messagesDidRead(_ aMessages: [EMChatMessage]) {}
    func messagesDidDeliver(_ aMessages: [EMChatMessage]) {}
    func onConversationRead(_ from: String, to: String) {}
    func messagesInfoDidRecall(_ aRecallMessagesInfo: [EMRecallMessageInfo]) {}
    func onMessageContentChanged(_ message: EMChatMessage, operatorId: String, operationTime: UInt) {}
    func messageStatusDidChange(_ aMessage: EMChatMessage, error aError: EMError?) {}
}

public protocol EMGroupManagerDelegate: NSObjectProtocol {
    func groupInvitationDidReceive(
        _ aGroupId: String,
        groupName aGroupName: String,
        inviter aInviter: String,
        message aMessage: String?
    )
    func didJoin(_ aGroup: EMGroup, inviter aInviter: String, message aMessage: String?)
    func didLeave(_ aGroup: EMGroup, reason aReason: EMGroupLeaveReason)
    func userDidJoin(_ aGroup: EMGroup, user aUsername: String)
    func userDidLeave(_ aGroup: EMGroup, user aUsername: String)
}

public extension EMGroupManagerDelegate {
    func groupInvitationDidReceive(
        _ aGroupId: String,
        groupName aGroupName: String,
        inviter aInviter: String,
        message aMessage: String?
    ) {}
    func didJoin(_ aGroup: EMGroup, inviter aInviter: String, message aMessage: String?) {}
    func didLeave(_ aGroup: EMGroup, reason aReason: EMGroupLeaveReason) {}
    func userDidJoin(_ aGroup: EMGroup, user aUsername: String) {}
    func userDidLeave(_ aGroup: EMGroup, user aUsername: String) {}
}
