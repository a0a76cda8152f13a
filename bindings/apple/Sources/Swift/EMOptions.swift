import CLacuna
import Foundation

open class EMOptions: NSObject {
    open internal(set) var appkey: String!
    open var enableConsoleLog = false
    open var logLevel = EMLogLevel.debug
    open var usingHttpsOnly = false
    open var isAutoLogin = true
    open var deleteMessagesOnLeaveGroup = true
    open var enableRequireReadAck = true
    open var enableDeliveryAck = false
    open var loadEmptyConversations = false
    open var includeSendMessageInMessageListener = false
    open var regardImportMessagesAsRead = false
    open var autoLoadConversations = true
    open var customDeviceName: String!

    open var restServer: String?
    open var chatServer: String?
    open var chatPort: Int32 = 0
    open var enableDnsConfig = true
    open var dataFolder: String?

    public convenience init(appkey aAppkey: String) {
        self.init()
        appkey = aAppkey
    }

    /// Makes a client of the C library with these options.
    func make(appkey: String) -> (client: OpaquePointer?, error: EMError?) {
        guard let server = ServerAddress(self) else {
            return (nil, EMError(description: "usingHttpsOnly is on, and restServer begins with http://", code: .invalidParam))
        }
        var client: OpaquePointer?
        let error = Arena.during { arena in
            var options = LacunaOptions()
            options.app_key = arena.text(appkey)
            options.rest_url = arena.text(server.rest)
            options.socket_url = arena.text(server.socket)
            options.folder = arena.text(dataFolder)
            options.device_name = arena.text(deviceName)
            options.auto_login = isAutoLogin
            options.empty_conversations = loadEmptyConversations
            options.delivery_receipts = enableDeliveryAck
            // These two can be changed any time, so they are looked at where they count.
            options.imported_are_read = false
            options.delete_on_leaving_group = false
            options.log = log
            return lacuna_client_new(&options, &client)
        }
        defer { lacuna_error_free(error) }
        return (client, EMError(error))
    }

    /// What this device is called for people. The library's own default is named here because `getDeviceConfig` says it.
    var deviceName: String {
        customDeviceName.flatMap { $0.isEmpty ? nil : $0 } ?? "lacuna"
    }

    private var log: Int32 {
        guard enableConsoleLog else { return 0 }
        switch logLevel {
        case .debug: return 3
        case .warning: return 2
        case .error: return 1
        }
    }
}

/// Where the server is, as URLs.
private struct ServerAddress {
    /// The API; nil if nobody said, which the C library refuses.
    let rest: String?
    /// The socket; nil for the same host as the API.
    let socket: String?

    /// nil if TLS is asked for and not used.
    init?(_ options: EMOptions) {
        guard var rest = options.restServer, !rest.isEmpty else {
            self.rest = nil
            socket = nil
            return
        }
        if !rest.contains("://") { rest = (options.usingHttpsOnly ? "https://" : "http://") + rest }
        let isSecure = rest.lowercased().hasPrefix("https://")
        if options.usingHttpsOnly && !isSecure { return nil }
        self.rest = rest
        let host = options.chatServer ?? ""
        guard !host.isEmpty || options.chatPort != 0 else {
            socket = nil
            return
        }
        let (ownHost, ownPort) = Self.split(rest)
        let port = options.chatPort != 0 ? ":\(options.chatPort)" : ownPort
        socket = (isSecure ? "wss://" : "ws://") + (host.isEmpty ? ownHost : host) + port + "/websocket"
    }

    /// The host of a URL, and `:` and its port if it names one.
    private static func split(_ url: String) -> (host: String, port: String) {
        let place = url.components(separatedBy: "://").last ?? ""
        let authority = place.split(separator: "/", omittingEmptySubsequences: false).first.map(String.init) ?? ""
        // The colons of an IPv6 address stand in brackets.
        let end = authority.lastIndex(of: "]") ?? authority.startIndex
        guard let colon = authority[end...].lastIndex(of: ":") else { return (authority, "") }
        return (String(authority[..<colon]), String(authority[colon...]))
    }
}
