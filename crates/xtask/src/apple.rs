//! Holds the Objective-C headers to what `bindings/apple/selectors.toml` and `enums.toml` say became of every name of the API
//! that they mirror, and writes that down for people. The result is committed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use toml::{Table, Value};

mod headers;

use headers::Headers;

const HEADERS: &str = "bindings/apple/Sources/ObjC/include/Lacuna";
const UMBRELLA: &str = "Lacuna.h";
const SELECTORS: &str = "bindings/apple/selectors.toml";
const ENUMS: &str = "bindings/apple/enums.toml";
const PAGE: &str = "docs/apple-compatibility.md";
/// Stands for a class that is not there at all.
const ALL: &str = "*";

const HEAD: &str = "\
# What the Apple SDK has of the API it mirrors

<!-- Written by `cargo run -p xtask -- apple` from bindings/apple/selectors.toml and enums.toml. Do not edit. -->

The SDK for Apple platforms has the classes, selectors, numbers and Swift spellings of HyphenateChat 4: an app changes its import to `Lacuna` and keeps
its calls. This page lists every name that was looked at, and says for each what became of it:

- **present**: in the header, and it does what its comment there says. A remark says where that differs.
- **declared**: in the header, so that an app compiles; it is never raised, changes nothing, or is honoured in part.
- **absent**: not in the header. The compiler names every use of it.
- **ours**: in the header, and not in the API that it mirrors.

Swift spells the names by the rules of Apple's importer; a remark gives the spelling where the header sets it.
";

/// What became of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Present,
    Declared,
    Absent,
    Extension,
}

impl Fate {
    const ALL: [Self; 4] = [Self::Present, Self::Declared, Self::Absent, Self::Extension];

    /// As `selectors.toml` says it.
    fn key(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Declared => "declared",
            Self::Absent => "absent",
            Self::Extension => "extension",
        }
    }

    /// As the page says it.
    fn word(self) -> &'static str {
        if self == Self::Extension {
            "ours"
        } else {
            self.key()
        }
    }
}

#[derive(Debug)]
struct Entry {
    name: String,
    fate: Fate,
    remark: String,
}

#[derive(Debug)]
struct Enumeration {
    name: String,
    note: String,
    /// Full names and numbers, in order.
    values: Vec<(String, i64)>,
}

/// What the two files say.
#[derive(Debug)]
struct Listed {
    classes: Vec<(String, Vec<Entry>)>,
    enums: Vec<Enumeration>,
}

/// Writes the page, if the headers are as they are listed.
pub(crate) fn write(root: &Path) -> Result<PathBuf> {
    let (listed, headers) = (listed(root)?, headers(root)?);
    let findings = compare(&listed, &headers);
    if !findings.is_empty() {
        bail!("{}", findings.join("\n"));
    }
    let path = root.join(PAGE);
    fs::write(&path, page(&listed, &headers))
        .with_context(|| format!("write {}", path.display()))?;
    Ok(path)
}

/// Where headers, lists and page do not agree.
pub(crate) fn check(root: &Path) -> Result<Vec<String>> {
    let (listed, headers) = (listed(root)?, headers(root)?);
    let mut findings = compare(&listed, &headers);
    findings.extend(not_in_umbrella(root)?);
    let committed = fs::read_to_string(root.join(PAGE)).unwrap_or_default();
    if committed != page(&listed, &headers) {
        findings.push(format!("{PAGE}: stale; run `cargo run -p xtask -- apple`"));
    }
    Ok(findings)
}

// --- reading ----------------------------------------------------------------------------------------------------------------

fn headers(root: &Path) -> Result<Headers> {
    let mut headers = Headers::default();
    for path in header_files(root)? {
        let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
        headers
            .read(&text)
            .with_context(|| format!("read {}", path.display()))?;
    }
    Ok(headers)
}

fn header_files(root: &Path) -> Result<Vec<PathBuf>> {
    let folder = root.join(HEADERS);
    let entries = fs::read_dir(&folder).with_context(|| format!("list {}", folder.display()))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "h") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// Headers that `#import <Lacuna/Lacuna.h>` does not bring.
