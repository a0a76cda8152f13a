//! Deletions of 50 scattered messages.

use super::latency::Latency;
use super::prepare::{Prepared, User, page_rows, rest};
use super::report::{Report, per_second};
use super::scatter::Random;
use anyhow::Context;
use lacuna_domain::Pos;
use lacuna_domain::limits::DELETE_IDS_MAX;
use lacuna_sdk::transport::Rest;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// What `lacuna bench delete-ids` takes.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct DeleteIdsArgs {
    /// Pairs of users. The first user of each deletes.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pairs: u32,
    /// Messages of each pair.
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1_000..=10_000_000))]
    messages: u32,
    /// Calls of each pair: first by the first pair alone, one after the other, then by the others at the same time.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    calls: u32,
}

/// A pair and the ids that its first user deletes, a call each.
#[derive(Debug)]
struct Work {
    deleter: User,
    peer: User,
    calls: Vec<Vec<Pos>>,
}

/// Runs the scenario.
pub(super) async fn run(args: &DeleteIdsArgs, folder: Option<&Path>) -> anyhow::Result<Report> {
    let (pairs, messages, calls) = (
        usize::try_from(args.pairs)?,
        usize::try_from(args.messages)?,
        usize::try_from(args.calls)?,
    );
    let mut prepared = Prepared::new(folder).await?;
    let (deleters, peers) = (
        prepared.users("deleter", pairs).await?,
        prepared.users("peer", pairs).await?,
    );
    let mut random = Random::new(2);
    let mut works = Vec::with_capacity(pairs);
    for (deleter, peer) in deleters.into_iter().zip(peers) {
        let mut ids = prepared.fill(&deleter, &peer, messages).await?;
        random.shuffle(&mut ids);
        let calls = ids
            .chunks_exact(DELETE_IDS_MAX)
            .take(calls)
            .map(<[Pos]>::to_vec)
            .collect();
        works.push(Work {
            deleter,
            peer,
            calls,
        });
    }
    let (_folder, child) = prepared.serve().await?;
    let rest = rest(child.addr)?;
    let settings = vec![
        ("pairs", json!(pairs)),
        ("messages_per_pair", json!(messages)),
        ("ids_per_call", json!(DELETE_IDS_MAX)),
    ];
    let mut report = Report::new("delete-ids", settings);
    let mut works = works.into_iter();
    let alone = works.next().context("there is no pair")?;
    run_phase(&mut report, &rest, vec![alone]).await?;
    if works.len() > 0 {
        run_phase(&mut report, &rest, works.collect()).await?;
    }
    child.stop().await?;
    Ok(report)
}

/// Every pair deletes, one call after the other; the pairs at the same time.
async fn run_phase(report: &mut Report, rest: &Rest, works: Vec<Work>) -> anyhow::Result<()> {
    let at_once = works.len();
    let works: Vec<Arc<Work>> = works.into_iter().map(Arc::new).collect();
    let begin = Instant::now();
    let mut tasks = JoinSet::new();
    for work in &works {
        let (rest, work) = (rest.clone(), Arc::clone(work));
        tasks.spawn(async move { delete(&rest, &work).await });
    }
    let mut latency = Latency::new();
    while let Some(done) = tasks.join_next().await {
        latency.add(&done.context("a task of the load generator failed")??);
    }
    let took = begin.elapsed().as_secs_f64();
    report.row(vec![
        ("at_once", json!(at_once)),
        ("calls", json!(latency.count())),
        (
            "calls_per_s",
            per_second(usize::try_from(latency.count())?, took),
        ),
        ("p50_ms", latency.cell(0.5)),
        ("p99_ms", latency.cell(0.99)),
        ("max_ms", latency.cell(1.0)),
    ]);
    let work = works.first().context("there is no pair")?;
    let history = page_rows(rest, &work.deleter, &work.peer, None, 1).await;
    report.check(
        history.is_ok(),
        "history cannot be read after the deletions",
    );
    Ok(())
}

async fn delete(rest: &Rest, work: &Work) -> anyhow::Result<Latency> {
    let mut latency = Latency::new();
    let (caller, target) = (work.deleter.caller(), work.peer.target());
    for ids in &work.calls {
        let begin = Instant::now();
        rest.delete_ids(&caller, &target, ids, None).await?;
        latency.record(begin.elapsed());
    }
    Ok(latency)
}
