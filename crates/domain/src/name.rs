//! Names of users and groups, and the keys of conversations.

use crate::limits::NAME_BYTES_MAX;
use std::fmt;

/// What the names of deleted users begin with.
const DELETED: &str = "deleted-user-";

/// A user name, compared without case: kept in lower case, 1–64 bytes of `a-z 0-9 _ . -`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Box<str>);

/// Why a text is no user name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidName {
    /// Nothing is left of it.
    #[error("name is empty")]
    Empty,
    /// Longer than [`NAME_BYTES_MAX`].
    #[error("name is too long")]
    TooLong,
    /// Holds a character outside `[a-zA-Z0-9_.-]`.
    #[error("name holds a character that is not allowed")]
    Character,
}

impl Name {
    /// Checks a name and folds its case.
    pub fn new(text: &str) -> Result<Self, InvalidName> {
        if text.is_empty() {
            return Err(InvalidName::Empty);
        }
        if text.len() > NAME_BYTES_MAX {
            return Err(InvalidName::TooLong);
        }
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        if !text.chars().all(legal) {
            return Err(InvalidName::Character);
        }
        Ok(Self(text.to_ascii_lowercase().into()))
    }

    /// The name that the server API sends under when it names nobody. It cannot be registered.
    #[must_use]
    pub fn admin() -> Self {
        Self("admin".into())
    }

    /// The name that messages of a deleted user go under, told apart by a random number. It cannot be registered.
    #[must_use]
    pub fn of_deleted(number: u64) -> Self {
        Self(format!("{DELETED}{number:016x}").into())
    }

    /// Whether the name may not be registered.
    #[must_use]
    pub fn is_reserved(&self) -> bool {
        let number = self.0.strip_prefix(DELETED);
        &*self.0 == "admin"
            || number.is_some_and(|number| {
                number.len() == 16 && number.bytes().all(|digit| digit.is_ascii_hexdigit())
            })
    }

    /// The name in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A group's id: decimal digits, assigned by the store; shares one namespace with user names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(Box<str>);

impl GroupId {
    /// Takes the text of a group id as it came; an id that was never assigned names no group.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A conversation as one of its users names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// The 1-1 conversation with this user (with oneself, too).
    Peer(Name),
    /// A group.
    Group(GroupId),
}

impl Target {
    /// The peer's name or the group's id.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Peer(name) => name.as_str(),
            Self::Group(id) => id.as_str(),
        }
    }

    /// The conversation's key, as seen by the user `me`.
    #[must_use]
    pub fn key(&self, me: &Name) -> ConversationKey {
        match self {
            Self::Peer(peer) => ConversationKey::direct(me.clone(), peer.clone()),
            Self::Group(id) => ConversationKey::Group(id.clone()),
        }
    }
}

/// What a conversation's log is kept under.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConversationKey {
    /// Two names in order; the same name twice for notes to oneself.
    Direct(Name, Name),
    /// A group.
    Group(GroupId),
}

impl ConversationKey {
    /// The key of the 1-1 conversation of two names, whichever comes first.
    #[must_use]
    pub fn direct(a: Name, b: Name) -> Self {
        if a <= b {
            Self::Direct(a, b)
        } else {
            Self::Direct(b, a)
        }
    }

    /// How the user `me` names it.
    #[must_use]
    pub fn target(&self, me: &Name) -> Target {
        match self {
            Self::Direct(a, b) => Target::Peer(if a == me { b.clone() } else { a.clone() }),
            Self::Group(id) => Target::Group(id.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_and_checks() {
        let check = |text: &str, want: Result<&str, InvalidName>| {
            assert_eq!(
                Name::new(text).as_ref().map(Name::as_str).map_err(|e| *e),
                want,
                "{text}"
            );
        };
        check("Alice", Ok("alice"));
        check("a.b_c-9", Ok("a.b_c-9"));
        check("", Err(InvalidName::Empty));
        check("a b", Err(InvalidName::Character));
        check("é", Err(InvalidName::Character));
        check(&"x".repeat(64), Ok(&"x".repeat(64)));
        check(&"x".repeat(65), Err(InvalidName::TooLong));
    }

    #[test]
    fn one_name_is_nobodys() {
        assert!(Name::admin().is_reserved() && Name::new("Admin").unwrap().is_reserved());
        let other = Name::new("Admins").unwrap();
        assert!(!other.is_reserved());
        assert_eq!(
            (other.to_string().as_str(), Name::admin().as_str()),
            ("admins", "admin")
        );
    }

    #[test]
    fn names_of_the_deleted_are_nobodys() {
        let name = Name::of_deleted(0xbeef);
        assert_eq!(name.as_str(), "deleted-user-000000000000beef");
        assert_eq!(Name::new(name.as_str()), Ok(name.clone()));
        assert!(name.is_reserved());
        for free in [
            "deleted-user-",
            "deleted-user-beef",
            "deleted-user-zzzzzzzzzzzzzzzz",
        ] {
            assert!(!Name::new(free).unwrap().is_reserved(), "{free}");
        }
    }

    #[test]
    fn targets_show_their_id() {
        let group = GroupId::new("17");
        assert_eq!((group.to_string().as_str(), group.as_str()), ("17", "17"));
        assert_eq!(Target::Group(group).id(), "17");
        assert_eq!(Target::Peer(Name::new("Bob").unwrap()).id(), "bob");
    }

    #[test]
    fn one_key_seen_from_both_sides() {
        let (alice, bob) = (Name::new("alice").unwrap(), Name::new("bob").unwrap());
        let key = Target::Peer(bob.clone()).key(&alice);
        // Stored like this: the smaller name first.
        assert_eq!(key, ConversationKey::Direct(alice.clone(), bob.clone()));
        assert_eq!(key, Target::Peer(alice.clone()).key(&bob));
        assert_eq!(key.target(&alice), Target::Peer(bob.clone()));
        assert_eq!(key.target(&bob), Target::Peer(alice.clone()));
        let own = Target::Peer(alice.clone()).key(&alice);
        assert_eq!(own.target(&alice), Target::Peer(alice));
    }
}
