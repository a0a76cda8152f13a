//! What the acts take and give.

mod accounts;
mod log;
mod views;
mod events;
mod groups;
mod jobs;

pub use accounts::*;
pub use log::*;
pub use views::*;
pub use events::*;
pub use groups::*;
pub use jobs::*;
