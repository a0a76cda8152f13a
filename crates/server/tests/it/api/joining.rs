//! Coming into a group: applications and invitations.

use super::groups::{Group, group};
use lacuna_proto::pb::muc_body::Operation;
use serde_json::{Value, json};

impl Group {
    async fn verify(&self, path: &str, token: &str, body: Value) -> super::Answer {
        self.server.post(&self.path(path), token, body).await
    }

    async fn apply(&self, token: &str) -> super::Answer {
        let body = json!({"message": "let me in"});
        self.server
            .post(&self.path("/apply?resource=r"), token, body)
            .await
    }
}

fn about(operation: Operation, name: &str) -> (Operation, String) {
    (operation, name.to_owned())
}

#[tokio::test]
async fn applications_wait_for_an_answer() {
    let group = group(json!({"public": true, "approval": true})).await;
    let answer = |accepted: bool| json!({"applicant": "Carol", "verifyResult": accepted, "reason": "because"});
    let none = "user carol has not applied to join this group";
    group
        .verify("/apply_verify", &group.alice, answer(true))
        .await
        .refused(403, "forbidden_op", none);
    group.apply(&group.carol).await.ok();
    group.apply(&group.carol).await.ok();
    let applied = about(Operation::Apply, "carol");
    assert_eq!(
        group.told("alice").await,
        [
            about(Operation::Presence, "bob"),
            applied,
            about(Operation::Create, "alice")
        ],
        "told once"
    );
    assert_eq!(group.members().await, ["alice", "bob"]);
    let staff_only = "only the owner and admins of this group may do this";
    group
        .verify("/apply_verify", &group.bob, answer(true))
        .await
        .refused(403, "forbidden_op", staff_only);
    group
        .verify("/apply_verify", &group.alice, answer(false))
        .await
        .ok();
    group
        .verify("/apply_verify", &group.alice, answer(true))
        .await
        .refused(403, "forbidden_op", none);
    let declined = super::managing::events(&group.server, &group.id, "carol").await;
    assert_eq!(declined[0].reason(), "because");
    assert_eq!(
        group.told("carol").await,
        [about(Operation::ApplyDecline, "carol")]
    );
    group.apply(&group.carol).await.ok();
    group
        .verify("/apply_verify?resource=r", &group.alice, answer(true))
        .await
        .ok();
    assert_eq!(group.members().await, ["alice", "bob", "carol"]);
    assert!(
        group
            .told("carol")
            .await
            .contains(&about(Operation::ApplyAccept, "carol"))
    );
    assert!(
        group
            .told("bob")
            .await
            .contains(&about(Operation::Presence, "carol"))
    );
    let already = "invite users to join group failed, already in group";
    group
        .apply(&group.carol)
        .await
        .refused(403, "forbidden_op", already);
    group
        .apply(&group.app)
        .await
        .refused(403, "forbidden_op", "this needs a user's token");
}

#[tokio::test]
async fn applications_have_bounds() {
    let group = group(json!({"public": true, "approval": true, "maxusers": 2})).await;
    let long = json!({"message": "x".repeat(513)});
    let answer = group.verify("/apply", &group.carol, long).await;
    answer.refused(400, "invalid_parameter", "reason is too long");
    group.apply(&group.carol).await.ok();
    let accept = json!({"applicant": "carol", "verifyResult": true});
    let answer = group
        .verify("/apply_verify", &group.alice, accept.clone())
        .await;
    answer.refused(403, "exceed_limit", "group member list is full!");
    group
        .server
        .delete(&group.path("/users/bob"), &group.alice)
        .await
        .ok();
    group
        .verify("/apply_verify", &group.alice, accept)
        .await
        .ok();
    assert_eq!(group.members().await, ["alice", "carol"], "it waited");
}

#[tokio::test]
async fn the_invited_are_asked() {
    let group = group(json!({"invite_need_confirm": true})).await;
    assert_eq!(
        group.members().await,
        ["alice"],
        "who is invited at the start is asked too"
    );
    let answer = |who: &str, accepted: bool| json!({"invitee": who, "verifyResult": accepted});
    let carol = json!({"usernames": ["carol"]});
    group
        .verify("/invite_verify", &group.bob, answer("bob", true))
        .await
        .ok();
    assert_eq!(
        group.told("alice").await,
        [
            about(Operation::Presence, "bob"),
            about(Operation::Create, "alice"),
            about(Operation::InviteAccept, "alice")
        ]
    );
    assert_eq!(
        group.told("bob").await,
        [
            about(Operation::Invite, "bob"),
            about(Operation::Join, "bob")
        ]
    );
    group
        .verify("/invite", &group.alice, carol.clone())
        .await
        .ok();
    group
        .verify("/invite", &group.alice, carol.clone())
        .await
        .ok();
    assert_eq!(
        group.told("carol").await,
        [about(Operation::Invite, "carol")],
        "asked once"
    );
    let not_hers = "the token does not speak for carol";
    group
        .verify("/invite_verify", &group.bob, answer("carol", true))
        .await
        .refused(403, "forbidden_op", not_hers);
    group
        .verify("/invite_verify", &group.carol, answer("carol", false))
        .await
        .ok();
    let none = "user carol is not invited to this group";
    group
        .verify("/invite_verify", &group.carol, answer("carol", true))
        .await
        .refused(403, "forbidden_op", none);
    assert_eq!(
        group.told("alice").await.last(),
        Some(&about(Operation::InviteDecline, "alice"))
    );
    assert_eq!(group.members().await, ["alice", "bob"]);
}

#[tokio::test]
async fn not_everybody_is_invited() {
    let group = group(json!({})).await;
    let carol = json!({"usernames": ["carol"]});
    let consent = json!({"invite_need_confirm": true});
    group
        .server
        .put(&group.path(""), &group.alice, consent)
        .await
        .ok();
    let may_not = "only the owner and admins of this group may invite";
    group
        .verify("/invite", &group.bob, carol.clone())
        .await
        .refused(403, "forbidden_op", may_not);
    let already = "invite users to join group failed, already in group";
    group
        .verify("/invite", &group.alice, json!({"usernames": ["bob"]}))
        .await
        .refused(403, "forbidden_op", already);
    let nobody = json!({"usernames": ["nobody"]});
    group.verify("/invite", &group.alice, nobody).await.refused(
        404,
        "resource_not_found",
        "username nobody doesn't exist!",
    );
    group.verify("/invite", &group.app, carol).await.ok();
    assert_eq!(
        group.members().await,
        ["alice", "bob", "carol"],
        "the server API asks nobody"
    );
}
