//! What was deleted is nowhere in the store's files when the call returns, even if the process is killed then.

use crate::child::Child;
use crate::stage::{Device, Stage, peer, until};
use lacuna_sdk::{Attachment, Body, Ext, Message, Millis, Name, NewMessage, Pos, Target};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A word that is nowhere else.
pub(crate) fn word(what: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let nth = NEXT.fetch_add(1, Ordering::Relaxed);
    let mixed = (nth + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ u64::from(std::process::id());
    format!("canary{what}{mixed:016x}")
}

/// The files below a folder that hold a word, in UTF-8 or UTF-16.
fn files_with(folder: &Path, word: &str) -> Vec<PathBuf> {
    let utf16: Vec<u8> = word.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let holds = |word: &[u8]| bytes.windows(word.len()).any(|window| window == word);
            if holds(word.as_bytes()) || holds(&utf16) {
                found.push(path);
            }
        }
    }
    found
}

#[track_caller]
pub(crate) fn gone(folder: &Path, words: &[String]) {
    for word in words {
        assert_eq!(files_with(folder, word), Vec::<PathBuf>::new(), "{word}");
    }
}

#[track_caller]
pub(crate) fn kept(folder: &Path, words: &[String]) {
    for word in words {
        assert_ne!(files_with(folder, word), Vec::<PathBuf>::new(), "{word}");
    }
}

/// Texts of every place where one can be, and the words in them.
fn one_of_each(to: &Target) -> (Vec<NewMessage>, Vec<String>) {
    let mut words = Vec::new();
    let mut new_word = |what| {
        let word = word(what);
        words.push(word.clone());
        word
    };
    let mut ext = Ext::new();
    let (key, value) = (new_word("key"), new_word("value"));
    ext.insert(key, serde_json::json!({"deep": [value]}));
    let file = Attachment {
        name: new_word("file"),
        remote_path: format!("http://127.0.0.1/{}", new_word("path")),
        secret: new_word("secret"),
        ..Attachment::default()
    };
    let long = new_word("long");
    let mut bodies = vec![
        Body::Text(new_word("text")),
        Body::Text(format!("{long} ").repeat(90)),
        Body::Image(file.clone()),
        Body::Voice(file.clone()),
        Body::File(file.clone()),
        Body::Location {
            latitude: 1.0,
            longitude: 2.0,
            address: new_word("address"),
            building: new_word("building"),
        },
        Body::Combine {
            title: new_word("title"),
            summary: new_word("summary"),
            file,
        },
    ];
    let fields = BTreeMap::from([(new_word("name"), new_word("field"))]);
    bodies.push(Body::Custom {
        event: new_word("event"),
        fields,
    });
    let new = |body| NewMessage {
        ext: ext.clone(),
        ..NewMessage::new(to.clone(), body)
    };
    (bodies.into_iter().map(new).collect(), words)
}

/// Ben's messages to Anna, held by her, and their words; and what Cleo wrote to her, which stays.
struct Scene {
    stage: Stage,
    anna: Device,
    ben: Device,
    cleo: Device,
    kept: Vec<String>,
}

impl Scene {
    async fn new() -> Self {
        let stage = Stage::new().await;
        let (ben, cleo) = (stage.device("ben").await, stage.device("cleo").await);
        let anna = stage.device("anna").await;
        let mut scene = Self {
            stage,
            anna,
            ben,
            cleo,
            kept: Vec::new(),
        };
        scene.keep().await;
        scene
    }

    async fn keep(&mut self) {
        let count = self.anna.chat().count(Some(&peer("cleo"))).unwrap();
        let kept = word("kept");
        self.cleo.text(&peer("anna"), &kept).await;
        self.kept.push(kept);
        self.anna.holds(&peer("cleo"), count + 1).await;
    }

    /// Ben sends one message of each kind.
    async fn fill(&self) -> (Vec<Message>, Vec<String>) {
        let count = self.anna.chat().count(Some(&peer("ben"))).unwrap();
        let (messages, words) = one_of_each(&peer("anna"));
        let sent = u64::try_from(messages.len()).unwrap();
        for new in messages {
            self.ben.chat().send(new).await.unwrap();
        }
        self.anna.holds(&peer("ben"), count + sent).await;
        kept(self.anna.folder(), &words);
        (self.anna.held(&peer("ben")), words)
    }

    fn check(&self, words: &[String]) {
        gone(self.anna.folder(), words);
        kept(self.anna.folder(), &self.kept);
    }
}

