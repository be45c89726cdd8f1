//! What `compare` and `gate` take.

use std::path::PathBuf;

use clap::Args;

use super::ReaderName;

/// How two detectors are asked about the same events.
#[derive(Debug, Args)]
pub(crate) struct Versus {
    /// Labelled files, as for `run`; best later than anything that either detector was trained on
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    pub(crate) on: Vec<PathBuf>,
    /// The store whose detectors are meant, where one is named by an alias (`champion`) or by the first digits of its id
    #[arg(long, value_name = "STORE")]
    pub(crate) store: Option<PathBuf>,
    /// The key of the detectors' pseudonyms (default: those of the stores beside them)
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// Who reads it: what the task reveals to them only is shown (default: what everybody may see)
    #[arg(long, value_name = "ROLE")]
    pub(crate) reader: Option<ReaderName>,
    /// Attack so many of the malicious events with both detectors, to see whether the new one is easier to get past
    #[arg(long, value_name = "EVENTS", default_value_t = 0)]
    pub(crate) attack: u32,
    /// Decides every random choice
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Also write report.html, report.json, report.md and junit.xml into this folder
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
}

/// Example: ringtrue compare january/detector february/detector --on march.csv.gz
#[derive(Debug, Args)]
pub(crate) struct Compare {
    /// The detector in use: its folder, or with `--store` `champion` or the first digits of its id
    pub(crate) old: PathBuf,
    /// The one that would replace it
    pub(crate) new: PathBuf,
    #[command(flatten)]
    pub(crate) versus: Versus,
}

/// Example: ringtrue gate february/detector --against january/detector --on march.csv.gz --must-keep incidents.csv
#[derive(Debug, Args)]
pub(crate) struct Gate {
    /// The detector that would replace the one in use; the answer is left in its folder as gate.json
    pub(crate) new: PathBuf,
    /// The detector in use: its folder, or with `--store` `champion` or the first digits of its id
    #[arg(long, value_name = "OLD")]
    pub(crate) against: PathBuf,
    /// Labelled files on which nothing may get worse, beside those that the task names
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) must_keep: Vec<PathBuf>,
    /// The verdict log, which may hold the samples of stopgaps (default: the store's)
    #[arg(long, value_name = "DIR", requires = "store")]
    pub(crate) log: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) versus: Versus,
}
