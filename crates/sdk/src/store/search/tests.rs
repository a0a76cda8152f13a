//! The index against a naive search, and what is left of deleted texts.

use super::parts::{put, rebuild};
use super::tokens::{Wanted, document};
use super::*;
use proptest::prelude::*;
use rusqlite::params;
use std::collections::BTreeMap;
use tempfile::TempDir;

const SCHEMA: &str = include_str!("../../../migrations/0001_create_tables.sql");
/// Small, so that parts fill and split.
const PART: i64 = 4;

struct World {
    folder: TempDir,
    conn: Connection,
    key: Key,
    held: BTreeMap<i64, (i64, String)>,
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "it has the shape that the index asks for"
)]
fn text_of(bytes: &[u8]) -> Option<String> {
    Some(String::from_utf8(bytes.to_vec()).unwrap())
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir_in("/dev/shm")
            .or_else(|_| tempfile::tempdir())
            .unwrap();
        let conn = Connection::open(folder.path().join("x.db")).unwrap();
        conn.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA secure_delete = ON; PRAGMA synchronous = OFF;",
        )
        .unwrap();
        conn.execute_batch(SCHEMA).unwrap();
        Self {
            folder,
            conn,
            key: Key::new([3; 16]),
            held: BTreeMap::new(),
        }
    }

    fn add(&mut self, id: i64, conversation: i64, text: &str) {
        if self.held.contains_key(&id) {
            return;
        }
        self.conn
            .execute("INSERT INTO body (bytes) VALUES (?1)", [text.as_bytes()])
            .unwrap();
        let body = self.conn.last_insert_rowid();
        let insert = "INSERT INTO message VALUES (?1, ?2, 1, 0, ?1 % 2, 2, 0, 0, 0, 0, ?3, 0)";
        self.conn
            .execute(insert, params![id, conversation, body])
            .unwrap();
        let document = document(&self.key, conversation, text);
        put(&self.conn, pos(id), &document, PART).unwrap();
        self.held.insert(id, (conversation, text.to_owned()));
    }

    /// Deletes a message: with its entry, or leaving that for later.
    fn remove(&mut self, id: i64, at_once: bool) {
        let Some((conversation, text)) = self.held.remove(&id) else {
            return;
        };
        if at_once {
            unindex(&self.conn, &self.key, &[(pos(id), conversation, &text)]).unwrap();
        } else {
            mark_stale(&self.conn, pos(id), pos(id)).unwrap();
        }
        let zero = "UPDATE body SET bytes = zeroblob(length(bytes)) WHERE id = (SELECT body FROM message WHERE id = ?1)";
        self.conn.execute(zero, [id]).unwrap();
        self.conn
            .execute("DELETE FROM message WHERE id = ?1", [id])
            .unwrap();
    }

    fn tidy(&self) {
        while rebuild(&self.conn, &self.key, text_of, PART).unwrap() {}
    }

    fn query(keyword: &str) -> Query {
        Query {
            keyword: keyword.to_owned(),
            conversation: None,
            senders: Vec::new(),
            kinds: Vec::new(),
            sent: None,
            first: Pos::ZERO,
            last: Pos::MAX,
            newest_first: true,
            limit: 1000,
        }
    }

    fn found(&self, query: &Query) -> Vec<i64> {
        let found = search(&self.conn, &self.key, query, text_of).unwrap();
        found.into_iter().map(|id| int(id.0)).collect()
    }

    fn naive(&self, query: &Query) -> Vec<i64> {
        let Some(wanted) = Wanted::of(&query.keyword) else {
            return Vec::new();
        };
        let mut found: Vec<i64> = self
            .held
            .iter()
            .filter(|(id, (conversation, text))| {
                (int(query.first.0)..=int(query.last.0)).contains(*id)
                    && query
                        .conversation
                        .is_none_or(|wanted| wanted == *conversation)
                    && query.sent.is_none_or(|sent| sent == (*id % 2 == 1))
                    && wanted.is_in(text)
            })
            .map(|(id, _)| *id)
            .collect();
        if query.newest_first {
            found.reverse();
        }
        found.truncate(query.limit);
        found
    }

    /// Whether some bytes are in any file of the store.
    fn on_disk(&self, bytes: &[u8]) -> bool {
        let truncate = "PRAGMA wal_checkpoint(TRUNCATE)";
        let busy: i64 = self.conn.query_row(truncate, [], |row| row.get(0)).unwrap();
        assert_eq!(busy, 0);
        std::fs::read_dir(self.folder.path()).unwrap().any(|entry| {
            let content = std::fs::read(entry.unwrap().path()).unwrap();
            content.windows(bytes.len()).any(|window| window == bytes)
        })
    }
}

