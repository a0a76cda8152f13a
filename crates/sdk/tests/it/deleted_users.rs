//! What becomes of what a deleted user wrote.

use crate::stage::{Stage, group, peer};
use lacuna_sdk::{ErrorCode, Name, NewGroup};
use lacuna_server::config::DeletedUsers;
use lacuna_testing::TestServer;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// The application anonymises: what a deleted user wrote is read under a name that says nothing. It stays where it was, and
/// devices keep what they have.
#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_user_is_named_no_more() {
    let server = TestServer::running_with(|config| {
        let demo = config.apps.get_mut("lacuna#demo").unwrap();
        demo.deleted_users = DeletedUsers::Anonymise;
    });
    let stage = Stage::on(server.await.unwrap());
    let (anna, ben) = (stage.device("anna").await, stage.device("ben").await);
    let new = NewGroup {
        name: "hikers".into(),
        members: vec![Name::new("anna").unwrap()],
        ..NewGroup::default()
    };
    let target = group(&ben.client.groups().create(new).await.unwrap());
    let mut ids = Vec::new();
    for sender in [&anna, &ben, &anna] {
        ids.push(sender.text(&target, "a word").await);
    }
    ben.holds(&target, 3).await;
    let direct = anna.text(&peer("ben"), "to ben alone").await;
    stage.server_api("DELETE", "users/anna", None).await;

    let named = async || -> Vec<String> {
        let all = ben.history(&target).await.into_iter();
        all.map(|message| message.from.to_string()).collect()
    };
    let end = Instant::now() + Duration::from_mins(1);
    while named().await.iter().any(|from| from == "anna") {
        assert!(Instant::now() < end, "the name is still there");
        sleep(Duration::from_millis(20)).await;
    }
    let names = named().await;
    assert!(names[0].starts_with("deleted-user-"), "{names:?}");
    assert_eq!(names, [names[0].as_str(), "ben", names[0].as_str()]);
    assert_eq!(ben.history_ids(&target).await, ids);
    assert_eq!(ben.ids(&target), ids);
    assert_eq!(ben.history_ids(&peer("anna")).await, [direct]);
    let refused = ben.client.register(&names[0], "pw").await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::InvalidUsername);
}
