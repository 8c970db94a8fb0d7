//! The real program from checkpoint to answers: what `finetune`, `predict`, `glue`, `import` and
//! `export` leave behind, and what they say about bad input.

mod learning;
mod place;
mod refusals;
mod results;
