//! Deleted accounts: what they wrote goes under another name.

use super::changing::edit;
use super::world::{API, Who, World, name};
use crate::{
    Append, FileContent, Group, GroupSettings, Hold, NewFile, NewGroup, RecordId, RecordKind,
    RecordOwner, RecordWrite, Rename, Scope, Store, ThreadParent,
};
use bytes::Bytes;
use lacuna_domain::{FileId, MessageKind, Name, Pos, Target, Version};

impl World<'_> {
    /// Deletes an account under another name.
    async fn forget(&self, who: &Who, alias: &str) {
        let alias = Some(name(alias));
        let gone = self
            .store
            .delete_account(self.app, &who.name, alias, self.now())
            .await;
        gone.unwrap();
    }

    /// Renames by steps of two messages; says how many were renamed.
    async fn rename(&self) -> usize {
        let mut renamed = 0;
        for _ in 0..1000 {
            let step = Rename {
                now: self.now(),
                limit: 2,
                body: in_text,
                value: |_, value, name, alias| {
                    let old = text(value);
                    let words = old.split(' ').map(|word| {
                        let is = word == name.as_str();
                        if is { alias.as_str() } else { word }
                    });
                    let new = words.collect::<Vec<_>>().join(" ");
                    (new != old).then(|| new.into())
                },
            };
            let done = self.store.rename_step(step).await.unwrap();
            assert!(done.renamed <= 2);
            renamed += done.renamed;
            if !done.more {
                return renamed;
            }
        }
        panic!("the renaming does not end");
    }

    /// Says something that has its sender's name in it.
    async fn say(&self, from: &Who, target: &Target) -> Pos {
        let append = Append {
            body: Bytes::from(format!("by {}", from.name)),
            ..self.message(from, API, target)
        };
        self.store.append(append).await.unwrap().pos
    }

    /// What somebody reads, and by whom, the oldest first.
    async fn read(&self, who: &Who, target: &Target) -> Vec<(String, String)> {
        let page = self.page(&self.query(who, target)).await;
        let all = page.entries.iter();
        all.map(|entry| (entry.sender.to_string(), text(&entry.body)))
            .collect()
    }
}

fn in_text(body: &[u8], name: &Name, alias: &Name) -> Option<Bytes> {
    let old = text(body);
    let new = old.replace(name.as_str(), alias.as_str());
    (new != old).then(|| new.into())
}

fn text(body: &[u8]) -> String {
    String::from_utf8(body.to_vec()).unwrap()
}

fn said(by: &[&str]) -> Vec<(String, String)> {
    let all = by.iter();
    all.map(|name| ((*name).to_owned(), format!("by {name}")))
        .collect()
}

/// What somebody has of a conversation, but for what it says: nothing of it is touched.
async fn places(world: &World<'_>, who: &Who, target: &Target) -> String {
    let phone = world.device(who, "phone").await;
    let row = world.row(who, target).await.unwrap();
    let due = world.inbox(who, phone, row.conversation).await;
    let (history, facts) = (
        world.history(who, target).await,
        world.facts(who, Version(0)).await,
    );
    let last = row.last.map(|last| last.pos);
    format!("{last:?} {} {due:?} {history:?} {facts:?}", row.unread)
}

/// A group of bob's that alice is in.
async fn group(store: &dyn Store) -> (World<'_>, Who, Who, Group, Target) {
    let (world, alice, bob) = World::pair(store).await;
    let group = world.group(&bob).await;
    world.join(&group, &alice).await;
    let target = Target::Group(group.id.clone());
    (world, alice, bob, group, target)
}

