//! What `retrain` takes.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use ringtrue_core::EventTime;

use super::{Looking, read_time};
use crate::retraining::{CadenceDays, WindowDays};

/// Example: ringtrue retrain --store registry --out retraining --if-due
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Retrain {
    #[command(subcommand)]
    pub(crate) verb: Option<RetrainVerb>,
    #[command(flatten)]
    pub(crate) turn: Option<Turn>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RetrainVerb {
    /// Replays history at several cadences and windows, says what each costs, and recommends one; also `--plan`
    #[command(long_flag = "plan")]
    Plan(RetrainPlan),
}

/// Example: ringtrue retrain --plan --kind url --cadences 7,14,28,never events.csv
#[derive(Debug, Args)]
pub(crate) struct RetrainPlan {
    #[command(flatten)]
    pub(crate) looking: Looking,
    /// The store with the champion, whose log, labels and labelled events are replayed, as its turns would have seen them
    #[arg(long, value_name = "STORE", conflicts_with = "files")]
    pub(crate) store: Option<PathBuf>,
    /// The verdict log of `serve` (default: the store's)
    #[arg(long, value_name = "DIR", requires = "store")]
    pub(crate) log: Option<PathBuf>,
    /// The detector in use, whose task holds
    #[arg(
        long,
        value_name = "DETECTOR",
        default_value = "champion",
        requires = "store"
    )]
    pub(crate) against: PathBuf,
    /// Days between trainings, each a multiple of the least; `never` for none after the first
    #[arg(
        long,
        value_name = "DAYS",
        value_delimiter = ',',
        default_value = "7,14,28,56,112,never"
    )]
    pub(crate) cadences: Vec<CadenceDays>,
    /// Learn from the events of so many days; `all` for all of them
    #[arg(
        long,
        value_name = "DAYS",
        value_delimiter = ',',
        default_value = "90,all"
    )]
    pub(crate) windows: Vec<WindowDays>,
    /// Days until a label was known, for events that do not say it (default: the median of those that do)
    #[arg(long, value_name = "DAYS", value_parser = read_amount)]
    pub(crate) label_delay: Option<f64>,
    /// Train the first detector at this time, and replay what came later (default: a third of the time after the first event)
    #[arg(long, value_name = "TIME", value_parser = read_time)]
    pub(crate) from: Option<EventTime>,
    /// Replay what came before this time
    #[arg(long, value_name = "TIME", value_parser = read_time)]
    pub(crate) until: Option<EventTime>,
    /// Malicious events of each family that stay beyond a window
    #[arg(long, value_name = "EVENTS", default_value_t = 20)]
    pub(crate) floor: u32,
    /// Looks of people that a training takes: labels, findings, changed verdicts; each at the task's price of a review
    #[arg(long, value_name = "LOOKS", default_value_t = 100)]
    pub(crate) looks: u32,
    /// What a training costs beside looks, in the task's currency
    #[arg(long, value_name = "AMOUNT", default_value_t = 0.0, value_parser = read_amount)]
    pub(crate) training_cost: f64,
    /// CSV, TSV, NDJSON or Parquet, plain, gzip or zstd; folders; `-` for standard input
    #[arg(required_unless_present = "store")]
    pub(crate) files: Vec<PathBuf>,
}

fn read_amount(text: &str) -> Result<f64, String> {
    let amount = text.parse::<f64>().ok();
    let amount = amount.filter(|amount| (0.0..=1e12).contains(amount));
    amount.ok_or_else(|| "a number that is not below 0, and not beyond 1e12".to_owned())
}

/// A turn of retraining.
#[derive(Debug, Args)]
pub(crate) struct Turn {
    /// The store with the champion, the labels and whatever labelled events there are
    #[arg(long, value_name = "STORE")]
    pub(crate) store: PathBuf,
    /// The folder of retrainings: one folder a turn, with its state
    #[arg(long)]
    pub(crate) out: PathBuf,
    /// The verdict log of `serve` (default: the store's)
    #[arg(long, value_name = "DIR")]
    pub(crate) log: Option<PathBuf>,
    /// The detector in use
    #[arg(long, value_name = "DETECTOR", default_value = "champion")]
    pub(crate) against: PathBuf,
    /// Do nothing, and exit with status 3, unless the last turn is long enough ago
    #[arg(long)]
    pub(crate) if_due: bool,
    /// Days between turns (default: `retraining.cadence_days` of the champion's task)
    #[arg(long, value_name = "DAYS", requires = "if_due")]
    pub(crate) every: Option<f64>,
    /// Learn from the events of so many days
    #[arg(long, value_name = "DAYS", default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub(crate) window: u32,
    /// Malicious events of each family that stay, however old they are
    #[arg(long, value_name = "EVENTS", default_value_t = 20)]
    pub(crate) floor: u32,
    /// Begin a turn as of this time: later events and labels are left out (default: now)
    #[arg(long, value_name = "TIME", value_parser = read_time)]
    pub(crate) as_of: Option<EventTime>,
    /// Decides every random choice
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Threads to use; the result does not depend on them (default: all cores)
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(crate) threads: Option<u32>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
