//! The one writer: a thread, a bounded queue, and one transaction for all the acts that have gathered in it.
//!
//! Acts run in the order in which they were submitted. Each has a savepoint, so one that fails takes back its own work
//! and no other's. Answers are released after `COMMIT`; when that fails, every act of the batch fails.

use crate::error::{cause, duplicate};
use crate::pending::{Pending, reply};
use crate::{Error, Result};
use rusqlite::{Connection, Statement};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// What the writer's thread keeps between acts: caches, allocators. It is no part of the transaction.
pub trait WriterState: Send + 'static {
    /// Something that an act had done was rolled back: forget whatever was learnt from it.
    fn rolled_back(&mut self) {}
}

impl WriterState for () {}

/// The way to the writer's thread.
#[derive(Debug)]
pub struct Writer<S> {
    queue: SyncSender<Job<S>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    commits: AtomicU64,
    acts: AtomicU64,
}

enum Job<S> {
    Act(Box<dyn Act<S>>),
    Stop,
}

impl<S: WriterState> Writer<S> {
    /// Starts the thread. `queue_acts_max` acts may wait, `batch_acts_max` share a transaction.
    pub(crate) fn start(
        conn: Connection,
        state: S,
        queue_acts_max: usize,
        batch_acts_max: usize,
    ) -> Result<Self> {
        let (queue, receiver) = sync_channel(queue_acts_max);
        let counts = Arc::new(Counts::default());
        let for_thread = Arc::clone(&counts);
        let thread = std::thread::Builder::new()
            .name("db-writer".into())
            .spawn(move || run(&conn, state, &receiver, batch_acts_max.max(1), &for_thread))
            .map_err(Error::Thread)?;
        Ok(Self {
            queue,
            thread: Mutex::new(Some(thread)),
            counts,
        })
    }

    /// Queues an act. It is queued when this returns, so the order of calls is the order of execution; with a full queue
    /// it is not, and the answer is [`Error::Busy`] at once.
    ///
    /// The act runs inside a transaction and must not end it. It may leave the savepoints it opens.
    pub fn submit<T, E, F>(&self, act: F) -> Pending<T, E>
    where
        F: FnOnce(&Connection, &mut S) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (sender, pending) = Pending::pair();
        let task = Task {
            act: Some(act),
            outcome: None,
            sender,
        };
        match self.queue.try_send(Job::Act(Box::new(task))) {
            Ok(()) => pending,
            Err(TrySendError::Full(_)) => Pending::failed(Error::Busy),
            Err(TrySendError::Disconnected(_)) => Pending::failed(Error::Closed),
        }
    }

    /// Transactions committed since the start.
    pub fn commits(&self) -> u64 {
        self.counts.commits.load(Ordering::Relaxed)
    }

    /// Acts committed since the start.
    pub fn acts(&self) -> u64 {
        self.counts.acts.load(Ordering::Relaxed)
    }

    /// Runs what is queued, then ends the thread. Later acts fail with [`Error::Closed`].
    pub(crate) fn close(&self) {
        let Some(thread) = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
        else {
            return;
        };
        if thread.thread().id() == std::thread::current().id() {
            // The last act owned the last handle: the thread ends by itself when the queue's sender is dropped.
            return;
        }
        // It fails only if the thread has ended, which is what it asks for.
        drop(self.queue.send(Job::Stop));
        if thread.join().is_err() {
            tracing::error!("the writer thread had panicked");
        }
    }
}

/// An act whose types are forgotten.
trait Act<S>: Send {
    /// Runs it. Returns whether its work is to be kept.
    fn run(&mut self, conn: &Connection, state: &mut S) -> bool;
    /// Its work was not kept: unless it failed by itself, this is its answer.
    fn fail(&mut self, error: Error);
    /// Releases the answer.
    fn release(self: Box<Self>);
}

struct Task<F, T, E> {
    act: Option<F>,
    outcome: Option<Result<T, E>>,
    sender: oneshot::Sender<Result<T, E>>,
}

impl<S, F, T, E> Act<S> for Task<F, T, E>
where
    F: FnOnce(&Connection, &mut S) -> Result<T, E> + Send,
    T: Send,
    E: From<Error> + Send,
{
    fn run(&mut self, conn: &Connection, state: &mut S) -> bool {
        let Some(act) = self.act.take() else {
            return false;
        };
        // What the panic may have left half-done is rolled back in the file, and forgotten in the state.
        let outcome = catch_unwind(AssertUnwindSafe(|| act(conn, state))).unwrap_or_else(|_| {
            tracing::error!("an act panicked");
            Err(E::from(Error::Panicked))
        });
        self.outcome.insert(outcome).is_ok()
    }

    fn fail(&mut self, error: Error) {
        if !matches!(self.outcome, Some(Err(_))) {
            self.outcome = Some(Err(E::from(error)));
        }
    }

    fn release(self: Box<Self>) {
        if let Some(outcome) = self.outcome {
            reply(self.sender, outcome);
        }
    }
}

