//! Draws the state.

use super::state::{Mode, Pane, State};
use crate::client::{show, time};
use lacuna_sdk::{ConnectionState, Conversation, Message, Side, Status};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Block, List, ListItem, ListState, Paragraph};

const LIST_WIDTH: u16 = 26;
const INPUT_HEIGHT: u16 = 3;
/// Columns for the time and the spaces around the name of a message.
const TIME_WIDTH: usize = 6;

/// Draws everything.
pub(super) fn draw(frame: &mut Frame<'_>, state: &State) {
    let [body, status] =
        Layout::vertical([Constraint::Min(0), Constraint::Length(1)]).areas(frame.area());
    let [list, talk] =
        Layout::horizontal([Constraint::Length(LIST_WIDTH), Constraint::Min(0)]).areas(body);
    let [messages, input] =
        Layout::vertical([Constraint::Min(0), Constraint::Length(INPUT_HEIGHT)]).areas(talk);
    draw_list(frame, list, state);
    match &state.mode {
        Mode::Found(found, at) => draw_messages(frame, messages, "found", found, Some(*at), true),
        Mode::Normal | Mode::Search(_) | Mode::DeleteMessage(..) | Mode::DeleteConversation(_) => {
            let title = state.open.as_ref().map(show::name);
            let title = title.unwrap_or_else(|| "no conversation is open".to_owned());
            let focused = state.pane == Pane::Messages;
            let at = state.selected_index();
            draw_messages(frame, messages, &title, &state.messages, at, focused);
        }
    }
    draw_input(frame, input, state);
    frame.render_widget(Paragraph::new(status_line(state)), status);
}

fn block(title: &str, focused: bool) -> Block<'_> {
    let style = if focused {
        Style::new().add_modifier(Modifier::BOLD)
    } else {
        Style::new().add_modifier(Modifier::DIM)
    };
    Block::bordered().title(title).border_style(style)
}

fn cursor(focused: bool) -> Style {
    if focused {
        Style::new().add_modifier(Modifier::REVERSED)
    } else {
        Style::new()
    }
}

fn draw_list(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let focused = state.pane == Pane::List;
    let width = usize::from(area.width.saturating_sub(2));
    let items = state
        .rows
        .iter()
        .map(|row| ListItem::new(row_line(row, width)));
    let list = List::new(items)
        .block(block("conversations", focused))
        .highlight_style(cursor(focused));
    let mut at = ListState::default().with_selected(state.chosen_index());
    frame.render_stateful_widget(list, area, &mut at);
}

fn row_line(row: &Conversation, width: usize) -> Line<'static> {
    let name = show::name(&row.target);
    if row.unread == 0 {
        return Line::from(name);
    }
    let count = row.unread.to_string();
    let gap = width.saturating_sub(Span::raw(name.as_str()).width() + count.len());
    let style = Style::new().add_modifier(Modifier::BOLD);
    Line::styled(format!("{name}{}{count}", " ".repeat(gap)), style)
}

fn draw_messages(
    frame: &mut Frame<'_>,
    area: Rect,
    title: &str,
    messages: &[Message],
    at: Option<usize>,
    focused: bool,
) {
    let width = usize::from(area.width.saturating_sub(2));
    let items = messages
        .iter()
        .map(|message| ListItem::new(message_text(message, width)));
    let list = List::new(items)
        .block(block(title, focused))
        .highlight_style(cursor(focused));
    let mut at = ListState::default().with_selected(at);
    frame.render_stateful_widget(list, area, &mut at);
}

/// The time, who, and what, in as many lines as it takes.
fn message_text(message: &Message, width: usize) -> Text<'static> {
    let (clock, from) = (time::clock(message.time), message.from.to_string());
    let indent = TIME_WIDTH + from.len() + 1;
    let mut text = show::body(&message.body);
    match message.status {
        Status::Sent => {}
        Status::Pending | Status::Sending => text.push_str("  (sending)"),
        Status::Failed => text.push_str("  (not sent)"),
    }
    let mine = message.side == Side::Sent;
    let name = Style::new().add_modifier(if mine { Modifier::DIM } else { Modifier::BOLD });
    let mut lines = Vec::new();
    for (number, part) in wrap(&text, width.saturating_sub(indent))
        .into_iter()
        .enumerate()
    {
        lines.push(if number == 0 {
            Line::from(vec![
                Span::styled(
                    format!("{clock:<TIME_WIDTH$}"),
                    Style::new().add_modifier(Modifier::DIM),
                ),
                Span::styled(format!("{from} "), name),
                Span::raw(part),
            ])
        } else {
            Line::from(format!("{}{part}", " ".repeat(indent)))
        });
    }
    Text::from(lines)
}

