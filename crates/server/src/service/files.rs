//! Files that clients upload: who may, how large they are, and what is known of them when they are whole.

use super::secret::{random_text, random_uuid};
use super::{Refusal, Reply, Service, is_secret, sha256};
use crate::config::Config;
use crate::storage::{Object, Storage, StorageError, Thumbnails, picture_type};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use lacuna_domain::limits::{
    FILE_BYTES_MAX, FILE_PART_BYTES, FILE_PARTS_MAX, FILE_STEP_MAX, FILE_UNSENT_MS, FILE_UPLOAD_MS,
    UPLOAD_WAIT_MS, UPLOADS_MAX,
};
use lacuna_domain::{AccountId, AppId, ErrorCode, FileId};
use lacuna_store::{File, FileContent, NewFile};
use std::time::Duration;
use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};

/// Bytes that tell pictures apart.
const SNIFFED_BYTES: u64 = 64;
/// The media type of what may be anything.
pub(crate) const BYTES_TYPE: &str = "application/octet-stream";
/// Waits after removals that failed: doubled each time, from the first to the last.
const RETRY_MS: u64 = 5_000;
const RETRY_MS_MAX: u64 = 3600 * 1000;

/// What files are kept with.
#[derive(Debug)]
pub(super) struct Files {
    storage: OnceCell<Storage>,
    thumbnails: Thumbnails,
    uploads: Semaphore,
}

impl Default for Files {
    fn default() -> Self {
        Self {
            storage: OnceCell::new(),
            thumbnails: Thumbnails::default(),
            uploads: Semaphore::new(UPLOADS_MAX),
        }
    }
}

impl Files {
    /// The storage: opened when it is first asked for, so that a server without attachments has no folder for them.
    async fn storage(&self, config: &Config) -> Result<&Storage, StorageError> {
        self.storage
            .get_or_try_init(|| std::future::ready(Storage::open(config)))
            .await
    }

    async fn turn(&self) -> Reply<SemaphorePermit<'_>> {
        let turn = self.uploads.acquire();
        match tokio::time::timeout(Duration::from_millis(UPLOAD_WAIT_MS), turn).await {
            Ok(Ok(turn)) => Ok(turn),
            Ok(Err(_)) | Err(_) => Err(Refusal::busy()),
        }
    }
}

/// Who uploads.
#[derive(Clone, Copy, Debug)]
pub struct Uploader {
    /// The application.
    pub app: AppId,
    /// The account; none for the server API.
    pub account: Option<AccountId>,
}

/// How a file is kept.
#[derive(Clone, Debug)]
pub struct FileOptions {
    /// Its media type, one that browsers may be told; that of plain bytes if the uploader names none.
    pub content_type: String,
    /// Whether it is given to those only who know its share secret.
    pub restricted: bool,
}

/// What an uploader is told.
#[derive(Clone, Debug)]
pub struct Uploaded {
    /// The file.
    pub id: FileId,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its share secret, if it is restricted. It is not kept.
    pub secret: Option<String>,
}

impl Service {
    /// The storage of files.
    pub(crate) async fn storage(&self) -> Result<&Storage, StorageError> {
        self.files.storage(&self.config).await
    }

    /// Begins a file. It goes by itself if the upload does not end.
    pub async fn begin_file(&self, by: Uploader) -> Reply<FileId> {
        let id = FileId(random_uuid()?);
        let now = self.clock.now();
        let file = NewFile {
            id,
            app: by.app,
            account: by.account,
            due: now.plus(FILE_UPLOAD_MS),
        };
        self.store.add_file(file, now).await?;
        Ok(id)
    }

