//! What `retrain` takes.

use std::path::PathBuf;

use clap::Args;
use ringtrue_core::EventTime;

use super::read_time;

/// Example: ringtrue retrain --store registry --out retraining --if-due
#[derive(Debug, Args)]
pub(crate) struct Retrain {
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
