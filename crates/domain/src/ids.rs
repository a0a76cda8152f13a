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
