//! Files, and which bodies and groups have them.

use super::SqliteStore;
use super::values::{all, count, int, millis, number, one, run};
use crate::act::{Error, FileStore, Result};
use crate::rows::{DoomedFile, File, FileContent, NewFile};
use async_trait::async_trait;
use lacuna_domain::limits::FILES_UNSENT_MAX;
use lacuna_domain::{AccountId, AppId, FileId, Millis, Pos};
use rusqlite::{Connection, Row, params};

const WHOLE: i64 = 1;
const DOOMED: i64 = 2;

const UNSENT: &str = "SELECT 1 FROM file WHERE account = ?1 AND due > 0 LIMIT 1 OFFSET ?2";

const ADD: &str =
    "INSERT INTO file (id, app, account, created, state, due) VALUES (?1, ?2, ?3, ?4, 0, ?5)";

const FINISH: &str = "UPDATE file SET state = 1, due = ?2, bytes = ?3, content_type = ?4, secret_sha256 = ?5, thumbnail = ?6 \
    WHERE id = ?1 AND state = 0";

const FIND: &str = "SELECT app, account, created, state, bytes, content_type, secret_sha256, thumbnail FROM file \
    WHERE id = ?1 AND state < 2";

const DISCARD: &str = "UPDATE file SET state = 2, due = 0 WHERE id = ?1 AND due IS NOT NULL";

const DUE: &str =
    "SELECT id, tries, state FROM file WHERE due IS NOT NULL AND due <= ?1 ORDER BY due LIMIT ?2";

const DOOM: &str = "UPDATE file SET state = 2 WHERE id = ?1";

const RETRY: &str = "UPDATE file SET due = ?2, tries = tries + 1 WHERE id = ?1 AND state = 2";

const DROP: &str = "DELETE FROM file WHERE id = ?1 AND state = 2";

const REFER: &str = "INSERT OR IGNORE INTO file_ref (body_id, file) \
    SELECT ?1, id FROM file WHERE id = ?2 AND app = ?3 AND state = 1";

const KEEP: &str = "UPDATE file SET due = NULL WHERE id = ?1";

const REFERRED: &str = "SELECT file FROM file_ref WHERE body_id = ?1";

const UNREFER: &str = "DELETE FROM file_ref WHERE body_id = ?1";

const MOVE_REFS: &str = "UPDATE file_ref SET body_id = ?2 WHERE body_id = ?1";

const SHARE: &str = "UPDATE file SET due = NULL WHERE id = ?1 AND app = ?2 AND state = 1";

/// 28 is [`RecordKind::SharedFile`](crate::RecordKind::SharedFile).
const RELEASE: &str = "UPDATE file SET state = 2, due = 0 \
    WHERE id = ?1 AND due IS NULL AND NOT EXISTS (SELECT 1 FROM file_ref WHERE file = ?1) \
    AND NOT EXISTS (SELECT 1 FROM record WHERE kind = 28 AND key = ?2 AND record.app = file.app)";

#[cfg(test)]
pub(super) const QUERIES: &[&str] = &[
    UNSENT, FINISH, FIND, DISCARD, DUE, DOOM, RETRY, DROP, REFER, KEEP, REFERRED, UNREFER,
    MOVE_REFS, SHARE, RELEASE,
];

fn key(id: FileId) -> [u8; 16] {
    id.0.to_be_bytes()
}

fn file_id(row: &Row<'_>, column: usize) -> rusqlite::Result<FileId> {
    row.get::<_, [u8; 16]>(column)
        .map(|bytes| FileId(u128::from_be_bytes(bytes)))
}

#[async_trait]
impl FileStore for SqliteStore {
    async fn add_file(&self, file: NewFile, now: Millis) -> Result<()> {
        self.act(move |conn, _| add(conn, file, now)).await
    }

    async fn finish_file(&self, id: FileId, content: FileContent, due: Millis) -> Result<bool> {
        self.act(move |conn, _| {
            let changed = run(
                conn,
                FINISH,
                params![
                    key(id),
                    int(due.0),
                    int(content.bytes),
                    content.content_type,
                    content.secret_sha256,
                    content.thumbnail
                ],
            )?;
            Ok(changed > 0)
        })
        .await
    }

    async fn file(&self, id: FileId) -> Result<Option<File>> {
        self.read(move |conn| one(conn, FIND, [key(id)], |row| read(row, id)))
            .await
    }

