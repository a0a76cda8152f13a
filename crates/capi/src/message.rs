//! Messages as C sees them.

use std::ffi::c_char;
use std::ptr::null;

/// A conversation with one other user.
pub const LACUNA_CHAT: i32 = 0;
/// A conversation in a group.
pub const LACUNA_GROUP: i32 = 1;
/// A conversation in a chat room. No server of this version has any: calls on one answer 505.
pub const LACUNA_ROOM: i32 = 2;

/// The user sent it.
pub const LACUNA_SENT: i32 = 0;
/// Somebody else did.
pub const LACUNA_RECEIVED: i32 = 1;

/// Made, and not handed to the connection.
pub const LACUNA_STATUS_PENDING: i32 = 0;
/// On its way.
pub const LACUNA_STATUS_DELIVERING: i32 = 1;
/// The server has it.
pub const LACUNA_STATUS_SUCCEEDED: i32 = 2;
/// Refused, or not sent in time.
pub const LACUNA_STATUS_FAILED: i32 = 3;

/// A kind that this version does not know.
pub const LACUNA_BODY_OTHER: i32 = 0;
/// Text.
pub const LACUNA_BODY_TEXT: i32 = 1;
/// An image.
pub const LACUNA_BODY_IMAGE: i32 = 2;
/// A video.
pub const LACUNA_BODY_VIDEO: i32 = 3;
/// A place.
pub const LACUNA_BODY_LOCATION: i32 = 4;
/// A voice note.
pub const LACUNA_BODY_VOICE: i32 = 5;
/// A file.
pub const LACUNA_BODY_FILE: i32 = 6;
/// A command.
pub const LACUNA_BODY_COMMAND: i32 = 7;
/// An app's own kind.
pub const LACUNA_BODY_CUSTOM: i32 = 8;
/// Several messages combined into one file.
pub const LACUNA_BODY_COMBINE: i32 = 9;

/// A file that a message speaks of. Texts may be NULL.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct LacunaFile {
    /// Its name.
    pub name: *const c_char,
    /// Where it is on this device.
    pub local_path: *const c_char,
    /// Where it can be downloaded.
    pub remote_path: *const c_char,
    /// What the download needs.
    pub secret: *const c_char,
    /// Bytes.
    pub length: i64,
    /// Seconds, of voice and video.
    pub duration: i32,
    /// Pixels, of images and videos; zero if not known.
    pub width: f64,
    /// Pixels, of images and videos; zero if not known.
    pub height: f64,
    /// Where its thumbnail can be downloaded.
    pub thumbnail_remote_path: *const c_char,
    /// What that download needs.
    pub thumbnail_secret: *const c_char,
}

/// What a message says. Only the fields of its kind mean something; texts may be NULL.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct LacunaBody {
    /// `LACUNA_BODY_…`: says which fields count.
    pub kind: i32,
    /// The text of a text.
    pub text: *const c_char,
    /// The action of a command.
    pub action: *const c_char,
    /// The name of an app's own kind.
    pub event: *const c_char,
    /// The names of its fields, `field_count` of them.
    pub field_names: *const *const c_char,
    /// The values of its fields, `field_count` of them.
    pub field_values: *const *const c_char,
    /// How many fields it has.
    pub field_count: usize,
    /// Degrees, of a place.
    pub latitude: f64,
    /// Degrees, of a place.
    pub longitude: f64,
    /// The place in words.
    pub address: *const c_char,
    /// The place's building.
    pub building: *const c_char,
    /// The title of combined messages.
    pub title: *const c_char,
    /// The summary of combined messages.
    pub summary: *const c_char,
    /// The file of an image, a video, a voice note, a file or of combined messages.
    pub file: LacunaFile,
}

/// A message. What the library gives ends when the completion or observer returns; what it is given is copied during the
/// call. Times are milliseconds since 1970.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct LacunaMessage {
    /// The server's id; before the server has acknowledged it, the device's own. NULL or empty for a new one.
    pub id: *const c_char,
    /// `LACUNA_CHAT` or `LACUNA_GROUP`.
    pub chat_type: i32,
    /// The conversation: the other user's name or the group's id.
    pub conversation: *const c_char,
    /// Who sent it.
    pub from: *const c_char,
    /// Whom it was sent to: a user, or the group.
    pub to: *const c_char,
    /// `LACUNA_SENT` or `LACUNA_RECEIVED`.
    pub direction: i32,
    /// `LACUNA_STATUS_…`.
    pub status: i32,
    /// When the server received it; before that, `local_time`.
    pub timestamp: i64,
    /// When this device made or received it.
    pub local_time: i64,
    /// Whether it was read on this device.
    pub is_read: bool,
    /// Whether the other side said that it has read it.
    pub is_read_acked: bool,
    /// Whether it arrived on a device of the other side, if that side says so.
    pub is_delivery_acked: bool,
    /// To send only to who is online; never history.
    pub online_only: bool,
    /// To send to these members of a group only, `receiver_count` names; NULL for all.
    pub receivers: *const *const c_char,
    /// How many receivers.
    pub receiver_count: usize,
    /// The app's own data: a JSON object, or NULL.
    pub ext: *const c_char,
    /// What it says.
    pub body: LacunaBody,
}

pub(crate) const NO_FILE: LacunaFile = LacunaFile {
    name: null(),
    local_path: null(),
    remote_path: null(),
    secret: null(),
    length: 0,
    duration: 0,
    width: 0.0,
    height: 0.0,
    thumbnail_remote_path: null(),
    thumbnail_secret: null(),
};

pub(crate) const NO_BODY: LacunaBody = LacunaBody {
    kind: LACUNA_BODY_OTHER,
    text: null(),
    action: null(),
    event: null(),
    field_names: null(),
    field_values: null(),
    field_count: 0,
    latitude: 0.0,
    longitude: 0.0,
    address: null(),
    building: null(),
    title: null(),
    summary: null(),
    file: NO_FILE,
};
