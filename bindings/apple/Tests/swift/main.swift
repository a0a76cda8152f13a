// Runs the tests: all of them, or those whose names hold one of the arguments. LACUNA_URL says where a server
// is, LACUNA_OFF_URL where one is that keeps users from deleting.

import Foundation

setvbuf(stdout, nil, _IOLBF, 0)
guard !Server.url.isEmpty, !Server.urlWithoutDeletion.isEmpty else {
    print("LACUNA_URL and LACUNA_OFF_URL must say where servers are")
    exit(2)
}

let tests =
    seedTests + localTests + clientTests + messageTests + conversationTests + searchTests + historyTests + groupTests
    + delegateTests + lifetimeTests + asyncTests + threadTests + serverTests

// The main thread serves the main queue, as in an app. dispatchMain() would not do: on Linux it gives the queue to other threads.
Thread.detachNewThread {
    let failed = run(tests, Array(CommandLine.arguments.dropFirst()))
    Stage.removeFolders()
    exit(failed == 0 ? 0 : 1)
}
while true { _ = RunLoop.main.run(mode: .default, before: .distantFuture) }
