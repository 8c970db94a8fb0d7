//! `electra`: pre-trains, evaluates and applies ELECTRA on the command line.

mod allocator;
mod args;
mod commands;
mod device;
mod embedded;
mod files;
mod interrupted;
mod model_folder;
mod print;
mod pytorch;
mod run;
mod settings;
mod shipping;
mod tasks;
mod text;
mod tuning;

use interrupted::Interrupted;
use std::process::ExitCode;

fn main() -> ExitCode {
    allocator::keep_freed_memory();
    match commands::run(args::Arguments::read()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<print::ReaderGone>() => ExitCode::SUCCESS,
        Err(error) if error.is::<Interrupted>() => ExitCode::from(Interrupted::CODE),
        Err(error) => {
            print::note(format_args!("electra: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
