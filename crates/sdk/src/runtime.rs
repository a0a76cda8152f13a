//! The thread on which the SDK's asynchronous work runs.

use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use tokio::runtime::{Builder, Handle};
use tokio_util::sync::CancellationToken;

/// A runtime that lives on a thread of its own, so that it can be dropped from anywhere.
#[derive(Debug)]
pub(crate) struct Runtime {
    handle: Handle,
    stop: CancellationToken,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Runtime {
    /// Starts the thread.
    pub(crate) fn start() -> std::io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (handle, stop) = (runtime.handle().clone(), CancellationToken::new());
        let until = stop.clone();
        let thread = std::thread::Builder::new()
            .name("lacuna-client".into())
            .spawn(move || runtime.block_on(until.cancelled_owned()))?;
        Ok(Self {
            handle,
            stop,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Runs something. After the end it is dropped.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        drop(self.handle.spawn(work));
    }

    /// Runs a last thing, then ends the thread and what still runs on it. Blocks; later calls do nothing.
    pub(crate) fn finish(&self, last: impl Future<Output = ()> + Send + 'static) {
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(thread) = thread else {
            return;
        };
        let stop = self.stop.clone();
        self.spawn(async move {
            last.await;
            stop.cancel();
        });
        join(thread);
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.stop.cancel();
        let thread = self
            .thread
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = thread.take() {
            join(thread);
        }
    }
}

fn join(thread: JoinHandle<()>) {
    if thread.thread().id() == std::thread::current().id() {
        // The last handle was dropped by the SDK's own work: the thread ends by itself.
        return;
    }
    if thread.join().is_err() {
        tracing::error!("the client's thread had panicked");
    }
}
