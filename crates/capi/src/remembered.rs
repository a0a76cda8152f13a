//! The login that an app takes up again when it starts.

use serde_json::{Value, json};
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// A file beside the local stores with the name and the token of the last login. It goes with the logout.
#[derive(Debug)]
pub(crate) struct Remembered {
    file: PathBuf,
    app_key: String,
    wanted: bool,
}

impl Remembered {
    /// The login of an app in a folder; nothing is written or read if it is not `wanted`.
    pub(crate) fn new(folder: &Path, app_key: &str, wanted: bool) -> Self {
        Self {
            file: folder.join("login.json"),
            app_key: app_key.to_owned(),
            wanted,
        }
    }

    /// Who was logged in last, and the token.
    pub(crate) fn read(&self) -> Option<(String, String)> {
        if !self.wanted {
            return None;
        }
        let login: Value = serde_json::from_slice(&fs::read(&self.file).ok()?).ok()?;
        let text = |key: &str| login.get(key)?.as_str().map(str::to_owned);
        if text("app_key")? != self.app_key {
            return None;
        }
        Some((text("name")?, text("token")?))
    }

    /// Remembers a login. Without success the app has to log in itself the next time, no more.
    pub(crate) fn write(&self, name: &str, token: &str) {
        if !self.wanted {
            return;
        }
        let login = json!({"app_key": self.app_key, "name": name, "token": token});
        if let Err(error) = self.replace(login.to_string().as_bytes()) {
            tracing::warn!(%error, "the login could not be remembered");
        }
    }

    fn replace(&self, login: &[u8]) -> io::Result<()> {
        let new = self.file.with_extension("new");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            // Nobody else on the machine may read the token.
            options.mode(0o600);
        }
        options.open(&new)?.write_all(login)?;
        fs::rename(&new, &self.file)
    }

    /// Forgets the login.
    pub(crate) fn forget(&self) {
        match fs::remove_file(&self.file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(%error, "the login could not be forgotten");
            }
            Ok(()) | Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_remembered_until_the_logout() {
        let folder = tempfile::tempdir().unwrap();
        let remembered = Remembered::new(folder.path(), "a#b", true);
        assert_eq!(remembered.read(), None);
        remembered.forget();
        remembered.write("alice", "t1");
        remembered.write("alice", "t2");
        let login = Some(("alice".to_owned(), "t2".to_owned()));
        assert_eq!(remembered.read(), login);
        assert_eq!(
            Remembered::new(folder.path(), "other#app", true).read(),
            None
        );
        assert_eq!(Remembered::new(folder.path(), "a#b", false).read(), None);
        remembered.forget();
        assert_eq!(remembered.read(), None);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_reads_the_token() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let remembered = Remembered::new(folder.path(), "a#b", true);
        remembered.write("alice", "t");
        let mode = fs::metadata(&remembered.file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
