//! What a deletion that is refused, or that fails, leaves behind: everything.

use crate::proxy::{Proxy, Way};
use crate::stage::{APP, Device, Stage, peer};
use lacuna_sdk::{
    Body, Client, Error, ErrorCode, Ext, GroupId, HistoryOptions, Millis, Name, NewMessage, Pos,
    Status, Target, Window,
};
use lacuna_testing::TestServer;
use std::time::Duration;

/// A conversation without a name. A user cannot have such a name at all.
fn nameless() -> Target {
    Target::Group(GroupId::new(""))
}

fn code<T: std::fmt::Debug>(answer: Result<T, Error>) -> ErrorCode {
    answer.unwrap_err().code()
}

/// Anna and Ben with one device each; she has three messages from him, and one that failed.
async fn two(stage: &Stage) -> (Device, Device, Vec<Pos>) {
    let ben = stage.device("ben").await;
    let anna = stage.device("anna").await;
    let mut ids = Vec::new();
    for nth in 0..3 {
        ids.push(ben.text(&peer("anna"), &format!("kept {nth}")).await);
    }
    anna.holds(&peer("ben"), 3).await;
    (anna, ben, ids)
}

fn requests(stage: &Stage) -> u64 {
    stage.server.server.service().metrics.requests.get()
}

fn deletions(stage: &Stage) -> u64 {
    stage.server.server.service().metrics.deletions.get()
}

