//! The answer to something that was queued.

use crate::Error;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use tokio::sync::oneshot;
use tokio::task::unconstrained;

/// The answer to an act or a read that is already queued.
///
/// # Cancellation
/// Dropping it does not take an act back: the act runs and commits, and nobody hears of it. A read that nobody waits for
/// is skipped if it has not begun.
#[derive(Debug)]
#[must_use = "the act runs anyway, but only this tells whether it was kept"]
pub struct Pending<T, E> {
    receiver: oneshot::Receiver<Result<T, E>>,
}

impl<T, E: From<Error>> Pending<T, E> {
    /// A pair: the side that answers, and the side that waits.
    pub(crate) fn pair() -> (oneshot::Sender<Result<T, E>>, Self) {
        let (sender, receiver) = oneshot::channel();
        (sender, Self { receiver })
    }

    /// An answer that is already known.
    pub(crate) fn failed(error: Error) -> Self {
        let (sender, pending) = Self::pair();
        reply(sender, Err(E::from(error)));
        pending
    }

    /// Blocks the thread until the answer is there. It may be any thread; one of an async runtime does nothing else
    /// meanwhile, so `.await` is better there.
    pub fn wait(self) -> Result<T, E> {
        // Unconstrained: a task that has polled often is told "not yet" until it gives way, and here it never does.
        let mut answer = pin!(unconstrained(self));
        let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
        let mut context = Context::from_waker(&waker);
        loop {
            match answer.as_mut().poll(&mut context) {
                Poll::Ready(answer) => return answer,
                // It may return without having been woken; then it is looked at once more.
                Poll::Pending => std::thread::park(),
            }
        }
    }
}

/// Wakes a thread that waits.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}

impl<T, E: From<Error>> Future for Pending<T, E> {
    type Output = Result<T, E>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.receiver)
            .poll(context)
            .map(|received| received.unwrap_or_else(|_| Err(E::from(Error::Closed))))
    }
}

/// Sends an answer, whether or not anybody still waits for it.
pub(crate) fn reply<T, E>(sender: oneshot::Sender<Result<T, E>>, answer: Result<T, E>) {
    drop(sender.send(answer));
}
