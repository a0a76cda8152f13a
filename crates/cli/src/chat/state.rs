//! What the terminal client shows and what its keys mean: a plain state machine. Keys and news go in, acts come out.

use crate::client::show;
use lacuna_sdk::{ConnectionState, Conversation, Message, Pos, Target};

/// Characters of a line that is being typed.
const LINE_CHARS_MAX: usize = 5_000;

/// A key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Up,
    Down,
    PageUp,
    PageDown,
    Tab,
    BackTab,
    Enter,
    Esc,
    Backspace,
    /// None: the window has another size.
    Resize,
    /// Ctrl-C.
    Interrupt,
    Char(char),
}

/// Where the keys go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pane {
    List,
    Messages,
    Input,
}

/// What is being asked, if anything is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Mode {
    /// Nothing.
    Normal,
    /// Where to delete a message.
    DeleteMessage(Target, Pos),
    /// Where to delete a conversation.
    DeleteConversation(Target),
    /// What to search for.
    Search(String),
    /// Which of the messages found to go to.
    Found(Vec<Message>, usize),
}

/// Where a deletion happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// On this device alone.
    Here,
    /// On the server and on every device of this user.
    Everywhere,
}

/// Something to be done outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Quit,
    /// Read the messages of the open conversation, and say that they were read.
    Open(Target),
    Send(Target, String),
    DeleteMessage(Target, Pos, Reach),
    DeleteConversation(Target, Reach),
    /// Read messages older than the oldest one shown.
    Older(Target, Option<Pos>),
    Search(String),
}

/// Everything that is shown.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) pane: Pane,
    pub(super) mode: Mode,
    /// The conversation list.
    pub(super) rows: Vec<Conversation>,
    /// The conversation that the list's cursor is on.
    pub(super) chosen: Option<Target>,
    /// The open conversation.
    pub(super) open: Option<Target>,
    /// Its messages, oldest first.
    pub(super) messages: Vec<Message>,
    /// The message that the cursor is on; none for the newest.
    pub(super) selected: Option<Pos>,
    /// What is being typed.
    pub(super) input: String,
    pub(super) connection: ConnectionState,
    pub(super) syncing: bool,
    /// The last thing that there was to say.
    pub(super) status: String,
}

impl State {
    /// Nothing but the list, or a conversation that is opened at once.
    pub(super) fn new(open: Option<Target>) -> Self {
        Self {
            pane: if open.is_some() {
                Pane::Input
            } else {
                Pane::List
            },
            mode: Mode::Normal,
            rows: Vec::new(),
            chosen: open.clone(),
            open,
            messages: Vec::new(),
            selected: None,
            input: String::new(),
            connection: ConnectionState::Connected,
            syncing: true,
            status: String::new(),
        }
    }

    // --- news -------------------------------------------------------------------------------------------------------

    /// The conversation list as it is now.
    pub(super) fn list(&mut self, rows: Vec<Conversation>) {
        self.rows = rows;
        if self.chosen_index().is_none() {
            self.chosen = self.rows.first().map(|row| row.target.clone());
        }
    }

    /// The messages of the open conversation as they are now, oldest first. The cursor stays on its message; if that is
    /// gone, it goes to the next older one.
    pub(super) fn show(&mut self, messages: Vec<Message>) {
        if let Some(selected) = self.selected {
            let older = messages.iter().rev().find(|message| message.id <= selected);
            self.selected = older.or(messages.first()).map(|message| message.id);
        }
        self.messages = messages;
        if let Mode::DeleteMessage(_, id) = self.mode
            && !self.messages.iter().any(|message| message.id == id)
        {
            self.mode = Mode::Normal;
        }
    }

    /// What a search found, newest first.
    pub(super) fn found(&mut self, messages: Vec<Message>) {
        self.status = match messages.len() {
            0 => "nothing found".to_owned(),
            count => format!(
                "{} found",
                show::count(count.try_into().unwrap_or(u64::MAX))
            ),
        };
        if !messages.is_empty() {
            self.mode = Mode::Found(messages, 0);
        }
    }

    // --- what is under the cursor -----------------------------------------------------------------------------------

    /// The place of the list's cursor.
    pub(super) fn chosen_index(&self) -> Option<usize> {
        let chosen = self.chosen.as_ref()?;
        self.rows.iter().position(|row| row.target == *chosen)
    }

    /// The place of the messages' cursor.
    pub(super) fn selected_index(&self) -> Option<usize> {
        let last = self.messages.len().checked_sub(1)?;
        let selected = self
            .selected
            .and_then(|id| self.messages.iter().position(|message| message.id == id));
        Some(selected.unwrap_or(last))
    }

    fn selected_message(&self) -> Option<&Message> {
        self.messages.get(self.selected_index()?)
    }

    // --- keys -------------------------------------------------------------------------------------------------------

    /// What a key does.
    pub(super) fn key(&mut self, key: Key) -> Option<Act> {
        if key == Key::Interrupt {
            return Some(Act::Quit);
        }
        match std::mem::replace(&mut self.mode, Mode::Normal) {
            Mode::Normal => self.plain_key(key),
            Mode::DeleteMessage(target, id) => {
                let reach = self.reach(key, Mode::DeleteMessage(target.clone(), id))?;
                Some(Act::DeleteMessage(target, id, reach))
            }
            Mode::DeleteConversation(target) => {
                let reach = self.reach(key, Mode::DeleteConversation(target.clone()))?;
                Some(Act::DeleteConversation(target, reach))
            }
            Mode::Search(text) => self.search_key(key, text),
            Mode::Found(found, at) => self.found_key(key, found, at),
        }
    }