/// In groups, those that it had left included, and in threads; what the next of that name writes is theirs. Nothing else changes.
pub async fn what_was_written_in_groups(store: &dyn Store) {
    let (world, alice, bob, group, target) = group(store).await;
    let carol = world.account("carol").await;
    let mut ids = Vec::new();
    for who in [&alice, &bob, &alice, &alice, &bob] {
        ids.push(world.say(who, &target).await);
    }
    let thread = NewGroup {
        app: world.app,
        owner: alice.name.clone(),
        settings: GroupSettings {
            members_max: 10,
            parent: Some(ThreadParent {
                group: group.id.clone(),
                message: ids[0],
            }),
            ..GroupSettings::default()
        },
    };
    let thread = store.create_group(thread, world.now()).await.unwrap();
    world.say(&alice, &bob.target()).await;
    let left = world.group(&carol).await;
    let of_carol = Target::Group(left.id.clone());
    world.join(&left, &alice).await;
    world.say(&alice, &of_carol).await;
    world.leave(&left, &alice).await;
    world.leave(&group, &alice).await;
    world
        .hide(&bob, Scope::Ids(target.clone(), vec![ids[3]]))
        .await;

    world.forget(&alice, "deleted-1").await;
    let again = world.account("alice").await;
    world.join(&group, &again).await;
    world.say(&again, &target).await;
    let before = places(&world, &bob, &target).await;
    assert_eq!(world.rename().await, 4);
    assert_eq!(world.rename().await, 0, "once is enough");
    let read = said(&["deleted-1", "bob", "deleted-1", "bob", "alice"]);
    assert_eq!(world.read(&bob, &target).await, read);
    assert_eq!(world.read(&again, &target).await, said(&["alice"]));
    assert_eq!(world.read(&carol, &of_carol).await, said(&["deleted-1"]));
    assert_eq!(world.read(&bob, &alice.target()).await, said(&["alice"]));
    let thread = store.group(world.app, &thread.id).await.unwrap().unwrap();
    assert_eq!(thread.owner, name("deleted-1"));
    let mut of = world.query(&bob, &target);
    of.sender = Some(name("deleted-1"));
    assert_eq!(world.pages(of).await, [ids[0], ids[2]]);

    assert_eq!(places(&world, &bob, &target).await, before);
    // The bodies as they were, and the one that nobody sees any more, which bob deleted and alice had.
    assert_eq!(store.purge_step(100).await.unwrap().purged, 5);
}

/// What is kept beside messages goes with them: reactions, and who was first, pins. What the next of that name does is theirs.
pub async fn what_was_done_in_groups(store: &dyn Store) {
    let (world, alice, bob, group, target) = group(store).await;
    let id = world.say(&bob, &target).await;
    let owner = RecordOwner::Conversation(group.conversation);
    let by = |reaction: &str, user: &str| {
        RecordId::new(
            owner,
            RecordKind::ReactionBy,
            format!("{id}/{reaction}/{user}"),
        )
    };
    let first =
        |reaction: &str| RecordId::new(owner, RecordKind::Reaction, format!("{id}/{reaction}"));
    let pin = RecordId::new(owner, RecordKind::MessagePin, id.to_string());
    let write = RecordWrite::new(world.app)
        .put(by("+1", "alice"), "")
        .put(by("+1", "malice"), "")
        .put(first("+1"), "malice, then alice")
        .put(by("alice", "bob"), "")
        .put(first("alice"), "bob")
        .put(pin.clone(), "alice");
    store.write_records(write, world.now()).await.unwrap();
    world.forget(&alice, "deleted-1").await;
    world.wait(1_000);
    let again = RecordWrite::new(world.app)
        .put(by("late", "alice"), "")
        .put(first("late"), "alice");
    store.write_records(again, world.now()).await.unwrap();
    assert_eq!(world.rename().await, 2);
    let there = [
        by("+1", "deleted-1"),
        by("+1", "malice"),
        first("+1"),
        by("alice", "bob"),
        first("alice"),
        pin,
        by("late", "alice"),
        first("late"),
        by("+1", "alice"),
    ];
    let found = store.record(there.to_vec(), world.now()).await.unwrap();
    let values: Vec<_> = found
        .iter()
        .map(|record| record.as_ref().map(|record| text(&record.value)))
        .collect();
    let want = [
        "",
        "",
        "malice, then deleted-1",
        "",
        "bob",
        "deleted-1",
        "",
        "alice",
    ];
    let want = want.map(|value| Some(value.to_owned()));
    assert_eq!(values, [want.as_slice(), &[None]].concat());
}

