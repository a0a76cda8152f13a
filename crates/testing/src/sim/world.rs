//! The simulated world: a server, its users' devices, and the network between them.

use super::model::Model;
use super::watched::{Stores, Watched};
use anyhow::{Context, Result};
use bytes::Bytes;
use lacuna_domain::{AccountId, Clock, GroupId, Millis, Name, Pos, Target, Version};
use lacuna_sdk::simulation::{Ask, Deletion, Device, Place};
use lacuna_sdk::transport::{FactPage, Meta};
use lacuna_server::Metrics;
use lacuna_server::config::{AppConfig, Config, DeletedUsers};
use lacuna_server::gateway::steps::{Admitted, Link, Node};
use lacuna_server::service::{Actor, Service};
use lacuna_store::memory::MemoryStore;
use lacuna_store::sqlite::{Options, SqliteStore};
use lacuna_store::{Account, App, NewAccount, NewApp, Store, Token};
use pollster::block_on;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use tempfile::TempDir;

pub(crate) const APP_KEY: &str = "test#app";
/// The users, and how many devices each has.
const USERS: [(&str, usize); 3] = [("alice", 3), ("bob", 2), ("carol", 1)];
const START_MS: u64 = 1_800_000_000_000;
pub(crate) const NODE: u16 = 1;

/// A clock that is moved; those of devices run beside the world's with an error of their own.
#[derive(Debug)]
pub(crate) struct SimClock {
    now: Arc<AtomicU64>,
    error_ms: AtomicI64,
}

impl SimClock {
    fn new(now: &Arc<AtomicU64>) -> Arc<Self> {
        Arc::new(Self {
            now: Arc::clone(now),
            error_ms: AtomicI64::new(0),
        })
    }

    /// Jumps to another error.
    pub(crate) fn jump(&self, error_ms: i64) {
        self.error_ms.store(error_ms, Ordering::SeqCst);
    }
}

impl Clock for SimClock {
    fn now(&self) -> Millis {
        let error = self.error_ms.load(Ordering::SeqCst);
        Millis(self.now.load(Ordering::SeqCst).saturating_add_signed(error))
    }
}

/// A user, as registered now.
#[derive(Debug)]
pub(crate) struct User {
    pub(crate) name: Name,
    pub(crate) account: Account,
    pub(crate) token: String,
}

/// A device.
#[derive(Debug)]
pub(crate) struct Phone {
    pub(crate) user: usize,
    pub(crate) resource: String,
    pub(crate) folder: TempDir,
    pub(crate) backup: Option<(TempDir, bool)>,
    pub(crate) clock: Arc<SimClock>,
    /// Its process; none only while that is replaced.
    pub(crate) device: Option<Device>,
    /// Its connection.
    pub(crate) conn: Option<u64>,
    /// Frames on their way to it; none for the end of the connection.
    pub(crate) coming: VecDeque<Option<Bytes>>,
    /// Counts its processes.
    pub(crate) run: u64,
    /// Whether everything that its user sees is due to it or here.
    pub(crate) complete: bool,
    /// A login found that it remembers less than it had acknowledged, up to here: recalls before that are not told again.
    pub(crate) forgot: Pos,
    /// What was deleted on it alone.
    pub(crate) here: BTreeSet<Pos>,
    pub(crate) last_frame: Option<Bytes>,
    /// A deletion of its own may be done, and its answer was lost: nobody tells it before it asks.
    pub(crate) unanswered: bool,
}

impl Phone {
    pub(crate) fn device(&mut self) -> Result<&mut Device> {
        self.device.as_mut().context("the device runs")
    }

    pub(crate) fn look(&self) -> Result<&Device> {
        self.device.as_ref().context("the device runs")
    }
}

/// The server's side of a connection.
#[derive(Debug)]
pub(crate) struct Wire {
    pub(crate) conn: u64,
    pub(crate) phone: usize,
    /// Frames on their way to the server.
    pub(crate) going: VecDeque<Bytes>,
    /// The client is gone; what it wrote before still comes.
    pub(crate) cut: bool,
    pub(crate) admitted: Option<Admitted>,
    pub(crate) link: Option<Link>,
}

/// A call of the API.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) phone: usize,
    /// Whose token it has; none for one that is good for nothing.
    pub(crate) account: Option<AccountId>,
    pub(crate) run: u64,
    pub(crate) conn: Option<u64>,
    pub(crate) kind: CallKind,
    pub(crate) reply: Option<Reply>,
}

