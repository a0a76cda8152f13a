//! What kind of message a body is, and of conversation it is in.

use crate::pb::MessageBody;
use crate::pb::message_body::content::{SubType, Type};
use lacuna_domain::{MessageKind, Target};

/// What clients and integrators call a kind of conversation. Rooms have a word of their own where they are told apart.
#[must_use]
pub const fn chat_type(target: &Target) -> &'static str {
    match target {
        Target::Peer(_) => "chat",
        Target::Group(_) => "groupchat",
    }
}

/// [`chat_type`] where rooms are told apart.
#[must_use]
pub const fn chat_type_in(target: &Target, room: bool) -> &'static str {
    if room { "chatroom" } else { chat_type(target) }
}

/// The kind of a message, by its first content.
#[must_use]
pub fn message_kind(message: &MessageBody) -> MessageKind {
    let Some(content) = message.contents.first() else {
        return MessageKind::Other;
    };
    // Combined messages are texts with an explicit sub-type of zero.
    let combined = content.sub_type == Some(SubType::SubCombine.into());
    match Type::try_from(content.r#type.unwrap_or_default()) {
        Ok(Type::Text) if combined => MessageKind::Combine,
        Ok(Type::Text) => MessageKind::Text,
        Ok(Type::Image) => MessageKind::Image,
        Ok(Type::Video) => MessageKind::Video,
        Ok(Type::Location) => MessageKind::Location,
        Ok(Type::Voice) => MessageKind::Voice,
        Ok(Type::File) => MessageKind::File,
        Ok(Type::Command) => MessageKind::Command,
        Ok(Type::Custom) => MessageKind::Custom,
        Ok(Type::Combine) => MessageKind::Combine,
        Err(_) => MessageKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pb::message_body::Content;

    #[test]
    fn a_combined_message_is_no_text() {
        let check = |contents: Vec<Content>, want: MessageKind| {
            let message = MessageBody {
                contents,
                ..MessageBody::default()
            };
            assert_eq!(message_kind(&message), want);
        };
        let content = |kind: i32, sub_type: Option<i32>| Content {
            r#type: Some(kind),
            sub_type,
            ..Content::default()
        };
        check(vec![], MessageKind::Other);
        check(vec![Content::default()], MessageKind::Text);
        check(vec![content(0, Some(0))], MessageKind::Combine);
        check(vec![content(1, Some(1))], MessageKind::Image);
        check(
            vec![content(6, None), content(0, None)],
            MessageKind::Command,
        );
        check(vec![content(99, None)], MessageKind::Other);
    }
}
