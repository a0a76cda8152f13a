//! The key of an encrypted file.

use std::fmt;

/// What a file is encrypted with: 32 bytes that nobody can guess, not a password. Whoever opens the file brings it; it is kept
/// nowhere in or beside the file.
#[derive(Clone, PartialEq, Eq)]
pub struct Key([u8; 32]);

impl Key {
    /// A key of these bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The statement that gives a connection the key. In this form `SQLCipher` takes the bytes as they are, without the
    /// derivation from a password that would make every connection cost a quarter of a second.
    pub(crate) fn pragma(&self) -> String {
        let digits = self.0.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        let hex: String = digits
            .filter_map(|digit| char::from_digit(digit.into(), 16))
            .collect();
        format!("PRAGMA key = \"x'{hex}'\"")
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_in_the_statement_and_none_in_a_log() {
        let mut bytes = [0xab; 32];
        bytes[0] = 0x05;
        let key = Key::new(bytes);
        let hex = format!("05{}", "ab".repeat(31));
        assert_eq!(key.pragma(), format!("PRAGMA key = \"x'{hex}'\""));
        assert_eq!(
            format!("{key:?} {:?}", Some(&key)),
            "Key(***) Some(Key(***))"
        );
    }
}
