//! Every way to delete. `docs/sdk.md` has a table of which does what.
//!
//! A deletion on the server goes: the server commits → the same messages leave this device, exactly, in one transaction →
//! their bytes leave the disk → the call returns. If anything before fails, this device keeps what it has.

use super::{Chat, named};
use crate::error::{Error, Result};
use crate::login::Login;
use crate::net::rest::Rest;
use crate::store::{Facts, Own, Scope};
use crate::sync::engine::facts_of;
use crate::types::Happening;
use crate::wire::facts::FactPage;
use lacuna_domain::limits::DELETE_IDS_MAX;
use lacuna_domain::{ErrorCode, Millis, Pos, Target};
use std::sync::Arc;

/// What to delete on the server.
#[derive(Clone, Debug)]
enum OnServer {
    Ids(Target, Vec<Pos>),
    Through(Target, Millis),
    Conversation(Target, bool),
    Everything,
}

impl Chat {
    // --- on the server, on this device and on this user's other devices ---------------------------------------------

    /// Deletes messages by id: from this user's history on the server, from this device, and from the user's other devices,
    /// however long they are away. Nobody else's history changes.
    ///
    /// At most 50 ids, repeats counted. Unknown ids and those of other conversations are ignored. Messages that no server
    /// has (failed ones, inserted ones) are deleted here; if there are no others, nothing is sent. 201, 110, 505, 300, 301.
    pub async fn delete_from_server(&self, target: &Target, ids: &[Pos]) -> Result<()> {
        let login = self.login()?;
        named(target)?;
        if ids.is_empty() {
            return Err(Error::invalid("no message ids"));
        }
        if ids.len() > DELETE_IDS_MAX {
            return Err(Error::invalid(format!(
                "more than {DELETE_IDS_MAX} message ids"
            )));
        }
        let server: Vec<Pos> = ids.iter().copied().filter(|id| !id.is_local()).collect();
        let scope = Scope::Ids(target.clone(), ids.to_vec());
        if server.is_empty() {
            return self.only_here(login, scope).await;
        }
        self.on_server(login, OnServer::Ids(target.clone(), server), scope)
            .await
    }

    /// Deletes everything of a conversation up to a time, that time included, as [`Chat::delete_from_server`] does. The time
    /// is the server's ([`Message::time`](crate::Message::time)); one to come means everything so far: what the server
    /// receives after it has deleted stays. 201, 110, 505, 300, 301.
    pub async fn delete_from_server_through(&self, target: &Target, time: Millis) -> Result<()> {
        let login = self.login()?;
        named(target)?;
        if time == Millis(0) {
            return Err(Error::invalid("the time is not above zero"));
        }
        let until = time.min(login.options.clock.now());
        let scope = Scope::Window(target.clone(), Millis(0), until);
        self.on_server(login, OnServer::Through(target.clone(), time), scope)
            .await
    }

    /// Takes a conversation off this user's list, on the server and here; with its messages, or with them left in the
    /// history. The user's other devices are told. 201, 110, 300, 301.
    pub async fn delete_server_conversation(
        &self,
        target: &Target,
        with_messages: bool,
    ) -> Result<()> {
        let login = self.login()?;
        named(target)?;
        let scope = Scope::Unlist(vec![target.clone()], with_messages);
        let what = OnServer::Conversation(target.clone(), with_messages);
        self.on_server(login, what, scope).await
    }

    /// Deletes every message and every conversation: here, and, if `on_server` says so, on the server and on this user's
    /// other devices. 201, 505, 300, 301.
    pub async fn delete_everything(&self, on_server: bool) -> Result<()> {
        let login = self.login()?;
        if on_server {
            return self
                .on_server(login, OnServer::Everything, Scope::All)
                .await;
        }
        self.only_here(login, Scope::All).await
    }

    async fn on_server(&self, login: Arc<Login>, what: OnServer, scope: Scope) -> Result<()> {
        self.client
            .on_runtime(async move {
                let held = Some(login.store.newest().await?);
                let facts = ask(&login, &what).await?;
                let own = Own { scope, held };
                login.apply(facts, Some(own)).await.map(drop)
            })
            .await
    }

