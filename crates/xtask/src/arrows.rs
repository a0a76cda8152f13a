//! Which package may use which: the layers, checked against what cargo reads from the manifests.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// Each package of ours with those of ours that it may use. Anything of ours may be used by tests, except that
/// `lacuna-testing` is for tests alone.
const ALLOWED: &[(&str, &[&str])] = &[
    ("lacuna-domain", &[]),
    ("lacuna-proto", &["lacuna-domain"]),
    ("lacuna-sqlite", &["lacuna-domain"]),
    ("lacuna-store", &["lacuna-domain", "lacuna-sqlite"]),
    (
        "lacuna-server",
        &["lacuna-domain", "lacuna-proto", "lacuna-store"],
    ),
    (
        "lacuna-sdk",
        &["lacuna-domain", "lacuna-proto", "lacuna-sqlite"],
    ),
    (
        "lacuna-testing",
        &[
            "lacuna-domain",
            "lacuna-proto",
            "lacuna-sqlite",
            "lacuna-store",
            "lacuna-server",
            "lacuna-sdk",
        ],
    ),
    ("lacuna-capi", &["lacuna-domain", "lacuna-sdk"]),
    ("lacuna", CLI),
    ("xtask", &["lacuna-domain"]),
];
const CLI: &[&str] = &[
    "lacuna-domain",
    "lacuna-proto",
    "lacuna-sqlite",
    "lacuna-store",
    "lacuna-server",
    "lacuna-sdk",
];

/// The arrows that should not be there.
pub(crate) fn check(root: &Path) -> Result<Vec<String>> {
    let cargo = option_env!("CARGO").unwrap_or("cargo");
    let output = Command::new(cargo)
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(root)
        .output()
        .context("run cargo metadata")?;
    if !output.status.success() {
        bail!(
            "cargo metadata failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let metadata = serde_json::from_slice(&output.stdout).context("read cargo metadata")?;
    Ok(findings(&metadata))
}

fn findings(metadata: &Value) -> Vec<String> {
    let mut findings = Vec::new();
    for package in list(metadata, "packages") {
        let name = text(package, "name");
        let allowed = ALLOWED
            .iter()
            .find(|(package, _)| *package == name)
            .map(|(_, allowed)| *allowed);
        if allowed.is_none() {
            findings.push(format!("package {name}: has no place among the layers"));
        }
        for dependency in list(package, "dependencies") {
            let used = text(dependency, "name");
            // `kind` is null for what the package itself uses.
            let for_tests = text(dependency, "kind") == "dev";
            let ours = dependency.get("path").is_some_and(Value::is_string);
            if ours && !for_tests && !allowed.unwrap_or_default().contains(&used) {
                findings.push(format!("package {name}: may not use {used}"));
            }
        }
    }
    findings
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(package: &str, used: &str, kind: Option<&str>) -> usize {
        let dependency = json!({"name": used, "kind": kind, "path": "x"});
        findings(&json!({"packages": [{"name": package, "dependencies": [dependency]}]})).len()
    }

    #[test]
    fn arrows_point_down() {
        assert_eq!(check("lacuna-server", "lacuna-store", None), 0);
        assert_eq!(check("lacuna-server", "lacuna-sqlite", None), 1);
        assert_eq!(check("lacuna-domain", "lacuna-proto", None), 1);
        assert_eq!(check("lacuna-sdk", "lacuna-sqlite", None), 0);
        assert_eq!(check("lacuna-sdk", "lacuna-server", None), 1);
        assert_eq!(check("lacuna-server", "lacuna-testing", Some("dev")), 0);
        assert_eq!(check("lacuna-server", "lacuna-testing", None), 1);
        assert_eq!(check("lacuna-server", "lacuna-testing", Some("build")), 1);
        assert_eq!(check("unknown", "lacuna-domain", Some("dev")), 1);
    }
}
