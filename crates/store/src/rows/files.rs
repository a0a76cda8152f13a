//! Files that clients upload, and what becomes of them.

use lacuna_domain::{AccountId, AppId, FileId, Millis};

/// A file whose upload begins.
#[derive(Clone, Copy, Debug)]
pub struct NewFile {
    /// Its id: random, made by the caller.
    pub id: FileId,
    /// Its application.
    pub app: AppId,
    /// Who uploads it; none for the server API.
    pub account: Option<AccountId>,
    /// When it is removed if the upload does not end before.
    pub due: Millis,
}

/// What an upload brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileContent {
    /// Its size.
    pub bytes: u64,
    /// Its media type, one of a few.
    pub content_type: String,
    /// SHA-256 of its share secret; none if the id alone gives it.
    pub secret_sha256: Option<[u8; 32]>,
    /// Whether a small picture of it is stored beside it.
    pub thumbnail: bool,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its id.
    pub id: FileId,
    /// Its application.
    pub app: AppId,
    /// Who uploaded it; none for the server API.
    pub account: Option<AccountId>,
    /// When the upload began.
    pub created: Millis,
    /// What is in it; none while it is uploaded.
    pub content: Option<FileContent>,
}

/// A file to remove from the storage of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DoomedFile {
    /// Which.
    pub id: FileId,
    /// Removals that failed.
    pub tries: u32,
}
