//! What integrators are told: events, from the outbox of the store, at least once and in no promised order.

use super::gate::Turns;
use super::{Actor, Change, ChangeAct, Outgoing, Refusal, Reply, Service};
use crate::config::{PreSendConfig, WebhookConfig};
use futures_util::future::join_all;
use hmac::{Hmac, KeyInit as _, Mac as _};
use lacuna_domain::limits::{HOOK_LIFE_MS, HOOK_STEP_MAX, HOOKS_MAX};
use lacuna_domain::{AppId, ConversationId, MessageKind, Millis, Name, Pos, Target};
use lacuna_proto::chat_type;
use lacuna_proto::pb::Meta;
use lacuna_proto::rest::payload_to_json;
use lacuna_store::{Account, Appended, DueHook, Message, NewHook};
use prost::Message as _;
use serde_json::{Map, Value, json};
use sha2::Sha256;
use std::collections::HashMap;
use std::sync::OnceLock;
use std::time::Duration;

/// How long one call may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Waits after calls that failed: doubled each time, from the first to the last, and up to as much again by chance.
const RETRY_MS: u64 = 1_000;
const RETRY_MS_MAX: u64 = 3600 * 1000;

/// What happened. The texts are what a configuration names and what an integrator reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A message was sent.
    MessageSent,
    /// A message to a user was sent, and no device of the user was there to get it at once.
    MessageOffline,
    /// A message was recalled: nobody has it any more.
    MessageRecalled,
    /// The contents or the extension of a message were replaced.
    MessageEdited,
    /// A user deleted messages, for itself.
    HistoryDeleted,
    /// A user was registered.
    UserRegistered,
    /// A user was deleted.
    UserDeleted,
}

impl Event {
    /// Every event with its text.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::MessageSent, "message.sent"),
        (Self::MessageOffline, "message.offline"),
        (Self::MessageRecalled, "message.recalled"),
        (Self::MessageEdited, "message.edited"),
        (Self::HistoryDeleted, "history.deleted"),
        (Self::UserRegistered, "user.registered"),
        (Self::UserDeleted, "user.deleted"),
    ];

    /// Its text.
    #[must_use]
    pub fn text(self) -> &'static str {
        let row = Self::ALL.iter().find(|row| row.0 == self);
        row.map_or("", |row| row.1)
    }
}

/// Whom applications tell, and whom they ask.
#[derive(Debug, Default)]
pub(super) struct Hooks {
    apps: OnceLock<HashMap<AppId, AppHooks>>,
    client: OnceLock<reqwest::Client>,
    pub(super) turns: Turns,
}

/// Of one application.
#[derive(Debug)]
pub(super) struct AppHooks {
    pub(super) key: String,
    told: Option<(Endpoint, WebhookConfig)>,
    pub(super) asked: Option<(Endpoint, PreSendConfig)>,
}

/// Where calls go, and what they are signed with.
#[derive(Debug)]
pub(super) struct Endpoint {
    url: String,
    secret: Vec<u8>,
}

impl Endpoint {
    fn new(url: &str, secret: &crate::config::Secret) -> std::io::Result<Self> {
        Ok(Self {
            url: url.to_owned(),
            secret: secret.reveal()?.into_bytes(),
        })
    }
}

impl Hooks {
    pub(super) fn of(&self, app: AppId) -> Option<&AppHooks> {
        self.apps.get()?.get(&app)
    }

    fn client(&self) -> &reqwest::Client {
        self.client.get_or_init(|| {
            crate::ready_tls();
            let builder = reqwest::Client::builder()
                .timeout(TIMEOUT)
                // Calls go where the configuration says, and nowhere else.
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy();
            builder.build().unwrap_or_default()
        })
    }

    /// Posts a signed body; the answer, whatever its status.
    pub(super) async fn post(
        &self,
        endpoint: &Endpoint,
        (id, now): (&str, Millis),
        body: String,
    ) -> reqwest::Result<reqwest::Response> {
        let signature = signature(&endpoint.secret, now, &body);
        self.client()
            .post(&endpoint.url)
            .header("content-type", "application/json")
            .header("x-lacuna-delivery", id)
            .header("x-lacuna-signature", signature)
            .body(body)
            .send()
            .await
    }
}

/// `t=<ms>,v1=<HMAC-SHA-256 of "t.body">`: the time is signed too, so that a call cannot be played again later.
fn signature(secret: &[u8], now: Millis, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key of any length is taken");
    mac.update(format!("{now}.{body}").as_bytes());
    let mut hex = String::with_capacity(64);
    for byte in mac.finalize().into_bytes() {
        for half in [byte >> 4, byte & 0xf] {
            hex.extend(char::from_digit(u32::from(half), 16));
        }
    }
    format!("t={now},v1={hex}")
}

/// Of a message, what may be noted beside it.
fn message_detail(from: &Name, target: &Target, kind: MessageKind) -> Map<String, Value> {
    let (chat_type, to) = target_fields(target);
    Map::from_iter([
        ("from".to_owned(), from.as_str().into()),
        ("to".to_owned(), to.into()),
        ("chat_type".to_owned(), chat_type.into()),
        ("type".to_owned(), kind.name().into()),
    ])
}

