//! Every bound of the product, in one place. Relations between them are checked when this file is compiled.

/// Bytes of a user name.
pub const NAME_BYTES_MAX: usize = 64;
/// Characters of a password.
pub const PASSWORD_CHARS_MAX: usize = 64;
/// Characters of a nickname.
pub const NICKNAME_CHARS_MAX: usize = 100;
/// Bytes of one message: its body and extension.
pub const MESSAGE_BYTES_MAX: usize = 5 * 1024;
/// Bytes of one WebSocket message: a message plus its envelope.
pub const FRAME_BYTES_MAX: usize = 64 * 1024;
/// Bytes of one REST request body.
pub const REQUEST_BYTES_MAX: usize = 1024 * 1024;
/// Contacts of one account.
pub const CONTACTS_MAX: usize = 3_000;
/// Requests to become a contact that wait for one account's answer.
pub const CONTACT_REQUESTS_MAX: usize = 1_000;
/// Characters of the reason that a contact request gives.
pub const CONTACT_REASON_CHARS_MAX: usize = 512;
/// Characters of a contact's remark.
pub const REMARK_CHARS_MAX: usize = 100;
/// Rows of a page of contacts.
pub const CONTACT_PAGE_MAX: usize = 50;
/// Users on one account's block list.
pub const BLOCKED_MAX: usize = 500;
/// Users that one call blocks or lets go.
pub const BLOCK_BATCH_MAX: usize = 50;
/// How often an act is tried whose records others change at the same time.
pub const RECORD_TRIES_MAX: usize = 16;
/// Users whose attributes one call asks for.
pub const ATTRIBUTE_USERS_MAX: usize = 100;
/// Bytes of one account's attributes, keys and values.
pub const ATTRIBUTES_BYTES_MAX: usize = 2 * 1024;
/// Bytes of a published presence.
pub const PRESENCE_BYTES_MAX: usize = 64;
/// Users that one call about presence names.
pub const PRESENCE_USERS_MAX: usize = 100;
/// Users whose presence one account is told of.
pub const WATCHED_MAX: usize = 3_000;
/// Users that are told of one account's presence; who comes later in the order of names is not.
pub const WATCHERS_TOLD_MAX: usize = 10_000;
/// Life of a presence subscription at the most, in seconds.
pub const WATCH_SECONDS_MAX: u64 = 30 * 24 * 3600;
/// Rows of a page of presence subscriptions.
pub const WATCH_PAGE_MAX: usize = 500;
/// For how long an account's last device may be away before its watchers are told, in milliseconds.
pub const PRESENCE_GRACE_MS: u64 = 2_000;
/// For how long notifications may be paused by one call, in milliseconds.
pub const SILENCE_MS_MAX: u64 = 7 * 24 * 3600 * 1000;
/// Users, or groups, with a notification setting of their own, for one account.
pub const SILENCES_MAX: usize = 1_000;
/// Conversations whose notification settings one call asks for.
pub const SILENCE_BATCH_MAX: usize = 20;
/// Rows of a page of conversations with a notification setting.
pub const SILENCE_PAGE_MAX: usize = 50;
/// Bytes of the name of a language.
pub const LANGUAGE_BYTES_MAX: usize = 32;
/// Bytes of what a device says about itself when it logs in.
pub const LOGIN_INFO_BYTES_MAX: usize = 1024;
/// Devices of one account and platform that are connected at the same time, unless an application says otherwise.
pub const DEVICES_PER_PLATFORM_DEFAULT: usize = 4;
/// Members of a group in which single messages can be acknowledged.
pub const ACK_MEMBERS_MAX: usize = 500;
/// Bytes of what an acknowledgement of a group message says.
pub const ACK_BYTES_MAX: usize = 1024;
/// For how long acknowledgements of a group message are taken and kept, in milliseconds.
pub const ACK_LIFE_MS: u64 = 3 * 24 * 3600 * 1000;
/// Rows of a page of acknowledgements.
pub const ACK_PAGE_MAX: usize = 500;
/// Message ids of one deletion.
pub const DELETE_IDS_MAX: usize = 50;
/// Rows of a history page.
pub const HISTORY_PAGE_MAX: usize = 50;
/// Rows of a history page when the caller names none.
pub const HISTORY_PAGE_DEFAULT: usize = 20;
/// Messages that a filtered history page looks at before it answers with what it found.
pub const HISTORY_SCAN_MAX: usize = 2_000;
/// Rows of a page of the conversation list.
pub const CONVERSATION_PAGE_MAX: usize = 50;
/// Pinned conversations of one account.
pub const PINNED_MAX: usize = 50;
/// Entries of one delivery page.
pub const INBOX_PAGE_MAX: usize = 50;
/// Bytes of bodies in one delivery page; the first entry is always let through.
pub const INBOX_PAGE_BYTES_MAX: usize = 48 * 1024;
/// Rows (events and deletion facts) of one page of the event stream.
pub const EVENT_PAGE_MAX: usize = 512;
/// Deletion facts of one answer to our own SDK.
pub const FACTS_PAGE_MAX: usize = 1_000;
/// Message ids that one deletion event names.
pub const EVENT_IDS_MAX: usize = 50;
/// Accounts registered by one call.
pub const REGISTER_BATCH_MAX: usize = 60;
/// Members named by one call.
pub const MEMBER_BATCH_MAX: usize = 60;
/// Users that the server API sends to in one call.
pub const SEND_USERS_MAX: usize = 600;
/// Groups that the server API sends to in one call.
pub const SEND_GROUPS_MAX: usize = 3;
/// Users a group message may be directed to.
pub const DIRECTED_USERS_MAX: usize = 20;
/// Members of a group when its creator names no number.
pub const GROUP_MEMBERS_DEFAULT: u32 = 200;
/// Members of a group at the most.
pub const GROUP_MEMBERS_MAX: u32 = 10_000;
/// Groups that one account may be in.
pub const GROUPS_PER_ACCOUNT_MAX: usize = 600;
/// Characters of a group's name.
pub const GROUP_NAME_CHARS_MAX: usize = 128;
/// Characters of a group's description.
pub const GROUP_DESCRIPTION_CHARS_MAX: usize = 512;
/// Bytes of a group's custom data.
pub const GROUP_CUSTOM_BYTES_MAX: usize = 8 * 1024;
/// Characters of the URL of a group's picture.
pub const GROUP_AVATAR_CHARS_MAX: usize = 1024;
/// Characters of a group's announcement.
pub const GROUP_ANNOUNCEMENT_CHARS_MAX: usize = 512;
/// Characters of what somebody says who asks to join a group, or who answers.
pub const GROUP_REASON_CHARS_MAX: usize = 512;
/// Admins of a group.
pub const GROUP_ADMINS_MAX: usize = 99;
/// Names on each of a group's lists: the muted, the allowed, the banned, who asks to join, who is invited.
pub const GROUP_LIST_MAX: usize = 1_000;
/// Groups that one call asks about.
pub const GROUP_INFO_MAX: usize = 20;
/// Rows of a page of groups.
pub const GROUP_PAGE_MAX: usize = 500;
/// Bytes of the key of a member's attribute.
pub const MEMBER_ATTRIBUTE_KEY_BYTES_MAX: usize = 16;
/// Bytes of the value of a member's attribute.
pub const MEMBER_ATTRIBUTE_VALUE_BYTES_MAX: usize = 512;
/// Bytes of all attributes of one member, keys and values.
pub const MEMBER_ATTRIBUTES_BYTES_MAX: usize = 4 * 1024;
/// Members whose attributes one call reads.
pub const MEMBER_ATTRIBUTES_TARGETS_MAX: usize = 10;
/// Files that a group shares.
pub const SHARED_FILES_MAX: usize = 1_000;
/// Characters of the name of a shared file.
pub const SHARED_FILE_NAME_CHARS_MAX: usize = 256;
/// Rows of a page of members.
pub const MEMBER_PAGE_MAX: usize = 1_000;
/// Devices of one account that the server remembers; the longest unused is forgotten first.
pub const DEVICES_PER_ACCOUNT_MAX: usize = 100;
/// Bytes of a device's resource.
pub const RESOURCE_BYTES_MAX: usize = 128;
/// For how long a repeated send gets the first answer, in milliseconds.
pub const SEND_REPEAT_WINDOW_MS: u64 = 10 * 60 * 1000;
/// After how long without use a device is forgotten, in milliseconds.
pub const DEVICE_FORGET_MS: u64 = 30 * 24 * 3600 * 1000;
/// For how long signals and events are kept, in milliseconds.
pub const SIGNAL_RETENTION_MS: u64 = 30 * 24 * 3600 * 1000;
/// Default life of a token, in seconds.
pub const TOKEN_TTL_SECONDS: u64 = 60 * 24 * 3600;
/// Frames that wait for one session before it counts as too slow.
pub const SESSION_MAILBOX_MAX: usize = 256;
/// Bytes that wait in one session's socket before it counts as too slow.
pub const SESSION_WRITE_BYTES_MAX: usize = 1024 * 1024;
/// Pushed and unacknowledged entries of one queue; beyond it the client has to pull.
pub const QUEUE_WINDOW_MAX: usize = 64;
/// Sends of one session that wait for the store.
pub const SESSION_SENDS_MAX: usize = 256;
/// Queues that one session keeps the state of.
pub const SESSION_QUEUES_MAX: usize = 4_096;
/// Silence after which a session is closed, in milliseconds: three keepalives.
pub const SESSION_IDLE_MS: u64 = 100_000;
/// Time a socket has for its PROVISION frame, in milliseconds.
pub const PROVISION_WAIT_MS: u64 = 10_000;
/// Acts that wait for the store's writer.
pub const WRITER_QUEUE_MAX: usize = 16_384;
/// Password hashes at work or waiting.
pub const HASH_QUEUE_MAX: usize = 256;
/// Pinned messages of one conversation.
pub const MESSAGE_PINS_MAX: usize = 20;
/// Different reactions to one message.
pub const REACTIONS_PER_MESSAGE_MAX: usize = 20;
/// Characters of a reaction.
pub const REACTION_CHARS_MAX: usize = 128;
/// Users that a list of reactions names for each; all of them are in its detail.
pub const REACTION_USERS_SHOWN: usize = 3;
/// Messages whose reactions are asked for in one call.
pub const REACTION_MESSAGES_MAX: usize = 20;
/// The highest conversation mark.
pub const MARK_MAX: u8 = 19;
/// Conversations that one call marks.
pub const MARK_BATCH_MAX: usize = 20;
/// Marks of one account, of all its conversations together.
pub const MARKS_MAX: usize = 1_000;
/// How often an act is tried again when what it was decided on changed meanwhile.
pub const CONFLICT_RETRIES_MAX: usize = 5;
/// Bodies purged in one step.
pub const PURGE_STEP_MAX: usize = 100;

