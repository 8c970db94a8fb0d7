//! Placeholder.
mod files;
mod run;
mod text;

fn main(){}
