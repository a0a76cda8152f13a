//! Pairs of users that send to each other.

use super::latency::Latency;
use super::link::{Happened, Link};
use super::prepare::{Prepared, User};
use super::report::{Report, float, per_second, rounded};
use anyhow::{Context, bail, ensure};
use lacuna_domain::{Pos, Target};
use serde_json::json;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

/// How long the last messages may take to arrive.
const DRAIN_WAIT: Duration = Duration::from_secs(10);
/// Sends of one pair without an answer, in an open loop; with more the server is far behind, and the run ends.
const WAITING_MAX: usize = 20_000;
/// Characters of a text.
const TEXT_CHARS: usize = 100;

/// What `lacuna bench send` takes.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct SendArgs {
    /// Pairs of users.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=5_000))]
    pairs: u32,
    /// Closed loop: messages without an acknowledgement, for each pair.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=256), conflicts_with = "rate")]
    window: u32,
    /// Open loop: messages a second, all pairs together. Latency then counts from when a message was due.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    rate: Option<u32>,
    /// Seconds of sending.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
}

/// When the next message is sent.
#[derive(Clone, Copy, Debug)]
enum Pace {
    /// As soon as fewer than this many wait for their acknowledgement.
    Window(usize),
    /// At fixed intervals, whatever the server does.
    Every(Duration),
}

/// What one side of a pair, or all, found.
#[derive(Debug)]
struct Found {
    sent: usize,
    acked: usize,
    delivered: usize,
    repeated: usize,
    out_of_order: usize,
    last: Instant,
    to_ack: Latency,
    to_deliver: Latency,
}

impl Found {
    fn new(start: Instant) -> Self {
        Self {
            sent: 0,
            acked: 0,
            delivered: 0,
            repeated: 0,
            out_of_order: 0,
            last: start,
            to_ack: Latency::new(),
            to_deliver: Latency::new(),
        }
    }

    fn add(&mut self, other: &Self) {
        self.sent += other.sent;
        self.acked += other.acked;
        self.delivered += other.delivered;
        self.repeated += other.repeated;
        self.out_of_order += other.out_of_order;
        self.last = self.last.max(other.last);
        self.to_ack.add(&other.to_ack);
        self.to_deliver.add(&other.to_deliver);
    }
}

/// Runs the scenario.
pub(super) async fn run(args: &SendArgs, folder: Option<&Path>) -> anyhow::Result<Report> {
    let pairs = usize::try_from(args.pairs)?;
    let prepared = Prepared::new(folder).await?;
    let (senders, receivers) = (
        prepared.users("sender", pairs).await?,
        prepared.users("receiver", pairs).await?,
    );
    let (_folder, child) = prepared.serve().await?;
    let pace = match args.rate {
        Some(rate) => Pace::Every(Duration::from_secs_f64(
            f64::from(args.pairs) / f64::from(rate),
        )),
        None => Pace::Window(usize::try_from(args.window)?),
    };
    let mut links = Vec::with_capacity(pairs);
    for (sender, receiver) in senders.iter().zip(&receivers) {
        links.push((
            connect(child.addr, sender).await?,
            connect(child.addr, receiver).await?,
            receiver.target(),
        ));
    }
    let start = Instant::now();
    let end = start + Duration::from_secs(args.seconds);
    let mut tasks = JoinSet::new();
    for (sender, receiver, to) in links {
        let (tell, told) = watch::channel(None);
        tasks.spawn(async move { send(sender, &to, pace, (start, end), tell).await });
        tasks.spawn(async move { receive(receiver, told, (start, end)).await });
    }
    let mut found = Found::new(start);
    while let Some(done) = tasks.join_next().await {
        found.add(&done.context("a task of the load generator failed")??);
    }
    let rss_kib = child.rss_kib()?;
    child.stop().await?;
    Ok(report(args, &found, start, rss_kib))
}

fn report(args: &SendArgs, found: &Found, start: Instant, rss_kib: usize) -> Report {
    let load = match args.rate {
        Some(rate) => ("rate", json!(rate)),
        None => ("window", json!(args.window)),
    };
    let mut report = Report::new(
        "send",
        vec![
            ("pairs", json!(args.pairs)),
            load,
            ("seconds", json!(args.seconds)),
        ],
    );
    let seconds = (found.last - start).as_secs_f64();
    report.row(vec![
        ("sent", json!(found.sent)),
        ("acked_per_s", per_second(found.acked, seconds)),
        ("delivered_per_s", per_second(found.delivered, seconds)),
        ("ack_p50_ms", found.to_ack.cell(0.5)),
        ("ack_p99_ms", found.to_ack.cell(0.99)),
        ("deliver_p50_ms", found.to_deliver.cell(0.5)),
        ("deliver_p99_ms", found.to_deliver.cell(0.99)),
        ("deliver_max_ms", found.to_deliver.cell(1.0)),
        ("server_rss_mib", rounded(float(rss_kib) / 1_024.0)),
    ]);
    report.check(
        found.acked == found.sent,
        format!("{} of {} messages acknowledged", found.acked, found.sent),
    );
    report.check(
        found.delivered == found.acked,
        format!("{} of {} messages delivered", found.delivered, found.acked),
    );
    report.check(
        found.repeated == 0,
        format!("{} messages delivered again", found.repeated),
    );
    report.check(
        found.out_of_order == 0,
        format!("{} messages out of order", found.out_of_order),
    );
    report
}

