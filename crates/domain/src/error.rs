//! The one list of error codes.

/// Why an act failed: a number, a stable name and, for what a server answers with, an HTTP status.
///
/// One list for server and client: some codes are raised by the client SDK alone and never sent. The numbers are those that
/// the client SDKs of this ecosystem know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// The path names no application.
    AppNotFound,
    /// The token is missing, unknown or expired.
    InvalidToken,
    /// A parameter is missing or makes no sense.
    InvalidParam,
    /// The message belongs to another conversation.
    InvalidConversation,
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
    /// The group has no such shared file.
    GroupFileNotFound,
    /// The group is out of use.
    GroupDisabled,
    /// The attributes of a member are too large together.
    GroupAttributesTooLarge,
    /// The key of a member's attribute is empty or too long.
    GroupAttributeKeyTooLong,
    /// The value of a member's attribute is too long.
    GroupAttributeValueTooLong,
    /// The user is on the group's block list.
    GroupUserBlocked,
    /// A limit of the application is reached.
    LimitReached,
    /// The request's body is larger than allowed.
    BodyTooLarge,
    /// Nothing is served under the path.
    NotFound,
    /// Something failed inside the client that no other code names.
    General,
    /// The client has no connection to a server.
    NetworkUnavailable,
    /// The client's local store failed.
    DatabaseFailed,
    /// The token that the client is logged in with has ended.
    TokenExpired,
    /// The token that the client is logged in with ends soon.
    TokenWillExpire,
    /// The client is logged in as this user already.
    AlreadyLoggedIn,
    /// The act needs a client that is logged in.
    NotLoggedIn,
    /// The user logged in on another device, and this one was logged out for it.
    LoggedInElsewhere,
    /// The user was deleted from the server while logged in.
    UserRemoved,
    /// The user is logged in on more devices than allowed.
    TooManyDevices,
    /// The user may not send for now.
    UserMuted,
    /// The user's password was changed while logged in.
    PasswordChanged,
    /// Another device of the user, or the application, logged this one out.
    KickedByOtherDevice,
    /// The client is logged in as another user.
    OtherUserLoggedIn,
    /// The receiver takes messages from contacts only, and the sender is none.
    NotOnRoster,
    /// The server did not answer in time.
    ServerTimeout,
    /// The server does not serve this user or this application.
    ServingForbidden,
    /// The file of a message is not there.
    FileNotFound,
    /// The file of a message could not be put on the server.
    FileUploadFailed,
    /// The message cannot be sent as it is, or there is none of that id.
    MessageInvalid,
    /// The message is too old to be recalled.
    RecallTimeLimit,
    /// The content of the message is not allowed.
    MessageBlocked,
    /// The message cannot be edited.
    EditFailed,
    /// No such thread.
    ThreadNotFound,
    /// The message has a thread already, or the user is in the thread already.
    ThreadExists,
    /// There is no such message to start a thread on.
    ThreadMessageInvalid,
    /// The user cannot be added as a contact.
    ContactAddFailed,
    /// The caller has as many contacts as it may have.
    ContactLimitReached,
    /// The other user has as many contacts or requests as it may have.
    ContactLimitReachedPeer,
    /// More users than one call may ask about.
    TooManyUsers,
    /// The attributes are longer than allowed.
    AttributesTooLong,
    /// A parameter of a presence call is more than allowed.
    PresenceParamExceeded,
    /// Nobody watches its own presence.
    PresenceOfOneself,
    /// The group does not let the user do this.
    GroupNotAllowed,
}

