//! What clients send, and how it is answered.

use super::harness::{check, line, lines, name, session};
use super::*;
use crate::gateway::outgoing::Refused;
use crate::service::{Refusal, SendReply};
use lacuna_domain::limits::SESSION_SENDS_MAX;
use lacuna_domain::{ErrorCode, GroupId};
use lacuna_proto::pb::{CommSyncDl, CommSyncUl, Logout, MSync, MessageBody, Meta, MucBody};
use prost::Message;

const NOW: Millis = Millis(1_767_225_600_000);

fn sent(meta: &Meta) -> Upstream {
    let sync = CommSyncUl {
        meta: Some(meta.clone()),
        ..CommSyncUl::default()
    };
    let frame = MSync {
        command: Some(0),
        payload: Some(sync.encode_to_vec().into()),
        ..MSync::default()
    };
    lacuna_proto::frame::decode(&frame.encode_to_vec()).unwrap()
}

fn chat(kind: i32, to: Jid) -> Meta {
    let message = MessageBody {
        r#type: Some(kind),
        ..MessageBody::default()
    };
    Meta {
        id: Some(3),
        to: Some(to),
        ns: Some(1),
        payload: Some(message.encode_to_vec().into()),
        ..Meta::default()
    }
}

fn bob() -> Jid {
    Jid::user("acme#demo", "Bob")
}

fn group() -> Jid {
    Jid::group("acme#demo", "9")
}

fn check_all(cases: impl IntoIterator<Item = (Meta, String)>) {
    for (meta, want) in cases {
        let mut session = session();
        session.frame(sent(&meta), NOW);
        check(&mut session, &[&want]);
    }
}

#[test]
fn messages_are_sorted() {
    let (bob, group) = (bob(), group());
    let directed = |users: &[&str]| Meta {
        routetype: Some(2),
        directed_users: users.iter().map(|user| (*user).to_owned()).collect(),
        ..chat(2, group.clone())
    };
    check_all([
        (
            Meta {
                id: Some(3),
                ns: Some(0),
                ..Meta::default()
            },
            format!("ack 3 {}", Pos::first_at(NOW)),
        ),
        (chat(1, bob.clone()), "send 3 to bob as All Other".into()),
        (chat(2, group.clone()), "send 3 to 9 as All Other".into()),
        (
            chat(1, bob.clone().on_device("x")),
            "send 3 to bob as Device(\"x\") Other".into(),
        ),
        (
            Meta {
                routetype: Some(1),
                ..chat(1, bob.clone())
            },
            "send 3 to bob as Online Other".into(),
        ),
        (
            directed(&["Carol"]),
            "send 3 to 9 as Directed([Name(\"carol\")]) Other".into(),
        ),
        (directed(&[]), "no 3 1 limit directed users".into()),
    ]);
}

#[test]
fn receipts_and_refusals_are_sorted() {
    let (bob, group) = (bob(), group());
    check_all([
        (chat(4, bob.clone()), "receipt 3 to bob reads false".into()),
        (chat(4, group), format!("ack 3 {}", Pos::first_at(NOW))),
        (chat(7, bob.clone()), "receipt 3 to bob reads true".into()),
        (chat(6, bob.clone()), "change 3 of 0 in bob".into()),
        (chat(8, bob.clone()), "change 3 of 0 in bob".into()),
        (chat(3, bob.clone()), "no 3 1 group not found".into()),
        (
            chat(1, Jid::system()),
            "no 3 1 username  doesn't exist!".into(),
        ),
        (
            Meta {
                ns: Some(3),
                ..chat(1, bob.clone())
            },
            "no 3 1 not supported".into(),
        ),
        (
            Meta {
                id: None,
                ..chat(1, bob.clone())
            },
            "close".into(),
        ),
        (
            Meta {
                payload: Some(Bytes::from_static(b"\x0a\xff")),
                ..chat(1, bob)
            },
            "close".into(),
        ),
    ]);
}

/// A meta about a group or a room.
fn muc(operation: i32, is_chatroom: bool) -> Meta {
    let event = MucBody {
        muc_id: Some(group()),
        operation: Some(operation),
        is_chatroom: Some(is_chatroom),
        ext: Some(String::new()),
        leave_other_rooms: Some(true),
        ..MucBody::default()
    };
    Meta {
        id: Some(3),
        to: Some(Jid::system()),
        ns: Some(2),
        payload: Some(event.encode_to_vec().into()),
        ..Meta::default()
    }
}

#[test]
fn rooms_are_joined_and_left() {
    let id = GroupId::new("9");
    check_all([
        (
            muc(2, true),
            format!("room 3 Join {{ id: {id:?}, ext: None, leave_others: true }}"),
        ),
        (muc(3, true), format!("room 3 Leave {{ id: {id:?} }}")),
        (muc(2, false), "no 3 1 group not found".into()),
        (muc(1, true), "no 3 1 not supported".into()),
        (muc(99, true), "no 3 1 not supported".into()),
        (
            Meta {
                payload: Some(Bytes::from_static(b"\x0a\xff")),
                ..muc(2, true)
            },
            "close".into(),
        ),
        (chat(3, group()), "send 3 to 9 as All Other".into()),
    ]);
}

