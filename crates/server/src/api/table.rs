//! Every route.

use super::route::{Operation, Routes, Who, op};
use super::schema::{Field, any_json, digits, flag, object, objects, text, texts, whole, words};
use super::{
    acks, activity, attributes, audit, contacts, conversations, deletions, devices, export, files,
    group_managing, group_members, groups, history, imports, marks, messages, ops, pins, presence,
    reactions, recall, rooms, shared_files, silence, threads, tokens, users,
};

/// Every route, by the file that answers it.
#[rustfmt::skip] // a route is a row, so that all of them are seen at once
pub(super) fn table() -> Routes {
    let mut table = Routes::default();
    people(&mut table);
    conversations(&mut table);
    sending(&mut table);
    for more in [acks::routes, activity::routes, attributes::routes, audit::routes, contacts::routes, export::routes, files::routes,
                 group_managing::routes, group_members::routes, groups::routes, imports::routes, marks::routes,
                 pins::routes, presence::routes, reactions::routes, recall::routes, rooms::routes, shared_files::routes,
                 silence::routes, threads::routes] {
        more(&mut table);
    }
    table
}

/// Operators, tokens, accounts and their devices.
#[rustfmt::skip] // as above
fn people(t: &mut Routes) {
    t.get("/healthz", ops::health, op("ops.health", "The server answers", Who::Anybody).plain([text("status").needed()]));
    t.get("/metrics", ops::metrics, op("ops.metrics", "The counters, for Prometheus", Who::Anybody).gives(ops::METRICS_TYPE).also([401, 404]));
    t.get("/openapi.json", ops::openapi, op("ops.openapi", "This document", Who::Anybody).plain([text("openapi").needed()]));

    t.post("token", tokens::issue, op("tokens.issue", "Issues a token", Who::Anybody).also([401])
        .body([words("grant_type", &["password", "client_credentials", "inherit"]).needed(), text("username"), text("password"),
               text("client_id"), text("client_secret"), flag("autoCreateUser"), digits("ttl")])
        .plain([text("access_token").needed(), whole("expires_in").needed(), text("application").needed(), object("user")]));
    t.get("sdk/users/{user}/token/expires", tokens::expires, op("tokens.expires", "When the token of the call ends", Who::Own));

    t.post("users", users::register, op("users.register", "Registers accounts", Who::Anybody).also([401])
        .bodies([text("username").needed(), text("password").needed(), text("nickname")]));
    t.get("users", users::list, op("users.list", "A page of all accounts", Who::App).query([whole("limit"), text("cursor")]));
    t.get("users/{user}", users::show, op("users.show", "One account", Who::Own));
    t.put("users/{user}", users::change, op("users.change", "Changes the nickname", Who::Own).body([text("nickname")]));
    t.delete("users/{user}", users::remove, op("users.remove", "Deletes an account", Who::App));
    t.put("users/{user}/password", users::change_password, op("users.change_password", "Changes a password", Who::App).body([text("newpassword").needed()]));

    t.get("users/{user}/resources", devices::list, op("devices.list", "The connected devices of a user", Who::Own));
    t.get("users/{user}/status", devices::status, op("devices.status", "Whether a user is connected", Who::Own));
    t.get("users/{user}/disconnect", devices::disconnect_all, op("devices.disconnect_all", "Ends every session of a user", Who::Own));
    t.delete("users/{user}/disconnect/{resource}", devices::disconnect, op("devices.disconnect", "Ends the session of one device", Who::Own));
}

