//! Conversations and messages on this device.

use super::{Chat, named};
use crate::error::{Error, Result};
use crate::store::{Find, Imported, Window};
use crate::types::{Body, Conversation, Ext, Happening, Message, NewMessage};
use lacuna_domain::{Millis, Name, Pos, Target};

/// Messages of one lookup.
const FIND_MAX: u32 = 400;
/// Messages of one import.
const IMPORT_MAX: usize = 1_000;

impl Chat {
    // --- conversations ----------------------------------------------------------------------------------------------

    /// The conversation list: pinned ones first, then by the newest message. Empty ones only if
    /// [`Options::empty_conversations`](crate::Options::empty_conversations) says so. 201, 3.
    pub fn conversations(&self, limit: u32, offset: u32) -> Result<Vec<Conversation>> {
        let login = self.login()?;
        let with_empty = login.options.empty_conversations;
        login.store.conversations(with_empty, limit, offset).wait()
    }

    /// A conversation; none if there is none. 201, 3.
    pub fn conversation(&self, target: &Target) -> Result<Option<Conversation>> {
        self.login()?
            .store
            .conversation(target.clone(), false)
            .wait()
    }

    /// A conversation, made if there is none. 201, 3, 110.
    pub fn open_conversation(&self, target: &Target) -> Result<Conversation> {
        let login = self.login()?;
        named(target)?;
        let opened = login.store.conversation(target.clone(), true).wait()?;
        opened.ok_or_else(|| Error::invalid("the conversation could not be made"))
    }

    /// Replaces the app's own data of a conversation. 201, 3, 110.
    pub fn set_conversation_ext(&self, target: &Target, ext: Ext) -> Result<()> {
        let login = self.login()?;
        named(target)?;
        login.store.set_ext(target.clone(), ext).wait()?;
        // The data it had is not to be found on the disk any more.
        login.store.erase()
    }

    /// Unread messages of all conversations. 201, 3.
    pub fn unread_count(&self) -> Result<u64> {
        self.login()?.store.unread().wait()
    }

    /// Marks a message as read, on this device. 201, 3.
    pub fn mark_read(&self, id: Pos) -> Result<()> {
        let login = self.login()?;
        if login.store.mark_read(id).wait()? {
            login.observers.tell_soon(Happening::ListChanged);
        }
        Ok(())
    }

    /// Marks every message of a conversation, or of all, as read, on this device. 201, 3.
    pub fn mark_all_read(&self, target: Option<&Target>) -> Result<()> {
        let login = self.login()?;
        if login.store.mark_all_read(target.cloned()).wait()? > 0 {
            login.observers.tell_soon(Happening::ListChanged);
        }
        Ok(())
    }

    // --- looking up -------------------------------------------------------------------------------------------------

    /// A message; none if it is not here. 201, 3.
    pub fn message(&self, id: Pos) -> Result<Option<Message>> {
        self.login()?.store.message(id).wait()
    }

    /// Messages on this device: by conversation, time, kind, sender, side or keyword, from a point on, in either direction.
    /// At most 400 of them; a limit of zero counts as one. 201, 3.
    ///
    /// ```
    /// use lacuna_sdk::{Find, Keyword, NewMessage};
    /// # use lacuna_sdk::{Client, Name, Options, Target};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = lacuna_testing::TestServer::running().await?;
    /// # let url = format!("http://{}", server.server.addr());
    /// # let folder = tempfile::tempdir()?;
    /// # let client = Client::new(Options::new("lacuna#demo", &url, folder.path()))?;
    /// # client.register("alice", "secret").await?;
    /// # client.register("bob", "secret").await?;
    /// # client.login("alice", "secret").await?;
    /// # let (chat, bob) = (client.chat(), Target::Peer(Name::new("bob")?));
    /// chat.send(NewMessage::text(bob.clone(), "The museum opens at nine, 博物馆九点开门")).await?;
    /// for keyword in ["muse", "NINE opens", "博物馆"] {
    ///     let found = chat.find(Find {
    ///         conversation: Some(bob.clone()),
    ///         keyword: Some(Keyword(keyword.to_owned())),
    ///         limit: 20,
    ///         ..Find::default()
    ///     })?;
    ///     assert_eq!(found.len(), 1, "{keyword}");
    /// }
    /// # client.close();
    /// # Ok(())
    /// # }
    /// ```
    pub fn find(&self, mut find: Find) -> Result<Vec<Message>> {
        let login = self.login()?;
        find.limit = find.limit.clamp(1, FIND_MAX);
        login.store.find(find).wait()
    }

