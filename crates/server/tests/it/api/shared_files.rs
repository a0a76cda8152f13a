//! Files that groups and rooms share: uploaded by members, given to members, and gone with their record.

use super::files::{field, files_in, server};
use super::{Answer, Server};
use lacuna_domain::limits::FILE_UNSENT_MS;
use lacuna_domain::{DeviceId, Name};
use lacuna_server::service::NewGroupRequest;
use lacuna_store::{GroupSettings, Sender};
use serde_json::json;

struct Stage {
    server: Server,
    folder: tempfile::TempDir,
    app: String,
    alice: String,
    bob: String,
    carol: String,
}

impl Stage {
    async fn set() -> Self {
        let (server, folder) = server().await;
        let app = server.app_token().await;
        let alice = server.user("alice").await;
        let bob = server.user("bob").await;
        let carol = server.user("carol").await;
        Self {
            server,
            folder,
            app,
            alice,
            bob,
            carol,
        }
    }

    /// A group or a room of alice's with bob in it; carol stands outside.
    async fn shared_by(&self, kind: &str) -> String {
        let service = &self.server.service;
        let app = service.app("acme", "demo").await.unwrap();
        let request = NewGroupRequest {
            owner: Name::new("alice").unwrap(),
            members: vec![Name::new("bob").unwrap()],
            settings: GroupSettings::default(),
        };
        let api = Sender {
            name: Name::admin(),
            account: None,
            device: DeviceId::NONE,
        };
        let made = if kind == "chatrooms" {
            service.create_room(&app, api, request).await
        } else {
            service.create_group(&app, api, request).await
        };
        let group = made.unwrap();
        format!("{kind}/{}", group.id.as_str())
    }

    async fn share(&self, path: &str, token: &str) -> Answer {
        let path = format!("{path}/share_files");
        let fields = [field("file", Some("application/pdf"), b"what we share")];
        self.server
            .send_form(("POST", &path, token), &[], &fields)
            .await
    }

    async fn status(&self, path: &str, token: &str) -> u16 {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str())];
        let got = self.server.fetch(path, &headers).await;
        if got.status == 200 {
            assert_eq!(got.bytes, b"what we share");
        }
        got.status
    }

    async fn stored(&self) -> usize {
        self.server.service.remove_files().await.unwrap();
        files_in(&self.folder)
    }
}

#[tokio::test]
async fn members_share_files() {
    let stage = Stage::set().await;
    for kind in ["chatgroups", "chatrooms"] {
        let path = stage.shared_by(kind).await;
        assert_eq!(stage.share(&path, &stage.carol).await.status, 403, "{kind}");
        assert_eq!(
            stage.stored().await,
            0,
            "{kind}: refused before it is stored"
        );
        let done = stage.share(&path, &stage.bob).await;
        let row = done.ok()["data"].clone();
        assert_eq!(
            (&row["file_name"], &row["file_owner"], &row["file_size"]),
            (&json!("a.bin"), &json!("bob"), &json!(13))
        );
        let list = format!("{path}/share_files");
        let listed = stage.server.get(&list, &stage.alice);
        assert_eq!(listed.await.ok()["data"], json!([row]));
        let id = row["file_id"].as_str().unwrap();
        let file = format!("{path}/share_files/{id}");
        stage.server.pass_ms(2 * FILE_UNSENT_MS);
        assert_eq!(stage.stored().await, 1, "it is not one that nobody got");
        for (token, want) in [(&stage.alice, 200), (&stage.bob, 200), (&stage.app, 200)] {
            assert_eq!(stage.status(&file, token).await, want, "{kind}");
        }
        assert_eq!(stage.status(&file, &stage.carol).await, 403, "{kind}");
        assert_eq!(stage.status(&file, "").await, 401, "{kind}");
        let bare = stage.status(&format!("chatfiles/{id}"), &stage.carol).await;
        assert_eq!(bare, 403, "{kind}: the id alone gives nothing");
        let elsewhere = stage.shared_by(kind).await;
        let elsewhere = format!("{elsewhere}/share_files/{id}");
        assert_eq!(stage.status(&elsewhere, &stage.bob).await, 404, "{kind}");
        stage.server.delete(&file, &stage.bob).await.ok();
        assert_eq!(stage.stored().await, 0, "{kind}: its bytes go with it");
        assert_eq!(stage.status(&file, &stage.bob).await, 404, "{kind}");
    }
}

#[tokio::test]
async fn what_a_group_shares_goes_with_it() {
    let stage = Stage::set().await;
    let path = stage.shared_by("chatgroups").await;
    stage.share(&path, &stage.alice).await.ok();
    assert_eq!(stage.stored().await, 1);
    stage.server.delete(&path, &stage.app).await.ok();
    assert_eq!(stage.stored().await, 0);
}

#[tokio::test]
async fn a_file_without_a_name_is_not_shared() {
    let stage = Stage::set().await;
    let path = stage.shared_by("chatgroups").await;
    let form = format!("{path}/share_files");
    let nameless = [field("file", None, b"x")];
    let answer = stage
        .server
        .send_form(("POST", &form, &stage.bob), &[], &nameless);
    assert_eq!(answer.await.status, 400);
    let none = stage
        .server
        .send_form(("POST", &form, &stage.bob), &[], &[]);
    assert_eq!(none.await.status, 400);
    assert_eq!(stage.stored().await, 0);
}
