//! What the acts take and give.

mod accounts;
mod audit;
mod events;
mod files;
mod groups;
mod hooks;
mod jobs;
mod log;
mod records;
mod views;

pub use accounts::*;
pub use audit::*;
pub use events::*;
pub use files::*;
pub use groups::*;
pub use hooks::*;
pub use jobs::*;
pub use log::*;
pub use records::*;
pub use views::*;
