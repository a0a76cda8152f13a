// What the manager can do. The Objective-C header of the same name says what each member means.

import Foundation

public protocol IEMGroupManager: NSObjectProtocol {
    func add(_ aDelegate: any EMGroupManagerDelegate, delegateQueue aQueue: DispatchQueue?)
    func remove(_ aDelegate: any EMGroupManagerDelegate)
    @discardableResult
    func getJoinedGroups() -> [EMGroup]?
    func getJoinedGroupsFromServer(
        withPage aPageNum: Int,
        pageSize aPageSize: Int,
        needMemberCount aNeedMemberCount: Bool,
        needRole aNeedRole: Bool,
        completion aCompletionBlock: (([EMGroup]?, EMError?) -> Void)?
    )
    func getJoinedGroupsFromServer(
        withPage aPageNum: Int,
        pageSize aPageSize: Int,
        completion aCompletionBlock: (([EMGroup]?, EMError?) -> Void)?
    )
    @discardableResult
    func getJoinedGroupsFromServer(withPage aPageNum: Int, pageSize aPageSize: Int, error pError: EMErrorPointer?) -> [EMGroup]?
    func getJoinedGroupsCountFromServer(completion aCompletionBlock: ((Int, EMError?) -> Void)?)
    @discardableResult
    func createGroup(
        withSubject aSubject: String?,
        description aDescription: String?,
        invitees aInvitees: [String]?,
        message aMessage: String?,
        setting aSetting: EMGroupOptions?,
        error pError: EMErrorPointer?
    ) -> EMGroup?
    func createGroup(
        withSubject aSubject: String?,
        description aDescription: String?,
        invitees aInvitees: [String]?,
        message aMessage: String?,
        setting aSetting: EMGroupOptions?,
        completion aCompletionBlock: ((EMGroup?, EMError?) -> Void)?
    )
    @discardableResult
    func joinPublicGroup(_ aGroupId: String, error pError: EMErrorPointer?) -> EMGroup?
    func joinPublicGroup(_ aGroupId: String, completion aCompletionBlock: ((EMGroup?, EMError?) -> Void)?)
    func leaveGroup(_ aGroupId: String, error pError: EMErrorPointer?)
    func leaveGroup(_ aGroupId: String, completion aCompletionBlock: ((EMError?) -> Void)?)
    @discardableResult
    func destroyGroup(_ aGroupId: String) -> EMError?
    func destroyGroup(_ aGroupId: String, finishCompletion aCompletionBlock: ((EMError?) -> Void)?)
    @discardableResult
    func getGroupSpecificationFromServer(withId aGroupId: String, error pError: EMErrorPointer?) -> EMGroup?
    @discardableResult
    func getGroupSpecificationFromServer(withId aGroupId: String, fetchMembers: Bool, error pError: EMErrorPointer?) -> EMGroup?
    func getGroupSpecificationFromServer(withId aGroupId: String, completion aCompletionBlock: ((EMGroup?, EMError?) -> Void)?)
    func getGroupSpecificationFromServer(
        withId aGroupId: String,
        fetchMembers: Bool,
        completion aCompletionBlock: ((EMGroup?, EMError?) -> Void)?
    )
    @discardableResult
    func getGroupMemberListFromServer(
        withId aGroupId: String,
        cursor aCursor: String?,
        pageSize aPageSize: Int,
        error pError: EMErrorPointer?
    ) -> EMCursorResult<NSString>?
    func getGroupMemberListFromServer(
        withId aGroupId: String,
        cursor aCursor: String?,
        pageSize aPageSize: Int,
        completion aCompletionBlock: ((EMCursorResult<NSString>?, EMError?) -> Void)?
    )
    @discardableResult
    func addOccupants(
        _ aOccupants: [String],
        toGroup aGroupId: String,
        welcomeMessage aWelcomeMessage: String?,
        error pError: EMErrorPointer?
    ) -> EMGroup?
    func addMembers(
        _ aUsers: [String],
        toGroup aGroupId: String,
        message aMessage: String?,
        completion aCompletionBlock: ((EMGroup?, EMError?) -> Void)?
    )
    @discardableResult
    func removeOccupants(_ aOccupants: [String], fromGroup aGroupId: String, error pError: EMErrorPointer?) -> EMGroup?
    func removeMembers(
        _ aUsers: [String],
        fromGroup aGroupId: String,
        completion aCompletionBlock: ((EMGroup?, EMError?) -> Void)?
    )
}
