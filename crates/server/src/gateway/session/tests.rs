//! One test per race.

use super::harness::*;
use super::*;
use crate::delivery::Publication;
use lacuna_domain::{Audience, GroupId};
use std::sync::Arc;

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
    check(
        &mut session,
        &["read 1 after 5", "save 1 9 acked 5", "last bob"],
    );
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
    check(&mut session, &["save 1 6 acked 5", "last bob"]);
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
            "save 1 6 acked 5",
            "last bob",
            "page bob [7] key 7",
        ],
    );
}

#[test]
fn a_message_before_its_recall_is_not_pushed() {
    let mut session = clean();
    let recall = published(6, 7).referring();
    session.publications(vec![published(5, 6), recall], NOW);
    check(&mut session, &["notice bob"]);
    session.frame(pull("bob", None), NOW);
    session.inbox(BOB, page(&[7], 7, false, 0, 7), NOW);
    check(&mut session, &["read 1 after 5", "page bob [7] key 7"]);
}

#[test]
fn a_page_read_before_a_recall_is_read_again() {
    let mut session = clean();
    session.frame(pull("bob", None), NOW);
    session.publications(vec![published(6, 7).referring()], NOW);
    check(&mut session, &["read 1 after 5"]);
    session.inbox(BOB, page(&[6], 6, false, 0, 6), NOW);
    check(&mut session, &["read 1 after 5"]);
    session.inbox(BOB, page(&[7], 7, false, 0, 7), NOW);
    check(&mut session, &["page bob [7] key 7"]);
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
    check(&mut session, &["save 1 6 acked 5", "page bob [7] key 7"]);
}

#[test]
fn my_own_entries_are_passed_in_any_order() {
    let mut session = clean();
    session.publications(vec![own(6, 7), own(5, 6), own(8, 9)], NOW);
    check(&mut session, &["save 1 7 acked 5"]);
    session.publications(vec![published(7, 8)], NOW);
    session.frame(pull("bob", Some(8)), NOW);
    check(
        &mut session,
        &["page bob [8] key 8", "save 1 9 acked 8", "last bob"],
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
            "save 2 7 acked 6",
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
