//! The login that a folder remembers, so that later commands need no password.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

const FILE: &str = "login.json";

/// A saved login. Its file is readable by its owner alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Saved {
    /// The base of the server's API.
    pub(crate) server: String,
    /// The application, `org#name`.
    pub(crate) app: String,
    /// The user.
    pub(crate) user: String,
    /// The user's token.
    pub(crate) token: String,
    /// What the device is called; none for a name that the store makes up.
    pub(crate) device: Option<String>,
}

/// The login saved in a folder, if there is one.
pub(crate) fn load(store: &Path) -> Result<Option<Saved>> {
    let file = file(store);
    let text = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("read {}", file.display())),
    };
    let saved = serde_json::from_str(&text);
    saved
        .map(Some)
        .with_context(|| format!("read {}", file.display()))
}

/// Saves a login. A crash leaves the old one or the new one.
pub(crate) fn save(store: &Path, saved: &Saved) -> Result<()> {
    fs::create_dir_all(store).with_context(|| format!("make {}", store.display()))?;
    let (file, new) = (file(store), store.join("login.json.new"));
    // Left by a crash, or put there by somebody else: its mode is not to be trusted.
    forget_file(&new)?;
    let mut written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&new)
        .with_context(|| format!("make {}", new.display()))?;
    written.write_all(serde_json::to_string(saved)?.as_bytes())?;
    written.sync_all()?;
    fs::rename(&new, &file).with_context(|| format!("write {}", file.display()))
}

/// Forgets the login of a folder, if there is one.
pub(crate) fn forget(store: &Path) -> Result<()> {
    forget_file(&file(store))
}

fn forget_file(file: &Path) -> Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("remove {}", file.display()))
        }
        _ => Ok(()),
    }
}

fn file(store: &Path) -> PathBuf {
    store.join(FILE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_login_is_saved_for_its_owner_alone_and_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("new");
        assert_eq!(load(&store).unwrap(), None);
        let mut saved = Saved {
            server: "http://127.0.0.1:8080".to_owned(),
            app: "lacuna#demo".to_owned(),
            user: "alice".to_owned(),
            token: "secret".to_owned(),
            device: None,
        };
        for token in ["secret", "another"] {
            token.clone_into(&mut saved.token);
            save(&store, &saved).unwrap();
            assert_eq!(load(&store).unwrap().as_ref(), Some(&saved));
        }
        let mode = fs::metadata(file(&store)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        forget(&store).unwrap();
        forget(&store).unwrap();
        assert_eq!(load(&store).unwrap(), None);
    }
}
