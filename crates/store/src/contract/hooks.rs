//! The outbox: what integrators are still to be told.

use super::world::{API, World, new_app};
use crate::{Append, DueHook, NewHook, Scope, Store};
use lacuna_domain::Millis;

impl World<'_> {
    async fn note(&self, detail: &str) {
        let hook = NewHook {
            app: self.app,
            detail: detail.to_owned(),
            entry: None,
        };
        self.store.add_hook(hook, self.now()).await.unwrap();
    }

    async fn due_hooks(&self) -> Vec<DueHook> {
        self.store
            .due_hooks(self.app, self.now(), 100)
            .await
            .unwrap()
    }

    async fn details(&self) -> Vec<String> {
        let due = self.due_hooks().await;
        due.into_iter().map(|hook| hook.detail).collect()
    }
}

/// An event is told until it is done; one that failed comes again at its time.
pub async fn are_told_until_done(store: &dyn Store) {
    let world = World::new(store).await;
    for detail in ["one", "two", "three"] {
        world.note(detail).await;
    }
    let due = world.due_hooks().await;
    assert_eq!(world.details().await, ["one", "two", "three"]);
    assert_eq!(
        (due[0].app, due[0].at, due[0].tries, due[0].pos),
        (world.app, world.now(), 0, None)
    );
    store.done_hook(due[1].id).await.unwrap();
    let later = world.now().plus(5_000);
    store.retry_hook(due[0].id, later).await.unwrap();
    assert_eq!(world.details().await, ["three"]);
    world.wait(5_000);
    let again = world.due_hooks().await;
    assert_eq!(
        world.details().await,
        ["three", "one"],
        "the longest due first"
    );
    assert_eq!((again[1].id, again[1].tries), (due[0].id, 1));
    assert_eq!(
        store
            .due_hooks(world.app, world.now(), 1)
            .await
            .unwrap()
            .len(),
        1
    );
    assert!(
        store
            .due_hooks(world.app, Millis(0), 9)
            .await
            .unwrap()
            .is_empty()
    );
}

/// What comes with an entry is there when the entry is, once, and names it.
pub async fn come_with_their_message(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let device = world.device(&alice, "tv").await;
    let append = Append {
        hook: Some("sent".to_owned()),
        client_id: Some((7, [7; 32])),
        ..world.message(&alice, device, &bob.target())
    };
    let sent = store.append(append.clone()).await.unwrap();
    let again = store.append(append.clone()).await.unwrap();
    assert!(again.repeat);
    let nobody = super::world::name("nobody");
    let refused = Append {
        target: lacuna_domain::Target::Peer(nobody),
        client_id: None,
        ..append.clone()
    };
    store.append(refused).await.unwrap_err();
    let due = world.due_hooks().await;
    assert_eq!(due.len(), 1);
    assert_eq!((&*due[0].detail, due[0].pos), ("sent", Some(sent.pos)));
    assert_eq!(due[0].body, Some(append.body));
}

/// L2: a message that nobody sees any more is told without what it says, purged or not.
pub async fn deleted_messages_are_told_without_their_bodies(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let append = Append {
        hook: Some("sent".to_owned()),
        ..world.message(&alice, API, &bob.target())
    };
    store.append(append).await.unwrap();
    world.hide(&alice, Scope::All).await;
    assert!(
        world.due_hooks().await[0].body.is_some(),
        "one still sees it"
    );
    world.hide(&bob, Scope::All).await;
    assert_eq!(world.due_hooks().await[0].body, None);
    while store.purge_step(100).await.unwrap().more {}
    let due = world.due_hooks().await;
    assert_eq!((due.len(), &due[0].body), (1, &None));
}

/// Only the newest wait; the oldest are given up.
pub async fn are_bounded(store: &dyn Store) {
    let world = World::new(store).await;
    for number in 0..10 {
        world.note(&number.to_string()).await;
    }
    assert_eq!(store.trim_hooks(world.app, 10).await.unwrap(), 0);
    assert_eq!(store.trim_hooks(world.app, 3).await.unwrap(), 7);
    assert_eq!(world.details().await, ["7", "8", "9"]);
    assert_eq!(store.trim_hooks(world.app, 3).await.unwrap(), 0);
    // What waits counts, not how many there ever were; and what waits for others does not.
    let other = store.create_app(new_app("other", 0)).await.unwrap().id;
    for _ in 0..5 {
        let hook = NewHook {
            app: other,
            detail: "theirs".to_owned(),
            entry: None,
        };
        store.add_hook(hook, world.now()).await.unwrap();
    }
    assert_eq!(store.trim_hooks(world.app, 3).await.unwrap(), 0);
    assert_eq!(world.details().await, ["7", "8", "9"]);
    let last = world.due_hooks().await[2].id;
    for hook in world.due_hooks().await {
        store.done_hook(hook.id).await.unwrap();
    }
    assert_eq!(store.trim_hooks(world.app, 3).await.unwrap(), 0);
    world.note("new").await;
    assert!(
        world.due_hooks().await[0].id > last,
        "numbers are not used again"
    );
}
