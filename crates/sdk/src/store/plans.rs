//! Every query's plan: none walks a table of messages, but for those that say so. The queries are read from the sources, so
//! that none is forgotten.

use super::rows::MESSAGES;
use rusqlite::Connection;
use std::path::Path;

/// Tables with a row for each message: they may not be walked.
const LARGE: [&str; 3] = ["message", "m", "body"];

/// Queries that walk one on purpose.
const WALKS: [(&str, &str); 2] = [
    (
        "SELECT count(*) FROM message",
        "the number of all messages; an index is counted",
    ),
    ("SELECT c.kind, c.name, m.id", "mending reads everything"),
];

fn schema() -> Connection {
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch(include_str!("../../migrations/0001_create_tables.sql"))
        .unwrap();
    conn
}

/// The string constants of a source file.
fn constants(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = source;
    while let Some((_, text)) = rest
        .split_once(": &str =")
        .and_then(|(_, after)| after.split_once('"'))
    {
        // A backslash at the end of a line takes the next line's indentation with it.
        let (text, after) = text.split_once("\";").unwrap();
        let lines: Vec<&str> = text.split("\\\n").map(str::trim_start).collect();
        found.push(lines.concat());
        rest = after;
    }
    found
}

fn queries() -> Vec<String> {
    let store = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
    let mut queries = Vec::new();
    for folder in [store.clone(), store.join("search")] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let is_test = path.ends_with("tests.rs") || path.ends_with("plans.rs");
            if path.extension().is_some_and(|end| end == "rs") && !is_test {
                queries.extend(constants(&std::fs::read_to_string(path).unwrap()));
            }
        }
    }
    let is_query = |text: &String| {
        ["SELECT", "UPDATE", "DELETE"]
            .iter()
            .any(|verb| text.starts_with(verb))
    };
    // Without a condition it is only a part.
    queries.retain(|text| is_query(text) && text != MESSAGES);
    // Those that are put together.
    for condition in [
        "m.id = ?1",
        "m.id BETWEEN ?1 AND ?2 ORDER BY m.id DESC LIMIT ?3",
        "m.id BETWEEN ?1 AND ?2 AND m.conversation = ?3 ORDER BY m.id DESC LIMIT ?4",
        "m.id BETWEEN ?1 AND ?2 AND m.conversation = ?3 AND m.kind IN (?4, ?5) ORDER BY m.id LIMIT ?6",
        "m.id BETWEEN ?1 AND ?2 AND m.conversation = ?3 AND m.sender IN (?4) ORDER BY m.id LIMIT ?5",
    ] {
        queries.push(format!("{MESSAGES} WHERE {condition}"));
    }
    let span = "conversation = ?1 AND id BETWEEN ?2 AND ?3";
    for query in [
        format!("SELECT id FROM message WHERE {span} ORDER BY id LIMIT 51"),
        format!("SELECT file FROM message INDEXED BY message_file WHERE {span} AND file <> 0"),
        format!(
            "UPDATE body SET bytes = zeroblob(length(bytes)) WHERE id IN (SELECT body FROM message WHERE {span})"
        ),
        format!("DELETE FROM message WHERE {span}"),
    ] {
        queries.push(query);
    }
    queries
}

fn plan(conn: &Connection, sql: &str) -> Vec<String> {
    let mut statement = conn
        .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
        .unwrap_or_else(|error| panic!("{error} in {sql}"));
    let mut rows = statement.raw_query();
    let mut steps = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        steps.push(row.get::<_, String>(3).unwrap());
    }
    steps
}

#[test]
fn no_query_walks_the_messages() {
    let conn = schema();
    let queries = queries();
    assert!(
        queries.len() > 50,
        "the sources were read: {}",
        queries.len()
    );
    for sql in queries {
        if WALKS
            .iter()
            .any(|(beginning, _)| sql.starts_with(beginning))
        {
            continue;
        }
        let steps = plan(&conn, &sql);
        let walk = steps.iter().find(|step| {
            // `SCAN m` and the like; a page in the order of the ids has a bound and is a search.
            LARGE.iter().any(|table| **step == format!("SCAN {table}"))
        });
        assert!(walk.is_none(), "{sql}\n{steps:#?}");
        assert!(
            sql.contains("FROM garbage") || !steps.iter().any(|step| step.contains("TEMP B-TREE")),
            "{sql} sorts\n{steps:#?}"
        );
    }
}
