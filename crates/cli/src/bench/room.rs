//! A message to a room full of people: how long telling all of them takes, and how long somebody else waits meanwhile.
//!
//! In this process and without sockets: what is measured is the registry of sessions alone, the one thing that all of them
//! share.

use super::latency::Latency;
use super::report::Report;
use anyhow::Context;
use lacuna_domain::{
    AccountId, Audience, ConversationId, ConversationKey, DeviceId, GroupId, Name, Pos, Reader,
};
use lacuna_server::delivery::{
    ClientInfo, Delivery, Publication, PublishedEntry, Room, SessionHandle,
};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::mpsc::{Receiver, channel, error::TryRecvError};
use tokio::time::Instant;

const ROOM: ConversationId = ConversationId(1);
/// What `lacuna bench room` takes.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct RoomArgs {
    /// People in the room, each with one session.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=200_000))]
    members: u32,
    /// Messages, one after the other; all of them wait in the sessions' mailboxes until the end.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    messages: u32,
}

/// Runs the scenario.
pub(super) async fn run(args: &RoomArgs) -> anyhow::Result<Report> {
    let delivery = Arc::new(Delivery::default());
    let mut people = Vec::new();
    for id in 1..=i64::from(args.members) {
        people.push(enter(&delivery, AccountId(id), Some(args.messages)));
    }
    let outsider = AccountId(0);
    let mut beside = enter(&delivery, outsider, None);
    let entry = entry()?;
    let stop = Arc::new(AtomicBool::new(false));
    let waiting = {
        let (delivery, stop, entry) = (Arc::clone(&delivery), Arc::clone(&stop), entry.clone());
        tokio::task::spawn_blocking(move || {
            let mut waits = Latency::new();
            while !stop.load(Ordering::Relaxed) {
                let begin = Instant::now();
                delivery.publish_to(&[outsider], &entry);
                waits.record(begin.elapsed());
                drain(&mut beside);
                std::thread::yield_now();
            }
            waits
        })
    };
    let (told, publishes) = tokio::task::spawn_blocking({
        let (messages, entry, stop) = (args.messages, entry, Arc::clone(&stop));
        move || {
            let mut publishes = Latency::new();
            for _ in 0..messages {
                let begin = Instant::now();
                delivery.publish_group(&entry, ROOM);
                publishes.record(begin.elapsed());
            }
            stop.store(true, Ordering::Relaxed);
            (people.iter_mut().map(drain).sum::<usize>(), publishes)
        }
    })
    .await?;
    let waits = waiting.await?;
    let settings = vec![
        ("members", json!(args.members)),
        ("messages", json!(args.messages)),
    ];
    let mut report = Report::new("room", settings);
    report.row(vec![
        ("publish_p50_ms", publishes.cell(0.5)),
        ("publish_p99_ms", publishes.cell(0.99)),
        ("others_p50_ms", waits.cell(0.5)),
        ("others_p99_ms", waits.cell(0.99)),
        ("others_max_ms", waits.cell(1.0)),
    ]);
    let all = usize::try_from(u64::from(args.members) * u64::from(args.messages))?;
    report.check(told == all, format!("{told} of {all} publications came"));
    Ok(report)
}

/// Brings somebody online, as a member of the room if it is to take so many messages.
fn enter(delivery: &Delivery, account: AccountId, messages: Option<u32>) -> Receiver<Publication> {
    let room = messages.and_then(|messages| usize::try_from(messages).ok());
    let (mailbox, told) = channel(room.unwrap_or(1));
    let device = DeviceId(account.0 + 1);
    let session = SessionHandle {
        id: delivery.session_id(),
        reader: Reader { account, device },
        client: ClientInfo::default(),
        mailbox,
    };
    let alone = Room {
        devices_max: 1,
        refuse: false,
    };
    delivery.register(session, alone);
    if room.is_some() {
        delivery.subscribe(account, ROOM);
    }
    told
}

fn entry() -> anyhow::Result<Publication> {
    let sender = Name::new("alice").ok().context("the name is legal")?;
    Ok(Publication::Entry(Arc::new(PublishedEntry {
        conversation: ROOM,
        key: ConversationKey::Group(GroupId::new("1")),
        pos: Pos(2),
        prev_pos: Pos(1),
        audience: Audience::All,
        sender,
        device: DeviceId::NONE,
        body: vec![0; 200].into(),
        refers: false,
    })))
}

/// Takes what waits for a session. Says how much there was.
fn drain(told: &mut Receiver<Publication>) -> usize {
    let mut count = 0;
    while !matches!(
        told.try_recv(),
        Err(TryRecvError::Empty | TryRecvError::Disconnected)
    ) {
        count += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn everybody_is_told() {
        let args = RoomArgs {
            members: 1_200,
            messages: 3,
        };
        assert!(run(&args).await.unwrap().passed());
    }
}
