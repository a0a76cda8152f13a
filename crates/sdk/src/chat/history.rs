//! History and the conversation list on the server.

use super::{Chat, named};
use crate::error::{Error, Result};
use crate::net::rest::HistoryQuery;
use crate::store::{Page, Source, Window, as_message};
use crate::types::{Happening, Message};
use crate::wire::incoming::{self, Incoming};
use lacuna_domain::limits::{CONVERSATION_PAGE_MAX, HISTORY_PAGE_MAX};
use lacuna_domain::{Direction, MessageKind, Millis, Name, Pos, Target};

/// Which history to fetch. [`HistoryOptions::default`] is the newest page, not saved.
#[derive(Clone, Debug)]
pub struct HistoryOptions {
    /// Start beyond this message, exclusive; none for the end of the direction.
    pub cursor: Option<Pos>,
    /// Messages at most, 1 to 50.
    pub limit: usize,
    /// Which way: [`Direction::Older`] gives the newest first.
    pub direction: Direction,
    /// Only in this span of time.
    pub window: Option<Window>,
    /// Only of these kinds; empty for all.
    pub kinds: Vec<MessageKind>,
    /// Only from this sender.
    pub sender: Option<Name>,
    /// Whether to keep the messages in the local store. What was deleted from this device alone comes back by this.
    pub save: bool,
}

impl Default for HistoryOptions {
    fn default() -> Self {
        Self {
            cursor: None,
            limit: 20,
            direction: Direction::Older,
            window: None,
            kinds: Vec::new(),
            sender: None,
            save: false,
        }
    }
}

/// A page of history.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryPage {
    /// In the direction asked for.
    pub messages: Vec<Message>,
    /// Where the next page starts; none for the last one.
    pub next: Option<Pos>,
}

/// A conversation on the server's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerConversation {
    /// The peer or the group.
    pub target: Target,
    /// Its newest message.
    pub last: Option<Pos>,
    /// Unread messages, by what all of this user's devices have read.
    pub unread: u64,
    /// When it was pinned; zero if it is not.
    pub pinned_at: Millis,
}

/// A page of the server's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerConversations {
    /// Pinned ones first, then by the newest message.
    pub rows: Vec<ServerConversation>,
    /// Where the next page starts; none for the last one.
    pub next: Option<String>,
}

impl Chat {
    /// A page of this user's history on the server, and, if the options say so, its messages in the local store. Nothing
    /// that this user deleted on the server is in it. 201, 110, 300, 301.
    pub async fn fetch_history(
        &self,
        target: &Target,
        options: HistoryOptions,
    ) -> Result<HistoryPage> {
        let login = self.login()?;
        named(target)?;
        if !(1..=HISTORY_PAGE_MAX).contains(&options.limit) {
            return Err(Error::invalid(format!(
                "a page has 1 to {HISTORY_PAGE_MAX} messages"
            )));
        }
        let query = HistoryQuery {
            from: options.cursor,
            direction: options.direction,
            limit: options.limit,
            window: options.window.map(|window| (window.from, window.to)),
            kinds: options.kinds,
            sender: options.sender,
            ..HistoryQuery::of(target.clone())
        };
        self.client
            .on_runtime(async move {
                let page = login.rest.history(&login.caller(), &query).await?;
                let me = login.me();
                let now = login.options.clock.now();
                let mut items: Vec<Incoming> = page
                    .metas
                    .into_iter()
                    .map(|meta| incoming::read(meta, me))
                    .collect();
                let messages = items
                    .iter()
                    .filter_map(|item| message_of(item, me, now))
                    .collect();
                if options.save {
                    if query.direction == Direction::Older {
                        items.reverse();
                    }
                    let page = Page {
                        source: Source::History,
                        cursor: None,
                        acked: Pos::ZERO,
                        items,
                    };
                    login.store.take(page).await?;
                    login.observers.tell(Happening::ListChanged).await;
                }
                Ok(HistoryPage {
                    messages,
                    next: page.next,
                })
            })
            .await
    }

    /// A page of this user's conversation list on the server. What it says of pins is noted in the local store. 201, 110,
    /// 300, 301.
    pub async fn fetch_conversations(
        &self,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<ServerConversations> {
        let login = self.login()?;
        if !(1..=CONVERSATION_PAGE_MAX).contains(&limit) {
            let text = format!("a page has 1 to {CONVERSATION_PAGE_MAX} conversations");
            return Err(Error::invalid(text));
        }
        let cursor = cursor.map(str::to_owned);
        self.client
            .on_runtime(async move {
                let page = login
                    .rest
                    .conversations(&login.caller(), cursor.as_deref(), limit)
                    .await?;
                for row in &page.rows {
                    login
                        .store
                        .set_pinned(row.target.clone(), row.pinned_at)
                        .await?;
                }
                login.observers.tell(Happening::ListChanged).await;
                Ok(page)
            })
            .await
    }

    /// Pins or unpins a conversation, for all of this user's devices. 201, 110, 300, 301; 4 past 50 pinned ones.
    pub async fn set_pinned(&self, target: &Target, pinned: bool) -> Result<()> {
        let login = self.login()?;
        named(target)?;
        let target = target.clone();
        self.client
            .on_runtime(async move {
                let at = login.rest.pin(&login.caller(), &target, pinned).await?;
                login.store.set_pinned(target, at).await?;
                login.observers.tell(Happening::ListChanged).await;
                Ok(())
            })
            .await
    }
}

fn message_of(item: &Incoming, me: &Name, now: Millis) -> Option<Message> {
    if let Incoming::Message(arrived) = item {
        Some(as_message(arrived, me, now))
    } else {
        None
    }
}
