//! Generates the Rust types of the wire from `crates/proto/schema`. The result is committed, so that building needs no generator.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

const PACKAGE: &str = "easemob.pb";
const HEADER: &str =
    "// Written by `cargo run -p xtask -- codegen` from schema/msync.proto. Do not edit.\n";

/// Where the generated code lies.
pub(crate) fn path(root: &Path) -> PathBuf {
    root.join("crates/proto/src/generated.rs")
}

/// Generates the code and writes it where it belongs.
pub(crate) fn write(root: &Path) -> Result<PathBuf> {
    let path = path(root);
    fs::write(&path, generate(root)?).with_context(|| format!("write {}", path.display()))?;
    Ok(path)
}

/// The generated code as text.
pub(crate) fn generate(root: &Path) -> Result<String> {
    let schema = root.join("crates/proto/schema");
    let files = protox::compile(["msync.proto"], [&schema]).context("compile the schema")?;
    let requests = files
        .file
        .into_iter()
        .map(|file| {
            (
                prost_build::Module::from_protobuf_package_name(file.package()),
                file,
            )
        })
        .collect();
    let mut config = prost_build::Config::new();
    config.bytes(["."]);
    let modules = config.generate(requests).context("generate the code")?;
    let code = modules
        .get(&prost_build::Module::from_protobuf_package_name(PACKAGE))
        .with_context(|| format!("nothing was generated for {PACKAGE}"))?;
    Ok(format!("{HEADER}{code}"))
}
