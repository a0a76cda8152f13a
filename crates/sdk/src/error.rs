//! The one error of the SDK: a code from the product's list, and a text.

use lacuna_domain::ErrorCode;
use std::borrow::Cow;

/// The result of everything in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call was refused or failed. Nothing is half done after one.
///
/// The code says what can be done about it (`docs/errors` has a page for each); the text is for people and logs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text} ({})", .code.number())]
pub struct Error {
    code: ErrorCode,
    text: Cow<'static, str>,
}

impl Error {
    /// An error of a code, with a text in lower case and without a full stop.
    pub fn new(code: ErrorCode, text: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            text: text.into(),
        }
    }

    /// What kind of error it is.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// What happened, in words.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// 201: nobody is logged in. Checked before every other thing.
    pub(crate) fn not_logged_in() -> Self {
        Self::new(ErrorCode::NotLoggedIn, "not logged in")
    }

    /// 110: an argument makes no sense; nothing was done.
    pub(crate) fn invalid(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::InvalidParam, text)
    }
}

impl From<lacuna_sqlite::Error> for Error {
    fn from(error: lacuna_sqlite::Error) -> Self {
        // The store closes with the login.
        if matches!(error, lacuna_sqlite::Error::Closed) {
            return Self::not_logged_in();
        }
        let cause: &dyn std::error::Error = &error;
        tracing::error!(error = cause, "the local store failed");
        Self::new(
            ErrorCode::DatabaseFailed,
            format!("the local store failed: {error}"),
        )
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        lacuna_sqlite::Error::from(error).into()
    }
}
