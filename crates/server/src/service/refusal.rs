//! Why an act is refused, as the caller is told.

use lacuna_domain::{ErrorCode, Name, Pos};
use lacuna_store::Error;
use std::borrow::Cow;

/// What an act answers with.
pub type Reply<T> = Result<T, Refusal>;

/// A refusal: a code, the vendor's error type, and a text for the caller. The cause inside the server is logged where it is
/// met and never sent.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{text}")]
pub struct Refusal {
    /// What kind of refusal.
    pub code: ErrorCode,
    /// The `error` field of the JSON answer: the vendor's word for it.
    pub error: &'static str,
    /// The `error_description` field; for sockets the status' reason.
    pub text: Cow<'static, str>,
    /// The number that official clients know the cause by, where the code does not tell it.
    pub number: Option<u32>,
    /// After how long to try again, in milliseconds.
    pub retry_after_ms: Option<u64>,
}

impl Refusal {
    /// A refusal of a kind, in the vendor's word, with a text.
    pub fn new(code: ErrorCode, error: &'static str, text: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            error,
            text: text.into(),
            number: None,
            retry_after_ms: None,
        }
    }

    /// No such application.
    #[must_use]
    pub fn app_not_found(org: &str, name: &str) -> Self {
        let text = format!("Could not find application for {org}/{name} from URI: {org}/{name}");
        Self::new(
            ErrorCode::AppNotFound,
            "organization_application_not_found",
            text,
        )
    }

    /// Nobody is registered under the name.
    #[must_use]
    pub fn user_not_found(name: &str) -> Self {
        Self::new(
            ErrorCode::UserNotFound,
            "service_resource_not_found",
            format!("Service resource not found: user {name}"),
        )
    }

    /// The caller has no such conversation on its list.
    #[must_use]
    pub fn no_conversation(with: &str) -> Self {
        let text = format!("there is no conversation with {with}");
        let mut refusal = Self::new(ErrorCode::NotFound, "resource_not_found", text);
        refusal.number = Some(91_001);
        refusal
    }

    /// The token is missing, unknown or expired.
    #[must_use]
    pub fn unauthorized() -> Self {
        Self::new(
            ErrorCode::InvalidToken,
            "unauthorized",
            "Unable to authenticate (OAuth)",
        )
    }

    /// The caller may not do this.
    #[must_use]
    pub fn forbidden(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::PermissionDenied, "forbidden_op", text)
    }

    /// A parameter makes no sense.
    #[must_use]
    pub fn illegal(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::InvalidParam, "illegal_argument", text)
    }

    /// A required parameter is missing.
    #[must_use]
    pub fn missing(name: &str) -> Self {
        Self::new(
            ErrorCode::InvalidParam,
            "Bad Request",
            format!("Required parameter '{name}' is not present"),
        )
    }

    /// No such group.
    #[must_use]
    pub fn group_not_found(id: &str) -> Self {
        Self::new(
            ErrorCode::GroupNotFound,
            "resource_not_found",
            format!("grpID {id} does not exist!"),
        )
    }

    /// No such thread.
    #[must_use]
    pub fn thread_not_found(id: &str) -> Self {
        Self::new(
            ErrorCode::ThreadNotFound,
            "resource_not_found",
            format!("thread {id} does not exist!"),
        )
    }

    /// A group has no such message to start a thread on.
    fn no_parent(pos: Pos) -> Self {
        let text = format!("message {pos} does not exist in this group");
        Self::new(ErrorCode::ThreadMessageInvalid, "invalid_parameter", text)
    }

    /// The message has a thread already.
    fn has_thread(pos: Pos) -> Self {
        let text = format!("message {pos} has a thread already");
        Self::new(ErrorCode::ThreadExists, "forbidden_op", text)
    }

    /// The user is in the thread already.
    pub(super) fn in_thread(name: &Name) -> Self {
        let text = format!("user {name} has joined this thread already");
        Self::new(ErrorCode::ThreadExists, "forbidden_op", text)
    }

    /// The group is out of use.
    #[must_use]
    pub fn group_disabled() -> Self {
        Self::new(
            ErrorCode::GroupDisabled,
            "forbidden_op",
            "can not operate this group, reason: group is disabled",
        )
    }

    /// A parameter is missing, or more than is allowed.
    #[must_use]
    pub fn invalid(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::InvalidParam, "invalid_parameter", text)
    }

    /// Something failed inside; the log says what.
    #[must_use]
    pub fn internal() -> Self {
        Self::new(
            ErrorCode::Internal,
            "internal_server_error",
            "internal error",
        )
    }

    /// Too much waits already.
    #[must_use]
    pub fn busy() -> Self {
        let mut refusal = Self::new(
            ErrorCode::ServerBusy,
            "resource_limited",
            "the server is busy, try again",
        );
        refusal.retry_after_ms = Some(500);
        refusal
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::NameTaken => {
                let text = "Application or user with this name exists already";
                Self::new(
                    ErrorCode::UserAlreadyExists,
                    "duplicate_unique_property_exists",
                    text,
                )
            }
            Error::NoAccount(name) => Self::new(
                ErrorCode::UserNotFound,
                "resource_not_found",
                format!("username {name} doesn't exist!"),
            ),
            Error::NoGroup(id) => Self::group_not_found(id.as_str()),
            Error::NotMember(name) => {
                let text = format!("users [{name}] are not members of this group!");
                Self::new(ErrorCode::GroupNotJoined, "forbidden_op", text)
            }
            Error::AlreadyMember(name) => {
                let text = format!("can not join this group, reason:user: {name} already in group");
                Self::new(ErrorCode::GroupAlreadyJoined, "forbidden_op", text)
            }
            Error::TooEarly(last) => Self::illegal(format!(
                "msg_timestamp is before the last message of the conversation, which is of {}",
                last.0
            )),
            Error::NoParent(pos) => Self::no_parent(pos),
            Error::HasThread(pos) => Self::has_thread(pos),
            Error::Blocked(name) => {
                let text = format!("{name} is blocked");
                Self::new(ErrorCode::PermissionDenied, "forbidden_op", text)
            }
            Error::NotContact(name) => {
                let text = format!("{name} is not a contact");
                Self::new(ErrorCode::NotOnRoster, "forbidden_op", text)
            }
            Error::Muted(name) => {
                let text = format!("{name} is muted");
                Self::new(ErrorCode::UserMuted, "forbidden_op", text)
            }
            Error::NoMessage(id) => {
                let text = format!("not_found msg {id}");
                Self::new(ErrorCode::MessageInvalid, "message_recall_error", text)
            }
            Error::GroupDisabled => Self::group_disabled(),
            Error::GroupFull => Self::new(
                ErrorCode::GroupFull,
                "exceed_limit",
                "group member list is full!",
            ),
            Error::LimitReached => Self::new(
                ErrorCode::LimitReached,
                "exceed_limit",
                "the limit is reached",
            ),
            Error::Held(name) => Self::forbidden(format!("user {name} is on legal hold")),
            Error::Busy | Error::Conflict => Self::busy(),
            failed @ (Error::Closed | Error::InUse(_) | Error::Full(_) | Error::Storage(_)) => {
                of_failure(&failed)
            }
        }
    }
}

/// What the caller is told of a store that does not work. The log says why.
fn of_failure(error: &Error) -> Refusal {
    let unavailable = |text| Refusal::new(ErrorCode::Unavailable, "service_unavailable", text);
    match error {
        Error::Full(cause) => {
            tracing::error!(error = whole(&**cause), "the disk is full");
            unavailable("the server has no room left")
        }
        Error::Storage(cause) => {
            tracing::error!(error = whole(&**cause), "storage failed");
            Refusal::internal()
        }
        _ => unavailable("the server is shutting down"),
    }
}

/// An error as a log takes it: with what caused it.
fn whole<'a>(
    error: &'a (dyn std::error::Error + Send + Sync + 'static),
) -> &'a (dyn std::error::Error + 'static) {
    error
}
