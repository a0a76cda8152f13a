//! Letting a device in.

use super::Gateway;
use super::session::Identity;
use crate::config::split_app_key;
use crate::delivery::{ClientInfo, Platform};
use crate::service::{Actor, Refusal, Service};
use axum::extract::ws::Message;
use bytes::Bytes;
use lacuna_domain::limits::{LOGIN_INFO_BYTES_MAX, RESOURCE_BYTES_MAX};
use lacuna_domain::{AccountId, DeviceId, ErrorCode, Millis, Name};
use lacuna_proto::Standing;
use lacuna_proto::frame::{Upstream, decode};
use lacuna_proto::page::{provision_error, provision_reply};
use lacuna_proto::pb::status::ErrorCode as Code;
use lacuna_proto::pb::{Jid, Provision};
use lacuna_store::{Account, App, DeviceLogin, DeviceState};
use std::sync::Arc;
use std::time::Duration;

/// How often, and with which pause, a device's new session looks whether its old one has ended.
const PREDECESSOR_ROUNDS: u32 = 20;
const PREDECESSOR_PAUSE: Duration = Duration::from_millis(10);

const NO_MATCH: &str = "Sorry, token or password does not match login info";

/// A device that was let in.
#[derive(Debug)]
pub(super) struct Admitted {
    /// Who acts.
    pub actor: Arc<Actor>,
    /// Who it is, for its session.
    pub who: Identity,
    /// Where it stands.
    pub state: DeviceState,
    /// What it says of itself.
    pub client: ClientInfo,
    /// The token it came with.
    pub token: String,
    /// The answer.
    pub reply: Bytes,
}

/// Why a device was not let in.
#[derive(Debug)]
pub(super) enum Rejected {
    /// The client is told this.
    Told(Bytes),
    /// It said nothing that can be answered, or the server cannot tell: the client may try again.
    Untold,
}

impl Rejected {
    fn fail(reason: &str) -> Self {
        Self::Told(provision_error(Code::Fail, reason))
    }
}

impl From<Refusal> for Rejected {
    fn from(refusal: Refusal) -> Self {
        match refusal.code {
            ErrorCode::AppNotFound => Self::fail("Sorry, app not found"),
            ErrorCode::UserNotFound => Self::fail("Sorry, user not found"),
            ErrorCode::InvalidToken => Self::fail(NO_MATCH),
            _ => Self::Untold,
        }
    }
}

/// Reads the first message of a connection and logs its device in.
pub(super) async fn admit(gateway: &Gateway, first: &Message) -> Result<Admitted, Rejected> {
    let Message::Binary(bytes) = first else {
        return Err(Rejected::Untold);
    };
    admit_frame(gateway, bytes, PREDECESSOR_ROUNDS).await
}

/// [`admit`], with the rounds that it waits for the device's last session to end.
pub(super) async fn admit_frame(
    gateway: &Gateway,
    bytes: &Bytes,
    patience: u32,
) -> Result<Admitted, Rejected> {
    let service = &gateway.service;
    let Ok(Upstream::Provision {
        guid,
        auth,
        provision,
    }) = decode(bytes)
    else {
        return Err(Rejected::Untold);
    };
    let token = token(&auth, &provision);
    let (app, account, expires) = identify(service, &guid, &token).await?;
    let resource = resource(&guid, &provision)?;
    let client = client(&provision, &resource)?;
    let login = DeviceLogin {
        account: account.id,
        resource: resource.clone(),
        name: short(provision.device_name()),
        uuid: short(provision.device_uuid()),
    };
    let state = log_in(gateway, login, patience).await?;
    let who = Identity {
        app_key: guid.app_key().to_owned(),
        account: account.id,
        name: account.profile.name.clone(),
        display: account.profile.display.clone(),
        device: state.id,
        resource,
    };
    let standing = Standing {
        account: account.profile.uuid.clone(),
        token_expires_ms: expires.map(|expires| expires.0),
        acked: state.acked.0,
        version: state.version.0,
    };
    let reply = provision_reply(&who.resource, standing);
    let actor = Arc::new(Actor {
        app,
        account,
        device: state.id,
    });
    Ok(Admitted {
        actor,
        who,
        state,
        client,
        token,
        reply,
    })
}

