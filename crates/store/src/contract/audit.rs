//! The audit of acts, and holds.

use super::changing::{edit, recall};
use super::world::{API, Who, World, name};
use crate::{Append, EntryKind, Error, Hold, NewAudit, Scope, Store, Sweep};
use lacuna_domain::limits::{AUDIT_MS, SIGNAL_RETENTION_MS};
use lacuna_domain::{ConversationKey, Name, Target};

impl World<'_> {
    fn audit(&self, act: &str, count: u64) -> NewAudit {
        NewAudit {
            app: self.app,
            actor: Name::admin(),
            act: act.to_owned(),
            target: "alice".to_owned(),
            count,
        }
    }

    async fn purge_all(&self) -> usize {
        let mut purged = 0;
        loop {
            let step = self.store.purge_step(10).await.unwrap();
            purged += step.purged;
            if !step.more {
                return purged;
            }
        }
    }

    async fn hold(&self, hold: &Hold) -> Result<bool, Error> {
        self.store.hold(self.app, hold.clone(), self.now()).await
    }

    async fn release(&self, hold: &Hold) -> Result<bool, Error> {
        self.store.release(self.app, hold.clone()).await
    }

    async fn sweep_all(&self) -> usize {
        let sweep = Sweep {
            now: self.now(),
            limit: 10,
        };
        let mut signals = 0;
        loop {
            let swept = self.store.sweep(sweep).await.unwrap();
            signals += swept.signals;
            if !swept.more {
                return signals;
            }
        }
    }
}

fn direct(one: &Who, other: &Who) -> ConversationKey {
    other.target().key(&one.name)
}

/// Acts are kept in their order, in pages, for their time, and for their application.
pub async fn acts_are_audited(store: &dyn Store) {
    let world = World::new(store).await;
    for number in 0..5 {
        let act = world.audit("user.deleted", number);
        store.add_audit(act, world.now()).await.unwrap();
        world.wait(1000);
    }
    let page = store.audit(world.app, None, 2).await.unwrap();
    let counts: Vec<u64> = page.iter().map(|row| row.act.count).collect();
    assert_eq!(counts, [4, 3]);
    assert_eq!(page[0].act, world.audit("user.deleted", 4));
    assert_eq!(page[0].at, world.now().minus(1000));
    let rest = store.audit(world.app, Some(page[1].id), 9).await.unwrap();
    let counts: Vec<u64> = rest.iter().map(|row| row.act.count).collect();
    assert_eq!(counts, [2, 1, 0]);
    let other = store
        .create_app(super::world::new_app("other", 0))
        .await
        .unwrap();
    assert!(store.audit(other.id, None, 9).await.unwrap().is_empty());
    world.wait(AUDIT_MS - 3000);
    world.sweep_all().await;
    let left = store.audit(world.app, None, 9).await.unwrap();
    let counts: Vec<u64> = left.iter().map(|row| row.act.count).collect();
    assert_eq!(counts, [4, 3]);
}

/// What is deleted in a conversation on hold is gone for everybody, and purged when the hold ends.
pub async fn held_conversations_are_not_purged(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let carol = world.account("carol").await;
    let hold = Hold::Conversation(direct(&alice, &bob));
    assert!(!world.hold(&hold).await.unwrap(), "there is none yet");
    world.send_many(&alice, &bob.target(), 3).await;
    world.send_many(&alice, &carol.target(), 2).await;
    assert!(world.hold(&hold).await.unwrap());
    assert!(world.hold(&hold).await.unwrap(), "once more");
    for who in [&alice, &bob, &carol] {
        world.hide(who, Scope::All).await;
        assert!(world.list(who).await.is_empty());
    }
    assert_eq!(world.purge_all().await, 2, "the other conversation");
    assert_eq!(world.purge_all().await, 0);
    assert!(world.release(&hold).await.unwrap());
    assert!(!world.release(&hold).await.unwrap());
    assert_eq!(world.purge_all().await, 3);
    assert!(world.history(&bob, &alice.target()).await.is_empty());
}