impl ErrorCode {
    /// What a server answers with: number, name and HTTP status.
    const ANSWERED: [(Self, u16, &'static str, u16); 48] = [
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
        (Self::UserMuted, 215, "user_muted", 403),
        (Self::NotOnRoster, 221, "not_on_roster", 403),
        (Self::ServerBusy, 302, "server_busy", 429),
        (Self::Internal, 303, "internal", 500),
        (Self::Unavailable, 300, "unavailable", 503),
        (Self::MessageInvalid, 500, "message_invalid", 403),
        (Self::RecallTimeLimit, 504, "recall_time_limit", 403),
        (Self::EditFailed, 511, "edit_failed", 403),
        (Self::GroupNotAllowed, 603, "group_not_allowed", 403),
        (Self::ServiceNotEnabled, 505, "service_not_enabled", 400),
        (Self::RateLimited, 509, "rate_limited", 429),
        (Self::MessageTooLarge, 510, "message_too_large", 400),
        (Self::GroupNotFound, 606, "group_not_found", 404),
        (Self::GroupAlreadyJoined, 601, "group_already_joined", 403),
        (Self::GroupNotJoined, 602, "group_not_joined", 403),
        (Self::GroupFull, 604, "group_full", 403),
        (Self::ThreadNotFound, 1400, "thread_not_found", 404),
        (Self::ThreadExists, 1401, "thread_exists", 403),
        (
            Self::ThreadMessageInvalid,
            1402,
            "thread_message_invalid",
            400,
        ),
        (Self::GroupFileNotFound, 605, "group_file_not_found", 404),
        (Self::GroupDisabled, 607, "group_disabled", 403),
        (
            Self::GroupAttributesTooLarge,
            609,
            "group_attributes_too_large",
            400,
        ),
        (
            Self::GroupAttributeKeyTooLong,
            611,
            "group_attribute_key_too_long",
            400,
        ),
        (
            Self::GroupAttributeValueTooLong,
            612,
            "group_attribute_value_too_long",
            400,
        ),
        (Self::GroupUserBlocked, 613, "group_user_blocked", 403),
        (Self::LimitReached, 4, "limit_reached", 403),
        (Self::BodyTooLarge, 405, "body_too_large", 413),
        (Self::NotFound, 308, "not_found", 404),
        (Self::FileNotFound, 400, "file_not_found", 404),
        (Self::MessageBlocked, 508, "message_blocked", 403),
        (Self::TooManyUsers, 900, "too_many_users", 400),
        (Self::AttributesTooLong, 901, "attributes_too_long", 400),
        (Self::ContactAddFailed, 1000, "contact_add_failed", 400),
        (
            Self::ContactLimitReached,
            1001,
            "contact_limit_reached",
            403,
        ),
        (
            Self::ContactLimitReachedPeer,
            1002,
            "contact_limit_reached_peer",
            403,
        ),
        (
            Self::PresenceParamExceeded,
            1100,
            "presence_param_exceeded",
            400,
        ),
        (Self::PresenceOfOneself, 1101, "presence_of_oneself", 400),
    ];

    /// What only a client raises: number and name.
    const RAISED: [(Self, u16, &'static str); 17] = [
        (Self::General, 1, "general"),
        (Self::NetworkUnavailable, 2, "network_unavailable"),
        (Self::DatabaseFailed, 3, "database_failed"),
        (Self::InvalidConversation, 107, "invalid_conversation"),
        (Self::TokenExpired, 108, "token_expired"),
        (Self::TokenWillExpire, 109, "token_will_expire"),
        (Self::AlreadyLoggedIn, 200, "already_logged_in"),
        (Self::NotLoggedIn, 201, "not_logged_in"),
        (Self::LoggedInElsewhere, 206, "logged_in_elsewhere"),
        (Self::UserRemoved, 207, "user_removed"),
        (Self::TooManyDevices, 214, "too_many_devices"),
        (Self::PasswordChanged, 216, "password_changed"),
        (Self::KickedByOtherDevice, 217, "kicked_by_other_device"),
        (Self::OtherUserLoggedIn, 218, "other_user_logged_in"),
        (Self::ServerTimeout, 301, "server_timeout"),
        (Self::ServingForbidden, 305, "serving_forbidden"),
        (Self::FileUploadFailed, 402, "file_upload_failed"),
    ];

    /// Every code.
    pub fn all() -> impl Iterator<Item = Self> {
        let answered = Self::ANSWERED.iter().map(|row| row.0);
        answered.chain(Self::RAISED.iter().map(|row| row.0))
    }

    /// The code of a number, or none.
    #[must_use]
    pub fn from_number(number: u16) -> Option<Self> {
        Self::all().find(|code| code.number() == number)
    }

    fn row(self) -> (u16, &'static str, Option<u16>) {
        let answered = Self::ANSWERED.iter().find(|row| row.0 == self);
        let raised = Self::RAISED.iter().find(|row| row.0 == self);
        match (answered, raised) {
            (Some(&(_, number, name, status)), _) => (number, name, Some(status)),
            (None, Some(&(_, number, name))) => (number, name, None),
            (None, None) => (303, "internal", Some(500)),
        }
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

    /// The HTTP status; none for what only a client raises.
    #[must_use]
    pub fn http_status(self) -> Option<u16> {
        self.row().2
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    #[expect(
        clippy::as_conversions,
        reason = "the last variant's place is how many there are"
    )]
    fn numbers_and_names_are_unique() {
        let numbers: BTreeSet<u16> = ErrorCode::all().map(ErrorCode::number).collect();
        let names: BTreeSet<&str> = ErrorCode::all().map(ErrorCode::name).collect();
        let count = ErrorCode::ANSWERED.len() + ErrorCode::RAISED.len();
        assert_eq!((numbers.len(), names.len()), (count, count));
        // One that is in neither table leaves fewer rows than variants.
        assert_eq!(count, ErrorCode::GroupNotAllowed as usize + 1);
    }

    #[test]
    fn numbers_lead_back() {
        for code in ErrorCode::all() {
            assert_eq!(ErrorCode::from_number(code.number()), Some(code));
        }
        assert_eq!(ErrorCode::from_number(0), None);
        assert_eq!(ErrorCode::from_number(u16::MAX), None);
    }

    #[test]
    fn what_a_server_answers_with_has_a_status() {
        let check = |code: ErrorCode, want: Option<u16>| assert_eq!(code.http_status(), want);
        check(ErrorCode::UserNotFound, Some(404));
        check(ErrorCode::NotLoggedIn, None);
        check(ErrorCode::ServerTimeout, None);
        let legal = [400, 401, 403, 404, 413, 429, 500, 503];
        let mut statuses = ErrorCode::all().filter_map(ErrorCode::http_status);
        assert!(statuses.all(|status| legal.contains(&status)));
    }
}
