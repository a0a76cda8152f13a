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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{LacunaOptions, lacuna_client_free, lacuna_client_new};
    use crate::results::LacunaDone;
    use crate::text::owned;
    use std::sync::mpsc::Receiver;
    use std::thread::ThreadId;
    use std::time::Duration;

    type Told = (i32, ThreadId);

    fn client(folder: &std::path::Path) -> *mut LacunaClient {
        let (key, url) = (owned("a#b"), owned("http://127.0.0.1:9"));
        let folder = owned(&folder.to_string_lossy());
        let options = LacunaOptions {
            app_key: key.as_ptr(),
            rest_url: url.as_ptr(),
            socket_url: std::ptr::null(),
            folder: folder.as_ptr(),
            device_name: std::ptr::null(),
            auto_login: false,
            empty_conversations: false,
            delivery_receipts: false,
            imported_are_read: false,
            delete_on_leaving_group: false,
            log: 0,
        };
        let mut client = std::ptr::null_mut();
        // SAFETY: the options and their texts live.
        let error = unsafe { lacuna_client_new(&raw const options, &raw mut client) };
        assert!(error.is_null());
        client
    }

    /// Sends what it is told through the channel that its context points at.
    unsafe extern "C" fn tell(context: *mut c_void, error: *const LacunaError) {
        // SAFETY: the test's own sender, which outlives the client.
        let sender = unsafe { &*context.cast::<Sender<Told>>() };
        // SAFETY: an error that lives, or NULL.
        let code = unsafe { error.as_ref() }.map_or(0, LacunaError::code);
        sender.send((code, std::thread::current().id())).unwrap();
    }

    fn answer(mode: i32, sender: &Sender<Told>) -> Answer<()> {
        let context = std::ptr::from_ref(sender).cast_mut().cast();
        let done: LacunaDone = Some(tell);
        Answer::new(mode, context, done)
    }

    fn told(receiver: &Receiver<Told>) -> Told {
        receiver.recv_timeout(Duration::from_secs(20)).unwrap()
    }

    #[test]
    fn a_panic_is_error_1_and_the_completion_is_called_once() {
        let folder = tempfile::tempdir().unwrap();
        let client = client(folder.path());
        let (sender, receiver) = channel();
        let here = std::thread::current().id();
        let fault = async |_: Arc<Inner>| -> Result<()> { panic!("a fault, on purpose") };
        for mode in [LACUNA_LATER, LACUNA_BLOCKING] {
            let number = call(client, answer(mode, &sender), fault);
            let (code, thread) = told(&receiver);
            assert_eq!((code, thread == here), (1, mode == LACUNA_BLOCKING));
            assert_eq!(number, i32::from(mode == LACUNA_BLOCKING));
            local(client, answer(mode, &sender), |_| panic!("another"));
            assert_eq!(told(&receiver).0, 1);
        }
        // SAFETY: it is freed once.
        unsafe { lacuna_client_free(client) };
        assert!(receiver.try_recv().is_err());
    }

    #[test]
    fn whoever_waits_when_the_client_is_freed_is_told_201() {
        let folder = tempfile::tempdir().unwrap();
        let client = client(folder.path());
        let (sender, receiver) = channel();
        for _ in 0..10 {
            let waits = async |_: Arc<Inner>| std::future::pending().await;
            call(client, answer(LACUNA_LATER, &sender), waits);
        }
        // SAFETY: it is freed once.
        unsafe { lacuna_client_free(client) };
        let codes: Vec<i32> = receiver.try_iter().map(|(code, _)| code).collect();
        assert_eq!(codes, [201; 10]);
    }

    /// Makes two calls that block.
    unsafe extern "C" fn again(context: *mut c_void, _: *const LacunaError) {
        // SAFETY: the test's own pair, which outlives the client.
        let (client, sender) = unsafe { &*context.cast::<(*mut LacunaClient, Sender<Told>)>() };
        let answers = || answer(LACUNA_BLOCKING, sender);
        call(*client, answers(), async |inner| inner.sdk.logout().await);
        local(*client, answers(), |inner| {
            inner.sdk.chat().count(None).map(drop)
        });
    }

    #[test]
    fn a_completion_may_block_and_make_calls_that_block() {
        let folder = tempfile::tempdir().unwrap();
        let client = client(folder.path());
        let (sender, receiver) = channel();
        let pair = (client, sender);
        let context = std::ptr::from_ref(&pair).cast_mut().cast();
        let done: LacunaDone = Some(again);
        let answer = Answer::<()>::new(LACUNA_LATER, context, done);
        call(client, answer, async |_| Ok(()));
        assert_eq!((told(&receiver).0, told(&receiver).0), (0, 201));
        // SAFETY: it is freed once.
        unsafe { lacuna_client_free(client) };
    }
}
