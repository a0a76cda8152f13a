//! Messages as an app sees them.

use lacuna_domain::{MessageKind, Millis, Name, Pos, Target};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// An app's own data beside a message: JSON values by name.
pub type Ext = Map<String, Value>;

/// A message in the local store.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The server's id; until the server has acknowledged it, a local one ([`Pos::is_local`]) that is also what the
    /// wire knows it by.
    pub id: Pos,
    /// The conversation it belongs to.
    pub conversation: Target,
    /// Who sent it.
    pub from: Name,
    /// Whether this user sent it, from whatever device.
    pub side: Side,
    /// How far it has come.
    pub status: Status,
    /// When the server received it; before that, when it was made here.
    pub time: Millis,
    /// When this device made or received it.
    pub local_time: Millis,
    /// What it says.
    pub body: Body,
    /// The app's own data.
    pub ext: Ext,
    /// Whether it was read on this device (or, if this user sent it, always).
    pub is_read: bool,
    /// Whether the other side said that it has read it.
    pub is_read_acked: bool,
    /// Whether it arrived on a device of the other side, if that side says so.
    pub is_delivery_acked: bool,
}

/// Which side of a conversation a message comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// This user sent it.
    Sent,
    /// Somebody else did.
    Received,
}

/// How far a message has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Made, and not yet handed to the connection.
    Pending,
    /// On its way: it survives a crash and is sent again under the same client id.
    Sending,
    /// The server has it.
    Sent,
    /// Refused, or not sent in time.
    Failed,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// Text.
    Text(String),
    /// An image.
    Image(Attachment),
    /// A video.
    Video(Attachment),
    /// A voice note.
    Voice(Attachment),
    /// A file.
    File(Attachment),
    /// A place.
    Location {
        /// Degrees.
        latitude: f64,
        /// Degrees.
        longitude: f64,
        /// In words.
        address: String,
        /// The building's name.
        building: String,
    },
    /// A command for the other app: delivered, never stored.
    Command {
        /// What to do.
        action: String,
    },
    /// An app's own kind.
    Custom {
        /// Its name.
        event: String,
        /// Its data.
        fields: BTreeMap<String, String>,
    },
    /// Several messages combined into one file.
    Combine {
        /// Its title.
        title: String,
        /// A summary.
        summary: String,
        /// The file with the messages.
        file: Attachment,
    },
    /// A kind that this version does not know.
    Other,
}

/// A file that a message speaks of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attachment {
    /// Its name.
    pub name: String,
    /// Where it is on this device; never sent.
    pub local_path: Option<std::path::PathBuf>,
    /// Where it can be downloaded.
    pub remote_path: String,
    /// What the download needs.
    pub secret: String,
    /// Bytes.
    pub length: u32,
    /// Seconds, of voice and video.
    pub duration: u32,
    /// Pixels, of images and videos.
    pub size: Option<(f64, f64)>,
    /// Where its thumbnail can be downloaded.
    pub thumbnail_remote_path: String,
    /// What that download needs.
    pub thumbnail_secret: String,
}

impl Body {
    /// The kind.
    #[must_use]
    pub fn kind(&self) -> MessageKind {
        match self {
            Self::Text(_) => MessageKind::Text,
            Self::Image(_) => MessageKind::Image,
            Self::Video(_) => MessageKind::Video,
            Self::Voice(_) => MessageKind::Voice,
            Self::File(_) => MessageKind::File,
            Self::Location { .. } => MessageKind::Location,
            Self::Command { .. } => MessageKind::Command,
            Self::Custom { .. } => MessageKind::Custom,
            Self::Combine { .. } => MessageKind::Combine,
            Self::Other => MessageKind::Other,
        }
    }

    /// The same, to be changed.
    pub(crate) fn attachment_mut(&mut self) -> Option<&mut Attachment> {
        match self {
            Self::Image(file) | Self::Video(file) | Self::Voice(file) | Self::File(file) => {
                Some(file)
            }
            Self::Combine { file, .. } => Some(file),
            Self::Text(_)
            | Self::Location { .. }
            | Self::Command { .. }
            | Self::Custom { .. }
            | Self::Other => None,
        }
    }

    /// The file that it speaks of, if it does.
    #[must_use]
    pub fn attachment(&self) -> Option<&Attachment> {
        match self {
            Self::Image(file) | Self::Video(file) | Self::Voice(file) | Self::File(file) => {
                Some(file)
            }
            Self::Combine { file, .. } => Some(file),
            Self::Text(_)
            | Self::Location { .. }
            | Self::Command { .. }
            | Self::Custom { .. }
            | Self::Other => None,
        }
    }
}

/// A message to send or to insert.
#[derive(Clone, Debug, PartialEq)]
pub struct NewMessage {
    /// The local id to keep it under until the server has given it one ([`Pos::is_local`]); none, or one that is taken, for
    /// one that the store makes up.
    pub id: Option<Pos>,
    /// Where to.
    pub to: Target,
    /// What it says.
    pub body: Body,
    /// The app's own data.
    pub ext: Ext,
    /// Only to who is online; never history.
    pub online_only: bool,
    /// To these members of a group only; never history. Empty for all.
    pub receivers: Vec<Name>,
}

impl NewMessage {
    /// A message with this body, to everybody in a conversation.
    #[must_use]
    pub fn new(to: Target, body: Body) -> Self {
        Self {
            id: None,
            to,
            body,
            ext: Ext::new(),
            online_only: false,
            receivers: Vec::new(),
        }
    }

    /// A text.
    #[must_use]
    pub fn text(to: Target, text: impl Into<String>) -> Self {
        Self::new(to, Body::Text(text.into()))
    }
}
