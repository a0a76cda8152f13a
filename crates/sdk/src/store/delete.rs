//! Removing the whole store of a user.

use super::open::{beside, damage_mark, lock, path_of};
use crate::client::user_name;
use crate::error::{Error, Result};
use crate::options::Options;
use lacuna_domain::ErrorCode;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Where the local store of a user lies: a file, with `-wal` and `-shm` beside it while it is open. 101.
pub fn store_path(options: &Options, name: &str) -> Result<PathBuf> {
    Ok(path_of(
        &options.folder,
        &options.app_key,
        &user_name(name)?,
    ))
}

/// Removes the local store of a user from this device: messages, list and settings. The server keeps what it has, and a
/// later login starts as a new device. Files that messages spoke of stay. False if there is no store.
///
/// 101; 200 if the store is open, in this process or in another one; 3.
pub fn delete_store(options: &Options, name: &str) -> Result<bool> {
    let path = store_path(options, name)?;
    if !path.exists() {
        return Ok(false);
    }
    let lock_path = path.with_extension("lock");
    let held = lock(&lock_path)?;
    for file in beside(&path) {
        remove(&file)?;
    }
    remove(&damage_mark(&path))?;
    remove(&lock_path)?;
    drop(held);
    Ok(true)
}

fn remove(file: &Path) -> Result<()> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            let text = format!("cannot remove {}: {error}", file.display());
            Err(Error::new(ErrorCode::DatabaseFailed, text))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Opening, Store};
    use lacuna_domain::Name;

    #[test]
    fn a_store_is_removed_once_it_is_closed() {
        let folder = tempfile::tempdir().unwrap();
        let options = Options::new("lacuna#demo", "http://127.0.0.1:1", folder.path());
        assert!(!delete_store(&options, "alice").unwrap());
        let user = Name::new("alice").unwrap();
        let opening = Opening {
            folder: &options.folder,
            app_key: &options.app_key,
            user: &user,
            resource: None,
            key: None,
            clock: std::sync::Arc::clone(&options.clock),
        };
        let store = Store::open(&opening).unwrap();
        let open = delete_store(&options, "alice").unwrap_err();
        assert_eq!(open.code(), ErrorCode::AlreadyLoggedIn);
        store.close();
        drop(store);
        assert!(delete_store(&options, "alice").unwrap());
        let folder = store_path(&options, "alice").unwrap();
        let left = std::fs::read_dir(folder.parent().unwrap()).unwrap().count();
        assert_eq!(left, 0);
        assert!(!delete_store(&options, "alice").unwrap());
    }
}
