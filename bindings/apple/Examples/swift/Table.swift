import Foundation
import Lacuna

/// Who sees which message.
struct Table {
    let phone: Device
    let tablet: Device
    let bob: Device
    var messages: [EMChatMessage] = []

    func show() async throws {
        let columns = try await [
            phone.stored(), tablet.stored(), phone.onServer(), bob.stored(), bob.onServer(),
        ]
        print("   " + pad("", 30) + "| Anna                    | Bob")
        print("   " + pad("", 30) + "| phone   tablet  server  | phone   server")
        for (nth, message) in messages.enumerated() {
            let text = (message.body as? EMTextMessageBody)?.text ?? ""
            let marks = columns.map { pad($0.contains(message.messageId) ? "  ●" : "  ·", 8) }
            print("   " + pad("\(nth + 1) \(text)", 30) + "| " + marks[..<3].joined() + "| " + marks[3...].joined())
        }
    }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
