//! Every query's plan: none reads a whole table, and none sorts but those that say so.

use super::{
    MIGRATIONS, accounts, append, audit, devices, files, groups, hide, hooks, inbox, jobs, list,
    message, records, renaming, repeats, rooms, state, stream, views, walk,
};
use rusqlite::Connection;

fn schema() -> Connection {
    let conn = Connection::open_in_memory().unwrap();
    for migration in MIGRATIONS {
        conn.execute_batch(migration.sql).unwrap();
    }
    conn.execute_batch(state::RUN).unwrap();
    conn
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
fn no_query_reads_a_whole_table() {
    let conn = schema();
    let all = [
        accounts::QUERIES,
        accounts::DELETE_QUERIES,
        append::QUERIES,
        repeats::QUERIES,
        devices::QUERIES,
        devices::SORTING_QUERIES,
        files::QUERIES,
        groups::QUERIES,
        hide::QUERIES,
        hooks::QUERIES,
        inbox::QUERIES,
        inbox::SORTING_QUERIES,
        jobs::QUERIES,
        list::QUERIES,
        audit::QUERIES,
        message::QUERIES,
        records::QUERIES,
        renaming::QUERIES,
        rooms::QUERIES,
        state::QUERIES,
        stream::QUERIES,
        views::QUERIES,
        walk::QUERIES,
    ];
    for sql in all.into_iter().flatten() {
        let steps = plan(&conn, sql);
        let scans = steps
            .iter()
            .any(|step| step.starts_with("SCAN") && !step.contains("CONSTANT ROW"));
        // The largest key of a table is one look at its end.
        let largest = sql.starts_with("SELECT max(");
        assert!(!scans || largest, "{sql}\n{steps:#?}");
    }
}

#[test]
fn no_query_sorts() {
    let conn = schema();
    let all = [
        append::QUERIES,
        files::QUERIES,
        repeats::QUERIES,
        groups::QUERIES,
        hooks::QUERIES,
        inbox::QUERIES,
        list::QUERIES,
        audit::QUERIES,
        stream::QUERIES,
        views::QUERIES,
        walk::QUERIES,
    ];
    for sql in all.into_iter().flatten() {
        let steps = plan(&conn, sql);
        assert!(
            !steps.iter().any(|step| step.contains("TEMP B-TREE")),
            "{sql}\n{steps:#?}"
        );
    }
}
