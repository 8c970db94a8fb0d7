//! One module a subcommand.

mod bench;
mod detect;
mod devices;
mod evaluate;
mod export;
mod finish;
mod flops;
mod held_out;
mod page;
mod pretrain;
mod serve;
mod trace;
mod vocab;

use crate::args::{Arguments, Command};
use anyhow::Result;

/// Does what the arguments say; without a subcommand, pre-trains.
pub(crate) fn run(arguments: Arguments) -> Result<()> {
    match arguments.command {
        None => pretrain::run(&arguments.pretrain),
        Some(Command::Pretrain(args)) => pretrain::run(&args),
        Some(Command::Detect(args)) => detect::run(&args),
        Some(Command::Evaluate(args)) => evaluate::run(&args),
        Some(Command::Vocab(args)) => vocab::run(&args),
        Some(Command::Devices) => {
            devices::run();
            Ok(())
        }
        Some(Command::Flops(args)) => flops::run(&args),
        Some(Command::Bench(args)) => bench::run(&args),
        Some(Command::Export(args)) => export::run(&args),
        Some(Command::Trace(args)) => trace::run(&args),
        Some(Command::Page(args)) => page::run(&args),
        Some(Command::Serve(args)) => serve::run(&args),
    }
}
