//! Newtypes for everything that is counted or keyed.

use crate::Millis;
use crate::pos::EPOCH_SECONDS;
use std::fmt;

macro_rules! row_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

row_id!(
    /// An application (tenant). Assigned by the store.
    AppId
);
row_id!(
    /// An account: one registration of a name. A name registered again is another account. Assigned by the store, from 1.
    AccountId
);
row_id!(
    /// A conversation's log. Assigned by the store, from 1.
    ConversationId
);
row_id!(
    /// A device of an account. Assigned by the store, from 1; 0 stands for "no device" (the server API).
    DeviceId
);

impl DeviceId {
    /// The origin of acts that no device did: the server API, a job.
    pub const NONE: Self = Self(0);
}

/// A file that was uploaded: the value of a random UUID. Written as one, in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u128);

impl FileId {
    /// Where the groups of digits of a UUID are parted.
    const DASHES: [usize; 4] = [8, 13, 18, 23];

    /// An id from its text, in either case; none for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 36 || Self::DASHES.iter().any(|at| bytes.get(*at) != Some(&b'-')) {
            return None;
        }
        let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
        (digits.len() == 32)
            .then(|| u128::from_str_radix(&digits, 16).ok())
            .flatten()
            .map(Self)
    }
}

impl fmt::Display for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:032x}", self.0);
        for (place, digit) in digits.chars().enumerate() {
            // Four of the digits come after a dash.
            if matches!(place, 8 | 12 | 16 | 20) {
                f.write_str("-")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

/// The number of a message in its conversation: 1, 2, 3 … without gaps. 0 stands for "before the first".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seq(pub u64);

impl Seq {
    /// The next number.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The number before; 0 stays 0.
    #[must_use]
    pub const fn prev(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

/// An account's counter of events and deletion facts. It only grows, and not always by one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub u64);

impl Version {
    /// The next version, which is not below `from`.
    ///
    /// INVARIANT L5: a store that is put back to an old copy must not give what it deletes from then on versions that devices
    /// have from before, or they would never ask for it. So its process counts from the second of its start, which is above
    /// all versions from before unless an account made more than one a second. Test:
    /// `a_server_put_back_tells_what_is_deleted_from_then_on`.
    #[must_use]
    pub fn next(self, from: Self) -> Self {
        Self(self.0.saturating_add(1)).max(from)
    }

    /// Where a process counts from that starts at this time: in seconds since the epoch of positions, since a version has to
    /// fit into 32 bits of an event's id.
    #[must_use]
    pub const fn starting(now: Millis) -> Self {
        Self((now.0 / 1000).saturating_sub(EPOCH_SECONDS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_ids_are_uuids() {
        let text = "6ba7b810-9dad-41d1-80b4-00c04fd430c8";
        let id = FileId::parse(text).unwrap();
        assert_eq!(id.to_string(), text);
        assert_eq!(FileId::parse(&text.to_uppercase()), Some(id));
        assert_eq!(
            FileId(1).to_string(),
            "00000000-0000-0000-0000-000000000001"
        );
        for wrong in [
            "",
            "6ba7b810-9dad-41d1-80b4-00c04fd430c",
            "6ba7b8109dad-41d1-80b4--00c04fd430c8",
            "+ba7b810-9dad-41d1-80b4-00c04fd430c8",
            "6ba7b810-9dad-41d1-80b4-00c04fd430cé",
        ] {
            assert_eq!(FileId::parse(wrong), None, "{wrong}");
        }
    }
}
