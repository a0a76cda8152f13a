//! Files: they belong to the messages that speak of them, and go with the last.

use super::changing::query;
use super::world::{API, Who, World};
use crate::{
    Append, Appended, EntryKind, Error, FileContent, Group, GroupAct, MessageAct, MessageChange,
    NewFile, RecordId, RecordKind, RecordOwner, RecordWrite, Scope, Store, Sweep,
};
use bytes::Bytes;
use lacuna_domain::limits::{FILE_UNSENT_MS, FILES_UNSENT_MAX, SIGNAL_RETENTION_MS};
use lacuna_domain::{AccountId, FileId, Millis, Target};

const HOUR_MS: u64 = 3600 * 1000;

fn content() -> FileContent {
    FileContent {
        bytes: 7,
        content_type: "image/png".to_owned(),
        secret_sha256: Some([9; 32]),
        thumbnail: true,
    }
}

impl World<'_> {
    async fn begin(&self, number: u128, account: Option<AccountId>) -> Result<FileId, Error> {
        let id = FileId(number);
        let file = NewFile {
            id,
            app: self.app,
            account,
            due: self.now().plus(HOUR_MS),
        };
        self.store.add_file(file, self.now()).await?;
        Ok(id)
    }

    async fn upload(&self, number: u128, who: &Who) -> FileId {
        let id = self.begin(number, Some(who.id)).await.unwrap();
        let due = self.now().plus(FILE_UNSENT_MS);
        assert!(self.store.finish_file(id, content(), due).await.unwrap());
        id
    }

    async fn send_files(&self, from: &Who, target: &Target, files: &[FileId]) -> Appended {
        let append = Append {
            files: files.to_vec(),
            ..self.message(from, API, target)
        };
        self.store.append(append).await.unwrap()
    }

    /// Purges everything, then says which files are to be removed.
    async fn doomed(&self) -> Vec<FileId> {
        while self.store.purge_step(100).await.unwrap().more {}
        self.due().await
    }

    async fn due(&self) -> Vec<FileId> {
        let due = self.store.doomed_files(self.now(), 100).await.unwrap();
        due.iter().map(|file| file.id).collect()
    }

    async fn known(&self, id: FileId) -> bool {
        self.store.file(id).await.unwrap().is_some()
    }
}

/// What is known of a file is what was noted; an upload that goes on has no content.
pub async fn are_noted(store: &dyn Store) {
    let (world, alice, _) = World::pair(store).await;
    let id = world.begin(5, Some(alice.id)).await.unwrap();
    let begun = store.file(id).await.unwrap().unwrap();
    assert_eq!(
        (begun.id, begun.app, begun.account, begun.content),
        (id, world.app, Some(alice.id), None)
    );
    assert_eq!(begun.created, world.now());
    let due = world.now().plus(FILE_UNSENT_MS);
    assert!(store.finish_file(id, content(), due).await.unwrap());
    assert!(
        !store.finish_file(id, content(), due).await.unwrap(),
        "an upload ends once"
    );
    let whole = store.file(id).await.unwrap().unwrap();
    assert_eq!(whole.content, Some(content()));
    assert!(!world.known(FileId(6)).await);
    assert!(!store.finish_file(FileId(6), content(), due).await.unwrap());
    let by_app = world.begin(u128::MAX, None).await.unwrap();
    assert_eq!(store.file(by_app).await.unwrap().unwrap().account, None);
}

/// L7: a file goes with the last body that speaks of it, in the act that overwrites the body, and not before.
pub async fn go_with_their_last_message(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let (one, two) = (world.upload(1, &alice).await, world.upload(2, &alice).await);
    let first = world.send_files(&alice, &bob.target(), &[one, two]).await;
    let second = world.send_files(&bob, &alice.target(), &[one, one]).await;
    world.wait(2 * FILE_UNSENT_MS);
    world.hide(&alice, Scope::All).await;
    assert_eq!(world.doomed().await, [], "the other side sees them");
    world
        .hide(&bob, Scope::Ids(alice.target(), vec![first.pos]))
        .await;
    assert_eq!(world.doomed().await, [two]);
    assert!(world.known(one).await && !world.known(two).await);
    store.drop_file(one).await.unwrap();
    assert!(
        world.known(one).await,
        "what is not doomed is not forgotten"
    );
    store.drop_file(two).await.unwrap();
    world
        .hide(&bob, Scope::Ids(alice.target(), vec![second.pos]))
        .await;
    assert_eq!(world.doomed().await, [one]);
    store.drop_file(one).await.unwrap();
    assert_eq!(world.due().await, []);
}

