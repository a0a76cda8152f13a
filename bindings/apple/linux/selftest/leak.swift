// For sanitize-selftest: a Swift program that is told to leak texts of the library, to use one that is gone, or to do neither.
import CLacuna

let what = CommandLine.arguments.dropFirst().first ?? ""
@inline(never) func misuse() {
    if what == "leak" {
        // Many: a dead slot of the stack may keep the address of one or two, and the sanitizer then takes those for reachable.
        for _ in 0..<100 { _ = lacuna_new_message_id() }
        return
    }
    guard let id = lacuna_new_message_id() else { return }
    lacuna_string_free(id)
    if what == "use-after-free" { print(id[0]) }
}
misuse()
