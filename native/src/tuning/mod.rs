//! Fine-tuning as `finetune` and `glue` run it: files in, several seeds, results out.
//!
//! [`Job`] reads model and task; every seed trains, is scored and leaves its predictions
//! ([`Results`]); the best seed's model becomes the folder's.

mod ask;
mod facts;
mod folder;
mod job;
mod limit;
mod page;
mod past;
mod plan;
mod progress;
mod results;
mod scoring;
mod seed;
mod table;
mod terminal;

pub(crate) use folder::began_with;
pub(crate) use job::{Job, Request};
pub(crate) use page::page;
pub(crate) use results::{RESULTS, Results};
pub(crate) use table::Table;
pub(crate) use terminal::terminal;
