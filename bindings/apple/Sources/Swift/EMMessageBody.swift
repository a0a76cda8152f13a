import CLacuna
import Foundation

open class EMMessageBody: NSObject {
    open var type: EMMessageBodyType { .custom }

    /// Describes the body to the C library. A body of no kind is refused there.
    func describe(_ body: inout LacunaBody, in arena: Arena) {
        body.kind = LACUNA_BODY_OTHER
    }

    /// The body of a message of the C library.
    static func of(_ body: LacunaBody) -> EMMessageBody {
        switch body.kind {
        case LACUNA_BODY_TEXT: return EMTextMessageBody(text: text(body.text))
        case LACUNA_BODY_COMMAND: return EMCmdMessageBody(action: text(body.action) ?? "")
        case LACUNA_BODY_LOCATION:
            return EMLocationMessageBody(
                latitude: body.latitude, longitude: body.longitude, address: text(body.address), buildingName: text(body.building)
            )
        case LACUNA_BODY_IMAGE: return filled(EMImageMessageBody(), body.file)
        case LACUNA_BODY_VIDEO: return filled(EMVideoMessageBody(), body.file)
        case LACUNA_BODY_VOICE: return filled(EMVoiceMessageBody(), body.file)
        case LACUNA_BODY_FILE: return filled(EMFileMessageBody(), body.file)
        case LACUNA_BODY_COMBINE:
            let combined = filled(EMCombineMessageBody(), body.file)
            combined.title = text(body.title)
            combined.summary = text(body.summary)
            return combined
        case LACUNA_BODY_CUSTOM:
            let names = texts(body.field_names, body.field_count)
            let values = texts(body.field_values, body.field_count)
            let fields = Dictionary(zip(names, values)) { first, _ in first }
            return EMCustomMessageBody(event: text(body.event), customExt: fields)
        default: return EMCustomMessageBody(event: "", customExt: nil)
        }
    }
}

private func filled<Body: EMFileMessageBody>(_ body: Body, _ file: LacunaFile) -> Body {
    body.take(file)
    return body
}

open class EMTextMessageBody: EMMessageBody {
    open private(set) var text: String

    public init(text aText: String?) {
        text = aText ?? ""
    }

    public override convenience init() {
        self.init(text: nil)
    }

    open override var type: EMMessageBodyType { .text }

    override func describe(_ body: inout LacunaBody, in arena: Arena) {
        body.kind = LACUNA_BODY_TEXT
        body.text = arena.text(text)
    }
}

open class EMLocationMessageBody: EMMessageBody {
    open var latitude: Double
    open var longitude: Double
    open var address: String?
    open var buildingName: String?

    public init(latitude aLatitude: Double, longitude aLongitude: Double, address aAddress: String?) {
        latitude = aLatitude
        longitude = aLongitude
        address = aAddress
    }

    public init(
        latitude aLatitude: Double,
        longitude aLongitude: Double,
        address aAddress: String?,
        buildingName aBuildingName: String?
    ) {
        latitude = aLatitude
        longitude = aLongitude
        address = aAddress
        buildingName = aBuildingName
    }

    public override convenience init() {
        self.init(latitude: 0, longitude: 0, address: nil)
    }

    open override var type: EMMessageBodyType { .location }

    override func describe(_ body: inout LacunaBody, in arena: Arena) {
        body.kind = LACUNA_BODY_LOCATION
        body.latitude = latitude
        body.longitude = longitude
        body.address = arena.text(address)
        body.building = arena.text(buildingName)
    }
}

open class EMCmdMessageBody: EMMessageBody {
    open var action: String!
    open var isDeliverOnlineOnly = false

    public init(action aAction: String) {
        action = aAction
    }

    public override init() {}

    open override var type: EMMessageBodyType { .cmd }

    override func describe(_ body: inout LacunaBody, in arena: Arena) {
        body.kind = LACUNA_BODY_COMMAND
        body.action = arena.text(action)
    }
}

open class EMCustomMessageBody: EMMessageBody {
    open var event: String!
    open var customExt: [String: String]!

    public init(event aEvent: String?, customExt aCustomExt: [String: String]?) {
        event = aEvent
        customExt = aCustomExt
    }

    public override init() {}

    open override var type: EMMessageBodyType { .custom }

    override func describe(_ body: inout LacunaBody, in arena: Arena) {
        body.kind = LACUNA_BODY_CUSTOM
        body.event = arena.text(event)
        let fields = (customExt ?? [:]).sorted { $0.key < $1.key }
        body.field_names = arena.texts(fields.map(\.key))
        body.field_values = arena.texts(fields.map(\.value))
        body.field_count = fields.count
    }
}
