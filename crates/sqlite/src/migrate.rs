//! The schema: numbered SQL texts, applied in order when the file is opened, forward only.
//!
//! `PRAGMA user_version` is the number of the last one applied. It lives in the file's header, so it commits and rolls
//! back with the migration itself.

use crate::{Error, Result};
use rusqlite::{Connection, TransactionBehavior};

/// One step of the schema.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// From 1, without gaps.
    pub number: u32,
    /// What it does, as in its file's name: `create_messages`.
    pub name: &'static str,
    /// Its statements. It runs in a transaction of ours: no `BEGIN`, no `COMMIT`.
    pub sql: &'static str,
}

/// Applies the migrations that the file lacks, each in one exclusive transaction. Returns how many those were.
pub(crate) fn apply(conn: &mut Connection, migrations: &[Migration]) -> Result<usize> {
    let known = check_order(migrations)?;
    let found = version(conn)?;
    if found > known {
        return Err(Error::TooNew { found, known });
    }
    let mut applied = 0;
    for migration in migrations
        .iter()
        .filter(|migration| migration.number > found)
    {
        if apply_one(conn, migration)? {
            applied += 1;
            tracing::info!(migration.number, migration.name, "migration applied");
        }
    }
    Ok(applied)
}

/// Applies one migration, unless another process did while we waited for the lock.
fn apply_one(conn: &mut Connection, migration: &Migration) -> Result<bool> {
    let Migration { number, name, sql } = *migration;
    let failed = |source| Error::Migration {
        number,
        name,
        source,
    };
    let tx = conn
        .transaction_with_behavior(TransactionBehavior::Exclusive)
        .map_err(failed)?;
    let found = version(&tx)?;
    if found >= number {
        return Ok(false);
    }
    tx.execute_batch(sql).map_err(failed)?;
    tx.pragma_update(None, "user_version", number)
        .map_err(failed)?;
    tx.commit().map_err(failed)?;
    Ok(true)
}

fn version(conn: &Connection) -> Result<u32> {
    Ok(conn.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// Returns the last number, having checked that they run from 1 without gaps.
fn check_order(migrations: &[Migration]) -> Result<u32> {
    let mut last = 0;
    for migration in migrations {
        let expected = last + 1;
        if migration.number != expected {
            return Err(Error::MigrationOrder {
                expected,
                found: migration.number,
            });
        }
        last = expected;
    }
    Ok(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Migration = Migration {
        number: 1,
        name: "create_a",
        sql: "CREATE TABLE a (x)",
    };
    const TWO: Migration = Migration {
        number: 2,
        name: "create_b",
        sql: "CREATE TABLE b (x); CREATE TABLE c (x)",
    };
    const BROKEN: Migration = Migration {
        number: 2,
        name: "break",
        sql: "CREATE TABLE b (x); CREATE TABLE a (x)",
    };

    #[test]
    fn each_is_applied_once() {
        let mut conn = Connection::open_in_memory().unwrap();
        assert_eq!(apply(&mut conn, &[ONE]).unwrap(), 1);
        assert_eq!(apply(&mut conn, &[ONE, TWO]).unwrap(), 1);
        assert_eq!(apply(&mut conn, &[ONE, TWO]).unwrap(), 0);
        assert_eq!(version(&conn).unwrap(), 2);
        assert!(matches!(
            apply(&mut conn, &[ONE]),
            Err(Error::TooNew { found: 2, known: 1 })
        ));
    }

    #[test]
    fn a_broken_one_leaves_nothing() {
        let mut conn = Connection::open_in_memory().unwrap();
        assert!(matches!(
            apply(&mut conn, &[ONE, BROKEN]),
            Err(Error::Migration { number: 2, .. })
        ));
        assert_eq!(version(&conn).unwrap(), 1);
        assert!(!conn.table_exists(None, "b").unwrap());
        assert_eq!(apply(&mut conn, &[ONE, TWO]).unwrap(), 1);
    }

    #[test]
    fn gaps_are_refused() {
        let mut conn = Connection::open_in_memory().unwrap();
        assert!(matches!(
            apply(&mut conn, &[TWO]),
            Err(Error::MigrationOrder {
                expected: 1,
                found: 2
            })
        ));
        assert!(matches!(
            apply(&mut conn, &[ONE, ONE]),
            Err(Error::MigrationOrder {
                expected: 2,
                found: 1
            })
        ));
    }
}
