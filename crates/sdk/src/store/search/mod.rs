//! Full-text search. Placeholder.
use crate::error::Result;
use lacuna_domain::Pos;
use rusqlite::Connection;

#[derive(Clone, Debug)]
pub(crate) struct Key([u8; 16]);
impl Key {
    pub(crate) fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}
pub(super) type Doc<'a> = (Pos, i64, &'a str);
pub(super) fn index(_: &Connection, _: &Key, _: &[Doc<'_>]) -> Result<()> {
    Ok(())
}
pub(super) fn unindex(_: &Connection, _: &Key, _: &[Doc<'_>]) -> Result<()> {
    Ok(())
}
pub(super) fn mark_stale(_: &Connection, _: Pos, _: Pos) -> Result<()> {
    Ok(())
}
pub(super) fn rebuild_step(
    _: &Connection,
    _: &Key,
    _: fn(u8, &[u8]) -> Option<String>,
) -> Result<bool> {
    Ok(false)
}
#[derive(Clone, Debug)]
pub(super) struct Query {
    pub(super) keyword: String,
    pub(super) conversation: Option<i64>,
    pub(super) senders: Vec<i64>,
    pub(super) sent: Option<bool>,
    pub(super) first: Pos,
    pub(super) last: Pos,
    pub(super) newest_first: bool,
    pub(super) limit: usize,
}
pub(super) fn search(
    _: &Connection,
    _: &Key,
    _: &Query,
    _: fn(u8, &[u8]) -> Option<String>,
) -> Result<Vec<Pos>> {
    Ok(Vec::new())
}
