//! ELECTRA: text encoders trained to detect replaced tokens (Clark et al., ICLR 2020).
//!
//! A small *generator* guesses masked tokens; its samples replace them; the *discriminator*, the
//! network one keeps, says for every token whether it was replaced.
//!
//! Modules stand in the order in which data flows; each imports only what stands before it:
//! text → tokens → examples → masked → generator → corrupted → discriminator → losses → step.
//!
//! Nothing here touches files, clocks, threads, flags or the terminal, and nothing blocks: all of
//! it runs in a browser tab.

pub mod error;
pub mod config;
pub mod tokenizer;
pub mod examples;
pub mod builder;
pub mod order;
pub mod flops;
pub mod metrics;
