//! The checks that lints cannot make. Each returns its findings as text; none means tidy.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::{apple, arrows, codegen, header};

const FILE_LINES_MAX: usize = 500;
const FUNCTION_LINES_MAX: usize = 70;
/// What a generated file of the bindings says of itself.
const GENERATED: &str = "Do not edit.";

/// All findings, in the order of the checks.
pub(crate) fn check(root: &Path) -> Result<Vec<String>> {
    let mut findings = generated_is_fresh(root)?;
    findings.extend(sizes(root)?);
    findings.extend(lints(root)?);
    findings.extend(apple::check(root)?);
    findings.extend(arrows::check(root)?);
    findings.extend(migrations(root)?);
    findings.extend(error_pages(root));
    findings.extend(lock_files(root)?);
    Ok(findings)
}

fn generated_is_fresh(root: &Path) -> Result<Vec<String>> {
    let generated = [
        (codegen::path(root), codegen::generate(root)?),
        (header::path(root), header::generate(root)?),
    ];
    let stale = generated.into_iter().filter(|(path, fresh)| {
        let committed = fs::read_to_string(path).unwrap_or_default();
        committed != *fresh
    });
    Ok(stale
        .map(|(path, _)| {
            let path = path.display();
            format!("{path}: stale; run `cargo run -p xtask -- codegen`")
        })
        .collect())
}

/// The C ABI cannot inherit the workspace's lints, for these forbid `unsafe`: it repeats them, all but that one.
fn lints(root: &Path) -> Result<Vec<String>> {
    let read = |path: &str| fs::read_to_string(root.join(path)).with_context(|| path.to_owned());
    let workspace = lint_lines(&read("Cargo.toml")?, "[workspace.lints.");
    let repeated = lint_lines(&read("crates/capi/Cargo.toml")?, "[lints.");
    Ok((workspace != repeated)
        .then(|| "crates/capi/Cargo.toml: its lints are not the workspace's".to_owned())
        .into_iter()
        .collect())
}

/// The lints of a manifest, without comments and without those of unsafe code.
fn lint_lines(manifest: &str, tables: &str) -> Vec<String> {
    let mut inside = false;
    let mut lines = Vec::new();
    for line in manifest.lines() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.starts_with('[') {
            inside = line.starts_with(tables);
        }
        let unsafe_code = line.starts_with("unsafe_");
        if inside && !line.is_empty() && !unsafe_code {
            lines.push(line.replace(tables, "["));
        }
    }
    lines
}

/// File and function lengths of every Rust file under `crates`, and file lengths of the bindings.
fn sizes(root: &Path) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for path in files(&root.join("crates"), "rs")? {
        if path == codegen::path(root) {
            continue;
        }
        let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
        findings.extend(too_long(&path, &text));
        for (line, length) in long_functions(&text) {
            findings.push(format!(
                "{}:{line}: a function of {length} lines, at most {FUNCTION_LINES_MAX}",
                path.display()
            ));
        }
    }
    for extension in ["h", "m", "c", "swift", "py", "sh"] {
        for path in files(&root.join("bindings"), extension)? {
            let text =
                fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
            if !text.contains(GENERATED) {
                findings.extend(too_long(&path, &text));
            }
        }
    }
    Ok(findings)
}

fn too_long(path: &Path, text: &str) -> Option<String> {
    let lines = text.lines().count();
    let path = path.display();
    (lines > FILE_LINES_MAX).then(|| format!("{path}: {lines} lines, at most {FILE_LINES_MAX}"))
}

/// `(first line, length)` of the functions that are too long. The code is formatted: a function ends at the first line that
/// is a closing brace at the indentation of its `fn`.
fn long_functions(text: &str) -> Vec<(usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (first, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let indent = line.len() - code.len();
        if !starts_function(code) {
            continue;
        }
        let closing = format!("{}}}", " ".repeat(indent));
        // A declaration without a body ends in `;` before any brace opens.
        let mut length = 0;
        for (index, later) in lines.iter().enumerate().skip(first) {
            let ends_here = (index == first && later.ends_with('}')) || later.trim_end() == closing;
            let declared_only =
                later.trim_end().ends_with(';') && later.len() - later.trim_start().len() <= indent;
            if ends_here || declared_only {
                length = index - first + 1;
                break;
            }
        }
        if length > FUNCTION_LINES_MAX {
            found.push((first + 1, length));
        }
    }
    found
}

fn starts_function(code: &str) -> bool {
    let words: Vec<&str> = code.split_whitespace().take(6).collect();
    let Some(at) = words.iter().position(|word| *word == "fn") else {
        return false;
    };
    words.iter().take(at).all(|word| {
        matches!(*word, "pub" | "const" | "async" | "unsafe" | "extern")
            || word.starts_with("pub(")
            || word.starts_with('"')
    })
}

