//! The loop: keys and news into the state, the state onto the screen, acts to the SDK.

use super::state::{Act, Key, Reach, State};
use super::view;
use crate::client::at::Session;
use crate::client::show;
use crate::client::told::Told;
use anyhow::{Context, bail};
use lacuna_sdk::{
    Chat, Client, Find, HistoryOptions, Keyword, Message, Millis, NewMessage, Pos, Target, Window,
};
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Messages of a conversation that are shown at first, and fetched at once.
const PAGE: u32 = 50;
/// Messages that are shown at most.
const SHOWN_MAX: u32 = 400;
/// Conversations that are listed at most.
const ROWS_MAX: u32 = 500;
/// Keys that may wait.
const KEYS_MAX: usize = 64;
/// How often the keyboard's thread looks whether it should end.
const KEY_WAIT: Duration = Duration::from_millis(100);
/// Sends and deletions at the same time.
const DOING_MAX: usize = 64;

/// What became of an act: something to say, or what a search found.
type Done = anyhow::Result<Outcome>;

#[derive(Debug)]
enum Outcome {
    Quiet,
    Said(String),
    Older(usize),
}

/// Runs until the user quits.
pub(super) async fn run(
    terminal: &mut DefaultTerminal,
    session: &mut Session,
    open: Option<Target>,
) -> anyhow::Result<()> {
    let (keyboard, mut keys) = Keyboard::start()?;
    let mut screen = Screen {
        client: session.client.clone(),
        state: State::new(open.clone()),
        shown_max: PAGE,
        doing: JoinSet::new(),
    };
    screen.refresh()?;
    if let Some(target) = open {
        screen.act(Act::Open(target))?;
    }
    let ended = loop {
        terminal.draw(|frame| view::draw(frame, &screen.state))?;
        let turn = tokio::select! {
            key = keys.recv() => match key {
                Some(Key::Resize) => Ok(()),
                Some(key) => match screen.state.key(key) {
                    Some(Act::Quit) => break Ok(()),
                    Some(act) => screen.act(act),
                    None => Ok(()),
                },
                None => break Err(anyhow::anyhow!("the terminal is gone")),
            },
            told = session.told.recv() => match told {
                Some(told) => screen.told(told),
                None => break Ok(()),
            },
            Some(done) = screen.doing.join_next() => {
                screen.done(done.context("a task failed").flatten())
            }
        };
        if let Err(error) = turn {
            break Err(error);
        }
    };
    keyboard.stop();
    ended
}

struct Screen {
    client: Client,
    state: State,
    /// Messages of the open conversation that are shown.
    shown_max: u32,
    doing: JoinSet<Done>,
}

impl Screen {
    fn chat(&self) -> Chat {
        self.client.chat()
    }

    /// Reads the list and the open conversation from the local store.
    fn refresh(&mut self) -> anyhow::Result<()> {
        let rows = self.chat().conversations(ROWS_MAX, 0)?;
        self.state.list(rows);
        if let Some(target) = self.state.open.clone() {
            let find = Find {
                conversation: Some(target),
                limit: self.shown_max,
                ..Find::default()
            };
            let mut messages = self.chat().find(find)?;
            messages.reverse();
            self.state.show(messages);
        }
        Ok(())
    }

    fn told(&mut self, told: Told) -> anyhow::Result<()> {
        match told {
            Told::Connection(state) => self.state.connection = state,
            Told::SyncStarted => self.state.syncing = true,
            Told::SyncFinished => self.state.syncing = false,
            Told::Removed(removed) => self.state.status = show::removed(&removed),
            Told::Messages(messages) => self.came(&messages),
            Told::Kicked(why) => bail!("the server logged this device out: {why:?}"),
            Told::Conversation(..)
            | Told::Receipts(_)
            | Told::Recalled(_)
            | Told::Edited(_)
            | Told::Changed => {}
        }
        self.refresh()
    }

    /// What comes into the open conversation is read at once.
    fn came(&mut self, messages: &[Message]) {
        let Some(open) = self.state.open.clone() else {
            return;
        };
        if messages.iter().any(|message| message.conversation == open) {
            self.read(open);
        }
    }

    fn read(&mut self, target: Target) {
        let chat = self.chat();
        self.begin(async move {
            let unread = chat.conversation(&target)?;
            if unread.is_some_and(|conversation| conversation.unread > 0) {
                chat.send_conversation_read(&target).await?;
            }
            Ok(Outcome::Quiet)
        });
    }

    fn begin(&mut self, work: impl Future<Output = Done> + Send + 'static) {
        if self.doing.len() >= DOING_MAX {
            "too much is being done: wait a little".clone_into(&mut self.state.status);
            return;
        }
        self.doing.spawn(work);
    }

