//! What the acts take and give.

mod accounts;
mod events;
mod files;
mod groups;
mod jobs;
mod log;
mod views;

pub use accounts::*;
pub use events::*;
pub use files::*;
pub use groups::*;
pub use jobs::*;
pub use log::*;
pub use views::*;
