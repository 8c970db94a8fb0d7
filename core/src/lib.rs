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

pub mod tasks;

pub mod config;

pub mod random;

pub mod scores;

pub mod tokenizer;

pub mod examples;

pub mod builder;

pub mod order;

pub mod flops;

pub mod ops;

pub mod batch;

pub mod features;

pub mod mask;

pub mod corrupt;

pub mod layers;

mod rotary;

pub mod encoder;

pub mod generator;

pub mod discriminator;

pub mod electra;

pub mod metrics;

pub mod schedule;

pub mod parameters;

pub mod optim;

pub mod trainer;

pub mod evaluate;

pub mod weights;

pub mod checkpoint;

pub mod hugging_face;

pub mod detector;

pub mod models;

pub mod finetune;

pub mod task_models;

pub mod convert;

pub mod showcase;
