//! What the client sends: acts to be done, their answers, and how far the device's own messages have come.
//!
//! These are never delivered to it, so no acknowledgement says that it has them. What is saved instead is said at its next
//! login: a device that was restored to before its own messages notices that it lacks them.

use super::{Output, Session};
use crate::gateway::outgoing::{self, Intake, Refused};
use crate::gateway::submit::Submitted;
use lacuna_domain::limits::SESSION_SENDS_MAX;
use lacuna_domain::{Millis, Pos};
use lacuna_proto::page::{ack_frame, ack_with, error_ack};
use lacuna_proto::pb::Meta;
use lacuna_store::{Cursor, CursorSave};

/// The last message of any history that the session sent.
#[derive(Debug, Default)]
pub(super) struct Sent {
    last: Pos,
    /// Up to where it was handed over to be saved.
    saved: Pos,
}

impl Session {
    /// A meta that the client sends.
    pub(super) fn take(&mut self, meta: &Meta, raw: &[u8], now: Millis) {
        let id = meta.id();
        if id == 0 {
            // Without an id there is no way to answer: a frame without one is a page.
            return self.close();
        }
        match outgoing::read(&self.who, meta, raw) {
            Err(outgoing::Garbage) => self.close(),
            Ok(Intake::Taken) => self.send(ack_frame(id, Pos::first_at(now).0, now.0)),
            Ok(Intake::Refused(refused)) => self.refuse(id, &refused, now),
            Ok(Intake::Submit(_)) if self.sends >= SESSION_SENDS_MAX => {
                self.refuse(id, &Refused::busy(), now);
            }
            Ok(Intake::Submit(submission)) => {
                self.sends += 1;
                self.emit(Output::Submit(id, submission));
            }
        }
    }

    fn refuse(&mut self, id: u64, refused: &Refused, now: Millis) {
        self.send(error_ack(id, refused.code, &refused.reason, now.0));
    }

    /// An act is done, or refused. The session may have ended: then it is only noted.
    pub(in crate::gateway) fn submitted(&mut self, id: u64, done: Submitted, now: Millis) {
        self.sends = self.sends.saturating_sub(1);
        match done {
            Ok(reply) => {
                if reply.in_history {
                    self.sent.last = self.sent.last.max(reply.pos);
                }
                let (pos, time) = (reply.pos.0, reply.time.0);
                self.send(ack_with(id, pos, time, reply.note.as_deref()));
            }
            Err(refused) => self.refuse(id, &refused, now),
        }
    }

    /// How far the device's own messages have come, if that moved since it was last asked: with a keepalive, and at the end.
    pub(super) fn unsaved_sent(&mut self) -> Option<CursorSave> {
        let Sent { last, saved } = &mut self.sent;
        let moved = std::mem::replace(saved, *last) < *last;
        moved.then_some(CursorSave {
            device: self.who.device,
            cursor: Cursor::Sent(*last),
        })
    }

    /// The connection has ended, in whatever way; nothing comes after this. What is still to be saved.
    pub(in crate::gateway) fn end(&mut self) -> Option<CursorSave> {
        self.closed = true;
        self.out.clear();
        self.unsaved_sent()
    }
}
