//! The local store with a million messages: deleting a tenth of them beside a bare `DELETE` of the same rows, opening,
//! listing conversations, searching. Every figure of one run is to be compared with the others of that run only.
//!
//! The store is filled once, through the SDK, into a folder below `target`, and copied for each deletion.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a step that fails ends the run"
)]

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use lacuna_sdk::transport::Rest;
use lacuna_sdk::{
    Body, Client, Ext, Find, Keyword, Message, Millis, Name, Options, Pos, Side, Status, Target,
};
use lacuna_testing::TestServer;
use rusqlite::{Connection, params};
use std::path::{Path, PathBuf};
use std::time::Duration;

const MESSAGES: u64 = 1_000_000;
const CONVERSATIONS: u64 = 100;
/// Every other message is in the first conversation, from which a tenth of all is deleted.
const DELETED: u64 = 100_000;
const FIRST_MS: u64 = 1_700_000_000_000;
const STEP_MS: u64 = 1_000;
const APP: &str = "lacuna#demo";

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(work)
}

/// A server that runs on a thread of its own until the process ends.
fn server() -> String {
    let (told, addr) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        block_on(async {
            let server = TestServer::running().await.unwrap();
            told.send(server.server.addr()).unwrap();
            std::future::pending::<()>().await;
        });
    });
    format!("http://{}", addr.recv().unwrap())
}

fn client(server: &str, folder: &Path) -> Client {
    let options = Options {
        resource: Some("bench".to_owned()),
        ..Options::new(APP, server, folder)
    };
    Client::new(options).unwrap()
}

fn logged_in(server: &str, folder: &Path) -> Client {
    let client = client(server, folder);
    block_on(client.login("bench", "secret")).unwrap();
    client
}

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn conversation(nth: u64) -> Target {
    let number = if nth.is_multiple_of(2) {
        0
    } else {
        nth / 2 % CONVERSATIONS
    };
    Target::Peer(name(&format!("peer{number}")))
}

fn time(nth: u64) -> Millis {
    Millis(FIRST_MS + nth * STEP_MS)
}

/// A word of three syllables, of five thousand.
fn word(nth: u64) -> String {
    const SYLLABLES: [&str; 18] = [
        "ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu",
        "va", "we", "zi",
    ];
    let syllable = |nth: u64| SYLLABLES[usize::try_from(nth % 18).unwrap()];
    [nth, nth / 18, nth / 324].map(syllable).concat()
}

/// Eight words, some of them common, and in one of a thousand messages a rare one.
fn text(nth: u64) -> String {
    let mut state = nth.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut words: Vec<String> = (0..8)
        .map(|_| {
            state ^= state >> 29;
            state = state.wrapping_mul(0xBF58_476D_1CE4_E5B9);
            // Squared, so that some words are common.
            let nth = (state >> 40) % 5_000;
            word(nth * nth / 5_000)
        })
        .collect();
    if nth.is_multiple_of(1_000) {
        words.push("xylophone".to_owned());
    }
    words.join(" ")
}

fn message(nth: u64) -> Message {
    let to = conversation(nth);
    Message {
        id: Pos(Pos::first_at(time(nth)).0 | 1 << 12),
        from: name(to.id()),
        conversation: to,
        side: Side::Received,
        status: Status::Sent,
        time: time(nth),
        local_time: time(nth),
        body: Body::Text(text(nth)),
        ext: Ext::new(),
        is_read: true,
        is_read_acked: false,
        is_delivery_acked: false,
    }
}

/// The folder with the filled store, made if it is not there yet.
fn filled(server: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("store-{MESSAGES}"));
    if folder.join("done").exists() {
        return folder;
    }
    drop(std::fs::remove_dir_all(&folder));
    let client = logged_in(server, &folder);
    for first in (0..MESSAGES).step_by(1_000) {
        let batch = (first..first + 1_000).map(message).collect();
        client.chat().import(batch).unwrap();
    }
    client.close();
    std::fs::write(folder.join("done"), "").unwrap();
    folder
}

fn copy(from: &Path) -> tempfile::TempDir {
    let to = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    copy_into(from, to.path());
    to
}

fn copy_into(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            copy_into(&entry.path(), &to.join(entry.file_name()));
        } else {
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

/// The span of time of the messages to delete.
fn span() -> (Millis, Millis) {
    (time(MESSAGES / 2), time(MESSAGES / 2 + 2 * DELETED - 1))
}

/// A connection with the settings of the SDK's own.
fn bare(folder: &Path) -> Connection {
    let conn = Connection::open(folder.join("lacuna_demo/bench.db")).unwrap();
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; \
         PRAGMA cache_size = -8192; PRAGMA wal_autocheckpoint = 0; PRAGMA foreign_keys = ON;",
    )
    .unwrap();
    conn
}

