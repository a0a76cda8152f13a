//! The order of the engine's steps.

use crate::store::Progress;
use crate::sync::engine::{Engine, Event, Listed, Step};
use crate::sync::pulls::Pull;
use crate::types::{Happening, Kick};
use crate::wire::frames::{Admission, Downstream};
use lacuna_domain::{Name, Pos, Target};
use lacuna_proto::notify_body;
use lacuna_proto::pb::{CommSyncDl, CommUnreadDl, Jid, Meta, MetaQueue, StatisticsBody, Status};
use prost::Message as _;
use serde_json::json;

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn bob() -> Target {
    Target::Peer(name("bob"))
}

fn admission(acked: u64, version: u64) -> Admission {
    Admission {
        account: None,
        resource: "phone".to_owned(),
        expires: None,
        acked: Some(Pos(acked)),
        version: Some(version),
    }
}

fn progress(acked: u64, version: u64) -> Progress {
    Progress {
        version,
        acked: Pos(acked),
        synced: true,
    }
}

fn admitted(theirs: Admission, ours: Progress) -> (Engine, Vec<Step>) {
    let mut engine = Engine::new(name("alice"));
    let steps = engine.handle(Event::Admitted(theirs, ours));
    (engine, steps)
}

fn live() -> Engine {
    let (mut engine, _) = admitted(admission(5, 2), progress(5, 2));
    engine.handle(Event::Frame(Downstream::Unread(CommUnreadDl::default())));
    engine
}

fn queue(name: &str) -> Jid {
    Jid::user("test#app", name)
}

fn pull(queue: Jid, key: Option<u64>) -> Step {
    Step::Pull(Pull { queue, key })
}

fn page(queue: Jid, metas: Vec<Meta>, next_key: Option<u64>) -> Event {
    Event::Frame(Downstream::Sync(CommSyncDl {
        queue: Some(queue),
        is_last: metas.is_empty().then_some(true),
        metas,
        next_key,
        ..CommSyncDl::default()
    }))
}

fn told(json: &serde_json::Value) -> Meta {
    Meta::decode(notify_body(json)).unwrap()
}

#[test]
fn a_device_in_step_asks_for_its_queues_at_once() {
    let (_, steps) = admitted(admission(5, 2), progress(5, 2));
    assert_eq!(steps, [Step::Synced(Pos(5)), Step::AskUnread]);
}

#[test]
fn deletions_come_before_the_queues() {
    let (mut engine, steps) = admitted(admission(5, 9), progress(5, 2));
    assert_eq!(steps, [Step::Facts]);
    assert_eq!(
        engine.handle(Event::Applied(true)),
        [Step::Facts],
        "a page was not all"
    );
    let steps = engine.handle(Event::Applied(false));
    assert_eq!(steps, [Step::Synced(Pos(5)), Step::AskUnread]);
}

#[test]
fn a_store_from_an_old_copy_reads_the_facts_from_its_own_version() {
    // The server's version is what it is; ours is lower than what was acknowledged once.
    let (_, steps) = admitted(admission(5, 2), progress(5, 1));
    assert_eq!(steps, [Step::Facts]);
    let new = Progress {
        synced: false,
        ..progress(0, 0)
    };
    let (_, steps) = admitted(admission(0, 0), new);
    assert_eq!(steps, [Step::Facts], "a new store, too");
}

#[test]
fn a_restored_device_fills_its_gaps_before_its_queues() {
    let (mut engine, steps) = admitted(admission(90, 2), progress(40, 2));
    assert_eq!(steps, [Step::List(None)]);
    let carol = Target::Peer(name("carol"));
    let listed = Listed {
        rows: vec![(bob(), Pos(90), Pos(40)), (carol, Pos(30), Pos(30))],
        next: Some("more".to_owned()),
    };
    let steps = engine.handle(Event::Listed(listed));
    assert_eq!(steps, [Step::List(Some("more".to_owned()))]);
    let listed = || Listed {
        rows: vec![(Target::Peer(name("dave")), Pos(20), Pos(20))],
        next: None,
    };
    let steps = engine.handle(Event::Listed(listed()));
    assert_eq!(steps, [Step::History(bob(), Pos(40))]);
    let history = |last, more| Event::History {
        target: bob(),
        items: Vec::new(),
        last,
        more,
    };
    let steps = engine.handle(history(Some(Pos(70)), true));
    assert!(
        matches!(&steps[..], [Step::Take(_), Step::History(_, Pos(70))]),
        "{steps:?}"
    );
    let steps = engine.handle(history(Some(Pos(90)), false));
    assert!(
        matches!(&steps[..], [Step::Take(_), Step::List(None)]),
        "{steps:?}"
    );
    let steps = engine.handle(Event::Listed(listed()));
    assert_eq!(steps, [Step::Synced(Pos(40)), Step::AskUnread]);
    // What was due at login may be before what it acknowledged last: only after that it has everything.
    let steps = engine.handle(Event::Frame(Downstream::Unread(CommUnreadDl::default())));
    let finished = Step::Tell(Happening::SyncFinished);
    assert_eq!(steps, [finished, Step::Synced(Pos(90))]);
}

