//! Successful answers: the envelope that clients of this ecosystem expect.

use super::extract::Call;
use axum::Json;
use lacuna_store::Account;
use serde_json::{Map, Value, json};

impl Call {
    /// The envelope with these fields (an object) in it. `data` and `entities` are there in any case.
    pub(super) fn answer(&self, fields: Value) -> Json<Value> {
        let settings = &self.app.settings;
        let prefix = format!("/{}/{}", settings.org, settings.name);
        let mut envelope = Map::new();
        let mut put = |key: &str, value: Value| envelope.insert(key.to_owned(), value);
        put("action", self.method.as_str().to_ascii_lowercase().into());
        put("application", self.app.id.to_string().into());
        put("applicationName", settings.name.as_str().into());
        put("organization", settings.org.as_str().into());
        put("uri", self.path.as_str().into());
        put(
            "path",
            self.path.strip_prefix(&prefix).unwrap_or(&self.path).into(),
        );
        put("timestamp", self.service.clock.now().0.into());
        put("duration", 0.into());
        put("entities", json!([]));
        put("data", json!({}));
        if let Value::Object(fields) = fields {
            envelope.extend(fields);
        }
        Json(Value::Object(envelope))
    }

    /// The envelope with `data` in it.
    pub(super) fn data(&self, data: Value) -> Json<Value> {
        self.answer(Value::Object(Map::from_iter([("data".to_owned(), data)])))
    }
}

/// An account as the API shows it.
pub(super) fn user_entity(account: &Account) -> Value {
    json!({
        "uuid": account.profile.uuid,
        "type": "user",
        "created": account.created.0,
        "modified": account.modified.0,
        "username": account.profile.display,
        "nickname": account.profile.nickname,
        "activated": account.active,
    })
}
