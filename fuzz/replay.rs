//! Replays the committed inputs of a fuzz target. Included by the tests of the packages that have targets.

use std::path::Path;

/// Hands every file of `fuzz/corpus/<target>` to a target's body.
pub(crate) fn corpus(target: &str, body: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let mut inputs = 0;
    for file in std::fs::read_dir(folder.join(target)).unwrap() {
        let path = file.unwrap().path();
        let input = std::fs::read(&path).unwrap();
        // The test prints what went to stderr if it fails: this says which input it was.
        eprintln!("{}", path.display());
        body(&input);
        inputs += 1;
    }
    assert!(inputs >= 8, "{inputs} inputs for {target}");
}
