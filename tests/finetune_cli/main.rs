//! The real program from checkpoint to answers: what `finetune`, `predict`, `glue`, `import` and
//! `export` leave behind, and what they say about bad input.

mod learning;
mod place;
#[path = "../common/program.rs"]
mod program;
mod refusals;
mod results;