    fn act(&mut self, act: Act) -> anyhow::Result<()> {
        let chat = self.chat();
        match act {
            Act::Quit => {}
            Act::Open(target) => {
                self.shown_max = self.needed(&target)?;
                self.state.status.clear();
                self.refresh()?;
                self.read(target);
            }
            Act::Send(target, text) => self.begin(async move {
                chat.send(NewMessage::text(target, text)).await?;
                Ok(Outcome::Quiet)
            }),
            Act::DeleteMessage(target, id, reach) => {
                self.begin(delete_message(chat, target, id, reach));
            }
            Act::DeleteConversation(target, reach) => {
                self.begin(delete_conversation(chat, target, reach));
            }
            Act::Older(target, oldest) => self.begin(older(chat, target, oldest)),
            Act::Search(keyword) => {
                let find = Find {
                    keyword: Some(Keyword(keyword)),
                    limit: PAGE,
                    ..Find::default()
                };
                match chat.find(find) {
                    Ok(found) => self.state.found(found),
                    Err(error) => self.state.status = error.to_string(),
                }
            }
        }
        Ok(())
    }

    /// How many messages of a conversation are shown when it is opened: as far back as where the cursor is to be.
    fn needed(&self, target: &Target) -> anyhow::Result<u32> {
        let Some(selected) = self.state.selected else {
            return Ok(PAGE);
        };
        let since = Window {
            from: selected.time(),
            to: Millis(u64::MAX),
        };
        let newer = self.chat().count_between(target, since)?;
        let newer = u32::try_from(newer).unwrap_or(SHOWN_MAX);
        Ok(newer.saturating_add(PAGE).min(SHOWN_MAX))
    }

    fn done(&mut self, done: Done) -> anyhow::Result<()> {
        match done {
            Ok(Outcome::Quiet) => {}
            Ok(Outcome::Said(text)) => self.state.status = text,
            Ok(Outcome::Older(0)) => {
                "there is nothing older".clone_into(&mut self.state.status);
                self.show_more();
            }
            Ok(Outcome::Older(count)) => {
                let count = show::count(u64::try_from(count)?);
                self.state.status = format!("read {count} more");
                self.show_more();
            }
            Err(error) => self.state.status = format!("{error:#}"),
        }
        self.refresh()
    }

    fn show_more(&mut self) {
        self.shown_max = self.shown_max.saturating_add(PAGE).min(SHOWN_MAX);
    }
}

async fn delete_message(chat: Chat, target: Target, id: Pos, reach: Reach) -> Done {
    match reach {
        Reach::Here => {
            chat.delete_message(id)?;
            Ok(Outcome::Said("deleted on this device".to_owned()))
        }
        Reach::Everywhere => {
            chat.delete_from_server(&target, &[id]).await?;
            Ok(Outcome::Said("deleted everywhere you are".to_owned()))
        }
    }
}

async fn delete_conversation(chat: Chat, target: Target, reach: Reach) -> Done {
    let name = show::name(&target);
    let place = match reach {
        Reach::Here => {
            chat.delete_conversations(&[target], true)?;
            "on this device"
        }
        Reach::Everywhere => {
            chat.delete_server_conversation(&target, true).await?;
            "everywhere you are"
        }
    };
    let text = format!("the conversation with {name} was deleted {place}");
    Ok(Outcome::Said(text))
}

/// Keeps a page of older history, unless this device has it.
async fn older(chat: Chat, target: Target, oldest: Option<Pos>) -> Done {
    let here = Find {
        conversation: Some(target.clone()),
        beyond: oldest,
        limit: PAGE,
        ..Find::default()
    };
    let here = chat.find(here)?;
    // What is here may have gaps, where only this device deleted: those are not filled.
    if !here.is_empty() {
        return Ok(Outcome::Older(here.len()));
    }
    let options = HistoryOptions {
        cursor: oldest.filter(|id| !id.is_local()),
        limit: usize::try_from(PAGE)?,
        save: true,
        ..HistoryOptions::default()
    };
    let page = chat.fetch_history(&target, options).await?;
    Ok(Outcome::Older(page.messages.len()))
}

/// The thread that reads the keyboard.
struct Keyboard {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Keyboard {
    /// Starts it.
    fn start() -> anyhow::Result<(Self, mpsc::Receiver<Key>)> {
        let (sender, receiver) = mpsc::channel(KEYS_MAX);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::Builder::new()
            .name("keyboard".to_owned())
            .spawn(move || {
                while !stopped.load(Ordering::Relaxed) {
                    match event::poll(KEY_WAIT) {
                        Ok(false) => continue,
                        Ok(true) => {}
                        Err(_) => return,
                    }
                    let Ok(event) = event::read() else {
                        return;
                    };
                    if let Some(key) = key_of(&event)
                        && sender.blocking_send(key).is_err()
                    {
                        return;
                    }
                }
            })
            .context("start the keyboard's thread")?;
        Ok((Self { stop, thread }, receiver))
    }

    /// Ends it; it takes a moment.
    fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        drop(self.thread.join());
    }
}

fn key_of(event: &Event) -> Option<Key> {
    let key = match event {
        Event::Resize(..) => return Some(Key::Resize),
        Event::Key(key) if key.kind != KeyEventKind::Release => key,
        _ => return None,
    };
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    Some(match key.code {
        KeyCode::Char('c') if control => Key::Interrupt,
        KeyCode::Char(_) if control => return None,
        KeyCode::Char(c) => Key::Char(c),
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => Key::BackTab,
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Esc,
        KeyCode::Backspace => Key::Backspace,
        _ => return None,
    })
}
