//! The configuration, the files that it names, and the detectors.

use std::fs::OpenOptions;
use std::path::Path;

use ringtrue_core::plural;
use ringtrue_server::config::Config;
use ringtrue_server::http::Certificates;

use super::{Finding, door};
use crate::commands::serve::Typed;
use crate::failure::Failure;

/// Reads the configuration; `None` if it does not hold.
pub(super) fn config(typed: &Typed, findings: &mut Vec<Finding>) -> Option<Config> {
    let asked = ("D001", "configuration");
    let config = typed.config().and_then(|config| {
        let checked = config.check();
        checked.map_err(|error| Failure::new("the configuration does not hold").because(&error))?;
        Ok(config)
    });
    match config {
        Ok(config) => {
            findings.push(Finding::good(asked, door(&config)));
            Some(config)
        }
        Err(failure) => {
            findings.push(Finding::of_failure(asked, &failure));
            None
        }
    }
}

/// Looks at the files that a configuration names.
pub(super) fn named_files(config: &Config, findings: &mut Vec<Finding>) {
    if let Some(tls) = &config.tls {
        let asked = ("D002", "certificate");
        findings.push(match Certificates::default().reload(tls) {
            Ok(()) => Finding::good(asked, tls.certificates.display().to_string()),
            Err(error) => {
                let says = format!("the certificate or its key does not read: {error}");
                Finding::problem(
                    asked,
                    says,
                    "both are files in PEM, the server's own certificate first",
                )
            }
        });
    }
    let followed = config.follow.iter().map(|it| it.path.as_path());
    let token = config.alerts.webhook_token.as_deref();
    for path in followed.chain(token) {
        findings.push(readable(path));
    }
    if let Some(path) = &config.alerts.file {
        findings.push(appendable(path));
    }
}

fn readable(path: &Path) -> Finding {
    let asked = ("D003", "named file");
    let shown = path.display();
    match std::fs::File::open(path) {
        Ok(_) => Finding::good(asked, format!("`{shown}` reads")),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Finding::warning(
            asked,
            format!("`{shown}` is not there yet: it is waited for"),
            "check its name, if something writes to it already",
        ),
        Err(error) => Finding::problem(
            asked,
            format!("`{shown}` does not read: {error}"),
            "name another file, or let the server's user read it",
        ),
    }
}

fn appendable(path: &Path) -> Finding {
    let asked = ("D003", "named file");
    let shown = path.display();
    let there = path.exists();
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let opened = if there {
        OpenOptions::new().append(true).open(path).map(drop)
    } else {
        std::fs::metadata(folder.unwrap_or_else(|| Path::new("."))).map(drop)
    };
    match opened {
        Ok(()) if there => Finding::good(asked, format!("`{shown}` takes alerts")),
        Ok(()) => Finding::good(asked, format!("`{shown}` will be made for alerts")),
        Err(error) => Finding::problem(
            asked,
            format!("`{shown}` takes no alerts: {error}"),
            "name another file, or let the server's user write it",
        ),
    }
}

/// Reads the detectors as a server would.
pub(super) fn detectors(typed: &Typed, findings: &mut Vec<Finding>) {
    let asked = ("D010", "detectors");
    findings.push(match typed.detectors() {
        Ok(found) => {
            let champion = &found.champion;
            let id = champion
                .id
                .map_or_else(String::new, |id| format!(" {}", id.short()));
            let beside = found.all().count().saturating_sub(1);
            let says = format!(
                "`{}`{id} decides of events of the kind `{}`; {} beside it",
                champion.detector.card.name,
                champion.task.kind,
                plural(beside, "detector", "detectors")
            );
            Finding::good(asked, says)
        }
        Err(failure) => Finding::of_failure(asked, &failure),
    });
}
