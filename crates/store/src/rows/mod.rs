//! What the acts take and give.

mod accounts;
mod events;
mod groups;
mod jobs;
mod log;
mod records;
mod views;

pub use accounts::*;
pub use events::*;
pub use groups::*;
pub use jobs::*;
pub use log::*;
pub use records::*;
pub use views::*;
