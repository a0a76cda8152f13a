//! Development only: test servers, clients and generators.
