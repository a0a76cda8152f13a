// Delegates: held weakly, each with the queue that it is called on.

import Foundation

final class Multicast<Delegate>: @unchecked Sendable {
    private struct Entry {
        weak var delegate: AnyObject?
        let queue: DispatchQueue
    }

    private let lock = NSLock()
    private var entries: [Entry] = []

    /// Adds a delegate; nil is the main queue. Adding it again changes its queue.
    func add(_ delegate: Delegate, queue: DispatchQueue?) {
        let added = delegate as AnyObject
        lock.lock()
        defer { lock.unlock() }
        let entry = Entry(delegate: added, queue: queue ?? .main)
        entries.removeAll { $0.delegate == nil }
        if let place = entries.firstIndex(where: { $0.delegate === added }) {
            entries[place] = entry
        } else {
            entries.append(entry)
        }
    }

    func remove(_ delegate: Delegate) {
        let removed = delegate as AnyObject
        lock.lock()
        defer { lock.unlock() }
        entries.removeAll { $0.delegate == nil || $0.delegate === removed }
    }

    /// Whether anybody is there to be told.
    var isEmpty: Bool {
        lock.lock()
        defer { lock.unlock() }
        return entries.allSatisfy { $0.delegate == nil }
    }

    /// Tells each delegate on its queue.
    func tell(_ call: @escaping (Delegate) -> Void) {
        lock.lock()
        let told = entries
        lock.unlock()
        for entry in told {
            entry.queue.async {
                guard let delegate = entry.delegate as? Delegate else { return }
                call(delegate)
            }
        }
    }
}
