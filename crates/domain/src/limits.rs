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
/// Chat rooms that the server API sends to in one call.
pub const SEND_ROOMS_MAX: usize = 10;
/// Users a group message may be directed to.
pub const DIRECTED_USERS_MAX: usize = 20;
/// Members of a group when its creator names no number.
pub const GROUP_MEMBERS_DEFAULT: u32 = 200;
/// Members of a group at the most.
pub const GROUP_MEMBERS_MAX: u32 = 10_000;
/// Groups that one account may be in.
pub const GROUPS_PER_ACCOUNT_MAX: usize = 600;
/// Members of a chat room when its creator names no number.
pub const ROOM_MEMBERS_DEFAULT: u32 = 1_000;
/// Rooms of a page of them.
pub const ROOM_PAGE_MAX: usize = 500;
/// Attributes of a chat room, and keys that one call may name.
pub const ROOM_ATTRIBUTES_MAX: usize = 100;
/// Bytes of the key of a room's attribute.
pub const ROOM_ATTRIBUTE_KEY_BYTES_MAX: usize = 128;
/// Bytes of the value of a room's attribute.
pub const ROOM_ATTRIBUTE_VALUE_BYTES_MAX: usize = 4096;
/// Bytes that one who joins a chat room may tell the others.
pub const ROOM_JOIN_EXT_BYTES_MAX: usize = 4096;
/// Accounts that are made to leave their rooms in one go, since they stayed away.
pub const ABSENT_STEP_MAX: usize = 256;
/// Characters of a thread's name.
pub const THREAD_NAME_CHARS_MAX: usize = 64;
/// Rows of a page of threads.
pub const THREAD_PAGE_MAX: usize = 50;
/// Threads whose last messages one call may ask for.
pub const THREAD_LAST_MESSAGES_MAX: usize = 20;
/// Characters of a group's name.
pub const GROUP_NAME_CHARS_MAX: usize = 128;
/// Characters of a group's description.
pub const GROUP_DESCRIPTION_CHARS_MAX: usize = 512;
/// Bytes of a group's custom data.
pub const GROUP_CUSTOM_BYTES_MAX: usize = 8 * 1024;
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
/// Bodies purged in one step.
pub const PURGE_STEP_MAX: usize = 100;

const _: () = assert!(MESSAGE_BYTES_MAX * 2 < FRAME_BYTES_MAX);
const _: () = assert!(FRAME_BYTES_MAX < SESSION_WRITE_BYTES_MAX);
const _: () = assert!(MESSAGE_BYTES_MAX < INBOX_PAGE_BYTES_MAX);
const _: () = assert!(INBOX_PAGE_MAX <= QUEUE_WINDOW_MAX);
const _: () = assert!(HISTORY_PAGE_DEFAULT <= HISTORY_PAGE_MAX);
const _: () = assert!(HISTORY_PAGE_MAX < HISTORY_SCAN_MAX);
const _: () = assert!(EVENT_IDS_MAX <= EVENT_PAGE_MAX);

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
        assert_eq!(SESSION_WRITE_BYTES_MAX, 1_048_576);
        assert_eq!(SEND_REPEAT_WINDOW_MS, 600_000);
        assert_eq!(DEVICE_FORGET_MS, 2_592_000_000);
        assert_eq!(SIGNAL_RETENTION_MS, 2_592_000_000);
        assert_eq!(TOKEN_TTL_SECONDS, 5_184_000);
    }
}
