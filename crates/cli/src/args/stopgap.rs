//! The command line of stopgaps.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use ringtrue_core::{EventId, EventTime};

use super::read_name;
use super::registry::{By, read_until};

#[derive(Debug, Subcommand)]
pub(crate) enum StopgapVerb {
    /// Stops what is like an event that was confirmed to be malicious; somebody answers for it
    Add(StopgapAdd),
    /// Takes a stopgap back; somebody answers for it
    Lift(StopgapLift),
    /// Lists the stopgaps, what each has stopped, and since when a promoted detector does so by itself
    List(StopgapList),
}

/// What stopgaps stand beside.
#[derive(Debug, Args)]
pub(crate) struct Beside {
    /// The store's folder
    #[arg(long)]
    pub(crate) store: PathBuf,
    /// The detector in use: an alias (`TASK:champion` if several tasks have one), or the first digits of an id
    #[arg(long, default_value = "champion")]
    pub(crate) detector: PathBuf,
    /// The folder of the verdict log (default: `logs/verdicts` in the store)
    #[arg(long, value_name = "DIR")]
    pub(crate) log: Option<PathBuf>,
}

/// Example: ringtrue stopgap add 6f1c...e2 --store events.ringtrue --until 2026-12-15 --reason "incident 412" --by ann --key ann.key
#[derive(Debug, Args)]
pub(crate) struct StopgapAdd {
    /// The event's id, as `score`, `serve` and the verdict log tell it
    pub(crate) event: EventId,
    #[command(flatten)]
    pub(crate) beside: Beside,
    /// Send what is like it to people instead of blocking it
    #[arg(long)]
    pub(crate) review: bool,
    /// How much of a text and the sample's must be common, in percent of the five-character shingles of both
    #[arg(long, value_name = "PERCENT", default_value_t = 60, value_parser = clap::value_parser!(u8).range(50..=100))]
    pub(crate) alike: u8,
    /// The threat that it is a sample of (default: the event's own family)
    #[arg(long, value_parser = read_name)]
    pub(crate) family: Option<String>,
    /// The last day on which it holds
    #[arg(long, value_name = "DATE", value_parser = read_until)]
    pub(crate) until: EventTime,
    /// Why
    #[arg(long, value_parser = read_name)]
    pub(crate) reason: String,
    /// Also if known benign events are like it
    #[arg(long)]
    pub(crate) even_if_benign: bool,
    #[command(flatten)]
    pub(crate) by: By,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Example: ringtrue stopgap lift 6f1c...e2 --store events.ringtrue --reason "blocks invoices" --by ann --key ann.key
#[derive(Debug, Args)]
pub(crate) struct StopgapLift {
    /// The event's id
    pub(crate) event: EventId,
    #[command(flatten)]
    pub(crate) beside: Beside,
    /// Why
    #[arg(long, value_parser = read_name)]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) by: By,
}

/// Example: ringtrue stopgap list --store events.ringtrue
#[derive(Debug, Args)]
pub(crate) struct StopgapList {
    #[command(flatten)]
    pub(crate) beside: Beside,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