type Batch<S> = Vec<Box<dyn Act<S>>>;

fn run<S: WriterState>(
    conn: &Connection,
    mut state: S,
    queue: &Receiver<Job<S>>,
    batch_acts_max: usize,
    counts: &Counts,
) {
    let mut control = match Control::prepare(conn) {
        Ok(control) => control,
        Err(error) => {
            tracing::error!(error = cause(&error), "the writer cannot start");
            return;
        }
    };
    let mut batch: Batch<S> = Vec::with_capacity(batch_acts_max);
    let mut stop = false;
    while !stop {
        // An error means that the last handle is gone.
        let Ok(first) = queue.recv() else { return };
        let mut next = Some(first);
        while let Some(job) = next.take() {
            match job {
                Job::Act(act) => batch.push(act),
                Job::Stop => stop = true,
            }
            if !stop && batch.len() < batch_acts_max {
                next = queue.try_recv().ok();
            }
        }
        commit(&mut control, &mut state, &mut batch, counts);
        batch.drain(..).for_each(Act::release);
    }
}

/// Runs a batch in one transaction, and leaves in each act what became of it.
fn commit<S: WriterState>(
    control: &mut Control<'_>,
    state: &mut S,
    batch: &mut Batch<S>,
    counts: &Counts,
) {
    if batch.is_empty() {
        return;
    }
    let kept = control
        .begin
        .execute([])
        .map_err(Lost::Sqlite)
        .and_then(|_| run_acts(control, state, batch));
    let failed = match kept {
        // Nothing to keep: no reason to sync.
        Ok(0) => {
            control.abandon();
            return;
        }
        Ok(kept) => match control.commit.execute([]) {
            Ok(_) => {
                counts.commits.fetch_add(1, Ordering::Relaxed);
                counts.acts.fetch_add(kept, Ordering::Relaxed);
                return;
            }
            Err(error) => Lost::Sqlite(error),
        },
        Err(lost) => lost,
    };
    control.abandon();
    state.rolled_back();
    for act in batch {
        act.fail(failed.error());
    }
}

/// Why a whole transaction was lost.
enum Lost {
    Sqlite(rusqlite::Error),
    UnderAnAct,
}

impl Lost {
    fn error(&self) -> Error {
        match self {
            Self::Sqlite(error) => Error::Sqlite(duplicate(error)),
            Self::UnderAnAct => Error::RolledBack,
        }
    }
}

/// Runs the acts of a batch, each in a savepoint. Returns how many are to be kept.
fn run_acts<S: WriterState>(
    control: &mut Control<'_>,
    state: &mut S,
    batch: &mut Batch<S>,
) -> Result<u64, Lost> {
    // One act alone has the transaction for a savepoint.
    let alone = batch.len() == 1;
    let mut kept = 0;
    for act in batch {
        if !alone {
            control.savepoint.execute([]).map_err(Lost::Sqlite)?;
        }
        let keep = act.run(control.conn, state);
        // SQLite may roll back everything when the disk fails or is full; what follows must not run outside.
        if control.conn.is_autocommit() {
            return Err(Lost::UnderAnAct);
        }
        if keep {
            kept += 1;
        } else {
            state.rolled_back();
            if !alone {
                control.undo.execute([]).map_err(Lost::Sqlite)?;
            }
        }
        if !alone {
            control.release.execute([]).map_err(Lost::Sqlite)?;
        }
    }
    Ok(kept)
}

/// The statements around acts, prepared once for the life of the thread.
struct Control<'c> {
    conn: &'c Connection,
    begin: Statement<'c>,
    commit: Statement<'c>,
    rollback: Statement<'c>,
    savepoint: Statement<'c>,
    release: Statement<'c>,
    undo: Statement<'c>,
}

impl<'c> Control<'c> {
    fn prepare(conn: &'c Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            conn,
            // IMMEDIATE: a lock that cannot be had is known before an act has run.
            begin: conn.prepare("BEGIN IMMEDIATE")?,
            commit: conn.prepare("COMMIT")?,
            rollback: conn.prepare("ROLLBACK")?,
            savepoint: conn.prepare("SAVEPOINT writer_act")?,
            release: conn.prepare("RELEASE writer_act")?,
            undo: conn.prepare("ROLLBACK TO writer_act")?,
        })
    }

    /// Rolls back, if `SQLite` has not already.
    fn abandon(&mut self) {
        if !self.conn.is_autocommit()
            && let Err(error) = self.rollback.execute([])
        {
            tracing::error!(error = cause(&error), "the rollback failed");
        }
    }
}
