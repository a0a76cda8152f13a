// What the manager can do. The Objective-C header of the same name says what each member means.

import Foundation

public protocol IEMContactManager: NSObjectProtocol {
    func getSelfIdsOnOtherPlatform(completion aCompletionBlock: (([String]?, EMError?) -> Void)?)
    @discardableResult
    func getSelfIdsOnOtherPlatformWithError(_ pError: EMErrorPointer?) -> [String]?
}
