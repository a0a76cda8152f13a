//! Connections that do nothing.

use super::child::{Child, open_files_max};
use super::link::Link;
use super::prepare::{Prepared, User};
use super::report::{Report, float, per_second, rounded};
use anyhow::{Context, ensure};
use futures_util::{StreamExt, TryStreamExt, stream};
use lacuna_domain::limits::{DEVICES_PER_PLATFORM_DEFAULT, SESSION_IDLE_MS};
use serde_json::json;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// Devices of one user: as many as may be connected.
const DEVICES_PER_USER: usize = DEVICES_PER_PLATFORM_DEFAULT;
/// Connections from one local address: there are some 28,000 ports for each.
const CONNECTIONS_PER_ADDRESS: usize = 20_000;
/// Logins at the same time.
const LOGINS_AT_ONCE: usize = 64;
/// Files that a process needs besides its connections.
const FILES_BESIDES: usize = 100;
/// How long an answer may take at the end.
const ALIVE_WAIT: Duration = Duration::from_secs(5);
/// How long the server rests before it is measured.
const REST: Duration = Duration::from_secs(2);

/// What `lacuna bench idle` takes.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct IdleArgs {
    /// Connections, each a logged-in device.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=200_000))]
    connections: u32,
}

/// Runs the scenario.
pub(super) async fn run(args: &IdleArgs, folder: Option<&Path>) -> anyhow::Result<Report> {
    let connections = usize::try_from(args.connections)?;
    if let Some(files) = open_files_max() {
        let needed = connections + FILES_BESIDES;
        ensure!(
            files >= needed,
            "{connections} connections need {needed} open files, {files} are allowed: raise it with `ulimit -n {needed}`"
        );
    }
    let prepared = Prepared::new(folder).await?;
    let users = prepared
        .users("user", connections.div_ceil(DEVICES_PER_USER))
        .await?;
    let (_folder, child) = prepared.serve().await?;
    let started_in = child.started_in;
    // The first login makes what later ones share.
    let first = users.first().context("there is no user")?;
    drop(login(child.addr, first, connections).await?);
    sleep(REST).await;
    let before_kib = child.rss_kib()?;
    let begin = Instant::now();
    let links = connect_all(&child, &users, connections).await?;
    let took = begin.elapsed().as_secs_f64();
    sleep(REST).await;
    let after_kib = child.rss_kib()?;
    let alive = count_alive(links).await;
    child.stop().await?;
    let mut report = Report::new("idle", vec![("connections", json!(connections))]);
    report.row(vec![
        ("start_ms", rounded(started_in.as_secs_f64() * 1_000.0)),
        ("rss_before_mib", rounded(float(before_kib) / 1_024.0)),
        ("rss_after_mib", rounded(float(after_kib) / 1_024.0)),
        (
            "kib_per_connection",
            rounded(float(after_kib.saturating_sub(before_kib)) / float(connections)),
        ),
        ("logins_per_s", per_second(connections, took)),
    ]);
    report.check(
        alive == connections,
        format!("{alive} of {connections} connections were alive at the end"),
    );
    Ok(report)
}

/// Logs every device in. Faster than the server loses patience with the first of them.
async fn connect_all(
    child: &Child,
    users: &[User],
    connections: usize,
) -> anyhow::Result<Vec<Link>> {
    let devices = (0..connections).map(|index| (index, users.get(index / DEVICES_PER_USER)));
    let logins = stream::iter(devices).map(|(index, user)| async move {
        let user = user.context("there are fewer users than devices need")?;
        login(child.addr, user, index).await
    });
    let all = logins.buffer_unordered(LOGINS_AT_ONCE).try_collect();
    let patience = Duration::from_millis(SESSION_IDLE_MS).saturating_sub(Duration::from_secs(20));
    timeout(patience, all)
        .await
        .context("the logins take too long")?
}

async fn login(addr: SocketAddr, user: &User, index: usize) -> anyhow::Result<Link> {
    let resource = format!("device{index}");
    Link::connect(addr, user, &resource, Some(source(index))).await
}

/// The local address of a connection: 127.0.0.2, 127.0.0.3 and so on.
fn source(index: usize) -> IpAddr {
    let last = u8::try_from(2 + index / CONNECTIONS_PER_ADDRESS).unwrap_or(u8::MAX);
    Ipv4Addr::new(127, 0, 0, last).into()
}

/// On how many connections the server still answers.
async fn count_alive(links: Vec<Link>) -> usize {
    let mut alive = 0;
    for mut link in links {
        alive += usize::from(link.answers(ALIVE_WAIT).await);
    }
    alive
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_change_before_ports_run_out() {
        assert_eq!(source(0).to_string(), "127.0.0.2");
        assert_eq!(source(CONNECTIONS_PER_ADDRESS).to_string(), "127.0.0.3");
        assert_eq!(source(usize::MAX).to_string(), "127.0.0.255");
    }
}
