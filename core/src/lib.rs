//! ELECTRA: text encoders trained to detect replaced tokens (Clark et al., ICLR 2020).
//!
//! A small *generator* guesses masked tokens; its samples replace them; the *discriminator*, the
//! network one keeps, says for every token whether it was replaced.
//!
//! Modules stand in the order in which data flows; each imports only what stands before it:
//! text → tokens → examples → masked → generator → corrupted → discriminator → losses → step.
//! [`error`] stands beside the flow: every module may use it, and its sentences list the presets of
//! [`config`] and the names of [`tasks`].
//!
//! What is plain data stands outside the feature `model`, for a page that leaves the networks to its
//! engines; all else is inside.
//!
//! Nothing here touches files, clocks, flags or the terminal, and nothing waits for a device: all
//! of it runs in a browser tab. The feature `threads`, for native programs, splits the work of the
//! CPU among threads of rayon; without it one thread does the same.

#![forbid(unsafe_code)]

pub mod error;

pub mod tasks;

pub mod config;

#[cfg(feature = "model")]
pub mod random;

#[cfg(feature = "model")]
pub mod scores;

#[cfg(feature = "model")]
pub mod tokenizer;

#[cfg(feature = "model")]
pub mod examples;

#[cfg(feature = "model")]
mod windows;

#[cfg(feature = "model")]
pub mod builder;

#[cfg(feature = "model")]
pub mod order;

pub mod flops;

#[cfg(feature = "model")]
pub mod ops;

#[cfg(feature = "model")]
pub mod batch;

#[cfg(feature = "model")]
pub mod features;

#[cfg(feature = "model")]
pub mod mask;

#[cfg(feature = "model")]
pub mod corrupt;

#[cfg(feature = "model")]
pub mod layers;

#[cfg(feature = "model")]
mod rotary;

#[cfg(feature = "model")]
pub mod encoder;

#[cfg(feature = "model")]
pub mod generator;

#[cfg(feature = "model")]
pub mod discriminator;

#[cfg(feature = "model")]
pub mod electra;

pub mod metrics;

pub mod schedule;

#[cfg(feature = "model")]
pub mod parameters;

#[cfg(feature = "model")]
mod joined;

#[cfg(feature = "model")]
pub mod optim;

#[cfg(feature = "model")]
pub mod teams;

#[cfg(feature = "model")]
pub mod trainer;

#[cfg(feature = "model")]
pub mod evaluate;

#[cfg(feature = "model")]
pub mod weights;

#[cfg(feature = "model")]
pub mod checkpoint;

#[cfg(feature = "model")]
pub mod hugging_face;

#[cfg(feature = "model")]
pub mod detector;

#[cfg(feature = "model")]
pub mod models;

#[cfg(feature = "model")]
pub mod finetune;

#[cfg(feature = "model")]
pub mod task_models;

#[cfg(feature = "model")]
pub mod asking;

#[cfg(feature = "model")]
pub mod convert;

#[cfg(feature = "model")]
pub mod showcase;

pub mod protocol;

pub mod link;

#[cfg(feature = "model")]
pub mod explore;
