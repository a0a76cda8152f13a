//! Errors as objects.

use crate::text::owned;
use lacuna_sdk::Error;
use std::ffi::{CString, c_char};

/// Why a call failed: a number of the product's list (`docs/errors`) and a text for people.
///
/// Those that a completion is given are the library's and end when it returns; the one that `lacuna_client_new` gives is the
/// caller's, to be freed with `lacuna_error_free`.
#[derive(Debug)]
pub struct LacunaError {
    code: i32,
    description: CString,
}

impl LacunaError {
    pub(crate) fn new(error: &Error) -> Self {
        Self {
            code: i32::from(error.code().number()),
            description: owned(error.text()),
        }
    }

    pub(crate) fn code(&self) -> i32 {
        self.code
    }
}

/// The number of an error; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_error_code(error: *const LacunaError) -> i32 {
    // SAFETY: NULL, or an error that lives.
    unsafe { error.as_ref() }.map_or(0, LacunaError::code)
}

/// What happened, in words. It lives as long as the error. NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_error_description(error: *const LacunaError) -> *const c_char {
    // SAFETY: NULL, or an error that lives.
    unsafe { error.as_ref() }.map_or(std::ptr::null(), |error| error.description.as_ptr())
}

/// Frees an error that is the caller's. NULL does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_error_free(error: *mut LacunaError) {
    if !error.is_null() {
        // SAFETY: it came from `Box::into_raw` and is freed once.
        drop(unsafe { Box::from_raw(error) });
    }
}

/// Frees a text that is the caller's. NULL does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_string_free(text: *mut c_char) {
    if !text.is_null() {
        // SAFETY: it came from `CString::into_raw` and is freed once.
        drop(unsafe { CString::from_raw(text) });
    }
}
