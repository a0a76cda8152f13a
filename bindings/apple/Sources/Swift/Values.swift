// Small classes that only carry values. The Objective-C headers say what the members mean.

import CLacuna
import Foundation

open class EMCursorResult<ObjectType: AnyObject>: NSObject {
    open var list: [ObjectType]?
    open var cursor: String?

    public convenience init(list aList: [ObjectType]?, andCursor aCursor: String?) {
        self.init()
        list = aList
        cursor = aCursor
    }
}

open class EMRecallMessageInfo: NSObject {
    open var recallBy = ""
    open var recallMessageId = ""
    open var recallMessage: EMChatMessage?
    open var ext: String?
    open var conversationId = ""

    /// A recall of the C library.
    convenience init(_ recall: LacunaRecall) {
        self.init()
        recallBy = text(recall.by) ?? ""
        recallMessageId = text(recall.message_id) ?? ""
        recallMessage = recall.message.map { EMChatMessage($0.pointee) }
        ext = text(recall.ext)
        conversationId = text(recall.conversation) ?? ""
    }
}

open class EMFetchServerMessagesOption: NSObject {
    open var from: String?
    open var fromIds: [String]?
    open var msgTypes: [NSNumber]?
    open var startTime = -1
    open var endTime = -1
    open var direction = EMMessageSearchDirection.up
    open var isSave = false
}

open class EMDeviceConfig: NSObject {
    open private(set) var resource: String?
    open private(set) var deviceUUID: String?
    open private(set) var deviceName: String?

    convenience init(resource: String?, uuid: String?, name: String?) {
        self.init()
        self.resource = resource
        deviceUUID = uuid
        deviceName = name
    }

    /// A device of the C library.
    convenience init(_ device: LacunaDevice) {
        self.init(resource: text(device.resource), uuid: text(device.uuid), name: text(device.name))
    }
}

open class EMLoginExtensionInfo: NSObject {
    open var deviceName = ""
    open var extensionInfo = ""
}

open class EMGroupOptions: NSObject {
    open var style = EMGroupStyle.privateOnlyOwnerInvite
    open var maxUsers = 200
    open var isInviteNeedConfirm = false
}

open class EMGroup: NSObject {
    open internal(set) var groupId: String!
    open internal(set) var groupName: String!
    open internal(set) var owner: String!
    open internal(set) var memberList: [String]!
    open internal(set) var users: [String]!
    open internal(set) var occupantsCount = 0
    open internal(set) var isPublic = false
    var about: String?

    public convenience init!(id aGroupId: String) {
        self.init()
        groupId = aGroupId
    }

    /// A group of the C library.
    convenience init(_ group: LacunaGroup) {
        self.init()
        groupId = text(group.id)
        groupName = text(group.name)
        about = text(group.description)
        owner = text(group.owner)
        occupantsCount = Int(group.members)
        isPublic = group.is_public
    }

    /// What it is about. Not optional here, as it stands in the place of NSObject's.
    open override var description: String { about ?? "" }
}