fn not_in_umbrella(root: &Path) -> Result<Vec<String>> {
    let path = root.join(HEADERS).join(UMBRELLA);
    let umbrella = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
    let names = header_files(root)?;
    let names = names
        .iter()
        .filter_map(|path| path.file_name()?.to_str())
        .filter(|name| *name != UMBRELLA && !umbrella.contains(&format!("<Lacuna/{name}>")));
    Ok(names
        .map(|name| format!("{UMBRELLA}: does not import {name}"))
        .collect())
}

fn listed(root: &Path) -> Result<Listed> {
    let read = |path: &str| -> Result<Table> {
        let text = fs::read_to_string(root.join(path)).with_context(|| format!("read {path}"))?;
        text.parse().with_context(|| format!("read {path}"))
    };
    parse(&read(SELECTORS)?, &read(ENUMS)?)
}

fn parse(selectors: &Table, enums: &Table) -> Result<Listed> {
    let class = |(name, value): (&String, &Value)| -> Result<(String, Vec<Entry>)> {
        let members = value
            .as_table()
            .with_context(|| format!("{name} is no section"))?;
        let entries = members.iter().map(|(member, fate)| entry(member, fate));
        let entries = entries
            .collect::<Result<_>>()
            .with_context(|| name.clone())?;
        Ok((name.clone(), entries))
    };
    let enumeration =
        |(name, value): (&String, &Value)| enumeration(name, value).with_context(|| name.clone());
    Ok(Listed {
        classes: selectors.iter().map(class).collect::<Result<_>>()?,
        enums: enums.iter().map(enumeration).collect::<Result<_>>()?,
    })
}

fn entry(name: &str, value: &Value) -> Result<Entry> {
    let entry = |fate, remark: &str| Entry {
        name: name.to_owned(),
        fate,
        remark: remark.to_owned(),
    };
    if value.as_str() == Some(Fate::Present.key()) {
        return Ok(entry(Fate::Present, ""));
    }
    let table = value.as_table().filter(|table| table.len() == 1);
    let found = Fate::ALL.into_iter().find_map(|fate| {
        let remark = table?.get(fate.key())?.as_str()?;
        (!remark.is_empty()).then(|| entry(fate, remark))
    });
    found.with_context(|| format!("{name}: say \"present\", or one of present, declared, absent and extension with a remark"))
}

fn enumeration(name: &str, value: &Value) -> Result<Enumeration> {
    let text = |key| value.get(key).and_then(Value::as_str);
    let prefix = text("prefix").unwrap_or(name);
    let mut values = Vec::new();
    for pair in text("values")
        .context("there are no values")?
        .split_whitespace()
    {
        let (value, number) = pair.split_once('=').with_context(|| pair.to_owned())?;
        let number = number.parse().with_context(|| pair.to_owned())?;
        values.push((format!("{prefix}{value}"), number));
    }
    Ok(Enumeration {
        name: name.to_owned(),
        note: text("note").unwrap_or_default().to_owned(),
        values,
    })
}

// --- comparing --------------------------------------------------------------------------------------------------------------

fn compare(listed: &Listed, headers: &Headers) -> Vec<String> {
    let mut findings = Vec::new();
    for (class, entries) in &listed.classes {
        let members = headers.classes.get(class);
        for entry in entries {
            let there = match members {
                Some(members) => entry.name == ALL || members.contains_key(&entry.name),
                None => false,
            };
            if there == (entry.fate == Fate::Absent) {
                let (fate, name) = (entry.fate.key(), &entry.name);
                let instead = if there { "in" } else { "not in" };
                findings.push(format!(
                    "{class} {name}: listed as {fate}, but {instead} the headers"
                ));
            }
        }
    }
    findings.extend(unlisted(listed, headers));
    findings.extend(differing_enums(listed, headers));
    findings
}

