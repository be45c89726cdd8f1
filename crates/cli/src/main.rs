//! The `ringtrue` binary: wires the crates together, and is the only one that prints.

mod args;
mod commands;
mod corpus;
mod detector_folder;
mod failure;
mod input;
mod journey;
mod page;
mod progress;
mod task_file;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, SimulateVerb, TaskVerb, Verb};
use failure::{Failure, Outcome};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let exit = match dispatch(arguments) {
        Ok(exit) => exit,
        Err(failure) => {
            tell(&failure);
            failure.exit
        }
    };
    ExitCode::from(exit as u8)
}

fn dispatch(arguments: Arguments) -> Outcome {
    match arguments.verb {
        Verb::New(arguments) => commands::new::run(&arguments),
        Verb::Task(TaskVerb::Check(arguments)) => commands::task_check::run(&arguments),
        Verb::Ingest(arguments) => commands::ingest::run(&arguments),
        Verb::Run(arguments) => commands::run::run(&arguments),
        Verb::Try(arguments) => commands::try_::run(&arguments),
        Verb::Score(arguments) => commands::score::run(&arguments),
        Verb::Simulate(SimulateVerb::Url(arguments)) => commands::simulate::run(&arguments),
        Verb::Signals => commands::signals::run(),
    }
}

fn tell(failure: &Failure) {
    // Nobody is left to tell if standard error is closed.
    drop(write!(std::io::stderr(), "{failure}"));
}
