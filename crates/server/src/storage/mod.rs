//! Where the bytes of uploaded files lie: a folder, or a bucket of S3.
//!
//! A file is a folder of its own with objects in it: the whole, its small picture, and its parts while it is uploaded in
//! parts. Removing a file removes the folder, whatever an upload that was cut short left in it.

mod thumbnail;

pub(crate) use thumbnail::{Thumbnails, picture_type};

use crate::config::{Config, FilesUrl};
use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use lacuna_domain::FileId;
use lacuna_domain::limits::UPLOAD_IDLE_MS;
use object_store::buffered::BufWriter;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt as _};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;

/// Bytes that an upload gathers before it writes: of a folder, and of a bucket, whose parts are at least that large.
const FOLDER_CHUNK_BYTES: usize = 256 * 1024;
#[cfg(feature = "tls")]
const BUCKET_CHUNK_BYTES: usize = 5 * 1024 * 1024;
const IDLE: Duration = Duration::from_millis(UPLOAD_IDLE_MS);

/// Why the bytes of a file are not stored, or not found.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// There are more bytes than allowed.
    #[error("the file is too large")]
    TooLarge,
    /// They did not all come.
    #[error("the upload was cut short")]
    CutShort(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The storage failed.
    #[error("the storage of files failed")]
    Failed(#[from] object_store::Error),
    /// The folder of files failed.
    #[error("the folder of files failed")]
    Folder(#[from] std::io::Error),
}

/// What is stored of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Object {
    /// All of it.
    Whole,
    /// A small picture of it.
    Thumbnail,
    /// A part, by number, of one that is uploaded in parts.
    Part(u32),
}

/// The storage of files.
#[derive(Debug)]
pub struct Storage {
    objects: Arc<dyn ObjectStore>,
    prefix: Path,
    /// The folder, if it is one.
    folder: Option<PathBuf>,
    chunk_bytes: usize,
}

/// Bytes of an object that are read.
pub(crate) struct Reading {
    /// The object's size.
    pub(crate) bytes: u64,
    /// What was asked for.
    pub(crate) stream: BoxStream<'static, Result<Bytes, object_store::Error>>,
}

impl Storage {
    /// The storage that the configuration names. Creates its folder; of a bucket nothing is asked yet.
    pub fn open(config: &Config) -> Result<Self, StorageError> {
        match config.files_url() {
            Ok(FilesUrl::Folder(folder)) => {
                std::fs::create_dir_all(&folder)?;
                let objects = LocalFileSystem::new_with_prefix(&folder)?
                    .with_automatic_cleanup(true)
                    // A message that is acknowledged must not speak of a file that the next power cut takes.
                    .with_fsync(true);
                Ok(Self {
                    objects: Arc::new(objects),
                    prefix: Path::default(),
                    folder: Some(folder),
                    chunk_bytes: FOLDER_CHUNK_BYTES,
                })
            }
            Ok(FilesUrl::Bucket { bucket, prefix }) => Self::bucket(&bucket, &prefix),
            Err(error) => Err(std::io::Error::other(error).into()),
        }
    }

    #[cfg(feature = "tls")]
    fn bucket(bucket: &str, prefix: &str) -> Result<Self, StorageError> {
        crate::ready_tls();
        let objects = object_store::aws::AmazonS3Builder::from_env()
            .with_bucket_name(bucket)
            .build()?;
        Ok(Self {
            objects: Arc::new(objects),
            prefix: Path::from(prefix),
            folder: None,
            chunk_bytes: BUCKET_CHUNK_BYTES,
        })
    }

    #[cfg(not(feature = "tls"))]
    fn bucket(bucket: &str, prefix: &str) -> Result<Self, StorageError> {
        let text = format!("s3://{bucket}/{prefix}: this build speaks to no S3");
        Err(std::io::Error::other(text).into())
    }

    fn path(&self, id: FileId, object: Object) -> Path {
        let folder = self.prefix.clone().join(id.to_string());
        match object {
            Object::Whole => folder.join("file"),
            Object::Thumbnail => folder.join("thumbnail"),
            Object::Part(number) => folder.join(format!("part-{number}")),
        }
    }

    /// Writes an object as its bytes come; at most `bytes_max`. Gives how many they were. Of one that fails nothing stays
    /// that [`Self::remove`] does not remove.
    pub(crate) async fn put<E>(
        &self,
        id: FileId,
        object: Object,
        bytes: impl Stream<Item = Result<Bytes, E>> + Unpin,
        bytes_max: u64,
    ) -> Result<u64, StorageError>
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let mut writing = self.writing(id, object, bytes_max);
        let copied = writing.copy(bytes).await;
        writing.end(copied).await
    }

    fn writing(&self, id: FileId, object: Object, bytes_max: u64) -> Writing {
        let (objects, path) = (Arc::clone(&self.objects), self.path(id, object));
        Writing {
            writer: BufWriter::with_capacity(objects, path, self.chunk_bytes)
                .with_max_concurrency(1),
            written: 0,
            bytes_max,
        }
    }

    /// Reads an object, or a stretch of it.
    pub(crate) async fn get(
        &self,
        id: FileId,
        object: Object,
        range: Option<Range<u64>>,
    ) -> Result<Reading, StorageError> {
        let options = GetOptions {
            range: range.map(GetRange::Bounded),
            ..GetOptions::default()
        };
        let path = self.path(id, object);
        let found = self.objects.get_opts(&path, options).await?;
        Ok(Reading {
            bytes: found.meta.size,
            stream: found.into_stream(),
        })
    }

    /// Reads a whole object into memory: of those that have a bound.
    pub(crate) async fn read(&self, id: FileId, object: Object) -> Result<Bytes, StorageError> {
        let path = self.path(id, object);
        Ok(self.objects.get(&path).await?.bytes().await?)
    }

    /// Makes one file of the parts `1..=count`, in order, and removes them. Gives its size.
    pub(crate) async fn join(
        &self,
        id: FileId,
        count: u32,
        bytes_max: u64,
    ) -> Result<u64, StorageError> {
        let mut writing = self.writing(id, Object::Whole, bytes_max);
        let mut copied = Ok(());
        for number in 1..=count {
            copied = match self.get(id, Object::Part(number), None).await {
                Ok(part) => writing.copy(part.stream).await,
                Err(error) => Err(error),
            };
            if copied.is_err() {
                break;
            }
        }
        let written = writing.end(copied).await?;
        for number in 1..=count {
            let path = self.path(id, Object::Part(number));
            self.objects.delete(&path).await?;
        }
        Ok(written)
    }

    /// The numbers of the parts that came, in order.
    pub(crate) async fn parts(&self, id: FileId) -> Result<Vec<u32>, StorageError> {
        let folder = self.prefix.clone().join(id.to_string());
        let mut numbers = Vec::new();
        let mut objects = self.objects.list(Some(&folder));
        while let Some(object) = objects.try_next().await? {
            let name = object.location.filename().unwrap_or_default();
            let number = name.strip_prefix("part-");
            numbers.extend(number.and_then(|number| number.parse::<u32>().ok()));
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Removes all that is stored of a file; one that is not there is removed already.
    pub(crate) async fn remove(&self, id: FileId) -> Result<(), StorageError> {
        if let Some(folder) = &self.folder {
            // The whole folder: what an upload that was cut short left has other names.
            let folder = folder.join(id.to_string());
            let removed = tokio::task::spawn_blocking(move || std::fs::remove_dir_all(folder));
            return match removed
                .await
                .unwrap_or_else(|panic| Err(std::io::Error::other(panic)))
            {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
                Ok(()) | Err(_) => Ok(()),
            };
        }
        let folder = self.prefix.clone().join(id.to_string());
        let mut objects = self.objects.list(Some(&folder));
        while let Some(object) = objects.try_next().await? {
            self.objects.delete(&object.location).await?;
        }
        Ok(())
    }
}

/// An object that is written.
struct Writing {
    writer: BufWriter,
    written: u64,
    bytes_max: u64,
}

impl Writing {
    async fn copy<E>(
        &mut self,
        mut bytes: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> Result<(), StorageError>
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        loop {
            let chunk = match tokio::time::timeout(IDLE, bytes.next()).await {
                Ok(None) => return Ok(()),
                Ok(Some(Ok(chunk))) => chunk,
                Ok(Some(Err(error))) => return Err(StorageError::CutShort(error.into())),
                Err(late) => return Err(StorageError::CutShort(late.into())),
            };
            let more = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
            self.written = self.written.saturating_add(more);
            if self.written > self.bytes_max {
                return Err(StorageError::TooLarge);
            }
            self.writer.put(chunk).await?;
        }
    }

    /// Makes what was copied an object, all or nothing. Gives its size.
    async fn end(mut self, copied: Result<(), StorageError>) -> Result<u64, StorageError> {
        let Err(error) = copied else {
            self.writer.shutdown().await?;
            return Ok(self.written);
        };
        if let Err(aborted) = self.writer.abort().await {
            tracing::debug!(error = %aborted, "a failed upload could not be cleared away at once");
        }
        Err(error)
    }
}

impl std::fmt::Debug for Reading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reading")
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}