    /// How many messages of a conversation, or of all, are here. 201, 3.
    pub fn count(&self, target: Option<&Target>) -> Result<u64> {
        self.login()?.store.count(target.cloned()).wait()
    }

    /// How many messages of a conversation lie between two times, both ends included. 201, 3, 110.
    pub fn count_between(&self, target: &Target, window: Window) -> Result<u64> {
        let login = self.login()?;
        if window.from > window.to {
            return Err(Error::invalid("the start is after the end"));
        }
        login.store.count_in(target.clone(), window).wait()
    }

    // --- changing ---------------------------------------------------------------------------------------------------

    /// Puts a message into the local store, at its place in time; it is never sent. 201, 3, 110.
    pub fn insert(&self, new: NewMessage, from: &Name, time: Millis) -> Result<Message> {
        let login = self.login()?;
        named(&new.to)?;
        let inserted = login.store.insert(new, from.clone(), time).wait()?;
        login.observers.tell_soon(Happening::ListChanged);
        inserted.ok_or_else(|| Error::invalid("the message could not be inserted"))
    }

    /// Takes over messages that this user sent or received, under their ids: from another app's store, or from a backup.
    /// What the user has deleted does not come back by this way. At most 1,000 in one call. 201, 3; 110 for an id that is
    /// not of the message's time.
    pub fn import(&self, messages: Vec<Message>) -> Result<Imported> {
        let login = self.login()?;
        if messages.len() > IMPORT_MAX {
            return Err(Error::invalid(format!("more than {IMPORT_MAX} messages")));
        }
        for message in &messages {
            named(&message.conversation)?;
            if message.id.time() != message.time {
                let text = format!("the id of message {} is not of its time", message.id);
                return Err(Error::invalid(text));
            }
        }
        let imported = login.store.import(messages).wait()?;
        login.observers.tell_soon(Happening::ListChanged);
        Ok(imported)
    }

    /// Replaces the content of a message on this device. Its id, names and time stay. 201, 3; 500 if it is not here.
    pub fn update(&self, id: Pos, body: Body, ext: Ext) -> Result<()> {
        let login = self.login()?;
        if !login.store.update(id, body, ext).wait()? {
            let text = format!("there is no message {id}");
            return Err(Error::new(lacuna_domain::ErrorCode::MessageInvalid, text));
        }
        login.store.erase()?;
        login.observers.tell_soon(Happening::ListChanged);
        Ok(())
    }

    /// Notes where the file of a message was downloaded to. It is removed with the message. 201, 3; 500 if it is not here.
    pub fn set_local_file(&self, id: Pos, path: &std::path::Path) -> Result<()> {
        let login = self.login()?;
        let path = path.to_string_lossy().into_owned();
        if login.store.set_file(id, path).wait()? {
            // The path that it had is not to be found on the disk any more.
            return login.store.erase();
        }
        let text = format!("there is no message {id}");
        Err(Error::new(lacuna_domain::ErrorCode::MessageInvalid, text))
    }

    /// Gives the room that deleted messages took back, by writing the others once more. Blocks for as long as that takes;
    /// worth it after much was deleted. 201, 3.
    pub fn compact(&self) -> Result<()> {
        let login = self.login()?;
        login.store.compact().wait()?;
        login.store.erase()
    }
}
