//! What the page shows, as values: state → what happens → state → what it looks like.
//!
//! Nothing in here touches a browser or computes a network, so all of it is tested natively, and the
//! program that writes a page uses the same code as the page itself.

pub mod action;
mod answers;
pub mod cold;
pub mod columns;
pub mod drawing;
pub mod engines;
pub mod examples;
pub mod folders;
mod guess;
pub mod judged;
mod masks;
pub mod node;
pub mod notice;
mod opening;
mod panel;
mod partly;
mod progress;
pub mod proof;
mod regions;
mod replies;
mod requests;
pub mod saved;
pub mod scene;
pub mod state;
pub mod table;
mod typing;
mod update;
pub mod words;

#[cfg(test)]
mod testing;

pub use partly::partly;
pub use regions::{Region, look, regions, verdict};
pub use requests::{attention, by_column};
pub use update::update;