/// Migrations are named `NNNN_verb_noun.sql`, from 0001 on, without gaps: the server's and the client's.
fn migrations(root: &Path) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for folder in ["crates/store/migrations", "crates/sdk/migrations"] {
        let folder = root.join(folder);
        if !folder.exists() {
            continue;
        }
        let mut names: Vec<String> = files(&folder, "sql")?
            .iter()
            .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
            .collect();
        names.sort();
        findings.extend(misnamed_migrations(&names));
    }
    Ok(findings)
}

fn misnamed_migrations(names: &[String]) -> Vec<String> {
    let mut findings = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let expected = format!("{:04}_", index + 1);
        let words = name
            .strip_prefix(&expected)
            .and_then(|rest| rest.strip_suffix(".sql"));
        let named = words.is_some_and(|words| {
            words.split('_').count() >= 2
                && words.split('_').all(|word| {
                    !word.is_empty()
                        && word
                            .chars()
                            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
                })
        });
        if !named {
            findings.push(format!(
                "migration {name}: expected {expected}verb_noun.sql"
            ));
        }
    }
    findings
}

/// Every error code has a page that begins with its name, its number and its status.
fn error_pages(root: &Path) -> Vec<String> {
    lacuna_domain::ErrorCode::all()
        .filter_map(|code| {
            let page = format!("docs/errors/{}.md", code.name());
            let status = code.http_status().map_or_else(
                || "raised by the client SDK".to_owned(),
                |status| format!("HTTP {status}"),
            );
            let head = format!("# {}\n\nNumber {}, {status}.\n", code.name(), code.number());
            match fs::read_to_string(root.join(&page)) {
                Ok(text) if text.starts_with(&head) => None,
                Ok(_) => Some(format!("{page}: does not begin with {head:?}")),
                Err(_) => Some(format!("{page}: missing")),
            }
        })
        .collect()
}

/// Lock files name no registry host: a package is what its checksum says, wherever it comes from.
fn lock_files(root: &Path) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for path in files(root, "json")? {
        if path
            .file_name()
            .is_none_or(|name| name != "package-lock.json")
        {
            continue;
        }
        let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
        for (index, line) in text.lines().enumerate() {
            if line.contains("\"resolved\"") && line.contains("://") {
                findings.push(format!(
                    "{}:{}: names a registry host",
                    path.display(),
                    index + 1
                ));
            }
        }
    }
    Ok(findings)
}

/// The files below `folder` with this extension, sorted; what is built or installed is left out.
fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("list {}", folder.display()))? {
            let entry = entry?;
            let path = entry.path();
            let skipped = matches!(
                entry.file_name().to_str(),
                Some("target" | "node_modules" | ".git")
            );
            // The type of the entry itself: a link is neither followed nor read.
            let kind = entry.file_type()?;
            if kind.is_dir() && !skipped {
                folders.push(path);
            } else if kind.is_file() && path.extension().is_some_and(|e| e == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_is_tidy() {
        let findings = check(&crate::root().unwrap()).unwrap();
        assert!(findings.is_empty(), "{}", findings.join("\n"));
    }

    #[test]
    fn a_long_function_is_found_and_a_short_one_is_not() {
        let body = "        let x = 1;\n".repeat(70);
        let text = format!(
            "impl A {{\n    pub(crate) async fn long() {{\n{body}    }}\n\n    fn short() {{\n    }}\n}}\n"
        );
        assert_eq!(long_functions(&text), vec![(2, 72)]);
        let declared =
            format!("trait B {{\n    fn declared(&self);\n{body}}}\nfn one() {{}}\n{body}}}\n");
        assert_eq!(long_functions(&declared), vec![]);
    }

    #[test]
    fn two_tables_of_lints_are_compared_without_unsafe() {
        let of = |text: &str| lint_lines(text, "[lints.");
        let lints =
            "[lints.rust]\nunsafe_code = \"forbid\"\na = \"warn\" # why\n\n[features]\nb = []\n";
        assert_eq!(of(lints), ["[rust]", "a = \"warn\""]);
        assert_ne!(of(lints), of("[lints.rust]\na = \"deny\"\n"));
    }

    #[test]
    fn migrations_are_numbered_without_gaps() {
        let check = |names: &[&str]| {
            misnamed_migrations(&names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>()).len()
        };
        assert_eq!(check(&["0001_create_tables.sql", "0002_add_column.sql"]), 0);
        assert_eq!(check(&["0001_create_tables.sql", "0003_add_column.sql"]), 1);
        assert_eq!(check(&["0001_create.sql"]), 1);
        assert_eq!(check(&["1_create_tables.sql"]), 1);
    }
}