/// What a client says of itself. Its own number of a platform counts if it says that it has one.
fn client(provision: &Provision, resource: &str) -> Result<ClientInfo, Rejected> {
    let info = provision.reason.as_deref().filter(|info| !info.is_empty());
    if info.is_some_and(|info| info.len() > LOGIN_INFO_BYTES_MAX) {
        return Err(Rejected::Told(provision_error(
            Code::WrongParameter,
            "Sorry, login info is too long",
        )));
    }
    Ok(ClientInfo {
        resource: resource.to_owned(),
        platform: Platform {
            os: provision.os_type.unwrap_or_default(),
            custom: provision.os_custom_value.unwrap_or_default(),
        },
        info: info.map(Into::into),
    })
}

/// Whom a token and the name beside it speak for, and until when.
async fn identify(
    service: &Service,
    guid: &Jid,
    token: &str,
) -> Result<(Arc<App>, Account, Option<Millis>), Rejected> {
    let (org, app) =
        split_app_key(guid.app_key()).ok_or_else(|| Rejected::fail("Sorry, app not found"))?;
    let app = service.app(org, app).await?;
    let name = Name::new(guid.name()).map_err(|_| Rejected::fail("Sorry, user not found"))?;
    let owner = match service.authenticate(token).await {
        Err(refusal) if refusal.code == ErrorCode::InvalidToken => {
            service.account(&app, guid.name()).await?;
            return Err(Rejected::fail(NO_MATCH));
        }
        owner => owner?,
    };
    match owner.account {
        Some(account) if owner.app == app.id && account.profile.name == name => {
            Ok((app, account, owner.expires))
        }
        _ => Err(Rejected::fail(NO_MATCH)),
    }
}

/// Logs a device in, with everything that it acknowledged and sent before: what its last session left to be saved is saved
/// before the store is asked.
async fn log_in(
    gateway: &Gateway,
    login: DeviceLogin,
    patience: u32,
) -> Result<DeviceState, Rejected> {
    let service = &gateway.service;
    let device = service.device(login.account, &login.resource).await?;
    if device != DeviceId::NONE {
        predecessor_ends(gateway, login.account, device, patience).await;
        gateway.cursors.settle(device).await;
    }
    let state = service.store.login_device(login, service.clock.now()).await;
    Ok(state.map_err(Refusal::from)?)
}

/// Gives a session that the same device had a moment ago the time to take the acknowledgements that are still in its socket.
/// One whose client is still there is not waited for much longer: it will be replaced.
async fn predecessor_ends(gateway: &Gateway, account: AccountId, device: DeviceId, patience: u32) {
    let delivery = &gateway.service.delivery;
    for _ in 0..patience {
        if !delivery.online_devices(account).contains(&device) {
            return;
        }
        tokio::time::sleep(PREDECESSOR_PAUSE).await;
    }
}

/// The token of `auth`, or of the `authToken` JSON.
fn token(auth: &str, provision: &Provision) -> String {
    let inner = || {
        let json: serde_json::Value = serde_json::from_str(provision.auth_token()).ok()?;
        json.get("token")?.as_str().map(str::to_owned)
    };
    let text = if auth.is_empty() {
        inner().unwrap_or_default()
    } else {
        auth.to_owned()
    };
    text.strip_prefix("$t$").unwrap_or(&text).to_owned()
}

/// What the client calls its device, or a new name: a client adopts an empty one as well.
fn resource(guid: &Jid, provision: &Provision) -> Result<String, Rejected> {
    let given = if provision.resource().is_empty() {
        guid.client_resource()
    } else {
        provision.resource()
    };
    if given.len() > RESOURCE_BYTES_MAX {
        return Err(Rejected::Told(provision_error(
            Code::WrongParameter,
            "Sorry, resource is too long",
        )));
    }
    if !given.is_empty() {
        return Ok(given.to_owned());
    }
    let mut bytes = [0u8; 8];
    getrandom::fill(&mut bytes).map_err(|_| Rejected::Untold)?;
    Ok(format!("lacuna_{:016x}", u64::from_be_bytes(bytes)))
}

