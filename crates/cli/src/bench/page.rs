//! History pages at random places while more and more is deleted.

use super::latency::Latency;
use super::prepare::{Prepared, User, page_rows, rest};
use super::report::{Report, rounded};
use super::scatter::Random;
use anyhow::Context;
use futures_util::{StreamExt, TryStreamExt, stream};
use lacuna_domain::Pos;
use lacuna_domain::limits::DELETE_IDS_MAX;
use lacuna_sdk::transport::Rest;
use serde_json::json;
use std::path::Path;
use tokio::time::Instant;

const PAGE_ROWS: usize = 50;
const DELETIONS: [usize; 4] = [0, 1_000, 10_000, 100_000];
const DELETE_CALLS_AT_ONCE: usize = 8;
const WARM_UP_PAGES: u32 = 200;

/// What `lacuna bench page` takes.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct PageArgs {
    /// Messages in the conversation. Levels of more than a fifth of them deleted are left out.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1_000..=20_000_000))]
    messages: u32,
    /// Pages read for each number of deletions.
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(10..=1_000_000))]
    pages: u32,
}

/// Runs the scenario.
pub(super) async fn run(args: &PageArgs, folder: Option<&Path>) -> anyhow::Result<Report> {
    let messages = usize::try_from(args.messages)?;
    let mut prepared = Prepared::new(folder).await?;
    let users = prepared.users("user", 2).await?;
    let [deleter, keeper] = users.as_slice() else {
        anyhow::bail!("two users are needed");
    };
    let ids = prepared.fill(deleter, keeper, messages).await?;
    let (_folder, child) = prepared.serve().await?;
    let rest = rest(child.addr)?;
    let settings = vec![
        ("messages", json!(messages)),
        ("rows", json!(PAGE_ROWS)),
        ("pages", json!(args.pages)),
    ];
    let mut report = Report::new("page", settings);
    let mut random = Random::new(1);
    let mut doomed = ids.clone();
    random.shuffle(&mut doomed);
    let (mut deleted, mut flat) = (0, None);
    for level in DELETIONS.into_iter().filter(|level| *level <= messages / 5) {
        let next = doomed
            .get(deleted..level)
            .context("fewer messages than deletions")?;
        delete(&rest, deleter, keeper, next).await?;
        deleted = level;
        let mut pages = Pages {
            rest: &rest,
            ids: &ids,
            random: &mut random,
            short: 0,
        };
        pages.measure(deleter, keeper, WARM_UP_PAGES).await?;
        let (mine, theirs) = pages.measure(deleter, keeper, args.pages).await?;
        let short = pages.short;
        let flat = *flat.get_or_insert(mine.ms(0.5));
        report.row(vec![
            ("deleted", json!(deleted)),
            ("p50_ms", mine.cell(0.5)),
            ("p99_ms", mine.cell(0.99)),
            ("ratio_to_none_deleted", rounded(mine.ms(0.5) / flat)),
            ("other_user_p50_ms", theirs.cell(0.5)),
            ("other_user_p99_ms", theirs.cell(0.99)),
            (
                "ratio_to_other_user",
                rounded(mine.ms(0.5) / theirs.ms(0.5)),
            ),
        ]);
        report.check(
            short == 0,
            format!("{short} pages with {deleted} deletions had not the rows they should"),
        );
    }
    child.stop().await?;
    Ok(report)
}

/// Deletes scattered messages, as many a call as the server takes.
async fn delete(rest: &Rest, deleter: &User, keeper: &User, ids: &[Pos]) -> anyhow::Result<()> {
    let calls: Vec<Vec<Pos>> = ids.chunks(DELETE_IDS_MAX).map(<[Pos]>::to_vec).collect();
    let (caller, target) = (&deleter.caller(), &keeper.target());
    let calls = stream::iter(calls).map(|ids| async move {
        let answer = rest.delete_ids(caller, target, &ids, None).await;
        answer.map(drop)
    });
    let all = calls.buffer_unordered(DELETE_CALLS_AT_ONCE).try_collect();
    Ok(all.await?)
}

struct Pages<'a> {
    rest: &'a Rest,
    ids: &'a [Pos],
    random: &'a mut Random,
    /// Pages with a wrong number of rows.
    short: usize,
}

impl Pages<'_> {
    /// Reads pages of both users in turn, so that whatever else the machine does meets both.
    async fn measure(
        &mut self,
        deleter: &User,
        keeper: &User,
        pages: u32,
    ) -> anyhow::Result<(Latency, Latency)> {
        // The oldest rows are left out: every page then has rows enough before it.
        let cursors = self.ids.get(self.ids.len() / 4..).unwrap_or_default();
        let (mut mine, mut theirs) = (Latency::new(), Latency::new());
        for _ in 0..pages {
            for (user, peer, latency) in
                [(deleter, keeper, &mut mine), (keeper, deleter, &mut theirs)]
            {
                let before = self.random.pick(cursors).copied();
                let begin = Instant::now();
                let rows = page_rows(self.rest, user, peer, before, PAGE_ROWS).await?;
                latency.record(begin.elapsed());
                self.short += usize::from(rows != PAGE_ROWS);
            }
        }
        Ok((mine, theirs))
    }
}
