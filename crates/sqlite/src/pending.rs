//! The answer to something that was queued.

use crate::Error;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::oneshot;

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

    /// Blocks the thread until the answer is there. Panics inside an async runtime: `.await` it there.
    pub fn wait(self) -> Result<T, E> {
        self.receiver
            .blocking_recv()
            .unwrap_or_else(|_| Err(E::from(Error::Closed)))
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
