//! The verbs of `ringtrue label` as typed.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use ringtrue_core::{EventTime, Method};

use super::{Looking, Reading, read_certainty, read_hours, read_name, read_time};

#[derive(Debug, Subcommand)]
pub(crate) enum LabelVerb {
    /// Lists the labels that are most likely to be wrong, each with its reasons, and says how many of them are
    Errors(LabelErrors),
    /// Says what experts' rules cover, whom they contradict and how often they are right, and lets them vote
    Rules(LabelRules),
    /// Translates Sigma's rules on processes of Linux into a rule file (exit status 1 if one has no exact translation)
    ImportSigma(LabelImportSigma),
    /// Lists the few events that people should look at next, why, and what the answer is worth
    Queue(LabelQueue),
    /// Shows the queue event by event in the terminal, and keeps each answer at once
    Review(LabelReview),
    /// Takes labels from a file into a store; what somebody said before stays on record
    Import(LabelImport),
    /// Writes every label that was given, or what holds by now
    Export(LabelExport),
    /// Says how far those who labelled the same events agree, and which events are disputed
    Agreement(LabelAgreement),
    /// Says how late labels come and what they cost, what the next 100 buy, how many a claim needs, who should look at what, and when to stop
    Plan(LabelPlan),
}

/// What a queue is made of.
#[derive(Debug, Args)]
pub(crate) struct Queueing {
    #[command(flatten)]
    pub(crate) looking: Looking,
    /// The store that keeps the labels; without files its events are asked about
    #[arg(long)]
    pub(crate) store: Option<PathBuf>,
    /// The detector that says how probably malicious each event is (default: the labels of the other events, and how odd it is)
    #[arg(long, value_name = "FOLDER")]
    pub(crate) detector: Option<PathBuf>,
    /// Events that somebody has time to look at: so many are listed at most
    #[arg(long, value_name = "EVENTS", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) budget: u32,
    /// Who looks: what they have answered already is left out, and what is listed is theirs for a while
    #[arg(long = "for", value_name = "PERSON", requires = "store", value_parser = read_name)]
    pub(crate) person: Option<String>,
    /// For how long what is listed is theirs and listed for nobody else, unless they answer before; 0: not at all
    #[arg(long, value_name = "HOURS", default_value_t = 4.0, value_parser = read_hours)]
    pub(crate) lease_hours: f64,
    /// Events of each class that are looked at, at most; which are taken hangs on what they hold alone
    #[arg(long, value_name = "EVENTS", default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(100..))]
    pub(crate) sample: u32,
    /// CSV, TSV, NDJSON or Parquet, plain, gzip or zstd; folders; `-` for standard input
    #[arg(required_unless_present = "store")]
    pub(crate) files: Vec<PathBuf>,
}

/// Example: ringtrue label queue --budget 50 --store events.ringtrue --for ann --items queue.csv
#[derive(Debug, Args)]
pub(crate) struct LabelQueue {
    #[command(flatten)]
    pub(crate) queueing: Queueing,
    /// Write the items into this file, with columns to fill in: CSV if it ends so, else NDJSON; `label import` reads both, `label review` NDJSON
    #[arg(long, value_name = "FILE")]
    pub(crate) items: Option<PathBuf>,
}

/// Example: ringtrue label review --store events.ringtrue --for ann
#[derive(Debug, Args)]
pub(crate) struct LabelReview {
    #[command(flatten)]
    pub(crate) queueing: Queueing,
    /// Show the items of this file, which `label queue --items` wrote as NDJSON
    #[arg(long, value_name = "FILE", conflicts_with = "files")]
    pub(crate) items: Option<PathBuf>,
    /// As what they look
    #[arg(long, default_value = "analyst")]
    pub(crate) role: String,
    /// How sure an answer is, above 0 and up to 1
    #[arg(long, default_value_t = 1.0, value_parser = read_certainty)]
    pub(crate) certainty: f64,
}

/// Example: ringtrue label import --store events.ringtrue --who ann filled-in.csv
#[derive(Debug, Args)]
pub(crate) struct LabelImport {
    #[command(flatten)]
    pub(crate) reading: Reading,
    /// The store that holds the events
    #[arg(long)]
    pub(crate) store: PathBuf,
    /// The verdict log of `serve`, whose events may be meant as well (default: `logs/verdicts` in the store)
    #[arg(long, value_name = "DIR")]
    pub(crate) log: Option<PathBuf>,
    /// Who says so, where no column `who` does
    #[arg(long, value_name = "NAME")]
    pub(crate) who: Option<String>,
    /// As what, where no column `role` says it
    #[arg(long)]
    pub(crate) role: Option<String>,
    /// How they came to it (`analyst`, `sandbox`, `customer_report`, `feed`, `input`, `rule`), where no column `method` says it
    #[arg(long, default_value = "analyst")]
    pub(crate) method: Method,
    /// On what evidence, where no column `evidence` says it
    #[arg(long)]
    pub(crate) evidence: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// CSV, NDJSON or Parquet with `id` and `label` (malicious, benign, unsure, withdrawn), and where there are: `certainty`, `who`, `role`,
    /// `evidence`, `note`, `method`, `known`, `expires`, `task`
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
}

