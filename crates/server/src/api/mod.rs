//! The REST API: paths, parameters and JSON around the acts of the service.

mod acks;
mod activity;
mod answer;
mod attributes;
mod audit;
mod body;
mod client;
mod contacts;
mod conversations;
mod deletions;
mod devices;
mod error;
mod export;
mod extract;
mod files;
mod group_call;
mod group_managing;
mod group_members;
mod groups;
mod guard;
mod history;
mod imports;
mod marks;
mod messages;
mod ops;
mod params;
mod pins;
mod presence;
mod ranges;
mod reactions;
mod recall;
mod rooms;
mod route;
mod schema;
mod shared_files;
mod silence;
mod table;
mod threads;
mod tokens;
mod users;

use crate::service::Service;
use axum::Router;
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use lacuna_domain::limits::REQUEST_BYTES_MAX;
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;

/// What handlers share.
#[derive(Debug)]
struct Api {
    service: Arc<Service>,
    /// The OpenAPI document, as it is served.
    document: Bytes,
}

/// The OpenAPI document of every route, as text.
#[must_use]
pub fn openapi() -> String {
    text(&table::table())
}

fn text(table: &route::Routes) -> String {
    let mut text = table
        .document()
        .to_pretty_json()
        .expect("the document is made of texts, numbers and lists, which JSON has");
    text.push('\n');
    text
}

/// The whole REST API, guarded.
pub fn router(service: Arc<Service>) -> Router {
    let table = table::table();
    let document = Bytes::from(text(&table));
    let router = table
        .router()
        .fallback(error::not_found)
        .method_not_allowed_fallback(error::not_found)
        .layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX))
        .layer(from_fn_with_state(Arc::clone(&service), guard::to_its_end))
        .with_state(Arc::new(Api {
            service: Arc::clone(&service),
            document,
        }));
    guarded(router, service)
}

/// Puts a router behind the rules that hold for every request: which hosts and origins are served, that a panic is an answer,
/// and that every refusal is JSON. What is served beside the API (sockets) needs it just as well.
pub fn guarded(router: Router, service: Arc<Service>) -> Router {
    router
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(from_fn_with_state(Arc::clone(&service), guard::check))
        .layer(from_fn_with_state(service, error::render))
}
