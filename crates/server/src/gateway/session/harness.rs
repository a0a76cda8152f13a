//! What the tests of sessions share. What a session wants done is written as short lines: see [`line`].
#![cfg_attr(fuzzing, expect(dead_code, reason = "fuzz targets use some of it"))]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may panic like the tests themselves"
)]

use super::*;
use crate::delivery::{Publication, PublishedEntry};
use lacuna_domain::{Audience, ConversationKey, GroupId, MessageKind, Seq};
use lacuna_proto::pb::m_sync::Command;
use lacuna_proto::pb::{CommNotice, CommSyncDl, CommUnreadDl, MSync, StatisticsBody};
use lacuna_store::Entry;
use prost::Message;
use std::sync::Arc;

pub(super) const NOW: Millis = Millis(1_767_225_600_000);
pub(super) const BOB: ConversationId = ConversationId(1);
pub(super) const GROUP: ConversationId = ConversationId(2);
pub(super) const BASE: u64 = 7 << 32;

pub(super) fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

pub(super) fn session() -> Session {
    let who = Identity {
        app_key: "acme#demo".into(),
        account: AccountId(7),
        name: name("alice"),
        display: "Alice".into(),
        device: DeviceId(70),
        resource: "web_1".into(),
    };
    Session::new(
        who,
        DeviceState {
            id: DeviceId(70),
            event_cursor: Version(0),
            version: Version(0),
            acked: Pos::ZERO,
        },
        NOW,
    )
}

/// Says what a session wants in a few words.
pub(super) fn line(output: &Output) -> String {
    match output {
        Output::Send(frame) => frame_line(frame),
        Output::ReadInbox(id, after) => format!(
            "read {id} after {}",
            after.map_or("cursor".to_owned(), |pos| pos.to_string())
        ),
        Output::ReadEvents(after, limit) => format!("events after {} limit {limit}", after.0),
        Output::ListQueues => "list".into(),
        Output::Submit(id, submission) => match &**submission {
            Submission::Send(outgoing) => format!(
                "send {id} to {} as {:?} {:?}",
                outgoing.target.id(),
                outgoing.route,
                outgoing.kind
            ),
            Submission::Change(change) => {
                format!("change {id} of {} in {}", change.pos, change.target.id())
            }
            Submission::Receipt(receipt) => format!(
                "receipt {id} to {} reads {}",
                receipt.to.as_ref().map_or("nobody", Name::as_str),
                receipt.reads.is_some()
            ),
            Submission::GroupAck(ack) => {
                format!("ack {id} of {} in {}", ack.message, ack.group)
            }
        },
        Output::Save(save) => match save.cursor {
            Cursor::Conversation {
                conversation,
                pos,
                acked,
            } if acked == pos => format!("save {conversation} {pos}"),
            Cursor::Conversation {
                conversation,
                pos,
                acked,
            } => format!("save {conversation} {pos} acked {acked}"),
            Cursor::Events(version) => format!("save events {}", version.0),
            Cursor::Sent(pos) => format!("save sent {pos}"),
        },
        Output::Close => "close".into(),
    }
}

pub(super) fn frame_line(frame: &Bytes) -> String {
    let frame = MSync::decode(frame.clone()).unwrap();
    let payload = frame.payload.unwrap();
    match Command::try_from(frame.command.unwrap()).unwrap() {
        Command::Notice => format!(
            "notice {}",
            CommNotice::decode(payload).unwrap().queue.unwrap().name()
        ),
        Command::Unread => {
            let unread = CommUnreadDl::decode(payload).unwrap().unread;
            let mut names: Vec<String> = unread
                .iter()
                .map(|queue| format!("{}:{}", queue.queue.as_ref().unwrap().name(), queue.n()))
                .collect();
            names.sort();
            format!("unread [{}]", names.join(" "))
        }
        Command::Sync => sync_line(&CommSyncDl::decode(payload).unwrap()),
        other => format!("{other:?}"),
    }
}

