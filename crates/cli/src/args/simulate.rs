//! What `simulate` takes.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::pursuing::Policy;

#[derive(Debug, Subcommand)]
pub(crate) enum SimulateVerb {
    /// URLs: benign sites with their habits, campaigns that start, peak and die
    Url(SimulateUrl),
    /// Cycles of filter, labels, retraining and attackers who adapt, under policies of retraining; also `--loop`
    #[command(long_flag = "loop")]
    Loop(SimulateLoop),
}

/// Example: ringtrue simulate url --months 9 --events 200000 --seed 1 --out events.csv
#[derive(Debug, Args)]
pub(crate) struct SimulateUrl {
    /// Months that the stream covers
    #[arg(long, default_value_t = 9)]
    pub(crate) months: u32,
    /// Events in all
    #[arg(long, default_value_t = 200_000)]
    pub(crate) events: u64,
    /// Decides every random choice
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Months that families of attacks age in one: with 2 they come and go twice as fast, with 0 those of the first day stay; detectors decay as fast
    #[arg(long, default_value_t = 1.0)]
    pub(crate) pace: f64,
    /// Without wrong labels, drift and repeated campaigns
    #[arg(long)]
    pub(crate) clean: bool,
    /// The CSV file to write; `-` for standard output
    #[arg(long)]
    pub(crate) out: PathBuf,
}

/// Example: ringtrue simulate --loop --seeds 20 --out loop
#[derive(Debug, Args)]
pub(crate) struct SimulateLoop {
    /// Seeds to play, each under every policy
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(crate) seeds: u32,
    /// The first seed; the others follow it
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Cycles under a filter, each a calendar month, after one without
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=120))]
    pub(crate) cycles: u32,
    /// Events in each cycle, on average
    #[arg(long, default_value_t = 6_000, value_parser = clap::value_parser!(u64).range(2_000..=1_000_000))]
    pub(crate) events: u64,
    /// Cycles that are learned from, the latest ones
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=120))]
    pub(crate) window: u32,
    /// Malicious events of an old family that stay beyond the window, where a policy keeps old families
    #[arg(long, default_value_t = 20)]
    pub(crate) floor: u32,
    /// Share of the traffic that people look at for the audit sample, at most, in (0, 0.5]
    #[arg(long, default_value_t = 0.01, value_parser = read_share)]
    pub(crate) audit_share: f64,
    /// A policy to play; several times for several (default: all)
    #[arg(long = "policy", value_name = "POLICY")]
    pub(crate) policies: Vec<Policy>,
    /// Threads (default: all); nothing that is found hangs on it
    #[arg(long)]
    pub(crate) threads: Option<usize>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Also write report.html, report.json and report.md into this folder
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
}

fn read_share(text: &str) -> Result<f64, String> {
    let share = text.parse::<f64>().ok();
    let share = share.filter(|share| *share > 0.0 && *share <= ringtrue_server::sample::SHARE_MAX);
    share.ok_or_else(|| "a share lies above 0, and not above 0.5".to_owned())
}
