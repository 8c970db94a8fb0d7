//! Carries out what a page asks for: opens models from files, explores texts, shows attention.
//!
//! The same code answers in a tab's worker, on either engine, and in the native program, so that
//! one seed gives one picture everywhere.

mod files;
mod guess;
mod inspect;
mod model;
mod open;
mod proofread;
mod row;
mod self_test;
mod session;
mod task;
mod trace;

pub use files::NamedFile;
pub use inspect::inspect;
pub use model::{OpenModel, Shapes};
pub use open::{Opened, open, open_any};
pub use proofread::proofread;
pub use self_test::self_test;
pub use session::Session;
pub use task::TaskModel;
pub use trace::explore;
