//! The arguments of `ringtrue attack`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};
use ringtrue_attack::threat::Knowledge;
use ringtrue_model::TextMoves;

use super::Which;

/// How far a changed event is from the event.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum DistanceName {
    /// The largest change of a signal
    Linf,
    /// The sum of the changes
    L1,
    /// The root of the sum of the squared changes
    L2,
    /// The attacker's minutes, as the signals declare them
    Cost,
}

/// Which events are to change sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FromName {
    /// Flagged ones, which are to be allowed
    Malicious,
    /// Allowed ones as well, which are to be flagged
    Both,
}

/// What the attacker knows of the detector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum KnowledgeName {
    /// Nothing but that there is one
    Nothing,
    /// What it does with an event
    Verdicts,
    /// The score of an event
    Scores,
}

impl From<KnowledgeName> for Knowledge {
    fn from(name: KnowledgeName) -> Self {
        match name {
            KnowledgeName::Nothing => Self::Nothing,
            KnowledgeName::Verdicts => Self::Verdicts,
            KnowledgeName::Scores => Self::Scores,
        }
    }
}

/// Example: ringtrue attack --detector phish --artefacts --knowledge scores urls.csv
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("way").required(true).args(["distance", "artefacts"])))]
pub(crate) struct Attack {
    #[command(flatten)]
    pub(crate) which: Which,
    /// The key of the detector's pseudonyms (default: that of the store beside the detector)
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// The cheapest change of an event's signals by this measure is sought, with proven bounds
    #[arg(long)]
    pub(crate) distance: Option<DistanceName>,
    /// The cheapest change of the URL, mail, command or session itself is sought, by trying
    #[arg(long)]
    pub(crate) artefacts: bool,
    /// Events of a raw score above this are flagged (default: the detector's threshold for review)
    #[arg(long, value_name = "SCORE", allow_hyphen_values = true, value_parser = read_score)]
    pub(crate) threshold_margin: Option<f64>,
    /// Print one JSON object a line for each event
    #[arg(long)]
    pub(crate) json: bool,
    /// Events in any form that `run` reads; `-` for standard input
    #[arg(default_value = "-")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) distances: Distances,
    #[command(flatten)]
    pub(crate) changes: Changes,
}

/// What belongs to `--distance`.
#[derive(Debug, Args)]
#[command(next_help_heading = "With --distance")]
pub(crate) struct Distances {
    /// The events that are to change sides
    #[arg(long, default_value = "malicious", requires = "distance")]
    pub(crate) from: FromName,
    /// Signals move as they declare, as with `cost`; otherwise all of them move freely under `linf`, `l1` and `l2`
    #[arg(long, requires = "distance")]
    pub(crate) declared: bool,
    /// Only these signals move, and only upwards
    #[arg(
        long,
        value_name = "SIGNALS",
        value_delimiter = ',',
        requires = "distance"
    )]
    pub(crate) only_up: Vec<String>,
    /// These signals move in whole steps: names, or a CSV file with the columns `feature` and `integer`
    #[arg(
        long,
        value_name = "SIGNALS",
        value_delimiter = ',',
        requires = "distance"
    )]
    pub(crate) integer: Vec<String>,
    /// What counts as a change by 1: a CSV file with the columns `feature` and `scale` (default: 1 of each signal's unit)
    #[arg(long, value_name = "FILE", requires = "distance")]
    pub(crate) scale: Option<PathBuf>,
    /// What of the text beside the forest changes at no cost: `fixed`, `any`, or a number of tokens
    #[arg(long, value_name = "MOVES", default_value = "fixed", value_parser = read_text_moves, requires = "distance")]
    pub(crate) text: TextMoves,
    /// Seconds after which an event's bounds are printed as they stand
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0)]
    pub(crate) seconds_per_row: f64,
}

/// How a detector that is judged is attacked.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "How the detector is attacked")]
pub(crate) struct Attacking {
    /// Malicious ones of the judged events that are attacked, at most; 0 leaves the attack out
    #[arg(
        id = "attack_events",
        long = "attack-events",
        value_name = "EVENTS",
        default_value_t = 200
    )]
    pub(crate) events: u32,
    /// How many changed artefacts the attacker may have scored for each of them
    #[arg(id = "attack_queries", long = "attack-queries", value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) queries: u64,
    /// Decides which events are attacked, and all draws of the attack
    #[arg(
        id = "attack_seed",
        long = "attack-seed",
        value_name = "SEED",
        default_value_t = 1
    )]
    pub(crate) seed: u64,
}

/// Whether a run trains against evasion.
#[derive(Debug, Args)]
#[command(next_help_heading = "Hardening")]
pub(crate) struct Hardening {
    /// Try what makes the detector harder to get past, and take what pays: constraints by the signals' declarations, leaving cheap signals
    /// out, training on what attacks made
    #[arg(long)]
    pub(crate) harden: bool,
    /// Rounds of adversarial examples, each made against the detector of the round before
    #[arg(long = "harden-rounds", value_name = "ROUNDS", default_value_t = 2, requires = "harden", value_parser = clap::value_parser!(u32).range(0..=10))]
    pub(crate) rounds: u32,
    /// Take this measure rather than the recommended one: `plain`, `constrained`, `constrained-dear`, `whole`, `adversarial-1`, ...
    #[arg(long = "harden-take", value_name = "MEASURE", requires = "harden")]
    pub(crate) take: Option<String>,
}

/// What belongs to `--artefacts`.
#[derive(Debug, Args)]
#[command(next_help_heading = "With --artefacts")]
pub(crate) struct Changes {
    /// What the attacker knows of the detector
    #[arg(long, default_value = "scores", requires = "artefacts")]
    pub(crate) knowledge: KnowledgeName,
    /// How many changed artefacts the attacker may have scored for each event (default: 300, or 1 who knows nothing)
    #[arg(long, value_name = "N", requires = "artefacts")]
    pub(crate) queries: Option<u64>,
    /// Changes that an attacker makes who knows nothing
    #[arg(
        long = "changes",
        value_name = "N",
        default_value_t = 4,
        requires = "artefacts"
    )]
    pub(crate) blind: u64,
    /// Only these attacks, by name
    #[arg(
        long,
        value_name = "ATTACKS",
        value_delimiter = ',',
        requires = "artefacts"
    )]
    pub(crate) only: Vec<String>,
    /// The seed of all draws
    #[arg(long, default_value_t = 0, requires = "artefacts")]
    pub(crate) seed: u64,
    /// Benign events that the attacker borrows from, in any form that `run` reads
    #[arg(long, value_name = "FILE", requires = "artefacts")]
    pub(crate) material: Option<PathBuf>,
}

/// Tokens that may change, at most: beyond, `any` says as much.
const TOKENS_MAX: u32 = 1_000;

/// Reads what of a text may change.
fn read_text_moves(text: &str) -> Result<TextMoves, String> {
    match (text, text.parse::<u32>()) {
        ("fixed", _) => Ok(TextMoves::Fixed),
        ("any", _) => Ok(TextMoves::Any),
        (_, Ok(tokens @ 1..=TOKENS_MAX)) => Ok(TextMoves::Tokens(tokens)),
        _ => Err(format!(
            "`fixed`, `any`, or a number of tokens from 1 to {TOKENS_MAX}"
        )),
    }
}

/// Reads a number that others can be compared with.
fn read_score(text: &str) -> Result<f64, String> {
    let score: f64 = text.parse().map_err(|_| "no number".to_owned())?;
    if score.is_nan() {
        return Err("no score is above or below it".to_owned());
    }
    Ok(score)
}
