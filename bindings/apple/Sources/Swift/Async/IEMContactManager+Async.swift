// Written by apple/async from the headers. Do not edit: `linux/inroot apple/async` writes it anew.
//
// Swift on Apple platforms derives these from the methods with a completion by itself.

import Foundation

extension IEMContactManager {
    @discardableResult
    public func selfIdsOnOtherPlatform() async -> ([String]?, EMError?) {
        await withCheckedContinuation { continuation in
            getSelfIdsOnOtherPlatform(completion: { continuation.resume(returning: ($0, $1)) })
        }
    }
}
