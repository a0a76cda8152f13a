//! The network: the API, the socket, and how long to wait between two tries.

use crate::error::Error;
use lacuna_domain::ErrorCode;
use std::io;

pub(crate) mod backoff;
mod deletions;
mod groups;
mod history;
mod http;
pub(crate) mod rest;
pub(crate) mod socket;
mod tls;

/// What the first failure of the system in a chain of causes means; none if there is none.
fn code_of(error: &(dyn std::error::Error + 'static)) -> Option<ErrorCode> {
    let mut causes = std::iter::successors(Some(error), |error| error.source());
    let failure = causes.find_map(|cause| cause.downcast_ref::<io::Error>())?;
    let kind = failure.kind();
    let server = matches!(
        kind,
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::NotConnected
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof
            // Of TLS: a certificate that nobody vouches for, or no TLS at all.
            | io::ErrorKind::InvalidData
    );
    Some(if kind == io::ErrorKind::TimedOut {
        ErrorCode::ServerTimeout
    } else if server {
        ErrorCode::Unavailable
    } else {
        // No route, no name service, no address of one's own.
        ErrorCode::NetworkUnavailable
    })
}

fn failed(error: &io::Error) -> Error {
    let code = code_of(error).unwrap_or(ErrorCode::NetworkUnavailable);
    Error::new(code, format!("the connection failed: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_of_the_system_say_who_is_missing() {
        let check = |kind: io::ErrorKind, want: ErrorCode| {
            assert_eq!(failed(&kind.into()).code(), want, "{kind:?}");
            let inside = io::Error::other(tokio_tungstenite::tungstenite::Error::Io(kind.into()));
            let outside = tokio_tungstenite::tungstenite::Error::Io(kind.into());
            assert_eq!(code_of(&outside), Some(want), "{inside}");
        };
        check(io::ErrorKind::ConnectionRefused, ErrorCode::Unavailable);
        check(io::ErrorKind::TimedOut, ErrorCode::ServerTimeout);
        check(
            io::ErrorKind::NetworkUnreachable,
            ErrorCode::NetworkUnavailable,
        );
        check(io::ErrorKind::Other, ErrorCode::NetworkUnavailable);
        assert_eq!(
            code_of(&Error::invalid("no failure of the system")),
            None,
            "it says nothing"
        );
    }
}
