//! The list of messages that one device keeps.

use std::collections::BTreeMap;

/// A message as a device keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// Its id.
    pub(crate) id: u64,
    /// The peer or group, as this user names it.
    pub(crate) conversation: String,
    /// Who sent it.
    pub(crate) from: String,
    /// What it says.
    pub(crate) text: String,
    /// When, in milliseconds since 1970.
    pub(crate) time_ms: u64,
}

/// Something that the user deleted in one conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Deletion {
    /// Where.
    pub(crate) conversation: String,
    /// These messages.
    pub(crate) ids: Vec<u64>,
    /// Everything at or before this time.
    pub(crate) through_ms: Option<u64>,
    /// Everything in these runs of ids, both ends included.
    pub(crate) ranges: Vec<(u64, u64)>,
}

impl Deletion {
    fn takes(&self, message: &Message) -> bool {
        message.conversation == self.conversation
            && (self.through_ms.is_some_and(|time| message.time_ms <= time)
                || self.ids.contains(&message.id)
                || self
                    .ranges
                    .iter()
                    .any(|(from, to)| (*from..=*to).contains(&message.id)))
    }
}

/// Messages by id, which is their order.
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    messages: BTreeMap<u64, Message>,
}

impl Timeline {
    /// Keeps a message. False if it was there already.
    pub(crate) fn keep(&mut self, message: Message) -> bool {
        self.messages.insert(message.id, message).is_none()
    }

    /// Drops what was deleted.
    pub(crate) fn apply(&mut self, deletion: &Deletion) {
        self.messages.retain(|_, message| !deletion.takes(message));
    }

    /// Drops everything.
    pub(crate) fn clear(&mut self) {
        self.messages.clear();
    }

    /// The ids it holds, in order.
    pub(crate) fn ids(&self) -> Vec<u64> {
        self.messages.keys().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timeline() -> Timeline {
        let mut timeline = Timeline::default();
        for (id, conversation) in [(1, "bob"), (2, "bob"), (3, "carol"), (4, "bob"), (5, "bob")] {
            let conversation = conversation.to_owned();
            let message = Message {
                id,
                conversation,
                from: "bob".to_owned(),
                text: String::new(),
                time_ms: id * 10,
            };
            assert!(timeline.keep(message.clone()));
            assert!(!timeline.keep(message), "twice is once");
        }
        timeline
    }

    #[test]
    fn follows_deletions_of_every_shape() {
        let check = |deletion: Deletion, want: &[u64]| {
            let mut timeline = timeline();
            let deletion = Deletion {
                conversation: "bob".to_owned(),
                ..deletion
            };
            timeline.apply(&deletion);
            timeline.apply(&deletion);
            assert_eq!(timeline.ids(), want, "{deletion:?}");
        };
        check(
            Deletion {
                ids: vec![2, 3, 99],
                ..Deletion::default()
            },
            &[1, 3, 4, 5],
        );
        check(
            Deletion {
                through_ms: Some(40),
                ..Deletion::default()
            },
            &[3, 5],
        );
        check(
            Deletion {
                through_ms: Some(39),
                ..Deletion::default()
            },
            &[3, 4, 5],
        );
        check(
            Deletion {
                ranges: vec![(2, 4)],
                ..Deletion::default()
            },
            &[1, 3, 5],
        );
        check(Deletion::default(), &[1, 2, 3, 4, 5]);
    }
}