/// Cuts a text into lines of at most so many columns, at spaces where there are any.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(8);
    let (mut lines, mut line, mut used) = (Vec::new(), String::new(), 0);
    for word in text.split_inclusive(' ') {
        let columns = Span::raw(word.trim_end()).width();
        if used > 0 && used + columns > width {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        for c in word.chars() {
            let columns = Span::raw(c.to_string()).width();
            if used + columns > width {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push(c);
            used += columns;
        }
    }
    lines.push(line);
    lines
}

fn draw_input(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let searched = match &state.mode {
        Mode::Search(text) => Some(text),
        _ => None,
    };
    let (title, text) = match searched {
        Some(text) => ("search", text),
        None => ("say", &state.input),
    };
    let focused = searched.is_some() || state.pane == Pane::Input;
    let width = usize::from(area.width.saturating_sub(3));
    let shown = tail(text, width);
    frame.render_widget(
        Paragraph::new(shown.as_str()).block(block(title, focused)),
        area,
    );
    if focused {
        let column = u16::try_from(Span::raw(shown.as_str()).width()).unwrap_or(0);
        frame.set_cursor_position(Position::new(area.x + 1 + column, area.y + 1));
    }
}

/// The end of a text, as much as fits.
fn tail(text: &str, width: usize) -> String {
    let mut used = 0;
    let fits = |c: &char| {
        used += Span::raw(c.to_string()).width();
        used <= width
    };
    let end: Vec<char> = text.chars().rev().take_while(fits).collect();
    end.into_iter().rev().collect()
}

fn status_line(state: &State) -> String {
    let asked = match &state.mode {
        Mode::DeleteMessage(..) => {
            Some("delete the message: (t)his device, (e)verywhere I am, Esc".to_owned())
        }
        Mode::DeleteConversation(target) => Some(format!(
            "delete the conversation with {}: (t)his device, (e)verywhere I am, Esc",
            show::name(target)
        )),
        Mode::Search(_) => Some("Enter searches this device, Esc leaves".to_owned()),
        Mode::Found(..) => Some(format!("{}: Enter goes there, Esc leaves", state.status)),
        Mode::Normal => None,
    };
    let connection = match state.connection {
        ConnectionState::Connected if state.syncing => "syncing",
        ConnectionState::Connected => "connected",
        ConnectionState::Disconnected => "not connected",
    };
    let said = asked.unwrap_or_else(|| {
        if state.status.is_empty() {
            hints(state.pane).to_owned()
        } else {
            state.status.clone()
        }
    });
    format!(" {connection} | {said}")
}

fn hints(pane: Pane) -> &'static str {
    match pane {
        Pane::List => "Enter open, D delete, / search, Tab next pane, q quit",
        Pane::Messages => "Up/Down select, d delete, PgUp older, / search, Tab next pane",
        Pane::Input => "Enter send, Up select, PgUp older, Tab next pane, Ctrl-C quit",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lacuna_sdk::Target;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    #[test]
    fn lines_break_at_spaces_and_in_long_words() {
        let check = |text: &str, want: &[&str]| assert_eq!(wrap(text, 10), want, "{text}");
        check("", &[""]);
        check("short", &["short"]);
        check("one two three", &["one two ", "three"]);
        check("abcdefghijkl", &["abcdefghij", "kl"]);
        check("你好你好你好", &["你好你好你", "好"]);
    }

    #[test]
    fn the_end_of_what_is_typed_is_shown() {
        assert_eq!(tail("hello", 3), "llo");
        assert_eq!(tail("hello", 9), "hello");
        assert_eq!(tail("你好", 3), "好");
    }

    #[test]
    fn the_screen_has_its_parts_at_every_size() {
        let bob = Target::Peer(lacuna_domain::Name::new("bob").unwrap());
        let mut state = State::new(Some(bob));
        state.syncing = false;
        for (width, height) in [(80, 12), (20, 4), (3, 1)] {
            let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
            terminal.draw(|frame| draw(frame, &state)).unwrap();
            let screen = terminal.backend().to_string();
            if width == 80 {
                for part in ["conversations", "bob", "say", "connected | Enter send"] {
                    assert!(screen.contains(part), "{part}: {screen}");
                }
            }
        }
    }
}
