//! Query parameters.

use crate::service::{Refusal, Reply};
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use lacuna_domain::{GroupId, Name};
use std::collections::HashMap;

/// The query of a request. Of a parameter that stands twice the last one counts; empty segments (`&&`) are nothing.
#[derive(Debug, Default)]
pub(super) struct Params(HashMap<String, String>);

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Reply<Self> {
        let query = Query::<HashMap<String, String>>::from_request_parts(parts, state).await;
        query
            .map(|Query(found)| Self(found))
            .map_err(|_| Refusal::illegal("the query cannot be read"))
    }
}

impl Params {
    /// A parameter; none if it is missing or empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|text| !text.is_empty())
    }

    /// A parameter that must be there.
    pub(super) fn required(&self, name: &str) -> Reply<&str> {
        self.text(name).ok_or_else(|| Refusal::missing(name))
    }

    /// `true` or `false`, or the default if it is not there.
    pub(super) fn flag(&self, name: &str, default: bool) -> Reply<bool> {
        match self.0.get(name) {
            None => Ok(default),
            Some(text) if text.eq_ignore_ascii_case("true") => Ok(true),
            Some(text) if text.eq_ignore_ascii_case("false") => Ok(false),
            Some(_) => Err(not_legal(name)),
        }
    }

    /// A whole number of at most `max`, from `min` on, or the default if it is not there.
    pub(super) fn number(
        &self,
        name: &str,
        default: usize,
        min: usize,
        max: usize,
    ) -> Reply<usize> {
        let Some(text) = self.text(name) else {
            return Ok(default);
        };
        let number = digits(text).and_then(|number| usize::try_from(number).ok());
        number
            .filter(|number| (min..=max).contains(number))
            .ok_or_else(|| not_legal(name))
    }
}

/// A parameter does not say what it should.
pub(super) fn not_legal(name: &str) -> Refusal {
    Refusal::illegal(format!("parameter '{name}' is not legal"))
}

/// A decimal number without sign.
pub(super) fn digits(text: &str) -> Option<u64> {
    Some(text)
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|text| text.parse().ok())
}

/// A user's name in a parameter, case folded.
pub(super) fn name(parameter: &str, text: &str) -> Reply<Name> {
    Name::new(text).map_err(|_| not_legal(parameter))
}

/// A group's id in a parameter.
pub(super) fn group(parameter: &str, text: &str) -> Reply<GroupId> {
    digits(text)
        .map(|_| GroupId::new(text))
        .ok_or_else(|| not_legal(parameter))
}

/// Takes off what was read beyond a page, which is one row at the most. Says whether there was some: more follow.
pub(super) fn cut<T>(rows: &mut Vec<T>, limit: usize) -> bool {
    let more = rows.len() > limit;
    rows.truncate(limit);
    more
}

#[cfg(test)]
impl Params {
    /// What a query says.
    pub(super) fn of(query: &str) -> Self {
        let uri = format!("/?{query}").parse().unwrap();
        Self(
            Query::<HashMap<String, String>>::try_from_uri(&uri)
                .unwrap()
                .0,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubled_separators_are_nothing() {
        let params = Params::of("&a=1&&b=x%20y&a=2&c=");
        assert_eq!(
            (
                params.text("a"),
                params.text("b"),
                params.text("c"),
                params.text("d")
            ),
            (Some("2"), Some("x y"), None, None)
        );
        assert!(params.required("c").is_err());
    }

    #[test]
    fn numbers_have_bounds() {
        let check = |query: &str, want: Option<usize>| {
            assert_eq!(
                Params::of(query).number("n", 20, 1, 50).ok(),
                want,
                "{query}"
            );
        };
        check("", Some(20));
        check("n=", Some(20));
        check("n=1", Some(1));
        check("n=50", Some(50));
        for query in [
            "n=0",
            "n=51",
            "n=-1",
            "n=%2B1",
            "n=x",
            "n=1.5",
            "n=99999999999999999999",
        ] {
            check(query, None);
        }
    }

    #[test]
    fn flags_are_true_or_false() {
        let check = |query: &str, want: Option<bool>| {
            assert_eq!(Params::of(query).flag("f", true).ok(), want, "{query}");
        };
        check("", Some(true));
        check("f=false", Some(false));
        check("f=TRUE", Some(true));
        check("f=1", None);
        check("f=", None);
    }
}