fn short(text: &str) -> String {
    if text.len() > RESOURCE_BYTES_MAX {
        String::new()
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Metrics;
    use crate::config::Config;
    use crate::service::{Registration, TokenRequest};
    use lacuna_domain::{Clock, ConversationId, Pos};
    use lacuna_proto::pb::MSync;
    use lacuna_store::memory::MemoryStore;
    use lacuna_store::{Cursor, CursorSave, NewApp, Store};
    use prost::Message as _;
    use tokio_util::sync::CancellationToken;
    use tokio_util::task::TaskTracker;

    const NOW: Millis = Millis(1_795_000_000_000);

    #[derive(Debug)]
    struct Still;

    impl Clock for Still {
        fn now(&self) -> Millis {
            NOW
        }
    }

    async fn gateway() -> (Gateway, Arc<App>) {
        let store = MemoryStore::new(0);
        let app = NewApp {
            org: "acme".into(),
            name: "demo".into(),
            client_id: "id".into(),
            client_secret_sha256: [0; 32],
            open_registration: true,
            roaming_delete: true,
            retention_days: 0,
        };
        store.create_app(app).await.unwrap();
        let service = Arc::new(Service::new(
            Arc::new(store),
            Arc::new(Config::default()),
            Arc::new(Still),
            Arc::new(Metrics::new()),
        ));
        let app = service.app("acme", "demo").await.unwrap();
        let alice = Registration {
            username: "alice".into(),
            password: "pw".into(),
            nickname: String::new(),
        };
        service.register(&app, vec![alice], true).await.unwrap();
        let gateway = Gateway::new(service, TaskTracker::new(), CancellationToken::new());
        (gateway, app)
    }

    /// Logs alice's phone in, with a token that ends after so many seconds; 0 for never.
    async fn log_in(gateway: &Gateway, app: &App, ttl: u64) -> (DeviceId, Provision) {
        let request = TokenRequest::Inherit {
            username: "alice".into(),
            create: false,
        };
        let issued = gateway.service.issue_token(app, request, Some(ttl)).await;
        let provision = Provision {
            resource: Some("phone".into()),
            auth: Some(issued.unwrap().token),
            ..Provision::default()
        };
        let frame = MSync {
            command: Some(3),
            guid: Some(Jid::user("acme#demo", "alice")),
            auth: provision.auth.clone(),
            payload: Some(provision.encode_to_vec().into()),
            ..MSync::default()
        };
        let first = Message::Binary(frame.encode_to_vec().into());
        let admitted = admit(gateway, &first).await.unwrap();
        let reply = MSync::decode(admitted.reply).unwrap().payload.unwrap();
        (admitted.state.id, Provision::decode(reply).unwrap())
    }

    #[tokio::test]
    async fn a_device_is_told_where_it_stands() {
        let (gateway, app) = gateway().await;
        let (phone, reply) = log_in(&gateway, &app, 60).await;
        let uuid = gateway.service.account(&app, "alice").await.unwrap();
        let told = |token_expires_ms, acked| Standing {
            account: uuid.profile.uuid.clone(),
            token_expires_ms,
            acked,
            version: 0,
        };
        let ends = NOW.plus(60_000).0;
        assert_eq!(Standing::of(&reply), Some(told(Some(ends), 0)));
        let json: serde_json::Value = serde_json::from_str(reply.auth_token()).unwrap();
        assert_eq!(json["expires_in"], ends, "an absolute time");

        let cursor = Cursor::Conversation {
            conversation: ConversationId(1),
            pos: Pos(9),
            acked: Pos(7),
        };
        gateway.cursors.put(CursorSave {
            device: phone,
            cursor,
        });
        let (_, reply) = log_in(&gateway, &app, 0).await;
        assert_eq!(Standing::of(&reply), Some(told(None, 7)));
        assert_eq!(reply.auth_token, None);
    }
}
