// Written by apple/async from the headers. Do not edit: `linux/inroot apple/async` writes it anew.
//
// Swift on Apple platforms derives these from the methods with a completion by itself.

import Foundation

extension IEMGroupManager {
    @discardableResult
    public func joinedGroupsFromServer(
        withPage aPageNum: Int,
        pageSize aPageSize: Int,
        needMemberCount aNeedMemberCount: Bool,
        needRole aNeedRole: Bool
    ) async -> ([EMGroup]?, EMError?) {
        await withCheckedContinuation { continuation in
            getJoinedGroupsFromServer(
                withPage: aPageNum,
                pageSize: aPageSize,
                needMemberCount: aNeedMemberCount,
                needRole: aNeedRole,
                completion: { continuation.resume(returning: ($0, $1)) }
            )
        }
    }

    @discardableResult
    public func joinedGroupsFromServer(withPage aPageNum: Int, pageSize aPageSize: Int) async -> ([EMGroup]?, EMError?) {
        await withCheckedContinuation { continuation in
            getJoinedGroupsFromServer(withPage: aPageNum, pageSize: aPageSize, completion: { continuation.resume(returning: ($0, $1)) })
        }
    }

    @discardableResult
    public func joinedGroupsCountFromServer() async -> (Int, EMError?) {
        await withCheckedContinuation { continuation in
            getJoinedGroupsCountFromServer(completion: { continuation.resume(returning: ($0, $1)) })
        }
    }

    @discardableResult
    public func createGroup(
        withSubject aSubject: String?,
        description aDescription: String?,
        invitees aInvitees: [String]?,
        message aMessage: String?,
        setting aSetting: EMGroupOptions?
    ) async -> (EMGroup?, EMError?) {
        await withCheckedContinuation { continuation in
            createGroup(
                withSubject: aSubject,
                description: aDescription,
                invitees: aInvitees,
                message: aMessage,
                setting: aSetting,
                completion: { continuation.resume(returning: ($0, $1)) }
            )
        }
    }

    @discardableResult
    public func joinPublicGroup(_ aGroupId: String) async -> (EMGroup?, EMError?) {
        await withCheckedContinuation { continuation in
            joinPublicGroup(aGroupId, completion: { continuation.resume(returning: ($0, $1)) })
        }
    }

    @discardableResult
    public func leaveGroup(_ aGroupId: String) async -> EMError? {
        await withCheckedContinuation { continuation in
            leaveGroup(aGroupId, completion: { continuation.resume(returning: $0) })
        }
    }

    @discardableResult
    public func groupSpecificationFromServer(withId aGroupId: String) async -> (EMGroup?, EMError?) {
        await withCheckedContinuation { continuation in
            getGroupSpecificationFromServer(withId: aGroupId, completion: { continuation.resume(returning: ($0, $1)) })
        }
    }

    @discardableResult
    public func groupSpecificationFromServer(withId aGroupId: String, fetchMembers: Bool) async -> (EMGroup?, EMError?) {
        await withCheckedContinuation { continuation in
            getGroupSpecificationFromServer(withId: aGroupId, fetchMembers: fetchMembers, completion: { continuation.resume(returning: ($0, $1)) })
        }
    }

    @discardableResult
    public func groupMemberListFromServer(
        withId aGroupId: String,
        cursor aCursor: String?,
        pageSize aPageSize: Int
    ) async -> (EMCursorResult<NSString>?, EMError?) {
        await withCheckedContinuation { continuation in
            getGroupMemberListFromServer(
                withId: aGroupId,
                cursor: aCursor,
                pageSize: aPageSize,
                completion: { continuation.resume(returning: ($0, $1)) }
            )
        }
    }

    @discardableResult
    public func addMembers(_ aUsers: [String], toGroup aGroupId: String, message aMessage: String?) async -> (EMGroup?, EMError?) {
        await withCheckedContinuation { continuation in
            addMembers(aUsers, toGroup: aGroupId, message: aMessage, completion: { continuation.resume(returning: ($0, $1)) })
        }
    }

    @discardableResult
    public func removeMembers(_ aUsers: [String], fromGroup aGroupId: String) async -> (EMGroup?, EMError?) {
        await withCheckedContinuation { continuation in
            removeMembers(aUsers, fromGroup: aGroupId, completion: { continuation.resume(returning: ($0, $1)) })
        }
    }
}
