//! Faults for a process that a test starts: a journal of what it writes and syncs, a full disk, a clock that jumps. They come
//! from a small C library that the process is started with; Rust code of the product knows nothing of it.
//!
//! Included by the tests that need it. Needs a C compiler, as the product's own build does.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../testing/faults/faults.c");

/// What a process suffers.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    /// Only files below this folder are touched.
    pub(crate) folder: PathBuf,
    /// Every write, cut and sync is noted here. Nothing is really synced then.
    pub(crate) journal: Option<PathBuf>,
    /// While this file exists, no file gets longer: the disk is full.
    pub(crate) full: Option<PathBuf>,
    /// How far the wall clock is ahead, in milliseconds, as text; negative for behind.
    pub(crate) clock: Option<PathBuf>,
}

impl Faults {
    /// Makes a command suffer them.
    pub(crate) fn put(&self, command: &mut Command) {
        command.env("LD_PRELOAD", library());
        command.env("LACUNA_FAULTS_FOLDER", self.folder.canonicalize().unwrap());
        let files = [
            ("LACUNA_FAULTS_JOURNAL", &self.journal),
            ("LACUNA_FAULTS_FULL", &self.full),
            ("LACUNA_FAULTS_CLOCK", &self.clock),
        ];
        for (name, file) in files {
            if let Some(file) = file {
                command.env(name, file);
            }
        }
    }
}

/// The library, built once for each program of tests.
fn library() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let (built, new) = (
            folder.join("faults.so"),
            folder.join(format!("faults-{}.so", std::process::id())),
        );
        let done = Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()))
            .args(["-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o"])
            .arg(&new)
            .args([SOURCE, "-ldl", "-lpthread"])
            .status()
            .expect("a C compiler");
        assert!(done.success(), "the faults are built");
        std::fs::rename(new, &built).unwrap();
        built
    })
}
