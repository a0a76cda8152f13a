import CLacuna
import Foundation

/// The client: who is logged in, and the way to everything else.
open class EMClient: NSObject, @unchecked Sendable {
    private static let app = EMClient()
    private let core = ClientCore()
    // One start, change of the application or end at a time.
    private let changing = NSLock()
    private let chat: ChatManager
    private let groups: GroupManager
    private let contacts: ContactManager

    @discardableResult
    open class func shared() -> Self {
        guard let client = app as? Self else { fatalError("the client of the app is an EMClient") }
        return client
    }

    public override init() {
        chat = ChatManager(core)
        groups = GroupManager(core)
        contacts = ContactManager(core)
    }

    deinit {
        // Conversations that the app still has, and calls that run, hold the core.
        core.close()
    }

    // MARK: - What it is

    open var version: String { text(lacuna_version()) ?? "" }
    open var currentUsername: String? { core.user }
    open var options: EMOptions? { core.options }
    open var chatManager: (any IEMChatManager)? { options == nil ? nil : chat }
    open var contactManager: (any IEMContactManager)? { options == nil ? nil : contacts }
    open var groupManager: (any IEMGroupManager)? { options == nil ? nil : groups }
    open var isLoggedIn: Bool { core.user != nil }
    open var isConnected: Bool { core.read { lacuna_is_connected($0) } ?? false }
    open var accessUserToken: String? { core.read { owned(lacuna_token($0)) } ?? nil }

    open var isAutoLogin: Bool {
        options?.isAutoLogin ?? false && core.read { lacuna_has_auto_login($0) } ?? false
    }

    // MARK: - Delegates

    open func add(_ aDelegate: any EMClientDelegate, delegateQueue aQueue: DispatchQueue?) {
        core.clientDelegates.add(aDelegate, queue: aQueue)
    }

    open func remove(_ aDelegate: any EMClientDelegate) {
        core.clientDelegates.remove(aDelegate)
    }

    open func addMultiDevices(delegate aDelegate: any EMMultiDevicesDelegate, queue aQueue: DispatchQueue?) {
        core.deviceDelegates.add(aDelegate, queue: aQueue)
    }

    open func remove(_ aDelegate: any EMMultiDevicesDelegate) {
        core.deviceDelegates.remove(aDelegate)
    }

    // MARK: - Starting and ending

    @discardableResult
    open func initializeSDK(with aOptions: EMOptions) -> EMError? {
        changing.lock()
        defer { changing.unlock() }
        if core.isOpen { return nil }
        if let error = core.open(aOptions, appkey: aOptions.appkey ?? "") { return error }
        takeUpLogin()
        return nil
    }

    private func takeUpLogin() {
        guard isAutoLogin else { return }
        let receive: Receive<String> = { [core] name, error in
            // There may be none after all.
            if name == nil && error == nil { return }
            core.clientDelegates.tell { $0.autoLoginDidCompleteWithError(error) }
        }
        core.later(.text, receive) { lacuna_auto_login($0, $1, $2, $3) }
    }

    @discardableResult
    open func changeAppkey(_ aAppkey: String) -> EMError? {
        changing.lock()
        defer { changing.unlock() }
        guard core.isOpen, let options else { return core.missing }
        if core.user != nil { return EMError(description: "somebody is logged in", code: .userAlreadyLoginSame) }
        if let error = core.open(options, appkey: aAppkey) { return error }
        options.appkey = aAppkey
        return nil
    }

    open func close() {
        // Not under the lock: completions that are still owed run before this returns, and may want it.
        core.close()
    }

    // MARK: - Users

    @discardableResult
    open func register(withUsername aUsername: String, password aPassword: String) -> EMError? {
        core.now { lacuna_register($0, aUsername, aPassword, $1, $2, $3) }
    }

    open func register(
        withUsername aUsername: String,
        password aPassword: String,
        completion aCompletionBlock: ((String, EMError?) -> Void)?
    ) {
        core.later({ aCompletionBlock?(aUsername, $0) }) { lacuna_register($0, aUsername, aPassword, $1, $2, $3) }
    }

    open func fetchToken(
        withUsername aUsername: String,
        password aPassword: String,
        completion aCompletionBlock: ((String?, EMError?) -> Void)?
    ) {
        core.later(.text, aCompletionBlock) { lacuna_fetch_token($0, aUsername, aPassword, $1, $2, $3) }
    }

    @discardableResult
    open func login(withUsername aUsername: String, password aPassword: String) -> EMError? {
        core.now { lacuna_login($0, aUsername, aPassword, false, $1, $2, $3) }
    }

    open func login(
        withUsername aUsername: String,
        password aPassword: String,
        completion aCompletionBlock: ((String, EMError?) -> Void)?
    ) {
        core.later({ aCompletionBlock?(aUsername, $0) }) { lacuna_login($0, aUsername, aPassword, false, $1, $2, $3) }
    }

