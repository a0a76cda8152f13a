//! What the observers are told, as a queue that a command reads.

use lacuna_domain::Target;
use lacuna_sdk::{
    ConnectionState, ConversationChange, Edit, Kick, Message, Observer, Recall, Receipt, Removed,
};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Things that may wait to be read; the SDK then waits for the command.
const QUEUE_MAX: usize = 1024;

/// Something that happened.
#[derive(Clone, Debug)]
pub(crate) enum Told {
    /// The connection was made or lost.
    Connection(ConnectionState),
    /// What came while the device was away is being delivered.
    SyncStarted,
    /// It is all here.
    SyncFinished,
    /// Messages came.
    Messages(Vec<Message>),
    /// Another device of this user deleted messages.
    Removed(Removed),
    /// Another device of this user pinned, unpinned or deleted a conversation.
    Conversation(Target, ConversationChange, String),
    /// Receipts came.
    Receipts(Vec<Receipt>),
    /// A message was taken back from everybody.
    Recalled(Box<Recall>),
    /// A message was changed for everybody.
    Edited(Box<Edit>),
    /// The conversation list, or what is in it, changed.
    Changed,
    /// The device was logged out.
    Kicked(Kick),
}

/// Writes into the queue.
#[derive(Debug)]
struct Queue(mpsc::Sender<Told>);

/// An observer, and the queue of what it is told.
pub(crate) fn queue() -> (Arc<dyn Observer>, mpsc::Receiver<Told>) {
    let (sender, receiver) = mpsc::channel(QUEUE_MAX);
    (Arc::new(Queue(sender)), receiver)
}

impl Queue {
    fn put(&self, told: Told) {
        // It fails when nobody reads any more.
        drop(self.0.blocking_send(told));
    }
}

impl Observer for Queue {
    fn connection_changed(&self, state: ConnectionState) {
        self.put(Told::Connection(state));
    }

    fn kicked(&self, why: Kick) {
        self.put(Told::Kicked(why));
    }

    fn sync_started(&self) {
        self.put(Told::SyncStarted);
    }

    fn sync_finished(&self) {
        self.put(Told::SyncFinished);
    }

    fn messages_received(&self, messages: &[Message]) {
        self.put(Told::Messages(messages.to_vec()));
    }

    fn receipts_received(&self, receipts: &[Receipt]) {
        self.put(Told::Receipts(receipts.to_vec()));
    }

    fn message_recalled(&self, recall: &Recall) {
        self.put(Told::Recalled(Box::new(recall.clone())));
    }

    fn message_edited(&self, edit: &Edit) {
        self.put(Told::Edited(Box::new(edit.clone())));
    }

    fn conversations_changed(&self) {
        self.put(Told::Changed);
    }

    fn messages_removed(&self, _: &Target, _: &str, removed: &Removed) {
        self.put(Told::Removed(removed.clone()));
    }

    fn conversation_event(&self, conversation: &Target, change: ConversationChange, device: &str) {
        self.put(Told::Conversation(
            conversation.clone(),
            change,
            device.to_owned(),
        ));
    }
}
