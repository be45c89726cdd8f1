//! The command line as typed.

mod attack;
mod label;
mod registry;
mod retrain;
mod serve;
mod simulate;
mod versus;
mod watch;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use ringtrue_core::task::Reader;
use ringtrue_core::{EventTime, Kind};

pub(crate) use attack::{Attack, Attacking, Changes, DistanceName, FromName, Hardening};
pub(crate) use label::{
    LabelAgreement, LabelErrors, LabelExport, LabelImport, LabelImportSigma, LabelPlan, LabelQueue,
    LabelReview, LabelRules, LabelVerb, Queueing,
};
pub(crate) use registry::{
    AuditHead, AuditShow, AuditVerb, AuditVerify, By, DetectorsAdd, DetectorsDiff, DetectorsList,
    DetectorsRemove, DetectorsRollback, DetectorsShow, DetectorsVerb, Promote, Sign, Which,
};
pub(crate) use retrain::{Retrain, RetrainPlan, RetrainVerb, Turn};
pub(crate) use serve::{Replay, ScopeName, Serve, Token};
pub(crate) use simulate::{SimulateLoop, SimulateUrl, SimulateVerb};
pub(crate) use versus::{Compare, Gate, Versus};
pub(crate) use watch::Watch;

/// Trains, judges and serves detection models for security events, and says what they cost, how sure
/// that is, and what was not tested.
#[derive(Debug, Parser)]
#[command(name = "ringtrue", version, about, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Writes a commented task.toml: what is malicious here, and what mistakes cost
    New(New),
    /// Explains and checks a task
    #[command(subcommand)]
    Task(TaskVerb),
    /// Reads files of events into a store
    Ingest(Ingest),
    /// Says whether labelled events are fit to learn from, and what to do where they are not
    Vet(Vet),
    /// Says what to look at next, takes and keeps labels, and finds those that are wrong
    #[command(subcommand)]
    Label(LabelVerb),
    /// Does everything from files of events to a judged detector and its report
    Run(Run),
    /// Makes a detector of a tree model that was trained elsewhere
    Import(Import),
    /// Judges a detector on other labelled files
    Try(Try),
    /// Says which verdicts change between two detectors on the same labelled files, for whom, and what that is worth
    Compare(Compare),
    /// Says whether a detector may replace the one in use: exit status 0 yes, 1 no, 3 these events cannot tell
    Gate(Gate),
    /// Learns again from what is known by now, freed from the filter's bias, and proposes a challenger that passed the gate
    Retrain(Retrain),
    /// Says whether events have moved away from what a detector was judged on, and how good it is likely to be, without labels: exit status 0 no,
    /// 1 yes, 3 cannot tell
    Watch(Watch),
    /// Scores events, one JSON object a line
    Score(Score),
    /// Answers requests for verdicts over HTTP, and logs every verdict so that it can be replayed
    Serve(Serve),
    /// Says whether `serve` with the same words would serve here, and what stands in its way: exit status 0 nothing, 1 something
    Doctor(Serve),
    /// Scores the event of a logged verdict again: the same score, bit for bit, or why not
    Replay(Replay),
    /// Makes a secret that allows to ask a server, and the lines of its configuration
    Token(Token),
    /// Shows what counted for and against one event
    Explain(Explain),
    /// Says what it costs at least to get each event past a detector, and how
    Attack(Attack),
    /// Says how many planted events it takes to teach a detector wrong, with and without vetting's screens
    Poison(Poison),
    /// Writes a stream of synthetic events with known truth
    #[command(subcommand)]
    Simulate(SimulateVerb),
    /// Keeps detectors in a store: adds, lists, shows and compares them, and goes back to an earlier one
    #[command(subcommand)]
    Detectors(DetectorsVerb),
    /// Puts on record that somebody agrees, or disagrees, with exactly one thing: a task, a detector, a gate
    Sign(Sign),
    /// Makes a detector the champion, if it passed the gate and was signed
    Promote(Promote),
    /// Tells what was decided, by whom and why, and whether the record was tampered with
    #[command(subcommand)]
    Audit(AuditVerb),
    /// Prints every signal of a kind with its meaning, the attacker's view, and its gain on later events
    Signals(Signals),
    /// Tells what personal data an input holds, and changes the key of pseudonyms
    #[command(subcommand)]
    Privacy(PrivacyVerb),
    /// Removes somebody, or what was kept for long enough, from a store
    Forget(Forget),
}

