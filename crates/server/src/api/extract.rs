//! Who calls, and of which application.

use super::Api;
use super::client::Client;
use super::params::{self, Params};
use crate::service::{Actor, Refusal, Reply, Service};
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use lacuna_domain::{DeviceId, ErrorCode, Name};
use lacuna_store::{App, Sender, TokenOwner};
use std::net::IpAddr;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// A request to an application, by whoever.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) service: Arc<Service>,
    pub(super) app: Arc<App>,
    pub(super) method: Method,
    pub(super) path: String,
    params: Vec<(String, String)>,
    token: Option<String>,
    owner: OnceCell<TokenOwner>,
    /// Where it comes from, if that is known.
    pub(super) address: Option<IpAddr>,
}

impl Call {
    /// A variable part of the path; empty if the route has none of that name.
    pub(super) fn part(&self, name: &str) -> &str {
        self.params
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value)
    }

    /// Whom the token speaks for. A token of another application speaks for nobody here. The first time it counts as one
    /// request of the user.
    pub(super) async fn owner(&self) -> Reply<&TokenOwner> {
        self.owner.get_or_try_init(|| self.find_owner()).await
    }

    async fn find_owner(&self) -> Reply<TokenOwner> {
        let token = self.token.as_deref().ok_or_else(Refusal::unauthorized)?;
        let owner = self.service.authenticate(token).await?;
        if owner.app != self.app.id {
            return Err(Refusal::unauthorized());
        }
        if let Some(account) = &owner.account {
            self.service.take_user_request(account.id)?;
        }
        Ok(owner)
    }
}

impl FromRequestParts<Arc<Api>> for Call {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Reply<Self> {
        let unreadable = |_| {
            Refusal::new(
                ErrorCode::NotFound,
                "resource_not_found",
                "the path is not UTF-8",
            )
        };
        let found = RawPathParams::from_request_parts(parts, api)
            .await
            .map_err(unreadable)?;
        let params: Vec<(String, String)> = found
            .iter()
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        let part = |name: &str| {
            params
                .iter()
                .find(|(key, _)| key == name)
                .map_or("", |(_, value)| value)
        };
        let app = api.service.app(part("org"), part("app")).await?;
        api.service.take_request(app.id)?;
        let path = parts.uri.path().to_owned();
        let client = parts.extensions.get::<Client>();
        let address = client.and_then(|client| client.address);
        let (service, method, token) = (
            Arc::clone(&api.service),
            parts.method.clone(),
            bearer(&parts.headers),
        );
        Ok(Self {
            service,
            app,
            method,
            path,
            params,
            token,
            owner: OnceCell::new(),
            address,
        })
    }
}

/// The token of `Authorization: Bearer …`.
pub(super) fn bearer(headers: &HeaderMap) -> Option<String> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then(|| token.to_owned())
}

/// A request with an app token: by the server API.
#[derive(Debug)]
pub(super) struct ByApp {
    pub(super) call: Call,
}

impl FromRequestParts<Arc<Api>> for ByApp {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Reply<Self> {
        let call = Call::from_request_parts(parts, api).await?;
        match &call.owner().await?.account {
            None => Ok(Self { call }),
            Some(_) => Err(Refusal::forbidden("this needs an app token")),
        }
    }
}

/// A request with a token of the application, a user's or its own.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) call: Call,
    /// The user; none for the server API.
    pub(super) user: Option<Actor>,
}

impl FromRequestParts<Arc<Api>> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Reply<Self> {
        let call = Call::from_request_parts(parts, api).await?;
        let params = Params::from_request_parts(parts, api).await?;
        let Some(account) = call.owner().await?.account.clone() else {
            return Ok(Self { call, user: None });
        };
        let device = call
            .service
            .device(account.id, params.text("resource").unwrap_or_default())
            .await?;
        let user = Some(Actor {
            app: Arc::clone(&call.app),
            account,
            device,
        });
        Ok(Self { call, user })
    }
}

impl Caller {
    /// The user; the server API is refused.
    pub(super) fn user(&self) -> Reply<&Actor> {
        self.user
            .as_ref()
            .ok_or_else(|| Refusal::forbidden("this needs a user's token"))
    }

    /// Whose something becomes: a user's own, who may name itself; the server API has to name somebody. `creates` says what it
    /// does, as in "creates groups".
    pub(super) fn owner(&self, named: Option<&str>, creates: &str) -> Reply<Name> {
        let named = named.filter(|text| !text.is_empty());
        let named = named.map(|text| params::name("owner", text)).transpose()?;
        match (&self.user, named) {
            (Some(user), Some(owner)) if owner != *user.name() => {
                Err(Refusal::forbidden(format!("a user {creates} of its own")))
            }
            (Some(user), _) => Ok(user.name().clone()),
            (None, Some(owner)) => Ok(owner),
            (None, None) => Err(Refusal::invalid("owner must be provided")),
        }
    }

    /// Who sends what this call makes everybody hear.
    pub(super) fn sender(&self) -> Sender {
        let admin = || Sender {
            name: Name::admin(),
            account: None,
            device: DeviceId::NONE,
        };
        self.user.as_ref().map_or_else(admin, Actor::sender)
    }
}

/// A request about the user `{user}` of the path: by that user, or by the server API for it. The device is the one that the
/// parameter `resource` names.
#[derive(Debug)]
pub(super) struct Own {
    pub(super) call: Call,
    pub(super) actor: Actor,
    /// Who asks: the user itself, or [`Name::admin`] for the server API.
    pub(super) by: Name,
    /// The device as the caller named it; may be empty.
    pub(super) resource: String,
}

impl FromRequestParts<Arc<Api>> for Own {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Reply<Self> {
        let call = Call::from_request_parts(parts, api).await?;
        let params = Params::from_request_parts(parts, api).await?;
        let user = call.part("user");
        let owner = call.owner().await?.account.clone();
        let by = owner.as_ref().map(|account| account.profile.name.clone());
        let account = match owner {
            None => call.service.account(&call.app, user).await?,
            Some(account) if account.profile.name.as_str().eq_ignore_ascii_case(user) => account,
            Some(_) => {
                return Err(Refusal::forbidden(format!(
                    "the token does not speak for {user}"
                )));
            }
        };
        let resource = params.text("resource").unwrap_or_default().to_owned();
        let device = call.service.device(account.id, &resource).await?;
        let actor = Actor {
            app: Arc::clone(&call.app),
            account,
            device,
        };
        Ok(Self {
            call,
            actor,
            by: by.unwrap_or_else(Name::admin),
            resource,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_stands_behind_its_scheme() {
        let check = |header: &str, want: Option<&str>| {
            let headers = HeaderMap::from_iter([(AUTHORIZATION, header.parse().unwrap())]);
            assert_eq!(bearer(&headers).as_deref(), want, "{header}");
        };
        check("Bearer abc", Some("abc"));
        check("bearer  abc ", Some("abc"));
        check("Bearer ", None);
        check("Bearer", None);
        check("abc", None);
        check("Basic abc", None);
        check("", None);
    }
}