/// In chat rooms, those that it had left included: nothing but that is remembered of a stay there.
pub async fn what_was_written_in_rooms(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let phone = world.device(&alice, "phone").await;
    let room = NewGroup {
        app: world.app,
        owner: bob.name.clone(),
        settings: GroupSettings {
            members_max: 10,
            room: true,
            ..GroupSettings::default()
        },
    };
    let room = store.create_group(room, world.now()).await.unwrap();
    let target = Target::Group(room.id.clone());
    world.join(&room, &alice).await;
    let append = Append {
        room: true,
        body: Bytes::from_static(b"by alice"),
        ..world.message(&alice, phone, &target)
    };
    store.append(append).await.unwrap();
    world.leave(&room, &alice).await;
    assert_eq!(world.read(&bob, &target).await, said(&["alice"]));
    // A hold on who wrote there holds the room, though they left it.
    let hold = Hold::User(alice.name.clone());
    assert!(
        store
            .hold(world.app, hold.clone(), world.now())
            .await
            .unwrap()
    );
    world.hide(&bob, Scope::Conversation(target.clone())).await;
    assert_eq!(store.purge_step(100).await.unwrap().purged, 0);
    assert!(store.release(world.app, hold).await.unwrap());
    let kept = Append {
        room: true,
        body: Bytes::from_static(b"by alice"),
        ..world.message(&alice, API, &target)
    };
    let kept = Append {
        check_member: false,
        ..kept
    };
    store.append(kept).await.unwrap();
    assert_eq!(store.purge_step(100).await.unwrap().purged, 1);
    world.forget(&alice, "deleted-1").await;
    assert_eq!(world.rename().await, 2);
    assert_eq!(world.read(&bob, &target).await, said(&["deleted-1"]));
}

/// A body keeps its files when a name in it changes, and an edit that a device is still to hear of is heard of.
pub async fn files_and_edits_stay(store: &dyn Store) {
    let (world, alice, bob, _, target) = group(store).await;
    let phone = world.device(&bob, "phone").await;
    let file = FileId(7);
    let new = NewFile {
        id: file,
        app: world.app,
        account: Some(bob.id),
        due: world.now().plus(1),
    };
    store.add_file(new, world.now()).await.unwrap();
    let content = FileContent {
        bytes: 1,
        ..FileContent::default()
    };
    assert!(store.finish_file(file, content, world.now()).await.unwrap());
    let append = Append {
        files: vec![file],
        body: Bytes::from_static(b"by alice"),
        ..world.message(&alice, API, &target)
    };
    let sent = store.append(append).await.unwrap();
    let edited = world.say(&alice, &target).await;
    edit(&world, &alice, &target, (edited, "edited by alice"))
        .await
        .unwrap();
    world.forget(&alice, "deleted-1").await;
    assert_eq!(world.rename().await, 2);
    store.purge_step(100).await.unwrap();
    world.wait(1_000);
    assert!(store.doomed_files(world.now(), 9).await.unwrap().is_empty());
    let due = world
        .inbox_page(&bob, phone, sent.conversation, None)
        .await
        .entries;
    let heard: Vec<_> = due
        .iter()
        .filter(|entry| entry.kind == MessageKind::Edit)
        .map(|entry| (entry.edits, text(&entry.body)))
        .collect();
    assert_eq!(heard, [(Some(edited), "edited by deleted-1".to_owned())]);
    world.hide(&bob, Scope::All).await;
    while store.purge_step(100).await.unwrap().more {}
    let doomed = store.doomed_files(world.now(), 9).await.unwrap();
    assert_eq!(doomed.len(), 1, "the file goes with the message");
}

/// What is on hold stays as it is until that ends.
pub async fn waits_for_holds(store: &dyn Store) {
    let (world, alice, bob, group, target) = group(store).await;
    let free = world.group(&bob).await;
    let elsewhere = Target::Group(free.id.clone());
    world.join(&free, &alice).await;
    for to in [&target, &elsewhere] {
        world.say(&alice, to).await;
    }
    let key = lacuna_domain::ConversationKey::Group(group.id.clone());
    let hold = Hold::Conversation(key);
    let held = store.hold(world.app, hold.clone(), world.now()).await;
    assert!(held.unwrap());
    world.forget(&alice, "deleted-1").await;
    assert_eq!(world.rename().await, 1);
    assert_eq!(world.read(&bob, &target).await, said(&["alice"]));
    assert_eq!(world.read(&bob, &elsewhere).await, said(&["deleted-1"]));
    assert!(store.release(world.app, hold).await.unwrap());
    assert_eq!(world.rename().await, 1);
    assert_eq!(world.read(&bob, &target).await, said(&["deleted-1"]));
}
