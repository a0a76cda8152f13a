//! Secrets: made, and compared.

use super::{Refusal, Reply};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Random bytes of the operating system.
fn random_bytes<const N: usize>() -> Reply<[u8; N]> {
    let mut bytes = [0u8; N];
    getrandom::fill(&mut bytes).map_err(|_| Refusal::internal())?;
    Ok(bytes)
}

/// Random bytes, as text for URLs.
pub(super) fn random_text<const N: usize>() -> Reply<String> {
    Ok(URL_SAFE_NO_PAD.encode(random_bytes::<N>()?))
}

/// A random UUID (RFC 9562, version 4).
pub(super) fn random_uuid() -> Reply<u128> {
    let random = u128::from_be_bytes(random_bytes()?) & !(0xf000 << 64) & !(0xc000 << 48);
    Ok(random | (0x4000 << 64) | (0x8000 << 48))
}

/// A random number that nobody guesses.
pub(super) fn random_number() -> Reply<u64> {
    random_bytes().map(u64::from_be_bytes)
}

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
