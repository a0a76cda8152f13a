//! Messages, conversations, deletions and history.
//!
//! Local operations are plain calls on the local store. Operations that need the server are asynchronous. Both answer 201
//! before anything else when nobody is logged in.

mod delete;
mod history;
mod local;
mod send;

pub use history::{HistoryOptions, HistoryPage, ServerConversation, ServerConversations};
pub use send::StartedSend;

use crate::client::Client;
use crate::error::Result;
use crate::login::Login;
use lacuna_domain::Target;
use std::sync::Arc;

/// The way to messages and conversations. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Chat {
    client: Client,
}

impl Chat {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    fn login(&self) -> Result<Arc<Login>> {
        self.client.logged_in()
    }
}

/// 110 for a conversation without a name: no request, nothing done.
fn named(target: &Target) -> Result<()> {
    if target.id().is_empty() {
        return Err(crate::Error::invalid("the conversation has no name"));
    }
    Ok(())
}