fn ids(messages: &[Message]) -> Vec<Pos> {
    messages.iter().map(|message| message.id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_deletion_on_the_server() {
    let mut scene = Scene::new().await;
    let (chat, ben) = (scene.anna.chat(), peer("ben"));

    let (messages, words) = scene.fill().await;
    chat.delete_from_server(&ben, &ids(&messages))
        .await
        .unwrap();
    scene.check(&words);

    let (messages, words) = scene.fill().await;
    let last = messages.last().unwrap().time;
    chat.delete_from_server_through(&ben, last).await.unwrap();
    scene.check(&words);

    let (_, words) = scene.fill().await;
    let draft = word("draft");
    let draft_of = Ext::from_iter([("draft".to_owned(), draft.clone().into())]);
    chat.set_conversation_ext(&ben, draft_of).unwrap();
    kept(scene.anna.folder(), std::slice::from_ref(&draft));
    chat.delete_server_conversation(&ben, true).await.unwrap();
    scene.check(&words);
    scene.check(&[draft]);

    let (_, words) = scene.fill().await;
    let all = std::mem::take(&mut scene.kept);
    chat.delete_everything(true).await.unwrap();
    scene.check(&words);
    scene.check(&all);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_deletion_here() {
    let mut scene = Scene::new().await;
    let (chat, ben) = (scene.anna.chat(), peer("ben"));

    let (messages, words) = scene.fill().await;
    for id in ids(&messages) {
        chat.delete_message(id).unwrap();
    }
    scene.check(&words);

    let (_, words) = scene.fill().await;
    chat.delete_all_messages(&ben).unwrap();
    scene.check(&words);

    let (messages, words) = scene.fill().await;
    let (first, last) = (messages[0].time, messages.last().unwrap().time);
    chat.delete_messages_between(&ben, first, last).unwrap();
    scene.check(&words);

    let (_, words) = scene.fill().await;
    let old = std::mem::take(&mut scene.kept);
    // What is kept is not older than the deletion.
    scene.keep().await;
    let kept_since = scene.anna.held(&peer("cleo")).pop().unwrap().time;
    chat.delete_messages_before(kept_since).unwrap();
    scene.check(&words);
    scene.check(&old);

    let (_, words) = scene.fill().await;
    chat.delete_conversations(std::slice::from_ref(&ben), true)
        .unwrap();
    scene.check(&words);

    let (_, words) = scene.fill().await;
    let all = std::mem::take(&mut scene.kept);
    chat.delete_everything(false).await.unwrap();
    scene.check(&words);
    scene.check(&all);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_another_device_deleted() {
    let scene = Scene::new().await;
    let other = scene.stage.device("anna").await;
    let (messages, words) = scene.fill().await;
    let chat = other.chat();
    chat.delete_from_server(&peer("ben"), &ids(&messages))
        .await
        .unwrap();
    let told = "that messages were removed";
    let removed = |told: &_| matches!(told, crate::record::Told::Removed(..));
    scene.anna.until(told, removed).await;
    scene.check(&words);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_messages_that_no_server_has_were_deleted() {
    let scene = Scene::new().await;
    let (chat, me) = (scene.anna.chat(), Name::new("anna").unwrap());
    let (messages, words) = one_of_each(&peer("nobody"));
    for new in messages {
        // There is no such user: it stays, failed.
        chat.send(new.clone()).await.unwrap_err();
        chat.insert(new, &me, Millis(1_767_225_600_000)).unwrap();
    }
    kept(scene.anna.folder(), &words);
    let held = ids(&scene.anna.held(&peer("nobody")));
    assert_eq!(held.len(), 16);
    chat.delete_from_server(&peer("nobody"), &held)
        .await
        .unwrap();
    scene.check(&words);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_edited_away_and_what_a_draft_was() {
    let scene = Scene::new().await;
    let chat = scene.anna.chat();
    let (messages, words) = scene.fill().await;
    let now = word("now");
    for message in &messages {
        let body = Body::Text(now.clone());
        chat.update(message.id, body, Ext::new()).unwrap();
    }
    scene.check(&words);
    kept(scene.anna.folder(), &[now]);
    let (draft, next) = (word("draft"), word("draft"));
    for text in [&draft, &next] {
        let ext = Ext::from_iter([("draft".to_owned(), text.clone().into())]);
        chat.set_conversation_ext(&peer("ben"), ext).unwrap();
    }
    scene.check(&[draft]);
    kept(scene.anna.folder(), std::slice::from_ref(&next));
    chat.set_conversation_ext(&peer("ben"), Ext::new()).unwrap();
    scene.check(&[next]);
}

/// Not one message goes with them.
#[tokio::test(flavor = "multi_thread")]
async fn drafts_of_conversations_that_leave_the_list() {
    let scene = Scene::new().await;
    let chat = scene.anna.chat();
    scene.fill().await;
    let write = |to: &Target| {
        let draft = word("draft");
        let ext = Ext::from_iter([("draft".to_owned(), draft.clone().into())]);
        chat.set_conversation_ext(to, ext).unwrap();
        kept(scene.anna.folder(), std::slice::from_ref(&draft));
        draft
    };
    let draft = write(&peer("nobody"));
    chat.delete_conversations(&[peer("nobody")], true).unwrap();
    scene.check(&[draft]);
    let draft = write(&peer("ben"));
    chat.delete_conversations(&[peer("ben")], false).unwrap();
    scene.check(&[draft]);
    let draft = write(&peer("ben"));
    chat.delete_server_conversation(&peer("ben"), false)
        .await
        .unwrap();
    scene.check(&[draft]);
}

/// The file goes in the background, and its path with it.
#[tokio::test(flavor = "multi_thread")]
async fn the_file_of_a_message_and_its_path() {
    let scene = Scene::new().await;
    let chat = scene.anna.chat();
    let (messages, _) = scene.fill().await;
    let downloads = tempfile::tempdir().unwrap();
    let name = word("download");
    let path = downloads.path().join(&name);
    std::fs::write(&path, "content").unwrap();
    let image = messages.iter().find(|message| {
        let body = &message.body;
        matches!(body, Body::Image(_))
    });
    let id = image.unwrap().id;
    chat.set_local_file(id, &path).unwrap();
    kept(scene.anna.folder(), std::slice::from_ref(&name));
    chat.delete_from_server(&peer("ben"), &[id]).await.unwrap();
    until("the file to be removed", || !path.exists()).await;
    let folder = scene.anna.folder();
    until("its path to be erased", || {
        files_with(folder, &name).is_empty()
    })
    .await;
}

/// Ben sends so many texts, each with one of these words.
async fn flood(ben: &Device, count: usize, words: &[String]) {
    let all: Vec<usize> = (0..count).collect();
    for some in all.chunks(60) {
        let sends = some.iter().map(|nth| async move {
            let text = format!("{} {nth}", words[nth % words.len()]);
            ben.text(&peer("anna"), &text).await
        });
        futures_util::future::join_all(sends).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_more_than_a_thousand_were_deleted_at_once() {
    let scene = Scene::new().await;
    let words: Vec<String> = (0..40).map(|_| word("many")).collect();
    flood(&scene.ben, 1_100, &words).await;
    scene.anna.holds(&peer("ben"), 1_100).await;
    kept(scene.anna.folder(), &words[..3]);
    let chat = scene.anna.chat();
    let far = Millis(1_900_000_000_000);
    chat.delete_from_server_through(&peer("ben"), far)
        .await
        .unwrap();
    scene.check(&words);
    // Ben still has them: only hers are gone.
    kept(scene.ben.folder(), &words[..3]);
    let chat = scene.ben.chat();
    assert_eq!(chat.delete_all_messages(&peer("anna")).unwrap(), 1_100);
    gone(scene.ben.folder(), &words);
    chat.compact().unwrap();
    gone(scene.ben.folder(), &words);
}

// --- killed right after the reply ---------------------------------------------------------------------------------------

async fn killed_after(order: &str) {
    let stage = Stage::new().await;
    let ben = stage.device("ben").await;
    let folder = tempfile::tempdir().unwrap();
    // Registers her, so that she can be written to.
    stage.token("anna", None).await;
    let mut words = Vec::new();
    for _ in 0..2 {
        let (messages, more) = one_of_each(&peer("anna"));
        words.extend(more);
        for new in messages {
            ben.chat().send(new).await.unwrap();
        }
    }
    let mut child = Child::start(&stage, "anna", folder.path(), &stage.url(), order).await;
    child.says("READY").await;
    kept(folder.path(), &words);
    child.go();
    child.says("DONE").await;
    child.kill();
    gone(folder.path(), &words);
    let token = stage.token("anna", None).await;
    let options = stage.options(folder.path());
    let anna = Device::enter("anna", folder, options, &token).await;
    gone(anna.folder(), &words);
    let left = anna.chat().count(None).unwrap();
    assert_eq!(left, if order == "edit" { 16 } else { 0 });
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_a_deletion_by_ids() {
    killed_after("ids").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_a_deletion_by_time() {
    killed_after("time").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_a_deletion_of_a_conversation() {
    killed_after("conversation").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_a_deletion_of_everything() {
    killed_after("everything").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_a_deletion_here() {
    killed_after("here").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_an_edit() {
    killed_after("edit").await;
}
