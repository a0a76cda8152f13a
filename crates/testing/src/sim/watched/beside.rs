//! The acts that change no history: asked of both stores, and compared.

use super::Watched;
use async_trait::async_trait;
use lacuna_domain::{AccountId, AppId, FileId, Millis};
use lacuna_store::{
    AuditRow, AuditStore, DoomedFile, DueHook, File, FileContent, FileStore, Hold, HookStore,
    NewAudit, NewFile, NewHook, Result,
};

#[async_trait]
impl FileStore for Watched {
    async fn add_file(&self, file: NewFile, now: Millis) -> Result<()> {
        both!(self, add_file(file, now))
    }

    async fn finish_file(&self, id: FileId, content: FileContent, due: Millis) -> Result<bool> {
        both!(self, finish_file(id, content, due))
    }

    async fn file(&self, id: FileId) -> Result<Option<File>> {
        both!(self, file(id))
    }

    async fn discard_file(&self, id: FileId) -> Result<()> {
        both!(self, discard_file(id))
    }

    async fn doomed_files(&self, now: Millis, limit: usize) -> Result<Vec<DoomedFile>> {
        both!(self, doomed_files(now, limit))
    }

    async fn retry_file(&self, id: FileId, at: Millis) -> Result<()> {
        both!(self, retry_file(id, at))
    }

    async fn drop_file(&self, id: FileId) -> Result<()> {
        both!(self, drop_file(id))
    }
}

#[async_trait]
impl HookStore for Watched {
    async fn add_hook(&self, hook: NewHook, now: Millis) -> Result<()> {
        both!(self, add_hook(hook, now))
    }

    async fn due_hooks(&self, app: AppId, now: Millis, limit: usize) -> Result<Vec<DueHook>> {
        both!(self, due_hooks(app, now, limit))
    }

    async fn done_hook(&self, id: i64) -> Result<()> {
        both!(self, done_hook(id))
    }

    async fn retry_hook(&self, id: i64, at: Millis) -> Result<()> {
        both!(self, retry_hook(id, at))
    }

    async fn trim_hooks(&self, app: AppId, keep: usize) -> Result<usize> {
        both!(self, trim_hooks(app, keep))
    }
}

#[async_trait]
impl AuditStore for Watched {
    async fn add_audit(&self, act: NewAudit, now: Millis) -> Result<()> {
        both!(self, add_audit(act, now))
    }

    async fn audit(&self, app: AppId, before: Option<i64>, limit: usize) -> Result<Vec<AuditRow>> {
        both!(self, audit(app, before, limit))
    }

    async fn hold(&self, app: AppId, hold: Hold, now: Millis) -> Result<bool> {
        both!(self, hold(app, hold, now))
    }

    async fn is_held(&self, account: AccountId) -> Result<bool> {
        both!(self, is_held(account))
    }

    async fn release(&self, app: AppId, hold: Hold) -> Result<bool> {
        both!(self, release(app, hold))
    }
}
