//! Telling an app what happens.

use crate::types::{
    ConnectionState, ConversationChange, Edit, GroupEvent, Happening, Kick, Message, Recall,
    Receipt, Removed,
};
use lacuna_domain::Target;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::mpsc;

/// Things to be told that may wait; whoever makes more waits for the observers.
const QUEUE_MAX: usize = 1024;

/// What an app is told. Every method does nothing unless it is written; all are called one at a time, in the order in which
/// things happened, on a thread of the SDK's own, after the local store has what they speak of.
///
/// A method may call the SDK's local operations; it must not block on the asynchronous ones.
///
/// ```
/// use lacuna_sdk::{Observer, Removed, Target};
///
/// struct Screen;
///
/// impl Observer for Screen {
///     fn messages_removed(&self, conversation: &Target, device: &str, removed: &Removed) {
///         println!("{} messages with {} were deleted on {device}", removed.count, conversation.id());
///     }
/// }
/// ```
#[expect(unused_variables, reason = "the methods do nothing by default")]
pub trait Observer: Send + Sync {
    // --- the connection ---------------------------------------------------------------------------------------------

    /// The connection was made or lost. After a loss it is made again without the app's doing.
    fn connection_changed(&self, state: ConnectionState) {}
    /// The server logged this device out. It does not connect again by itself.
    fn kicked(&self, why: Kick) {}
    /// Four fifths of the token's time are over: call [`Client::renew_token`](crate::Client::renew_token).
    fn token_will_expire(&self) {}
    /// The token has expired; the device is logged out.
    fn token_expired(&self) {}
    /// What came while the device was away is being delivered. Not called if there was nothing.
    fn sync_started(&self) {}
    /// It is all here, deletions made elsewhere included.
    fn sync_finished(&self) {}
    /// The local store was damaged and was built anew.
    fn store_recovered(&self) {}

    // --- messages ---------------------------------------------------------------------------------------------------

    /// Messages came: from others, or sent by other devices of this user.
    fn messages_received(&self, messages: &[Message]) {}
    /// Commands came. They are not kept.
    fn commands_received(&self, commands: &[Message]) {}
    /// A message's status changed while nobody waited for it: it was sent again after a crash or a lost connection.
    fn message_status_changed(&self, message: &Message) {}
    /// Receipts came.
    fn receipts_received(&self, receipts: &[Receipt]) {}
    /// A message was taken back from everybody; it is not here any more.
    fn message_recalled(&self, recall: &Recall) {}
    /// A message's content was changed for everybody.
    fn message_edited(&self, edit: &Edit) {}
    /// The conversation list changed: what is on it, its order, or its unread counts.
    fn conversations_changed(&self) {}

    // --- this user's other devices ----------------------------------------------------------------------------------

    /// Another device of this user, or the server API (`device` is empty then), deleted messages of a conversation. They are
    /// gone from this device already; `removed` says which they were.
    fn messages_removed(&self, conversation: &Target, device: &str, removed: &Removed) {}
    /// Another device of this user pinned, unpinned or deleted a conversation.
    fn conversation_event(&self, conversation: &Target, change: ConversationChange, device: &str) {}

    // --- groups -----------------------------------------------------------------------------------------------------

    /// Something happened in a group.
    fn group_event(&self, event: &GroupEvent) {}
}

/// An observer that was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ObserverId(u64);

#[derive(Default)]
struct Observers {
    next: u64,
    list: Vec<(ObserverId, Arc<dyn Observer>)>,
}

/// The observers, and the thread that calls them.
pub(crate) struct Dispatcher {
    observers: Arc<Mutex<Observers>>,
    queue: Mutex<Option<mpsc::Sender<Happening>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl std::fmt::Debug for Dispatcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dispatcher").finish_non_exhaustive()
    }
}

impl Dispatcher {
    /// Starts the thread.
    pub(crate) fn start() -> std::io::Result<Self> {
        let (queue, receiver) = mpsc::channel(QUEUE_MAX);
        let observers = Arc::<Mutex<Observers>>::default();
        let for_thread = Arc::clone(&observers);
        let thread = std::thread::Builder::new()
            .name("lacuna-observers".into())
            .spawn(move || run(&for_thread, receiver))?;
        Ok(Self {
            observers,
            queue: Mutex::new(Some(queue)),
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Adds an observer: it is told what happens from now on.
    pub(crate) fn add(&self, observer: Arc<dyn Observer>) -> ObserverId {
        let mut observers = lock(&self.observers);
        observers.next += 1;
        let id = ObserverId(observers.next);
        observers.list.push((id, observer));
        id
    }

    /// Removes an observer. A call that runs on it goes on.
    pub(crate) fn remove(&self, id: ObserverId) {
        lock(&self.observers).list.retain(|(known, _)| *known != id);
    }

    /// Queues something to be told; waits while the queue is full.
    pub(crate) async fn tell(&self, happening: Happening) {
        let queue = lock(&self.queue).clone();
        if let Some(queue) = queue {
            // It fails only after the end, when nobody is told any more.
            drop(queue.send(happening).await);
        }
    }

    /// Queues something to be told without waiting; dropped if the queue is full. For what only says "look again".
    pub(crate) fn tell_soon(&self, happening: Happening) {
        if let Some(queue) = lock(&self.queue).as_ref() {
            drop(queue.try_send(happening));
        }
    }

    /// Tells what is queued, then ends the thread. Nothing is told afterwards.
    pub(crate) fn close(&self) {
        lock(&self.queue).take();
        let Some(thread) = lock(&self.thread).take() else {
            return;
        };
        if thread.thread().id() == std::thread::current().id() {
            // An observer closes the client: the thread ends when that call returns.
            return;
        }
        if thread.join().is_err() {
            tracing::error!("the observers' thread had panicked");
        }
    }
}

impl Drop for Dispatcher {
    fn drop(&mut self) {
        self.close();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn run(observers: &Mutex<Observers>, mut queue: mpsc::Receiver<Happening>) {
    while let Some(happening) = queue.blocking_recv() {
        let told: Vec<Arc<dyn Observer>> = lock(observers)
            .list
            .iter()
            .map(|(_, observer)| Arc::clone(observer))
            .collect();
        for observer in told {
            // An observer that panics must not cost the others what they are told.
            if catch_unwind(AssertUnwindSafe(|| tell(&*observer, &happening))).is_err() {
                tracing::error!("an observer panicked");
            }
        }
    }
}

fn tell(observer: &dyn Observer, happening: &Happening) {
    match happening {
        Happening::Connection(state) => observer.connection_changed(*state),
        Happening::Kicked(why) => observer.kicked(*why),
        Happening::TokenWillExpire => observer.token_will_expire(),
        Happening::TokenExpired => observer.token_expired(),
        Happening::StoreRecovered => observer.store_recovered(),
        Happening::SyncStarted => observer.sync_started(),
        Happening::SyncFinished => observer.sync_finished(),
        Happening::Messages(messages) => observer.messages_received(messages),
        Happening::Commands(commands) => observer.commands_received(commands),
        Happening::Status(message) => observer.message_status_changed(message),
        Happening::Receipts(receipts) => observer.receipts_received(receipts),
        Happening::Recalled(recall) => observer.message_recalled(recall),
        Happening::Edited(edit) => observer.message_edited(edit),
        Happening::Removed(removed) => {
            observer.messages_removed(&removed.conversation, &removed.device, removed);
        }
        Happening::ListChanged => observer.conversations_changed(),
        Happening::Conversation {
            conversation,
            change,
            device,
        } => observer.conversation_event(conversation, *change, device),
        Happening::Group(event) => observer.group_event(event),
    }
}
