//! Any interleaving of sends, deletions, disconnects, crashes, restarts and restored copies leaves every device with exactly
//! what its user sees on the server.

use super::world::World;
use lacuna_domain::{Millis, Pos};
use lacuna_store::Scope as Deletion;
use proptest::prelude::*;

/// Something that happens; numbers are taken modulo what there is.
#[derive(Clone, Debug)]
enum Act {
    Send {
        device: usize,
        peer: usize,
    },
    Deliver {
        device: usize,
        frames: usize,
        steps: usize,
    },
    Connect {
        device: usize,
        steps: usize,
    },
    Disconnect {
        device: usize,
    },
    Restart {
        device: usize,
    },
    BackUp {
        device: usize,
    },
    Restore {
        device: usize,
    },
    DeleteIds {
        device: usize,
        peer: usize,
        which: Vec<usize>,
        quietly: bool,
        answered: bool,
    },
    DeleteThrough {
        device: usize,
        peer: usize,
        which: usize,
        quietly: bool,
        answered: bool,
    },
    DeleteConversation {
        device: usize,
        peer: usize,
        answered: bool,
    },
    DeleteAll {
        device: usize,
        answered: bool,
    },
    ReadHistory {
        device: usize,
        peer: usize,
    },
    HistoryArrives {
        device: usize,
    },
}

fn act() -> impl Strategy<Value = Act> {
    let (device, peer) = (0..6_usize, 0..2_usize);
    let d = || device.clone();
    let p = || peer.clone();
    let crash = prop_oneof![8 => Just(usize::MAX), 1 => 0..4_usize];
    prop_oneof![
        8 => (d(), p()).prop_map(|(device, peer)| Act::Send { device, peer }),
        12 => (d(), 1..6_usize, crash.clone()).prop_map(|(device, frames, steps)| Act::Deliver { device, frames, steps }),
        4 => (d(), crash.clone()).prop_map(|(device, steps)| Act::Connect { device, steps }),
        2 => d().prop_map(|device| Act::Disconnect { device }),
        1 => d().prop_map(|device| Act::Restart { device }),
        1 => d().prop_map(|device| Act::BackUp { device }),
        1 => d().prop_map(|device| Act::Restore { device }),
        3 => (d(), p(), prop::collection::vec(0..40_usize, 1..6), any::<bool>(), any::<bool>())
            .prop_map(|(device, peer, which, quietly, answered)| Act::DeleteIds { device, peer, which, quietly, answered }),
        2 => (d(), p(), 0..40_usize, any::<bool>(), any::<bool>())
            .prop_map(|(device, peer, which, quietly, answered)| Act::DeleteThrough { device, peer, which, quietly, answered }),
        1 => (d(), p(), any::<bool>()).prop_map(|(device, peer, answered)| Act::DeleteConversation { device, peer, answered }),
        1 => (d(), any::<bool>()).prop_map(|(device, answered)| Act::DeleteAll { device, answered }),
        2 => (d(), p()).prop_map(|(device, peer)| Act::ReadHistory { device, peer }),
        2 => d().prop_map(|device| Act::HistoryArrives { device }),
    ]
}

/// Messages that a user sees, to choose from.
fn choose(world: &World, device: usize, which: &[usize]) -> Vec<Pos> {
    let seen: Vec<Pos> = world.visible(world.user_of(device)).into_iter().collect();
    if seen.is_empty() {
        return Vec::new();
    }
    which.iter().map(|nth| seen[nth % seen.len()]).collect()
}