/// What no message ever spoke of goes when its time has come, and then no message can keep it.
pub async fn unsent_ones_go(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let (sent, unsent) = (world.upload(1, &alice).await, world.upload(2, &alice).await);
    let unfinished = world.begin(3, Some(alice.id)).await.unwrap();
    world
        .send_files(&alice, &bob.target(), &[sent, unfinished])
        .await;
    world.wait(HOUR_MS);
    assert_eq!(world.due().await, [unfinished], "it was not whole");
    world.wait(FILE_UNSENT_MS);
    assert_eq!(world.due().await, [unfinished, unsent]);
    world.send_files(&alice, &bob.target(), &[unsent]).await;
    assert!(!world.known(unsent).await);
    let due = world.now().plus(FILE_UNSENT_MS);
    assert!(!store.finish_file(unfinished, content(), due).await.unwrap());
    assert_eq!(
        world.due().await,
        [unfinished, unsent],
        "until they are dropped"
    );
    assert!(world.known(sent).await);
}

/// A removal that failed is tried again at its time.
pub async fn removals_are_tried_again(store: &dyn Store) {
    let (world, alice, _) = World::pair(store).await;
    let (one, two) = (world.upload(1, &alice).await, world.upload(2, &alice).await);
    store.discard_file(one).await.unwrap();
    store.discard_file(two).await.unwrap();
    store
        .retry_file(one, world.now().plus(5_000))
        .await
        .unwrap();
    assert_eq!(world.due().await, [two]);
    world.wait(5_000);
    let due = store.doomed_files(world.now(), 1).await.unwrap();
    assert_eq!(
        due.iter()
            .map(|file| (file.id, file.tries))
            .collect::<Vec<_>>(),
        [(two, 0)]
    );
    store.drop_file(two).await.unwrap();
    let due = store.doomed_files(world.now(), 1).await.unwrap();
    assert_eq!(
        due.iter()
            .map(|file| (file.id, file.tries))
            .collect::<Vec<_>>(),
        [(one, 1)]
    );
}

/// A file of another application is nothing to a message.
pub async fn stay_in_their_application(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let foreign = FileId(1);
    let other = store
        .create_app(super::world::new_app("other", 0))
        .await
        .unwrap();
    let file = NewFile {
        id: foreign,
        app: other.id,
        account: None,
        due: world.now().plus(HOUR_MS),
    };
    store.add_file(file, world.now()).await.unwrap();
    let due = world.now().plus(HOUR_MS);
    assert!(store.finish_file(foreign, content(), due).await.unwrap());
    world.send_files(&alice, &bob.target(), &[foreign]).await;
    world.wait(2 * HOUR_MS);
    assert_eq!(world.due().await, [foreign]);
}

/// A directed message is a signal: its files go when it does.
pub async fn go_with_old_signals(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let file = world.upload(1, &alice).await;
    let signal = Append {
        kind: EntryKind::Signal { ref_seq: None },
        files: vec![file],
        ..world.message(&alice, API, &bob.target())
    };
    store.append(signal).await.unwrap();
    world.wait(SIGNAL_RETENTION_MS - HOUR_MS);
    assert_eq!(world.due().await, []);
    world.wait(2 * HOUR_MS);
    let sweep = Sweep {
        now: world.now(),
        limit: 100,
    };
    store.sweep(sweep).await.unwrap();
    assert_eq!(world.due().await, [file]);
}

/// With an account goes what it uploaded and nobody got; what others see stays until they have deleted it.
pub async fn go_with_their_account(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let (sent, unsent) = (world.upload(1, &alice).await, world.upload(2, &alice).await);
    let theirs = world.upload(3, &bob).await;
    world.send_files(&alice, &bob.target(), &[sent]).await;
    store
        .delete_account(world.app, &alice.name, None, world.now())
        .await
        .unwrap();
    assert_eq!(world.doomed().await, [unsent]);
    assert!(world.known(sent).await && world.known(theirs).await);
    store
        .delete_account(world.app, &bob.name, None, world.now())
        .await
        .unwrap();
    let mut doomed = world.doomed().await;
    doomed.sort();
    assert_eq!(doomed, [sent, unsent, theirs]);
}

/// An account has only so many files that no message speaks of.
pub async fn unsent_ones_are_bounded(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let most = u128::try_from(FILES_UNSENT_MAX).unwrap();
    for number in 1..=most {
        world.upload(number, &alice).await;
    }
    let one_more = world.begin(most + 1, Some(alice.id)).await;
    assert!(matches!(one_more, Err(Error::LimitReached)));
    world.upload(most + 2, &bob).await;
    world.begin(most + 3, None).await.unwrap();
    world.send_files(&alice, &bob.target(), &[FileId(1)]).await;
    store.discard_file(FileId(2)).await.unwrap();
    world.upload(most + 4, &alice).await;
    world.upload(most + 5, &alice).await;
    assert!(world.begin(most + 6, Some(alice.id)).await.is_err());
    assert_eq!(store.doomed_files(Millis(0), 9).await.unwrap().len(), 1);
}

