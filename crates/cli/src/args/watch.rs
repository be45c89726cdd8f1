//! What `watch` takes.

use std::path::PathBuf;

use clap::Args;
use ringtrue_watch::Every;

use super::{ReaderName, Which};

/// Example: ringtrue watch --detector phishing/detector --json march.csv.gz
#[derive(Debug, Args)]
pub(crate) struct Watch {
    #[command(flatten)]
    pub(crate) which: Which,
    /// The key of the detector's pseudonyms (default: that of the store beside the detector)
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// Compare with these labelled files (default: with the events that the detector was judged on)
    #[arg(long, value_name = "FILE")]
    pub(crate) reference: Vec<PathBuf>,
    /// Labels that are known by now: a labelled file, or a store whose labels hold; what they say is told beside the estimates
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: Option<PathBuf>,
    /// How long a window is: a `month`, or so many events
    #[arg(long, value_name = "WINDOW", default_value = "month", value_parser = read_every)]
    pub(crate) window: Every,
    /// Who reads it: what the task reveals to them only is shown (default: what everybody may see)
    #[arg(long, value_name = "ROLE")]
    pub(crate) reader: Option<ReaderName>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Also write report.html, report.json and report.md into this folder
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
    /// Watch the events of this verdict log of `serve`, each scored again, in place of files; what labels say of those that were drawn for the
    /// audit sample is told as bounds
    #[arg(long, value_name = "DIR")]
    pub(crate) log: Option<PathBuf>,
    /// Events in any form that `run` reads, labelled or not
    #[arg(required_unless_present = "log", conflicts_with = "log")]
    pub(crate) files: Vec<PathBuf>,
}

fn read_every(text: &str) -> Result<Every, String> {
    let least = ringtrue_watch::EVENTS_MIN;
    let events = text.parse::<u64>().ok().filter(|events| *events >= least);
    match (text, events) {
        ("month", _) => Ok(Every::Month),
        (_, Some(events)) => Ok(Every::Events(events)),
        _ => Err(format!("a window is a `month`, or {least} events or more")),
    }
}
