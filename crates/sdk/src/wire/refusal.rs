//! What a refusal over the socket means: the wire has few codes, and clients tell causes apart by the reason's words.

use crate::error::Error;
use lacuna_domain::ErrorCode;

/// Why a login is refused.
pub(super) fn of_login(code: i32, reason: &str) -> Error {
    let code = match (code, reason) {
        (1, "Sorry, token expired") | (6, _) => ErrorCode::TokenExpired,
        (1, "Sorry, token or password does not match login info") => ErrorCode::InvalidToken,
        (1, "Sorry, user not found") => ErrorCode::UserNotFound,
        (1, "Sorry, app not found") => ErrorCode::AppNotFound,
        (1 | 7, _) if reason.contains("limit") => ErrorCode::LimitReached,
        (4, _) => ErrorCode::InvalidParam,
        // The server is somewhere else, or does not understand: not what the user can mend.
        (5 | 9 | 10, _) => ErrorCode::Internal,
        (12, _) => ErrorCode::ServingForbidden,
        (13, _) => ErrorCode::TooManyDevices,
        (20, _) => ErrorCode::LoggedInElsewhere,
        _ => ErrorCode::AuthenticationFailed,
    };
    Error::new(code, format!("the login was refused: {reason}"))
}

/// Why a message is refused.
pub fn of_message(code: i32, reason: &str) -> Error {
    let code = match code {
        1 => failed(reason),
        2 => ErrorCode::InvalidToken,
        4 | 10 => ErrorCode::MessageInvalid,
        7 if reason.contains("sensitive words") || reason.contains("antispam") => {
            ErrorCode::MessageBlocked
        }
        7 if reason.contains("mute") => ErrorCode::UserMuted,
        7 if reason.contains("traffic limit") => ErrorCode::RateLimited,
        7 if reason.contains("data is too large") => ErrorCode::MessageTooLarge,
        7 => ErrorCode::PermissionDenied,
        8 => ErrorCode::Unavailable,
        12 => ErrorCode::ServingForbidden,
        15 => ErrorCode::UserMuted,
        19 => ErrorCode::MessageBlocked,
        _ => ErrorCode::Internal,
    };
    Error::new(code, format!("the server refused the message: {reason}"))
}

/// Words of a reason, in the order in which they are looked for, and what they mean.
const FAILED: [(&str, ErrorCode); 23] = [
    ("white list", ErrorCode::PermissionDenied),
    ("blacklist", ErrorCode::PermissionDenied),
    ("blocked", ErrorCode::PermissionDenied),
    ("do not have permission", ErrorCode::PermissionDenied),
    ("not in group", ErrorCode::GroupNotJoined),
    ("group not found", ErrorCode::GroupNotFound),
    ("grpID", ErrorCode::GroupNotFound),
    ("group is disabled", ErrorCode::GroupDisabled),
    ("member list is full", ErrorCode::GroupFull),
    ("group ID illegal", ErrorCode::InvalidParam),
    ("username", ErrorCode::UserNotFound),
    ("nonroster", ErrorCode::NotOnRoster),
    ("exceed recall time limit", ErrorCode::RecallTimeLimit),
    ("recall disabled", ErrorCode::ServiceNotEnabled),
    ("edit is not available", ErrorCode::ServiceNotEnabled),
    ("not supported", ErrorCode::ServiceNotEnabled),
    ("message does not exist", ErrorCode::MessageInvalid),
    ("edit fail", ErrorCode::EditFailed),
    ("format is incorrect", ErrorCode::EditFailed),
    ("limit", ErrorCode::LimitReached),
    ("too many", ErrorCode::LimitReached),
    ("moderation failed", ErrorCode::MessageBlocked),
    ("auto create failed", ErrorCode::ServerBusy),
];

fn failed(reason: &str) -> ErrorCode {
    let named = FAILED.iter().find(|(words, _)| reason.contains(words));
    named.map_or(ErrorCode::Internal, |(_, code)| *code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_logins_are_told_apart() {
        let check = |code: i32, reason: &str, want: ErrorCode| {
            assert_eq!(of_login(code, reason).code(), want, "{code} {reason}");
        };
        check(1, "Sorry, user register limit", ErrorCode::LimitReached);
        check(
            1,
            "Sorry, user register rate limit",
            ErrorCode::LimitReached,
        );
        check(1, "Sorry, token expired", ErrorCode::TokenExpired);
        let no_match = "Sorry, token or password does not match login info";
        check(1, no_match, ErrorCode::InvalidToken);
        check(1, "Sorry, user not found", ErrorCode::UserNotFound);
        check(1, "Sorry, app not found", ErrorCode::AppNotFound);
        check(1, "who knows", ErrorCode::AuthenticationFailed);
        check(2, "", ErrorCode::AuthenticationFailed);
        check(3, "", ErrorCode::AuthenticationFailed);
        check(4, "", ErrorCode::InvalidParam);
        check(6, "", ErrorCode::TokenExpired);
        let full = "Sorry, the app month live count limit";
        check(7, full, ErrorCode::LimitReached);
        check(7, "other", ErrorCode::AuthenticationFailed);
        check(12, "", ErrorCode::ServingForbidden);
        check(13, "", ErrorCode::TooManyDevices);
        check(20, "", ErrorCode::LoggedInElsewhere);
        check(-1, "", ErrorCode::AuthenticationFailed);
    }

    #[test]
    fn refused_messages_are_told_apart() {
        let check = |code: i32, reason: &str, want: ErrorCode| {
            assert_eq!(of_message(code, reason).code(), want, "{code} {reason}");
        };
        check(1, "blocked", ErrorCode::PermissionDenied);
        check(1, "group not found", ErrorCode::GroupNotFound);
        check(1, "not in group or chatroom", ErrorCode::GroupNotJoined);
        let list = "not in group or chatroom white list";
        check(1, list, ErrorCode::PermissionDenied);
        check(1, "exceed recall time limit", ErrorCode::RecallTimeLimit);
        check(1, "message recall disabled", ErrorCode::ServiceNotEnabled);
        check(1, "nonroster", ErrorCode::NotOnRoster);
        check(1, "limit directed users", ErrorCode::LimitReached);
        check(1, "Sorry, edit limit reached", ErrorCode::LimitReached);
        check(1, "Sorry, edit fail", ErrorCode::EditFailed);
        check(1, "username x doesn't exist!", ErrorCode::UserNotFound);
        check(1, "grpID 1 does not exist!", ErrorCode::GroupNotFound);
        check(1, "moderation failed", ErrorCode::MessageBlocked);
        check(1, "who knows", ErrorCode::Internal);
        check(7, "sensitive words", ErrorCode::MessageBlocked);
        check(7, "blocked by mod_antispam", ErrorCode::MessageBlocked);
        check(7, "user is mute", ErrorCode::UserMuted);
        check(7, "traffic limit", ErrorCode::RateLimited);
        check(7, "Sorry, data is too large", ErrorCode::MessageTooLarge);
        check(7, "other", ErrorCode::PermissionDenied);
        check(8, "", ErrorCode::Unavailable);
        check(15, "", ErrorCode::UserMuted);
        check(19, "ext", ErrorCode::MessageBlocked);
        check(99, "", ErrorCode::Internal);
    }
}
