//! The frames that the server sends.

use bytes::{Bytes, BytesMut};
use prost::Message;

use crate::body;
use crate::meta::full_meta;
use crate::pb::m_sync::{Command, Version};
use crate::pb::status::ErrorCode;
use crate::pb::{
    CommNotice, CommSyncDl, CommUnreadDl, Jid, MSync, Meta, MetaQueue, Provision, StatisticsBody,
    Status, statistics_body,
};
use crate::standing::Standing;
use crate::wire::put_content;

const PAGE_METAS: u32 = 4;

/// A page of a queue. `metas` are full metas in their order, `next_key` the id of the last one, which a client hands back as
/// acknowledgement.
///
/// A page with metas never says that it is the last: clients would pull it for ever. An empty page does.
#[must_use]
pub fn sync_page(
    queue: &Jid,
    metas: &[Bytes],
    next_key: Option<u64>,
    is_last: bool,
    timestamp_ms: u64,
) -> Bytes {
    debug_assert!(
        !is_last || metas.is_empty(),
        "a page with metas is not the last"
    );
    let tail = CommSyncDl {
        next_key,
        queue: Some(queue.clone()),
        is_last: (is_last && metas.is_empty()).then_some(true),
        timestamp: Some(timestamp_ms),
        ..CommSyncDl::default()
    };
    page(Some(status(ErrorCode::Ok, None)), metas, &tail)
}

/// Says that a message was taken. `meta_id` is the sender's id of it, `server_id` the id that it has from now on.
#[must_use]
pub fn ack_frame(meta_id: u64, server_id: u64, timestamp_ms: u64) -> Bytes {
    ack_with(meta_id, server_id, timestamp_ms, None)
}

/// Like [`ack_frame`], with a meta body that says more of what was done.
#[must_use]
pub fn ack_with(meta_id: u64, server_id: u64, timestamp_ms: u64, note: Option<&[u8]>) -> Bytes {
    let note = note.and_then(|body| Meta::decode(body).ok());
    let ack = CommSyncDl {
        status: Some(status(ErrorCode::Ok, None)),
        meta_id: Some(meta_id),
        server_id: Some(server_id),
        timestamp: Some(timestamp_ms),
        metas: note.into_iter().collect(),
        ..CommSyncDl::default()
    };
    frame(Command::Sync, ack.encode_to_vec().into())
}

/// Says that a message was not taken, and why. Clients tell causes apart by the text of `reason`.
#[must_use]
pub fn error_ack(meta_id: u64, code: ErrorCode, reason: &str, timestamp_ms: u64) -> Bytes {
    let ack = CommSyncDl {
        status: Some(status(code, Some(reason))),
        meta_id: Some(meta_id),
        timestamp: Some(timestamp_ms),
        ..CommSyncDl::default()
    };
    frame(Command::Sync, ack.encode_to_vec().into())
}

/// Lets a device in. `resource` is its name from now on and never empty.
#[must_use]
pub fn provision_reply(resource: &str, standing: Standing) -> Bytes {
    debug_assert!(
        !resource.is_empty(),
        "a client adopts an empty name as well"
    );
    let mut reply = Provision {
        status: Some(status(ErrorCode::Ok, None)),
        resource: Some(resource.to_owned()),
        ..Provision::default()
    };
    standing.put(&mut reply);
    frame(Command::Provision, reply.encode_to_vec().into())
}

/// Turns a device away.
#[must_use]
pub fn provision_error(code: ErrorCode, reason: &str) -> Bytes {
    let reply = Provision {
        status: Some(status(code, Some(reason))),
        ..Provision::default()
    };
    frame(Command::Provision, reply.encode_to_vec().into())
}

/// The queues that have something to pull, and how much. Clients compare `timestamp_ms` with the end of their token.
#[must_use]
pub fn unread_reply(queues: &[(Jid, u32)], timestamp_ms: u64) -> Bytes {
    let unread = queues
        .iter()
        .map(|(queue, n)| MetaQueue {
            queue: Some(queue.clone()),
            n: Some(*n),
        })
        .collect();
    let reply = CommUnreadDl {
        status: Some(status(ErrorCode::Ok, None)),
        unread,
        timestamp: Some(timestamp_ms),
    };
    frame(Command::Unread, reply.encode_to_vec().into())
}

/// Says that a queue has something to pull.
#[must_use]
pub fn notice(queue: &Jid) -> Bytes {
    let notice = CommNotice {
        queue: Some(queue.clone()),
    };
    frame(Command::Notice, notice.encode_to_vec().into())
}

/// Logs a device out for good; it does not reconnect. `to` names the device. The server closes the connection afterwards.
#[must_use]
pub fn kick(
    id: u64,
    to: &Jid,
    operation: statistics_body::Operation,
    reason: Option<&str>,
    timestamp_ms: u64,
) -> Bytes {
    let payload = StatisticsBody {
        operation: Some(operation.into()),
        reason: reason.map(str::to_owned),
        ..StatisticsBody::default()
    };
    let body = body::statistics_body(&payload);
    let meta = full_meta(id, &Jid::system(), to, timestamp_ms, &body);
    let tail = CommSyncDl {
        queue: Some(Jid::system()),
        ..CommSyncDl::default()
    };
    page(None, &[meta], &tail)
}

