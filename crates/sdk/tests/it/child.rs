//! A device in a process of its own, which a test can kill. It is this very program, started once more.

use crate::stage::{Stage, peer, until};
use lacuna_sdk::{Body, Client, Ext, Find, Message, NewMessage, Options, Status};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};

const ORDERS: &str = "LACUNA_TEST_CHILD";

/// The process. It is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Child {
    process: std::process::Child,
    stdin: ChildStdin,
    said: Arc<Mutex<String>>,
}

impl Child {
    /// Starts a device of a user, whose store is in a folder and whose socket goes through `socket`; `order` is what it does
    /// after it has said READY and was told to go.
    pub(crate) async fn start(
        stage: &Stage,
        user: &str,
        folder: &Path,
        socket: &str,
        order: &str,
    ) -> Self {
        let token = stage.token(user, None).await;
        let folder = folder.to_str().unwrap();
        let url = stage.url();
        let orders = [url.as_str(), socket, folder, user, token.as_str(), order];
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["child::child", "--exact", "--nocapture"])
            .env(ORDERS, orders.join("\n"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let stdin = process.stdin.take().unwrap();
        let stdout = BufReader::new(process.stdout.take().unwrap());
        let said = Arc::<Mutex<String>>::default();
        let heard = Arc::clone(&said);
        // It ends with the process.
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                heard.lock().unwrap().push_str(&line);
            }
        });
        Self {
            process,
            stdin,
            said,
        }
    }

    /// Waits until it has said something.
    pub(crate) async fn says(&mut self, what: &str) {
        let said = Arc::clone(&self.said);
        let process = &mut self.process;
        until(format!("the child to say {what}"), || {
            let ended = process.try_wait().unwrap();
            assert_eq!(ended, None, "the child ended");
            said.lock().unwrap().contains(what)
        })
        .await;
    }

    /// Tells it to go on.
    pub(crate) fn go(&mut self) {
        writeln!(self.stdin, "go").unwrap();
    }

    /// Kills it as the system would: nothing is closed or written any more.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if self.process.try_wait().is_ok_and(|ended| ended.is_none()) {
            self.kill();
        }
    }
}

/// Not a test by itself, but what the child does. Started as a test it has no orders and does nothing.
#[tokio::test(flavor = "multi_thread")]
async fn child() {
    let Some(orders) = std::env::var_os(ORDERS) else {
        return;
    };
    let orders = orders.into_string().unwrap();
    let mut orders = orders.split('\n');
    let mut next = || orders.next().unwrap();
    let (url, socket, folder) = (next(), next(), next());
    let mut options = Options::new("lacuna#demo", socket, folder);
    options.rest_url = url.to_owned();
    options.clock = lacuna_testing::ManualClock::running();
    let client = Client::new(options).unwrap();
    client.login_with_token(next(), next()).await.unwrap();
    match next() {
        "send" => send(&client).await,
        "close" => close(client).await,
        order => delete(&client, order).await,
    }
    say("DONE");
    std::future::pending::<()>().await;
}

fn say(what: &str) {
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{what}").unwrap();
    stdout.flush().unwrap();
}

fn wait_to_go() {
    say("READY");
    std::io::stdin().read_line(&mut String::new()).unwrap();
}

/// Sends a text to Ben, and does not wait until the server has it.
async fn send(client: &Client) {
    wait_to_go();
    let (chat, ben) = (client.chat(), peer("ben"));
    let sent = chat.send(NewMessage::text(ben.clone(), "just once"));
    let held = async {
        until("the message to be kept", || {
            let found = chat.find(with_ben()).unwrap();
            found.iter().any(|held| held.status == Status::Sending)
        })
        .await;
    };
    tokio::select! {
        _ = sent => panic!("nobody can have acknowledged it"),
        () = held => {}
    }
    // The call is given up here; the message stays on its way.
}

/// The names of this process's threads that belong to clients and their stores.
fn own_threads() -> Vec<String> {
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    let names = threads.filter_map(|thread| {
        let name = std::fs::read_to_string(thread.ok()?.path().join("comm"));
        Some(name.ok()?.trim_end().to_owned())
    });
    names
        .filter(|name| name.starts_with("db-") || name.starts_with("lacuna-"))
        .collect()
}

/// Closes the client, and others, and looks for threads that are left.
async fn close(client: Client) {
    let before = own_threads();
    for name in ["db-writer", "db-reader", "lacuna-client", "lacuna-observer"] {
        assert!(before.iter().any(|thread| thread.starts_with(name)));
    }
    client.close();
    client.close();
    // A joined thread is listed for a moment longer.
    until("its threads to end", || own_threads().is_empty()).await;
    // One that never logged in, and one that is only dropped.
    for closes in [true, false] {
        let folder = std::env::temp_dir();
        let options = Options::new("lacuna#demo", "http://127.0.0.1:1", folder);
        let other = Client::new(options).unwrap();
        // A thread names itself.
        until("its threads to begin", || own_threads().len() == 2).await;
        if closes {
            other.close();
        }
        drop(other);
        until("its threads to end", || own_threads().is_empty()).await;
    }
}

fn with_ben() -> Find {
    Find {
        conversation: Some(peer("ben")),
        limit: 400,
        ..Find::default()
    }
}

/// Waits for sixteen messages from Ben, and deletes or edits them.
async fn delete(client: &Client, order: &str) {
    let (chat, ben) = (client.chat(), peer("ben"));
    until("its messages", || chat.count(Some(&ben)).unwrap() == 16).await;
    let held: Vec<Message> = chat.find(with_ben()).unwrap();
    let last = held[0].time;
    let ids: Vec<_> = held.into_iter().map(|message| message.id).collect();
    wait_to_go();
    match order {
        "ids" => chat.delete_from_server(&ben, &ids).await.unwrap(),
        "time" => chat.delete_from_server_through(&ben, last).await.unwrap(),
        "conversation" => chat.delete_server_conversation(&ben, true).await.unwrap(),
        "everything" => chat.delete_everything(true).await.unwrap(),
        "here" => assert_eq!(chat.delete_all_messages(&ben).unwrap(), 16),
        "edit" => {
            for id in ids {
                let body = Body::Text("edited".to_owned());
                chat.update(id, body, Ext::new()).unwrap();
            }
        }
        other => panic!("no order: {other}"),
    }
}