    async fn only_here(&self, login: Arc<Login>, scope: Scope) -> Result<()> {
        self.client
            .on_runtime(async move {
                login.store.remove(scope).await?;
                login.erase().await?;
                login.observers.tell(Happening::ListChanged).await;
                Ok(())
            })
            .await
    }

    // --- on this device alone ---------------------------------------------------------------------------------------
    //
    // The server keeps what is deleted here, and history that is fetched later brings it back.

    /// Deletes one message from this device. Succeeds if it is not there. 201, 3.
    pub fn delete_message(&self, id: Pos) -> Result<()> {
        self.here(Scope::Message(id)).map(drop)
    }

    /// Deletes every message of a conversation from this device; the conversation stays, empty. 201, 3, 110.
    pub fn delete_all_messages(&self, target: &Target) -> Result<u64> {
        let login = self.login()?;
        named(target)?;
        remove(&login, Scope::Conversation(target.clone()))
    }

    /// Deletes the messages of a conversation between two times from this device, both ends included. Returns how many that
    /// were. 201, 3; 110 for a start after the end.
    pub fn delete_messages_between(
        &self,
        target: &Target,
        start: Millis,
        end: Millis,
    ) -> Result<u64> {
        let login = self.login()?;
        named(target)?;
        if start > end {
            return Err(Error::invalid("the start is after the end"));
        }
        remove(&login, Scope::Window(target.clone(), start, end))
    }

    /// Deletes the messages of every conversation that are older than a time from this device; those of that very time stay.
    /// Returns how many that were. 201, 3.
    pub fn delete_messages_before(&self, time: Millis) -> Result<u64> {
        self.here(Scope::Before(time))
    }

    /// Takes conversations off this device's list; with their messages and files, or with them kept. They come back with the
    /// next message. 201, 3.
    pub fn delete_conversations(&self, targets: &[Target], with_messages: bool) -> Result<u64> {
        self.here(Scope::Unlist(targets.to_vec(), with_messages))
    }

    fn here(&self, scope: Scope) -> Result<u64> {
        remove(&*self.login()?, scope)
    }
}

/// Deletes from the store, and from the disk. Blocks.
fn remove(login: &Login, scope: Scope) -> Result<u64> {
    let count = login.store.remove(scope).wait()?;
    // Also without a message: a conversation that leaves the list takes the app's own data with it.
    login.store.erase()?;
    login.untidy.notify_one();
    login.observers.tell_soon(Happening::ListChanged);
    Ok(count)
}

/// Asks the server to delete. Its answer carries what it now knows to be deleted since the store's version, this deletion
/// included, so that the device drops exactly what the server did.
async fn ask(login: &Login, what: &OnServer) -> Result<Facts> {
    let since = login.store.progress().await?.version;
    let answer = call(&login.rest, login, what, Some(since)).await?;
    let page = match answer {
        Some(page) => page,
        // A server that does not add them is asked.
        None => login.rest.facts(&login.caller(), since).await?,
    };
    rest_of(login, page, since).await
}

async fn call(
    rest: &Rest,
    login: &Login,
    what: &OnServer,
    since: Option<u64>,
) -> Result<Option<FactPage>> {
    let caller = login.caller();
    match what {
        OnServer::Ids(target, ids) => rest.delete_ids(&caller, target, ids, since).await,
        OnServer::Through(target, time) => rest.delete_through(&caller, target, *time, since).await,
        OnServer::Conversation(target, with_messages) => {
            rest.delete_conversation(&caller, target, *with_messages, since)
                .await
        }
        OnServer::Everything => rest.delete_everything(&caller, since).await,
    }
}

/// All of the facts: a device that is far behind gets them in pages, and applies them in one transaction.
async fn rest_of(login: &Login, first: FactPage, since: u64) -> Result<Facts> {
    const PAGES_MAX: usize = 10_000;
    let (mut all, mut more) = facts_of(first, since);
    for _ in 0..PAGES_MAX {
        if !more {
            return Ok(all);
        }
        let page = login.rest.facts(&login.caller(), all.version).await?;
        let (next, rest) = facts_of(page, all.version);
        all.list.extend(next.list);
        all.version = next.version;
        more = rest;
    }
    Err(Error::new(ErrorCode::Internal, "the deletions do not end"))
}