pub(super) fn sync_line(page: &CommSyncDl) -> String {
    if page.meta_id() > 0 {
        let status = page.status.clone().unwrap();
        return if status.error_code == Some(0) {
            format!("ack {} {}", page.meta_id(), page.server_id())
        } else {
            format!(
                "no {} {} {}",
                page.meta_id(),
                status.error_code.unwrap(),
                status.reason()
            )
        };
    }
    let queue = page.queue.clone().unwrap();
    let (queue, base) = (queue.name(), if queue.name().is_empty() { BASE } else { 0 });
    if page.metas.is_empty() {
        assert!(page.is_last() && page.next_key.is_none());
        return format!("last {queue}");
    }
    assert!(!page.is_last(), "a page is never the last");
    if page.metas[0].ns == Some(0) {
        let kick = StatisticsBody::decode(page.metas[0].payload.clone().unwrap()).unwrap();
        return format!("kick {}", kick.operation.unwrap());
    }
    let ids: Vec<u64> = page.metas.iter().map(|meta| meta.id() - base).collect();
    let key = page
        .next_key
        .map_or("none".to_owned(), |key| (key - base).to_string());
    format!("page {queue} {ids:?} key {key}")
}

pub(super) fn lines(session: &mut Session) -> Vec<String> {
    session.outputs().iter().map(line).collect()
}

pub(super) fn entry_from(
    sender: &str,
    device: i64,
    conversation: ConversationId,
    prev: u64,
    pos: u64,
) -> PublishedEntry {
    let key = if conversation == GROUP {
        ConversationKey::Group(GroupId::new("9"))
    } else {
        ConversationKey::direct(name("alice"), name("bob"))
    };
    PublishedEntry {
        conversation,
        key,
        pos: Pos(pos),
        prev_pos: Pos(prev),
        audience: Audience::All,
        sender: name(sender),
        device: DeviceId(device),
        body: Bytes::from_static(b"\x28\x01"),
        refers: false,
    }
}

pub(super) fn published(prev: u64, pos: u64) -> Publication {
    Publication::Entry(Arc::new(entry_from("bob", 80, BOB, prev, pos)))
}

pub(super) fn own(prev: u64, pos: u64) -> Publication {
    Publication::Entry(Arc::new(entry_from("alice", 70, BOB, prev, pos)))
}

pub(super) fn events(version: u64, barrier: u64) -> Publication {
    Publication::Events {
        version: Version(version),
        barrier: Pos(barrier),
    }
}

pub(super) fn page(due: &[u64], scanned: u64, more: bool, version: u64, end: u64) -> InboxPage {
    let entry = |pos: &u64| Entry {
        pos: Pos(*pos),
        seq: Some(Seq(*pos)),
        sender: name("bob"),
        kind: MessageKind::Text,
        body: Bytes::new(),
        edits: None,
    };
    InboxPage {
        entries: due.iter().map(entry).collect(),
        scanned: Pos(scanned),
        more,
        member: true,
        version: Version(version),
        end: Pos(end),
        target: Target::Peer(name("bob")),
    }
}

pub(super) fn pull(queue: &str, key: Option<u64>) -> Upstream {
    Upstream::Sync {
        meta: None,
        key,
        queue: Some(Jid {
            name: Some(queue.to_owned()),
            ..Jid::system()
        }),
    }
}

pub(super) fn check(session: &mut Session, want: &[&str]) {
    assert_eq!(lines(session), want);
}

/// A session whose queue of bob is clean at 5.
pub(super) fn clean() -> Session {
    let mut session = session();
    session.publications(vec![published(0, 5)], NOW);
    check(&mut session, &["notice bob"]);
    session.frame(pull("bob", None), NOW);
    check(&mut session, &["read 1 after cursor"]);
    session.inbox(BOB, page(&[5], 5, false, 0, 5), NOW);
    check(&mut session, &["page bob [5] key 5"]);
    session.frame(pull("Bob", Some(5)), NOW);
    check(&mut session, &["save 1 5", "last bob"]);
    session
}
