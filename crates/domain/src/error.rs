//! The one list of error codes.

/// Why an act was refused, as clients are told: a number, a stable name and an HTTP status.
///
/// The numbers are those that the client SDKs of this ecosystem know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// The path names no application.
    AppNotFound,
    /// The token is missing, unknown or expired.
    InvalidToken,
    /// A parameter is missing or makes no sense.
    InvalidParam,
    /// The user name is not legal.
    InvalidUsername,
    /// The password is not legal.
    InvalidPassword,
    /// More ids than one call may name.
    TooManyIds,
    /// Name and password do not match.
    AuthenticationFailed,
    /// The name is taken.
    UserAlreadyExists,
    /// Nobody is registered under the name.
    UserNotFound,
    /// Registration is closed.
    RegistrationClosed,
    /// The caller may not do this.
    PermissionDenied,
    /// The server has too much to do; try again.
    ServerBusy,
    /// Something failed inside the server.
    Internal,
    /// The server is shutting down or its store does not answer.
    Unavailable,
    /// The feature is switched off for the application.
    ServiceNotEnabled,
    /// The message is larger than allowed.
    MessageTooLarge,
    /// More calls than the limit allows.
    RateLimited,
    /// No such group.
    GroupNotFound,
    /// The user is a member already.
    GroupAlreadyJoined,
    /// The user is no member.
    GroupNotJoined,
    /// The group is full.
    GroupFull,
    /// A limit of the application is reached.
    LimitReached,
    /// The request's body is larger than allowed.
    BodyTooLarge,
    /// Nothing is served under the path.
    NotFound,
}

impl ErrorCode {
    /// Every code with its number, name and HTTP status.
    const TABLE: [(Self, u16, &'static str, u16); 24] = [
        (Self::AppNotFound, 100, "app_not_found", 404),
        (Self::InvalidUsername, 101, "invalid_username", 400),
        (Self::InvalidPassword, 102, "invalid_password", 400),
        (Self::InvalidToken, 104, "invalid_token", 401),
        (Self::InvalidParam, 110, "invalid_param", 400),
        (Self::TooManyIds, 112, "too_many_ids", 400),
        (
            Self::AuthenticationFailed,
            202,
            "authentication_failed",
            400,
        ),
        (Self::UserAlreadyExists, 203, "user_already_exists", 400),
        (Self::UserNotFound, 204, "user_not_found", 404),
        (Self::RegistrationClosed, 208, "registration_closed", 401),
        (Self::PermissionDenied, 210, "permission_denied", 403),
        (Self::ServerBusy, 302, "server_busy", 429),
        (Self::Internal, 303, "internal", 500),
        (Self::Unavailable, 300, "unavailable", 503),
        (Self::ServiceNotEnabled, 505, "service_not_enabled", 400),
        (Self::RateLimited, 509, "rate_limited", 429),
        (Self::MessageTooLarge, 510, "message_too_large", 400),
        (Self::GroupNotFound, 606, "group_not_found", 404),
        (Self::GroupAlreadyJoined, 601, "group_already_joined", 403),
        (Self::GroupNotJoined, 602, "group_not_joined", 403),
        (Self::GroupFull, 604, "group_full", 403),
        (Self::LimitReached, 4, "limit_reached", 403),
        (Self::BodyTooLarge, 405, "body_too_large", 413),
        (Self::NotFound, 308, "not_found", 404),
    ];

    /// Every code.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::TABLE.iter().map(|row| row.0)
    }

    fn row(self) -> (u16, &'static str, u16) {
        let found = Self::TABLE.iter().find(|row| row.0 == self);
        found.map_or((303, "internal", 500), |row| (row.1, row.2, row.3))
    }

    /// The number.
    #[must_use]
    pub fn number(self) -> u16 {
        self.row().0
    }

    /// The name in `snake_case`; `docs/errors/<name>.md` explains it.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// The HTTP status.
    #[must_use]
    pub fn http_status(self) -> u16 {
        self.row().2
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn numbers_and_names_are_unique() {
        let numbers: BTreeSet<u16> = ErrorCode::all().map(ErrorCode::number).collect();
        let names: BTreeSet<&str> = ErrorCode::all().map(ErrorCode::name).collect();
        assert_eq!(
            (numbers.len(), names.len()),
            (ErrorCode::TABLE.len(), ErrorCode::TABLE.len())
        );
        assert!(
            ErrorCode::all()
                .all(|code| [400, 401, 403, 404, 413, 429, 500, 503].contains(&code.http_status()))
        );
    }
}