async fn connect(addr: SocketAddr, user: &User) -> anyhow::Result<Link> {
    Link::connect(addr, user, "bench", None).await
}

async fn send(
    mut link: Link,
    to: &Target,
    pace: Pace,
    (start, end): (Instant, Instant),
    tell: watch::Sender<Option<usize>>,
) -> anyhow::Result<Found> {
    let mut found = Found::new(start);
    let mut waiting: HashMap<Pos, Instant> = HashMap::new();
    let mut next_due = start;
    loop {
        let now = Instant::now();
        loop {
            let due = match pace {
                Pace::Window(window) if waiting.len() < window => now,
                Pace::Window(_) => break,
                Pace::Every(_) => next_due,
            };
            if due > now || due >= end {
                break;
            }
            ensure!(
                waiting.len() < WAITING_MAX,
                "the server is {WAITING_MAX} messages behind: lower the rate"
            );
            let id = link.send_text(to, &stamp(due - start, found.sent))?;
            waiting.insert(id, due);
            found.sent += 1;
            if let Pace::Every(interval) = pace {
                next_due += interval;
            }
        }
        if now >= end && waiting.is_empty() {
            break;
        }
        let until = match pace {
            Pace::Every(_) if next_due < end => next_due,
            _ => end + DRAIN_WAIT,
        };
        // Writes what was queued above, too.
        match timeout_at(until, link.next()).await {
            Ok(happened) => take_answer(happened?, &mut waiting, &mut found)?,
            Err(_) if until > end => break,
            Err(_) => {}
        }
        while let Some(happened) = link.happened() {
            take_answer(happened, &mut waiting, &mut found)?;
        }
    }
    // The receiver stops by itself if it is gone already.
    tell.send_replace(Some(found.acked));
    Ok(found)
}

fn take_answer(
    happened: Happened,
    waiting: &mut HashMap<Pos, Instant>,
    found: &mut Found,
) -> anyhow::Result<()> {
    match happened {
        Happened::Acked(id) => {
            let sent = waiting
                .remove(&id)
                .context("a message that was not sent is acknowledged")?;
            found.last = Instant::now();
            found.to_ack.record(found.last - sent);
            found.acked += 1;
        }
        Happened::Refused { id, why } => {
            bail!("message {id} is refused: {why}");
        }
        Happened::Came(_) => {}
    }
    Ok(())
}

async fn receive(
    mut link: Link,
    mut told: watch::Receiver<Option<usize>>,
    (start, end): (Instant, Instant),
) -> anyhow::Result<Found> {
    let mut found = Found::new(start);
    let (mut seen, mut next) = (Vec::new(), 0);
    let deadline = end + DRAIN_WAIT;
    let mut total = None;
    while total.is_none_or(|total| found.delivered < total) {
        let happened = tokio::select! {
            happened = timeout_at(deadline, link.next()) => match happened {
                Ok(happened) => happened?,
                Err(_) => break,
            },
            changed = told.changed(), if total.is_none() => {
                changed.context("the sender failed")?;
                total = *told.borrow_and_update();
                continue;
            }
        };
        let Happened::Came(message) = happened else {
            continue;
        };
        let (sent, number) =
            read_stamp(&message.text).context("a text is not the one that was sent")?;
        if seen.len() <= number {
            seen.resize(number + 1, false);
        }
        let Some(seen) = seen.get_mut(number) else {
            continue;
        };
        if std::mem::replace(seen, true) {
            found.repeated += 1;
            continue;
        }
        found.out_of_order += usize::from(number != next);
        next = number + 1;
        found.last = Instant::now();
        found
            .to_deliver
            .record((found.last - start).saturating_sub(sent));
        found.delivered += 1;
    }
    Ok(found)
}

/// A text that says when it was due, and which it is.
fn stamp(due: Duration, number: usize) -> String {
    format!("{:<TEXT_CHARS$}", format!("{} {number}", due.as_nanos()))
}

fn read_stamp(text: &str) -> Option<(Duration, usize)> {
    let mut words = text.split_whitespace();
    let due = Duration::from_nanos(words.next()?.parse().ok()?);
    Some((due, words.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_says_when_it_was_due() {
        let text = stamp(Duration::from_micros(1_500), 7);
        assert_eq!(text.len(), TEXT_CHARS);
        assert_eq!(read_stamp(&text), Some((Duration::from_micros(1_500), 7)));
        assert_eq!(read_stamp("hello"), None);
    }
}
