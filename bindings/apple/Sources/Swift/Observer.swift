// What the C library tells, passed on to the delegates. It comes on one thread of the library's own, in order, after the store
// has it; so a call on the store may be made here, and one on the server may not.

import CLacuna
import Foundation

/// Holds the core weakly: the client of the library must not keep alive what frees it.
private struct WeakCore {
    weak var core: ClientCore?
}

private func told(_ context: UnsafeMutableRawPointer?, _ happened: (ClientCore) -> Void) {
    if let core = Box<WeakCore>.peek(context)?.core { happened(core) }
}

/// Passes what happens to a client of the library on to a core's delegates. Once for each client.
func observe(_ client: OpaquePointer, core: ClientCore) {
    var observer = LacunaObserver()
    observer.context = Box(WeakCore(core: core)).retained()
    observer.release = { _ = Box<WeakCore>.take($0) }
    observeLogin(&observer)
    observeMessages(&observer)
    observeDevices(&observer)
    lacuna_client_set_observer(client, &observer)
}

private func observeLogin(_ observer: inout LacunaObserver) {
    observer.connection_changed = { context, isConnected in
        told(context) { core in
            core.clientDelegates.tell { $0.connectionStateDidChange(isConnected ? .connected : .disconnected) }
        }
    }
    observer.kicked = { context, code in told(context) { $0.loggedOut(code) } }
    observer.token_will_expire = { context in
        told(context) { core in core.clientDelegates.tell { $0.tokenWillExpire(.tokeWillExpire) } }
    }
    observer.token_expired = { context in
        told(context) { core in
            core.joinedGroups = nil
            core.clientDelegates.tell { $0.tokenDidExpire(.tokenExpire) }
        }
    }
    observer.sync_started = { context in
        told(context) { core in core.clientDelegates.tell { $0.onOfflineMessageSyncStart() } }
    }
    observer.sync_finished = { context in
        told(context) { core in core.clientDelegates.tell { $0.onOfflineMessageSyncFinish() } }
    }
    observer.store_recovered = { context in
        told(context) { core in core.clientDelegates.tell { $0.onLocalStoreRecovered() } }
    }
}

private func observeMessages(_ observer: inout LacunaObserver) {
    observer.messages_received = { context, list in
        told(context) { core in
            guard let list, case let messages = Page(list.pointee).items else { return }
            core.chatDelegates.tell { $0.messagesDidReceive(messages) }
        }
    }
    observer.commands_received = { context, list in
        told(context) { core in
            guard let list, case let commands = Page(list.pointee).items else { return }
            core.chatDelegates.tell { $0.cmdMessagesDidReceive(commands) }
        }
    }
    observer.message_status_changed = { context, message in
        told(context) { core in
            guard let message = message.map({ EMChatMessage($0.pointee) }) else { return }
            core.chatDelegates.tell { $0.messageStatusDidChange(message, error: nil) }
        }
    }
    observer.receipts_received = { context, receipts, count in
        let list = UnsafeBufferPointer(start: receipts, count: count).map(ReceiptRow.init)
        told(context) { $0.receipts(list) }
    }
    observer.message_recalled = { context, recall in
        told(context) { core in
            guard let info = recall.map({ EMRecallMessageInfo($0.pointee) }) else { return }
            core.chatDelegates.tell { $0.messagesInfoDidRecall([info]) }
        }
    }
    observer.message_edited = { context, message, by, time in
        let editor = text(by) ?? ""
        told(context) { core in
            guard let message = message.map({ EMChatMessage($0.pointee) }) else { return }
            core.chatDelegates.tell {
                $0.onMessageContentChanged(message, operatorId: editor, operationTime: UInt(clamping: time))
            }
        }
    }
    observer.conversations_changed = { context in
        told(context) { core in
            if core.chatDelegates.isEmpty { return }
            let list = core.allConversations() ?? []
            core.chatDelegates.tell { $0.conversationListDidUpdate(list) }
        }
    }
}

private func observeDevices(_ observer: inout LacunaObserver) {
    observer.messages_removed = { context, _, conversation, device in
        let (id, resource) = (text(conversation) ?? "", text(device) ?? "")
        told(context) { core in
            core.deviceDelegates.tell { $0.multiDevicesMessageBeRemoved(id, deviceId: resource) }
        }
    }
    observer.conversation_event = { context, event, type, conversation, _ in
        let event = EMMultiDevicesEvent(rawValue: Int(event)) ?? .unknow
        let type = EMConversationType(rawValue: Int(type)) ?? .chat
        let id = text(conversation) ?? ""
        told(context) { core in
            core.deviceDelegates.tell { $0.multiDevicesConversationEvent(event, conversationId: id, conversationType: type) }
        }
    }
    observer.group_event = { context, event in
        told(context) { core in
            if let event { core.groupChanged(GroupChange(event.pointee)) }
        }
    }
}

