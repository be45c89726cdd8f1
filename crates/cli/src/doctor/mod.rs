//! Looks whether a server would serve, and what of its machine would stand in its way, without serving: each finding is good, a warning
//! or a problem, and has a stable code.
//!
//! ```text
//!   words of `serve` ─► settings (D001-D003) ─► detectors (D010) ─► log (D020-D023) ─► machine (D030-D032) ─► findings
//! ```

mod log;
mod machine;
mod settings;

use ringtrue_server::config::Config;
use serde::Serialize;

use crate::args::Serve;
use crate::commands::serve::{Typed, folder};
use crate::failure::Failure;

/// How something was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// As it should be.
    Good,
    /// It works, and may not for long, or not for everything.
    Warning,
    /// The server would not start, or not do what it is for.
    Problem,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Finding {
    /// Its stable code.
    pub(crate) code: &'static str,
    /// What was looked at.
    pub(crate) what: &'static str,
    pub(crate) state: State,
    /// What was found, in a sentence.
    pub(crate) says: String,
    /// What to do.
    pub(crate) hint: Option<String>,
}

impl Finding {
    fn good((code, what): Asked, says: impl Into<String>) -> Self {
        Self {
            code,
            what,
            state: State::Good,
            says: says.into(),
            hint: None,
        }
    }

    fn warning(asked: Asked, says: impl Into<String>, hint: &str) -> Self {
        Self {
            state: State::Warning,
            hint: Some(hint.to_owned()),
            ..Self::good(asked, says)
        }
    }

    fn problem(asked: Asked, says: impl Into<String>, hint: &str) -> Self {
        Self {
            state: State::Problem,
            ..Self::warning(asked, says, hint)
        }
    }

    fn of_failure(asked: Asked, failure: &Failure) -> Self {
        Self {
            state: State::Problem,
            hint: failure.hint.clone(),
            ..Self::good(asked, failure.in_line())
        }
    }
}

/// A code, and what is looked at.
type Asked = (&'static str, &'static str);

/// Looks at everything that can be looked at: what hangs on something broken is left out.
pub(crate) fn examine(arguments: &Serve) -> Vec<Finding> {
    let typed = Typed::of(arguments);
    let mut findings = Vec::new();
    let config = settings::config(&typed, &mut findings);
    settings::detectors(&typed, &mut findings);
    match folder(arguments.log.as_deref(), arguments.which.store.as_deref()) {
        Ok(folder) => log::look(&folder, &mut findings),
        Err(failure) => findings.push(Finding::of_failure(("D020", "verdict log"), &failure)),
    }
    if let Some(config) = config {
        settings::named_files(&config, &mut findings);
        machine::look(&config, &mut findings);
    }
    findings.sort_by_key(|finding| finding.code);
    findings
}

/// Returns whether connections are taken over TLS and by whom they may be made, in words.
fn door(config: &Config) -> String {
    let who = match config.tokens.len() {
        0 => "everybody on this machine".to_owned(),
        tokens => format!("whoever has one of {tokens} tokens"),
    };
    let how = if config.tls.is_some() {
        "TLS"
    } else {
        "plain HTTP"
    };
    format!("{} over {how}, for {who}", config.listen)
}
