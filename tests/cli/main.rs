//! The real program: what it prints, what it leaves behind, and that nothing kills a run.

mod answers;
mod best;
mod detecting;
mod flags;
mod gpu;
mod interruptions;
mod place;
#[path = "../common/program.rs"]
mod program;
mod refusals;
mod runs;
mod texts;