/// A receipt of the C library.
private struct ReceiptRow {
    let kind: Int32
    let from: String
    let isGroup: Bool
    let conversation: String
    let message: String?

    init(_ receipt: LacunaReceipt) {
        kind = receipt.kind
        from = text(receipt.from) ?? ""
        isGroup = receipt.chat_type == LACUNA_GROUP
        conversation = text(receipt.conversation) ?? ""
        message = text(receipt.message)
    }
}

/// Something that happened in a group, of the C library.
private struct GroupChange {
    let group: String
    let change: Int32
    let by: String
    let users: [String]
    let isOut: Bool
    let reason: String?

    init(_ event: LacunaGroupEvent) {
        group = text(event.group) ?? ""
        change = event.change
        by = text(event.by) ?? ""
        users = texts(event.users, event.user_count)
        isOut = event.is_out
        reason = text(event.reason)
    }
}

extension ClientCore {
    fileprivate func loggedOut(_ code: Int32) {
        joinedGroups = nil
        switch code {
        case 206: clientDelegates.tell { $0.userAccountDidLoginFromOtherDevice(with: EMLoginExtensionInfo()) }
        case 207: clientDelegates.tell { $0.userAccountDidRemoveFromServer() }
        case 305: clientDelegates.tell { $0.userDidForbidByServer() }
        default:
            let error = EMError(
                description: "the server ended this login", code: EMErrorCode(rawValue: Int(code)) ?? .general
            )
            clientDelegates.tell { $0.userAccountDidForced(toLogout: error) }
        }
    }

    fileprivate func receipts(_ list: [ReceiptRow]) {
        let isReadWanted = options?.enableRequireReadAck ?? true
        let ids = { (kind: Int32) in list.filter { $0.kind == kind }.compactMap(\.message) }
        let read = isReadWanted ? held(ids(LACUNA_RECEIPT_READ)) : []
        if !read.isEmpty { chatDelegates.tell { $0.messagesDidRead(read) } }
        let delivered = held(ids(LACUNA_RECEIPT_DELIVERED))
        if !delivered.isEmpty { chatDelegates.tell { $0.messagesDidDeliver(delivered) } }
        let me = user ?? ""
        for receipt in list where receipt.kind == LACUNA_RECEIPT_CONVERSATION_READ {
            // Whom the conversation is with, seen from who has read it.
            let to = receipt.isGroup || receipt.from == me ? receipt.conversation : me
            chatDelegates.tell { $0.onConversationRead(receipt.from, to: to) }
        }
    }

    private func held(_ ids: [String]) -> [EMChatMessage] {
        ids.isEmpty ? [] : messages(ids).0 ?? []
    }

    fileprivate func groupChanged(_ event: GroupChange) {
        let group = knownGroup(event.group)
        let me = user ?? ""
        let (others, concernsMe) = (event.users.filter { $0 != me }, event.users.contains(me))
        if event.isOut {
            left(event.group)
            let reasons: [Int32: EMGroupLeaveReason] = [LACUNA_GROUP_KICKED: .beRemoved, LACUNA_GROUP_DESTROYED: .destroyed]
            let reason = reasons[event.change] ?? .userLeave
            groupDelegates.tell { $0.didLeave(group, reason: reason) }
            return
        }
        switch event.change {
        case LACUNA_GROUP_DIRECT_JOINED:
            groupDelegates.tell { $0.didJoin(group, inviter: event.by, message: event.reason) }
        case LACUNA_GROUP_INVITED where concernsMe:
            let name = group.groupName ?? ""
            groupDelegates.tell {
                $0.groupInvitationDidReceive(event.group, groupName: name, inviter: event.by, message: event.reason)
            }
        case LACUNA_GROUP_JOINED:
            for user in others { groupDelegates.tell { $0.userDidJoin(group, user: user) } }
        case LACUNA_GROUP_LEFT, LACUNA_GROUP_KICKED:
            for user in others { groupDelegates.tell { $0.userDidLeave(group, user: user) } }
        default: break
        }
    }
}
