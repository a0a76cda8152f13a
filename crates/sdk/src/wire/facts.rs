//! Deletion facts as JSON: our own extension, exact where the official event names ids or a time.

use crate::store::Fact;
use lacuna_domain::{GroupId, Name, Pos, Target};
use serde_json::Value;

/// A page of facts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FactPage {
    /// In version order.
    pub facts: Vec<Fact>,
    /// The account's version.
    pub version: u64,
    /// Whether there are more.
    pub more: bool,
}

/// Reads a page. None if it is none.
pub(crate) fn read(answer: &Value) -> Option<FactPage> {
    let facts = answer.get("facts")?.as_array()?;
    Some(FactPage {
        facts: facts.iter().map(fact).collect::<Option<_>>()?,
        version: number(answer.get("version")?)?,
        more: answer.get("more")?.as_bool()?,
    })
}

fn fact(value: &Value) -> Option<Fact> {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    Some(Fact {
        version: number(value.get("version")?)?,
        conversation: target(text("type")?, text("conversation")?)?,
        first: Pos(number(value.get("from")?)?),
        last: Pos(number(value.get("to")?)?.min(Pos::MAX.0)),
        device: text("resource").unwrap_or_default().to_owned(),
    })
}

/// A conversation by the kind and the name that JSON has for it.
pub(crate) fn target(kind: &str, id: &str) -> Option<Target> {
    match kind.to_ascii_lowercase().as_str() {
        "chat" => Name::new(id).ok().map(Target::Peer),
        "groupchat" if !id.is_empty() => Some(Target::Group(GroupId::new(id))),
        _ => None,
    }
}

/// A 64-bit number: a text, since JSON numbers do not hold it; or a number.
pub(crate) fn number(value: &Value) -> Option<u64> {
    match value {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number.as_u64(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_page_is_read_whole_or_not_at_all() {
        let row = json!({"version": "3", "conversation": "Bob", "type": "chat", "from": "0", "to": "9007199254740993", "resource": "tablet"});
        let page = read(&json!({"facts": [row], "version": "4", "more": true})).unwrap();
        let fact = page.facts.first().unwrap();
        assert_eq!((page.version, page.more, fact.version), (4, true, 3));
        assert_eq!(
            (fact.first, fact.last),
            (Pos(0), Pos(9_007_199_254_740_993))
        );
        assert_eq!(fact.conversation.id(), "bob");
        // Half of the facts would be a version too high.
        let bad =
            json!({"version": "3", "conversation": "bob", "type": "mail", "from": "0", "to": "1"});
        assert_eq!(
            read(&json!({"facts": [row, bad], "version": "4", "more": false})),
            None
        );
        assert_eq!(read(&json!({"requestStatusCode": "ok"})), None);
    }
}
