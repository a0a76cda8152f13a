//! Who plays: three devices of two users, and what each place should hold.

use super::table::{Column, Row, Table};
use crate::client::{Device, Identity, Rest};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

/// The users and their passwords.
pub(super) const USERS: [(&str, &str); 2] = [("alice", "alice-secret"), ("bob", "bob-secret")];
/// How long a step waits for what should come.
const STEP_WAIT: Duration = Duration::from_secs(3);
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
    /// When, by the server's clock, in the order of the rows.
    times_ms: Vec<u64>,
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
    pub(super) fn alice_deletes(&mut self, ids: &[u64]) {
        for id in ids {
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
        let rest = Rest::new(addr)?;
        let mut tokens = Vec::new();
        for (name, password) in USERS {
            rest.register(name, password).await?;
            tokens.push(rest.token(name, password).await?);
        }
        let [alice, bob] = tokens.as_slice() else {
            anyhow::bail!("two users play");
        };
        Ok(Self {
            phone: Device::connect(addr, &rest, Identity::new("alice", "phone"), alice).await?,
            tablet: Device::connect(addr, &rest, Identity::new("alice", "tablet"), alice).await?,
            bob: Device::connect(addr, &rest, Identity::new("bob", "phone"), bob).await?,
            rows: Vec::new(),
            times_ms: Vec::new(),
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
            self.phone.send("bob", text).await?
        } else {
            self.bob.send("alice", text).await?
        };
        self.rows.push(Row {
            id: message.id,
            from,
            text,
        });
        self.times_ms.push(message.time_ms);
        self.expected.everybody_gets(message.id, tablet_online);
        // Two messages in one millisecond could not be told apart by time.
        tokio::time::sleep(Duration::from_millis(3)).await;
        Ok(())
    }

    /// The ids of rows, by their numbers in the table.
    pub(super) fn ids(&self, numbers: impl IntoIterator<Item = usize>) -> Vec<u64> {
        let row = |number: usize| number.checked_sub(1).and_then(|index| self.rows.get(index));
        numbers
            .into_iter()
            .filter_map(row)
            .map(|row| row.id)
            .collect()
    }

    /// When the message of a row was sent.
    pub(super) fn time_ms(&self, number: usize) -> u64 {
        number
            .checked_sub(1)
            .and_then(|index| self.times_ms.get(index))
            .copied()
            .unwrap_or_default()
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
        let (on_phone, on_tablet, on_bob) = (
            sorted(&expected.phone),
            sorted(&expected.tablet),
            sorted(&expected.bob),
        );
        tokio::try_join!(
            phone.settle(&on_phone, STEP_WAIT, QUIET_WAIT),
            tablet.settle(&on_tablet, STEP_WAIT, QUIET_WAIT),
            bob.settle(&on_bob, STEP_WAIT, QUIET_WAIT),
        )?;
        let history = |messages: Vec<crate::client::Message>| {
            messages.into_iter().map(|message| message.id).collect()
        };
        let (alice_server, bob_server) = (
            history(phone.server_history("bob").await?),
            history(bob.server_history("alice").await?),
        );
        let held = |device: &Device| device.ids().into_iter().collect();
        let column = |owner, place, held, expected: &BTreeSet<u64>| Column {
            owner,
            place,
            held,
            expected: expected.clone(),
        };
        let columns = vec![
            column("Alice", "phone", held(phone), &expected.phone),
            column("Alice", "tablet", held(tablet), &expected.tablet),
            column("Alice", "server", alice_server, &expected.alice_server),
            column("Bob", "phone", held(bob), &expected.bob),
            column("Bob", "server", bob_server, &expected.bob_server),
        ];
        Ok(Table {
            rows: self.rows.clone(),
            columns,
        })
    }
}

fn sorted(ids: &BTreeSet<u64>) -> Vec<u64> {
    ids.iter().copied().collect()
}
