//! Text over the border: UTF-8 that ends with a NUL, both ways.

use lacuna_sdk::{Error, ErrorCode, Result};
use std::ffi::{CStr, CString, c_char, c_void};

/// A pointer of the caller's that is handed back to the caller and never looked into.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context(pub(crate) *mut c_void);

// SAFETY: the pointer is only handed back; the header says that this happens on other threads.
unsafe impl Send for Context {}
// SAFETY: as above: it is never looked into here.
unsafe impl Sync for Context {}

/// A text that a caller passed: none for NULL, 110 for bytes that are no UTF-8.
#[derive(Debug)]
pub(crate) struct Text(Result<Option<String>>);

impl Text {
    /// Copies what a pointer points at.
    ///
    /// # Safety
    /// NULL, or a text that ends with a NUL and does not change during the call.
    pub(crate) unsafe fn new(text: *const c_char) -> Self {
        if text.is_null() {
            return Self(Ok(None));
        }
        // SAFETY: not NULL; the caller vouches for the rest.
        let bytes = unsafe { CStr::from_ptr(text) };
        let read = bytes.to_str().map(|text| Some(text.to_owned()));
        Self(read.map_err(|_| invalid("a text is not UTF-8")))
    }

    /// A text that is here already.
    pub(crate) fn of(text: String) -> Self {
        Self(Ok(Some(text)))
    }

    /// The text, or 110 saying what is missing.
    pub(crate) fn required(self, what: &str) -> Result<String> {
        self.0?.ok_or_else(|| invalid(format!("{what} is missing")))
    }

    /// The text; empty for NULL.
    pub(crate) fn or_empty(self) -> Result<String> {
        Ok(self.0?.unwrap_or_default())
    }

    /// The text; none for NULL and for an empty one.
    pub(crate) fn filled(self) -> Result<Option<String>> {
        Ok(self.0?.filter(|text| !text.is_empty()))
    }
}

/// The texts of an array. 110 for one that is missing.
///
/// # Safety
/// `count` pointers are at `texts`, each as [`Text::new`] wants it; `texts` may be NULL if `count` is zero.
pub(crate) unsafe fn texts(texts: *const *const c_char, count: usize) -> Result<Vec<String>> {
    if count == 0 {
        return Ok(Vec::new());
    }
    if texts.is_null() {
        return Err(invalid("a list is missing"));
    }
    // SAFETY: the caller vouches for `count` pointers, and for each of them.
    let pointers = unsafe { std::slice::from_raw_parts(texts, count) };
    let read = |text: &*const c_char| {
        // SAFETY: as above.
        unsafe { Text::new(*text) }.required("an entry of a list")
    };
    pointers.iter().map(read).collect()
}

/// 110: an argument makes no sense; nothing was done.
pub(crate) fn invalid(text: impl Into<String>) -> Error {
    Error::new(ErrorCode::InvalidParam, text.into())
}

/// A text for the caller. A NUL within it, which C cannot tell from its end, becomes U+FFFD.
pub(crate) fn owned(text: &str) -> CString {
    CString::new(text).unwrap_or_else(|_| {
        let text = text.replace('\0', "\u{FFFD}");
        CString::new(text).unwrap_or_default()
    })
}

/// A text that the caller frees with `lacuna_string_free`.
pub(crate) fn given(text: &str) -> *mut c_char {
    owned(text).into_raw()
}

/// Keeps the texts that borrowed views point at.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    texts: Vec<CString>,
    lists: Vec<Vec<*const c_char>>,
}

impl Texts {
    /// Keeps a text. The pointer is good for as long as this lives.
    pub(crate) fn add(&mut self, text: &str) -> *const c_char {
        let text = owned(text);
        let pointer = text.as_ptr();
        self.texts.push(text);
        pointer
    }

    /// Keeps a list of texts.
    pub(crate) fn list<'t>(
        &mut self,
        texts: impl Iterator<Item = &'t str>,
    ) -> *const *const c_char {
        let list: Vec<*const c_char> = texts.map(|text| self.add(text)).collect();
        let pointer = list.as_ptr();
        self.lists.push(list);
        pointer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_in() {
        let read = |bytes: &[u8]| {
            let text = CString::new(bytes).unwrap();
            // SAFETY: it ends with a NUL.
            unsafe { Text::new(text.as_ptr()) }
        };
        assert_eq!(read("你好".as_bytes()).required("x").unwrap(), "你好");
        assert_eq!(read(b"").filled().unwrap(), None);
        assert_eq!(
            read(b"\xff").or_empty().unwrap_err().code(),
            ErrorCode::InvalidParam
        );
        // SAFETY: NULL is allowed.
        let none = || unsafe { Text::new(std::ptr::null()) };
        assert_eq!(none().or_empty().unwrap(), "");
        assert_eq!(none().required("x").unwrap_err().text(), "x is missing");
    }

    #[test]
    fn texts_go_out() {
        assert_eq!(owned("a\0b").as_bytes(), "a\u{FFFD}b".as_bytes());
        let mut texts = Texts::default();
        let first = texts.add("first");
        let list = texts.list(["a", "b"].into_iter());
        for _ in 0..100 {
            texts.add("more, so that the list moves");
        }
        // SAFETY: `texts` lives, and the list has two entries.
        let (first, second) = unsafe { (CStr::from_ptr(first), CStr::from_ptr(*list.add(1))) };
        assert_eq!(
            (first.to_bytes(), second.to_bytes()),
            (&b"first"[..], &b"b"[..])
        );
    }
}
