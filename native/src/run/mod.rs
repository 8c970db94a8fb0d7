//! What a run leaves behind, and what a person sees of it.
//!
//! The training loop hands every line of metrics to [`Journal`]; it reaches the folder
//! ([`RunFolder`]), the log, TensorBoard, the terminal and the alarm from there. At the end
//! [`Report`] turns the log into one page.

mod alarm;
mod charts;
mod checkpoints;
mod explain;
mod folder;
mod html;
mod journal;
mod metrics_log;
mod next;
mod numbers;
mod plot;
mod preparing;
mod progress;
mod report;
mod show;
mod tensorboard;

pub(crate) use alarm::{Alarm, Alert};
pub(crate) use checkpoints::{Checkpoints, Saved};
pub(crate) use explain::table;
pub(crate) use folder::RunFolder;
pub(crate) use html::{each, escape};
pub(crate) use journal::Journal;
pub(crate) use metrics_log::MetricsLog;
pub(crate) use next::{next_commands, shell_word};
pub(crate) use preparing::Preparing;
pub(crate) use progress::{Mode, Progress};
pub(crate) use report::Report;
pub(crate) use show::{Shown, ShownToken};