/// What anybody would write: the rows of both tables, and the log emptied, as it must be for the bytes to be gone.
fn delete_bare(conn: &Connection) {
    let (from, to) = span();
    let find = "SELECT id FROM conversation WHERE name = 'peer0'";
    let first: i64 = conn.query_row(find, [], |row| row.get(0)).unwrap();
    let ends = [Pos::first_at(from), Pos::last_at(to)].map(|pos| i64::try_from(pos.0).unwrap());
    let within = params![first, ends[0], ends[1]];
    let tx = conn.unchecked_transaction().unwrap();
    let which = "conversation = ?1 AND id BETWEEN ?2 AND ?3";
    let bodies = format!("DELETE FROM body WHERE id IN (SELECT body FROM message WHERE {which})");
    assert_eq!(
        tx.execute(&bodies, within).unwrap(),
        usize::try_from(DELETED).unwrap()
    );
    tx.execute(&format!("DELETE FROM message WHERE {which}"), within)
        .unwrap();
    tx.commit().unwrap();
    let truncate = "PRAGMA wal_checkpoint(TRUNCATE)";
    conn.query_row(truncate, [], |row| row.get::<_, i64>(0))
        .unwrap();
}

fn delete(c: &mut Criterion, server: &str, folder: &Path) {
    let mut group = c.benchmark_group("delete 100,000 of 1,000,000");
    group
        .sample_size(10)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(5));
    group.bench_function("bare SQLite DELETE", |bench| {
        let prepare = || {
            let folder = copy(folder);
            let conn = bare(folder.path());
            (folder, conn)
        };
        bench.iter_batched_ref(
            prepare,
            |(_, conn)| delete_bare(conn),
            BatchSize::PerIteration,
        );
    });
    group.bench_function("delete_messages_between", |bench| {
        let prepare = || {
            let folder = copy(folder);
            let client = logged_in(server, folder.path());
            (folder, client)
        };
        let (from, to) = span();
        bench.iter_batched_ref(
            prepare,
            |(_, client)| {
                let target = Target::Peer(name("peer0"));
                let count = client
                    .chat()
                    .delete_messages_between(&target, from, to)
                    .unwrap();
                assert_eq!(count, DELETED);
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

fn open(c: &mut Criterion, server: &str, folder: &Path) {
    let mut group = c.benchmark_group("log in, store opened");
    let empty = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    for (what, folder) in [("empty", empty.path()), ("1,000,000 messages", folder)] {
        group.bench_function(what, |bench| {
            bench.iter_batched_ref(
                || client(server, folder),
                |client| block_on(client.login_with_token("bench", &token(server))).unwrap(),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

/// A token that is asked for once: passwords are hashed slowly on purpose.
fn token(server: &str) -> String {
    static TOKEN: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    let ask = || {
        let rest = Rest::new(server, "lacuna", "demo", Duration::from_mins(1)).unwrap();
        let name = Name::new("bench").unwrap();
        block_on(rest.token(&name, "secret")).unwrap().token
    };
    TOKEN.get_or_init(ask).clone()
}

fn read(c: &mut Criterion, server: &str, folder: &Path) {
    let client = logged_in(server, folder);
    let chat = client.chat();
    let mut group = c.benchmark_group("1,000,000 messages");
    group.bench_function("list 100 conversations", |bench| {
        bench.iter(|| assert_eq!(chat.conversations(100, 0).unwrap().len(), 100));
    });
    let find = |keyword: &str, conversation: Option<Target>| Find {
        keyword: Some(Keyword(keyword.to_owned())),
        conversation,
        limit: 50,
        ..Find::default()
    };
    let peer = || Some(Target::Peer(name("peer7")));
    let (one, two) = (word(0), word(49));
    let both = format!("{one} {two}");
    for (what, keyword, conversation) in [
        ("search a rare word", "xylophone", None),
        ("search a common word", one.as_str(), None),
        ("search the beginning of 300 words", "ba", None),
        ("search two words", both.as_str(), None),
        ("search what is not there", "qwerty", None),
        (
            "search a common word in one of 100 conversations",
            one.as_str(),
            peer(),
        ),
        (
            "search two words in one of 100 conversations",
            both.as_str(),
            peer(),
        ),
    ] {
        group.bench_function(what, |bench| {
            bench.iter(|| chat.find(find(keyword, conversation.clone())).unwrap());
        });
    }
    group.bench_function("a page of 50 in one conversation", |bench| {
        let page = Find {
            conversation: peer(),
            limit: 50,
            ..Find::default()
        };
        bench.iter(|| assert_eq!(chat.find(page.clone()).unwrap().len(), 50));
    });
    group.finish();
    client.close();
}

fn all(c: &mut Criterion) {
    let server = server();
    let registered = block_on(client(&server, Path::new(".")).register("bench", "secret"));
    registered.unwrap();
    let folder = filled(&server);
    read(c, &server, &folder);
    open(c, &server, &folder);
    delete(c, &server, &folder);
}

criterion_group!(benches, all);
criterion_main!(benches);
