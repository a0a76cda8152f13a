//! A store with users and messages in it, made before the server starts.

use super::child::Child;
use anyhow::Context;
use futures_util::{StreamExt, TryStreamExt, stream};
use lacuna_domain::limits::{REGISTER_BATCH_MAX, WRITER_QUEUE_MAX};
use lacuna_domain::{AccountId, AppId, Audience, DeviceId, MessageKind, Millis, Name, Pos, Target};
use lacuna_proto::chat_body;
use lacuna_sdk::transport::{Caller, HistoryQuery, Rest, frames};
use lacuna_server::config::Config;
use lacuna_server::{SystemClock, new_app, open_store};
use lacuna_store::{Append, Appended, EntryKind, NewAccount, Sender, Started, Store, Token};
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// The application of a development server.
pub(super) const APP_KEY: &str = "lacuna#demo";
/// How long one answer of the server is waited for.
const ANSWER_WAIT: Duration = Duration::from_secs(10);
/// When preloaded messages were sent, a millisecond apart: 2026-01-01T00:00:00Z.
const FIRST_MESSAGE: Millis = Millis(1_767_225_600_000);
/// Appends on their way to the writer at a time.
const APPENDS_MAX: usize = WRITER_QUEUE_MAX / 4;
/// Characters of a preloaded text.
const TEXT_CHARS: usize = 100;

/// A user of the load generator.
#[derive(Clone, Debug)]
pub(super) struct User {
    pub(super) name: Name,
    pub(super) token: String,
    account: AccountId,
}

impl User {
    /// The conversation with this user.
    pub(super) fn target(&self) -> Target {
        Target::Peer(self.name.clone())
    }

    /// This user as a caller of the API.
    pub(super) fn caller(&self) -> Caller {
        Caller {
            name: self.name.clone(),
            token: self.token.clone(),
            resource: "bench".to_owned(),
        }
    }

    fn sender(&self) -> Sender {
        Sender {
            name: self.name.clone(),
            account: Some(self.account),
            device: DeviceId::NONE,
        }
    }
}

/// The API of the development application of the server at `addr`.
pub(super) fn rest(addr: SocketAddr) -> anyhow::Result<Rest> {
    Ok(Rest::new(
        &format!("http://{addr}"),
        "lacuna",
        "demo",
        ANSWER_WAIT,
    )?)
}

/// How many rows one page of history has, newest first, before a message.
pub(super) async fn page_rows(
    rest: &Rest,
    user: &User,
    peer: &User,
    before: Option<Pos>,
    limit: usize,
) -> anyhow::Result<usize> {
    let query = HistoryQuery {
        from: before,
        limit,
        ..HistoryQuery::of(peer.target())
    };
    Ok(rest.history(&user.caller(), &query).await?.metas.len())
}

/// A store that is being filled.
#[derive(Debug)]
pub(super) struct Prepared {
    folder: TempDir,
    store: Arc<dyn Store>,
    app: AppId,
    now: Millis,
}

impl Prepared {
    /// An empty store with the development application, in a temporary folder under `parent` or the system's.
    pub(super) async fn new(parent: Option<&Path>) -> anyhow::Result<Self> {
        let folder = match parent {
            Some(parent) => tempfile::tempdir_in(parent),
            None => tempfile::tempdir(),
        };
        let folder = folder.context("make a temporary folder")?;
        let mut config = Config::load(None)?;
        config.store.url = format!("sqlite:{}", folder.path().display());
        let store = open_store(&config, &SystemClock)?;
        let demo = config
            .apps
            .get(APP_KEY)
            .context("the development application is not configured")?;
        let app = store.create_app(new_app(APP_KEY, demo)?).await?.id;
        Ok(Self {
            folder,
            store,
            app,
            now: FIRST_MESSAGE,
        })
    }

    /// Registers users, each with a token. They have no password.
    pub(super) async fn users(&self, prefix: &str, count: usize) -> anyhow::Result<Vec<User>> {
        let names: Vec<String> = (0..count).map(|index| format!("{prefix}{index}")).collect();
        let mut users = Vec::with_capacity(count);
        for names in names.chunks(REGISTER_BATCH_MAX) {
            let accounts = names
                .iter()
                .map(|name| account(name))
                .collect::<anyhow::Result<_>>()?;
            for account in self
                .store
                .create_accounts(self.app, accounts, FIRST_MESSAGE)
                .await?
            {
                let name = account.profile.name;
                users.push(User {
                    token: format!("bench-{name}"),
                    name,
                    account: account.id,
                });
            }
        }
        let tokens: Vec<Token> = users.iter().map(|user| self.token(user)).collect();
        let put = stream::iter(tokens)
            .map(|token| self.store.put_token(token))
            .buffer_unordered(REGISTER_BATCH_MAX);
        put.try_collect::<()>().await?;
        Ok(users)
    }

    /// Lets two users say `count` messages in turn, and returns the ids.
    pub(super) async fn fill(
        &mut self,
        one: &User,
        other: &User,
        count: usize,
    ) -> anyhow::Result<Vec<Pos>> {
        let mut ids = Vec::with_capacity(count);
        let mut waiting: VecDeque<Started<Appended>> = VecDeque::new();
        for index in 0..count {
            if waiting.len() >= APPENDS_MAX
                && let Some(append) = waiting.pop_front()
            {
                ids.push(append.await?.pos);
            }
            let (from, to) = if index % 2 == 0 {
                (one, other)
            } else {
                (other, one)
            };
            waiting.push_back(self.store.append(self.append(from, to, index)));
            self.now = self.now.plus(1);
        }
        for append in waiting {
            ids.push(append.await?.pos);
        }
        Ok(ids)
    }

    /// Closes the store and starts a server on it.
    pub(super) async fn serve(self) -> anyhow::Result<(TempDir, Child)> {
        self.store.close().await?;
        drop(self.store);
        let child = Child::start(self.folder.path()).await?;
        Ok((self.folder, child))
    }

    fn append(&self, from: &User, to: &User, index: usize) -> Append {
        let text = format!("{:<TEXT_CHARS$}", format!("message {index} of many"));
        Append {
            app: self.app,
            sender: from.sender(),
            target: to.target(),
            kind: EntryKind::Message(MessageKind::Text),
            audience: Audience::All,
            directed: Vec::new(),
            body: chat_body(frames::text_payload(&from.name, &to.target(), &text), None),
            client_id: None,
            check_member: false,
            check_allowed: false,
            friends_only: false,
            changes: None,
            write: None,
            now: self.now,
        }
    }

    fn token(&self, user: &User) -> Token {
        Token {
            sha256: Sha256::digest(user.token.as_bytes()).into(),
            app: self.app,
            account: Some(user.account),
            expires: None,
        }
    }
}

fn account(name: &str) -> anyhow::Result<NewAccount> {
    Ok(NewAccount {
        name: Name::new(name)?,
        display: name.to_owned(),
        uuid: name.to_owned(),
        nickname: String::new(),
        password_hash: String::new(),
    })
}