    /// Stores a file as its bytes come.
    pub async fn upload_file<E>(
        &self,
        by: Uploader,
        options: FileOptions,
        bytes: impl Stream<Item = Result<Bytes, E>> + Unpin + Send,
    ) -> Reply<Uploaded>
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let turn = self.files.turn().await?;
        let storage = self.storage().await?;
        let id = self.begin_file(by).await?;
        let written = storage.put(id, Object::Whole, bytes, FILE_BYTES_MAX).await;
        drop(turn);
        self.finish_file(id, written, options).await
    }

    /// Stores a part of a file that was begun.
    pub async fn upload_part<E>(
        &self,
        by: Uploader,
        (id, number): (FileId, u32),
        bytes: impl Stream<Item = Result<Bytes, E>> + Unpin + Send,
    ) -> Reply<()>
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        if !(1..=FILE_PARTS_MAX).contains(&number) {
            return Err(Refusal::illegal("parameter 'part_number' is not legal"));
        }
        let turn = self.files.turn().await?;
        self.unfinished(by, id).await?;
        let storage = self.storage().await?;
        storage
            .put(id, Object::Part(number), bytes, FILE_PART_BYTES)
            .await?;
        drop(turn);
        Ok(())
    }

    /// Makes a file of its parts.
    pub async fn join_file(
        &self,
        by: Uploader,
        id: FileId,
        options: FileOptions,
    ) -> Reply<Uploaded> {
        let turn = self.files.turn().await?;
        self.unfinished(by, id).await?;
        let storage = self.storage().await?;
        let parts = storage.parts(id).await?;
        if parts.is_empty() || !(1..).zip(&parts).all(|(number, part)| number == *part) {
            return Err(Refusal::illegal("parts of the file are missing"));
        }
        let count = u32::try_from(parts.len()).unwrap_or(u32::MAX);
        let written = storage.join(id, count, FILE_BYTES_MAX).await;
        drop(turn);
        self.finish_file(id, written, options).await
    }

    /// Ends an upload that is not wanted any more. One that has ended already stays as it is: clients say it twice.
    pub async fn abort_file(&self, by: Uploader, id: FileId) -> Reply<()> {
        if self.unfinished(by, id).await.is_ok() {
            self.store.discard_file(id).await?;
        }
        Ok(())
    }

    /// A file that the uploader began and did not end.
    async fn unfinished(&self, by: Uploader, id: FileId) -> Reply<()> {
        let file = self.store.file(id).await?;
        let own = |file: &File| {
            file.app == by.app
                && file.content.is_none()
                && (by.account.is_none() || file.account == by.account)
        };
        file.filter(own).map(|_| ()).ok_or_else(Refusal::no_file)
    }

    /// Notes that a file is whole, with its small picture if it is one, or that it failed.
    async fn finish_file(
        &self,
        id: FileId,
        written: Result<u64, StorageError>,
        options: FileOptions,
    ) -> Reply<Uploaded> {
        let mut options = options;
        let bytes = match written {
            Ok(bytes) => bytes,
            Err(error) => {
                self.store.discard_file(id).await?;
                return Err(error.into());
            }
        };
        if options.content_type == BYTES_TYPE && bytes > 0 {
            options.content_type = self.sniffed(id, bytes).await?;
        }
        let thumbnail = self.add_thumbnail(id, &options.content_type).await?;
        let secret = if options.restricted {
            Some(random_text::<24>()?)
        } else {
            None
        };
        let content = FileContent {
            bytes,
            content_type: options.content_type,
            secret_sha256: secret.as_deref().map(sha256),
            thumbnail,
        };
        let due = self.clock.now().plus(FILE_UNSENT_MS);
        if self.store.finish_file(id, content, due).await? {
            return Ok(Uploaded { id, bytes, secret });
        }
        // It was doomed meanwhile: its account is gone, or it took too long. What came after its removal goes with it.
        self.storage().await?.remove(id).await?;
        Err(Refusal::no_file())
    }

    /// The media type of a file that came without one that is served: that of a picture, or none in particular.
    async fn sniffed(&self, id: FileId, bytes: u64) -> Reply<String> {
        let storage = self.storage().await?;
        let start = Some(0..bytes.min(SNIFFED_BYTES));
        let mut reading = storage.get(id, Object::Whole, start).await?;
        let start = reading.stream.next().await.transpose();
        let start = start.map_err(StorageError::from)?.unwrap_or_default();
        Ok(picture_type(&start).unwrap_or(BYTES_TYPE).to_owned())
    }

    async fn add_thumbnail(&self, id: FileId, content_type: &str) -> Reply<bool> {
        if !content_type.starts_with("image/") {
            return Ok(false);
        }
        let storage = self.storage().await?;
        let picture = storage.read(id, Object::Whole).await?;
        let Some(small) = self.files.thumbnails.make(picture).await else {
            return Ok(false);
        };
        let small = futures_util::stream::iter([Ok::<_, std::io::Error>(small)]);
        storage
            .put(id, Object::Thumbnail, small, FILE_BYTES_MAX)
            .await?;
        Ok(true)
    }

    /// A whole file of the application, for somebody with this secret.
    pub async fn shared_file(
        &self,
        app: AppId,
        id: FileId,
        secret: Option<&str>,
    ) -> Reply<FileContent> {
        let file = self.store.file(id).await?.filter(|file| file.app == app);
        let content = file.and_then(|file| file.content);
        let content = content.ok_or_else(Refusal::no_file)?;
        let Some(wanted) = content.secret_sha256 else {
            return Ok(content);
        };
        if is_secret(secret.unwrap_or_default(), &wanted) {
            Ok(content)
        } else {
            Err(Refusal::forbidden("the share-secret of the file is wrong"))
        }
    }

    /// Removes what is doomed, some of it. Says whether there may be more to do now.
    pub async fn remove_files(&self) -> lacuna_store::Result<bool> {
        let now = self.clock.now();
        let doomed = self.store.doomed_files(now, FILE_STEP_MAX).await?;
        for file in &doomed {
            let removed = match self.storage().await {
                Ok(storage) => storage.remove(file.id).await,
                Err(error) => Err(error),
            };
            // First the bytes, then the row: whoever stops between begins again.
            if let Err(error) = removed {
                let wait = RETRY_MS.saturating_mul(1 << file.tries.min(16));
                let wait = wait.min(RETRY_MS_MAX);
                tracing::warn!(file.id = %file.id, error = whole(&error), retry_after_ms = wait, "a file could not be removed");
                self.store
                    .retry_file(file.id, self.clock.now().plus(wait))
                    .await?;
            } else {
                self.store.drop_file(file.id).await?;
            }
        }
        Ok(doomed.len() >= FILE_STEP_MAX)
    }
}

impl Refusal {
    /// No such file, or not any more.
    pub(super) fn no_file() -> Self {
        let text = "the file is not here (any more)";
        Self::new(ErrorCode::FileNotFound, "resource_not_found", text)
    }
}

impl From<StorageError> for Refusal {
    fn from(error: StorageError) -> Self {
        match &error {
            StorageError::TooLarge => {
                let text = format!("the file is larger than {FILE_BYTES_MAX} bytes");
                Self::new(ErrorCode::BodyTooLarge, "request_entity_too_large", text)
            }
            StorageError::CutShort(_) => {
                tracing::debug!(error = whole(&error), "an upload was cut short");
                Self::illegal("the upload was cut short, or is no multipart form")
            }
            StorageError::Failed(object_store::Error::NotFound { .. }) => Self::no_file(),
            StorageError::Failed(_) | StorageError::Folder(_) => {
                tracing::error!(error = whole(&error), "the storage of files failed");
                let text = "the storage of files does not answer";
                Self::new(ErrorCode::Unavailable, "service_unavailable", text)
            }
        }
    }
}

/// An error as a log takes it: with what caused it.
fn whole(error: &StorageError) -> &(dyn std::error::Error + 'static) {
    error
}