/// What the events are.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum KindName {
    /// URLs, in a column `url`
    Url,
    /// E-mails as they were received: .eml, mbox, Maildir, or a column `raw`
    Email,
    /// Shell commands: lines, histories, audit logs, or a column `command`
    Command,
    /// Sessions: commands in order, in a column `commands`
    Session,
    /// Rows of any table
    Table,
}

impl From<KindName> for Kind {
    fn from(name: KindName) -> Self {
        match name {
            KindName::Url => Self::Url,
            KindName::Email => Self::Email,
            KindName::Command => Self::Command,
            KindName::Session => Self::Session,
            KindName::Table => Self::Table,
        }
    }
}

/// Example: ringtrue new phishing --kind url
#[derive(Debug, Args)]
pub(crate) struct New {
    /// The task's name
    pub(crate) name: String,
    /// What its events are
    #[arg(long)]
    pub(crate) kind: KindName,
    /// Where to write it
    #[arg(long, default_value = "task.toml")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TaskVerb {
    /// Explains a task in plain words, and lists what is still undefined (exit status 1 while the
    /// labelling plan or the cadence is)
    Check(TaskCheck),
}

/// Example: ringtrue task check task.toml
#[derive(Debug, Args)]
pub(crate) struct TaskCheck {
    /// The task
    #[arg(default_value = "task.toml")]
    pub(crate) task: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What says how input is read.
#[derive(Debug, Args)]
pub(crate) struct Reading {
    /// The task; without it, usual columns and costs are assumed and every assumption is printed
    #[arg(long)]
    pub(crate) task: Option<PathBuf>,
    /// What the events are, when no task says so
    #[arg(long)]
    pub(crate) kind: Option<KindName>,
}

/// Example: ringtrue ingest --task task.toml --store events.ringtrue january.csv.gz
#[derive(Debug, Args)]
pub(crate) struct Ingest {
    #[command(flatten)]
    pub(crate) reading: Reading,
    /// The store's folder; made if absent
    #[arg(long)]
    pub(crate) store: PathBuf,
    /// Make pseudonyms under the key in this file, which the store does not keep (default: the store's own)
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// CSV, TSV, NDJSON or Parquet, plain, gzip or zstd; folders; `-` for standard input
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
}

/// Example: ringtrue run --kind url --out phishing events.csv.gz
#[derive(Debug, Args)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) reading: Reading,
    /// Train on events before this time, judge on the rest (default: the last quarter is judged)
    #[arg(long, value_name = "TIME", value_parser = read_time)]
    pub(crate) train_before: Option<EventTime>,
    /// Train without the events of one source, family or group, and judge on these alone (beside the others'
    /// events of a class of which they hold fewer than 10)
    #[arg(long, value_name = "COLUMN=VALUE", value_parser = read_pair)]
    pub(crate) leave_out: Option<(String, String)>,
    /// How many events of the traffic some events stand for, the inverse of the probability that they were drawn: lines of JSON with
    /// `event` (its id) and `stands_for` (1 or more); every other event stands for one
    #[arg(long, value_name = "FILE")]
    pub(crate) weights: Option<PathBuf>,
    /// Take the labels that hold by the label store as they were known at this time (default: as they are known by now)
    #[arg(long, value_name = "TIME", value_parser = read_time)]
    pub(crate) labels_as_of: Option<EventTime>,
    /// Leave themes of signals out, `text` for the text model: to see what they are worth
    #[arg(long, value_name = "THEME", value_delimiter = ',')]
    pub(crate) without: Vec<String>,
    /// Train again so often over the judged time, to see what that would catch; 0 leaves it out
    #[arg(long, value_name = "TIMES", default_value_t = 2, value_parser = clap::value_parser!(u8).range(0..=60))]
    pub(crate) retrain: u8,
    /// Decides every random choice
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Threads to use; the result does not depend on them (default: all cores)
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(crate) threads: Option<u32>,
    /// The folder for report, detector and store
    #[arg(long)]
    pub(crate) out: PathBuf,
    /// Also keep the detector in this store (`detectors add`); OUT/store is the one that knows its rows
    #[arg(long, value_name = "STORE")]
    pub(crate) store: Option<PathBuf>,
    /// Make pseudonyms under the key in this file, which the store does not keep (default: the store's own)
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// Who reads it: what the task reveals to them only is shown (default: what everybody may see)
    #[arg(long, value_name = "ROLE")]
    pub(crate) reader: Option<ReaderName>,
    /// Print the figures as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) attacking: Attacking,
    #[command(flatten)]
    pub(crate) hardening: Hardening,
    /// CSV, TSV, NDJSON or Parquet, plain, gzip or zstd; folders; `-` for standard input
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
}

