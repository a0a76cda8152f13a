//! The header `Range` of a download (RFC 9110, section 14): one range of bytes; anything else is the whole.

use axum::http::HeaderMap;
use axum::http::header::RANGE;
use std::ops::Range;

/// What a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// Everything.
    All,
    /// A stretch that is not empty.
    Some(Range<u64>),
    /// A stretch that the file does not have.
    Nothing,
}

/// What the headers ask for, of a file of this size.
pub(super) fn asked(headers: &HeaderMap, size: u64) -> Asked {
    let header = headers.get(RANGE).and_then(|value| value.to_str().ok());
    header
        .and_then(|text| text.strip_prefix("bytes="))
        .and_then(|text| text.trim().split_once('-'))
        .map_or(Asked::All, |ends| stretch(ends, size))
}

fn stretch((first, last): (&str, &str), size: u64) -> Asked {
    let range = match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => first..last.saturating_add(1).min(size),
        (Some(first), None) if last.is_empty() => first..size,
        (None, Some(count)) if first.is_empty() => size.saturating_sub(count)..size,
        _ => return Asked::All,
    };
    if range.is_empty() {
        Asked::Nothing
    } else {
        Asked::Some(range)
    }
}

fn number(text: &str) -> Option<u64> {
    super::params::digits(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_of_bytes_is_understood() {
        let check = |header: &str, want: Asked| {
            let headers = HeaderMap::from_iter([(RANGE, header.parse().unwrap())]);
            assert_eq!(asked(&headers, 10), want, "{header}");
        };
        check("bytes=0-0", Asked::Some(0..1));
        check("bytes=2-5", Asked::Some(2..6));
        check("bytes=2-99", Asked::Some(2..10));
        check("bytes=9-", Asked::Some(9..10));
        check("bytes=-3", Asked::Some(7..10));
        check("bytes=-99", Asked::Some(0..10));
        check("bytes=0-18446744073709551615", Asked::Some(0..10));
        for nothing in ["bytes=10-", "bytes=10-12", "bytes=-0"] {
            check(nothing, Asked::Nothing);
        }
        for all in [
            "bytes=5-2",
            "bytes=-",
            "bytes=a-b",
            "lines=1-2",
            "bytes=0-1,3-4",
            "x",
        ] {
            check(all, Asked::All);
        }
        assert_eq!(asked(&HeaderMap::new(), 10), Asked::All);
    }

    #[test]
    fn nothing_of_an_empty_file() {
        let headers = HeaderMap::from_iter([(RANGE, "bytes=0-".parse().unwrap())]);
        assert_eq!(asked(&headers, 0), Asked::Nothing);
    }
}