    async fn discard_file(&self, id: FileId) -> Result<()> {
        self.act(move |conn, _| run(conn, DISCARD, [key(id)]).map(|_| ()))
            .await
    }

    async fn doomed_files(&self, now: Millis, limit: usize) -> Result<Vec<DoomedFile>> {
        self.act(move |conn, _| doomed(conn, now, limit)).await
    }

    async fn retry_file(&self, id: FileId, at: Millis) -> Result<()> {
        self.act(move |conn, _| run(conn, RETRY, params![key(id), int(at.0)]).map(|_| ()))
            .await
    }

    async fn drop_file(&self, id: FileId) -> Result<()> {
        self.act(move |conn, _| run(conn, DROP, [key(id)]).map(|_| ()))
            .await
    }
}

fn add(conn: &Connection, file: NewFile, now: Millis) -> Result<()> {
    if let Some(account) = file.account {
        let last = params![account.0, count(FILES_UNSENT_MAX - 1)];
        if one(conn, UNSENT, last, |_| Ok(()))?.is_some() {
            return Err(Error::LimitReached);
        }
    }
    let account = file.account.map_or(0, |account| account.0);
    run(
        conn,
        ADD,
        params![
            key(file.id),
            file.app.0,
            account,
            int(now.0),
            int(file.due.0)
        ],
    )?;
    Ok(())
}

fn read(row: &Row<'_>, id: FileId) -> rusqlite::Result<File> {
    let account: i64 = row.get(1)?;
    let content = FileContent {
        bytes: number(row, 4)?,
        content_type: row.get(5)?,
        secret_sha256: row.get(6)?,
        thumbnail: row.get(7)?,
    };
    Ok(File {
        id,
        app: AppId(row.get(0)?),
        account: (account != 0).then_some(AccountId(account)),
        created: millis(row, 2)?,
        content: (row.get::<_, i64>(3)? == WHOLE).then_some(content),
    })
}

fn doomed(conn: &Connection, now: Millis, limit: usize) -> Result<Vec<DoomedFile>> {
    let due = all(conn, DUE, params![int(now.0), count(limit)], |row| {
        let file = DoomedFile {
            id: file_id(row, 0)?,
            tries: row.get(1)?,
        };
        Ok((file, row.get::<_, i64>(2)? == DOOMED))
    })?;
    for (file, _) in due.iter().filter(|(_, known)| !known) {
        run(conn, DOOM, [key(file.id)])?;
    }
    Ok(due.into_iter().map(|(file, _)| file).collect())
}

/// Notes that a body speaks of files. Of those that are whole and of its application; others are nothing.
pub(super) fn refer(conn: &Connection, body: Pos, app: AppId, files: &[FileId]) -> Result<()> {
    for file in files {
        if run(conn, REFER, params![int(body.0), key(*file), app.0])? > 0 {
            run(conn, KEEP, [key(*file)])?;
        }
    }
    Ok(())
}

/// What one body spoke of is what another speaks of.
pub(super) fn move_refs(conn: &Connection, from: Pos, to: Pos) -> Result<()> {
    run(conn, MOVE_REFS, [int(from.0), int(to.0)]).map(|_| ())
}

/// Notes that a group shares a file, under the key of its record. Such a one that is not whole, or not of its application, is
/// nothing.
pub(super) fn share(conn: &Connection, app: AppId, file: &str) -> Result<()> {
    if let Some(file) = FileId::parse(file) {
        run(conn, SHARE, params![key(file), app.0])?;
    }
    Ok(())
}

/// The record of a shared file is gone: the file is doomed with it if nothing else has it.
pub(super) fn unshare(conn: &Connection, file: &str) -> Result<()> {
    FileId::parse(file).map_or(Ok(()), |file| release_one(conn, file))
}

fn release_one(conn: &Connection, file: FileId) -> Result<()> {
    run(conn, RELEASE, params![key(file), file.to_string()]).map(|_| ())
}

/// A body is overwritten: the files that nothing else has are doomed with it.
pub(super) fn release(conn: &Connection, body: Pos) -> Result<()> {
    let files = all(conn, REFERRED, [int(body.0)], |row| file_id(row, 0))?;
    if files.is_empty() {
        return Ok(());
    }
    run(conn, UNREFER, [int(body.0)])?;
    for file in files {
        release_one(conn, file)?;
    }
    Ok(())
}
