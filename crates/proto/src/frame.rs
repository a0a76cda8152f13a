//! The frames that clients send.

use bytes::{Bytes, BytesMut};
use prost::Message;

use crate::pb::{CommSyncUl, Jid, Logout, MSync, Meta, Provision, m_sync::Command};
use crate::wire::{Fields, Malformed};

const SYNC_META: u32 = 1;

/// What a client asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Upstream {
    /// To be let in. The first frame of a connection.
    Provision {
        /// Who it claims to be: key of the application, name and device.
        guid: Jid,
        /// The credential as sent, empty if there is none.
        auth: String,
        /// The device and what it can do.
        provision: Box<Provision>,
    },
    /// Which queues have something to pull. Also the keepalive.
    Unread,
    /// To send a message, or to pull a queue.
    Sync {
        /// The message to send: decoded, and as the client serialized it.
        meta: Option<Box<(Meta, Bytes)>>,
        /// Acknowledges the queue up to here.
        key: Option<u64>,
        /// The queue to pull.
        queue: Option<Jid>,
    },
    /// To be logged out.
    Logout(Logout),
    /// A command that no client sends to a server, or an unknown one. To be ignored.
    Other(i32),
}

/// Why a frame cannot be read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FrameError {
    /// It is no message of the schema.
    #[error("decode frame")]
    Decode(#[from] prost::DecodeError),
    /// A message inside it is cut.
    #[error("walk frame")]
    Malformed(#[from] Malformed),
    /// Its payload is compressed or encrypted, which the server did not agree to.
    #[error("frame is compressed or encrypted")]
    Encoded,
}

/// Reads one frame. An absent command means SYNC, as protobuf defaults do.
pub fn decode(frame: &[u8]) -> Result<Upstream, FrameError> {
    let frame = MSync::decode(frame)?;
    let plain = frame.compress_algorimth() == 0 && frame.encrypt_type.iter().all(|kind| *kind == 0);
    if !plain {
        return Err(FrameError::Encoded);
    }
    let payload = frame.payload.unwrap_or_default();
    let command = frame.command.unwrap_or_default();
    match Command::try_from(command) {
        Ok(Command::Provision) => Ok(Upstream::Provision {
            guid: frame.guid.unwrap_or_default(),
            auth: frame.auth.unwrap_or_default(),
            provision: Box::new(Provision::decode(payload)?),
        }),
        Ok(Command::Unread) => Ok(Upstream::Unread),
        Ok(Command::Sync) => sync(payload),
        Ok(Command::Logout) => Ok(Upstream::Logout(Logout::decode(payload)?)),
        Ok(Command::Notice) | Err(_) => Ok(Upstream::Other(command)),
    }
}

fn sync(payload: Bytes) -> Result<Upstream, FrameError> {
    let raw = raw_meta(&payload)?;
    let CommSyncUl {
        meta, key, queue, ..
    } = CommSyncUl::decode(payload)?;
    Ok(Upstream::Sync {
        meta: meta.map(|meta| Box::new((meta, raw))),
        key,
        queue,
    })
}

/// The bytes of the meta. One that stands in several pieces is their concatenation, as protobuf merges messages.
fn raw_meta(payload: &Bytes) -> Result<Bytes, Malformed> {
    let mut pieces = Vec::new();
    for field in Fields::new(payload) {
        let field = field?;
        if field.number == SYNC_META {
            pieces.push(field.content.ok_or(Malformed)?);
        }
    }
    match pieces.as_slice() {
        [] => Ok(Bytes::new()),
        [one] => Ok(payload.slice_ref(one)),
        several => {
            let mut joined = BytesMut::new();
            for piece in several {
                joined.extend_from_slice(piece);
            }
            Ok(joined.freeze())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const UNKNOWN: &[u8] = b"\x9a\x06\x03new";

    fn hex(text: &str) -> Vec<u8> {
        let digit = |byte: u8| u8::try_from(char::from(byte).to_digit(16).unwrap()).unwrap();
        text.as_bytes()
            .chunks(2)
            .map(|pair| digit(pair[0]) << 4 | digit(pair[1]))
            .collect()
    }

    fn frame(command: Option<i32>, payload: Vec<u8>) -> Vec<u8> {
        let guid = Some(Jid::user("acme#demo", "alice"));
        let auth = Some("$t$token".to_owned());
        MSync {
            command,
            payload: Some(payload.into()),
            guid,
            auth,
            ..MSync::default()
        }
        .encode_to_vec()
    }

    #[test]
    fn the_published_unread_frame_is_read_and_written() {
        let bytes = hex("080040015800a00180a080a2ee9feac068");
        assert_eq!(decode(&bytes), Ok(Upstream::Unread));
        let written = MSync {
            version: Some(0),
            command: Some(1),
            encrypt_type: vec![0],
            trace_id: Some(7_530_485_864_644_743_168),
            ..MSync::default()
        };
        assert_eq!(written.encode_to_vec(), bytes);
    }

    #[test]
    fn every_command_is_told_apart() {
        let provision = Provision {
            resource: Some("web_1".to_owned()),
            ..Provision::default()
        };
        let expected = Upstream::Provision {
            guid: Jid::user("acme#demo", "alice"),
            auth: "$t$token".to_owned(),
            provision: Box::new(provision.clone()),
        };
        assert_eq!(
            decode(&frame(Some(3), provision.encode_to_vec())),
            Ok(expected)
        );
        assert_eq!(
            decode(&frame(Some(4), vec![])),
            Ok(Upstream::Logout(Logout::default()))
        );
        assert_eq!(decode(&frame(Some(2), vec![])), Ok(Upstream::Other(2)));
        assert_eq!(
            decode(&frame(Some(9), b"\xff".to_vec())),
            Ok(Upstream::Other(9))
        );
        assert_eq!(
            decode(b""),
            Ok(Upstream::Sync {
                meta: None,
                key: None,
                queue: None
            })
        );
    }

    #[test]
    fn a_pull_has_queue_and_key() {
        let queue = Some(Jid::user("acme#demo", "bob"));
        let pull = CommSyncUl {
            key: Some(5),
            queue: queue.clone(),
            ..CommSyncUl::default()
        };
        let expected = Upstream::Sync {
            meta: None,
            key: Some(5),
            queue,
        };
        assert_eq!(decode(&frame(None, pull.encode_to_vec())), Ok(expected));
    }

    #[test]
    fn a_sent_meta_keeps_what_the_schema_does_not_know() {
        let sent = [
            Meta {
                id: Some(3),
                ns: Some(1),
                ..Meta::default()
            }
            .encode_to_vec(),
            UNKNOWN.to_vec(),
        ]
        .concat();
        let mut payload = Vec::new();
        crate::wire::put_content(&mut payload, SYNC_META, &sent);
        let Ok(Upstream::Sync {
            meta: Some(meta), ..
        }) = decode(&frame(Some(0), payload.clone()))
        else {
            panic!("a meta was sent");
        };
        assert_eq!((meta.0.id(), meta.1.as_ref()), (3, sent.as_slice()));

        crate::wire::put_content(&mut payload, SYNC_META, b"\x08\x04");
        let Ok(Upstream::Sync {
            meta: Some(meta), ..
        }) = decode(&frame(Some(0), payload))
        else {
            panic!("a meta was sent");
        };
        assert_eq!(Meta::decode(meta.1.clone()).unwrap(), meta.0);
        assert_eq!(meta.0.id(), 4);
    }

    #[test]
    fn what_was_not_agreed_to_is_refused() {
        let zipped = MSync {
            compress_algorimth: Some(1),
            ..MSync::default()
        };
        let secret = MSync {
            encrypt_type: vec![1],
            ..MSync::default()
        };
        assert_eq!(decode(&zipped.encode_to_vec()), Err(FrameError::Encoded));
        assert_eq!(decode(&secret.encode_to_vec()), Err(FrameError::Encoded));
    }

    #[test]
    fn cut_frames_never_panic() {
        let sync = CommSyncUl {
            meta: Some(Meta {
                id: Some(3),
                payload: Some(Bytes::from_static(b"\x08\x01")),
                ..Meta::default()
            }),
            key: Some(1),
            queue: Some(Jid::system()),
            ..CommSyncUl::default()
        };
        let whole = frame(Some(0), sync.encode_to_vec());
        for length in 0..whole.len() {
            // A cut between two fields is a frame too.
            drop(decode(&whole[..length]));
        }
        assert!(decode(&whole).is_ok());
        assert!(decode(&whole[..whole.len() - 1]).is_err());
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..128), command in 0_i32..6) {
            drop(decode(&bytes));
            if let Ok(Upstream::Sync { meta: Some(meta), .. }) = decode(&frame(Some(command), bytes)) {
                prop_assert_eq!(Meta::decode(meta.1.clone()).unwrap().encode_to_vec(), meta.0.encode_to_vec());
            }
        }
    }
}
