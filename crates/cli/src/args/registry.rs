//! The command line of the registry: detectors of a store, signatures, promotions and the audit log.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use ringtrue_core::EventTime;
use ringtrue_core::audit::Alias;
use ringtrue_core::signing::{Role, Subject};

use super::read_name;

/// A detector, by its folder or by what a store calls it.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// The detector: its folder; with `--store` also `champion`, `challenger`, `shadow` (`TASK:champion` if several tasks have one) or the first
    /// digits of its id
    #[arg(long)]
    pub(crate) detector: PathBuf,
    /// The store whose detectors are meant
    #[arg(long, value_name = "STORE")]
    pub(crate) store: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DetectorsVerb {
    /// Keeps a detector's folder in a store, under an id that changes if anything in it does
    Add(DetectorsAdd),
    /// Lists the detectors of a store and what aliases stand for
    List(DetectorsList),
    /// Shows a detector: its parts, who signed it, and the dataset and rows that it learned from
    Show(DetectorsShow),
    /// Lists what each alias has stood for, since when and by what right
    History(DetectorsList),
    /// Says in which parts two detectors differ
    Diff(DetectorsDiff),
    /// Takes a detector out of a store for good, if no alias stands for it; somebody answers for it
    Remove(DetectorsRemove),
    /// Puts an alias back to what it stood for before; somebody answers for it
    Rollback(DetectorsRollback),
}

