//! The `ringtrue` binary: wires the crates together, and is the only one that prints.

mod applied;
mod args;
mod commands;
mod corpus;
mod cpu;
mod decisions;
mod detector_folder;
mod doctor;
mod evasion;
mod explanation;
mod expressions;
mod failure;
mod feature_list;
mod files;
mod filter;
mod gathered;
mod hardening;
mod input;
mod interrupt;
mod journey;
mod keys;
mod label_input;
mod label_queue;
mod label_rows;
mod label_store;
mod labelled;
mod leasing;
mod likeness;
mod lookup;
mod out_file;
mod page;

mod poisoning;
mod prepared;
mod progress;
mod pursuing;
mod registry;
mod relabelling;
mod retraining;
mod rule_files;
mod scoring;
mod screen;
mod served;
mod signal_sheet;
mod task_file;
mod used;
mod verdict_log;
mod versus;
mod vetted;
mod watching;
mod weights;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use args::{
    Arguments, AuditVerb, DetectorsVerb, LabelVerb, PrivacyVerb, SimulateVerb, TaskVerb, Verb,
};
use failure::{Failure, Outcome};
use ringtrue_server::{batch, habits, revealed};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if matches!(arguments.verb, Verb::Run(_) | Verb::Vet(_) | Verb::Label(_)) {
        rest_between_trees();
    }
    let exit = match dispatch(arguments) {
        Ok(exit) => exit,
        Err(failure) => {
            tell(&failure);
            failure.exit
        }
    };
    ExitCode::from(exit as u8)
}

/// Starts the program anew with OpenMP told to let idle threads sleep. LightGBM's threads otherwise
/// spin between trees, which on a busy machine costs several times the work; OpenMP reads this once,
/// before `main`. If that fails, training is only slower.
fn rest_between_trees() {
    use std::os::unix::process::CommandExt;
    const POLICY: &str = "OMP_WAIT_POLICY";
    if std::env::var_os(POLICY).is_some() {
        return;
    }
    if let Ok(program) = std::env::current_exe() {
        let mut again = std::process::Command::new(program);
        again
            .args(std::env::args_os().skip(1))
            .env(POLICY, "passive");
        // `exec` returns only if it failed.
        drop(again.exec());
    }
}

fn dispatch(arguments: Arguments) -> Outcome {
    match arguments.verb {
        Verb::New(arguments) => commands::new::run(&arguments),
        Verb::Task(TaskVerb::Check(arguments)) => commands::task_check::run(&arguments),
        Verb::Ingest(arguments) => commands::ingest::run(&arguments),
        Verb::Vet(arguments) => commands::vet::run(&arguments),
        Verb::Label(verb) => label(verb),
        Verb::Run(arguments) => commands::run::run(&arguments),
        Verb::Import(arguments) => commands::import::run(&arguments),
        Verb::Try(arguments) => commands::try_::run(&arguments),
        Verb::Compare(arguments) => commands::compare::run(&arguments),
        Verb::Gate(arguments) => commands::gate::run(&arguments),
        Verb::Retrain(arguments) => commands::retrain::run(&arguments),
        Verb::Watch(arguments) => commands::watch::run(&arguments),
        Verb::Score(arguments) => commands::score::run(&arguments),
        Verb::Serve(arguments) => commands::serve::run(&arguments),
        Verb::Doctor(arguments) => commands::doctor::run(&arguments),
        Verb::Replay(arguments) => commands::replay::run(&arguments),
        Verb::Token(arguments) => commands::token::run(&arguments),
        Verb::Explain(arguments) => commands::explain::run(&arguments),
        Verb::Attack(arguments) => commands::attack::run(&arguments),
        Verb::Poison(arguments) => commands::poison::run(&arguments),
        Verb::Simulate(SimulateVerb::Url(arguments)) => commands::simulate::run(&arguments),
        Verb::Simulate(SimulateVerb::Loop(arguments)) => commands::simulate_loop::run(&arguments),
        Verb::Detectors(verb) => detectors(verb),
        Verb::Sign(arguments) => commands::sign::run(&arguments),
        Verb::Promote(arguments) => commands::promote::run(&arguments),
        Verb::Audit(AuditVerb::Verify(arguments)) => commands::audit_verify::run(&arguments),
        Verb::Audit(AuditVerb::Show(arguments)) => commands::audit_show::run(&arguments),
        Verb::Audit(AuditVerb::Head(arguments)) => commands::audit_show::head(&arguments),
        Verb::Signals(arguments) => commands::signals::run(&arguments),
        Verb::Privacy(PrivacyVerb::Check(arguments)) => commands::privacy::check(&arguments),
        Verb::Privacy(PrivacyVerb::RotateKey(arguments)) => commands::privacy::rotate(&arguments),
        Verb::Forget(arguments) => commands::forget::run(&arguments),
    }
}

fn label(verb: LabelVerb) -> Outcome {
    match verb {
        LabelVerb::Errors(arguments) => commands::label_errors::run(&arguments),
        LabelVerb::Rules(arguments) => commands::label_rules::run(&arguments),
        LabelVerb::ImportSigma(arguments) => commands::label_rules::import_sigma(&arguments),
        LabelVerb::Import(arguments) => commands::label_import::run(&arguments),
        LabelVerb::Export(arguments) => commands::label_export::run(&arguments),
        LabelVerb::Queue(arguments) => commands::label_queue::run(&arguments),
        LabelVerb::Review(arguments) => commands::label_review::run(&arguments),
        LabelVerb::Agreement(arguments) => commands::label_agreement::run(&arguments),
        LabelVerb::Plan(arguments) => commands::label_plan::run(&arguments),
    }
}

fn detectors(verb: DetectorsVerb) -> Outcome {
    match verb {
        DetectorsVerb::Add(arguments) => commands::detectors::add(&arguments),
        DetectorsVerb::List(arguments) => commands::detectors::list(&arguments),
        DetectorsVerb::Show(arguments) => commands::detectors_show::run(&arguments),
        DetectorsVerb::History(arguments) => commands::detectors::history(&arguments),
        DetectorsVerb::Diff(arguments) => commands::detectors_diff::run(&arguments),
        DetectorsVerb::Remove(arguments) => commands::rollback::remove(&arguments),
        DetectorsVerb::Rollback(arguments) => commands::rollback::run(&arguments),
    }
}

fn tell(failure: &Failure) {
    // Nobody is left to tell if standard error is closed.
    drop(write!(std::io::stderr(), "{failure}"));
}
