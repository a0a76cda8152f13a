//! One test per race. What a session wants done is written as short lines: see [`line`].

use super::*;
use crate::delivery::{Kick, Publication, PublishedEntry};
use lacuna_domain::{Audience, ConversationKey, GroupId, Mark, MessageKind, Seq};
use lacuna_proto::pb::m_sync::Command;
use lacuna_proto::pb::{CommNotice, CommSyncDl, CommUnreadDl, MSync, StatisticsBody};
use lacuna_store::{Entry, EventItem};
use prost::Message;
use std::sync::Arc;

const NOW: Millis = Millis(1_767_225_600_000);
const BOB: ConversationId = ConversationId(1);
const GROUP: ConversationId = ConversationId(2);
const BASE: u64 = 7 << 32;

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
            Submission::Receipt(receipt) => format!(
                "receipt {id} to {} reads {}",
                receipt.to.as_ref().map_or("nobody", Name::as_str),
                receipt.reads.is_some()
            ),
        },
        Output::Save(save) => match save.cursor {
            Cursor::Conversation(id, pos) => format!("save {id} {pos}"),
            Cursor::Events(version) => format!("save events {}", version.0),
        },
        Output::Close => "close".into(),
    }
}

fn frame_line(frame: &Bytes) -> String {
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

fn sync_line(page: &CommSyncDl) -> String {
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

fn entry_from(
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
    }
}

pub(super) fn published(prev: u64, pos: u64) -> Publication {
    Publication::Entry(Arc::new(entry_from("bob", 80, BOB, prev, pos)))
}

pub(super) fn own(prev: u64, pos: u64) -> Publication {
    Publication::Entry(Arc::new(entry_from("alice", 70, BOB, prev, pos)))
}

fn events(version: u64, barrier: u64) -> Publication {
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
fn clean() -> Session {
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

#[test]
fn a_clean_queue_is_pushed_to() {
    let mut session = clean();
    session.publications(vec![published(5, 6), published(6, 7)], NOW);
    check(&mut session, &["page bob [6, 7] key 7"]);
    session.publications(vec![published(7, 8)], NOW);
    check(&mut session, &["page bob [8] key 8"]);
    session.frame(pull("bob", Some(7)), NOW);
    check(&mut session, &["save 1 7"]);
    session.frame(pull("bob", Some(8)), NOW);
    check(&mut session, &["save 1 8", "last bob"]);
}

#[test]
fn a_pull_without_key_acknowledges_nothing() {
    let mut session = clean();
    session.publications(vec![published(5, 6)], NOW);
    check(&mut session, &["page bob [6] key 6"]);
    session.frame(pull("bob", None), NOW);
    session.frame(pull("bob", Some(0)), NOW);
    check(&mut session, &[]);
    session.frame(pull("bob", Some(6)), NOW);
    check(&mut session, &["save 1 6", "last bob"]);
    session.frame(pull("bob", None), NOW);
    check(&mut session, &["read 1 after 6"]);
}

#[test]
fn a_publication_during_a_read_is_read_later() {
    let mut session = clean();
    session.frame(pull("bob", None), NOW);
    session.publications(vec![published(5, 6)], NOW);
    check(&mut session, &["read 1 after 5"]);
    session.publications(vec![published(6, 7)], NOW);
    session.inbox(BOB, page(&[6], 6, false, 0, 6), NOW);
    check(&mut session, &["page bob [6] key 6"]);
    session.frame(pull("bob", Some(6)), NOW);
    check(&mut session, &["save 1 6", "read 1 after 6"]);
    session.inbox(BOB, page(&[7], 7, false, 0, 7), NOW);
    session.frame(pull("bob", Some(7)), NOW);
    check(
        &mut session,
        &["page bob [7] key 7", "save 1 7", "last bob"],
    );
}

#[test]
fn a_publication_during_an_empty_read_is_read_before_last_is_said() {
    let mut session = clean();
    session.frame(pull("bob", None), NOW);
    session.publications(vec![published(5, 6)], NOW);
    session.inbox(BOB, page(&[], 5, false, 0, 5), NOW);
    check(&mut session, &["read 1 after 5", "read 1 after 5"]);
    session.inbox(BOB, page(&[6], 6, false, 0, 6), NOW);
    check(&mut session, &["page bob [6] key 6"]);
}

#[test]
fn an_acknowledgement_beyond_what_was_sent_is_clamped() {
    let mut session = clean();
    session.publications(vec![published(5, 6)], NOW);
    session.frame(pull("bob", Some(u64::MAX)), NOW);
    check(
        &mut session,
        &["page bob [6] key 6", "save 1 6", "last bob"],
    );
    session.publications(vec![published(6, 7)], NOW);
    check(&mut session, &["page bob [7] key 7"]);
}

#[test]
fn nothing_is_pushed_twice() {
    let mut session = clean();
    session.publications(vec![published(5, 6), published(5, 6)], NOW);
    session.publications(vec![published(5, 6), published(0, 5)], NOW);
    check(&mut session, &["page bob [6] key 6"]);
    session.frame(pull("bob", Some(6)), NOW);
    session.frame(pull("bob", Some(6)), NOW);
    check(&mut session, &["save 1 6", "last bob", "last bob"]);
}

#[test]
fn an_empty_read_moves_the_cursor() {
    let mut session = clean();
    session.frame(pull("bob", None), NOW);
    session.inbox(BOB, page(&[], 9, false, 0, 9), NOW);
    check(&mut session, &["read 1 after 5", "save 1 9", "last bob"]);
    session.publications(vec![published(9, 10)], NOW);
    check(&mut session, &["page bob [10] key 10"]);
}

#[test]
fn a_page_read_before_a_deletion_is_read_again() {
    let mut session = clean();
    session.frame(pull("bob", None), NOW);
    session.publications(vec![events(1, 6)], NOW);
    check(
        &mut session,
        &["read 1 after 5", "events after 0 limit 512"],
    );
    session.inbox(BOB, page(&[6], 6, false, 0, 6), NOW);
    check(&mut session, &["read 1 after 5"]);
    session.inbox(BOB, page(&[], 6, false, 1, 6), NOW);
    check(&mut session, &["save 1 6", "last bob"]);
}

#[test]
fn an_entry_below_the_barrier_is_not_pushed() {
    let mut session = clean();
    // The deletion stands behind the entry in the mailbox and counts all the same.
    session.publications(vec![published(5, 6), events(1, 6)], NOW);
    check(&mut session, &["events after 0 limit 512", "notice bob"]);
    session.frame(pull("bob", None), NOW);
    session.inbox(BOB, page(&[], 6, false, 1, 6), NOW);
    session.publications(vec![published(6, 7)], NOW);
    check(
        &mut session,
        &[
            "read 1 after 5",
            "save 1 6",
            "last bob",
            "page bob [7] key 7",
        ],
    );
}

#[test]
fn keepalives_are_answered_from_memory() {
    let mut session = clean();
    session.frame(Upstream::Unread, NOW);
    check(&mut session, &["list"]);
    let listed = |conversation, target, count| QueueUnread {
        conversation,
        target,
        count,
    };
    let group = Target::Group(GroupId::new("9"));
    // The store lists bob, since the cursor is not written yet: the session knows better.
    session.queues(
        vec![
            listed(BOB, Target::Peer(name("bob")), 1),
            listed(GROUP, group, 3),
        ],
        NOW,
    );
    check(&mut session, &["unread [9:3]"]);
    session.publications(vec![published(6, 7)], NOW);
    session.publications(vec![published(7, 8)], NOW);
    session.frame(Upstream::Unread, NOW);
    check(&mut session, &["notice bob", "unread [9:1 bob:1]"]);
    session.frame(pull("9", None), NOW);
    session.frame(pull("bob", None), NOW);
    session.frame(Upstream::Unread, NOW);
    check(
        &mut session,
        &["read 2 after cursor", "read 1 after 5", "unread []"],
    );
}

#[test]
fn an_unknown_queue_waits_for_the_list() {
    let mut session = session();
    session.frame(pull("bob", Some(3)), NOW);
    session.queues(
        vec![QueueUnread {
            conversation: BOB,
            target: Target::Peer(name("bob")),
            count: 1,
        }],
        NOW,
    );
    session.frame(pull("carol", None), NOW);
    check(&mut session, &["list", "read 1 after cursor", "last carol"]);
}

#[test]
fn a_gap_is_announced_once() {
    let mut session = clean();
    session.publications(vec![published(6, 7), published(7, 8), published(5, 6)], NOW);
    check(&mut session, &["notice bob"]);
    session.frame(pull("bob", None), NOW);
    session.inbox(BOB, page(&[6, 7, 8], 8, false, 0, 8), NOW);
    check(
        &mut session,
        &["read 1 after 5", "page bob [6, 7, 8] key 8"],
    );
}

#[test]
fn what_is_for_others_is_passed() {
    let mut session = clean();
    let mut entry = entry_from("bob", 80, BOB, 5, 6);
    entry.audience = Audience::Except(vec![AccountId(7)]);
    session.publications(
        vec![Publication::Entry(Arc::new(entry)), published(6, 7)],
        NOW,
    );
    check(&mut session, &["save 1 6", "page bob [7] key 7"]);
}

#[test]
fn my_own_entries_are_passed_in_any_order() {
    let mut session = clean();
    session.publications(vec![own(6, 7), own(5, 6), own(8, 9)], NOW);
    check(&mut session, &["save 1 7"]);
    session.publications(vec![published(7, 8)], NOW);
    session.frame(pull("bob", Some(8)), NOW);
    check(
        &mut session,
        &["page bob [8] key 8", "save 1 9", "last bob"],
    );
    let other = entry_from("alice", 71, BOB, 9, 10);
    session.publications(vec![Publication::Entry(Arc::new(other))], NOW);
    check(&mut session, &["page bob [10] key 10"]);
}

#[test]
fn a_former_member_is_not_pushed_to() {
    let mut session = session();
    let group = |prev, pos| Publication::Entry(Arc::new(entry_from("bob", 80, GROUP, prev, pos)));
    let from_group = |due: &[u64], end, member| InboxPage {
        member,
        target: Target::Group(GroupId::new("9")),
        ..page(due, end, false, 0, end)
    };
    session.publications(
        vec![Publication::Membership {
            conversation: GROUP,
            member: true,
        }],
        NOW,
    );
    session.inbox(GROUP, from_group(&[5], 5, true), NOW);
    session.frame(pull("9", Some(5)), NOW);
    session.publications(vec![group(5, 6)], NOW);
    session.frame(pull("9", Some(6)), NOW);
    check(
        &mut session,
        &[
            "read 2 after cursor",
            "page 9 [5] key 5",
            "save 2 5",
            "last 9",
            "page 9 [6] key 6",
            "save 2 6",
            "last 9",
        ],
    );
    // The late publication comes in one batch with the end of the membership: the store decides.
    session.publications(
        vec![
            group(6, 7),
            Publication::Membership {
                conversation: GROUP,
                member: false,
            },
        ],
        NOW,
    );
    session.frame(pull("9", None), NOW);
    session.inbox(GROUP, from_group(&[], 7, false), NOW);
    session.publications(vec![group(7, 8)], NOW);
    check(
        &mut session,
        &[
            "notice 9",
            "read 2 after 6",
            "save 2 7",
            "last 9",
            "notice 9",
        ],
    );
}

#[test]
fn a_page_read_before_a_rejoin_is_read_again() {
    let mut session = clean();
    session.frame(pull("bob", None), NOW);
    session.publications(
        vec![Publication::Membership {
            conversation: BOB,
            member: true,
        }],
        NOW,
    );
    session.inbox(BOB, page(&[6], 6, false, 0, 6), NOW);
    check(&mut session, &["read 1 after 5", "read 1 after 5"]);
}

#[test]
fn a_full_window_has_to_be_pulled() {
    let mut session = clean();
    let many: Vec<Publication> = (5..105).map(|pos| published(pos, pos + 1)).collect();
    session.publications(many, NOW);
    let pushed = lines(&mut session);
    assert_eq!(pushed.len(), 2, "{pushed:?}");
    assert!(pushed[1].ends_with("key 69"), "{pushed:?}");
    session.frame(pull("bob", Some(55)), NOW);
    session.frame(pull("bob", Some(69)), NOW);
    check(&mut session, &["save 1 55", "save 1 69", "read 1 after 69"]);
}

#[test]
fn online_only_messages_have_no_key() {
    let mut session = clean();
    let online = entry_from("bob", 80, ConversationId(0), 0, 99);
    session.publications(
        vec![
            Publication::Online(Arc::new(online)),
            Publication::Online(Arc::new(entry_from("alice", 70, BOB, 0, 98))),
        ],
        NOW,
    );
    session.frame(pull("bob", Some(0)), NOW);
    check(&mut session, &["page bob [99] key none", "last bob"]);
}

fn deletion(version: u64) -> EventItem {
    EventItem::Deletions {
        version: Version(version),
        target: Target::Peer(name("bob")),
        resource: "web_2".into(),
        through: Some(Mark {
            seq: Seq(4),
            pos: Pos::first_at(NOW),
        }),
        ranges: vec![(Pos(8), Pos(9))],
        ids: vec![Pos(9), Pos(8)],
    }
}

#[test]
fn a_cut_page_of_events_is_read_on() {
    let mut session = session();
    session.publications(vec![events(5, 0)], NOW);
    let items = vec![
        EventItem::Event {
            version: Version(2),
            at: NOW,
            body: Bytes::from_static(b"\x28\x05"),
        },
        deletion(3),
    ];
    session.events(
        &EventPage {
            items,
            scanned: Version(3),
            more: true,
        },
        NOW,
    );
    check(
        &mut session,
        &["events after 0 limit 512", "page  [2, 3] key 3"],
    );
    session.frame(pull("", Some(BASE + 3)), NOW);
    check(&mut session, &["save events 3", "events after 3 limit 512"]);
    session.publications(vec![events(6, 0)], NOW);
    session.events(
        &EventPage {
            items: vec![],
            scanned: Version(5),
            more: false,
        },
        NOW,
    );
    check(&mut session, &["save events 5", "events after 5 limit 512"]);
    session.events(
        &EventPage {
            items: vec![],
            scanned: Version(6),
            more: false,
        },
        NOW,
    );
    check(&mut session, &["save events 6", "last "]);
    session.publications(vec![events(7, 0)], NOW);
    session.events(
        &EventPage {
            items: vec![],
            scanned: Version(7),
            more: false,
        },
        NOW,
    );
    check(&mut session, &["events after 6 limit 512", "save events 7"]);
}

#[test]
fn a_heavy_page_of_events_is_read_in_halves() {
    let mut session = session();
    session.publications(vec![events(5, 0)], NOW);
    let heavy = |version| EventItem::Event {
        version: Version(version),
        at: NOW,
        body: vec![0x28; 30_000].into(),
    };
    session.events(
        &EventPage {
            items: vec![heavy(1), heavy(2)],
            scanned: Version(5),
            more: false,
        },
        NOW,
    );
    check(
        &mut session,
        &["events after 0 limit 512", "events after 0 limit 256"],
    );
}

#[test]
fn deletions_are_told_as_the_official_client_knows_them() {
    let session = session();
    let meta = Meta::decode(encode::event(&session.who, &deletion(3), NOW)).unwrap();
    let told: serde_json::Value = serde_json::from_slice(&meta.payload.unwrap()).unwrap();
    let through = Pos::first_at(NOW).to_string();
    let data = serde_json::json!({
        "to": "bob", "chatType": "chat", "resource": "web_2", "messageRoamingType": "deleteRoaming",
        "msgIdList": ["9", "8"], "deleteTime": NOW.0, "ranges": [["0", through], ["8", "9"]],
    });
    assert_eq!(
        told,
        serde_json::json!({ "type": "roaming_delete", "data": data })
    );
}

#[test]
fn a_session_ends_when_it_is_told_or_silent() {
    let kicked = |why| {
        let mut session = clean();
        session.publications(vec![Publication::Kick(why), published(5, 6)], NOW);
        session.frame(pull("bob", Some(6)), NOW);
        lines(&mut session)
    };
    assert_eq!(
        kicked(Kick::Replaced),
        ["page bob [6] key 6", "kick 2", "close"]
    );
    assert_eq!(
        kicked(Kick::UserRemoved),
        ["page bob [6] key 6", "kick 1", "close"]
    );
    assert_eq!(kicked(Kick::Drain), ["page bob [6] key 6", "close"]);
    let mut session = clean();
    session.tick(NOW.plus(SESSION_IDLE_MS - 1));
    check(&mut session, &[]);
    session.frame(Upstream::Other(2), NOW.plus(1));
    session.tick(NOW.plus(SESSION_IDLE_MS));
    check(&mut session, &[]);
    session.tick(NOW.plus(SESSION_IDLE_MS + 1));
    check(&mut session, &["close"]);
}

#[test]
fn queues_are_forgotten_when_there_are_too_many() {
    let mut session = session();
    for id in 1..=SESSION_QUEUES_MAX + 1 {
        let id = i64::try_from(id).unwrap();
        assert!(
            session
                .queue(ConversationId(id), Target::Peer(name(&format!("u{id}"))))
                .is_some()
        );
    }
    assert_eq!(
        (session.queues.len(), session.names.len()),
        (SESSION_QUEUES_MAX, SESSION_QUEUES_MAX)
    );
}
