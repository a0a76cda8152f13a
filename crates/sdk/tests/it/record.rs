//! An observer that writes down everything it is told, in order.

use lacuna_sdk::{
    Client, ConnectionState, ConversationChange, Edit, Find, GroupEvent, Kick, Message, Observer,
    Pos, Receipt, Removed, Target,
};
use std::sync::{Mutex, OnceLock};

/// What an observer was told.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Told {
    Connection(ConnectionState),
    Kicked(Kick),
    TokenWillExpire,
    TokenExpired,
    SyncStarted,
    SyncFinished,
    StoreRecovered,
    Received(Vec<Message>),
    Commands(Vec<Message>),
    Status(Box<Message>),
    Receipts(Vec<Receipt>),
    Recalled(Pos),
    Edited(Box<Edit>),
    /// What was removed, and which messages of it the store still held when this was told.
    Removed(Removed, Vec<Pos>),
    Conversation(Target, ConversationChange, String),
    Group(GroupEvent),
}

/// The observer of one device. It leaves out that the list changed, which says only "look again".
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    told: Mutex<Vec<Told>>,
    client: OnceLock<Client>,
}

impl Recorder {
    /// The device whose store is looked into while something is told.
    pub(crate) fn looks_into(&self, client: Client) {
        self.client.set(client).unwrap();
    }

    /// Everything so far.
    pub(crate) fn all(&self) -> Vec<Told> {
        self.told.lock().unwrap().clone()
    }

    /// Forgets everything so far.
    pub(crate) fn clear(&self) {
        self.told.lock().unwrap().clear();
    }

    /// What matches, in order.
    pub(crate) fn pick<T>(&self, pick: impl FnMut(Told) -> Option<T>) -> Vec<T> {
        self.all().into_iter().filter_map(pick).collect()
    }

    fn note(&self, told: Told) {
        self.told.lock().unwrap().push(told);
    }

    fn still_held(&self, removed: &Removed) -> Vec<Pos> {
        let Some(client) = self.client.get() else {
            return Vec::new();
        };
        let find = Find {
            conversation: Some(removed.conversation.clone()),
            limit: 400,
            ..Find::default()
        };
        let held = client.chat().find(find).unwrap_or_default();
        let within = |id: Pos| {
            let mut ranges = removed.ranges.iter();
            ranges.any(|(first, last)| *first <= id && id <= *last)
        };
        let held = held.into_iter().map(|message| message.id);
        held.filter(|id| !id.is_local() && within(*id)).collect()
    }
}

impl Observer for Recorder {
    fn connection_changed(&self, state: ConnectionState) {
        self.note(Told::Connection(state));
    }
    fn kicked(&self, why: Kick) {
        self.note(Told::Kicked(why));
    }
    fn token_will_expire(&self) {
        self.note(Told::TokenWillExpire);
    }
    fn token_expired(&self) {
        self.note(Told::TokenExpired);
    }
    fn sync_started(&self) {
        self.note(Told::SyncStarted);
    }
    fn sync_finished(&self) {
        self.note(Told::SyncFinished);
    }
    fn store_recovered(&self) {
        self.note(Told::StoreRecovered);
    }
    fn messages_received(&self, messages: &[Message]) {
        self.note(Told::Received(messages.to_vec()));
    }
    fn commands_received(&self, commands: &[Message]) {
        self.note(Told::Commands(commands.to_vec()));
    }
    fn message_status_changed(&self, message: &Message) {
        self.note(Told::Status(Box::new(message.clone())));
    }
    fn receipts_received(&self, receipts: &[Receipt]) {
        self.note(Told::Receipts(receipts.to_vec()));
    }
    fn message_recalled(&self, recall: &lacuna_sdk::Recall) {
        self.note(Told::Recalled(recall.id));
    }
    fn message_edited(&self, edit: &Edit) {
        self.note(Told::Edited(Box::new(edit.clone())));
    }
    fn messages_removed(&self, _: &Target, _: &str, removed: &Removed) {
        self.note(Told::Removed(removed.clone(), self.still_held(removed)));
    }
    fn conversation_event(&self, conversation: &Target, change: ConversationChange, device: &str) {
        self.note(Told::Conversation(
            conversation.clone(),
            change,
            device.to_owned(),
        ));
    }
    fn group_event(&self, event: &GroupEvent) {
        self.note(Told::Group(event.clone()));
    }
}
