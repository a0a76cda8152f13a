//! The event stream, endings, and bounds.

use super::harness::*;
use super::*;
use crate::delivery::{Kick, Publication};
use lacuna_domain::{Mark, Seq};
use lacuna_proto::pb::Meta;
use lacuna_store::EventItem;
use prost::Message;

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
        kicked(Kick::Replaced(Some("b".into()))),
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