/// L7: an edit has a body of its own, which speaks of its own files; those that only the replaced body spoke of go with that.
pub async fn stay_with_edited_messages(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let to_bob = bob.target();
    let kept = world.upload(1, &alice).await;
    let dropped = world.upload(2, &alice).await;
    let brought = world.upload(3, &alice).await;
    let sent = world.send_files(&alice, &to_bob, &[kept, dropped]).await;
    let found = store.message(query(&world, &alice, &to_bob, sent.pos));
    let before = found.await.unwrap().unwrap().body_id;
    let act = MessageAct::Edit {
        before,
        body: Bytes::from_static(b"edited"),
    };
    let edit = Append {
        kind: EntryKind::Signal { ref_seq: None },
        files: vec![kept, brought],
        changes: Some(MessageChange { pos: sent.pos, act }),
        ..world.message(&alice, API, &to_bob)
    };
    store.append(edit).await.unwrap();
    assert_eq!(world.doomed().await, [dropped]);
    store.drop_file(dropped).await.unwrap();
    world.wait(2 * FILE_UNSENT_MS);
    assert_eq!(world.doomed().await, []);
    world.wait(SIGNAL_RETENTION_MS);
    let sweep = Sweep {
        now: world.now(),
        limit: 10,
    };
    assert_eq!(store.sweep(sweep).await.unwrap().signals, 1);
    assert_eq!(world.doomed().await, [], "only what told of it goes");
    for who in [&alice, &bob] {
        assert!(world.known(kept).await && world.known(brought).await);
        world.hide(who, Scope::All).await;
    }
    assert_eq!(world.doomed().await, [kept, brought]);
}

/// The record of a file that a group shares.
fn shared(group: &Group, file: FileId) -> RecordId {
    let owner = RecordOwner::Conversation(group.conversation);
    RecordId::new(owner, RecordKind::SharedFile, file.to_string())
}

/// L7: what a group shares stays without any message, and goes in the act that drops the last record or body that has it.
pub async fn stay_while_they_are_shared(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let (group, other) = (world.group(&alice).await, world.group(&bob).await);
    let ids = [world.upload(1, &alice).await, world.upload(2, &alice).await];
    let [one, sent] = ids;
    let foreign = store.create_app(super::world::new_app("other", 0)).await;
    let foreign = RecordWrite::new(foreign.unwrap().id).put(shared(&other, one), "");
    store.write_records(foreign, world.now()).await.unwrap();
    let mut write = RecordWrite::new(world.app).put(shared(&other, sent), "");
    for file in ids {
        write = write.put(shared(&group, file), "");
    }
    store.write_records(write, world.now()).await.unwrap();
    let message = world.send_files(&alice, &bob.target(), &[sent]).await;
    world.wait(2 * FILE_UNSENT_MS);
    assert_eq!(world.due().await, []);
    let unshare = |group: &Group, file| {
        let write = RecordWrite::new(world.app).remove(shared(group, file));
        store.write_records(write, world.now())
    };
    unshare(&group, one).await.unwrap();
    assert_eq!(
        world.due().await,
        [one],
        "another application keeps nothing"
    );
    store.drop_file(one).await.unwrap();
    unshare(&group, sent).await.unwrap();
    for who in [&alice, &bob] {
        let peer = if who.id == alice.id { &bob } else { &alice };
        let scope = Scope::Ids(peer.target(), vec![message.pos]);
        world.hide(who, scope).await;
    }
    assert_eq!(world.doomed().await, [], "another group shares it");
    let end = world.now().plus(HOUR_MS);
    let write = RecordWrite::new(world.app).put_until(shared(&other, sent), "", end);
    store.write_records(write, world.now()).await.unwrap();
    world.wait(2 * HOUR_MS);
    let sweep = Sweep {
        now: world.now(),
        limit: 100,
    };
    store.sweep(sweep).await.unwrap();
    assert_eq!(world.due().await, [sent], "its record ended");
}

/// L7: with a group goes what it shares, unless a message has it; a write that is refused keeps nothing.
pub async fn go_with_the_group_that_shares_them(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let group = world.group(&alice).await;
    let (one, sent) = (world.upload(1, &alice).await, world.upload(2, &alice).await);
    let refused = world.upload(3, &alice).await;
    let owner = RecordOwner::Conversation(group.conversation);
    let mut write = RecordWrite::new(world.app).at_most(owner, RecordKind::SharedFile, 2);
    for file in [one, sent] {
        write = write.put(shared(&group, file), "");
    }
    store
        .write_records(write.clone(), world.now())
        .await
        .unwrap();
    let write = write.put(shared(&group, refused), "");
    let full = store.write_records(write, world.now()).await;
    assert!(matches!(full, Err(Error::LimitReached)));
    world.send_files(&alice, &bob.target(), &[sent]).await;
    world.wait(2 * FILE_UNSENT_MS);
    assert_eq!(world.due().await, [refused]);
    store.drop_file(refused).await.unwrap();
    world.regroup(&group.id, GroupAct::Destroy).await;
    assert_eq!(world.due().await, [one]);
    assert!(world.known(sent).await);
}
