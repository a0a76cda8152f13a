//! The acts on files. Only what is known of them: their bytes lie elsewhere.

use super::Result;
use crate::rows::{DoomedFile, File, FileContent, NewFile};
use async_trait::async_trait;
use lacuna_domain::{FileId, Millis};

/// What a backend does with files. A file belongs to the messages whose bodies speak of it ([`Append::files`]): with the last
/// of these bodies it is doomed, in the same act. The server then removes its bytes, and after them its row: whenever it
/// stops between, it begins again.
///
/// [`Append::files`]: crate::Append::files
#[async_trait]
pub trait FileStore {
    /// Notes that an upload begins. [`Error::LimitReached`](super::Error::LimitReached) if the account has
    /// `FILES_UNSENT_MAX` files that no message speaks of.
    async fn add_file(&self, file: NewFile, now: Millis) -> Result<()>;
    /// Notes that an upload is whole; until a message speaks of it, it is kept to `due`. False if it is doomed or unknown.
    async fn finish_file(&self, id: FileId, content: FileContent, due: Millis) -> Result<bool>;
    /// A file that is not doomed.
    async fn file(&self, id: FileId) -> Result<Option<File>>;
    /// Dooms a file at once, if it is known and no message speaks of it.
    async fn discard_file(&self, id: FileId) -> Result<()>;
    /// Dooms the files whose time has come, and gives doomed ones to remove now, the longest due first.
    async fn doomed_files(&self, now: Millis, limit: usize) -> Result<Vec<DoomedFile>>;
    /// Notes that a removal failed, and when it is tried next.
    async fn retry_file(&self, id: FileId, at: Millis) -> Result<()>;
    /// Forgets a doomed file. Its bytes are gone.
    async fn drop_file(&self, id: FileId) -> Result<()>;
}