/// A hold on a user holds every conversation that it is or was in, and its account.
pub async fn held_users_keep_their_conversations(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let carol = world.account("carol").await;
    let group = world.group(&alice).await;
    world.join(&group, &bob).await;
    let target = Target::Group(group.id.clone());
    world.send_many(&alice, &target, 2).await;
    world.leave(&group, &bob).await;
    world.send_many(&alice, &carol.target(), 4).await;
    let (bobs, alices) = (Hold::User(bob.name.clone()), Hold::User(alice.name.clone()));
    assert!(world.hold(&bobs).await.unwrap());
    assert!(world.hold(&alices).await.unwrap());
    let nobody = Hold::User(name("nobody"));
    assert!(matches!(
        world.hold(&nobody).await,
        Err(Error::NoAccount(_))
    ));
    let deleted = store
        .delete_account(world.app, &bob.name, None, world.now())
        .await;
    assert!(matches!(deleted, Err(Error::Held(_))));
    for who in [&alice, &bob, &carol] {
        world.hide(who, Scope::All).await;
    }
    assert_eq!(world.purge_all().await, 0);
    assert!(store.is_held(alice.id).await.unwrap() && !store.is_held(carol.id).await.unwrap());
    assert!(world.release(&alices).await.unwrap());
    assert!(!store.is_held(alice.id).await.unwrap());
    assert_eq!(
        world.purge_all().await,
        4,
        "the group is on hold for the other"
    );
    assert!(world.release(&bobs).await.unwrap());
    assert_eq!(world.purge_all().await, 2);
    store
        .delete_account(world.app, &bob.name, None, world.now())
        .await
        .unwrap();
}

/// Signals of a conversation on hold stay past their time.
pub async fn held_signals_stay(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let signal = || Append {
        kind: EntryKind::Signal { ref_seq: None },
        ..world.message(&alice, API, &bob.target())
    };
    store.append(signal()).await.unwrap();
    for hold in [
        Hold::Conversation(direct(&alice, &bob)),
        Hold::User(bob.name.clone()),
    ] {
        assert!(world.hold(&hold).await.unwrap());
        world.wait(SIGNAL_RETENTION_MS + 1000);
        assert_eq!(world.sweep_all().await, 0);
        assert!(world.release(&hold).await.unwrap());
    }
    assert_eq!(world.sweep_all().await, 1);
}

/// What is recalled or edited in a conversation on hold is changed for everybody, and the bodies before are purged when the hold
/// ends.
pub async fn held_conversations_keep_what_was_recalled_and_edited(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let carol = world.account("carol").await;
    let ids = world.send_many(&alice, &bob.target(), 2).await;
    let free = world.send_many(&alice, &carol.target(), 1).await;
    let (bobs, chat) = (
        Hold::User(bob.name.clone()),
        Hold::Conversation(direct(&alice, &bob)),
    );
    for hold in [&bobs, &chat] {
        assert!(world.hold(hold).await.unwrap());
    }
    recall(&world, &alice, &bob.target(), ids[0]).await;
    for text in ["first", "second"] {
        edit(&world, &alice, &bob.target(), (ids[1], text))
            .await
            .unwrap();
    }
    edit(&world, &alice, &carol.target(), (free[0], "first"))
        .await
        .unwrap();
    assert_eq!(world.history(&bob, &alice.target()).await, [ids[1]]);
    assert_eq!(world.purge_all().await, 1, "the other conversation");
    assert!(world.release(&bobs).await.unwrap());
    assert_eq!(world.purge_all().await, 0);
    assert!(world.release(&chat).await.unwrap());
    assert_eq!(world.purge_all().await, 3);
    assert_eq!(world.purge_all().await, 0);
    assert_eq!(world.history(&bob, &alice.target()).await, [ids[1]]);
}
