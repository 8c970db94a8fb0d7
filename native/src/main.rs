//! `electra`: pre-trains, evaluates and applies ELECTRA on the command line.

mod allocator;
mod args;
mod commands;
mod device;
mod embedded;
mod files;
mod model_folder;
mod run;
mod settings;
mod shipping;
mod text;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    allocator::keep_freed_memory();
    match commands::run(args::Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("electra: {error:#}");
            ExitCode::FAILURE
        }
    }
}
