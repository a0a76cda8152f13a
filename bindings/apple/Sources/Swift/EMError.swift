import CLacuna
import Foundation

/// `EMError **`: takes `&error` and nil. Apple's platforms have AutoreleasingUnsafeMutablePointer there, which takes the same.
public typealias EMErrorPointer = UnsafeMutablePointer<EMError?>

open class EMError: NSObject {
    open var code: EMErrorCode
    open var errorDescription: String!

    public init(description aDescription: String?, code aCode: EMErrorCode) {
        code = aCode
        errorDescription = aDescription
    }

    public override convenience init() {
        self.init(description: nil, code: .noError)
    }

    /// An error of the C library, which stays its own; nil for NULL.
    convenience init?(_ error: OpaquePointer?) {
        guard let error else { return nil }
        // A number that this version has no name for cannot be a value of a Swift enumeration.
        let code = EMErrorCode(rawValue: Int(lacuna_error_code(error))) ?? .general
        self.init(description: text(lacuna_error_description(error)), code: code)
    }

    open override var description: String {
        "error \(code.rawValue): \(errorDescription ?? "")"
    }
}