#[derive(Debug)]
pub(crate) enum CallKind {
    /// The sync engine asks.
    Engine(Ask),
    /// The app deletes, when the device held messages up to a position and deletions up to a version; the pages of facts that
    /// came so far.
    Delete {
        what: Deletion,
        held: (Pos, u64),
        since: u64,
        pages: Vec<FactPage>,
    },
    /// The app reads history.
    History(Target, Option<Pos>),
}

#[derive(Debug)]
pub(crate) enum Reply {
    Facts(FactPage),
    List(Vec<(Target, Pos)>, Option<String>),
    History(Vec<Meta>, bool),
    Refused,
}

/// A copy of the server, as it was.
#[derive(Debug)]
pub(crate) struct Backup {
    pub(crate) place: Option<TempDir>,
    pub(crate) memory: MemoryStore,
    pub(crate) groups: Vec<GroupId>,
    pub(crate) threads: Vec<GroupId>,
    pub(crate) model: Model,
}

/// All of it.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) now: Arc<AtomicU64>,
    pub(crate) clock: Arc<SimClock>,
    pub(crate) store: Arc<Watched>,
    /// The memory store that is the store, or beside it.
    pub(crate) memory: Arc<MemoryStore>,
    pub(crate) place: Option<TempDir>,
    pub(crate) backup: Option<Backup>,
    pub(crate) node: Node,
    pub(crate) app: Arc<App>,
    pub(crate) users: Vec<User>,
    pub(crate) groups: Vec<GroupId>,
    pub(crate) threads: Vec<GroupId>,
    pub(crate) phones: Vec<Phone>,
    pub(crate) wires: Vec<Wire>,
    pub(crate) calls: Vec<Call>,
    pub(crate) conns: u64,
    pub(crate) tokens: u64,
    pub(crate) model: Model,
    pub(crate) mailbox_max: usize,
    pub(crate) page_max: usize,
    pub(crate) token_seconds: u64,
    pub(crate) trace: Option<Vec<String>>,
    pub(crate) counts: BTreeMap<&'static str, u64>,
    pub(crate) steps: u64,
}

/// What differs from seed to seed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    /// The embedded store is the system, and the memory store runs beside it.
    pub(crate) twin: bool,
    pub(crate) retention_days: u32,
    pub(crate) mailbox_max: usize,
    pub(crate) page_max: usize,
    pub(crate) token_seconds: u64,
    pub(crate) traced: bool,
}

impl World {
    pub(crate) fn new(setting: Setting) -> Result<Self> {
        let now = Arc::new(AtomicU64::new(START_MS));
        let clock = SimClock::new(&now);
        let place = setting.twin.then(folder).transpose()?;
        let memory = Arc::new(MemoryStore::new(NODE).copy(NODE, Version::starting(clock.now())));
        let (main, beside) = stores(place.as_ref(), &memory, clock.now())?;
        let store = Watched::new(main, beside);
        let node = start(&store, &clock);
        let new = new_app(setting.retention_days);
        block_on(store.create_app(new))?;
        let app = block_on(node.service().app("test", "app"))?;
        let model = Model {
            retention_days: setting.retention_days,
            ..Model::default()
        };
        let mut world = Self {
            now,
            clock,
            store,
            memory,
            place,
            backup: None,
            node,
            app,
            users: Vec::new(),
            groups: Vec::new(),
            threads: Vec::new(),
            phones: Vec::new(),
            wires: Vec::new(),
            calls: Vec::new(),
            conns: 0,
            tokens: 0,
            model,
            mailbox_max: setting.mailbox_max,
            page_max: setting.page_max,
            token_seconds: setting.token_seconds,
            trace: setting.traced.then(Vec::new),
            counts: BTreeMap::new(),
            steps: 0,
        };
        for (user, (text, devices)) in USERS.iter().enumerate() {
            let name = Name::new(text).context("a legal name")?;
            let made = world.register(&name)?;
            world.users.push(made);
            for nth in 0..*devices {
                world.add_phone(user, format!("{text}-{nth}"))?;
            }
        }
        world.new_group(0)?;
        world.observe()?;
        for phone in 0..world.phones.len() {
            world.connect(phone)?;
        }
        Ok(world)
    }

    /// Registers a name, with a token.
    pub(crate) fn register(&mut self, name: &Name) -> Result<User> {
        let new = NewAccount {
            name: name.clone(),
            display: name.to_string(),
            password_hash: String::new(),
            nickname: String::new(),
            uuid: format!("{name}-{}", self.tokens),
        };
        let made = self
            .store
            .create_accounts(self.app.id, vec![new], self.clock.now());
        let account = block_on(made)?.pop().context("an account was made")?;
        let token = self.token(&account)?;
        let name = name.clone();
        Ok(User {
            name,
            account,
            token,
        })
    }

