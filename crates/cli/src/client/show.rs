//! Messages and conversations as lines: for people, or as JSON.

use super::time;
use lacuna_sdk::{Body, Conversation, Message, Pos, Removed, Side, Status, Target};
use serde_json::{Value, json};

/// What a message says, in one line.
pub(crate) fn body(body: &Body) -> String {
    let text = match body {
        Body::Text(text) => text.clone(),
        Body::Image(file) => format!("[image {}]", file.name),
        Body::Video(file) => format!("[video {}]", file.name),
        Body::Voice(file) => format!("[voice, {} s]", file.duration),
        Body::File(file) => format!("[file {}]", file.name),
        Body::Location { address, .. } => format!("[place {address}]"),
        Body::Command { action } => format!("[command {action}]"),
        Body::Custom { event, .. } => format!("[{event}]"),
        Body::Combine { title, .. } => format!("[messages: {title}]"),
        Body::Other => "[a message of a newer kind]".to_owned(),
    };
    one_line(&text)
}

/// Text without what would move a terminal's cursor.
pub(crate) fn one_line(text: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(plain).collect()
}

/// A message for people.
pub(crate) fn message(message: &Message) -> String {
    let status = match message.status {
        Status::Sent => "",
        Status::Pending | Status::Sending => "  (sending)",
        Status::Failed => "  (not sent)",
    };
    format!(
        "{}  {}  {}  {}{status}",
        time::local(message.time),
        message.id,
        message.from,
        body(&message.body)
    )
}

/// A message for machines. Ids are texts: JSON numbers do not hold them.
pub(crate) fn message_json(message: &Message) -> Value {
    let (kind, name) = conversation_json(&message.conversation);
    let mut row = json!({
        "id": message.id.to_string(), "type": kind, "conversation": name, "from": message.from.as_str(),
        "sent": message.side == Side::Sent, "time": time::rfc3339(message.time), "time_ms": message.time.0,
        "kind": message.body.kind().name(), "status": format!("{:?}", message.status).to_lowercase(),
        "read": message.is_read,
    });
    if let (Body::Text(text), Some(fields)) = (&message.body, row.as_object_mut()) {
        fields.insert("text".to_owned(), text.as_str().into());
    }
    if let (false, Some(fields)) = (message.ext.is_empty(), row.as_object_mut()) {
        fields.insert("ext".to_owned(), Value::Object(message.ext.clone()));
    }
    row
}

/// The kind and the name of a conversation.
pub(crate) fn conversation_json(target: &Target) -> (&'static str, &str) {
    match target {
        Target::Peer(name) => ("chat", name.as_str()),
        Target::Group(id) => ("groupchat", id.as_str()),
    }
}

/// A conversation's name for people.
pub(crate) fn name(target: &Target) -> String {
    match target {
        Target::Peer(name) => name.to_string(),
        Target::Group(id) => format!("group {}", one_line(id.as_str())),
    }
}

/// A conversation of the local store for people.
pub(crate) fn conversation(row: &Conversation) -> String {
    let pin = if row.is_pinned() { "  pinned" } else { "" };
    let latest = row.latest.as_ref().map_or_else(String::new, |latest| {
        format!("  {}  {}", time::local(latest.time), body(&latest.body))
    });
    format!("{}  {} unread{pin}{latest}", name(&row.target), row.unread)
}

/// A number of messages.
pub(crate) fn count(messages: u64) -> String {
    match messages {
        1 => "1 message".to_owned(),
        count => format!("{count} messages"),
    }
}

/// What another device deleted, for people.
pub(crate) fn removed(removed: &Removed) -> String {
    let were = if removed.count == 1 { "was" } else { "were" };
    let device = match one_line(&removed.device) {
        device if device.is_empty() => "the server".to_owned(),
        device => device,
    };
    let place = name(&removed.conversation);
    format!(
        "{} {were} deleted on {device} ({place})",
        count(removed.count)
    )
}

/// What another device deleted, for machines.
pub(crate) fn removed_json(removed: &Removed) -> Value {
    let (kind, name) = conversation_json(&removed.conversation);
    let run = |(first, last): &(Pos, Pos)| json!([first.to_string(), last.to_string()]);
    json!({
        "type": kind, "conversation": name, "device": removed.device, "count": removed.count,
        "ranges": removed.ranges.iter().map(run).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use lacuna_domain::{Millis, Name};
    use lacuna_sdk::Ext;

    fn hello() -> Message {
        Message {
            id: Pos(9_007_199_254_740_993),
            conversation: Target::Peer(Name::new("bob").unwrap()),
            from: Name::new("bob").unwrap(),
            side: Side::Received,
            status: Status::Sent,
            time: Millis(1_767_225_600_000),
            local_time: Millis(0),
            body: Body::Text("hello\n\u{1b}[2Jworld".to_owned()),
            ext: Ext::new(),
            is_read: false,
            is_read_acked: false,
            is_delivery_acked: false,
        }
    }

    #[test]
    fn a_text_cannot_move_the_cursor() {
        let line = message(&hello());
        assert!(line.ends_with("bob  hello  [2Jworld"), "{line}");
    }

    #[test]
    fn ids_are_texts_in_json() {
        let row = message_json(&hello());
        assert_eq!(row["id"], "9007199254740993");
        assert_eq!(
            (&row["type"], &row["kind"]),
            (&json!("chat"), &json!("txt"))
        );
        assert_eq!(row["time"], "2026-01-01T00:00:00Z");
        assert_eq!(row["text"], "hello\n\u{1b}[2Jworld");
    }

    #[test]
    fn deletions_say_where_they_come_from() {
        let check = |count: u64, device: &str, want: &str| {
            let gone = Removed {
                conversation: Target::Peer(Name::new("bob").unwrap()),
                device: device.to_owned(),
                ranges: vec![(Pos(0), Pos(5))],
                count,
            };
            assert_eq!(removed(&gone), want);
        };
        check(1, "phone", "1 message was deleted on phone (bob)");
        check(2, "", "2 messages were deleted on the server (bob)");
    }
}
