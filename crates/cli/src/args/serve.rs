//! What `serve`, `replay` and `token` take.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use ringtrue_server::stream::{FollowOptions, Followed};

use super::Which;

/// Example: ringtrue serve --store out/store --detector champion --config serve.toml
#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) which: Which,
    /// Detectors that are asked about every event as well and decide nothing, named as the one that decides
    #[arg(long, value_name = "DETECTOR")]
    pub(crate) shadow: Vec<PathBuf>,
    /// A detector that decides of the share of events that the configuration's `canary.share` says, and is asked about the others
    #[arg(long, value_name = "DETECTOR")]
    pub(crate) canary: Option<PathBuf>,
    /// The key of the detectors' pseudonyms (default: those of the stores beside them)
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// How it behaves: limits, deadline, tokens, TLS (default: on this machine alone, for everybody on it)
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where to listen, in place of what the configuration says; port 0 lets the system choose
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
    /// A log to follow through its rotations, with alerts as the configuration says: `auditd`, `ndjson=FILE` or `lines=FILE`;
    /// `auditd` is that of /var/log/audit/audit.log unless it says `auditd=FILE`
    #[arg(long, value_name = "FORMAT[=FILE]", value_parser = followed)]
    pub(crate) follow: Vec<FollowOptions>,
    /// Read events from standard input, one JSON object a line, and print verdicts, in place of HTTP
    #[arg(long, conflicts_with = "listen")]
    pub(crate) stdio: bool,
    /// The folder of the verdict log (default: the store's own)
    #[arg(long, value_name = "DIR")]
    pub(crate) log: Option<PathBuf>,
    /// Serve a detector that nobody promoted: for trying it
    #[arg(long)]
    pub(crate) unsigned: bool,
    /// Print where it listens as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Reads which log is to be followed.
fn followed(text: &str) -> Result<FollowOptions, String> {
    let (format, path) = match text.split_once('=') {
        Some((format, path)) => (format, Some(path)),
        None => (text, None),
    };
    let (format, usual) = match format {
        "auditd" => (Followed::Auditd, Some("/var/log/audit/audit.log")),
        "ndjson" => (Followed::Ndjson, None),
        "lines" => (Followed::Lines, None),
        _ => return Err("a log is one of auditd, ndjson, lines".to_owned()),
    };
    let path = path.or(usual).filter(|path| !path.is_empty());
    Ok(FollowOptions {
        format,
        path: PathBuf::from(path.ok_or("it needs a file: FORMAT=FILE")?),
        from_start: false,
        route: None,
    })
}

/// Example: ringtrue replay --store out/store 000000000000002a9f86d081884c7d65
#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// What the verdict is called by
    pub(crate) verdict: String,
    /// The store whose verdict log is meant, and that has the detector
    #[arg(long, value_name = "STORE")]
    pub(crate) store: Option<PathBuf>,
    /// The folder of the verdict log (default: the store's own)
    #[arg(long, value_name = "DIR")]
    pub(crate) log: Option<PathBuf>,
    /// The detector, if the store does not have it
    #[arg(long)]
    pub(crate) detector: Option<PathBuf>,
    /// The key of the detector's pseudonyms (default: that of the store beside it)
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What a token allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ScopeName {
    /// Asking for verdicts
    Score,
    /// Asking what counted for and against an event
    Explain,
    /// Saying what events were
    Feedback,
    /// Reading and replaying verdicts, listing detectors
    Verdicts,
    /// Reading what is counted
    Metrics,
}

/// Example: ringtrue token mail-gateway --scope score
#[derive(Debug, Args)]
pub(crate) struct Token {
    /// Who is to have it
    pub(crate) name: String,
    /// What it allows
    #[arg(long = "scope", value_name = "SCOPE", default_value = "score")]
    pub(crate) scopes: Vec<ScopeName>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
