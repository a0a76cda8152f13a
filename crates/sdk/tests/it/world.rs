//! Three users with three devices each, who have written to each other; and who has what.

use crate::record::Told;
use crate::stage::{Device, Stage, group, peer, until};
use lacuna_sdk::{ConversationChange, GroupId, Name, NewGroup, Pos, Removed, Target};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) const USERS: [&str; 3] = ["anna", "ben", "cleo"];

/// Somebody's device, by the numbers of both.
pub(crate) type Who = (usize, usize);

/// Three users with three devices each. Anna's first device is the one that deletes.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) stage: Stage,
    pub(crate) devices: Vec<Vec<Device>>,
    pub(crate) group: GroupId,
    /// Anna and Ben: the first three are hers.
    pub(crate) with_ben: Vec<Pos>,
    /// Cleo's to Anna.
    pub(crate) with_cleo: Vec<Pos>,
    /// Two of each, Anna's first.
    pub(crate) in_group: Vec<Pos>,
    /// What counts as unread for whoever did not write it.
    unread: BTreeMap<usize, BTreeSet<Pos>>,
}

/// Who has what.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seen {
    /// Each user's history on the server.
    pub(crate) history: BTreeMap<(usize, Target), Vec<Pos>>,
    /// Each user's list on the server: the newest message and the unread ones.
    pub(crate) list: BTreeMap<usize, Vec<(Target, Option<Pos>, u64)>>,
    /// What each device holds.
    pub(crate) held: BTreeMap<(Who, Target), Vec<Pos>>,
    /// Each device's list.
    pub(crate) held_list: BTreeMap<Who, Vec<(Target, Option<Pos>, u64)>>,
}

impl World {
    /// Nobody has written yet.
    pub(crate) async fn empty(stage: Stage) -> Self {
        let mut devices = Vec::new();
        for user in USERS {
            let mut of_user = Vec::new();
            for _ in 0..3 {
                of_user.push(stage.device(user).await);
            }
            devices.push(of_user);
        }
        let new = NewGroup {
            name: "all three".into(),
            members: vec![Name::new("ben").unwrap(), Name::new("cleo").unwrap()],
            ..NewGroup::default()
        };
        let group = devices[0][0].client.groups().create(new).await.unwrap();
        Self {
            stage,
            devices,
            group,
            with_ben: Vec::new(),
            with_cleo: Vec::new(),
            in_group: Vec::new(),
            unread: BTreeMap::new(),
        }
    }

    /// Anna and Ben have six messages, Cleo wrote four to Anna, and the group has six. All devices have them.
    pub(crate) async fn new() -> Self {
        let mut world = Self::empty(Stage::new().await).await;
        let all = world.all_three();
        for nth in 0..6 {
            let (user, to) = [(0, peer("ben")), (1, peer("anna"))][nth / 3].clone();
            let id = world.say(user, &to, &format!("between two {nth}")).await;
            world.with_ben.push(id);
        }
        for nth in 0..4 {
            let id = world
                .say(2, &peer("anna"), &format!("from cleo {nth}"))
                .await;
            world.with_cleo.push(id);
        }
        for nth in 0..6 {
            let id = world.say(nth / 2, &all, &format!("to all {nth}")).await;
            world.in_group.push(id);
        }
        world.quiet().await;
        world.forget_told();
        world
    }

    /// Sends from the first device of a user. What its receivers had not read stays unread; the sender has read all.
    async fn say(&mut self, user: usize, to: &Target, text: &str) -> Pos {
        let id = self.devices[user][0].text(to, text).await;
        for (other, _) in USERS.iter().enumerate() {
            if other != user {
                self.unread.entry(other).or_default().insert(id);
            }
        }
        id
    }

    pub(crate) fn all_three(&self) -> Target {
        group(&self.group)
    }

    pub(crate) fn targets(&self) -> Vec<Target> {
        let mut targets: Vec<Target> = USERS.iter().map(|user| peer(user)).collect();
        targets.push(self.all_three());
        targets
    }

    pub(crate) fn anna(&self) -> &Device {
        &self.devices[0][0]
    }

    pub(crate) fn each(&self) -> impl Iterator<Item = (Who, &Device)> {
        let users = self.devices.iter().enumerate();
        users.flat_map(|(user, of_user)| {
            let of_user = of_user.iter().enumerate();
            of_user.map(move |(nth, device)| ((user, nth), device))
        })
    }

    pub(crate) fn forget_told(&self) {
        for (_, device) in self.each() {
            device.told.clear();
        }
    }

