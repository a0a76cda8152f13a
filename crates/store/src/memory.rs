//! The reference: everything in ordered maps under one lock.
