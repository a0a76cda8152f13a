//! Random acts.

use lacuna_store::ViewAct;
use proptest::prelude::*;

pub(crate) const PEOPLE: usize = 3;
pub(crate) const NAMES: [&str; PEOPLE] = ["alice", "bob", "carol"];

/// An act; who acts, in which conversation and from which device by index.
#[derive(Clone, Debug)]
pub(crate) struct Act {
    pub(crate) who: usize,
    /// A person, or the group.
    pub(crate) target: usize,
    /// 0 for the server API.
    pub(crate) device: usize,
    pub(crate) verb: Verb,
}

/// What is done; messages by index, the last one first.
#[derive(Clone, Debug)]
pub(crate) enum Verb {
    Send { repeat: bool },
    Signal { about: Option<u64> },
    HideIds { picks: Vec<usize>, notice: bool },
    HideThrough { pick: usize, notice: bool },
    HideConversation { notice: bool },
    HideAll,
    Change { act: ViewAct, told: bool },
    Join,
    Leave,
    Event,
    SaveCursor { pick: usize },
    SaveEventCursor { version: u64 },
    RegisterAgain,
    Purge,
    Wait { ms: u64 },
}

pub(crate) fn act() -> impl Strategy<Value = Act> {
    (0..PEOPLE, 0..=PEOPLE, 0..3usize, verb()).prop_map(|(who, target, device, verb)| Act {
        who,
        target,
        device,
        verb,
    })
}

fn verb() -> impl Strategy<Value = Verb> {
    let pick = 0..64usize;
    let change = prop_oneof![
        Just(ViewAct::Pin),
        Just(ViewAct::Unpin),
        Just(ViewAct::Unlist),
        Just(ViewAct::UnlistAndHide),
        Just(ViewAct::Read),
    ];
    let picks = prop::collection::vec(pick.clone(), 1..6);
    prop_oneof![
        12 => any::<bool>().prop_map(|repeat| Verb::Send { repeat }),
        2 => prop::option::of(1..9u64).prop_map(|about| Verb::Signal { about }),
        5 => (picks, any::<bool>()).prop_map(|(picks, notice)| Verb::HideIds { picks, notice }),
        2 => (pick.clone(), any::<bool>()).prop_map(|(pick, notice)| Verb::HideThrough { pick, notice }),
        1 => any::<bool>().prop_map(|notice| Verb::HideConversation { notice }),
        1 => Just(Verb::HideAll),
        3 => (change, any::<bool>()).prop_map(|(act, told)| Verb::Change { act, told }),
        3 => Just(Verb::Join),
        1 => Just(Verb::Leave),
        1 => Just(Verb::Event),
        1 => pick.prop_map(|pick| Verb::SaveCursor { pick }),
        1 => (0..8u64).prop_map(|version| Verb::SaveEventCursor { version }),
        1 => Just(Verb::RegisterAgain),
        1 => Just(Verb::Purge),
        1 => (1..700_000u64).prop_map(|ms| Verb::Wait { ms }),
    ]
}