#[test]
fn gaps_are_filled_from_the_oldest_and_looked_for_again() {
    let (mut engine, _) = admitted(admission(90, 2), progress(40, 2));
    let other = |text: &str| Target::Peer(name(text));
    let listed = |rows: &[(&str, u64, u64)]| {
        let row =
            |(text, newest, cursor): &(&str, u64, u64)| (other(text), Pos(*newest), Pos(*cursor));
        Event::Listed(Listed {
            rows: rows.iter().map(row).collect(),
            next: None,
        })
    };
    let filled = |target| Event::History {
        target,
        items: Vec::new(),
        last: None,
        more: false,
    };
    let first = [("bob", 80, 40), ("carol", 70, 30), ("dave", 20, 20)];
    let steps = engine.handle(listed(&first));
    assert_eq!(steps, [Step::History(other("carol"), Pos(30))]);
    let steps = engine.handle(filled(other("carol")));
    assert_eq!(steps, [Step::History(other("bob"), Pos(40))]);
    assert_eq!(engine.handle(filled(other("bob"))), [Step::List(None)]);
    // Meanwhile something came for erin, who was further down, and for bob, where nothing lacks any more.
    let again = [("erin", 95, 10), ("bob", 94, 80), ("carol", 70, 70)];
    let steps = engine.handle(listed(&again));
    assert_eq!(steps, [Step::History(other("erin"), Pos(10))]);
    assert_eq!(engine.handle(filled(other("erin"))), [Step::List(None)]);
    let steps = engine.handle(listed(&[("bob", 94, 80), ("carol", 70, 70)]));
    assert_eq!(steps, [Step::Synced(Pos(40)), Step::AskUnread]);
}

#[test]
fn what_is_noted_hides_nothing_on_its_way() {
    let acked = |steps: &[Step]| match steps {
        [Step::Take(page), Step::Pull(_)] => page.0.acked,
        [Step::Acked { acked, .. }] => *acked,
        other => panic!("{other:?}"),
    };
    let frame = Event::Frame;
    let notice = |name| frame(Downstream::Notice(queue(name)));
    let sent = |server| {
        frame(Downstream::Sync(CommSyncDl {
            meta_id: Some(3),
            server_id: Some(server),
            ..CommSyncDl::default()
        }))
    };
    let brings = |name, pos| page(queue(name), vec![Meta::default()], Some(pos));
    let last = |name| page(queue(name), vec![], None);

    let (mut early, _) = admitted(admission(5, 2), progress(5, 2));
    assert_eq!(
        acked(&early.handle(sent(9))),
        Pos::ZERO,
        "the queues are not known"
    );

    let mut engine = live();
    assert_eq!(acked(&engine.handle(sent(10))), Pos(10));
    engine.handle(notice("bob"));
    assert_eq!(
        acked(&engine.handle(sent(20))),
        Pos::ZERO,
        "bob's may be before it"
    );
    assert_eq!(
        acked(&engine.handle(brings("bob", 15))),
        Pos(20),
        "bob's is here"
    );
    engine.handle(notice("carol"));
    assert_eq!(
        acked(&engine.handle(brings("bob", 30))),
        Pos::ZERO,
        "carol's may be before it"
    );
    engine.handle(notice(""));
    assert_eq!(engine.handle(last("carol")), []);
    assert_eq!(engine.handle(last("bob")), [Step::Synced(Pos(30))]);
    assert_eq!(engine.handle(last("")), []);
}

#[test]
fn a_new_device_does_not_fetch_the_past() {
    let new = Progress::default();
    let (mut engine, _) = admitted(admission(90, 2), new);
    let steps = engine.handle(Event::Applied(false));
    assert_eq!(steps, [Step::Synced(Pos(90)), Step::AskUnread]);
}

