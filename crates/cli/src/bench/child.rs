//! The server under load: `lacuna serve` as a child process.

use anyhow::{Context, bail};
use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{ChildStdout, Command};
use tokio::time::{Instant, timeout};

const START_WAIT: Duration = Duration::from_mins(1);
const STOP_WAIT: Duration = Duration::from_secs(10);

/// A running server process. It is killed when this is dropped.
#[derive(Debug)]
pub(super) struct Child {
    /// Where it listens.
    pub(super) addr: SocketAddr,
    /// How long it took from the start until it listened.
    pub(super) started_in: Duration,
    process: tokio::process::Child,
    id: u32,
    /// Held, so that the server never writes into a closed pipe.
    _stdout: Lines<BufReader<ChildStdout>>,
}

impl Child {
    /// Starts a server on the store in `data`; its log goes to `server.log` there.
    pub(super) async fn start(data: &Path) -> anyhow::Result<Self> {
        let (begin, log) = (Instant::now(), data.join("server.log"));
        let mut process = Command::new(std::env::current_exe().context("find the lacuna command")?)
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .env("RUST_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).context("create the server's log")?)
            .kill_on_drop(true)
            .spawn()
            .context("start lacuna serve")?;
        let id = process.id().context("the server ended at once")?;
        let mut stdout =
            BufReader::new(process.stdout.take().context("the server has no stdout")?).lines();
        let ready = async {
            while let Some(line) = stdout.next_line().await? {
                if let Some(addr) = line.strip_prefix("listening on http://") {
                    return addr
                        .parse()
                        .with_context(|| format!("read address of {line:?}"));
                }
            }
            bail!(
                "the server ended: {}",
                std::fs::read_to_string(&log).unwrap_or_default().trim()
            )
        };
        let addr = timeout(START_WAIT, ready)
            .await
            .context("the server does not start")??;
        Ok(Self {
            addr,
            started_in: begin.elapsed(),
            process,
            id,
            _stdout: stdout,
        })
    }

    /// Its resident memory, in KiB.
    pub(super) fn rss_kib(&self) -> anyhow::Result<usize> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id))
            .context("read the server's memory")?;
        rss_kib(&status).context("the server's status has no VmRSS")
    }

    /// Ends it and waits for its end.
    pub(super) async fn stop(mut self) -> anyhow::Result<()> {
        self.process.start_kill().context("end the server")?;
        timeout(STOP_WAIT, self.process.wait())
            .await
            .context("the server does not end")??;
        Ok(())
    }
}

fn rss_kib(status: &str) -> Option<usize> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// How many files this process may open; none if nothing says so.
pub(super) fn open_files_max() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_from_the_status() {
        assert_eq!(
            rss_kib("Name:\tlacuna\nVmRSS:\t   18224 kB\nRssAnon: 1 kB\n"),
            Some(18_224)
        );
        assert_eq!(rss_kib("Name:\tlacuna\n"), None);
    }
}
