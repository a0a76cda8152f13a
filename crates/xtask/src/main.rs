//! Repository chores: `cargo run -p xtask -- codegen` writes the generated code, `… -- apple` the list of what the Apple SDK has,
//! `… -- tidy` checks what lints cannot.
//!
//! The tidy checks are tests of this package too, so that an ordinary `cargo test` runs them.
#![expect(clippy::print_stdout, reason = "a command for people at a terminal")]

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

mod apple;
mod arrows;
mod codegen;
mod header;
mod tidy;

fn main() -> Result<()> {
    match std::env::args().nth(1).as_deref() {
        Some("codegen") => {
            for path in [codegen::write(&root()?)?, header::write(&root()?)?] {
                println!("wrote {}", path.display());
            }
            Ok(())
        }
        Some("apple") => {
            let path = apple::write(&root()?)?;
            println!("wrote {}", path.display());
            Ok(())
        }
        Some("tidy") => {
            let findings = tidy::check(&root()?)?;
            for finding in &findings {
                println!("{finding}");
            }
            if findings.is_empty() {
                println!("tidy");
                Ok(())
            } else {
                bail!("{} findings", findings.len())
            }
        }
        _ => bail!("usage: xtask codegen | apple | tidy"),
    }
}

/// The root of the workspace: two above this package.
fn root() -> Result<PathBuf> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = package
        .ancestors()
        .nth(2)
        .context("the package is two below the root")?;
    Ok(root.to_path_buf())
}
