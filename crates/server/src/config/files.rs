//! Where uploaded files are kept.

use super::{Config, ConfigError};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Where the bytes of uploaded files are kept.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FilesConfig {
    /// `file:DIR`, or `s3://BUCKET/PREFIX` with the usual `AWS_…` variables of the environment for region, endpoint and
    /// credentials. Empty: the folder `files` beside the embedded store.
    pub url: String,
}

/// A place for files, as the configuration names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilesUrl {
    /// A folder.
    Folder(PathBuf),
    /// A bucket of S3, and what stands before every name in it.
    Bucket {
        /// The bucket.
        bucket: String,
        /// The prefix; may be empty.
        prefix: String,
    },
}

impl Config {
    /// Where uploaded files are kept.
    pub fn files_url(&self) -> Result<FilesUrl, ConfigError> {
        let url = &self.files.url;
        if url.is_empty() {
            return Ok(FilesUrl::Folder(self.data_dir()?.join("files")));
        }
        if let Some(dir) = url.strip_prefix("file:").filter(|dir| !dir.is_empty()) {
            return Ok(FilesUrl::Folder(PathBuf::from(dir)));
        }
        let place = url.strip_prefix("s3://").unwrap_or_default();
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        if bucket.is_empty() {
            let text =
                format!("files.url is {url:?}; this build knows file:DIR and s3://BUCKET/PREFIX");
            return Err(ConfigError::Refused(text));
        }
        Ok(FilesUrl::Bucket {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::load;

    #[test]
    fn files_lie_beside_the_store_or_elsewhere() {
        let check = |toml: &str, want: FilesUrl| {
            assert_eq!(load(toml).unwrap().files_url().unwrap(), want, "{toml}");
        };
        let folder = |dir: &str| FilesUrl::Folder(PathBuf::from(dir));
        check("[store]\nurl = \"sqlite:there\"\n", folder("there/files"));
        check("[files]\nurl = \"file:/srv/files\"\n", folder("/srv/files"));
        let (bucket, prefix) = ("b".to_owned(), "p/q".to_owned());
        check(
            "[files]\nurl = \"s3://b/p/q\"\n",
            FilesUrl::Bucket { bucket, prefix },
        );
    }
}
