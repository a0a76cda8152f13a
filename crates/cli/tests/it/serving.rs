//! `lacuna serve` as a process.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// `lacuna serve`.
#[derive(Debug)]
pub(crate) struct Server {
    process: Child,
    addr: SocketAddr,
}

impl Server {
    pub(crate) fn start(data: &Path, listen: SocketAddr) -> Self {
        Self::start_with(data, listen, |_| {})
    }

    /// With changes to the command.
    pub(crate) fn start_with(
        data: &Path,
        listen: SocketAddr,
        change: impl FnOnce(&mut Command),
    ) -> Self {
        let mut command = Self::command(data, listen);
        command.stderr(Stdio::null());
        change(&mut command);
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        let addr = line.trim().strip_prefix("listening on http://");
        let addr = addr.expect("where it listens").parse().unwrap();
        Self { process, addr }
    }

    /// The command that starts one.
    pub(crate) fn command(data: &Path, listen: SocketAddr) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lacuna"));
        command
            .args(["serve", "--listen", &listen.to_string(), "--data"])
            .arg(data)
            .stdout(Stdio::piped());
        command
    }

    /// Where it listens.
    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// As the system would: it writes nothing more.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.process.try_wait().is_ok_and(|ended| ended.is_none()) {
            self.kill();
        }
    }
}
