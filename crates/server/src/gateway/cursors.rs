//! Cursors on their way to the store: the latest of each, written together.
//!
//! A cursor that is lost costs a device a page that it has already seen, never a message; so acknowledgements are not awaited.
//! A lost one of what a device sent costs only that it may not notice that it was restored to before that.

use lacuna_domain::{ConversationId, DeviceId};
use lacuna_store::{Cursor, CursorSave, Error, Store};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// How long cursors are gathered before they are written.
const GATHER: Duration = Duration::from_millis(10);

/// Which cursor of which device.
type Key = (DeviceId, Which);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Which {
    Conversation(ConversationId),
    Events,
    Sent,
}

/// Gathers cursors and writes them.
#[derive(Debug)]
pub(super) struct CursorSaver {
    store: Arc<dyn Store>,
    waiting: Mutex<HashMap<Key, CursorSave>>,
    /// Held while cursors are written, so that who settles waits for a write under way.
    writing: tokio::sync::Mutex<()>,
    filled: Notify,
}

impl CursorSaver {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            waiting: Mutex::default(),
            writing: tokio::sync::Mutex::default(),
            filled: Notify::new(),
        }
    }

    /// Takes a cursor to be written soon; an earlier one of the same queue is forgotten.
    pub(super) fn put(&self, save: CursorSave) {
        let was_empty = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let was_empty = waiting.is_empty();
            waiting
                .entry(key(&save))
                .and_modify(|old| *old = later(*old, save))
                .or_insert(save);
            was_empty
        };
        if was_empty {
            self.filled.notify_one();
        }
    }

    /// Writes what waits. What cannot be written now waits on, unless the store is gone.
    pub(super) async fn flush(&self) {
        let _writing = self.writing.lock().await;
        let taken =
            std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        if taken.is_empty() {
            return;
        }
        let saves: Vec<CursorSave> = taken.into_values().collect();
        match self.store.save_cursors(saves.clone()).await {
            Ok(()) => {}
            Err(Error::Busy) => saves.into_iter().for_each(|save| self.put(save)),
            Err(error) => {
                tracing::warn!(%error, count = saves.len(), "cursors not saved: their devices will get pages again");
            }
        }
    }

    /// Waits until every cursor of a device that was put is written. Says whether any may have been written meanwhile.
    pub(super) async fn settle(&self, device: DeviceId) -> bool {
        let was_writing = self.writing.try_lock().is_err();
        if was_writing {
            drop(self.writing.lock().await);
        }
        let waits = self
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .keys()
            .any(|key| key.0 == device);
        if waits {
            self.flush().await;
        }
        was_writing || waits
    }

    /// Writes what comes, until stopped.
    pub(super) async fn run(&self, stop: CancellationToken) {
        while stop
            .run_until_cancelled(self.filled.notified())
            .await
            .is_some()
        {
            tokio::time::sleep(GATHER).await;
            self.flush().await;
        }
        self.flush().await;
    }
}

fn key(save: &CursorSave) -> Key {
    let which = match save.cursor {
        Cursor::Conversation { conversation, .. } => Which::Conversation(conversation),
        Cursor::Events(_) => Which::Events,
        Cursor::Sent(_) => Which::Sent,
    };
    (save.device, which)
}

/// Of two saves of one cursor the furthest of each: neither what is delivered nor what is acknowledged goes back.
fn later(old: CursorSave, new: CursorSave) -> CursorSave {
    match (old.cursor, new.cursor) {
        (
            Cursor::Conversation {
                pos: was,
                acked: was_acked,
                ..
            },
            Cursor::Conversation {
                conversation,
                pos,
                acked,
            },
        ) => CursorSave {
            device: new.device,
            cursor: Cursor::Conversation {
                conversation,
                pos: pos.max(was),
                acked: acked.max(was_acked),
            },
        },
        (Cursor::Events(was), Cursor::Events(now)) if was > now => old,
        (Cursor::Sent(was), Cursor::Sent(now)) if was > now => old,
        _ => new,
    }
}