fn pos(id: i64) -> Pos {
    Pos(unsigned(id))
}

#[derive(Clone, Debug)]
enum Act {
    Add(i64, i64, String),
    Remove(i64, bool),
    Tidy,
}

fn text() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "door",
        "doors",
        "cat",
        "code",
        "4711",
        "世界",
        "你好世界",
        "好",
        "été",
        "🎉",
    ]);
    prop::collection::vec(word, 1..5).prop_map(|words| words.join(" "))
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (1..60_i64, 1..3_i64, text()).prop_map(|(id, conversation, text)| Act::Add(id, conversation, text)),
        3 => (1..60_i64, any::<bool>()).prop_map(|(id, at_once)| Act::Remove(id, at_once)),
        1 => Just(Act::Tidy),
    ]
}

proptest! {
    #[test]
    fn it_finds_what_a_naive_search_finds(
        acts in prop::collection::vec(act(), 1..80),
        keyword in prop::sample::select(vec!["do", "door", "cat code", "47", "世", "世界", "好世", "é", "🎉", "zebra"]),
        conversation in prop::option::of(1..3_i64),
        sent in prop::option::of(any::<bool>()),
        (first, last) in (0..60_i64, 0..60_i64),
        newest_first: bool,
        limit in 1..20_usize,
    ) {
        let mut world = World::new();
        for act in acts {
            match act {
                Act::Add(id, conversation, text) => world.add(id, conversation, &text),
                Act::Remove(id, at_once) => world.remove(id, at_once),
                Act::Tidy => world.tidy(),
            }
        }
        let query = Query { conversation, sent, first: pos(first), last: pos(last), newest_first, limit, ..World::query(keyword) };
        prop_assert_eq!(world.found(&query), world.naive(&query));
        world.tidy();
        prop_assert_eq!(world.found(&query), world.naive(&query));
        let all = World::query(keyword);
        prop_assert_eq!(world.found(&all), world.naive(&all));
    }
}

#[test]
fn parts_fill_in_order_and_split_when_old_ones_grow() {
    let mut world = World::new();
    for id in 100..120 {
        world.add(id, 1, "door");
    }
    let parts = |world: &World| -> i64 {
        let count = "SELECT count(*) FROM search_part";
        world.conn.query_row(count, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(parts(&world), 5);
    for id in 1..20 {
        world.add(id, 1, "door");
    }
    assert_eq!(parts(&world), 5, "old messages go where they belong");
    world.tidy();
    assert_eq!(parts(&world), 10);
    assert_eq!(world.found(&World::query("door")).len(), 39);
    for id in 1..120 {
        world.remove(id, false);
    }
    world.tidy();
    assert_eq!(parts(&world), 1, "only the first is left");
    world.add(50, 1, "door");
    assert_eq!(world.found(&World::query("door")), [50]);
}

#[test]
fn neither_the_text_nor_its_token_is_left() {
    let token = |world: &World| {
        let document = document(&world.key, 1, "xylophonist");
        document.split(' ').next_back().unwrap().as_bytes().to_vec()
    };
    for at_once in [true, false] {
        let mut world = World::new();
        for id in 1..30 {
            world.add(
                id,
                1,
                if id == 7 {
                    "a xylophonist plays"
                } else {
                    "the door is open"
                },
            );
        }
        assert!(world.on_disk(b"xylophonist"), "the body has it");
        assert!(world.on_disk(&token(&world)), "the index has its token");
        world.remove(7, at_once);
        // Of a large deletion, the entry is left until the part was built anew; the text is gone at once in both cases.
        assert!(!world.on_disk(b"xylophonist"));
        world.tidy();
        assert!(!world.on_disk(&token(&world)), "at once: {at_once}");
        assert_eq!(world.found(&World::query("door")).len(), 28);
    }
}