/// How files are looked at together, without a store.
#[derive(Debug, Args)]
pub(crate) struct Looking {
    #[command(flatten)]
    pub(crate) reading: Reading,
    /// Decides every random choice
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Threads to use; the result does not depend on them (default: all cores; one for forests as small as vetting trains)
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(crate) threads: Option<u32>,
    /// Write report.html, report.json and report.md into this folder
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
    /// Make pseudonyms under the key in this file (default: a key that is forgotten)
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// Who reads it: what the task reveals to them only is shown (default: what everybody may see)
    #[arg(long, value_name = "ROLE")]
    pub(crate) reader: Option<ReaderName>,
    /// Print all that was found as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Example: ringtrue poison --kind url --source partner-feed events.csv.gz
#[derive(Debug, Args)]
pub(crate) struct Poison {
    #[command(flatten)]
    pub(crate) looking: Looking,
    /// Events of each class that are learned from and asked about, at most
    #[arg(long, value_name = "EVENTS", default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(100..))]
    pub(crate) sample: u32,
    /// Planted events are at most this share of what is learned from
    #[arg(long, value_name = "SHARE", default_value_t = 0.02, value_parser = read_share)]
    pub(crate) share_max: f64,
    /// What was to be hidden is hidden once this share of it is allowed
    #[arg(long, value_name = "SHARE", default_value_t = 0.5, value_parser = read_share)]
    pub(crate) hidden: f64,
    /// The false-positive rate at which events are flagged
    #[arg(long, value_name = "RATE", default_value_t = 0.01, value_parser = read_share)]
    pub(crate) fpr: f64,
    /// Words of a backdoor's trigger
    #[arg(long, value_name = "WORDS", default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) words: u16,
    /// The source that planted events come from (default: that with the most benign events)
    #[arg(long, value_name = "NAME")]
    pub(crate) source: Option<String>,
    /// The family that is to be hidden (default: that with the most malicious events)
    #[arg(long, value_name = "NAME")]
    pub(crate) family: Option<String>,
    /// Plant just so many and say what comes of it, in place of the smallest number that is enough
    #[arg(long, value_name = "EVENTS")]
    pub(crate) planted: Option<u32>,
    /// Labelled events in any form that `run` reads
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
}

/// Example: ringtrue vet --task task.toml january.csv.gz february.csv.gz
#[derive(Debug, Args)]
pub(crate) struct Vet {
    #[command(flatten)]
    pub(crate) looking: Looking,
    /// Events of each class that checks look at, at most: those beyond are counted, and which are taken hangs on what they hold alone
    #[arg(long, value_name = "EVENTS", default_value_t = 60_000, value_parser = clap::value_parser!(u32).range(100..))]
    pub(crate) sample: u32,
    /// Write the derived columns that gain into the task
    #[arg(long, requires = "task")]
    pub(crate) apply: bool,
    /// Do only one part: the data sheet needs no labels, and no check runs
    #[arg(long, value_name = "PART")]
    pub(crate) only: Option<VetPart>,
    /// Write the profile behind the data sheet into this file, to be merged with others later; it holds the values that come most often, after
    /// the privacy rules
    #[arg(long, value_name = "FILE")]
    pub(crate) profile_out: Option<PathBuf>,
    /// Merge profiles that were written before into the data sheet, as if their events came first; again for each file
    #[arg(long, value_name = "FILE")]
    pub(crate) profile_in: Vec<PathBuf>,
    /// CSV, TSV, NDJSON or Parquet, plain, gzip or zstd; folders; `-` for standard input
    #[arg(required_unless_present = "profile_in")]
    pub(crate) files: Vec<PathBuf>,
}

/// A part of vetting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum VetPart {
    /// The data sheet: a profile of every column
    Profile,
}

