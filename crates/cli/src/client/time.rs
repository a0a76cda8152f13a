//! Times as people write and read them.

use anyhow::{Context, bail};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use lacuna_domain::Millis;

/// Reads a time: milliseconds since 1970, an RFC 3339 time, or a date, which is its first moment (UTC).
pub(crate) fn parse(text: &str) -> anyhow::Result<Millis> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let ms = text.parse().context("the number is too large")?;
        return Ok(Millis(ms));
    }
    let time = match text.parse::<Timestamp>() {
        Ok(time) => time,
        Err(_) if text.len() == "2026-01-31".len() => {
            let date: Date = text.parse().context("it is no date")?;
            date.to_zoned_datetime(TimeZone::UTC)?.timestamp()
        }
        Err(_) => bail!(
            "a time is milliseconds since 1970, or like 2026-01-31T12:00:00Z, or a date like 2026-01-31"
        ),
    };
    let ms = u64::try_from(time.as_millisecond()).context("it is before 1970")?;
    Ok(Millis(ms))
}

/// A time as RFC 3339, for machines.
pub(crate) fn rfc3339(time: Millis) -> String {
    stamp(time).map_or_else(|| time.to_string(), |stamp| stamp.to_string())
}

/// A time in this machine's zone, for people.
pub(crate) fn local(time: Millis) -> String {
    zoned(time, TimeZone::system(), "%Y-%m-%d %H:%M:%S")
}

/// The time of day in this machine's zone, for people.
pub(crate) fn clock(time: Millis) -> String {
    zoned(time, TimeZone::system(), "%H:%M")
}

fn zoned(time: Millis, zone: TimeZone, format: &str) -> String {
    let text = stamp(time).map(|stamp| stamp.to_zoned_datetime(zone).strftime(format).to_string());
    text.unwrap_or_else(|| time.to_string())
}

fn stamp(time: Millis) -> Option<Timestamp> {
    Timestamp::from_millisecond(i64::try_from(time.0).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_three_ways() {
        let check = |text: &str, want: Option<u64>| {
            assert_eq!(parse(text).ok().map(|time| time.0), want, "{text}");
        };
        check("1767225600000", Some(1_767_225_600_000));
        check("0", Some(0));
        check("2026-01-01T00:00:00Z", Some(1_767_225_600_000));
        check("2026-01-01T01:00:00.5+01:00", Some(1_767_225_600_500));
        check("2026-01-01", Some(1_767_225_600_000));
        check("1969-12-31", None);
        check("2026-13-01", None);
        check("yesterday", None);
        check("", None);
        check("99999999999999999999", None);
    }

    #[test]
    fn times_are_written_for_machines_and_for_people() {
        let time = Millis(1_767_225_600_500);
        assert_eq!(rfc3339(time), "2026-01-01T00:00:00.5Z");
        let text = zoned(time, TimeZone::UTC, "%Y-%m-%d %H:%M:%S");
        assert_eq!(text, "2026-01-01 00:00:00");
        assert_eq!(rfc3339(Millis(u64::MAX)), u64::MAX.to_string());
    }
}
