// The way to groups.

import CLacuna
import Foundation

final class GroupManager: NSObject, IEMGroupManager, @unchecked Sendable {
    private let core: ClientCore

    init(_ core: ClientCore) { self.core = core }

    /// Waits for a call, and gives its value and its error.
    private func wait<Value>(_ pError: EMErrorPointer?, _ call: (@escaping Receive<Value>) -> Void) -> Value? {
        var outcome: (Value?, EMError?) = (nil, nil)
        call { outcome = ($0, $1) }
        pError.set(outcome.1)
        return outcome.0
    }

    // MARK: - Delegates

    func add(_ aDelegate: any EMGroupManagerDelegate, delegateQueue aQueue: DispatchQueue?) {
        core.groupDelegates.add(aDelegate, queue: aQueue)
    }

    func remove(_ aDelegate: any EMGroupManagerDelegate) { core.groupDelegates.remove(aDelegate) }

    // MARK: - The user's groups

    func getJoinedGroups() -> [EMGroup]? { core.user == nil ? nil : core.joinedGroups ?? [] }

    // Counts and roles come as the server sends them, whatever is asked.
    func getJoinedGroupsFromServer(
        withPage aPageNum: Int,
        pageSize aPageSize: Int,
        needMemberCount aNeedMemberCount: Bool,
        needRole aNeedRole: Bool,
        completion aCompletionBlock: (([EMGroup]?, EMError?) -> Void)?
    ) {
        core.groups(.later, page: aPageNum, size: aPageSize) { aCompletionBlock?($0, $1) }
    }

    func getJoinedGroupsFromServer(
        withPage aPageNum: Int,
        pageSize aPageSize: Int,
        completion aCompletionBlock: (([EMGroup]?, EMError?) -> Void)?
    ) {
        core.groups(.later, page: aPageNum, size: aPageSize) { aCompletionBlock?($0, $1) }
    }

    func getJoinedGroupsFromServer(withPage aPageNum: Int, pageSize aPageSize: Int, error pError: EMErrorPointer?) -> [EMGroup]? {
        wait(pError) { core.groups(.here, page: aPageNum, size: aPageSize, $0) }
    }

    func getJoinedGroupsCountFromServer(completion aCompletionBlock: ((Int, EMError?) -> Void)?) {
        core.groups(.later) { aCompletionBlock?($0?.count ?? 0, $1) }
    }

    // MARK: - Creating, joining, leaving

    func createGroup(
        withSubject aSubject: String?,
        description aDescription: String?,
        invitees aInvitees: [String]?,
        message aMessage: String?,
        setting aSetting: EMGroupOptions?,
        error pError: EMErrorPointer?
    ) -> EMGroup? {
        wait(pError) { core.create(.here, WantedGroup(aSubject, aDescription, aInvitees, aSetting), $0) }
    }

    func createGroup(
        withSubject aSubject: String?,
        description aDescription: String?,
        invitees aInvitees: [String]?,
        message aMessage: String?,
        setting aSetting: EMGroupOptions?,
        completion aCompletionBlock: ((EMGroup?, EMError?) -> Void)?
    ) {
        core.create(.later, WantedGroup(aSubject, aDescription, aInvitees, aSetting)) { aCompletionBlock?($0, $1) }
    }

    func joinPublicGroup(_ aGroupId: String, error pError: EMErrorPointer?) -> EMGroup? {
        wait(pError) { core.group(.here, aGroupId, after: { lacuna_join_group($0, aGroupId, $1, $2, $3) }, $0) }
    }

    func joinPublicGroup(_ aGroupId: String, completion aCompletionBlock: ((EMGroup?, EMError?) -> Void)?) {
        core.group(.later, aGroupId, after: { lacuna_join_group($0, aGroupId, $1, $2, $3) }) { aCompletionBlock?($0, $1) }
    }

    func leaveGroup(_ aGroupId: String, error pError: EMErrorPointer?) {
        core.end(.here, aGroupId, with: { lacuna_leave_group($0, aGroupId, $1, $2, $3) }) { pError.set($0) }
    }

