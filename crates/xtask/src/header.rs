//! Writes the header of the C ABI from `crates/capi`. The result is committed, so that nobody who uses it needs a generator.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use cbindgen::{Builder, Config, Language, Style};

const HEADER: &str =
    "/* Written by `cargo run -p xtask -- codegen` from crates/capi. Do not edit. */";

/// Where the header lies.
pub(crate) fn path(root: &Path) -> PathBuf {
    root.join("crates/capi/include/lacuna_c.h")
}

/// Writes the header where it belongs.
pub(crate) fn write(root: &Path) -> Result<PathBuf> {
    let path = path(root);
    fs::write(&path, generate(root)?).with_context(|| format!("write {}", path.display()))?;
    Ok(path)
}

/// The header as text.
pub(crate) fn generate(root: &Path) -> Result<String> {
    let config = Config {
        language: Language::C,
        header: Some(HEADER.to_owned()),
        include_guard: Some("LACUNA_C_H".to_owned()),
        after_includes: Some(contract(root)?),
        cpp_compat: true,
        style: Style::Type,
        documentation: true,
        documentation_style: cbindgen::DocumentationStyle::C99,
        line_length: 120,
        no_includes: true,
        sys_includes: ["stdbool.h", "stddef.h", "stdint.h"]
            .map(str::to_owned)
            .into(),
        usize_is_size_t: true,
        ..Config::default()
    };
    let bindings = Builder::new()
        .with_crate(root.join("crates/capi"))
        .with_config(config)
        .generate()
        .context("read crates/capi")?;
    let mut text = Vec::new();
    bindings.write(&mut text);
    String::from_utf8(text).context("the header is UTF-8")
}

/// The contract of every function, from the crate's own documentation.
fn contract(root: &Path) -> Result<String> {
    let path = root.join("crates/capi/src/lib.rs");
    let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
    let lines = text.lines().take_while(|line| line.starts_with("//!"));
    let mut comment = String::from("/*");
    for line in lines {
        let line = line.trim_start_matches("//!");
        let line = line.replace("[`LacunaClient`](client::LacunaClient)", "`LacunaClient`");
        comment.push_str(line.trim_end());
        comment.push_str("\n *");
    }
    comment.push('/');
    Ok(comment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_fresh() {
        let root = crate::root().unwrap();
        let committed = fs::read_to_string(path(&root)).unwrap();
        let fresh = generate(&root).unwrap();
        let text = "run `cargo run -p xtask -- codegen`";
        assert!(
            committed == fresh,
            "lacuna_c.h is not what crates/capi says: {text}"
        );
    }
}