/// Example: ringtrue import model.txt --signals signals.csv --calibrate labelled.csv --out imported
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// LightGBM's text, XGBoost's JSON or UBJSON, or ONNX with one tree ensemble
    pub(crate) model: PathBuf,
    /// The task that it answers: a task.toml of kind `table`
    #[arg(long)]
    pub(crate) task: Option<PathBuf>,
    /// A CSV file that lists its signals: `feature` (the input's column), `name`, `attacker_up`, `integer`
    #[arg(long, value_name = "FILE")]
    pub(crate) signals: Option<PathBuf>,
    /// Labelled files to calibrate its scores and choose its thresholds on
    #[arg(long, value_name = "FILE")]
    pub(crate) calibrate: Vec<PathBuf>,
    /// The folder for the detector
    #[arg(long)]
    pub(crate) out: PathBuf,
    /// Also keep the detector in this store (`detectors add`)
    #[arg(long, value_name = "STORE")]
    pub(crate) store: Option<PathBuf>,
}

/// Example: ringtrue try --detector phishing/detector --json later.csv.gz
#[derive(Debug, Args)]
pub(crate) struct Try {
    #[command(flatten)]
    pub(crate) which: Which,
    /// The key of the detector's pseudonyms (default: that of the store beside the detector)
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// Who reads it: what the task reveals to them only is shown (default: what everybody may see)
    #[arg(long, value_name = "ROLE")]
    pub(crate) reader: Option<ReaderName>,
    /// Print the figures as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Also write report.html, report.json and report.md into this folder
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
    /// Judge by the labels that hold in this store, where it holds any of the events
    #[arg(long, value_name = "STORE")]
    pub(crate) labels: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) attacking: Attacking,
    /// Labelled files, as for `run`
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
}

/// Example: tail -f urls.txt | ringtrue score --detector phishing/detector -
#[derive(Debug, Args)]
pub(crate) struct Score {
    #[command(flatten)]
    pub(crate) which: Which,
    /// The key of the detector's pseudonyms (default: that of the store beside the detector)
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// Reasons for each score, at most
    #[arg(long, default_value_t = 3)]
    pub(crate) reasons: usize,
    /// Accepted for uniformity: `score` always prints JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Events in any form that `run` reads, or URLs one a line; `-` for standard input
    #[arg(default_value = "-")]
    pub(crate) file: PathBuf,
}

/// Example: ringtrue explain --detector phishing/detector --labelled events.csv URL
#[derive(Debug, Args)]
pub(crate) struct Explain {
    #[command(flatten)]
    pub(crate) which: Which,
    /// The key of the detector's pseudonyms (default: that of the store beside the detector)
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// Who reads it: what the task reveals to them only is shown (default: what everybody may see)
    #[arg(long, value_name = "ROLE")]
    pub(crate) reader: Option<ReaderName>,
    /// The row of a file, counted from 0 after the header
    #[arg(long, value_name = "N")]
    pub(crate) row: Option<u64>,
    /// Labelled files: the nearest of their events are shown
    #[arg(long, value_name = "FILE")]
    pub(crate) labelled: Vec<PathBuf>,
    /// Take absent signals from the labelled events, rather than from what training saw at each split
    #[arg(long)]
    pub(crate) interventional: bool,
    /// Print the numbers as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// A URL, a row as a JSON object, or a file (its first row without `--row`)
    #[arg(allow_hyphen_values = false)]
    pub(crate) event: String,
}