/// A target as integrators read it.
pub(super) fn target_fields(target: &Target) -> (&'static str, &str) {
    (chat_type(target), target.id())
}

impl Service {
    /// Reads which applications tell or ask somebody. To be called once, before anything is served.
    pub async fn load_hooks(&self) -> Reply<()> {
        let mut apps = HashMap::new();
        for app in self.store.apps().await? {
            let key = app.settings.key();
            let config = self.config.apps.get(&key);
            if config.is_none_or(|config| config.webhooks.is_none()) {
                // Nobody is told any more.
                self.store.trim_hooks(app.id, 0).await?;
            }
            let Some(config) = config else { continue };
            let unreadable = |error: std::io::Error| {
                tracing::error!(app.key = key, error = %error, "the secret of a webhook cannot be read");
                Refusal::internal()
            };
            let told = config.webhooks.clone().map(|told| {
                Endpoint::new(&told.url, &told.secret).map(|endpoint| (endpoint, told))
            });
            let asked = config.pre_send.clone().map(|asked| {
                Endpoint::new(&asked.url, &asked.secret).map(|endpoint| (endpoint, asked))
            });
            let hooks = AppHooks {
                told: told.transpose().map_err(unreadable)?,
                asked: asked.transpose().map_err(unreadable)?,
                key: key.clone(),
            };
            apps.insert(app.id, hooks);
        }
        // A second call changes nothing: what is configured does not change while a server runs.
        drop(self.hooks.apps.set(apps));
        Ok(())
    }

    /// Whether an application wants to be told of an event.
    pub(super) fn tells(&self, app: AppId, event: Event) -> bool {
        let told = self.hooks.of(app).and_then(|hooks| hooks.told.as_ref());
        told.is_some_and(|(_, told)| told.events.iter().any(|wanted| wanted == event.text()))
    }

    /// Puts an event into the outbox, if it is wanted. It happened already: what fails here is logged.
    pub(super) async fn tell_event(
        &self,
        app: AppId,
        event: Event,
        mut detail: Map<String, Value>,
        entry: Option<(ConversationId, Pos)>,
    ) {
        if !self.tells(app, event) {
            return;
        }
        detail.insert("event".to_owned(), event.text().into());
        let detail = Value::Object(detail).to_string();
        let hook = NewHook { app, detail, entry };
        if let Err(error) = self.store.add_hook(hook, self.clock.now()).await {
            tracing::warn!(event = event.text(), error = %error, "an event will not be told");
        }
    }

    /// What is noted of a message with its entry, if its application is told of messages.
    pub(super) fn sent_hook(&self, app: AppId, outgoing: &Outgoing) -> Option<String> {
        let wanted = self.tells(app, Event::MessageSent);
        wanted.then(|| {
            let mut detail = message_detail(&outgoing.sender.name, &outgoing.target, outgoing.kind);
            detail.insert("event".to_owned(), Event::MessageSent.text().into());
            Value::Object(detail).to_string()
        })
    }

    /// Tells that a message was recalled or edited: which one, and by whom.
    pub(super) async fn tell_changed(&self, app: AppId, change: &Change, message: &Message) {
        let event = match change.act {
            ChangeAct::Recall { .. } => Event::MessageRecalled,
            ChangeAct::Edit { .. } => Event::MessageEdited,
        };
        let key = change.target.key(&change.sender.name);
        let target = key.target(&message.sender);
        let mut detail = message_detail(&message.sender, &target, message.kind);
        let by = change.by.as_ref().unwrap_or(&change.sender.name);
        detail.insert("by".to_owned(), by.as_str().into());
        let entry = Some((message.conversation, change.pos));
        self.tell_event(app, event, detail, entry).await;
    }

    /// Tells that a user deleted messages for itself: where, and nothing of what they said. Everywhere, if no target is named.
    pub(super) async fn tell_deleted(&self, actor: &Actor, target: Option<Target>) {
        let mut detail = Map::from_iter([("user".to_owned(), actor.name().as_str().into())]);
        if let Some(target) = &target {
            let (kind, id) = target_fields(target);
            detail.insert("chat_type".to_owned(), kind.into());
            detail.insert("conversation".to_owned(), id.into());
        }
        self.tell_event(actor.app.id, Event::HistoryDeleted, detail, None)
            .await;
    }

    /// Tells that a user was registered or deleted.
    pub(super) async fn tell_user(&self, app: AppId, event: Event, account: &Account) {
        let detail = [
            ("user", &account.profile.name.as_str()),
            ("uuid", &&*account.profile.uuid),
        ];
        let detail = detail.map(|(key, value)| (key.to_owned(), Value::from(*value)));
        self.tell_event(app, event, Map::from_iter(detail), None)
            .await;
    }

