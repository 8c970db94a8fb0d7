//! One module a subcommand.

mod bench;
mod convert;
mod detect;
mod devices;
mod evaluate;
mod finetune;
mod finish;
mod flops;
mod glue;
mod held_out;
mod pace;
mod page;
mod predict;
mod pretrain;
mod serve;
mod ship;
mod start;
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
        Some(Command::FineTune(args)) => finetune::run(&args),
        Some(Command::Predict(args)) => predict::run(&args),
        Some(Command::Glue(args)) => glue::run(&args),
        Some(Command::Import(args)) => convert::import(&args),
        Some(Command::Export(args)) => convert::export(&args),
        Some(Command::Vocab(args)) => vocab::run(&args),
        Some(Command::Devices) => devices::run(),
        Some(Command::Flops(args)) => flops::run(&args),
        Some(Command::Bench(args)) => bench::run(&args),
        Some(Command::Ship(args)) => ship::run(&args),
        Some(Command::Trace(args)) => trace::run(&args),
        Some(Command::Page(args)) => page::run(&args),
        Some(Command::Serve(args)) => serve::run(&args),
    }
}
