//! Hand-written CPU kernels: one pass where composed tensor operations take many.
//!
//! Every kernel has a composed twin in the parent module, which the GPU uses; tests compare the
//! two.

mod activation;
mod adam;
mod attention;
#[cfg(any(target_family = "wasm", test))]
mod blocked;
#[cfg(any(target_family = "wasm", test))]
mod lanes;
mod linear;
mod math;
mod memory;
mod noise;
mod norm;
mod parallel;
mod product;
mod vocabulary;

pub(crate) use activation::gelu;
pub(crate) use adam::{adam, sum_of_squares};
pub(crate) use attention::attention;
pub(crate) use linear::{linear, project};
pub(crate) use memory::is_cpu;
pub(crate) use noise::dropout;
pub(crate) use norm::layer_norm;
pub(crate) use vocabulary::{cross_entropy, gumbel_argmax, lookup};
