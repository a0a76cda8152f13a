// Sending messages and receipts.

import CLacuna
import Foundation

extension ChatManager {
    func send(
        _ aMessage: EMChatMessage,
        progress aProgressBlock: ((Int32) -> Void)?,
        completion aCompletionBlock: ((EMChatMessage?, EMError?) -> Void)?
    ) {
        if aMessage.from.isEmpty, let user = core.user { aMessage.from = user }
        if aMessage.to.isEmpty { aMessage.to = aMessage.conversationId }
        // The answer may be quicker than this thread is with what the call has given.
        let started = NSLock()
        started.lock()
        let receive: Receive<Page<EMChatMessage>> = { [core] page, error in
            started.lock()
            started.unlock()
            core.sent(aMessage, page?.items.first, error, aProgressBlock, aCompletionBlock)
        }
        var kept: UnsafeMutablePointer<CChar>?
        Arena.during { arena in
            var described = aMessage.described(in: arena)
            core.later(.messages, receive) { lacuna_send($0, &described, &kept, $1, $2, $3) }
        }
        if let id = owned(kept) {
            aMessage.messageId = id
            aMessage.status = .delivering
        }
        started.unlock()
    }

    func resend(
        _ aMessage: EMChatMessage,
        progress aProgressBlock: ((Int32) -> Void)?,
        completion aCompletionBlock: ((EMChatMessage?, EMError?) -> Void)?
    ) {
        if aMessage.status == .failed {
            // One that failed before it was kept, for want of a login, has to be sent whole.
            return send(aMessage, progress: aProgressBlock, completion: aCompletionBlock)
        }
        let id = aMessage.messageId
        aMessage.status = .delivering
        let receive: Receive<Page<EMChatMessage>> = { [core] page, error in
            core.sent(aMessage, page?.items.first, error, aProgressBlock, aCompletionBlock)
        }
        core.later(.messages, receive) { lacuna_resend($0, id, $1, $2, $3) }
    }

    func sendMessageReadAck(_ aMessageId: String, toUser aUsername: String, completion aCompletionBlock: ((EMError?) -> Void)?) {
        let isWanted = core.options?.enableRequireReadAck ?? true
        core.later(aCompletionBlock) {
            isWanted
                ? lacuna_send_read_receipt($0, aMessageId, $1, $2, $3)
                : lacuna_mark_read($0, aMessageId, $1, $2, $3)
        }
    }

    func ackConversationRead(_ conversationId: String, completion aCompletionBlock: ((EMError?) -> Void)?) {
        core.named(conversationId) { [core] conversation, error in
            if let error {
                aCompletionBlock?(error)
                return
            }
            let type = conversation?.number ?? LACUNA_CHAT
            core.later(aCompletionBlock) { lacuna_send_conversation_read($0, type, conversationId, $1, $2, $3) }
        }
    }
}

extension ClientCore {
    /// A message was sent, or was not.
    fileprivate func sent(
        _ message: EMChatMessage,
        _ kept: EMChatMessage?,
        _ error: EMError?,
        _ progress: ((Int32) -> Void)?,
        _ completion: ((EMChatMessage?, EMError?) -> Void)?
    ) {
        if let kept {
            message.adopt(kept)
            progress?(100)
        } else {
            message.status = .failed
        }
        if let completion {
            completion(message, error)
        } else {
            chatDelegates.tell { $0.messageStatusDidChange(message, error: error) }
        }
        if kept != nil, options?.includeSendMessageInMessageListener ?? false {
            chatDelegates.tell { $0.messagesDidReceive([message]) }
        }
    }
}