fn happen(world: &mut World, act: Act) {
    let devices = world.devices();
    match act {
        Act::Send { device, peer } => world.send(device % devices, peer),
        Act::Deliver {
            device,
            frames,
            steps,
        } => {
            for _ in 0..frames {
                world.deliver(device % devices, steps);
            }
        }
        Act::Connect { device, steps } => world.connect(device % devices, steps),
        Act::Disconnect { device } => world.disconnect(device % devices),
        Act::Restart { device } => world.restart(device % devices),
        Act::BackUp { device } => world.back_up(device % devices),
        Act::Restore { device } => world.restore(device % devices),
        Act::DeleteIds {
            device,
            peer,
            which,
            quietly,
            answered,
        } => {
            let device = device % devices;
            let ids = choose(world, device, &which);
            if !ids.is_empty() {
                let what = Deletion::Ids(world.target(device, peer), ids);
                world.delete(device, what, quietly, answered);
            }
        }
        Act::DeleteThrough {
            device,
            peer,
            which,
            quietly,
            answered,
        } => {
            let device = device % devices;
            let time = choose(world, device, &[which]).first().map(|id| id.time());
            let what = Deletion::Through(world.target(device, peer), time.unwrap_or(Millis(1)));
            world.delete(device, what, quietly, answered);
        }
        Act::DeleteConversation {
            device,
            peer,
            answered,
        } => {
            let device = device % devices;
            let what = Deletion::Conversation(world.target(device, peer));
            world.delete(device, what, false, answered);
        }
        Act::DeleteAll { device, answered } => {
            world.delete(device % devices, Deletion::All, false, answered);
        }
        Act::ReadHistory { device, peer } => world.read_history(device % devices, peer, None),
        Act::HistoryArrives { device } => world.history_arrives(device % devices),
    }
}

fn check(acts: Vec<Act>) -> Result<(), TestCaseError> {
    let mut world = World::new(&[("alice", 3), ("bob", 2), ("carol", 1)]);
    for device in 0..world.devices() {
        world.connect(device, usize::MAX);
    }
    for act in acts {
        happen(&mut world, act);
        for device in 0..world.devices() {
            world.check_list(device);
        }
    }
    world.settle();
    for device in 0..world.devices() {
        let user = world.user_of(device);
        let seen = world.visible(user);
        let held = world.held(device);
        // L1 and L5: whatever it holds, its user sees, and nothing that was deleted is among it.
        prop_assert!(
            held.is_subset(&seen),
            "device {} holds {:?}",
            device,
            held.difference(&seen)
        );
        prop_assert!(held.is_disjoint(&world.deleted[user]));
        if !world.is_first(device) {
            world.read_everything(device);
        }
        prop_assert_eq!(world.held(device), seen, "device {}", device);
        world.check_list(device);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 2_000, ..ProptestConfig::default() })]
    #[test]
    fn every_device_comes_to_what_its_user_sees(acts in prop::collection::vec(act(), 1..90)) {
        check(acts)?;
    }
}

const ALL: usize = usize::MAX;

fn deliver(frames: usize) -> Act {
    Act::Deliver {
        device: 0,
        frames,
        steps: ALL,
    }
}

fn connect(steps: usize) -> Act {
    Act::Connect { device: 0, steps }
}

fn send(device: usize, peer: usize) -> Act {
    Act::Send { device, peer }
}

#[test]
fn a_copy_from_before_its_own_messages_gets_them() {
    let (back_up, restore) = (Act::BackUp { device: 0 }, Act::Restore { device: 0 });
    check(vec![back_up, send(0, 0), connect(ALL), restore]).unwrap();
}

#[test]
fn a_copy_from_between_its_own_message_and_one_before_it_gets_both() {
    let (back_up, restore) = (Act::BackUp { device: 0 }, Act::Restore { device: 0 });
    // The answer to its own message is here, the page with the one before is not.
    let overtaken = [deliver(5), send(3, 0), send(0, 1), deliver(2)];
    let later = [back_up, connect(ALL), deliver(10), restore];
    check(overtaken.into_iter().chain(later).collect()).unwrap();
}

#[test]
fn a_restored_device_that_dies_while_it_fills_its_gaps_fills_them_later() {
    for steps in 0..8 {
        let (back_up, restore) = (Act::BackUp { device: 0 }, Act::Restore { device: 0 });
        let before = [deliver(5), back_up, connect(ALL), send(3, 0), send(5, 0)];
        let later = [deliver(20), restore, connect(steps)];
        check(before.into_iter().chain(later).collect()).unwrap();
    }
}
