//! Local stores that a disk has damaged.

use crate::record::Told;
use crate::stage::{Left, Stage, peer, until};
use lacuna_sdk::{Millis, Name, NewMessage, Pos, store_path};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Overwrites a part of the closed file, given as a fraction of its size in thousandths.
fn damage(left: &Left, from: usize, to: usize) {
    let path = store_path(&left.options, &left.user).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let length = bytes.len();
    bytes[length * from / 1000..length * to / 1000].fill(0xAB);
    std::fs::write(path, bytes).unwrap();
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// A device with a long conversation of which some messages are deleted, closed; and the ids that are left.
async fn lived_in(stage: &Stage) -> (Left, BTreeSet<Pos>, Pos) {
    let (anna, ben) = (stage.device("anna").await, stage.device("ben").await);
    let mut ids = Vec::new();
    for nth in 0..120 {
        let text = format!("message {nth} {}", "of some length ".repeat(20));
        ids.push(ben.text(&peer("anna"), &text).await);
    }
    until("all of them", || anna.ids(&peer("ben")).len() == ids.len()).await;
    let gone = [ids[3], ids[50], ids[119]];
    anna.chat()
        .delete_from_server(&peer("ben"), &gone)
        .await
        .unwrap();
    // One that no server has.
    let note = NewMessage::text(peer("ben"), "a note to myself");
    let name = Name::new("anna").unwrap();
    let time = Millis(stage.now().0 + 1);
    let local = anna.chat().insert(note, &name, time).unwrap().id;
    let left = ids.into_iter().filter(|id| !gone.contains(id)).collect();
    (anna.close(), left, local)
}

/// The device comes back with a store that is sound again and holds what the server shows.
async fn comes_back(stage: &Stage, left: Left, want: &BTreeSet<Pos>) -> BTreeSet<Pos> {
    let anna = stage.again(left).await;
    assert!(anna.told.all().contains(&Told::StoreRecovered));
    let held = || -> BTreeSet<Pos> {
        let held = anna.ids(&peer("ben")).into_iter();
        held.filter(|id| !id.is_local()).collect()
    };
    until("what the server shows", || held() == *want).await;
    let of_damaged = |path: &PathBuf| path.to_string_lossy().contains("damaged");
    let folder = anna.folder().to_path_buf();
    assert!(
        !files(&folder).iter().any(of_damaged),
        "the damaged file would outlive what is deleted"
    );
    let local = anna
        .ids(&peer("ben"))
        .into_iter()
        .filter(|id| id.is_local());
    let local = local.collect();
    // It works as any other does.
    let new = anna.text(&peer("ben"), "and on it goes").await;
    let again = stage.again(anna.close()).await;
    assert!(!again.told.all().contains(&Told::StoreRecovered), "once");
    assert!(again.ids(&peer("ben")).contains(&new));
    local
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_without_a_head_is_built_anew_from_the_server() {
    let stage = Stage::new().await;
    let (left, want, _) = lived_in(&stage).await;
    damage(&left, 0, 20);
    comes_back(&stage, left, &want).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_a_hole_keeps_what_can_be_read() {
    let stage = Stage::new().await;
    let (left, want, local) = lived_in(&stage).await;
    // Only looking at all of it finds this. That happens some time after a process was killed; here, its mark is put by hand.
    damage(&left, 900, 930);
    let path = store_path(&left.options, &left.user).unwrap();
    std::fs::write(path.with_extension("is-damaged"), "").unwrap();
    let local_left = comes_back(&stage, left, &want).await;
    assert!(local_left.is_empty() || local_left == [local].into());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sound_file_that_was_marked_loses_nothing() {
    let stage = Stage::new().await;
    let (left, want, local) = lived_in(&stage).await;
    let path = store_path(&left.options, &left.user).unwrap();
    std::fs::write(path.with_extension("is-damaged"), "").unwrap();
    assert_eq!(comes_back(&stage, left, &want).await, [local].into());
}
