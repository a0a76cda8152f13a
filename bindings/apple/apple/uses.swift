// Calls as an iOS app of the vendor's SDK makes them, with the import alone changed. Apple's importer must take each of them.
import Lacuna

final class App: NSObject, EMMultiDevicesDelegate {
    var conversation: EMConversation?

    func onTheServer(messageId: String) {
        conversation?.removeMessagesFromServer(withTimeStamp: 1_700_000_000_000) { aError in
            if let aError { print(aError.errorDescription ?? "") }
        }
        conversation?.removeMessages(fromServerMessageIds: [messageId]) { aError in _ = aError?.code == .userNotLogin }
        conversation?.removeMessages(fromServerMessageIds: [messageId], completion: nil)
    }

    func onThisDevice(messageId: String, startTime: Int, endTime: Int) {
        var err: EMError? = nil
        if let conversation = EMClient.shared().chatManager?.getConversationWithConvId("conversationId") {
            conversation.deleteAllMessages(&err)
            conversation.deleteAllMessages(nil)
            conversation.deleteMessage(withId: messageId, error: &err)
            conversation.removeMessagesStart(startTime, to: endTime)
        }
    }

    func inAsync() async {
        let error: EMError? = await conversation?.removeMessagesFromServer(withTimeStamp: 1)
        let (token, failure): (String?, EMError?) = await EMClient.shared().fetchToken(withUsername: "u", password: "p")
        print(error?.code ?? .noError, token ?? "", failure ?? "")
    }

    func multiDevicesMessageBeRemoved(_ conversationId: String, deviceId: String) {}

    func start() {
        EMClient.shared().addMultiDevices(delegate: self, queue: nil)
        let options = EMOptions(appkey: "org#app")
        options.restServer = "http://127.0.0.1:8080"
        EMClient.shared().initializeSDK(with: options)
        let message = EMChatMessage(conversationID: "bob", body: EMTextMessageBody(text: "hello"), ext: ["k": 1])
        EMClient.shared().chatManager?.send(message, progress: nil) { _, _ in }
    }
}
