//! The one way through the border: a call blocks or answers later, its completion is called once, and no panic crosses.

use crate::client::{Inner, LacunaClient};
use crate::error::LacunaError;
use crate::results::{Outcome, interrupted};
use crate::text::{Context, invalid};
use lacuna_sdk::{Error, ErrorCode, Result};
use std::ffi::c_void;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

const THREAD: &str = "lacuna-callbacks";

/// The call returns at once; its completion is called later, on a thread of the library's own, never before the call has
/// begun to return and never twice.
pub const LACUNA_LATER: i32 = 0;
/// The call does its work on the calling thread; its completion is called once, on that thread, before the call returns.
pub const LACUNA_BLOCKING: i32 = 1;

type Job = Box<dyn FnOnce() + Send>;

/// The thread that calls the completions, one at a time. It is no thread of a runtime: completions may block, and make calls
/// that block.
#[derive(Debug)]
pub(crate) struct Callbacks {
    /// Not bounded: there is one entry for each call that the app has made, at most.
    jobs: Mutex<Option<Sender<Job>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Callbacks {
    /// Starts the thread.
    pub(crate) fn start() -> std::io::Result<Self> {
        let (jobs, queue) = channel::<Job>();
        let thread = std::thread::Builder::new()
            .name(THREAD.into())
            .spawn(move || {
                for job in queue {
                    if catch_unwind(AssertUnwindSafe(job)).is_err() {
                        tracing::error!("a completion panicked");
                    }
                }
            })?;
        Ok(Self {
            jobs: Mutex::new(Some(jobs)),
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Ends the thread after the completions that are still owed. Blocks until then, unless it is called by one of them.
    pub(crate) fn finish(&self) {
        drop(locked(&self.jobs).take());
        let Some(thread) = locked(&self.thread).take() else {
            return;
        };
        if thread.thread().id() != std::thread::current().id() && thread.join().is_err() {
            tracing::error!("the thread of the completions had panicked");
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How a call answers, and to whom.
pub(crate) struct Answer<T: Outcome> {
    mode: i32,
    context: Context,
    done: T::Done,
}

impl<T: Outcome> Answer<T> {
    /// Takes what every call ends with.
    pub(crate) fn new(mode: i32, context: *mut c_void, done: T::Done) -> Self {
        let context = Context(context);
        Self {
            mode,
            context,
            done,
        }
    }

    fn give(self, outcome: Result<T>) -> i32 {
        match outcome {
            Ok(value) => {
                // SAFETY: the caller of the C function vouches for its completion.
                unsafe { T::give(Ok(value), self.done, self.context) };
                0
            }
            Err(error) => {
                let error = LacunaError::new(&error);
                // SAFETY: as above.
                unsafe { T::give(Err(&error), self.done, self.context) };
                error.code()
            }
        }
    }
}

/// An answer that is owed on the thread of the completions. Whatever becomes of the work (it panics, or the client is freed),
/// the completion is called once.
struct Owed<T: Outcome> {
    answer: Option<Answer<T>>,
    jobs: Sender<Job>,
}

impl<T: Outcome> Owed<T> {
    fn new(inner: &Inner, answer: Answer<T>) -> Option<Self> {
        let jobs = locked(&inner.callbacks.jobs).clone()?;
        let answer = Some(answer);
        Some(Self { answer, jobs })
    }

    fn give(&mut self, outcome: Result<T>) {
        if let Some(answer) = self.answer.take() {
            // It fails only when the thread is gone, and that waits for whoever is owed.
            drop(self.jobs.send(Box::new(move || {
                answer.give(outcome);
            })));
        }
    }
}

impl<T: Outcome> Drop for Owed<T> {
    fn drop(&mut self) {
        let error = if std::thread::panicking() {
            interrupted()
        } else {
            not_logged_in()
        };
        self.give(Err(error));
    }
}

/// Makes a call that waits for the server.
pub(crate) fn call<T: Outcome, F>(
    client: *const LacunaClient,
    answer: Answer<T>,
    work: impl FnOnce(Arc<Inner>) -> F + Send + 'static,
) -> i32
where
    F: Future<Output = Result<T>> + Send + 'static,
{
    let Some(inner) = inner(client) else {
        return without_client(answer);
    };
    if answer.mode == LACUNA_BLOCKING {
        let outcome = unwound(|| pollster::block_on(work(inner)));
        return answer.give(outcome);
    }
    let Some(mut owed) = Owed::new(&inner, answer) else {
        return 0;
    };
    let sdk = inner.sdk.clone();
    sdk.spawn(async move { owed.give(work(inner).await) });
    0
}

/// Makes a call on the local store, which blocks for as long as the disk takes.
pub(crate) fn local<T: Outcome>(
    client: *const LacunaClient,
    answer: Answer<T>,
    work: impl FnOnce(&Inner) -> Result<T> + Send + 'static,
) -> i32 {
    let Some(inner) = inner(client) else {
        return without_client(answer);
    };
    if answer.mode == LACUNA_BLOCKING {
        let outcome = unwound(|| work(&inner));
        return answer.give(outcome);
    }
    let Some(mut owed) = Owed::new(&inner, answer) else {
        return 0;
    };
    apart(inner, move |inner| owed.give(work(inner)));
    0
}

/// Runs something that blocks on a thread for such things.
fn apart(inner: Arc<Inner>, work: impl FnOnce(&Inner) + Send + 'static) {
    let sdk = inner.sdk.clone();
    sdk.spawn(async move {
        drop(tokio::task::spawn_blocking(move || work(&inner)).await);
    });
}

/// As [`local`], within a call that waits for the server.
pub(crate) async fn within<T: Send + 'static>(
    inner: &Arc<Inner>,
    work: impl FnOnce(&Inner) -> Result<T> + Send + 'static,
) -> Result<T> {
    let (sender, receiver) = oneshot::channel();
    apart(Arc::clone(inner), move |inner| {
        // It fails when nobody waits any more.
        drop(sender.send(work(inner)));
    });
    receiver.await.unwrap_or_else(|_| Err(not_logged_in()))
}

/// What a client is; none for NULL.
pub(crate) fn inner(client: *const LacunaClient) -> Option<Arc<Inner>> {
    // SAFETY: the caller of the C function vouches that the client is NULL or lives.
    unsafe { client.as_ref() }.map(|client| Arc::clone(&client.inner))
}

/// Runs something of which a panic must not cross the border.
pub(crate) fn unwound<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(interrupted()))
}

/// NULL for a client: 110, by the way that was asked for.
fn without_client<T: Outcome>(answer: Answer<T>) -> i32 {
    let outcome = Err(invalid("the client is NULL"));
    if answer.mode == LACUNA_BLOCKING {
        return answer.give(outcome);
    }
    let thread = std::thread::Builder::new().name(THREAD.into());
    match thread.spawn(move || answer.give(outcome)) {
        Ok(_) => 0,
        // No thread can be had, and so no completion can be called where it belongs.
        Err(_) => i32::from(ErrorCode::General.number()),
    }
}

/// 201, which is checked before everything else.
pub(crate) fn not_logged_in() -> Error {
    Error::new(ErrorCode::NotLoggedIn, "not logged in")
}