/// What users have of their conversations.
#[rustfmt::skip] // as above
fn conversations(t: &mut Routes) {
    t.post("users/{user}/messageroaming", history::page, op("history.page", "A page of a conversation", Who::Own)
        .body([text("queue").needed(), digits("start"), digits("pull_number"), flag("is_positive"), text("msgType"), digits("startTime"),
               digits("endTime"), text("userId"), any_json("userIds")]));

    t.get("sdk/user/{user}/user_channels/list", conversations::list, op("conversations.list", "A page of the conversation list", Who::Own)
        .query([text("cursor"), whole("limit"), flag("is_top"), flag("needEmptySession")]));
    t.get("users/{user}/user_channels", conversations::recent, op("conversations.recent", "The first page of the conversation list", Who::Own));
    t.get("users/{user}/user_channels/page", conversations::numbered_page, op("conversations.numbered_page", "A page of the conversation list, by number", Who::Own)
        .query([whole("pageNum"), whole("pageSize")]));
    t.post("sdk/user/{user}/user_channel/top", conversations::pin, op("conversations.pin", "Pins a conversation", Who::Own)
        .query([resource()]).body([text("type").needed(), text("to").needed()]));
    t.delete("sdk/user/{user}/user_channel/top", conversations::unpin, op("conversations.unpin", "Unpins a conversation", Who::Own)
        .query([resource(), text("type").needed(), text("to").needed()]));
    t.delete("users/{user}/user_channel", conversations::remove, remove_conversation());
    t.delete("user/{user}/user_channel", conversations::remove, remove_conversation().spelled("conversations.remove.older"));

    t.get("sdk/user/{user}/deletions", deletions::facts, op("deletions.facts", "Deletions after a version", Who::Own)
        .query([whole("since"), whole("limit")]).plain([objects("facts").needed(), text("version").needed(), flag("more").needed()]));
    for (prefix, ids) in DELETIONS {
        let [by_ids, by_time, by_time_post, everything] = ids;
        t.delete(&format!("{prefix}/{{kind}}/user/{{user}}"), deletions::by_ids, deletion(by_ids, "Deletes messages by id")
            .query([text("userId"), text("groupId"), text("msgIdList").needed(), flag("isNotify")]));
        t.delete(&format!("{prefix}/{{kind}}/user/{{user}}/time"), deletions::by_time, deletion_by_time(by_time));
        t.post(&format!("{prefix}/{{kind}}/user/{{user}}/time"), deletions::by_time, deletion_by_time(by_time_post));
        t.post(&format!("{prefix}/user/{{user}}/delete/all"), deletions::everything, deletion(everything, "Deletes everything"));
    }
}

/// What the server API sends.
#[rustfmt::skip] // as above
fn sending(t: &mut Routes) {
    t.post("messages/users", messages::to_users, op("messages.to_users", "Sends to users", Who::App).body(message()));
    t.post("messages/chatgroups", messages::to_groups, op("messages.to_groups", "Sends to groups", Who::App).body(message()));
    t.post("messages/chatrooms", messages::to_rooms, op("messages.to_rooms", "Sends to chat rooms", Who::App).body(message()));
}

/// One-way deletion is served for client SDKs, for the server API, and in its older spelling; each with the ids of its acts:
/// by ids, by time, by time as clients post it, everything.
#[rustfmt::skip] // a spelling is a row
const DELETIONS: [(&str, [&str; 4]); 3] = [
    ("sdk/message/roaming", ["deletions.by_ids", "deletions.by_time", "deletions.by_time.post", "deletions.everything"]),
    ("rest/message/roaming", ["deletions.by_ids.rest", "deletions.by_time.rest", "deletions.by_time.rest.post", "deletions.everything.rest"]),
    ("message/roaming", ["deletions.by_ids.older", "deletions.by_time.older", "deletions.by_time.older.post", "deletions.everything.older"]),
];

fn deletion(id: &'static str, summary: &'static str) -> Operation {
    op(id, summary, Who::Own)
        .query([resource(), whole("since")])
        .plain([
            text("requestStatusCode").needed(),
            whole("timestamp").needed(),
            objects("facts"),
            text("version"),
            flag("more"),
        ])
}

fn deletion_by_time(id: &'static str) -> Operation {
    deletion(id, "Deletes everything of a conversation up to a time").query([
        text("userId"),
        text("groupId"),
        whole("delTime").needed(),
        flag("isNotify"),
    ])
}

fn remove_conversation() -> Operation {
    let summary = "Takes a conversation off the list";
    op("conversations.remove", summary, Who::Own)
        .query([resource(), whole("since")])
        .body([
            text("channel").needed(),
            text("type").needed(),
            flag("delete_roam").needed(),
        ])
}

/// The device that calls.
fn resource() -> Field {
    text("resource")
}

/// What the server API sends.
fn message() -> [Field; 7] {
    [
        text("from"),
        texts("to").needed(),
        text("type").needed(),
        object("body").needed(),
        object("ext"),
        flag("sync_device"),
        text("routetype"),
    ]
}