/// What the headers have and the list has not.
fn unlisted(listed: &Listed, headers: &Headers) -> Vec<String> {
    let known: BTreeMap<&str, BTreeSet<&str>> = listed
        .classes
        .iter()
        .map(|(class, entries)| {
            let names = entries.iter().map(|entry| entry.name.as_str()).collect();
            (class.as_str(), names)
        })
        .collect();
    let members = headers
        .classes
        .iter()
        .flat_map(|(class, members)| members.keys().map(move |member| (class, member)));
    members
        .filter(|(class, member)| {
            let names = known.get(class.as_str());
            !names.is_some_and(|names| names.contains(member.as_str()))
        })
        .map(|(class, member)| format!("{class} {member}: in the headers, and not listed"))
        .collect()
}

fn differing_enums(listed: &Listed, headers: &Headers) -> Vec<String> {
    let mut findings = Vec::new();
    let mut left: BTreeSet<&str> = headers.enums.keys().map(String::as_str).collect();
    for listed in &listed.enums {
        left.remove(listed.name.as_str());
        let name = &listed.name;
        let Some(values) = headers.enums.get(name) else {
            findings.push(format!("{name}: listed, and not in the headers"));
            continue;
        };
        let (want, have) = (as_set(&listed.values), as_set(values));
        for (value, number) in want.symmetric_difference(&have) {
            let listed_there = want.contains(&(*value, *number));
            let place = if listed_there { "list" } else { "headers" };
            findings.push(format!("{name}: {value} = {number} in the {place} alone"));
        }
    }
    findings.extend(
        left.iter()
            .map(|name| format!("{name}: in the headers, and not listed")),
    );
    findings
}

fn as_set(values: &[(String, i64)]) -> BTreeSet<(&str, i64)> {
    values
        .iter()
        .map(|(value, number)| (value.as_str(), *number))
        .collect()
}

// --- writing ----------------------------------------------------------------------------------------------------------------

fn page(listed: &Listed, headers: &Headers) -> String {
    let mut page = HEAD.to_owned();
    let entries = listed.classes.iter().flat_map(|(_, entries)| entries);
    let mut counts = BTreeMap::new();
    for entry in entries.filter(|entry| entry.name != ALL) {
        *counts.entry(entry.fate).or_insert(0_u32) += 1;
    }
    let count = |fate: &Fate| format!("{} {}", counts.get(fate).unwrap_or(&0), fate.word());
    let counts: Vec<String> = Fate::ALL.iter().map(count).collect();
    line(
        &mut page,
        format_args!("\nOf the names below, {}.", counts.join(", ")),
    );

    for (class, entries) in &listed.classes {
        line(&mut page, format_args!("\n## {class}\n"));
        if let Some(whole) = entries.iter().find(|entry| entry.name == ALL) {
            line(&mut page, format_args!("Absent: {}.", whole.remark));
            continue;
        }
        line(
            &mut page,
            format_args!("| name | here | remark |\n| --- | --- | --- |"),
        );
        for entry in entries {
            let members = headers.classes.get(class);
            let swift = members.and_then(|members| members.get(&entry.name)?.as_deref());
            let remark = remark(entry, swift);
            let (name, word) = (&entry.name, entry.fate.word());
            line(&mut page, format_args!("| `{name}` | {word} | {remark} |"));
        }
    }

    line(
        &mut page,
        format_args!("\n## Enumerations\n\nEvery value is in the headers, with its number.\n"),
    );
    line(
        &mut page,
        format_args!("| name | values | remark |\n| --- | --- | --- |"),
    );
    for listed in &listed.enums {
        let (name, count, note) = (&listed.name, listed.values.len(), &listed.note);
        line(&mut page, format_args!("| `{name}` | {count} | {note} |"));
    }
    page
}

fn remark(entry: &Entry, swift: Option<&str>) -> String {
    let swift = swift.map(|name| format!("in Swift `{name}`"));
    let remark = (!entry.remark.is_empty()).then(|| entry.remark.clone());
    let both: Vec<String> = [remark, swift].into_iter().flatten().collect();
    both.join("; ")
}

