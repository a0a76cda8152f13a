// The calls of the vendor's page on deleting messages, as they stand there. Nothing between the marks may be edited: that an
// app's own code compiles and does what the page says is what this file is for.

import Foundation
import Lacuna

final class SeedCalls: NSObject {
    var conversation: EMConversation?
    let errors = Log<EMError?>()
    let removed = Log<(conversationId: String, deviceId: String)>()

    func removeUpTo(_ timestamp: TimeInterval) {
        // >>>
        self.conversation?.removeMessagesFromServer(withTimeStamp: timestamp) { aError in
            // <<<
            self.errors.add(aError)
        }
    }

    func remove(_ id: String) {
        // >>>
        self.conversation?.removeMessages(fromServerMessageIds: [id]) { aError in
            // <<<
            self.errors.add(aError)
        }
    }

    func deleteAllMessages() -> EMError? {
        // >>>
        var err: EMError? = nil
        if let conversation = EMClient.shared().chatManager?.getConversationWithConvId("conversationId") {
            conversation.deleteAllMessages(&err)
        }
        // <<<
        return err
    }

    func removeMessages(_ startTime: Int, _ endTime: Int) {
        // >>>
        if let conversation = EMClient.shared().chatManager?.getConversationWithConvId("conversationId") {
            conversation.removeMessagesStart(startTime, to: endTime)
        }
        // <<<
    }

    func deleteMessage(_ messageId: String) -> EMError? {
        // >>>
        var err: EMError? = nil
        if let conversation = EMClient.shared().chatManager?.getConversationWithConvId("conversationId") {
            conversation.deleteMessage(withId: messageId, error: &err)
        }
        // <<<
        return err
    }
}

extension SeedCalls: EMMultiDevicesDelegate {
    // >>>
    func multiDevicesMessageBeRemoved(_ conversationId: String, deviceId: String) {
        // <<<
        removed.add((conversationId, deviceId))
    }
}