/// Example: ringtrue detectors add phishing/detector --store events.ringtrue
#[derive(Debug, Args)]
pub(crate) struct DetectorsAdd {
    /// The detector's folder
    pub(crate) detector: PathBuf,
    /// The store's folder; made if absent
    #[arg(long)]
    pub(crate) store: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Example: ringtrue detectors list --store events.ringtrue
#[derive(Debug, Args)]
pub(crate) struct DetectorsList {
    /// The store's folder
    #[arg(long)]
    pub(crate) store: PathBuf,
    /// Only of the task of this name
    #[arg(long, value_name = "NAME")]
    pub(crate) task: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Example: ringtrue detectors show champion --store events.ringtrue
#[derive(Debug, Args)]
pub(crate) struct DetectorsShow {
    /// An alias, the first digits of an id, or a folder
    pub(crate) detector: PathBuf,
    /// The store's folder
    #[arg(long)]
    pub(crate) store: PathBuf,
    /// Print the events of its dataset instead, one JSON object a line
    #[arg(long)]
    pub(crate) rows: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Example: ringtrue detectors diff champion 5f0c1d --store events.ringtrue
#[derive(Debug, Args)]
pub(crate) struct DetectorsDiff {
    /// The one: an alias, the first digits of an id, or a folder
    pub(crate) old: PathBuf,
    /// The other
    pub(crate) new: PathBuf,
    /// The store's folder
    #[arg(long)]
    pub(crate) store: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Who answers for something, and with which key.
#[derive(Debug, Args)]
pub(crate) struct By {
    /// Who answers for it, by the name in the file of people
    #[arg(id = "by", long, alias = "as", value_name = "NAME", requires = "key", value_parser = read_name)]
    pub(crate) name: Option<String>,
    /// Their key file
    #[arg(long, value_name = "FILE", requires = "by")]
    pub(crate) key: Option<PathBuf>,
    /// The file of people, roles and public keys (default: `people.toml`, if it is there)
    #[arg(long, value_name = "FILE")]
    pub(crate) people: Option<PathBuf>,
}

/// Example: ringtrue detectors rollback --store events.ringtrue --by ann --key ann.key --reason "blocks invoices"
#[derive(Debug, Args)]
pub(crate) struct DetectorsRollback {
    /// The store's folder
    #[arg(long)]
    pub(crate) store: PathBuf,
    /// The task, if several have the alias
    #[arg(long, value_name = "NAME")]
    pub(crate) task: Option<String>,
    /// Which alias
    #[arg(long, value_name = "ALIAS", default_value = "champion")]
    pub(crate) alias: AliasName,
    /// Which of those that stood before, by the first digits of its id (default: the latest that is in the store)
    #[arg(long, value_name = "ID")]
    pub(crate) to: Option<String>,
    /// Why
    #[arg(long, value_parser = read_name)]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) by: By,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Example: ringtrue detectors remove 5f0c1d --store events.ringtrue --by cleo --key cleo.key --reason "its memory holds ann@corp.example"
#[derive(Debug, Args)]
pub(crate) struct DetectorsRemove {
    /// The first digits of its id
    pub(crate) detector: String,
    /// The store's folder
    #[arg(long)]
    pub(crate) store: PathBuf,
    /// Why
    #[arg(long, value_parser = read_name)]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) by: By,
}

/// An alias.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum AliasName {
    /// The detector in use
    Champion,
    /// The one that may replace it
    Challenger,
    /// One that scores beside it and decides nothing
    Shadow,
}

impl From<AliasName> for Alias {
    fn from(name: AliasName) -> Self {
        match name {
            AliasName::Champion => Self::Champion,
            AliasName::Challenger => Self::Challenger,
            AliasName::Shadow => Self::Shadow,
        }
    }
}

/// A role.
#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum RoleName {
    /// Those who know the threat
    Analyst,
    /// Those who know the method
    DataScientist,
    /// Those who answer for the decision
    Approver,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Analyst => Self::Analyst,
            RoleName::DataScientist => Self::DataScientist,
            RoleName::Approver => Self::Approver,
        }
    }
}

/// Example: ringtrue sign --as ann --key ann.key --store events.ringtrue task=task.toml card=phishing/detector gate=gate.json
#[derive(Debug, Args)]
pub(crate) struct Sign {
    /// Who signs, by the name in the file of people
    #[arg(long = "as", alias = "by", value_name = "NAME", value_parser = read_name)]
    pub(crate) name: String,
    /// Their key file
    #[arg(long, value_name = "FILE", required_unless_present = "new_key")]
    pub(crate) key: Option<PathBuf>,
    /// The store that keeps the signature
    #[arg(long, required_unless_present = "new_key")]
    pub(crate) store: Option<PathBuf>,
    /// The file of people, roles and public keys (default: `people.toml`)
    #[arg(long, value_name = "FILE")]
    pub(crate) people: Option<PathBuf>,
    /// Put on record that they do not agree, and why
    #[arg(long, value_name = "REASON", value_parser = read_name)]
    pub(crate) disagree: Option<String>,
    /// Make a key instead, in this new file, and print the lines for the file of people
    #[arg(long, value_name = "FILE", requires = "role", conflicts_with_all = ["key", "store", "what"])]
    pub(crate) new_key: Option<PathBuf>,
    /// The role of whom the new key is for
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: Option<RoleName>,
    /// What: `task=FILE`, `threat_model=TASK_FILE`, `card=DETECTOR` (a folder, an alias, an id), `gate=REPORT`
    #[arg(value_name = "WHAT", required_unless_present = "new_key", value_parser = read_thing)]
    pub(crate) what: Vec<(Subject, PathBuf)>,
}

/// Example: ringtrue promote phishing/detector --store events.ringtrue --gate gate.json
#[derive(Debug, Args)]
pub(crate) struct Promote {
    /// The detector: a folder, an alias, or the first digits of an id
    pub(crate) detector: PathBuf,
    /// The store's folder
    #[arg(long)]
    pub(crate) store: PathBuf,
    /// What it becomes
    #[arg(long, value_name = "ALIAS", default_value = "champion")]
    pub(crate) to: AliasName,
    /// The gate's report (default: the last one that somebody signed for this detector)
    #[arg(long, value_name = "FILE")]
    pub(crate) gate: Option<PathBuf>,
    /// Promote it although demands are not met, and say why; an approver answers for it
    #[arg(long = "override", value_name = "REASON", requires_all = ["by", "key", "until"], value_parser = read_name)]
    pub(crate) reason: Option<String>,
    /// The last day on which the override holds
    #[arg(long, value_name = "DATE", requires = "reason", value_parser = read_until)]
    pub(crate) until: Option<EventTime>,
    #[command(flatten)]
    pub(crate) by: By,
    /// Write the release note, as release-note.md and release-note.html, into this folder
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditVerb {
    /// Checks that nothing in the audit log was changed, dropped or put elsewhere (exit status 1 if anything was)
    Verify(AuditVerify),
    /// Prints what was decided, by whom and why
    Show(AuditShow),
    /// Prints the end of the log, to be kept elsewhere as proof of what stood there
    Head(AuditHead),
}

/// Example: ringtrue audit verify --store events.ringtrue --people people.toml --head head.json
#[derive(Debug, Args)]
pub(crate) struct AuditVerify {
    /// The store's folder
    #[arg(long)]
    pub(crate) store: PathBuf,
    /// The file of people, roles and public keys (default: `people.toml`, if it is there)
    #[arg(long, value_name = "FILE")]
    pub(crate) people: Option<PathBuf>,
    /// An end of the log that `audit head` printed earlier
    #[arg(long, value_name = "FILE")]
    pub(crate) head: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Example: ringtrue audit show --store events.ringtrue --what overridden
#[derive(Debug, Args)]
pub(crate) struct AuditShow {
    /// The store's folder
    #[arg(long)]
    pub(crate) store: PathBuf,
    /// Only entries of this kind
    #[arg(long, value_name = "KIND")]
    pub(crate) what: Option<WhatName>,
    /// Only what somebody of this name said, accepted or answers for
    #[arg(long, value_name = "NAME")]
    pub(crate) who: Option<String>,
    /// Only what concerns this detector: an alias, the first digits of an id, or a folder
    #[arg(long)]
    pub(crate) detector: Option<PathBuf>,
    /// Print JSON, one entry a line
    #[arg(long)]
    pub(crate) json: bool,
}

/// A kind of entry.
#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum WhatName {
    /// A detector was added
    Registered,
    /// Somebody answers for a finding of vetting
    Accepted,
    /// Somebody signed, for or against
    SignedOff,
    /// An alias moved, all demands met
    Promoted,
    /// An alias moved though demands were not met
    Overridden,
    /// An alias moved back
    RolledBack,
    /// A detector was taken out of the store
    Removed,
    /// What is like a confirmed event is stopped from then on
    Stopped,
    /// It is stopped no longer
    Lifted,
}

impl WhatName {
    /// Returns the word of the entry.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Accepted => "accepted",
            Self::SignedOff => "signed_off",
            Self::Promoted => "promoted",
            Self::Overridden => "overridden",
            Self::RolledBack => "rolled_back",
            Self::Removed => "removed",
            Self::Stopped => "stopped",
            Self::Lifted => "lifted",
        }
    }
}

/// Example: ringtrue audit head --store events.ringtrue --by cleo --key cleo.key > head.json
#[derive(Debug, Args)]
pub(crate) struct AuditHead {
    /// The store's folder
    #[arg(long)]
    pub(crate) store: PathBuf,
    #[command(flatten)]
    pub(crate) by: By,
    /// Accepted for uniformity: `head` always prints JSON
    #[arg(long)]
    pub(crate) json: bool,
}

fn read_thing(text: &str) -> Result<(Subject, PathBuf), String> {
    let subjects = [
        Subject::Task,
        Subject::ThreatModel,
        Subject::Card,
        Subject::Gate,
    ];
    let parts = text.split_once('=').filter(|(_, place)| !place.is_empty());
    let found = parts.and_then(|(word, place)| {
        let subject = subjects.into_iter().find(|it| it.word() == word)?;
        Some((subject, PathBuf::from(place)))
    });
    found.ok_or_else(|| {
        "write it as task=FILE, threat_model=FILE, card=DETECTOR or gate=FILE".to_owned()
    })
}

/// Reads a time; a day means its last moment.
pub(super) fn read_until(text: &str) -> Result<EventTime, String> {
    EventTime::parse_until(text).map_err(|error| error.to_string())
}
