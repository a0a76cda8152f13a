//! What a client asks for, done by the service.

use super::outgoing::{Refused, Submission};
use crate::service::{Actor, Reply, SendReply, Service};
use std::pin::Pin;
use std::sync::Arc;

/// What becomes of a submission.
pub(super) type Submitted = Result<SendReply, Refused>;

/// A submission that is being done.
pub(super) type Submitting = Pin<Box<dyn Future<Output = Submitted> + Send>>;

/// Does what a client asks for. A message is enqueued by the call: messages are stored in the order in which they came.
pub(super) fn submit(
    service: Arc<Service>,
    actor: &Arc<Actor>,
    submission: Submission,
) -> Submitting {
    match submission {
        Submission::Send(outgoing) => done(service.send(&actor.app, outgoing)),
        Submission::Change(change) => done(service.change(Arc::clone(&actor.app), change)),
        Submission::Receipt(receipt) => {
            let actor = Arc::clone(actor);
            done(async move { service.receipt(&actor, receipt).await })
        }
        Submission::GroupAck(ack) => {
            let actor = Arc::clone(actor);
            done(async move { service.group_ack(&actor, ack).await })
        }
        Submission::Room(act) => {
            let actor = Arc::clone(actor);
            Box::pin(async move {
                let acted = service.act_in_room(&actor, act).await;
                acted.map_err(Refused::of_room)
            })
        }
    }
}

fn done(act: impl Future<Output = Reply<SendReply>> + Send + 'static) -> Submitting {
    Box::pin(async move { act.await.map_err(Refused::from) })
}
