// The client of the C library, shared by everything that belongs to one EMClient, and the ways to call it.

import CLacuna
import Foundation

/// What a call ends with: a value, or an error.
typealias Receive<Value> = (Value?, EMError?) -> Void
/// One call of the C library: the client, the mode, the context and the completion.
typealias Start<Done> = (OpaquePointer, Int32, UnsafeMutableRawPointer?, Done?) -> Int32

final class ClientCore: @unchecked Sendable {
    let clientDelegates = Multicast<any EMClientDelegate>()
    let deviceDelegates = Multicast<any EMMultiDevicesDelegate>()
    let chatDelegates = Multicast<any EMChatManagerDelegate>()
    let groupDelegates = Multicast<any EMGroupManagerDelegate>()

    // Guards what follows; is signalled when the last call has ended.
    private let turn = NSCondition()
    private var handle: OpaquePointer?
    // Calls that have the handle right now: it cannot be freed under them.
    private var calls = 0
    private var isClosed = false
    private var madeWith: EMOptions?
    private var fetchedGroups: [EMGroup]?

    // Where completions run that no client of the library can call.
    private static let callbacks = DispatchQueue(label: "lacuna-callbacks")

    deinit {
        // Every call holds its core, so there are none.
        lacuna_client_free(handle)
    }

    // MARK: - The client

    /// What the client was made with; nil before.
    var options: EMOptions? { locked { madeWith } }
    /// Whether there is a client.
    var isOpen: Bool { locked { handle != nil } }
    /// The groups that the last fetch of this login brought; nil before one.
    var joinedGroups: [EMGroup]? {
        get { locked { fetchedGroups } }
        set { locked { fetchedGroups = newValue } }
    }

    /// Makes the client, or another one in the place of the one that is there.
    func open(_ options: EMOptions, appkey: String) -> EMError? {
        let (made, error) = options.make(appkey: appkey)
        guard let made else { return error }
        observe(made, core: self)
        locked { madeWith = options }
        replace(with: made, closing: false)
        return nil
    }

    /// Ends the client. Waits for calls that block.
    func close() {
        replace(with: nil, closing: true)
    }

    private func replace(with next: OpaquePointer?, closing: Bool) {
        turn.lock()
        let before = handle
        handle = nil
        isClosed = closing
        while calls > 0 { turn.wait() }
        // Somebody may have closed meanwhile, or have opened another one.
        let isWanted = handle == nil && !isClosed
        let surplus = isWanted ? nil : next
        if isWanted { handle = next }
        fetchedGroups = nil
        turn.unlock()
        lacuna_client_free(before)
        lacuna_client_free(surplus)
    }

    private func locked<Value>(_ body: () -> Value) -> Value {
        turn.lock()
        defer { turn.unlock() }
        return body()
    }

    private func enter() -> OpaquePointer? {
        locked {
            if handle != nil { calls += 1 }
            return handle
        }
    }

    private func leave() {
        locked {
            calls -= 1
            if calls == 0 { turn.broadcast() }
        }
    }

    /// Why there is no client.
    var missing: EMError {
        if locked({ isClosed }) { return EMError(description: "the client is closed", code: .userNotLogin) }
        return EMError(description: "the SDK is not initialised", code: .general)
    }

    // MARK: - Calls

    /// Makes a call that answers later. `receive` may be nil; it runs on a thread of the library's own.
    func later<Value, Done>(_ answer: Answer<Value, Done>, _ receive: Receive<Value>?, _ start: Start<Done>) {
        guard let handle = enter() else {
            guard let receive else { return }
            let error = missing
            Self.callbacks.async { receive(nil, error) }
            return
        }
        defer { leave() }
        let context = receive.map { Box($0).retained() }
        // The library answers in any case, so that the number says nothing new.
        _ = start(handle, LACUNA_LATER, context, receive == nil ? nil : answer.done)
    }

    /// The same, for a call without a value.
    func later(_ completion: ((EMError?) -> Void)?, _ start: Start<LacunaDone>) {
        later(.none, completion.map { completion in { _, error in completion(error) } }, start)
    }

    /// Makes a call that blocks.
    func now<Value, Done>(_ answer: Answer<Value, Done>, _ start: Start<Done>) -> (Value?, EMError?) {
        guard let handle = enter() else { return (nil, missing) }
        defer { leave() }
        var outcome: (Value?, EMError?) = (nil, nil)
        let receive: Receive<Value> = { outcome = ($0, $1) }
        _ = start(handle, LACUNA_BLOCKING, Box(receive).retained(), answer.done)
        return outcome
    }

    /// The same, for a call without a value.
    func now(_ start: Start<LacunaDone>) -> EMError? {
        now(.none, start).1
    }

    /// Reads something that no call is needed for. nil without a client.
    func read<Value>(_ body: (OpaquePointer) -> Value) -> Value? {
        guard let handle = enter() else { return nil }
        defer { leave() }
        return body(handle)
    }

    /// The user who is logged in.
    var user: String? {
        read { owned(lacuna_current_user($0)) } ?? nil
    }

    // MARK: - Refusals

    /// The error of a check that is made here: 201 goes before it.
    func refusal(_ code: EMErrorCode, _ text: String) -> EMError {
        if !isOpen { return missing }
        if user == nil { return EMError(description: "not logged in", code: .userNotLogin) }
        return EMError(description: text, code: code)
    }

    /// The same, given later.
    func refuse<Value>(_ code: EMErrorCode, _ text: String, _ receive: Receive<Value>?) {
        guard let receive else { return }
        // Looking nothing up is the way to the thread of the completions, and answers 201 if that goes before.
        let refused: Receive<Page<EMChatMessage>> = { _, error in
            receive(nil, error ?? EMError(description: text, code: code))
        }
        later(.messages, refused) { lacuna_messages($0, nil, 0, $1, $2, $3) }
    }
}

/// Keeps a value while C has only a pointer to it.
final class Box<Value> {
    let value: Value

    init(_ value: Value) { self.value = value }

    /// A pointer that somebody must `take`.
    func retained() -> UnsafeMutableRawPointer { Unmanaged.passRetained(self).toOpaque() }

    /// Takes the value over from a pointer; nil for NULL.
    static func take(_ context: UnsafeMutableRawPointer?) -> Value? {
        context.map { Unmanaged<Box>.fromOpaque($0).takeRetainedValue().value }
    }

    /// Looks at the value behind a pointer that stays what it is.
    static func peek(_ context: UnsafeMutableRawPointer?) -> Value? {
        context.map { Unmanaged<Box>.fromOpaque($0).takeUnretainedValue().value }
    }
}