/// Example: ringtrue label export --store events.ringtrue --out labels.csv
#[derive(Debug, Args)]
pub(crate) struct LabelExport {
    #[command(flatten)]
    pub(crate) reading: Reading,
    /// The store
    #[arg(long)]
    pub(crate) store: PathBuf,
    /// Write what holds of each event, instead of all that was said
    #[arg(long)]
    pub(crate) holds: bool,
    /// Write what held by what was known at this time
    #[arg(long, value_name = "TIME", value_parser = read_time, requires = "holds")]
    pub(crate) as_of: Option<EventTime>,
    /// The file: CSV if it ends so, else NDJSON (default: NDJSON to standard output)
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
}

/// Example: ringtrue label agreement --store events.ringtrue
#[derive(Debug, Args)]
pub(crate) struct LabelAgreement {
    #[command(flatten)]
    pub(crate) reading: Reading,
    /// The store
    #[arg(long)]
    pub(crate) store: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Example: ringtrue label errors --budget 200 labelled.csv.gz
#[derive(Debug, Args)]
pub(crate) struct LabelErrors {
    #[command(flatten)]
    pub(crate) looking: Looking,
    /// Events that somebody has time to look at: so many are listed at most, and none whose label is wrong with a probability below 0.05
    #[arg(long, value_name = "EVENTS", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) budget: u32,
    /// Labels of events for which this CEL expression holds are certain: never listed, and others are measured by them
    #[arg(long, value_name = "EXPRESSION")]
    pub(crate) certain: Option<String>,
    /// Events of each class that are looked at, at most; which are taken hangs on what they hold alone
    #[arg(long, value_name = "EVENTS", default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(100..))]
    pub(crate) sample: u32,
    /// Write for each label how probable malicious is, by all but the label itself: NDJSON of `row`, `id`, `called_malicious`
    #[arg(long, value_name = "FILE")]
    pub(crate) scores: Option<PathBuf>,
    /// The store that keeps the labels: those that hold count, and those that people confirmed are certain; without files its events are looked at
    #[arg(long)]
    pub(crate) store: Option<PathBuf>,
    /// Take the labels of the store as they were known at this time (default: as they are known by now)
    #[arg(long, value_name = "TIME", value_parser = read_time, requires = "store")]
    pub(crate) as_of: Option<EventTime>,
    /// CSV, TSV, NDJSON or Parquet, plain, gzip or zstd; folders; `-` for standard input
    #[arg(required_unless_present = "store")]
    pub(crate) files: Vec<PathBuf>,
}

/// Example: ringtrue label rules --kind command --rules rules labelled.jsonl.gz
#[derive(Debug, Args)]
pub(crate) struct LabelRules {
    #[command(flatten)]
    pub(crate) looking: Looking,
    /// Rule files, or folders of them
    #[arg(long, value_name = "FOLDER", required = true)]
    pub(crate) rules: Vec<PathBuf>,
    /// Write what the rules vote together: NDJSON of `row`, `id`, `vote`, `weight`, `rules`, for each event for which a rule holds. Votes are no labels
    #[arg(long, value_name = "FILE")]
    pub(crate) votes: Option<PathBuf>,
    /// Events of each class that are looked at, at most; which are taken hangs on what they hold alone
    #[arg(long, value_name = "EVENTS", default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(100..))]
    pub(crate) sample: u32,
    /// CSV, TSV, NDJSON or Parquet, plain, gzip or zstd; folders; `-` for standard input
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
}

/// Example: ringtrue label import-sigma --out rules/commands/sigma.toml sigma/*.yml
#[derive(Debug, Args)]
pub(crate) struct LabelImportSigma {
    /// The rule file to write (default: standard output)
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Sigma's YAML, a rule a file
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
}

/// Example: ringtrue label plan --store events.ringtrue
#[derive(Debug, Args)]
pub(crate) struct LabelPlan {
    #[command(flatten)]
    pub(crate) looking: Looking,
    /// The store that keeps the labels; without files its events are looked at
    #[arg(long)]
    pub(crate) store: Option<PathBuf>,
    /// Take the labels of the store as they were known at this time (default: as they are known by now)
    #[arg(long, value_name = "TIME", value_parser = read_time, requires = "store")]
    pub(crate) as_of: Option<EventTime>,
    /// Days for which a label pays: until the detector is trained anew on others
    #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub(crate) days: u32,
    /// Events of each class that are looked at, at most; which are taken hangs on what they hold alone
    #[arg(long, value_name = "EVENTS", default_value_t = 60_000, value_parser = clap::value_parser!(u32).range(100..))]
    pub(crate) sample: u32,
    /// CSV, TSV, NDJSON or Parquet, plain, gzip or zstd; folders; `-` for standard input
    #[arg(required_unless_present = "store")]
    pub(crate) files: Vec<PathBuf>,
}