    /// Waits until every device has everything that was on its way: a signal from each to the next comes after it.
    pub(crate) async fn quiet(&self) {
        for round in 0..2 {
            let action = format!("quiet {round} {}", self.stage.now());
            for (user, to) in [(0, "ben"), (1, "cleo"), (2, "anna")] {
                self.devices[user][2].signal(&peer(to), &action).await;
            }
            for ((user, nth), device) in self.each() {
                let want = if nth == 2 { 1 } else { 2 };
                let told = std::sync::Arc::clone(&device.told);
                let action = action.clone();
                until(format!("signals at {user} {nth}"), move || {
                    let came = told.pick(|told| match told {
                        Told::Commands(commands) => Some(commands),
                        _ => None,
                    });
                    let came = came.into_iter().flatten();
                    let ours = came.filter(|one| format!("{:?}", one.body).contains(&action));
                    ours.count() >= want
                })
                .await;
            }
        }
    }

    /// Who has what now.
    pub(crate) async fn seen(&self) -> Seen {
        let mut seen = Seen {
            history: BTreeMap::new(),
            list: BTreeMap::new(),
            held: BTreeMap::new(),
            held_list: BTreeMap::new(),
        };
        for (who, device) in self.each() {
            for target in self.targets() {
                if who.1 == 0 && target != device.me() {
                    let history = device.history_ids(&target).await;
                    seen.history.insert((who.0, target.clone()), history);
                }
                let held = device.ids(&target);
                seen.held.insert((who, target), held);
            }
            let list = device.list().into_iter();
            let list = list.map(|row| (row.target, row.latest.map(|last| last.id), row.unread));
            seen.held_list.insert(who, list.collect());
            if who.1 == 0 {
                let list = device.server_list().await.into_iter();
                let list = list.map(|row| (row.target, row.last, row.unread));
                seen.list.insert(who.0, list.collect());
            }
        }
        seen
    }

    /// How many of these messages a user has not read.
    fn unread_of(&self, user: usize, ids: &[Pos]) -> u64 {
        let unread = self.unread.get(&user);
        let count = ids
            .iter()
            .filter(|id| unread.is_some_and(|unread| unread.contains(id)));
        u64::try_from(count.count()).unwrap()
    }

    /// What is left of a server's list when these are what is left of the history.
    pub(crate) fn relist(&self, seen: &mut Seen, user: usize) {
        let list = seen.list.get_mut(&user).unwrap();
        for row in list.iter_mut() {
            let left = &seen.history[&(user, row.0.clone())];
            row.1 = left.last().copied();
            row.2 = row.2.min(self.unread_of(user, left));
        }
        list.retain(|row| row.1.is_some());
        list.sort_by_key(|row| std::cmp::Reverse(row.1));
    }

    /// The same of a device's list.
    pub(crate) fn relist_held(&self, seen: &mut Seen, who: Who) {
        let list = seen.held_list.get_mut(&who).unwrap();
        for row in list.iter_mut() {
            let left = &seen.held[&(who, row.0.clone())];
            row.1 = left.last().copied();
            row.2 = row.2.min(self.unread_of(who.0, left));
        }
        list.retain(|row| row.1.is_some());
        list.sort_by_key(|row| std::cmp::Reverse(row.1));
    }

    /// What Anna's other devices were told of deletions since [`World::forget_told`]; nobody else may have been told
    /// anything. Each device is told after its store has let go.
    pub(crate) fn told_of_deletions(&self) -> Vec<ToldOf> {
        let mut told_of = Vec::new();
        for (who, device) in self.each() {
            let mut told = ToldOf::default();
            for one in device.told.all() {
                match one {
                    Told::Removed(removed, held) => {
                        assert_eq!(held, [], "{who:?} was told before its store let go");
                        told.removed.push(removed);
                    }
                    Told::Conversation(target, change, device) => {
                        told.events.push((target, change, device));
                    }
                    _ => {}
                }
            }
            if who.0 == 0 && who.1 > 0 {
                told_of.push(told);
            } else {
                assert_eq!(told, ToldOf::default(), "{who:?} was told of a deletion");
            }
        }
        told_of
    }
}

/// What a device was told of deletions.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ToldOf {
    pub(crate) removed: Vec<Removed>,
    pub(crate) events: Vec<(Target, ConversationChange, String)>,
}

impl Seen {
    /// These are gone from a user's history.
    pub(crate) fn drop_history(&mut self, user: usize, target: &Target, ids: &[Pos]) {
        let history = self.history.get_mut(&(user, target.clone())).unwrap();
        history.retain(|id| !ids.contains(id));
    }

    /// These are gone from a device.
    pub(crate) fn drop_held(&mut self, who: Who, target: &Target, ids: &[Pos]) {
        let held = self.held.get_mut(&(who, target.clone())).unwrap();
        held.retain(|id| !ids.contains(id));
    }
}
