//! The top-level fields of a serialized protobuf message, without decoding what they hold.
//!
//! See <https://protobuf.dev/programming-guides/encoding/>. Groups are not used by the schema and are rejected.

use bytes::BufMut;
use prost::encoding::{WireType, encode_key, encode_varint};

const FIELD_NUMBER_MAX: u64 = (1 << 29) - 1;
const VARINT_BYTES_MAX: usize = 10;

/// The bytes are no protobuf message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed protobuf message")]
pub struct Malformed;

/// One top-level field as it stands in the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Field<'a> {
    /// The field number, 1 to 2^29 - 1.
    pub(crate) number: u32,
    /// Key and value together, to be copied.
    pub(crate) raw: &'a [u8],
    /// The content of a length-delimited field; nothing of any other.
    pub(crate) content: Option<&'a [u8]>,
}

/// Walks the top-level fields of a message in their order. Ends after the first error.
#[derive(Clone, Debug)]
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(crate) fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    fn field(&mut self) -> Result<Field<'a>, Malformed> {
        let start = self.rest;
        let key = self.varint()?;
        let number = key >> 3;
        if number == 0 || number > FIELD_NUMBER_MAX {
            return Err(Malformed);
        }
        let mut content = None;
        match key & 7 {
            0 => {
                self.varint()?;
            }
            1 => {
                self.take(8)?;
            }
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| Malformed)?;
                content = Some(self.take(length)?);
            }
            5 => {
                self.take(4)?;
            }
            _ => return Err(Malformed),
        }
        let length = start.len() - self.rest.len();
        let raw = start.get(..length).ok_or(Malformed)?;
        Ok(Field {
            number: u32::try_from(number).map_err(|_| Malformed)?,
            raw,
            content,
        })
    }

    fn varint(&mut self) -> Result<u64, Malformed> {
        let mut value = 0;
        for index in 0..VARINT_BYTES_MAX {
            let (&byte, rest) = self.rest.split_first().ok_or(Malformed)?;
            self.rest = rest;
            let bits = u64::from(byte & 0x7f);
            // The tenth byte holds the last bit of 64.
            if index == VARINT_BYTES_MAX - 1 && byte > 1 {
                return Err(Malformed);
            }
            value |= bits << (7 * index);
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Malformed)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Malformed)?;
        self.rest = rest;
        Ok(taken)
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Field<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.rest = &[];
        }
        Some(field)
    }
}

/// Appends a length-delimited field.
pub(crate) fn put_content(out: &mut impl BufMut, number: u32, content: &[u8]) {
    encode_key(number, WireType::LengthDelimited, out);
    let length = u64::try_from(content.len()).expect("a length fits into 64 bits");
    encode_varint(length, out);
    out.put_slice(content);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn walk(message: &[u8]) -> Result<Vec<(u32, Vec<u8>)>, Malformed> {
        let kept = |field: Field<'_>| (field.number, field.content.unwrap_or_default().to_vec());
        Fields::new(message).map(|field| field.map(kept)).collect()
    }

    #[test]
    fn fields_of_every_type_are_walked() {
        let message = b"\x08\x96\x01\x12\x02ab\x19\0\0\0\0\0\0\0\0\x25\0\0\0\0";
        let expected = vec![(1, vec![]), (2, b"ab".to_vec()), (3, vec![]), (4, vec![])];
        assert_eq!(walk(message), Ok(expected));
        assert_eq!(walk(b""), Ok(vec![]));
    }

    #[test]
    fn a_message_cut_inside_a_field_is_malformed() {
        let message = b"\x0a\x03abc\x11\x01\x02\x03\x04\x05\x06\x07\x08";
        for length in 1..message.len() {
            assert_eq!(
                walk(&message[..length]).is_ok(),
                length == 5,
                "{length} bytes"
            );
        }
    }

    #[test]
    fn what_protobuf_does_not_allow_is_malformed() {
        let cases: [(&str, &[u8]); 6] = [
            ("group", b"\x0b\x0c"),
            ("wire type 6", b"\x0e"),
            ("field number 0", b"\x02\x00"),
            ("field number of 30 bits", b"\x80\x80\x80\x80\x10\x00"),
            (
                "varint of 11 bytes",
                b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            ),
            (
                "length beyond the end",
                b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            ),
        ];
        for (name, message) in cases {
            assert_eq!(walk(message), Err(Malformed), "{name}");
        }
    }

    proptest! {
        #[test]
        fn the_fields_of_a_message_are_the_message(message in proptest::collection::vec(any::<u8>(), 0..64)) {
            let fields: Result<Vec<_>, _> = Fields::new(&message).collect();
            if let Ok(fields) = fields {
                let joined: Vec<u8> = fields.iter().flat_map(|field| field.raw.iter().copied()).collect();
                prop_assert_eq!(joined, message);
            }
        }
    }
}