/// Every call on groups, with what makes no sense.
async fn on_groups(groups: &lacuna_sdk::Groups) -> Vec<ErrorCode> {
    let group = GroupId::new("");
    vec![
        code(groups.create(lacuna_sdk::NewGroup::default()).await),
        code(groups.group(&group).await),
        code(groups.joined().await),
        code(groups.members(&group, 0, 0).await),
        code(groups.join(&group).await),
        code(groups.leave(&group).await),
        code(groups.destroy(&group).await),
        code(groups.invite(&group, &[]).await),
        code(groups.kick(&group, &[]).await),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_login_every_call_answers_201_whatever_it_is_given() {
    let stage = Stage::new().await;
    let folder = tempfile::tempdir().unwrap();
    let client = Client::new(stage.options(folder.path())).unwrap();
    let chat = client.chat();
    let (none, me) = (nameless(), Name::new("anna").unwrap());
    let text = || NewMessage::text(nameless(), "x");
    let before = requests(&stage);
    let bad_page = HistoryOptions {
        limit: 0,
        ..HistoryOptions::default()
    };
    let window = Window {
        from: Millis(2),
        to: Millis(1),
    };
    let many = vec![Pos(1); 51];
    let answers = [
        code(chat.delete_from_server(&none, &[]).await),
        code(chat.delete_from_server(&none, &many).await),
        code(chat.delete_from_server_through(&none, Millis(0)).await),
        code(chat.delete_server_conversation(&none, true).await),
        code(chat.delete_everything(true).await),
        code(chat.delete_everything(false).await),
        code(chat.delete_message(Pos(0))),
        code(chat.delete_all_messages(&none)),
        code(chat.delete_messages_between(&none, Millis(2), Millis(1))),
        code(chat.delete_messages_before(Millis(0))),
        code(chat.delete_conversations(&[], true)),
        code(chat.fetch_history(&none, bad_page).await),
        code(chat.fetch_conversations(None, 0).await),
        code(chat.set_pinned(&none, true).await),
        code(chat.send(text()).await),
        code(chat.resend(Pos(0)).await),
        code(chat.send_read_receipt(Pos(0)).await),
        code(chat.send_conversation_read(&none).await),
        code(chat.conversations(0, 0)),
        code(chat.conversation(&none)),
        code(chat.open_conversation(&none)),
        code(chat.set_conversation_ext(&none, Ext::new())),
        code(chat.unread_count()),
        code(chat.mark_read(Pos(0))),
        code(chat.mark_all_read(None)),
        code(chat.message(Pos(0))),
        code(chat.find(lacuna_sdk::Find::default())),
        code(chat.count(None)),
        code(chat.count_between(&none, window)),
        code(chat.insert(text(), &me, Millis(0))),
        code(chat.import(Vec::new())),
        code(chat.update(Pos(0), Body::Text(String::new()), Ext::new())),
        code(chat.set_local_file(Pos(0), std::path::Path::new(""))),
        code(chat.compact()),
        code(client.renew_token("").await),
        code(client.resource()),
    ];
    let of_groups = on_groups(&client.groups()).await;
    for (nth, answer) in answers.into_iter().chain(of_groups).enumerate() {
        assert_eq!(answer, ErrorCode::NotLoggedIn, "call {nth}");
    }
    assert_eq!(requests(&stage), before, "nothing was asked of the server");
    client.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn arguments_that_make_no_sense_answer_110_and_ask_nothing() {
    let stage = Stage::new().await;
    let (anna, _ben, ids) = two(&stage).await;
    let chat = anna.chat();
    let (ben, none) = (peer("ben"), nameless());
    let mut many = ids.clone();
    many.resize(51, Pos(1));
    let (before, deleted) = (requests(&stage), deletions(&stage));
    let answers = [
        code(chat.delete_from_server(&ben, &[]).await),
        code(chat.delete_from_server(&none, &ids).await),
        code(chat.delete_from_server(&ben, &many).await),
        code(chat.delete_from_server(&ben, &[ids[0]; 51]).await),
        code(chat.delete_from_server_through(&ben, Millis(0)).await),
        code(chat.delete_from_server_through(&none, Millis(9)).await),
        code(chat.delete_server_conversation(&none, true).await),
        code(chat.delete_server_conversation(&none, false).await),
        code(chat.delete_all_messages(&none)),
        code(chat.delete_messages_between(&none, Millis(1), Millis(2))),
        code(chat.delete_messages_between(&ben, Millis(2), Millis(1))),
    ];
    for (nth, answer) in answers.into_iter().enumerate() {
        assert_eq!(answer, ErrorCode::InvalidParam, "call {nth}");
    }
    assert_eq!((requests(&stage), deletions(&stage)), (before, deleted));
    assert_eq!(anna.ids(&ben), ids);
    assert_eq!(anna.history_ids(&ben).await, ids);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_ids_are_not_too_many() {
    let stage = Stage::new().await;
    let (anna, _ben, ids) = two(&stage).await;
    let mut fifty = vec![ids[0]; 50];
    fifty[49] = ids[2];
    let chat = anna.chat();
    chat.delete_from_server(&peer("ben"), &fifty).await.unwrap();
    assert_eq!(anna.ids(&peer("ben")), [ids[1]]);
    assert_eq!(anna.history_ids(&peer("ben")).await, [ids[1]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_the_feature_answers_505_and_nothing_goes() {
    let server = TestServer::running_with(|config| {
        for app in config.apps.values_mut() {
            app.roaming_delete = false;
        }
    });
    let stage = Stage::on(server.await.unwrap());
    let (anna, _ben, ids) = two(&stage).await;
    let (chat, ben) = (anna.chat(), peer("ben"));
    let now = Millis(ids[2].time().0 + 1);
    let answers = [
        code(chat.delete_from_server(&ben, &ids).await),
        code(chat.delete_from_server_through(&ben, now).await),
        code(chat.delete_everything(true).await),
    ];
    assert_eq!(answers, [ErrorCode::ServiceNotEnabled; 3]);
    assert_eq!(anna.ids(&ben), ids);
    assert_eq!(anna.history_ids(&ben).await, ids);
    assert_eq!(chat.delete_all_messages(&ben).unwrap(), 3, "here it goes");
}

async fn all_fail(anna: &Device, ids: &[Pos], codes: &[ErrorCode]) {
    let (chat, ben) = (anna.chat(), peer("ben"));
    let now = Millis(ids[2].time().0 + 1);
    let answers = [
        code(chat.delete_from_server(&ben, ids).await),
        code(chat.delete_from_server_through(&ben, now).await),
        code(chat.delete_server_conversation(&ben, true).await),
        code(chat.delete_server_conversation(&ben, false).await),
        code(chat.delete_everything(true).await),
    ];
    for (nth, answer) in answers.into_iter().enumerate() {
        assert!(codes.contains(&answer), "call {nth}: {answer:?}");
    }
    assert_eq!(anna.ids(&ben), ids, "this device keeps what it has");
    let list = anna.list();
    let row = (list[0].target.clone(), list[0].unread, list.len());
    assert_eq!(row, (ben, 3, 1));
}

/// What a server that is not there may be answered with.
const NOT_THERE: [ErrorCode; 3] = [
    ErrorCode::NetworkUnavailable,
    ErrorCode::Unavailable,
    ErrorCode::ServerTimeout,
];

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stopped_leaves_this_device_as_it_is() {
    let stage = Stage::new().await;
    let (anna, _ben, ids) = two(&stage).await;
    stage.server.server.stop().await.unwrap();
    all_fail(&anna, &ids, &NOT_THERE).await;
    let chat = anna.chat();
    assert_eq!(chat.delete_all_messages(&peer("ben")).unwrap(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_answer_leaves_this_device_as_it_is() {
    let stage = Stage::new().await;
    let proxy = Proxy::to(stage.server.server.addr()).await;
    let ben = stage.device("ben").await;
    let through_proxy = |options: &mut lacuna_sdk::Options| {
        options.rest_url = format!("http://{}", proxy.addr());
        options.answer_wait = Duration::from_millis(200);
    };
    let anna = stage.device_with("anna", through_proxy).await;
    let mut ids = Vec::new();
    for nth in 0..3 {
        ids.push(ben.text(&peer("anna"), &format!("kept {nth}")).await);
    }
    anna.holds(&peer("ben"), 3).await;
    proxy.set(Way::Deaf);
    all_fail(&anna, &ids, &[ErrorCode::ServerTimeout]).await;
    proxy.set(Way::Cut);
    all_fail(&anna, &ids, &NOT_THERE).await;
    assert_eq!(ben.history_ids(&peer("anna")).await, ids);
}

/// The server deletes, and its answer is lost: this device finds out by itself, and a repeated call succeeds.
#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_whose_answer_is_lost_can_be_repeated() {
    let stage = Stage::new().await;
    let proxy = Proxy::to(stage.server.server.addr()).await;
    let ben = stage.device("ben").await;
    let anna = stage
        .device_with("anna", |options| {
            options.rest_url = format!("http://{}", proxy.addr());
            options.answer_wait = Duration::from_millis(300);
        })
        .await;
    let id = ben.text(&peer("anna"), "to go").await;
    anna.holds(&peer("ben"), 1).await;
    proxy.set(Way::Mute);
    let chat = anna.chat();
    let answer = chat.delete_from_server(&peer("ben"), &[id]).await;
    assert_eq!(code(answer), ErrorCode::ServerTimeout);
    assert_eq!(anna.ids(&peer("ben")), [id], "this device does not know");
    proxy.set(Way::Cut);
    proxy.set(Way::Open);
    assert_eq!(anna.history_ids(&peer("ben")).await, []);
    chat.delete_from_server(&peer("ben"), &[id]).await.unwrap();
    assert_eq!(anna.ids(&peer("ben")), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_are_not_good_leave_this_device_as_it_is() {
    let stage = Stage::new().await;
    let proxy = Proxy::to(stage.server.server.addr()).await;
    let socket = format!("ws://{}/websocket", proxy.addr());
    let ben = stage.device("ben").await;
    let folder = tempfile::tempdir().unwrap();
    let mut options = stage.options(folder.path());
    options.socket_url = socket;
    let token = stage.token("anna", Some(3600)).await;
    let refused = Client::new(options.clone()).unwrap();
    let answer = refused.login_with_token("anna", "nonsense").await;
    assert_eq!(code(answer), ErrorCode::InvalidToken);
    refused.close();
    let anna = Device::enter("anna", folder, options, &token).await;
    let mut ids = Vec::new();
    for nth in 0..3 {
        ids.push(ben.text(&peer("anna"), &format!("kept {nth}")).await);
    }
    anna.holds(&peer("ben"), 3).await;
    proxy.set(Way::Cut);
    stage.server.clock.advance(2 * 3600 * 1000);
    let no_good = [ErrorCode::TokenExpired, ErrorCode::InvalidToken];
    all_fail(&anna, &ids, &no_good).await;
    let service = stage.server.server.service();
    let app = service.app(APP.0, APP.1).await.unwrap();
    let changed = service.change_password(&app, "anna", "another".to_owned());
    changed.await.unwrap();
    all_fail(&anna, &ids, &[ErrorCode::InvalidToken]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_that_are_unknown_repeated_or_of_others_succeed_and_take_nothing_else() {
    let stage = Stage::new().await;
    let (anna, ben, ids) = two(&stage).await;
    let cleo = stage.device("cleo").await;
    let foreign = cleo.text(&peer("ben"), "not Anna's").await;
    let elsewhere = cleo.text(&peer("anna"), "another conversation").await;
    anna.holds(&peer("cleo"), 1).await;
    let chat = anna.chat();
    let list = [ids[0], ids[0], foreign, elsewhere, Pos(12_345), ids[0]];
    for _ in 0..2 {
        chat.delete_from_server(&peer("ben"), &list).await.unwrap();
        assert_eq!(anna.ids(&peer("ben")), ids[1..]);
        assert_eq!(anna.history_ids(&peer("ben")).await, ids[1..]);
    }
    assert_eq!(anna.ids(&peer("cleo")), [elsewhere]);
    assert_eq!(anna.history_ids(&peer("cleo")).await, [elsewhere]);
    assert_eq!(ben.history_ids(&peer("cleo")).await, [foreign]);
    assert_eq!(ben.history_ids(&peer("anna")).await, ids);
    // A conversation that nobody has: there is nothing to do.
    let nobody = peer("nobody");
    chat.delete_from_server(&nobody, &ids).await.unwrap();
    chat.delete_from_server_through(&nobody, Millis(9))
        .await
        .unwrap();
    chat.delete_server_conversation(&nobody, true)
        .await
        .unwrap();
    assert_eq!(anna.ids(&peer("ben")), ids[1..]);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_no_server_has_are_deleted_here_with_the_others_and_alone_without_a_request()
{
    let stage = Stage::new().await;
    let (anna, _ben, ids) = two(&stage).await;
    let (chat, ben) = (anna.chat(), peer("ben"));
    let me = Name::new("anna").unwrap();
    let time = Millis(ids[0].time().0 + 1);
    let insert = || chat.insert(NewMessage::text(ben.clone(), "a notice"), &me, time);
    let (first, second) = (insert().unwrap().id, insert().unwrap().id);
    // The server refuses it: nobody has that name.
    let refused = NewMessage::text(peer("nobody"), "to nobody");
    assert_eq!(code(chat.send(refused).await), ErrorCode::UserNotFound);
    let failed = anna.held(&peer("nobody"))[0].clone();
    assert_eq!(failed.status, Status::Failed);
    assert!(first.is_local() && second.is_local() && failed.id.is_local());

    chat.delete_from_server(&ben, &[first, ids[1]])
        .await
        .unwrap();
    let mut left = anna.ids(&ben);
    left.sort();
    let mut want = vec![ids[0], second, ids[2]];
    want.sort();
    assert_eq!(left, want);
    let before = requests(&stage);
    chat.delete_from_server(&ben, &[second]).await.unwrap();
    chat.delete_from_server(&peer("nobody"), &[failed.id])
        .await
        .unwrap();
    assert_eq!(requests(&stage), before);
    assert_eq!(anna.ids(&ben), [ids[0], ids[2]]);
    assert_eq!(anna.ids(&peer("nobody")), []);
}
