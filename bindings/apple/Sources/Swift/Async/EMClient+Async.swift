// Written by apple/async from the headers. Do not edit: `linux/inroot apple/async` writes it anew.
//
// Swift on Apple platforms derives these from the methods with a completion by itself.

import Foundation

extension EMClient {
    @discardableResult
    public func register(withUsername aUsername: String, password aPassword: String) async -> (String, EMError?) {
        await withCheckedContinuation { continuation in
            register(withUsername: aUsername, password: aPassword, completion: { continuation.resume(returning: ($0, $1)) })
        }
    }

    @discardableResult
    public func fetchToken(withUsername aUsername: String, password aPassword: String) async -> (String?, EMError?) {
        await withCheckedContinuation { continuation in
            fetchToken(withUsername: aUsername, password: aPassword, completion: { continuation.resume(returning: ($0, $1)) })
        }
    }

    @discardableResult
    public func login(withUsername aUsername: String, password aPassword: String) async -> (String, EMError?) {
        await withCheckedContinuation { continuation in
            login(withUsername: aUsername, password: aPassword, completion: { continuation.resume(returning: ($0, $1)) })
        }
    }

    @discardableResult
    public func login(withUsername aUsername: String, token aToken: String) async -> (String, EMError?) {
        await withCheckedContinuation { continuation in
            login(withUsername: aUsername, token: aToken, completion: { continuation.resume(returning: ($0, $1)) })
        }
    }

    @discardableResult
    public func renewToken(_ newToken: String) async -> EMError? {
        await withCheckedContinuation { continuation in
            renewToken(newToken, completion: { continuation.resume(returning: $0) })
        }
    }

    @discardableResult
    public func logout(_ aIsUnbindDeviceToken: Bool) async -> EMError? {
        await withCheckedContinuation { continuation in
            logout(aIsUnbindDeviceToken, completion: { continuation.resume(returning: $0) })
        }
    }

    @discardableResult
    public func loggedInDevicesFromServer(withUsername aUsername: String, password aPassword: String) async -> ([EMDeviceConfig]?, EMError?) {
        await withCheckedContinuation { continuation in
            getLoggedInDevicesFromServer(withUsername: aUsername, password: aPassword, completion: { continuation.resume(returning: ($0, $1)) })
        }
    }

    @discardableResult
    public func loggedInDevicesFromServer(withUserId aUserID: String, token aToken: String) async -> ([EMDeviceConfig]?, EMError?) {
        await withCheckedContinuation { continuation in
            getLoggedInDevicesFromServer(withUserId: aUserID, token: aToken, completion: { continuation.resume(returning: ($0, $1)) })
        }
    }

    @discardableResult
    public func kickDevice(withUsername aUsername: String, password aPassword: String, resource aResource: String) async -> EMError? {
        await withCheckedContinuation { continuation in
            kickDevice(withUsername: aUsername, password: aPassword, resource: aResource, completion: { continuation.resume(returning: $0) })
        }
    }

    @discardableResult
    public func kickDevice(withUserId aUserID: String, token aToken: String, resource aResource: String) async -> EMError? {
        await withCheckedContinuation { continuation in
            kickDevice(withUserId: aUserID, token: aToken, resource: aResource, completion: { continuation.resume(returning: $0) })
        }
    }

    @discardableResult
    public func kickAllDevices(withUsername aUsername: String, password aPassword: String) async -> EMError? {
        await withCheckedContinuation { continuation in
            kickAllDevices(withUsername: aUsername, password: aPassword, completion: { continuation.resume(returning: $0) })
        }
    }

    @discardableResult
    public func kickAllDevices(withUserId aUserID: String, token aToken: String) async -> EMError? {
        await withCheckedContinuation { continuation in
            kickAllDevices(withUserId: aUserID, token: aToken, completion: { continuation.resume(returning: $0) })
        }
    }
}
