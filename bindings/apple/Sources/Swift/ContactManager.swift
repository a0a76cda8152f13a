// The way to contacts. What is here is the user's own devices.

import CLacuna
import Foundation

final class ContactManager: NSObject, IEMContactManager, @unchecked Sendable {
    private let core: ClientCore

    init(_ core: ClientCore) { self.core = core }

    func getSelfIdsOnOtherPlatform(completion aCompletionBlock: (([String]?, EMError?) -> Void)?) {
        let user = core.user ?? ""
        let receive: Receive<[EMDeviceConfig]> = { devices, error in
            aCompletionBlock?(devices.map { ids($0, of: user) }, error)
        }
        core.later(.devices, receive) { lacuna_other_devices($0, $1, $2, $3) }
    }

    func getSelfIdsOnOtherPlatformWithError(_ pError: EMErrorPointer?) -> [String]? {
        let user = core.user ?? ""
        let (devices, error) = core.now(.devices) { lacuna_other_devices($0, $1, $2, $3) }
        pError.set(error)
        return devices.map { ids($0, of: user) }
    }
}

// What devices are addressed as.
private func ids(_ devices: [EMDeviceConfig], of user: String) -> [String] {
    devices.map { "\(user)/\($0.resource ?? "")" }
}