/// Example: ringtrue signals --detector phishing/detector later.csv.gz > docs/signals.md
#[derive(Debug, Args)]
pub(crate) struct Signals {
    /// The detector whose signals' gains are measured on the files; without it, gains are left out
    #[arg(long, requires = "files")]
    pub(crate) detector: Option<PathBuf>,
    /// The store that knows the detector, if it is named by an alias or the first digits of its id
    #[arg(long, value_name = "STORE", requires = "detector")]
    pub(crate) store: Option<PathBuf>,
    /// Labelled files, later than training
    pub(crate) files: Vec<PathBuf>,
}

/// Who reads a report or an explanation.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ReaderName {
    /// Looks at events and decides labels
    Analyst,
    /// Trains and judges detectors
    DataScientist,
}

impl From<ReaderName> for Reader {
    fn from(name: ReaderName) -> Self {
        match name {
            ReaderName::Analyst => Self::Analyst,
            ReaderName::DataScientist => Self::DataScientist,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum PrivacyVerb {
    /// Tells what personal data files hold before they are ingested, and the lines of a task that protect it
    /// (exit status 1 if the task leaves any unprotected)
    Check(PrivacyCheck),
    /// Makes a new key for the pseudonyms of a store; the old one is kept for what was made under it
    RotateKey(RotateKey),
}

/// Example: ringtrue privacy check --task task.toml january.csv.gz
#[derive(Debug, Args)]
pub(crate) struct PrivacyCheck {
    #[command(flatten)]
    pub(crate) reading: Reading,
    /// Look at the first rows of each file only
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) rows: Option<u64>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Files in any form that `ingest` reads
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
}

/// Example: ringtrue privacy rotate-key --store events.ringtrue
#[derive(Debug, Args)]
pub(crate) struct RotateKey {
    /// The store's folder
    #[arg(long)]
    pub(crate) store: PathBuf,
}

/// Example: ringtrue forget ann@corp.example --store events.ringtrue --dry-run
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["subject", "expired"]))]
pub(crate) struct Forget {
    /// An address, a user's name, a host: each event that holds it goes, whatever stands beside it
    pub(crate) subject: Option<String>,
    /// The store's folder
    #[arg(long)]
    pub(crate) store: PathBuf,
    /// Remove what the task keeps no longer (`privacy.retention`) instead
    #[arg(long, requires = "task", conflicts_with = "subject")]
    pub(crate) expired: bool,
    /// The task that says how long things are kept
    #[arg(long, requires = "expired")]
    pub(crate) task: Option<PathBuf>,
    /// Folders of detectors outside the store (the one beside the store is looked at anyway)
    #[arg(long, value_name = "FOLDER")]
    pub(crate) detector: Vec<PathBuf>,
    /// Other stores with detectors (`run --store`): those that learned from this store's events are marked there
    #[arg(long, value_name = "FOLDER")]
    pub(crate) registry: Vec<PathBuf>,
    /// Keys outside the store under which pseudonyms were made
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Vec<PathBuf>,
    /// Only say what would go
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

fn read_time(text: &str) -> Result<EventTime, String> {
    EventTime::parse(text)
        .map(|(time, _)| time)
        .map_err(|error| error.to_string())
}

/// Reads a share above 0 and below 1.
fn read_share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| "no number".to_owned())?;
    if share > 0.0 && share < 1.0 {
        Ok(share)
    } else {
        Err("a share lies above 0 and below 1".to_owned())
    }
}

fn read_name(text: &str) -> Result<String, String> {
    let name = text.trim();
    if name.is_empty() {
        return Err("a name is not empty".to_owned());
    }
    Ok(name.to_owned())
}

fn read_certainty(text: &str) -> Result<f64, String> {
    let certainty = text.parse::<f64>().ok();
    let certainty = certainty.filter(|it| *it > 0.0 && *it <= 1.0);
    certainty.ok_or_else(|| "a certainty is above 0 and at most 1".to_owned())
}

fn read_hours(text: &str) -> Result<f64, String> {
    let hours = text.parse::<f64>().ok();
    let hours = hours.filter(|it| (0.0..=720.0).contains(it));
    hours.ok_or_else(|| "hours are 0 to 720".to_owned())
}

fn read_pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((column, value)) if !column.is_empty() && !value.is_empty() => {
            Ok((column.to_owned(), value.to_owned()))
        }
        _ => Err("write it as COLUMN=VALUE, for example source=proxy".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