#[test]
fn what_speaks_of_deletions_is_acknowledged_after_they_are_applied() {
    let check = |json: serde_json::Value, facts: bool| {
        let steps = live().handle(page(Jid::system(), vec![told(&json)], Some(77)));
        let order: Vec<&str> = steps
            .iter()
            .map(|step| {
                if *step == Step::Facts {
                    "facts"
                } else if matches!(step, Step::Take(_)) {
                    "take"
                } else if matches!(step, Step::Pull(Pull { key: Some(77), .. })) {
                    "acknowledge"
                } else {
                    "?"
                }
            })
            .collect();
        let want: &[&str] = if facts {
            &["facts", "take", "acknowledge"]
        } else {
            &["take", "acknowledge"]
        };
        assert_eq!(order, want, "{json}");
    };
    let deleted = json!({"to": "bob", "chatType": "chat", "resource": "tablet"});
    check(json!({"type": "roaming_delete", "data": deleted}), true);
    let conversation = |op: &str| json!({"type": "conv", "data": {"op": op, "id": "bob", "type": "chat", "res": "tablet", "ts": 5}});
    check(conversation("del"), true);
    check(conversation("top"), false);
}

#[test]
fn a_page_goes_up_to_its_key_and_is_acknowledged() {
    let mut engine = live();
    let notice = engine.handle(Event::Frame(Downstream::Notice(queue("bob"))));
    assert_eq!(notice, [pull(queue("bob"), None)]);
    let steps = engine.handle(page(queue("bob"), vec![Meta::default()], Some(7)));
    let [Step::Take(taken), acknowledge] = &steps[..] else {
        panic!("{steps:?}");
    };
    assert_eq!(taken.0.cursor, Some((bob(), Pos(7))));
    assert_eq!(*acknowledge, pull(queue("bob"), Some(7)));
    assert_eq!(engine.handle(page(queue("bob"), vec![], None)), []);
    // What is pushed to who is online moves no cursor.
    let steps = engine.handle(page(queue("bob"), vec![Meta::default()], None));
    assert!(
        matches!(&steps[..], [Step::Take(page), _] if page.0.cursor.is_none()),
        "{steps:?}"
    );
}

#[test]
fn the_end_of_the_catch_up_is_told_once() {
    let (mut engine, _) = admitted(admission(5, 2), progress(5, 2));
    let unread = |names: &[&str]| {
        let due = |name: &&str| MetaQueue {
            queue: Some(queue(name)),
            n: Some(1),
        };
        Event::Frame(Downstream::Unread(CommUnreadDl {
            unread: names.iter().map(due).collect(),
            ..CommUnreadDl::default()
        }))
    };
    let steps = engine.handle(unread(&["bob", "carol"]));
    assert_eq!(steps[0], Step::Tell(Happening::SyncStarted));
    assert_eq!(engine.handle(page(queue("bob"), vec![], None)), []);
    assert!(!engine.is_in_step());
    let steps = engine.handle(page(queue("carol"), vec![], None));
    assert_eq!(steps, [Step::Tell(Happening::SyncFinished)]);
    assert!(engine.is_in_step());
    // A keepalive later starts nothing of that kind.
    assert_eq!(engine.handle(unread(&["bob"])), [pull(queue("bob"), None)]);
    assert_eq!(engine.handle(page(queue("bob"), vec![], None)), []);
}

#[test]
fn answers_are_no_pages() {
    let answer = |status: Option<Status>| {
        live().handle(Event::Frame(Downstream::Sync(CommSyncDl {
            meta_id: Some(3),
            server_id: Some(8),
            status,
            ..CommSyncDl::default()
        })))
    };
    assert_eq!(
        answer(None),
        [Step::Acked {
            id: 3,
            server: Pos(8),
            acked: Pos(8)
        }]
    );
    let refused = Status {
        error_code: Some(1),
        reason: Some("blocked".to_owned()),
        ..Status::default()
    };
    let reason = "blocked".to_owned();
    assert_eq!(
        answer(Some(refused)),
        [Step::Refused {
            id: 3,
            code: 1,
            reason
        }]
    );
}

#[test]
fn a_kick_ends_it() {
    let body = StatisticsBody {
        operation: Some(4),
        ..StatisticsBody::default()
    };
    let kick = Meta {
        ns: Some(0),
        payload: Some(body.encode_to_vec().into()),
        ..Meta::default()
    };
    let steps = live().handle(page(Jid::system(), vec![kick], None));
    assert_eq!(steps, [Step::End(Kick::ByOtherDevice)]);
}