#[test]
fn joining_is_answered_with_the_room() {
    let mut session = session();
    let mut entered = SendReply {
        pos: Pos::first_at(NOW),
        time: NOW,
        in_history: false,
        note: None,
    };
    session.submitted(3, Ok(entered.clone()), NOW);
    check(&mut session, &[&format!("ack 3 {}", entered.pos)]);
    entered.note = Some(Bytes::from_static(b"\x28\x02"));
    session.submitted(3, Ok(entered), NOW);
    let Some(Output::Send(frame)) = session.outputs().pop() else {
        panic!("it is answered");
    };
    let payload = MSync::decode(frame).unwrap().payload.unwrap();
    let ack = CommSyncDl::decode(payload).unwrap();
    assert_eq!((ack.meta_id(), ack.metas.len()), (3, 1));
    assert_eq!(ack.metas[0].ns, Some(2));
    let refused = [
        (
            lacuna_store::Error::NoGroup(GroupId::new("9")),
            "no 3 1 grpID 9 does not exist!",
        ),
        (
            lacuna_store::Error::GroupFull,
            "no 3 1 group member list is full!",
        ),
        (
            lacuna_store::Error::LimitReached,
            "no 3 1 u has joined too many chatrooms",
        ),
        (lacuna_store::Error::Busy, "no 3 7 traffic limit"),
    ];
    for (error, want) in refused {
        session.submitted(3, Err(Refused::of_room(error.into())), NOW);
        check(&mut session, &[want]);
    }
    let banned = Refusal::new(ErrorCode::GroupUserBlocked, "forbidden_op", "banned");
    session.submitted(3, Err(Refused::of_room(banned)), NOW);
    let want = "no 3 1 the user can not join this group the user is in the blacklist";
    check(&mut session, &[want]);
}

fn refused(error: lacuna_store::Error) -> Refused {
    Refusal::from(error).into()
}

#[test]
fn sends_are_answered_by_their_ids_and_bounded() {
    let mut session = session();
    let message = MessageBody {
        r#type: Some(1),
        ..MessageBody::default()
    }
    .encode_to_vec();
    let to = Some(Jid::user("acme#demo", "bob"));
    let meta = Meta {
        id: Some(3),
        to,
        ns: Some(1),
        payload: Some(message.into()),
        ..Meta::default()
    };
    for _ in 0..=SESSION_SENDS_MAX {
        session.frame(sent(&meta), NOW);
    }
    assert_eq!(lines(&mut session).pop().unwrap(), "no 3 7 traffic limit");
    session.submitted(
        3,
        Ok(SendReply {
            pos: Pos(50),
            time: NOW,
            in_history: true,
            note: None,
        }),
        NOW,
    );
    session.submitted(
        4,
        Err(refused(lacuna_store::Error::NoAccount(name("bob")))),
        NOW,
    );
    session.submitted(
        5,
        Err(refused(lacuna_store::Error::NotMember(name("bob")))),
        NOW,
    );
    session.submitted(
        6,
        Err(refused(lacuna_store::Error::NoGroup(GroupId::new("9")))),
        NOW,
    );
    session.submitted(7, Err(refused(lacuna_store::Error::Busy)), NOW);
    session.submitted(8, Err(refused(lacuna_store::Error::Closed)), NOW);
    let want = [
        "ack 3 50",
        "no 4 1 username bob doesn't exist!",
        "no 5 1 not in group or chatroom",
        "no 6 1 group not found",
        "no 7 7 traffic limit",
        "no 8 1 internal error",
    ];
    check(&mut session, &want);
}

/// A message is sent and answered.
fn answer(session: &mut Session, pos: u64, in_history: bool) {
    let reply = SendReply {
        pos: Pos(pos),
        time: NOW,
        in_history,
        note: None,
    };
    session.submitted(3, Ok(reply), NOW);
}

fn end(session: &mut Session) -> Option<String> {
    let saved = session.end().map(|save| line(&Output::Save(save)));
    check(session, &[]);
    saved
}

#[test]
fn a_keepalive_saves_how_far_the_device_sent() {
    let mut session = session();
    session.queues(Vec::new(), NOW);
    answer(&mut session, 50, true);
    answer(&mut session, 49, true);
    check(&mut session, &["ack 3 50", "ack 3 49"]);
    session.frame(Upstream::Unread, NOW);
    check(&mut session, &["save sent 50", "unread []"]);
    session.frame(Upstream::Unread, NOW);
    check(&mut session, &["unread []"]);
    answer(&mut session, 60, false);
    session.frame(Upstream::Unread, NOW);
    check(&mut session, &["ack 3 60", "unread []"]);
    answer(&mut session, 70, true);
    session.frame(Upstream::Unread, NOW);
    check(&mut session, &["ack 3 70", "save sent 70", "unread []"]);
    assert_eq!(end(&mut session), None, "it is saved");
}

#[test]
fn an_end_saves_how_far_the_device_sent() {
    assert_eq!(end(&mut session()), None);

    let mut signals = session();
    answer(&mut signals, 50, false);
    signals.submitted(4, Err(refused(lacuna_store::Error::Busy)), NOW);
    assert_eq!(end(&mut signals), None);

    let mut broken = session();
    answer(&mut broken, 50, true);
    assert_eq!(end(&mut broken).unwrap(), "save sent 50");
    assert_eq!(end(&mut broken), None);

    let mut logged_out = session();
    logged_out.frame(Upstream::Logout(Logout::default()), NOW);
    check(&mut logged_out, &["close"]);
    // It was on its way to the store when the client left.
    answer(&mut logged_out, 50, true);
    assert_eq!(end(&mut logged_out).unwrap(), "save sent 50");
}