const _: () = assert!(MESSAGE_BYTES_MAX * 2 < FRAME_BYTES_MAX);
const _: () = assert!(FRAME_BYTES_MAX < SESSION_WRITE_BYTES_MAX);
const _: () = assert!(MESSAGE_BYTES_MAX < INBOX_PAGE_BYTES_MAX);
const _: () = assert!(INBOX_PAGE_MAX <= QUEUE_WINDOW_MAX);
const _: () = assert!(HISTORY_PAGE_DEFAULT <= HISTORY_PAGE_MAX);
const _: () = assert!(HISTORY_PAGE_MAX < HISTORY_SCAN_MAX);
const _: () = assert!(EVENT_IDS_MAX <= EVENT_PAGE_MAX);
const _: () = assert!(ACK_PAGE_MAX <= ACK_MEMBERS_MAX);

#[cfg(test)]
mod tests {
    use super::*;

    /// As the documentation has them: written out, so that a slip in a product of factors is seen.
    #[test]
    fn products_are_what_is_documented() {
        assert_eq!(MESSAGE_BYTES_MAX, 5_120);
        assert_eq!(FRAME_BYTES_MAX, 65_536);
        assert_eq!(REQUEST_BYTES_MAX, 1_048_576);
        assert_eq!(INBOX_PAGE_BYTES_MAX, 49_152);
        assert_eq!(GROUP_CUSTOM_BYTES_MAX, 8_192);
        assert_eq!(MEMBER_ATTRIBUTES_BYTES_MAX, 4_096);
        assert_eq!(SESSION_WRITE_BYTES_MAX, 1_048_576);
        assert_eq!(SEND_REPEAT_WINDOW_MS, 600_000);
        assert_eq!(DEVICE_FORGET_MS, 2_592_000_000);
        assert_eq!(SIGNAL_RETENTION_MS, 2_592_000_000);
        assert_eq!(TOKEN_TTL_SECONDS, 5_184_000);
        assert_eq!(ATTRIBUTES_BYTES_MAX, 2_048);
        assert_eq!(WATCH_SECONDS_MAX, 2_592_000);
        assert_eq!(SILENCE_MS_MAX, 604_800_000);
        assert_eq!(ACK_LIFE_MS, 259_200_000);
    }
}
