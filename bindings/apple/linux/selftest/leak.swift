// For sanitize-selftest: a Swift program that is told to leak a text of the library, to use one that is gone, or to do neither.
import CLacuna

let what = CommandLine.arguments.dropFirst().first ?? ""
@inline(never) func misuse() {
    guard let id = lacuna_new_message_id() else { return }
    if what == "leak" { return }
    lacuna_string_free(id)
    if what == "use-after-free" { print(id[0]) }
}
misuse()
