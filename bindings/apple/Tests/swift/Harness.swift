// What the tests stand on: tests with a name, checks that note a failure and go on, and ways to wait without sleeping.
//
// It is no XCTest: the app's main thread must serve the main queue while a test waits, and one program must be run two hundred
// times in a row.

import Foundation
import Lacuna

/// One test: what it shows, and how.
struct Test {
    let name: String
    let body: () throws -> Void

    init(_ name: String, _ body: @escaping () throws -> Void) {
        self.name = name
        self.body = body
    }
}

/// Ends a test early, and notes why.
struct Stop: Error {
    init(_ reason: String, _ file: StaticString = #fileID, _ line: UInt = #line) {
        Failures.here.note(reason, file, line)
    }
}

/// What went wrong in the test that runs.
final class Failures {
    static let here = Failures()
    private let lock = NSLock()
    private var noted: [String] = []
    private var owed: [(where: String, calls: Log<Void>)] = []

    func note(_ text: String, _ file: StaticString, _ line: UInt) {
        lock.withLock { noted.append("\(file):\(line): \(text)") }
    }

    /// A completion that must have been called once when the test ends.
    func owe(_ calls: Log<Void>, _ file: StaticString, _ line: UInt) {
        lock.withLock { owed.append(("\(file):\(line)", calls)) }
    }

    func take() -> [String] {
        lock.withLock {
            for call in owed where call.calls.all.count != 1 {
                noted.append("\(call.where): a completion was called \(call.calls.all.count) times")
            }
            defer { (noted, owed) = ([], []) }
            return noted
        }
    }
}

func expect(
    _ condition: @autoclosure () throws -> Bool, _ text: @autoclosure () -> String = "not so", file: StaticString = #fileID,
    line: UInt = #line
) rethrows {
    if try !condition() { Failures.here.note(text(), file, line) }
}

func equal<T: Equatable>(_ value: T, _ want: T, _ text: String = "", file: StaticString = #fileID, line: UInt = #line) {
    if value != want { Failures.here.note("\(text) is \(value), not \(want)", file, line) }
}

/// An error's number; 0 for none.
func code(_ error: EMError?) -> Int {
    error?.code.rawValue ?? 0
}

/// That a call ended with an error of this number and some words, or with none for 0.
func fails(_ error: EMError?, _ number: Int, file: StaticString = #fileID, line: UInt = #line) {
    let words = error?.errorDescription ?? ""
    if code(error) != number { Failures.here.note("ended with \(code(error)) \(words), not \(number)", file, line) }
    if error != nil && words.isEmpty { Failures.here.note("an error without words", file, line) }
}

func succeeds(_ error: EMError?, file: StaticString = #fileID, line: UInt = #line) {
    fails(error, 0, file: file, line: line)
}

func require<T>(_ value: T?, _ text: String = "it is nil", file: StaticString = #fileID, line: UInt = #line) throws -> T {
    guard let value else {
        throw Stop(text, file, line)
    }
    return value
}

/// Nothing here takes longer, even on a busy machine.
let patience: TimeInterval = 20

/// What came, from whatever thread, in order.
final class Log<T> {
    private let condition = NSCondition()
    private var items: [T] = []

    func add(_ item: T) {
        condition.lock()
        items.append(item)
        condition.broadcast()
        condition.unlock()
    }

    var all: [T] {
        condition.lock()
        defer { condition.unlock() }
        return items
    }

    func clear() {
        condition.lock()
        items = []
        condition.unlock()
    }

    /// Waits until what came is enough.
    @discardableResult
    func wait(
        _ text: String = "it", file: StaticString = #fileID, line: UInt = #line, until enough: ([T]) -> Bool
    ) throws -> [T] {
        let end = Date().addingTimeInterval(patience)
        condition.lock()
        defer { condition.unlock() }
        while !enough(items) {
            if !condition.wait(until: end) && !enough(items) {
                throw Stop("\(text) did not come; what came: \(items)", file, line)
            }
        }
        return items
    }

    @discardableResult
    func wait(count: Int, file: StaticString = #fileID, line: UInt = #line) throws -> [T] {
        try wait("\(count)", file: file, line: line) { $0.count >= count }
    }
}

/// What a completion is given. It must come once, and never on the caller's stack.
func answer<T>(
    file: StaticString = #fileID, line: UInt = #line, _ call: (@escaping (T) -> Void) throws -> Void
) throws -> T {
    let (answers, calls, caller) = (Log<T>(), Log<Void>(), Thread.current)
    Failures.here.owe(calls, file, line)
    try call { given in
        if Thread.current == caller { Failures.here.note("a completion on the caller's thread", file, line) }
        if Thread.isMainThread { Failures.here.note("a completion on the main thread", file, line) }
        calls.add(())
        answers.add(given)
    }
    return try answers.wait("a completion", file: file, line: line) { !$0.isEmpty }[0]
}

/// The same for a completion with two arguments.
func answer<A, B>(
    file: StaticString = #fileID, line: UInt = #line, _ call: (@escaping (A, B) -> Void) throws -> Void
) throws -> (A, B) {
    try answer(file: file, line: line) { (done: @escaping ((A, B)) -> Void) in try call { done(($0, $1)) } }
}

/// What an `async` function gives, for a test that is not one.
func awaited<T>(file: StaticString = #fileID, line: UInt = #line, _ work: @escaping () async -> T) throws -> T {
    let results = Log<T>()
    Task { results.add(await work()) }
    return try results.wait("an async result", file: file, line: line) { !$0.isEmpty }[0]
}

/// Runs the tests whose names hold one of the words, all but the open ones without words. The number of those that failed.
func run(_ tests: [Test], _ words: [String]) -> Int {
    let chosen = tests.filter { test in
        words.isEmpty || words.contains { test.name.contains($0) }
    }
    var failed = 0
    for test in chosen {
        let begin = Date()
        // A synchronous call that never returns would hold everything up.
        let hangs = DispatchWorkItem {
            print("FAILED \(test.name): it hangs")
            exit(1)
        }
        DispatchQueue.global().asyncAfter(deadline: .now() + 3 * patience, execute: hangs)
        // A Stop has noted itself.
        do { try test.body() } catch is Stop {} catch { Failures.here.note("\(error)", #fileID, #line) }
        Stage.endAll()
        hangs.cancel()
        let failures = Failures.here.take()
        failed += failures.isEmpty ? 0 : 1
        let time = Int(Date().timeIntervalSince(begin) * 1000)
        print("\(failures.isEmpty ? "ok    " : "FAILED") \(test.name) (\(time) ms)")
        failures.forEach { print("       \($0)") }
    }
    print("swift: \(chosen.count) tests, \(failed) failed")
    return chosen.isEmpty ? 1 : failed
}