fn line(page: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(page, "{text}").expect("writing to a string cannot fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Findings after `from` became `to` in the committed headers.
    fn mutant(file: &str, from: &str, to: &str) -> Vec<String> {
        let root = crate::root().unwrap();
        let mut headers = Headers::default();
        for path in header_files(&root).unwrap() {
            let mut text = fs::read_to_string(&path).unwrap();
            if path.file_name().is_some_and(|name| name == file) {
                assert!(text.contains(from), "{file} has no {from}");
                text = text.replacen(from, to, 1);
            }
            headers.read(&text).unwrap();
        }
        compare(&listed(&root).unwrap(), &headers)
    }

    #[test]
    fn headers_lists_and_page_agree() {
        let findings = check(&crate::root().unwrap()).unwrap();
        assert!(findings.is_empty(), "{}", findings.join("\n"));
    }

    #[test]
    fn a_changed_header_is_found() {
        let check = |file: &str, from: &str, to: &str, findings: usize| {
            let found = mutant(file, from, to);
            assert_eq!(found.len(), findings, "{from} → {to}: {found:?}");
        };
        let conversation = "EMConversation.h";
        check(conversation, "isPinned", "isPinned", 0);
        // Renamed: the old name is missing and the new one is not listed.
        check(conversation, "FromServerMessageIds:", "FromServerIds:", 2);
        check(conversation, "WithTimeStamp:", "WithTimestamp:", 2);
        check(
            conversation,
            "removeMessagesStart:",
            "removeMessagesFrom:",
            2,
        );
        check(conversation, "BOOL isPinned;", "BOOL pinned;", 2);
        check(
            "EMClient.h",
            "+ (instancetype)sharedClient",
            "- (instancetype)sharedClient",
            2,
        );
        check("EMMultiDevicesDelegate.h", "BeRemoved:", "WereRemoved:", 2);
        // Gone, and new.
        check("EMClient.h", "- (void)close;", "", 1);
        check(
            "EMClient.h",
            "- (void)close;",
            "- (void)close;\n- (void)open;",
            1,
        );
        // There although it is listed as absent: found, and it is listed, so once.
        let recall = "- (void)recallMessageWithMessageId:(id)a completion:(id)b;\n@end";
        check("IEMChatManager.h", "@end", recall, 1);
        let thread = "@end\n@protocol IEMThreadManager <NSObject>\n@end";
        check("IEMChatManager.h", "@end", thread, 1);
        // Another number.
        check(
            "EMErrorCode.h",
            "EMErrorServiceNotEnable = 505",
            "EMErrorServiceNotEnable = 506",
            2,
        );
        check(
            "EMMultiDevicesDelegate.h",
            "ConversationDelete = 62",
            "ConversationDeleted = 62",
            2,
        );
    }

    #[test]
    fn a_list_that_says_nothing_clear_is_an_error() {
        let check = |selectors: &str, good: bool| {
            let read = parse(&selectors.parse().unwrap(), &Table::new());
            assert_eq!(read.is_ok(), good, "{selectors}");
        };
        check("[A]\n\"-b\" = \"present\"", true);
        check("[A]\n\"-b\" = { absent = \"why\" }", true);
        check("[A]\n\"-b\" = \"absent\"", false);
        check("[A]\n\"-b\" = { absent = \"\" }", false);
        check(
            "[A]\n\"-b\" = { absent = \"why\", present = \"too\" }",
            false,
        );
        check("[A]\n\"-b\" = { gone = \"why\" }", false);
    }

    #[test]
    fn every_error_of_the_sdk_has_a_number_in_the_headers() {
        let headers = headers(&crate::root().unwrap()).unwrap();
        let numbers: BTreeSet<i64> = headers.enums["EMErrorCode"]
            .iter()
            .map(|value| value.1)
            .collect();
        for code in lacuna_domain::ErrorCode::all() {
            assert!(
                numbers.contains(&i64::from(code.number())),
                "{}",
                code.name()
            );
        }
    }
}
