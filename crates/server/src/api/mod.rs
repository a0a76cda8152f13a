//! The REST API: paths, parameters and JSON around the acts of the service.

mod acks;
mod answer;
mod attributes;
mod body;
mod contacts;
mod conversations;
mod deletions;
mod devices;
mod error;
mod extract;
mod group_call;
mod group_managing;
mod group_members;
mod groups;
mod guard;
mod history;
mod marks;
mod messages;
mod ops;
mod params;
mod pins;
mod presence;
mod rate;
mod reactions;
mod recall;
mod silence;
mod tokens;
mod users;

use crate::service::Service;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, post, put};
use lacuna_domain::limits::REQUEST_BYTES_MAX;
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;

/// What handlers share.
#[derive(Debug)]
struct Api {
    service: Arc<Service>,
    rates: rate::Rates,
}

/// The whole REST API, guarded.
pub fn router(service: Arc<Service>) -> Router {
    let router = routes()
        .fallback(error::not_found)
        .method_not_allowed_fallback(error::not_found)
        .layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX))
        .with_state(Arc::new(Api {
            service: Arc::clone(&service),
            rates: rate::Rates::default(),
        }));
    let operations = Router::new()
        .route("/metrics", get(ops::metrics))
        .with_state(Arc::clone(&service));
    guarded(router.merge(operations), service)
}

/// Puts a router behind the rules that hold for every request: which hosts and origins are served, that a panic is an answer,
/// and that every refusal is JSON. What is served beside the API (sockets) needs it just as well.
pub fn guarded(router: Router, service: Arc<Service>) -> Router {
    router
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(from_fn_with_state(Arc::clone(&service), guard::check))
        .layer(from_fn_with_state(service, error::render))
}

/// Every route, by the file that answers it.
#[rustfmt::skip] // a route is a line, so that all of them are seen at once
fn routes() -> Router<Arc<Api>> {
    let at = |path: &str| format!("/{{org}}/{{app}}/{path}");
    let mut router = Router::new()
        .route("/healthz", get(ops::health))
        .route(&at("token"), post(tokens::issue))
        .route(&at("sdk/users/{user}/token/expires"), get(tokens::expires))
        .route(&at("users"), post(users::register).get(users::list))
        .route(&at("users/{user}"), get(users::show).put(users::change).delete(users::remove))
        .route(&at("users/{user}/password"), put(users::change_password))
        .route(&at("users/{user}/resources"), get(devices::list))
        .route(&at("users/{user}/status"), get(devices::status))
        .route(&at("users/batch/status"), post(devices::statuses))
        .route(&at("users/{user}/disconnect"), get(devices::disconnect_all))
        .route(&at("users/{user}/disconnect/{resource}"), delete(devices::disconnect))
        .route(&at("users/{user}/messageroaming"), post(history::page))
        .route(&at("sdk/user/{user}/deletions"), get(deletions::facts))
        .route(&at("sdk/user/{user}/user_channels/list"), get(conversations::list))
        .route(&at("sdk/user/{user}/user_channel/top"), post(conversations::pin).delete(conversations::unpin))
        .route(&at("users/{user}/user_channels"), get(conversations::recent))
        .route(&at("users/{user}/user_channels/page"), get(conversations::numbered_page))
        .route(&at("users/{user}/user_channel"), delete(conversations::remove))
        .route(&at("user/{user}/user_channel"), delete(conversations::remove))
        .route(&at("messages/users"), post(messages::to_users))
        .route(&at("messages/chatgroups"), post(messages::to_groups))
        .merge(marks::routes()).merge(pins::routes()).merge(reactions::routes()).merge(recall::routes())
        .merge(contacts::routes()).merge(attributes::routes()).merge(presence::routes()).merge(silence::routes()).merge(acks::routes())
        .merge(group_managing::routes())
        .merge(group_members::routes())
        .merge(groups::routes());
    // The same acts for client SDKs, for the server API, and in its older spelling.
    for prefix in ["sdk/message/roaming", "rest/message/roaming", "message/roaming"] {
        router = router
            .route(&at(&format!("{prefix}/{{kind}}/user/{{user}}")), delete(deletions::by_ids))
            .route(&at(&format!("{prefix}/{{kind}}/user/{{user}}/time")), delete(deletions::by_time).post(deletions::by_time))
            .route(&at(&format!("{prefix}/user/{{user}}/delete/all")), post(deletions::everything));
    }
    router
}
