//! Placeholder.
mod run;

fn main(){}