    /// The answer to where to delete. Anything else but Esc asks again.
    fn reach(&mut self, key: Key, again: Mode) -> Option<Reach> {
        match key {
            Key::Char('t') => Some(Reach::Here),
            Key::Char('e') => Some(Reach::Everywhere),
            Key::Esc => None,
            _ => {
                self.mode = again;
                None
            }
        }
    }

    fn search_key(&mut self, key: Key, mut text: String) -> Option<Act> {
        match key {
            Key::Esc => return None,
            Key::Enter if text.trim().is_empty() => return None,
            Key::Enter => return Some(Act::Search(text)),
            Key::Backspace => drop(text.pop()),
            Key::Char(c) if text.len() < LINE_CHARS_MAX => text.push(c),
            _ => {}
        }
        self.mode = Mode::Search(text);
        None
    }

    fn found_key(&mut self, key: Key, found: Vec<Message>, at: usize) -> Option<Act> {
        let last = found.len().saturating_sub(1);
        let at = match key {
            Key::Esc => return None,
            Key::Enter => {
                let message = found.get(at)?;
                self.selected = Some(message.id);
                return Some(self.open(message.conversation.clone(), Pane::Messages));
            }
            Key::Up => at.saturating_sub(1),
            Key::Down => (at + 1).min(last),
            _ => at,
        };
        self.mode = Mode::Found(found, at);
        None
    }

    fn plain_key(&mut self, key: Key) -> Option<Act> {
        match key {
            Key::Tab => self.pane = self.next_pane(),
            Key::BackTab => {
                // One step back is two on, of three.
                self.pane = self.next_pane();
                self.pane = self.next_pane();
            }
            Key::PageUp => {
                let target = self.open.clone()?;
                let oldest = self.messages.first().map(|message| message.id);
                self.selected = oldest;
                self.pane = Pane::Messages;
                return Some(Act::Older(target, oldest));
            }
            Key::PageDown => self.selected = None,
            _ => {
                return match self.pane {
                    Pane::List => self.list_key(key),
                    Pane::Messages => self.messages_key(key),
                    Pane::Input => self.input_key(key),
                };
            }
        }
        None
    }

    fn next_pane(&self) -> Pane {
        match self.pane {
            Pane::List if self.open.is_some() => Pane::Messages,
            Pane::Messages => Pane::Input,
            Pane::List | Pane::Input => Pane::List,
        }
    }

    fn list_key(&mut self, key: Key) -> Option<Act> {
        match key {
            Key::Up | Key::Down => {
                let last = self.rows.len().saturating_sub(1);
                let at = self.chosen_index().unwrap_or(0);
                let at = if key == Key::Up {
                    at.saturating_sub(1)
                } else {
                    (at + 1).min(last)
                };
                self.chosen = self.rows.get(at).map(|row| row.target.clone());
            }
            Key::Enter => {
                let chosen = self.chosen.clone()?;
                self.selected = None;
                return Some(self.open(chosen, Pane::Input));
            }
            Key::Char('D') => self.mode = Mode::DeleteConversation(self.chosen.clone()?),
            Key::Char('/') => self.mode = Mode::Search(String::new()),
            Key::Char('q') => return Some(Act::Quit),
            _ => {}
        }
        None
    }

    fn messages_key(&mut self, key: Key) -> Option<Act> {
        let last = self.messages.len().checked_sub(1);
        match key {
            Key::Up | Key::Down => {
                let at = self.selected_index()?;
                let at = if key == Key::Up {
                    at.saturating_sub(1)
                } else {
                    at + 1
                };
                // Below the newest there is only the newest: the cursor follows what comes.
                let on_newest = Some(at) >= last;
                let message = self.messages.get(at).filter(|_| !on_newest);
                self.selected = message.map(|message| message.id);
            }
            Key::Char('d') => {
                let id = self.selected_message()?.id;
                self.mode = Mode::DeleteMessage(self.open.clone()?, id);
            }
            Key::Char('D') => self.mode = Mode::DeleteConversation(self.open.clone()?),
            Key::Char('/') => self.mode = Mode::Search(String::new()),
            Key::Enter => self.pane = Pane::Input,
            Key::Esc => self.pane = Pane::List,
            _ => {}
        }
        None
    }

    fn input_key(&mut self, key: Key) -> Option<Act> {
        match key {
            Key::Enter => {
                let target = self.open.clone()?;
                let text = std::mem::take(&mut self.input);
                if text.trim().is_empty() {
                    return None;
                }
                self.selected = None;
                return Some(Act::Send(target, text));
            }
            Key::Backspace => drop(self.input.pop()),
            Key::Char(c) if self.input.len() < LINE_CHARS_MAX => self.input.push(c),
            Key::Up => self.pane = Pane::Messages,
            Key::Esc => self.pane = Pane::List,
            _ => {}
        }
        None
    }

    fn open(&mut self, target: Target, pane: Pane) -> Act {
        self.open = Some(target.clone());
        self.chosen = Some(target.clone());
        self.messages.clear();
        self.pane = pane;
        Act::Open(target)
    }
}
