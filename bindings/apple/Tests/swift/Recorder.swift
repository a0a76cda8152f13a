// A delegate of everything, which notes what it is told.

import Foundation
import Lacuna

/// One call of a delegate.
struct Told: CustomStringConvertible {
    /// The method, without its arguments.
    let what: String
    /// What it was about, in words.
    let of: String
    let messages: [EMChatMessage]
    /// The queue that it was called on, as `Recorder.queue` is labelled.
    let queue: String
    /// What `Recorder.look` saw during the call.
    let seen: [String]

    var description: String { "\(what)(\(of))" }
}

final class Recorder: NSObject {
    static let label = DispatchSpecificKey<String>()
    let told = Log<Told>()
    /// Called inside of every call: what the store looks like then.
    var look: () -> [String] = { [] }

    func note(_ what: String, _ of: String = "", _ messages: [EMChatMessage] = []) {
        let queue = DispatchQueue.getSpecific(key: Self.label) ?? (Thread.isMainThread ? "main" : "none")
        told.add(Told(what: what, of: of, messages: messages, queue: queue, seen: look()))
    }

    func calls(_ what: String) -> [Told] { told.all.filter { $0.what == what } }

    @discardableResult
    func wait(
        _ what: String, _ of: String? = nil, count: Int = 1, file: StaticString = #fileID, line: UInt = #line
    ) throws -> [Told] {
        let fits = { (told: Told) in told.what == what && (of == nil || told.of == of) }
        let all = try told.wait("\(what) \(of ?? "")", file: file, line: line) { $0.filter(fits).count >= count }
        return all.filter(fits)
    }

    /// Waits for a message with this text.
    @discardableResult
    func wait(text: String, file: StaticString = #fileID, line: UInt = #line) throws -> EMChatMessage {
        let holds = { (message: EMChatMessage) in textOf(message) == text }
        let all = try told.wait("the text \(text)", file: file, line: line) { calls in
            calls.contains { $0.what == "messagesDidReceive" && $0.messages.contains(where: holds) }
        }
        return try require(all.flatMap(\.messages).first(where: holds))
    }

    /// A serial queue that `Told.queue` names.
    static func queue(_ name: String) -> DispatchQueue {
        let queue = DispatchQueue(label: name)
        queue.setSpecific(key: label, value: name)
        return queue
    }
}

/// The text of a text, the action of a command.
func textOf(_ message: EMChatMessage) -> String {
    if let body = message.body as? EMTextMessageBody { return body.text }
    if let body = message.body as? EMCmdMessageBody { return body.action }
    return "\(message.body.type)"
}

extension Recorder: EMChatManagerDelegate {
    func conversationListDidUpdate(_ aConversationList: [EMConversation]) {
        note("conversationListDidUpdate", aConversationList.map(\.conversationId).joined(separator: " "))
    }
    func messagesDidReceive(_ aMessages: [EMChatMessage]) {
        note("messagesDidReceive", aMessages.map(textOf).joined(separator: ", "), aMessages)
    }
    func cmdMessagesDidReceive(_ aCmdMessages: [EMChatMessage]) {
        note("cmdMessagesDidReceive", aCmdMessages.map(textOf).joined(separator: ", "), aCmdMessages)
    }
    func messagesDidRead(_ aMessages: [EMChatMessage]) {
        note("messagesDidRead", aMessages.map(textOf).joined(separator: ", "), aMessages)
    }
    func messagesDidDeliver(_ aMessages: [EMChatMessage]) {
        note("messagesDidDeliver", aMessages.map(textOf).joined(separator: ", "), aMessages)
    }
    func onConversationRead(_ from: String, to: String) { note("onConversationRead", "\(from) \(to)") }
    func messageStatusDidChange(_ aMessage: EMChatMessage, error aError: EMError?) {
        note("messageStatusDidChange", "\(aMessage.status.rawValue) \(code(aError))", [aMessage])
    }
}

extension Recorder: EMMultiDevicesDelegate {
    func multiDevicesMessageBeRemoved(_ conversationId: String, deviceId: String) {
        note("multiDevicesMessageBeRemoved", "\(conversationId) \(deviceId)")
    }
    func multiDevicesConversationEvent(
        _ event: EMMultiDevicesEvent, conversationId: String, conversationType: EMConversationType
    ) {
        note("multiDevicesConversationEvent", "\(event.rawValue) \(conversationId) \(conversationType.rawValue)")
    }
}

extension Recorder: EMClientDelegate {
    func connectionStateDidChange(_ aConnectionState: EMConnectionState) {
        note("connectionStateDidChange", "\(aConnectionState.rawValue)")
    }
    func autoLoginDidCompleteWithError(_ aError: EMError?) { note("autoLoginDidComplete", "\(code(aError))") }
    func userAccountDidRemoveFromServer() { note("userAccountDidRemoveFromServer") }
    func userAccountDidForced(toLogout aError: EMError?) { note("userAccountDidForced", "\(code(aError))") }
    func tokenDidExpire(_ aErrorCode: EMErrorCode) { note("tokenDidExpire", "\(aErrorCode.rawValue)") }
    func onOfflineMessageSyncStart() { note("onOfflineMessageSyncStart") }
    func onOfflineMessageSyncFinish() { note("onOfflineMessageSyncFinish") }
}

extension Recorder: EMGroupManagerDelegate {
    func didJoin(_ aGroup: EMGroup, inviter aInviter: String, message aMessage: String?) {
        note("didJoin", "\(aGroup.groupId!) \(aInviter)")
    }
    func didLeave(_ aGroup: EMGroup, reason aReason: EMGroupLeaveReason) {
        note("didLeave", "\(aGroup.groupId!) \(aReason.rawValue)")
    }
    func userDidJoin(_ aGroup: EMGroup, user aUsername: String) { note("userDidJoin", "\(aGroup.groupId!) \(aUsername)") }
    func userDidLeave(_ aGroup: EMGroup, user aUsername: String) {
        note("userDidLeave", "\(aGroup.groupId!) \(aUsername)")
    }
}
