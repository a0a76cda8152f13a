//! The server: REST API, gateway, services, delivery and jobs.
