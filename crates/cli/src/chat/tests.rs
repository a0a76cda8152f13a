//! Keys in, acts out.

use super::state::{Act, Key, Mode, Pane, Reach, State};
use lacuna_sdk::{Body, Conversation, Ext, Message, Millis, Name, Pos, Side, Status, Target};

fn peer(name: &str) -> Target {
    Target::Peer(Name::new(name).unwrap())
}

fn message(id: u64) -> Message {
    Message {
        id: Pos(id),
        conversation: peer("bob"),
        from: Name::new("bob").unwrap(),
        side: Side::Received,
        status: Status::Sent,
        time: Millis(id),
        local_time: Millis(id),
        body: Body::Text(format!("text {id}")),
        ext: Ext::new(),
        is_read: true,
        is_read_acked: false,
        is_delivery_acked: false,
    }
}

fn row(name: &str) -> Conversation {
    Conversation {
        target: peer(name),
        latest: None,
        unread: 0,
        pinned_at: Millis(0),
        ext: Ext::new(),
    }
}

/// A list of two, the first of them open with three messages.
fn state() -> State {
    let mut state = State::new(None);
    state.list(vec![row("bob"), row("carol")]);
    assert_eq!(state.key(Key::Enter), Some(Act::Open(peer("bob"))));
    state.show(vec![message(1), message(2), message(3)]);
    state
}

fn press(state: &mut State, keys: &str) -> Option<Act> {
    keys.chars().fold(None, |_, c| state.key(Key::Char(c)))
}

#[test]
fn enter_opens_and_sends() {
    let mut state = state();
    assert_eq!(state.pane, Pane::Input);
    assert_eq!(state.key(Key::Enter), None, "nothing is typed");
    assert_eq!(press(&mut state, "q d/"), None, "letters are letters here");
    state.key(Key::Backspace);
    let sent = Act::Send(peer("bob"), "q d".to_owned());
    assert_eq!(state.key(Key::Enter), Some(sent));
    assert_eq!(state.input, "");
}

#[test]
fn tab_goes_round() {
    let mut state = state();
    for pane in [Pane::List, Pane::Messages, Pane::Input] {
        assert_eq!(state.key(Key::Tab), None);
        assert_eq!(state.pane, pane);
    }
    state.key(Key::BackTab);
    assert_eq!(state.pane, Pane::Messages);
    let mut nothing_open = State::new(None);
    nothing_open.key(Key::Tab);
    assert_eq!(nothing_open.pane, Pane::List);
}

#[test]
fn quitting() {
    let mut state = state();
    assert_eq!(state.key(Key::Interrupt), Some(Act::Quit));
    state.key(Key::Tab);
    assert_eq!(press(&mut state, "q"), Some(Act::Quit));
}

#[test]
fn a_message_is_deleted_here_or_everywhere() {
    let check = |answer: char, reach: Reach| {
        let mut state = state();
        state.key(Key::Up);
        state.key(Key::Up);
        assert_eq!(press(&mut state, "d"), None);
        assert_eq!(press(&mut state, "x"), None, "it asks again");
        let want = Act::DeleteMessage(peer("bob"), Pos(2), reach);
        assert_eq!(press(&mut state, &answer.to_string()), Some(want));
        assert_eq!(state.mode, Mode::Normal);
    };
    check('t', Reach::Here);
    check('e', Reach::Everywhere);
    let mut state = state();
    state.key(Key::Up);
    press(&mut state, "d");
    assert_eq!(state.key(Key::Esc), None);
    assert_eq!(press(&mut state, "e"), None, "nothing is asked any more");
}

#[test]
fn a_conversation_is_deleted_from_the_list() {
    let mut state = state();
    state.key(Key::Tab);
    state.key(Key::Down);
    press(&mut state, "D");
    let want = Act::DeleteConversation(peer("carol"), Reach::Everywhere);
    assert_eq!(press(&mut state, "e"), Some(want));
}

#[test]
fn the_cursor_stays_on_its_message() {
    let mut state = state();
    state.key(Key::Up);
    assert_eq!(state.selected_index(), Some(2));
    state.key(Key::Up);
    assert_eq!(state.selected, Some(Pos(2)));
    state.show(vec![
        message(0),
        message(1),
        message(2),
        message(3),
        message(4),
    ]);
    assert_eq!(state.selected_index(), Some(2));
    state.show(vec![message(0), message(1), message(4)]);
    assert_eq!(state.selected, Some(Pos(1)), "the next older one");
    state.show(vec![]);
    assert_eq!(state.selected_index(), None);
    state.key(Key::Up);
    state.show(vec![message(7), message(8)]);
    assert_eq!(state.selected_index(), Some(1), "what comes is followed");
}

#[test]
fn a_question_about_a_message_that_is_gone_is_over() {
    let mut state = state();
    state.key(Key::Up);
    press(&mut state, "d");
    state.show(vec![message(1), message(2)]);
    assert_eq!(state.mode, Mode::Normal);
    assert_eq!(press(&mut state, "e"), None);
}

#[test]
fn page_up_asks_for_older_ones() {
    let mut state = state();
    let want = Act::Older(peer("bob"), Some(Pos(1)));
    assert_eq!(state.key(Key::PageUp), Some(want));
    assert_eq!(State::new(None).key(Key::PageUp), None);
}

#[test]
fn a_search_leads_to_a_message() {
    let mut state = state();
    state.key(Key::Tab);
    press(&mut state, "/four");
    let want = Act::Search("four".to_owned());
    assert_eq!(state.key(Key::Enter), Some(want));
    state.found(vec![message(9), message(4)]);
    assert_eq!(state.status, "2 messages found");
    state.key(Key::Down);
    state.key(Key::Down);
    assert_eq!(state.key(Key::Enter), Some(Act::Open(peer("bob"))));
    assert_eq!((state.selected, state.pane), (Some(Pos(4)), Pane::Messages));
    state.found(vec![]);
    assert_eq!(state.mode, Mode::Normal);
}

#[test]
fn the_list_keeps_its_cursor() {
    let mut state = state();
    state.key(Key::Tab);
    state.key(Key::Down);
    state.list(vec![row("carol"), row("dave"), row("bob")]);
    assert_eq!(state.chosen_index(), Some(0));
    state.list(vec![row("dave")]);
    assert_eq!(state.chosen, Some(peer("dave")));
    state.list(vec![]);
    assert_eq!(state.chosen, None);
}
