// Runs the tests: all of them, or those whose names hold one of the arguments. LACUNA_URL says where a server is,
// LACUNA_URL_WITHOUT_DELETION where one is that keeps users from deleting.

import Foundation

setvbuf(stdout, nil, _IOLBF, 0)
guard !Server.url.isEmpty, !Server.urlWithoutDeletion.isEmpty else {
    print("LACUNA_URL and LACUNA_URL_WITHOUT_DELETION must say where servers are")
    exit(2)
}

let tests =
    seedTests + localTests + clientTests + messageTests + conversationTests + searchTests + historyTests + groupTests
    + delegateTests + lifetimeTests + asyncTests + threadTests

// The main thread is the main queue's, as in an app.
Thread.detachNewThread {
    let failed = run(tests, Array(CommandLine.arguments.dropFirst()))
    Stage.removeFolders()
    exit(failed == 0 ? 0 : 1)
}
dispatchMain()
