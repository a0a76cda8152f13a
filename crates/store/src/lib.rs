//! The store: the acts, in memory and on SQLite, held to one contract.
