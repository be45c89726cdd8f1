//! The `ringtrue` binary from outside: what people type, what they get, and what is left on disk.
//!
//! Each test runs the real program in a folder of its own. One trained detector and two generated
//! files are made once and only read.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]
#![expect(clippy::print_stdout, reason = "a test that is skipped says so")]

mod attack;
mod attack_artefacts;
mod compare;
mod damage;
mod foreign;
mod formats;
mod habits;
mod hardening;
mod input;
mod journey;
mod judging;
mod kinds;

mod label_errors;
mod label_plan;
mod label_queue;
mod label_review;
mod label_rules;
mod label_store;
mod mail_server;
mod milter;
mod names;
mod poison;
mod postfix;
mod privacy;
mod real;
mod registry;
mod release;
mod retrain;
mod retrain_plan;
mod robustness;
mod sendmail;
mod serve;
mod serve_abuse;
mod serve_asked;
mod serve_streams;
mod served;
mod simulate_loop;
mod steady;
mod stopgap;
mod support;
mod verbs;
mod vet_accepted;
mod vet_clean;
mod vet_columns;
mod vet_leaking;
mod vet_privacy;
mod vet_profile;
mod vet_shortcut;
mod vet_volume;
mod vetted;
mod watch;
