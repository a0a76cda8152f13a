// What the group manager's methods do. Many take several calls, and all come in two forms: each is written once, with who waits
// as an argument.

import CLacuna
import Foundation

/// How an answer comes: to whoever stands and waits, or later.
enum Wait {
    case here
    case later
}

/// Members that a group comes with at most.
private let membersOfSpecification: Int32 = 200
/// Groups on a page at most.
private let groupPageMax = 1_000

extension ClientCore {
    /// Makes a call, and goes on with its answer.
    func ask<Value, Done>(
        _ wait: Wait,
        _ answer: Answer<Value, Done>,
        _ start: Start<Done>,
        then receive: @escaping Receive<Value>
    ) {
        switch wait {
        case .later: later(answer, receive, start)
        case .here:
            let (value, error) = now(answer, start)
            receive(value, error)
        }
    }

    /// Answers with the error of a check that is made here.
    func refuse<Value>(_ wait: Wait, _ code: EMErrorCode, _ text: String, _ receive: @escaping Receive<Value>) {
        switch wait {
        case .later: refuse(code, text, receive)
        case .here: receive(nil, refusal(code, text))
        }
    }

    /// The groups that the user is in.
    func groups(_ wait: Wait, _ receive: @escaping Receive<[EMGroup]>) {
        ask(wait, .groups) { lacuna_joined_groups($0, $1, $2, $3) } then: { [self] groups, error in
            if let groups { joinedGroups = groups }
            receive(groups, error)
        }
    }

    /// A page of them, from 0.
    func groups(_ wait: Wait, page: Int, size: Int, _ receive: @escaping Receive<[EMGroup]>) {
        guard page >= 0, (1...groupPageMax).contains(size) else {
            return refuse(wait, .invalidParam, "pages count from 0 and have 1 to \(groupPageMax) groups", receive)
        }
        groups(wait) { groups, error in
            let (start, isTooLarge) = page.multipliedReportingOverflow(by: size)
            receive(groups.map { isTooLarge ? [] : Array($0.dropFirst(start).prefix(size)) }, error)
        }
    }

    /// A group.
    func group(_ wait: Wait, _ id: String, _ receive: @escaping Receive<EMGroup>) {
        ask(wait, .groups) { lacuna_group($0, id, $1, $2, $3) } then: { receive($0?.first, $1) }
    }

    /// A group, if the call that goes before it succeeds.
    func group(_ wait: Wait, _ id: String, after start: Start<LacunaDone>, _ receive: @escaping Receive<EMGroup>) {
        ask(wait, .none, start) { [self] _, error in
            guard error == nil else { return receive(nil, error) }
            // What was asked for is done: not to learn more of the group is no failure of it.
            group(wait, id) { [self] group, _ in receive(group ?? knownGroup(id), nil) }
        }
    }

    /// What this device knows of a group: its id at least.
    func knownGroup(_ id: String) -> EMGroup {
        if let known = joinedGroups?.first(where: { $0.groupId == id }) { return known }
        let group = EMGroup()
        group.groupId = id
        return group
    }

    /// The user is not in a group any more: its conversation goes from this device, if the app wants that.
    func left(_ id: String) {
        guard options?.deleteMessagesOnLeaveGroup ?? false else { return }
        // What the disk refuses stays here, and can be deleted again: the user is out of the group all the same.
        _ = Arena.during { arena in
            now { lacuna_delete_conversations($0, arena.array([LACUNA_GROUP]), arena.texts([id]), 1, true, $1, $2, $3) }
        }
    }

    /// Makes a call after which the user is not in a group any more.
    func end(_ wait: Wait, _ id: String, with start: Start<LacunaDone>, _ receive: @escaping (EMError?) -> Void) {
        ask(wait, .none, start) { [self] _, error in
            if error == nil { left(id) }
            receive(error)
        }
    }