    @discardableResult
    open func login(withUsername aUsername: String, token aToken: String) -> EMError? {
        core.now { lacuna_login($0, aUsername, aToken, true, $1, $2, $3) }
    }

    open func login(
        withUsername aUsername: String,
        token aToken: String,
        completion aCompletionBlock: ((String, EMError?) -> Void)?
    ) {
        core.later({ aCompletionBlock?(aUsername, $0) }) { lacuna_login($0, aUsername, aToken, true, $1, $2, $3) }
    }

    @discardableResult
    open func renewToken(_ newToken: String) -> EMError? {
        core.now { lacuna_renew_token($0, newToken, $1, $2, $3) }
    }

    open func renewToken(_ newToken: String, completion aCompletionBlock: ((EMError?) -> Void)?) {
        core.later(aCompletionBlock) { lacuna_renew_token($0, newToken, $1, $2, $3) }
    }

    @discardableResult
    open func logout(_ aIsUnbindDeviceToken: Bool) -> EMError? {
        defer { core.joinedGroups = nil }
        return core.now { lacuna_logout($0, $1, $2, $3) }
    }

    open func logout(_ aIsUnbindDeviceToken: Bool, completion aCompletionBlock: ((EMError?) -> Void)?) {
        let receive: (EMError?) -> Void = { [core] error in
            core.joinedGroups = nil
            aCompletionBlock?(error)
        }
        core.later(receive) { lacuna_logout($0, $1, $2, $3) }
    }

    // MARK: - Devices

    @discardableResult
    open func getLoggedInDevicesFromServer(
        withUsername aUsername: String,
        password aPassword: String,
        error pError: EMErrorPointer?
    ) -> [EMDeviceConfig]? {
        let (devices, error) = core.now(.devices) { lacuna_devices($0, aUsername, aPassword, false, $1, $2, $3) }
        pError.set(error)
        return devices
    }

    open func getLoggedInDevicesFromServer(
        withUsername aUsername: String,
        password aPassword: String,
        completion aCompletionBlock: (([EMDeviceConfig]?, EMError?) -> Void)?
    ) {
        core.later(.devices, aCompletionBlock) { lacuna_devices($0, aUsername, aPassword, false, $1, $2, $3) }
    }

    open func getLoggedInDevicesFromServer(
        withUserId aUserID: String,
        token aToken: String,
        completion aCompletionBlock: (([EMDeviceConfig]?, EMError?) -> Void)?
    ) {
        core.later(.devices, aCompletionBlock) { lacuna_devices($0, aUserID, aToken, true, $1, $2, $3) }
    }

    @discardableResult
    open func kickDevice(withUsername aUsername: String, password aPassword: String, resource aResource: String) -> EMError? {
        core.now { lacuna_kick_device($0, aUsername, aPassword, false, aResource, $1, $2, $3) }
    }

    open func kickDevice(
        withUsername aUsername: String,
        password aPassword: String,
        resource aResource: String,
        completion aCompletionBlock: ((EMError?) -> Void)?
    ) {
        core.later(aCompletionBlock) { lacuna_kick_device($0, aUsername, aPassword, false, aResource, $1, $2, $3) }
    }

    open func kickDevice(
        withUserId aUserID: String,
        token aToken: String,
        resource aResource: String,
        completion aCompletionBlock: ((EMError?) -> Void)?
    ) {
        core.later(aCompletionBlock) { lacuna_kick_device($0, aUserID, aToken, true, aResource, $1, $2, $3) }
    }

    @discardableResult
    open func kickAllDevices(withUsername aUsername: String, password aPassword: String) -> EMError? {
        core.now { lacuna_kick_device($0, aUsername, aPassword, false, nil, $1, $2, $3) }
    }

    open func kickAllDevices(
        withUsername aUsername: String,
        password aPassword: String,
        completion aCompletionBlock: ((EMError?) -> Void)?
    ) {
        core.later(aCompletionBlock) { lacuna_kick_device($0, aUsername, aPassword, false, nil, $1, $2, $3) }
    }

    open func kickAllDevices(
        withUserId aUserID: String,
        token aToken: String,
        completion aCompletionBlock: ((EMError?) -> Void)?
    ) {
        core.later(aCompletionBlock) { lacuna_kick_device($0, aUserID, aToken, true, nil, $1, $2, $3) }
    }

    @discardableResult
    open func getDeviceConfig(_ pError: EMErrorPointer?) -> EMDeviceConfig? {
        guard let resource = core.read({ owned(lacuna_resource($0)) }) ?? nil else {
            pError.set(core.refusal(.userNotLogin, "not logged in"))
            return nil
        }
        pError.set(nil)
        // The library tells the server the resource as the unique id, too.
        return EMDeviceConfig(resource: resource, uuid: resource, name: options?.deviceName)
    }
}
