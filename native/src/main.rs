//! `electra`: pre-trains, evaluates and applies ELECTRA on the command line.

mod args;
mod commands;
mod device;
mod embedded;
mod files;
mod model_folder;
mod run;
mod settings;
mod text;

use clap::Parser;
use std::process::ExitCode;

/// Tensors of the same sizes come and go at every step; the system's allocator would return their
/// pages to the kernel each time and fault them in again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match commands::run(args::Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("electra: {error:#}");
            ExitCode::FAILURE
        }
    }
}