    /// A group with its first members.
    func groupWithMembers(_ wait: Wait, _ id: String, _ receive: @escaping Receive<EMGroup>) {
        group(wait, id) { [self] group, error in
            guard let group else { return receive(nil, error) }
            ask(wait, .members) { lacuna_group_members($0, id, 1, membersOfSpecification, $1, $2, $3) } then: { rows, error in
                guard let rows else { return receive(nil, error) }
                group.memberList = rows.filter { !$0.isOwner }.map(\.name)
                let owner = rows.first { $0.isOwner }?.name ?? group.owner
                group.users = [owner].compactMap { $0 }.filter { !$0.isEmpty } + group.memberList
                receive(group, nil)
            }
        }
    }

    /// A page of a group's members without its owner. The cursor is the number of the page.
    func members(
        _ wait: Wait,
        _ id: String,
        _ cursor: String?,
        _ size: Int,
        _ receive: @escaping Receive<EMCursorResult<NSString>>
    ) {
        let text = cursor ?? ""
        guard let page = text.isEmpty ? 1 : Int32(text), page > 0 else {
            return refuse(wait, .invalidParam, "the cursor makes no sense", receive)
        }
        ask(wait, .members) { lacuna_group_members($0, id, page, Int32(clamping: size), $1, $2, $3) } then: { rows, error in
            guard let rows else { return receive(nil, error) }
            let names = rows.filter { !$0.isOwner }.map { NSString(string: $0.name) }
            let next = rows.count < size ? "" : String(Int64(page) + 1)
            receive(EMCursorResult(list: names, andCursor: next), nil)
        }
    }

    /// Makes a group.
    func create(_ wait: Wait, _ wanted: WantedGroup, _ receive: @escaping Receive<EMGroup>) {
        guard wanted.style != .publicJoinNeedApproval else {
            return refuse(wait, .operationUnsupported, "joining with approval is not served", receive)
        }
        let owner = user
        Arena.during { arena in
            var described = wanted.described(in: arena)
            ask(wait, .text) { lacuna_create_group($0, &described, $1, $2, $3) } then: { [self] id, error in
                guard let id else { return receive(nil, error) }
                // It was created: an error of the server when it is asked for is none of the creation.
                group(wait, id) { group, _ in receive(group ?? wanted.made(id, by: owner), nil) }
            }
        }
    }

    /// Puts users into a group.
    func invite(_ wait: Wait, _ users: [String], to id: String, _ receive: @escaping Receive<EMGroup>) {
        Arena.during { arena in
            let names = arena.texts(users)
            group(wait, id, after: { lacuna_invite_to_group($0, id, names, users.count, $1, $2, $3) }, receive)
        }
    }

    /// Removes users from a group.
    func kick(_ wait: Wait, _ users: [String], from id: String, _ receive: @escaping Receive<EMGroup>) {
        Arena.during { arena in
            let names = arena.texts(users)
            group(wait, id, after: { lacuna_kick_from_group($0, id, names, users.count, $1, $2, $3) }, receive)
        }
    }
}

/// A group to be made.
struct WantedGroup {
    let name: String?
    let about: String?
    let members: [String]
    let style: EMGroupStyle
    let membersMax: Int

    init(_ subject: String?, _ description: String?, _ invitees: [String]?, _ setting: EMGroupOptions?) {
        let setting = setting ?? EMGroupOptions()
        name = subject
        about = description
        members = invitees ?? []
        style = setting.style
        membersMax = setting.maxUsers
    }

    /// The group, as far as this device knows.
    fileprivate func made(_ id: String, by owner: String?) -> EMGroup {
        let group = EMGroup()
        group.groupId = id
        group.groupName = name ?? ""
        group.about = about
        group.owner = owner
        group.occupantsCount = members.count + 1
        group.isPublic = style == .publicOpenJoin
        return group
    }

    fileprivate func described(in arena: Arena) -> LacunaNewGroup {
        var group = LacunaNewGroup()
        group.name = arena.text(name)
        group.description = arena.text(about)
        group.members = arena.texts(members)
        group.member_count = members.count
        group.is_public = style == .publicOpenJoin
        group.member_invites = style == .privateMemberCanInvite
        group.members_max = Int32(clamping: membersMax)
        return group
    }
}
