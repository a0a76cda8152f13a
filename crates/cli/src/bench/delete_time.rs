//! Deletions through a time.

use super::latency::Latency;
use super::prepare::{Prepared, User, page_rows, rest};
use super::report::Report;
use lacuna_domain::Pos;
use lacuna_sdk::transport::Rest;
use serde_json::json;
use std::path::Path;
use tokio::time::Instant;

/// What `lacuna bench delete-time` takes.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct DeleteTimeArgs {
    /// Sizes of the conversations.
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 1_000_000], value_parser = clap::value_parser!(u32).range(100..=20_000_000))]
    messages: Vec<u32>,
    /// Deletions in each, every one taking the next part of the conversation; the last takes the rest.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100))]
    calls: u32,
}

/// Runs the scenario.
pub(super) async fn run(args: &DeleteTimeArgs, folder: Option<&Path>) -> anyhow::Result<Report> {
    let calls = usize::try_from(args.calls)?;
    let mut prepared = Prepared::new(folder).await?;
    let deleters = prepared.users("deleter", args.messages.len()).await?;
    let keepers = prepared.users("keeper", args.messages.len()).await?;
    let mut conversations = Vec::new();
    for ((deleter, keeper), messages) in deleters.iter().zip(&keepers).zip(&args.messages) {
        let ids = prepared
            .fill(deleter, keeper, usize::try_from(*messages)?)
            .await?;
        conversations.push((deleter, keeper, ids));
    }
    let (_folder, child) = prepared.serve().await?;
    let rest = rest(child.addr)?;
    let mut report = Report::new("delete-time", vec![("calls", json!(calls))]);
    for (deleter, keeper, ids) in conversations {
        // Reading a page connects and warms; it changes nothing.
        rows(&rest, deleter, keeper).await?;
        let mut latency = Latency::new();
        for id in ends(&ids, calls) {
            let begin = Instant::now();
            rest.delete_through(&deleter.caller(), &keeper.target(), id.time(), None)
                .await?;
            latency.record(begin.elapsed());
        }
        report.row(vec![
            ("messages", json!(ids.len())),
            ("messages_per_call", json!(ids.len() / calls)),
            ("p50_ms", latency.cell(0.5)),
            ("p99_ms", latency.cell(0.99)),
            ("max_ms", latency.cell(1.0)),
        ]);
        let (mine, theirs) = (
            rows(&rest, deleter, keeper).await?,
            rows(&rest, keeper, deleter).await?,
        );
        report.check(
            mine == 0,
            format!("{mine} messages are left after everything was deleted"),
        );
        report.check(theirs == 50, "the other user lost messages");
    }
    child.stop().await?;
    Ok(report)
}

/// The last ids of `parts` equal parts.
fn ends(ids: &[Pos], parts: usize) -> Vec<Pos> {
    let end = |part: usize| ids.get((ids.len() * part / parts).checked_sub(1)?).copied();
    (1..=parts).filter_map(end).collect()
}

async fn rows(rest: &Rest, user: &User, peer: &User) -> anyhow::Result<usize> {
    page_rows(rest, user, peer, None, 50).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_end_with_the_last_message() {
        let ids: Vec<Pos> = (1..=10).map(Pos).collect();
        assert_eq!(ends(&ids, 3), [Pos(3), Pos(6), Pos(10)]);
        assert_eq!(ends(&ids, 1), [Pos(10)]);
        assert_eq!(ends(&[], 2), [Pos(0); 0]);
    }
}
