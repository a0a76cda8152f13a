//! What the server counts, in Prometheus' text form.

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// The counters of one server.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Messages and signals accepted.
    pub messages: Counter,
    /// Deletions carried out.
    pub deletions: Counter,
    /// Sockets opened.
    pub connections: Counter,
    /// Sessions ended because their client was too slow.
    pub slow_sessions: Counter,
    /// Bodies purged.
    pub purged: Counter,
    /// REST requests answered.
    pub requests: Counter,
    /// REST requests refused by a rate limit.
    pub rate_limited: Counter,
    /// Sessions online.
    pub sessions: Gauge,
    registry: Registry,
}

impl Metrics {
    /// Counters, registered by their names.
    #[must_use]
    pub fn new() -> Self {
        let mut metrics = Self::default();
        let registry = &mut metrics.registry;
        registry.register(
            "lacuna_messages",
            "Messages and signals accepted",
            metrics.messages.clone(),
        );
        registry.register(
            "lacuna_deletions",
            "Deletions carried out",
            metrics.deletions.clone(),
        );
        registry.register(
            "lacuna_connections",
            "Sockets opened",
            metrics.connections.clone(),
        );
        registry.register(
            "lacuna_slow_sessions",
            "Sessions ended because their client was too slow",
            metrics.slow_sessions.clone(),
        );
        registry.register(
            "lacuna_purged_bodies",
            "Bodies purged",
            metrics.purged.clone(),
        );
        registry.register(
            "lacuna_requests",
            "REST requests answered",
            metrics.requests.clone(),
        );
        registry.register(
            "lacuna_rate_limited",
            "REST requests refused by a rate limit",
            metrics.rate_limited.clone(),
        );
        registry.register(
            "lacuna_sessions",
            "Sessions online",
            metrics.sessions.clone(),
        );
        metrics
    }

    /// All of them as text.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = String::new();
        if encode(&mut text, &self.registry).is_err() {
            text.clear();
        }
        text
    }
}
