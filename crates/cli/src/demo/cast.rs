//! Who plays: three devices of two users, and what each place should hold.

use super::device::Device;
use super::table::{Column, Row, Table};
use lacuna_domain::Clock;
use lacuna_sdk::{Client, Name, Options, Pos, Target};
use lacuna_server::SystemClock;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

/// The users and their passwords.
pub(super) const USERS: [(&str, &str); 2] = [("alice", "alice-secret"), ("bob", "bob-secret")];
/// How long a step waits for what should come.
const STEP_WAIT: Duration = Duration::from_secs(3);
/// How long the clock is looked at again.
const CLOCK_WAIT: Duration = Duration::from_millis(1);
/// How long it then listens for what should not come.
const QUIET_WAIT: Duration = Duration::from_millis(40);

/// The devices.
#[derive(Debug)]
pub(super) struct Cast {
    pub(super) phone: Device,
    pub(super) tablet: Device,
    pub(super) bob: Device,
    /// Every message that was sent, in order.
    pub(super) rows: Vec<Row>,
    /// What each place should hold.
    pub(super) expected: Expected,
}

/// What each place should hold by the rules, worked out without asking anybody.
#[derive(Clone, Debug, Default)]
pub(super) struct Expected {
    pub(super) phone: BTreeSet<u64>,
    pub(super) tablet: BTreeSet<u64>,
    pub(super) alice_server: BTreeSet<u64>,
    pub(super) bob: BTreeSet<u64>,
    pub(super) bob_server: BTreeSet<u64>,
}

impl Expected {
    /// Alice deleted messages: they leave her devices and her history.
    pub(super) fn alice_deletes(&mut self, ids: &[Pos]) {
        for Pos(id) in ids {
            self.phone.remove(id);
            self.tablet.remove(id);
            self.alice_server.remove(id);
        }
    }

    fn everybody_gets(&mut self, id: u64, tablet_online: bool) {
        self.phone.insert(id);
        if tablet_online {
            self.tablet.insert(id);
        }
        self.alice_server.insert(id);
        self.bob.insert(id);
        self.bob_server.insert(id);
    }
}

impl Cast {
    /// Registers the users and connects their devices.
    pub(super) async fn assemble(addr: SocketAddr) -> anyhow::Result<Self> {
        register(addr).await?;
        let [alice, bob] = USERS;
        let (with_alice, with_bob) = (peer(alice.0)?, peer(bob.0)?);
        Ok(Self {
            phone: Device::start(addr, alice, "phone", with_bob.clone()).await?,
            tablet: Device::start(addr, alice, "tablet", with_bob).await?,
            bob: Device::start(addr, bob, "phone", with_alice).await?,
            rows: Vec::new(),
            expected: Expected::default(),
        })
    }

    /// Alice (from her phone) or Bob says something to the other.
    pub(super) async fn say(
        &mut self,
        from: &'static str,
        text: &'static str,
        tablet_online: bool,
    ) -> anyhow::Result<()> {
        let message = if from == "alice" {
            self.phone.send(text).await?
        } else {
            self.bob.send(text).await?
        };
        self.rows.push(Row {
            id: message.id.0,
            from,
            text,
        });
        self.expected.everybody_gets(message.id.0, tablet_online);
        // Two messages in one millisecond could not be told apart by time.
        while SystemClock.now() <= message.time {
            tokio::time::sleep(CLOCK_WAIT).await;
        }
        Ok(())
    }

    /// The ids of rows, by their numbers in the table.
    pub(super) fn ids(&self, numbers: impl IntoIterator<Item = usize>) -> Vec<Pos> {
        let row = |number: usize| number.checked_sub(1).and_then(|index| self.rows.get(index));
        numbers
            .into_iter()
            .filter_map(row)
            .map(|row| Pos(row.id))
            .collect()
    }

    /// Ends the clients.
    pub(super) async fn leave(self) -> anyhow::Result<()> {
        for device in [self.phone, self.tablet, self.bob] {
            device.close().await?;
        }
        Ok(())
    }

    /// Lets everything arrive, and looks at what devices and server really hold.
    pub(super) async fn look(&mut self) -> anyhow::Result<Table> {
        let Self {
            phone,
            tablet,
            bob,
            expected,
            ..
        } = self;
        tokio::try_join!(
            phone.settle(&expected.phone, STEP_WAIT, QUIET_WAIT),
            tablet.settle(&expected.tablet, STEP_WAIT, QUIET_WAIT),
            bob.settle(&expected.bob, STEP_WAIT, QUIET_WAIT),
        )?;
        let (alice_server, bob_server) =
            (phone.server_history().await?, bob.server_history().await?);
        let column = |owner, place, held, expected: &BTreeSet<u64>| Column {
            owner,
            place,
            held,
            expected: expected.clone(),
        };
        let columns = vec![
            column("Alice", "phone", phone.held()?, &expected.phone),
            column("Alice", "tablet", tablet.held()?, &expected.tablet),
            column("Alice", "server", alice_server, &expected.alice_server),
            column("Bob", "phone", bob.held()?, &expected.bob),
            column("Bob", "server", bob_server, &expected.bob_server),
        ];
        Ok(Table {
            rows: self.rows.clone(),
            columns,
        })
    }
}

async fn register(addr: SocketAddr) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let options = Options::new("lacuna#demo", &format!("http://{addr}"), folder.path());
    let nobody = Client::new(options)?;
    for (name, password) in USERS {
        nobody.register(name, password).await?;
    }
    Ok(tokio::task::spawn_blocking(move || nobody.close()).await?)
}

fn peer(name: &str) -> anyhow::Result<Target> {
    Ok(Target::Peer(Name::new(name)?))
}
