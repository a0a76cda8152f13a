// Lookups in the local store: of one conversation, or of all.

import CLacuna
import Foundation

/// Which messages to look up. As made: the newest of all.
struct Search {
    var type = EMConversationType.chat
    /// nil for all conversations.
    var conversation: String?
    var kinds: [Int32] = []
    var senders: [String] = []
    var side: Int32 = -1
    var keyword: String?
    var scope = EMMessageSearchScope.content
    var beyond: String?
    var timestamp: Int64 = -1
    var start: Int64 = -1
    var end: Int64 = -1
    var count: Int32 = 1
    var direction = EMMessageSearchDirection.up

    /// Sender and place in time, which most lookups have.
    func from(_ sender: String?, _ timestamp: Int64, _ count: Int32, _ direction: EMMessageSearchDirection) -> Search {
        var search = self
        search.senders = [sender].compactMap { $0 }.filter { !$0.isEmpty }
        search.timestamp = timestamp
        search.count = count
        search.direction = direction
        return search
    }

    func of(_ kinds: [Int32]) -> Search {
        var search = self
        search.kinds = kinds
        return search
    }

    func with(_ keyword: String?, in scope: EMMessageSearchScope = .content) -> Search {
        var search = self
        search.keyword = keyword
        search.scope = scope
        return search
    }

    fileprivate func query(in arena: Arena) -> LacunaQuery {
        var query = LacunaQuery()
        query.chat_type = Int32(type.rawValue)
        query.conversation = arena.text(conversation)
        query.kinds = arena.array(kinds)
        query.kind_count = kinds.count
        query.senders = arena.texts(senders)
        query.sender_count = senders.count
        query.side = side
        query.keyword = arena.text(keyword)
        query.scope = Int32(scope.rawValue)
        query.beyond = arena.text(beyond)
        query.timestamp = timestamp
        query.start = start
        query.end = end
        query.count = count
        query.direction = Int32(direction.rawValue)
        return query
    }
}

extension ClientCore {
    /// Looks messages up.
    func find(_ search: Search) -> [EMChatMessage]? {
        Arena.during { arena in
            var query = search.query(in: arena)
            return now(.messages) { lacuna_find($0, &query, $1, $2, $3) }.0?.items
        }
    }

    /// The same, later.
    func find(_ search: Search, _ completion: (([EMChatMessage]?, EMError?) -> Void)?) {
        Arena.during { arena in
            var query = search.query(in: arena)
            let receive = completion.map { completion in
                { (page: Page<EMChatMessage>?, error: EMError?) in completion(page?.items, error) }
            }
            later(.messages, receive) { lacuna_find($0, &query, $1, $2, $3) }
        }
    }

    /// Messages by id, in the order of the ids; those that are not here are left out.
    func messages(_ ids: [String]) -> ([EMChatMessage]?, EMError?) {
        Arena.during { arena in
            let (page, error) = now(.messages) { lacuna_messages($0, arena.texts(ids), ids.count, $1, $2, $3) }
            return (page?.items, error)
        }
    }
}
