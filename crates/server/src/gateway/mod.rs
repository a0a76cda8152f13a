//! The gateway: WebSocket connections of official clients.
//!
//! A connection is one task. It asks `session` what to do, and does it: that module has no socket, no clock and no store.

mod arrival;
mod cursors;
mod encode;
mod outgoing;
mod provision;
mod queue;
mod run;
mod session;
#[cfg(feature = "simulation")]
pub mod steps;
mod submit;
mod work;

use crate::service::{Refusal, Service};
use axum::Router;
use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use cursors::CursorSaver;
use lacuna_domain::limits::{FRAME_BYTES_MAX, SESSION_WRITE_BYTES_MAX};
#[cfg(any(test, fuzzing))]
pub(crate) use session::play;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Bytes of a connection's read buffer, and of what is gathered for one write: what an idle connection costs.
const BUFFER_BYTES: usize = 4 * 1024;

/// Accepts connections and runs their sessions.
#[derive(Clone, Debug)]
pub struct Gateway {
    service: Arc<Service>,
    cursors: Arc<CursorSaver>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Gateway {
    /// A gateway whose sessions run on `tasks` and end when `stop` is cancelled or delivery drains.
    #[must_use]
    pub fn new(service: Arc<Service>, tasks: TaskTracker, stop: CancellationToken) -> Self {
        let cursors = Arc::new(CursorSaver::new(Arc::clone(&service.store)));
        let (saver, until) = (Arc::clone(&cursors), stop.clone());
        tasks.spawn(async move { saver.run(until).await });
        Self {
            service,
            cursors,
            tasks,
            stop,
        }
    }

    /// The route that clients connect to.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/websocket", any(connect))
            .with_state(self.clone())
    }

    /// Writes the cursors that wait. To be called after the sessions have ended and before the store is closed.
    pub async fn flush(&self) {
        self.cursors.flush().await;
    }
}

/// `GET /websocket`.
async fn connect(
    State(gateway): State<Gateway>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let Ok(upgrade) = upgrade else {
        return Refusal::illegal("this path takes WebSocket connections only").into_response();
    };
    let upgrade = upgrade
        .max_message_size(FRAME_BYTES_MAX)
        .max_frame_size(FRAME_BYTES_MAX)
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES)
        .max_write_buffer_size(SESSION_WRITE_BYTES_MAX);
    upgrade.on_upgrade(move |socket| {
        let tasks = gateway.tasks.clone();
        tasks.track_future(Box::pin(run::connection(gateway, socket)))
    })
}
