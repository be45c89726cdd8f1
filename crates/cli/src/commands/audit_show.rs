//! `ringtrue audit show` and `audit head`: what was decided, and the end of the log to be kept elsewhere.

use ringtrue_core::Digest;
use ringtrue_core::audit::{Entry, Head, Recorded};
use ringtrue_core::signing::{Stance, Subject};
use serde_json::json;

use crate::args::{AuditHead, AuditShow};
use crate::commands::{now, print, print_json};
use crate::failure::{Exit, Outcome};
use crate::label_store::existing;
use crate::registry::{Named, Signer, entry_line, find, read_people, unreadable};

/// Runs `ringtrue audit show`.
pub(crate) fn run(arguments: &AuditShow) -> Outcome {
    let store = existing(&arguments.store)?;
    let audit = store.audit().map_err(|error| unreadable(&store, &error))?;
    let detector = arguments.detector.as_ref().map(|name| {
        let store = Some(arguments.store.as_path());
        Ok(find(Named { name, store })?.id)
    });
    let detector: Option<Digest> = detector.transpose()?;
    let mut text = String::new();
    for recorded in audit
        .entries
        .iter()
        .filter(|it| is_asked(it, arguments, detector))
    {
        let line = if arguments.json {
            json!({
                "entry": recorded.sequence,
                "time": recorded.time.to_string(),
                "digest": recorded.digest,
                "kind": recorded.payload.entry.word(),
                "said": recorded.payload.entry,
                "signed": recorded.payload.signed,
                "head": recorded.payload.head,
            })
            .to_string()
        } else {
            entry_line(recorded)
        };
        text.push_str(&line);
        text.push('\n');
    }
    print(&text)?;
    Ok(Exit::Done)
}

fn is_asked(recorded: &Recorded, arguments: &AuditShow, detector: Option<Digest>) -> bool {
    let entry = &recorded.payload.entry;
    arguments
        .what
        .is_none_or(|what| what.word() == entry.word())
        && arguments
            .who
            .as_deref()
            .is_none_or(|name| concerns(entry, name))
        && detector.is_none_or(|id| entry.detectors().contains(&id))
}

/// Returns whether somebody said it, accepted it, answers for it or objected to it.
fn concerns(entry: &Entry, name: &str) -> bool {
    let says = match entry {
        Entry::Accepted(it) => it.by == name,
        Entry::SignedOff { signed } => signed.statement.name == name,
        Entry::Moved(it) => it.objections.iter().any(|it| it.name == name),
        Entry::Registered(_) | Entry::Removed(_) | Entry::Stopped(_) | Entry::Lifted(_) => false,
    };
    says || entry.answers() == Some(name)
}

/// Runs `ringtrue audit head`.
pub(crate) fn head(arguments: &AuditHead) -> Outcome {
    let now = now()?;
    let store = existing(&arguments.store)?;
    let people = read_people(arguments.by.people.as_deref())?;
    let signer = Signer::of(&arguments.by, people.as_ref(), now)?;
    let audit = store.audit().map_err(|error| unreadable(&store, &error))?;
    let mut head = Head::of(&audit.entries);
    head.signed =
        signer.map(|signer| signer.sign((Subject::Head, head.digest), Stance::Agrees, now));
    print_json(&head)?;
    Ok(Exit::Done)
}
