//! Comparing secrets.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The SHA-256 of a text.
pub(crate) fn sha256(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// Whether a text is a secret of which the SHA-256 is known. The time that it takes says nothing about either: digests are
/// compared, all of their bytes.
pub(crate) fn is_secret(given: &str, expected_sha256: &[u8; 32]) -> bool {
    sha256(given).ct_eq(expected_sha256).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_secret_is_the_secret() {
        let expected = sha256("s3cret");
        assert!(is_secret("s3cret", &expected));
        for wrong in ["", "s3cre", "s3crets", "S3cret", "s3cret\0"] {
            assert!(!is_secret(wrong, &expected), "{wrong:?}");
        }
    }
}
