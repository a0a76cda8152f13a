import CLacuna
import Foundation

open class EMFileMessageBody: EMMessageBody {
    open var displayName: String!
    open var localPath: String!
    open var remotePath: String!
    open var secretKey: String!
    open var fileLength: Int64 = 0

    public init(localPath aLocalPath: String?, displayName aDisplayName: String?) {
        localPath = aLocalPath
        displayName = aDisplayName
        let attributes = aLocalPath.flatMap { try? FileManager.default.attributesOfItem(atPath: $0) }
        fileLength = (attributes?[.size] as? NSNumber)?.int64Value ?? 0
    }

    public override init() {}

    /// Takes over a file of a message of the C library.
    func take(_ file: LacunaFile) {
        displayName = text(file.name)
        localPath = text(file.local_path)
        remotePath = text(file.remote_path)
        secretKey = text(file.secret)
        fileLength = file.length
    }

    open override var type: EMMessageBodyType { .file }

    override func describe(_ body: inout LacunaBody, in arena: Arena) {
        body.kind = Int32(type.rawValue)
        body.file.name = arena.text(displayName)
        body.file.local_path = arena.text(localPath)
        body.file.remote_path = arena.text(remotePath)
        body.file.secret = arena.text(secretKey)
        body.file.length = fileLength
    }
}

open class EMImageMessageBody: EMFileMessageBody {
    open var size = CGSize.zero
    open var thumbnailRemotePath: String!
    open var thumbnailSecretKey: String!

    open override var type: EMMessageBodyType { .image }

    override func describe(_ body: inout LacunaBody, in arena: Arena) {
        super.describe(&body, in: arena)
        body.file.width = Double(size.width)
        body.file.height = Double(size.height)
        body.file.thumbnail_remote_path = arena.text(thumbnailRemotePath)
        body.file.thumbnail_secret = arena.text(thumbnailSecretKey)
    }

    override func take(_ file: LacunaFile) {
        super.take(file)
        size = CGSize(width: file.width, height: file.height)
        thumbnailRemotePath = text(file.thumbnail_remote_path)
        thumbnailSecretKey = text(file.thumbnail_secret)
    }
}

open class EMVideoMessageBody: EMFileMessageBody {
    open var duration: Int32 = 0
    open var thumbnailRemotePath: String?
    open var thumbnailSecretKey: String?
    open var thumbnailSize = CGSize.zero

    open override var type: EMMessageBodyType { .video }

    override func describe(_ body: inout LacunaBody, in arena: Arena) {
        super.describe(&body, in: arena)
        body.file.duration = duration
        body.file.width = Double(thumbnailSize.width)
        body.file.height = Double(thumbnailSize.height)
        body.file.thumbnail_remote_path = arena.text(thumbnailRemotePath)
        body.file.thumbnail_secret = arena.text(thumbnailSecretKey)
    }

    override func take(_ file: LacunaFile) {
        super.take(file)
        duration = file.duration
        thumbnailSize = CGSize(width: file.width, height: file.height)
        thumbnailRemotePath = text(file.thumbnail_remote_path)
        thumbnailSecretKey = text(file.thumbnail_secret)
    }
}

open class EMVoiceMessageBody: EMFileMessageBody {
    open var duration: Int32 = 0

    open override var type: EMMessageBodyType { .voice }

    override func describe(_ body: inout LacunaBody, in arena: Arena) {
        super.describe(&body, in: arena)
        body.file.duration = duration
    }

    override func take(_ file: LacunaFile) {
        super.take(file)
        duration = file.duration
    }
}

open class EMCombineMessageBody: EMFileMessageBody {
    open var title: String?
    open var summary: String?

    open override var type: EMMessageBodyType { .combine }

    override func describe(_ body: inout LacunaBody, in arena: Arena) {
        super.describe(&body, in: arena)
        body.title = arena.text(title)
        body.summary = arena.text(summary)
    }
}