    pub(crate) fn token(&mut self, account: &Account) -> Result<String> {
        self.tokens += 1;
        let token = format!("token-{}", self.tokens);
        let ends = self.clock.now().plus(self.token_seconds * 1000);
        block_on(self.store.put_token(Token {
            sha256: Sha256::digest(token.as_bytes()).into(),
            app: self.app.id,
            account: Some(account.id),
            expires: (self.token_seconds > 0).then_some(ends),
        }))?;
        Ok(token)
    }

    fn add_phone(&mut self, user: usize, resource: String) -> Result<()> {
        let mut phone = Phone {
            user,
            resource,
            folder: folder()?,
            backup: None,
            clock: SimClock::new(&self.now),
            device: None,
            conn: None,
            coming: VecDeque::new(),
            run: 0,
            complete: false,
            forgot: Pos::ZERO,
            here: BTreeSet::new(),
            last_frame: None,
            unanswered: false,
        };
        self.start_phone(&mut phone)?;
        self.phones.push(phone);
        Ok(())
    }

    /// Starts a device's process.
    pub(crate) fn start_phone(&self, phone: &mut Phone) -> Result<()> {
        phone.run += 1;
        phone.device = None;
        phone.device = Some(Device::open(&Place {
            folder: phone.folder.path(),
            app_key: APP_KEY,
            user: &self.users[phone.user].name,
            resource: &phone.resource,
            clock: Arc::<SimClock>::clone(&phone.clock),
        })?);
        Ok(())
    }

    /// A conversation as the user names it: with another user, a group or a thread.
    pub(crate) fn target(&self, user: usize, number: u64) -> Target {
        let others = self.users.len() - 1;
        let groups: Vec<&GroupId> = self.groups.iter().chain(&self.threads).collect();
        let nth = super::rng::index(number, others + groups.len());
        if nth >= others {
            return Target::Group(groups[nth - others].clone());
        }
        let other = if nth >= user { nth + 1 } else { nth };
        Target::Peer(self.users[other].name.clone())
    }

    /// A user as the server knows it when it calls from a device or (none) through the server API.
    pub(crate) fn actor(&self, user: usize, resource: &str) -> Result<Actor> {
        let account = self.users[user].account.clone();
        let device = block_on(self.node.service().device(account.id, resource))?;
        Ok(Actor {
            app: Arc::clone(&self.app),
            account,
            device,
        })
    }

    pub(crate) fn service(&self) -> Arc<Service> {
        Arc::clone(self.node.service())
    }

    /// Counts something that happened.
    pub(crate) fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    /// A line of the trace, if there is one.
    pub(crate) fn say(&mut self, text: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            let line = format!("{:>6}  {}", self.steps, text());
            trace.push(line);
        }
    }
}

/// The store of a server that starts now, and the one beside it.
pub(crate) fn stores(
    place: Option<&TempDir>,
    memory: &Arc<MemoryStore>,
    now: Millis,
) -> Result<Stores> {
    let memory: Arc<dyn Store> = Arc::<MemoryStore>::clone(memory);
    let Some(place) = place else {
        return Ok((memory, None));
    };
    let options = Options {
        node: NODE,
        versions_from: Version::starting(now),
        ..Options::default()
    };
    let store = SqliteStore::open(place.path(), options)?;
    Ok((Arc::new(store), Some(memory)))
}

pub(crate) fn start(store: &Arc<Watched>, clock: &Arc<SimClock>) -> Node {
    let store: Arc<dyn Store> = Arc::<Watched>::clone(store);
    let clock: Arc<dyn Clock> = Arc::<SimClock>::clone(clock);
    let app = AppConfig {
        deleted_users: DeletedUsers::Anonymise,
        ..AppConfig::default()
    };
    let mut config = Config::default();
    config.apps.insert("test#app".to_owned(), app);
    let metrics = Arc::new(Metrics::new());
    Node::new(Arc::new(Service::new(
        store,
        Arc::new(config),
        clock,
        metrics,
    )))
}

fn new_app(retention_days: u32) -> NewApp {
    NewApp {
        org: "test".to_owned(),
        name: "app".to_owned(),
        client_id: "c".to_owned(),
        client_secret_sha256: [0; 32],
        open_registration: true,
        roaming_delete: true,
        retention_days,
    }
}

/// A folder, in memory where there is such a place: runs are not about the disk.
pub(crate) fn folder() -> Result<TempDir> {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .context("make a folder")
}