    /// Tells that no device of a message's receiver was there.
    pub(super) async fn tell_offline(&self, app: AppId, outgoing: &Outgoing, appended: &Appended) {
        let receiver = match &outgoing.target {
            Target::Peer(_) => appended.accounts.last(),
            Target::Group(_) => None,
        };
        let Some(receiver) = receiver.filter(|_| self.tells(app, Event::MessageOffline)) else {
            return;
        };
        if !self.delivery.is_online(*receiver) {
            let entry = Some((appended.conversation, appended.pos));
            self.tell_event(
                app,
                Event::MessageOffline,
                message_detail(&outgoing.sender.name, &outgoing.target, outgoing.kind),
                entry,
            )
            .await;
        }
    }

    /// The applications that are told of events.
    pub fn told_apps(&self) -> Vec<AppId> {
        let apps = self.hooks.apps.get().into_iter().flatten();
        let told = apps.filter(|(_, hooks)| hooks.told.is_some());
        told.map(|(app, _)| *app).collect()
    }

    /// Tells an application what is due, some of it. Says whether there may be more to do now.
    pub async fn tell_due(&self, app: AppId) -> lacuna_store::Result<bool> {
        let hooks = self.hooks.of(app);
        let Some((key, (endpoint, _))) =
            hooks.and_then(|hooks| Some((&hooks.key, hooks.told.as_ref()?)))
        else {
            return Ok(false);
        };
        let dropped = self.store.trim_hooks(app, HOOKS_MAX).await?;
        if dropped > 0 {
            tracing::warn!(
                app.id = app.0,
                count = dropped,
                "too many events wait; the oldest are given up"
            );
        }
        let due = self
            .store
            .due_hooks(app, self.clock.now(), HOOK_STEP_MAX)
            .await?;
        let more = due.len() >= HOOK_STEP_MAX;
        let told = due
            .into_iter()
            .map(|hook| self.tell_one((key, endpoint), hook));
        for told in join_all(told).await {
            told?;
        }
        Ok(more)
    }

    async fn tell_one(
        &self,
        (key, endpoint): (&str, &Endpoint),
        hook: DueHook,
    ) -> lacuna_store::Result<()> {
        let (id, tries, age) = (hook.id, hook.tries, hook.at);
        let body = told_body(key, hook).to_string();
        let now = self.clock.now();
        let answer = self
            .hooks
            .post(endpoint, (&id.to_string(), now), body)
            .await;
        let failure = match answer {
            Ok(answer) if answer.status().is_success() => return self.store.done_hook(id).await,
            Ok(answer) => answer.status().to_string(),
            // The address may have a secret in it.
            Err(error) => error.without_url().to_string(),
        };
        let now = self.clock.now();
        if now >= age.plus(HOOK_LIFE_MS) {
            tracing::warn!(
                app.key = key,
                hook.id = id,
                error = failure,
                "an event is given up"
            );
            return self.store.done_hook(id).await;
        }
        let wait = RETRY_MS
            .saturating_mul(1 << tries.min(20))
            .min(RETRY_MS_MAX);
        let wait = wait + chance(wait);
        tracing::debug!(
            app.key = key,
            hook.id = id,
            error = failure,
            retry_after_ms = wait,
            "an event is told again"
        );
        self.store.retry_hook(id, now.plus(wait)).await
    }
}

/// What an integrator is told of an event: what was noted when it happened and, of a message, what it says, as long as
/// somebody sees it.
fn told_body(key: &str, hook: DueHook) -> Value {
    let detail = serde_json::from_str(&hook.detail).unwrap_or_else(|_| json!({}));
    let mut fields = match detail {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    fields.insert("id".to_owned(), hook.id.to_string().into());
    fields.insert("app".to_owned(), key.into());
    fields.insert("timestamp".to_owned(), hook.at.0.into());
    if let Some(pos) = hook.pos {
        fields.insert("msg_id".to_owned(), pos.to_string().into());
        let meta = hook.body.and_then(|body| Meta::decode(body).ok());
        let payload = meta.and_then(|meta| payload_to_json(&meta.payload?));
        fields.insert("payload".to_owned(), payload.unwrap_or(Value::Null));
    }
    Value::Object(fields)
}

/// A number below `bound`, by chance; 0 if there is none to be had.
fn chance(bound: u64) -> u64 {
    let mut bytes = [0u8; 8];
    match getrandom::fill(&mut bytes) {
        Ok(()) => u64::from_be_bytes(bytes).checked_rem(bound).unwrap_or(0),
        Err(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed apart, with `printf '1000.{}' | openssl dgst -sha256 -hmac secret`.
    #[test]
    fn calls_are_signed() {
        let want = "t=1000,v1=026360fb6284f077f1148b1ae7c62679730497810a6a0321574de01e8b009e7a";
        assert_eq!(signature(b"secret", Millis(1000), "{}"), want);
        assert_ne!(signature(b"secret", Millis(1001), "{}"), want);
    }

    #[test]
    fn a_deleted_message_is_told_without_what_it_said() {
        let hook = DueHook {
            id: 7,
            app: AppId(1),
            at: Millis(5),
            tries: 0,
            detail: r#"{"event":"message.sent"}"#.to_owned(),
            pos: Some(Pos(9)),
            body: None,
        };
        let want = json!({
            "id": "7", "app": "a#b", "timestamp": 5, "event": "message.sent", "msg_id": "9", "payload": null,
        });
        assert_eq!(told_body("a#b", hook), want);
    }
}