    func leaveGroup(_ aGroupId: String, completion aCompletionBlock: ((EMError?) -> Void)?) {
        core.end(.later, aGroupId, with: { lacuna_leave_group($0, aGroupId, $1, $2, $3) }) { aCompletionBlock?($0) }
    }

    func destroyGroup(_ aGroupId: String) -> EMError? {
        var failed: EMError?
        core.end(.here, aGroupId, with: { lacuna_destroy_group($0, aGroupId, $1, $2, $3) }) { failed = $0 }
        return failed
    }

    func destroyGroup(_ aGroupId: String, finishCompletion aCompletionBlock: ((EMError?) -> Void)?) {
        core.end(.later, aGroupId, with: { lacuna_destroy_group($0, aGroupId, $1, $2, $3) }) { aCompletionBlock?($0) }
    }

    // MARK: - A group and its members

    func getGroupSpecificationFromServer(withId aGroupId: String, error pError: EMErrorPointer?) -> EMGroup? {
        wait(pError) { core.group(.here, aGroupId, $0) }
    }

    func getGroupSpecificationFromServer(withId aGroupId: String, fetchMembers: Bool, error pError: EMErrorPointer?) -> EMGroup? {
        wait(pError) { fetchMembers ? core.groupWithMembers(.here, aGroupId, $0) : core.group(.here, aGroupId, $0) }
    }

    func getGroupSpecificationFromServer(withId aGroupId: String, completion aCompletionBlock: ((EMGroup?, EMError?) -> Void)?) {
        core.group(.later, aGroupId) { aCompletionBlock?($0, $1) }
    }

    func getGroupSpecificationFromServer(
        withId aGroupId: String,
        fetchMembers: Bool,
        completion aCompletionBlock: ((EMGroup?, EMError?) -> Void)?
    ) {
        let receive: Receive<EMGroup> = { aCompletionBlock?($0, $1) }
        fetchMembers ? core.groupWithMembers(.later, aGroupId, receive) : core.group(.later, aGroupId, receive)
    }

    func getGroupMemberListFromServer(
        withId aGroupId: String,
        cursor aCursor: String?,
        pageSize aPageSize: Int,
        error pError: EMErrorPointer?
    ) -> EMCursorResult<NSString>? {
        wait(pError) { core.members(.here, aGroupId, aCursor, aPageSize, $0) }
    }

    func getGroupMemberListFromServer(
        withId aGroupId: String,
        cursor aCursor: String?,
        pageSize aPageSize: Int,
        completion aCompletionBlock: ((EMCursorResult<NSString>?, EMError?) -> Void)?
    ) {
        core.members(.later, aGroupId, aCursor, aPageSize) { aCompletionBlock?($0, $1) }
    }

    // The welcome is not passed on: the server has no place for it.
    func addOccupants(
        _ aOccupants: [String],
        toGroup aGroupId: String,
        welcomeMessage aWelcomeMessage: String?,
        error pError: EMErrorPointer?
    ) -> EMGroup? {
        wait(pError) { core.invite(.here, aOccupants, to: aGroupId, $0) }
    }

    func addMembers(
        _ aUsers: [String],
        toGroup aGroupId: String,
        message aMessage: String?,
        completion aCompletionBlock: ((EMGroup?, EMError?) -> Void)?
    ) {
        core.invite(.later, aUsers, to: aGroupId) { aCompletionBlock?($0, $1) }
    }

    func removeOccupants(_ aOccupants: [String], fromGroup aGroupId: String, error pError: EMErrorPointer?) -> EMGroup? {
        wait(pError) { core.kick(.here, aOccupants, from: aGroupId, $0) }
    }

    func removeMembers(
        _ aUsers: [String],
        fromGroup aGroupId: String,
        completion aCompletionBlock: ((EMGroup?, EMError?) -> Void)?
    ) {
        core.kick(.later, aUsers, from: aGroupId) { aCompletionBlock?($0, $1) }
    }
}
