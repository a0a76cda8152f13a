//! The readers: a few read-only connections, each on a thread of its own, with one bounded queue for all.
//!
//! Every read has a snapshot: it sees all that was committed before its first statement and nothing of what is committed
//! after. A snapshot holds back checkpoints, so none is kept for longer than the read time.

use crate::pending::{Pending, reply};
use crate::{Error, Result};
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::time::Instant;

/// Virtual machine steps between two looks at the clock: some tens of microseconds.
const STEPS_PER_LOOK: i32 = 2_000;

/// The way to the readers' threads.
#[derive(Debug)]
pub struct Readers {
    queue: SyncSender<Job>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

type Read = Box<dyn FnOnce(&Connection, &Deadline) + Send>;

enum Job {
    Read(Read),
    Stop,
}

impl Readers {
    /// Starts a thread for each connection. `queue_reads_max` reads may wait, each may take `read_time_max`.
    pub(crate) fn start(
        conns: Vec<Connection>,
        queue_reads_max: usize,
        read_time_max: Duration,
    ) -> Result<Self> {
        let (queue, receiver) = sync_channel(queue_reads_max);
        let receiver = Arc::new(Mutex::new(receiver));
        let mut threads = Vec::with_capacity(conns.len());
        for mut conn in conns {
            let deadline = Deadline::watch(&mut conn, read_time_max)?;
            let receiver = Arc::clone(&receiver);
            let thread = std::thread::Builder::new()
                .name("db-reader".into())
                .spawn(move || run(&conn, &deadline, &receiver))
                .map_err(Error::Thread)?;
            threads.push(thread);
        }
        Ok(Self {
            queue,
            threads: Mutex::new(threads),
        })
    }

    /// Queues a read. With a full queue the answer is [`Error::Busy`] at once; a read that takes too long is interrupted
    /// and answers [`Error::Timeout`], whatever it made of the interruption.
    ///
    /// The read runs inside a transaction and must not end it. Between its statements nothing can interrupt it: what
    /// takes time without `SQLite` belongs after it.
    pub fn read<T, E, F>(&self, read: F) -> Pending<T, E>
    where
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.queue_read(Bound::ReadTime, read)
    }

    /// Queues a read that may take as long as it takes. It holds its snapshot, and so the log, for as long.
    pub(crate) fn read_unbounded<T, E, F>(&self, read: F) -> Pending<T, E>
    where
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.queue_read(Bound::None, read)
    }

    fn queue_read<T, E, F>(&self, bound: Bound, read: F) -> Pending<T, E>
    where
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (sender, pending) = Pending::pair();
        let job = move |conn: &Connection, deadline: &Deadline| {
            if !sender.is_closed() {
                reply(sender, snapshot(conn, deadline, bound, read));
            }
        };
        match self.queue.try_send(Job::Read(Box::new(job))) {
            Ok(()) => pending,
            Err(TrySendError::Full(_)) => Pending::failed(Error::Busy),
            Err(TrySendError::Disconnected(_)) => Pending::failed(Error::Closed),
        }
    }

    /// Answers what is queued, then ends the threads. Later reads fail with [`Error::Closed`].
    pub(crate) fn close(&self) {
        let threads =
            std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        if threads
            .iter()
            .any(|thread| thread.thread().id() == std::thread::current().id())
        {
            // The last read owned the last handle: the threads end by themselves when the queue's sender is dropped.
            return;
        }
        for _ in &threads {
            // It fails only if all threads have ended, which is what it asks for.
            drop(self.queue.send(Job::Stop));
        }
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("a reader thread had panicked");
            }
        }
    }
}

fn run(conn: &Connection, deadline: &Deadline, queue: &Mutex<Receiver<Job>>) {
    loop {
        // The lock is held while waiting and not while reading: idle threads wait for it instead of for the queue.
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match job {
            Ok(Job::Read(read)) => read(conn, deadline),
            Ok(Job::Stop) | Err(_) => return,
        }
    }
}

/// Runs a read in a transaction of its own, against the clock.
fn snapshot<T, E, F>(conn: &Connection, deadline: &Deadline, bound: Bound, read: F) -> Result<T, E>
where
    F: FnOnce(&Connection) -> Result<T, E>,
    E: From<Error>,
{
    control(conn, "BEGIN DEFERRED")?;
    deadline.begin(bound);
    let outcome = catch_unwind(AssertUnwindSafe(|| read(conn)));
    let late = deadline.end();
    // Nothing was written, so there is nothing to commit: this only lets go of the snapshot.
    let ended = if conn.is_autocommit() {
        Ok(())
    } else {
        control(conn, "ROLLBACK")
    };
    if late {
        return Err(E::from(Error::Timeout));
    }
    let outcome = outcome.unwrap_or_else(|_| {
        tracing::error!("a read panicked");
        Err(E::from(Error::Panicked))
    });
    outcome.and_then(|value| ended.map(|()| value).map_err(E::from))
}

fn control(conn: &Connection, sql: &str) -> Result<()> {
    conn.prepare_cached(sql)?.execute([])?;
    Ok(())
}

/// How long a read may take.
#[derive(Debug, Clone, Copy)]
enum Bound {
    /// The read time.
    ReadTime,
    /// As long as it takes.
    None,
}

/// When the read that runs must be over.
#[derive(Debug, Clone)]
struct Deadline {
    time_max: Duration,
    at: Arc<Mutex<Option<Instant>>>,
    late: Arc<AtomicBool>,
}

impl Deadline {
    /// Makes `SQLite` look at the clock on this connection.
    fn watch(conn: &mut Connection, time_max: Duration) -> Result<Self> {
        let deadline = Self {
            time_max,
            at: Arc::default(),
            late: Arc::default(),
        };
        let watched = deadline.clone();
        conn.progress_handler(STEPS_PER_LOOK, Some(move || watched.passed()))?;
        Ok(deadline)
    }

    fn begin(&self, bound: Bound) {
        self.late.store(false, Ordering::Relaxed);
        self.set(match bound {
            Bound::ReadTime => Some(Instant::now() + self.time_max),
            Bound::None => None,
        });
    }

    /// Returns whether the read was interrupted.
    fn end(&self) -> bool {
        self.set(None);
        self.late.load(Ordering::Relaxed)
    }

    fn passed(&self) -> bool {
        let at = *self.at.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = at.is_some_and(|at| Instant::now() >= at);
        if passed {
            self.late.store(true, Ordering::Relaxed);
        }
        passed
    }

    fn set(&self, at: Option<Instant>) {
        *self.at.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }
}
