//! Entries of the audit log in words, one line each; what people typed is shown with its control characters escaped.

use ringtrue_core::audit::{Authority, Entry, Moved, Recorded};
use ringtrue_core::signing::{Signed, Stance};
use ringtrue_report::visible;

/// Returns an entry as a line.
pub(crate) fn entry_line(recorded: &Recorded) -> String {
    let said = match &recorded.payload.entry {
        Entry::Registered(it) => format!(
            "detector {} of `{}` was added, learned from dataset {}",
            it.detector.short(),
            it.task,
            it.dataset.short()
        ),
        Entry::Accepted(it) => format!(
            "{} answers for finding {} of detector {} until {}: {}",
            it.by,
            it.finding,
            it.detector.short(),
            it.until,
            it.reason
        ),
        Entry::SignedOff { signed } => sign_off(signed),
        Entry::Moved(it) => moved(it),
        Entry::Removed(it) => format!(
            "detector {} was taken out by {}: {}",
            it.detector.short(),
            it.by,
            it.reason
        ),
        Entry::Stopped(it) => format!(
            "what is like event {} is told to {} for `{}`, {} answers for it until {}: {}",
            it.event, it.action, it.task, it.by, it.until, it.reason
        ),
        Entry::Lifted(it) => format!(
            "what is like event {} is stopped no longer for `{}`, says {}: {}",
            it.event, it.task, it.by, it.reason
        ),
    };
    format!(
        "{}  {}  {}",
        recorded.sequence,
        recorded.time,
        visible::line(&said)
    )
}

fn sign_off(signed: &Signed) -> String {
    let said = &signed.statement;
    let about = format!("{} {}", said.subject, said.digest.short());
    match &said.stance {
        Stance::Agrees => format!("{} ({}) signed {about}", said.name, said.role),
        Stance::Disagrees(reason) => {
            format!(
                "{} ({}) disagrees with {about}: {reason}",
                said.name, said.role
            )
        }
    }
}

fn moved(moved: &Moved) -> String {
    let step = &moved.step;
    let from = step
        .from
        .map_or_else(|| "nothing".to_owned(), |it| it.short());
    let how = match &moved.by {
        Authority::Gate { report } => format!("gate {} passed", report.short()),
        Authority::Override {
            by,
            reason,
            until,
            unmet,
            ..
        } => format!(
            "{by} answers for it until {until}: {reason} (not met: {})",
            unmet.join("; ")
        ),
        Authority::Rollback { by, reason } => format!("{by} went back: {reason}"),
    };
    let objections = moved.objections.iter().map(|it| {
        format!(
            "; {} ({}) disagreed with the {}: {}",
            it.name, it.role, it.subject, it.reason
        )
    });
    format!(
        "{} of `{}` from {from} to {}, {how}{}",
        step.alias,
        step.task,
        step.to.short(),
        objections.collect::<String>()
    )
}