/// A page put together by concatenation, so that the metas keep their bytes.
fn page(status: Option<Status>, metas: &[Bytes], tail: &CommSyncDl) -> Bytes {
    let head = CommSyncDl {
        status,
        ..CommSyncDl::default()
    };
    let mut out =
        BytesMut::with_capacity(metas.iter().map(|meta| meta.len() + 8).sum::<usize>() + 256);
    head.encode(&mut out).expect("the buffer grows");
    for meta in metas {
        put_content(&mut out, PAGE_METAS, meta);
    }
    tail.encode(&mut out).expect("the buffer grows");
    frame(Command::Sync, out.freeze())
}

fn frame(command: Command, payload: Bytes) -> Bytes {
    let frame = MSync {
        version: Some(Version::MsyncV1.into()),
        command: Some(command.into()),
        payload: Some(payload),
        ..MSync::default()
    };
    frame.encode_to_vec().into()
}

fn status(code: ErrorCode, reason: Option<&str>) -> Status {
    Status {
        error_code: Some(code.into()),
        reason: reason.map(str::to_owned),
        ..Status::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pb::Meta;

    fn open(frame: Bytes, command: Command) -> Bytes {
        let frame = MSync::decode(frame).unwrap();
        assert_eq!(
            (frame.version, frame.command),
            (Some(0), Some(command.into()))
        );
        frame.payload.unwrap()
    }

    fn sync(frame: Bytes) -> CommSyncDl {
        CommSyncDl::decode(open(frame, Command::Sync)).unwrap()
    }

    #[test]
    fn a_page_has_metas_or_is_the_last() {
        let (queue, alice) = (
            Jid::user("acme#demo", "bob"),
            Jid::user("acme#demo", "alice"),
        );
        let metas = [
            full_meta(5, &alice, &queue, 1, b"\x28\x01"),
            full_meta(6, &alice, &queue, 2, b"\x28\x01"),
        ];
        let page = sync(sync_page(&queue, &metas, Some(6), false, 9));
        let ids: Vec<u64> = page.metas.iter().map(Meta::id).collect();
        assert_eq!(
            (ids, page.next_key, page.is_last, page.meta_id),
            (vec![5, 6], Some(6), None, None)
        );
        assert_eq!(
            (page.queue, page.status.unwrap().error_code),
            (Some(queue.clone()), Some(0))
        );

        let last = sync(sync_page(&queue, &[], None, true, 9));
        assert_eq!(
            (
                last.metas.len(),
                last.next_key,
                last.is_last,
                last.timestamp
            ),
            (0, None, Some(true), Some(9))
        );
    }

    #[test]
    fn a_page_keeps_the_bytes_of_its_metas() {
        let meta = Bytes::from_static(b"\x9a\x06\x03new\x08\x05");
        let frame = sync_page(
            &Jid::system(),
            std::slice::from_ref(&meta),
            Some(5),
            false,
            1,
        );
        assert!(frame.windows(meta.len()).any(|window| window == meta));
    }

    #[test]
    fn acks_name_the_message() {
        let ack = sync(ack_frame(3, 77, 9));
        assert_eq!(
            (ack.meta_id, ack.server_id, ack.status.unwrap().error_code),
            (Some(3), Some(77), Some(0))
        );
        let refused = sync(error_ack(3, ErrorCode::Fail, "not in group or chatroom", 9));
        let status = refused.status.unwrap();
        assert_eq!(
            (refused.meta_id, refused.server_id, status.error_code),
            (Some(3), None, Some(1))
        );
        assert_eq!(status.reason(), "not in group or chatroom");
    }

    #[test]
    fn a_device_is_let_in_or_turned_away() {
        let standing = Standing {
            account: "uuid".to_owned(),
            token_expires_ms: Some(99),
            acked: 7,
            version: 8,
        };
        let frame = provision_reply("web_1", standing.clone());
        let yes = Provision::decode(open(frame, Command::Provision)).unwrap();
        assert_eq!(
            (yes.resource(), Standing::of(&yes)),
            ("web_1", Some(standing))
        );
        assert_eq!(yes.status.unwrap().error_code, Some(0));
        let no = Provision::decode(open(
            provision_error(ErrorCode::Fail, "no"),
            Command::Provision,
        ))
        .unwrap();
        assert_eq!(no.status.unwrap().error_code, Some(1));
    }

    #[test]
    fn queues_are_listed_and_announced() {
        let queue = Jid::group("acme#demo", "7");
        let reply = CommUnreadDl::decode(open(
            unread_reply(&[(queue.clone(), 2)], 9),
            Command::Unread,
        ))
        .unwrap();
        assert_eq!(
            reply.unread,
            vec![MetaQueue {
                queue: Some(queue.clone()),
                n: Some(2)
            }]
        );
        assert_eq!(
            (reply.timestamp, reply.status.unwrap().error_code),
            (Some(9), Some(0))
        );
        let said = CommNotice::decode(open(notice(&queue), Command::Notice)).unwrap();
        assert_eq!(said.queue, Some(queue));
    }

    #[test]
    fn a_kick_is_a_page_of_the_system() {
        let device = Jid::user("acme#demo", "bob").on_device("web_1");
        let operation = statistics_body::Operation::UserKickedByOtherDevice;
        let page = sync(kick(1, &device, operation, None, 9));
        assert_eq!(
            (page.status, page.next_key, page.is_last, page.queue),
            (None, None, None, Some(Jid::system()))
        );
        let meta = page.metas[0].clone();
        assert_eq!((meta.ns, meta.to), (Some(0), Some(device)));
        let told = StatisticsBody::decode(meta.payload.unwrap()).unwrap();
        assert_eq!(told.operation, Some(4));
    }
}
