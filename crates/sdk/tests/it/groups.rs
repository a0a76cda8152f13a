//! Groups, and deleting in them for oneself alone.

use crate::record::Told;
use crate::stage::{Device, Stage, group, until};
use lacuna_sdk::{ErrorCode, GroupChange, GroupId, Name, NewGroup, NewMessage, Target};

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

async fn create(owner: &Device, members: &[&str]) -> (GroupId, Target) {
    let new = NewGroup {
        name: "hikers".into(),
        description: "on Sundays".into(),
        members: members.iter().map(|member| name(member)).collect(),
        public: true,
        ..NewGroup::default()
    };
    let id = owner.client.groups().create(new).await.unwrap();
    let target = group(&id);
    (id, target)
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_created_and_its_members_are_told() {
    let stage = Stage::new().await;
    let (anna, ben) = (stage.device("anna").await, stage.device("ben").await);
    let (id, _) = create(&anna, &["ben"]).await;
    let told = "that he is in it";
    ben.until(
        told,
        |told| matches!(told, Told::Group(event) if event.group == id),
    )
    .await;
    let of = ben.client.groups().group(&id).await.unwrap();
    assert_eq!((of.name.as_str(), of.owner.as_str()), ("hikers", "anna"));
    assert_eq!((of.members, of.public), (2, true));
    let joined = ben.client.groups().joined().await.unwrap();
    assert_eq!(joined.len(), 1);
    let members = anna.client.groups().members(&id, 1, 10).await.unwrap();
    let mut names: Vec<(String, bool)> = members
        .into_iter()
        .map(|member| (member.name.to_string(), member.is_owner))
        .collect();
    names.sort();
    let want = [("anna".to_owned(), true), ("ben".to_owned(), false)];
    assert_eq!(names, want);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_deletes_in_it_deletes_for_oneself_alone() {
    let stage = Stage::new().await;
    let (anna, other) = (stage.device("anna").await, stage.device("anna").await);
    let (ben, cleo) = (stage.device("ben").await, stage.device("cleo").await);
    let (_, target) = create(&anna, &["ben", "cleo"]).await;
    let mut ids = Vec::new();
    for sender in [&anna, &ben, &cleo, &anna, &ben, &cleo] {
        ids.push(sender.text(&target, "a word").await);
    }
    for device in [&anna, &other, &ben, &cleo] {
        device.holds(&target, 6).await;
    }
    let chat = anna.chat();
    chat.delete_from_server(&target, &ids[4..]).await.unwrap();
    until("the other device", || other.ids(&target) == ids[..4]).await;
    let through = ids[1].time();
    chat.delete_from_server_through(&target, through)
        .await
        .unwrap();
    let left: Vec<_> = ids[2..4]
        .iter()
        .copied()
        .filter(|id| id.time() > through)
        .collect();
    until("the other device", || other.ids(&target) == left).await;
    assert_eq!(anna.ids(&target), left);
    assert_eq!(anna.history_ids(&target).await, left);
    for device in [&ben, &cleo] {
        assert_eq!(device.ids(&target), ids);
        assert_eq!(device.history_ids(&target).await, ids);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_keeps_what_came_and_gets_no_more() {
    let stage = Stage::new().await;
    let (anna, ben) = (stage.device("anna").await, stage.device("ben").await);
    let (id, target) = create(&anna, &["ben"]).await;
    anna.text(&target, "before").await;
    ben.holds(&target, 1).await;
    ben.client.groups().leave(&id).await.unwrap();
    let refused = ben.chat().send(NewMessage::text(target.clone(), "x")).await;
    let code = refused.unwrap_err().code();
    assert_eq!(code, ErrorCode::GroupNotJoined);
    let gap = anna.text(&target, "while he was not in it").await;
    assert_eq!(ben.history(&target).await.len(), 1);

    ben.client.groups().join(&id).await.unwrap();
    let later = anna.text(&target, "after").await;
    until("what came after", || ben.ids(&target).contains(&later)).await;
    assert!(!ben.ids(&target).contains(&gap));
    let history = ben.history_ids(&target).await;
    assert!(history.contains(&later) && !history.contains(&gap));
    // A new device of his sees the same.
    let new = stage.device("ben").await;
    assert_eq!(new.history_ids(&target).await, history);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_left_deletes_what_is_left() {
    let stage = Stage::new().await;
    let (anna, ben) = (stage.device("anna").await, stage.device("ben").await);
    let (id, target) = create(&anna, &["ben"]).await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(anna.text(&target, "before").await);
    }
    ben.holds(&target, 3).await;
    ben.client.groups().leave(&id).await.unwrap();
    let chat = ben.chat();
    chat.delete_from_server(&target, &ids[..1]).await.unwrap();
    assert_eq!(ben.history_ids(&target).await, ids[1..]);
    ben.held(&target)
        .iter()
        .for_each(|held| assert_ne!(held.id, ids[0]));
    chat.delete_server_conversation(&target, true)
        .await
        .unwrap();
    assert_eq!(ben.list(), []);
    assert_eq!(ben.server_list().await, []);
    assert_eq!(anna.history_ids(&target).await, ids);
}

#[tokio::test(flavor = "multi_thread")]
async fn its_owner_invites_removes_and_dismisses() {
    let stage = Stage::new().await;
    let (anna, ben) = (stage.device("anna").await, stage.device("ben").await);
    let cleo = stage.device("cleo").await;
    let (id, target) = create(&anna, &["ben"]).await;
    let groups = anna.client.groups();
    groups.invite(&id, &[name("cleo")]).await.unwrap();
    anna.text(&target, "hello").await;
    cleo.holds(&target, 1).await;
    let not_hers = cleo.client.groups().destroy(&id).await;
    let code = not_hers.unwrap_err().code();
    assert_eq!(code, ErrorCode::PermissionDenied);
    groups.kick(&id, &[name("cleo")]).await.unwrap();
    let kicked =
        |told: &_| matches!(told, Told::Group(event) if event.change == GroupChange::Kicked);
    cleo.until("that she is out", kicked).await;
    anna.text(&target, "without her").await;
    ben.holds(&target, 2).await;
    assert_eq!(cleo.ids(&target).len(), 1);
    groups.destroy(&id).await.unwrap();
    let destroyed =
        |told: &_| matches!(told, Told::Group(event) if event.change == GroupChange::Destroyed);
    ben.until("that it is dismissed", destroyed).await;
    let gone = groups.group(&id).await;
    assert_eq!(gone.unwrap_err().code(), ErrorCode::GroupNotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_it_is_told_to_ones_other_devices() {
    let stage = Stage::new().await;
    let (anna, other) = (stage.device("anna").await, stage.device("anna").await);
    let ben = stage.device("ben").await;
    let (_, target) = create(&ben, &["anna"]).await;
    ben.text(&target, "a word").await;
    for device in [&anna, &other] {
        until("the word", || device.chat().unread_count().unwrap() == 1).await;
    }
    anna.chat().send_conversation_read(&target).await.unwrap();
    until("that it is read", || {
        other.chat().unread_count().unwrap() == 0
    })
    .await;
}
