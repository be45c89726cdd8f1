//! `ringtrue audit verify`: whether anything on record was changed, dropped, put elsewhere or signed by somebody else.
//!
//! ```text
//!   logs/audit ──chain──► entries ──core::audit::flaws──► signatures, heads, moves, clock, exported head
//!                            └──► detectors and documents that entries name: is each one there, byte for byte?
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ringtrue_core::Digest;
use ringtrue_core::audit::{Entry, Flaw, Head, flaws};
use ringtrue_core::plural;
use ringtrue_core::signing::People;
use ringtrue_report::visible;
use ringtrue_store::{Audit, AuditUntil, Store, StoreError};
use serde::Serialize;
use serde_json::json;

use crate::args::AuditVerify;
use crate::commands::{note, print, print_json};
use crate::failure::{Exit, Failure, OrFail, Outcome};
use crate::files::read_at_most;
use crate::label_store::existing;
use crate::registry::{UNFINISHED, read_people, unmet_on_record, unreadable};

/// Bytes of an exported head, at most.
const HEAD_BYTES_MAX: u64 = 1 << 16;

/// Something that does not hold.
#[derive(Serialize)]
struct Problem {
    code: &'static str,
    /// The entry; `None` for what concerns the whole log.
    entry: Option<u64>,
    says: String,
}

/// Runs the verb.
pub(crate) fn run(arguments: &AuditVerify) -> Outcome {
    let store = existing(&arguments.store)?;
    let people = read_people(arguments.people.as_deref())?;
    if people.is_none() {
        note(
            "warning: no file of people (`--people FILE`): signatures are checked by the keys that stand beside them, not whose keys these are",
        );
    }
    let head = arguments.head.as_deref().map(read_head).transpose()?;
    let AuditUntil { audit, stopped } = store
        .audit_until()
        .map_err(|error| unreadable(&store, &error))?;
    let mut problems: Vec<Problem> = stopped.iter().map(damage).collect();
    let entries = &audit.entries;
    let head = head.as_ref().filter(|_| stopped.is_none());
    problems.extend(
        flaws(entries, people.as_ref(), head)
            .into_iter()
            .map(|it| Problem {
                code: it.flaw.code(),
                entry: it.sequence,
                says: told(&it.flaw),
            }),
    );
    problems.extend(of_what_is_named(&store, &audit));
    problems.extend(of_promotions(&store, &audit, people.as_ref()));
    problems.extend(of_the_end(&audit));
    warn_of_strangers(&store, &audit);
    tell(arguments, &audit, &problems)?;
    Ok(match holds(&audit, &problems) {
        Some(true) => Exit::Done,
        Some(false) => Exit::No,
        None => Exit::CannotTell,
    })
}

/// Says whether all that was written is there; `None` if an end that is no whole entry may have been one.
fn holds(audit: &Audit, problems: &[Problem]) -> Option<bool> {
    match (problems.is_empty(), audit.torn) {
        (false, _) => Some(false),
        (true, None) => Some(true),
        (true, Some(_)) => None,
    }
}

fn told(flaw: &Flaw) -> String {
    visible::line(&flaw.to_string())
}

fn damage(error: &StoreError) -> Problem {
    Problem {
        code: "A001",
        entry: None,
        says: format!("{error}: nothing behind it can be relied on"),
    }
}

fn read_head(path: &Path) -> Outcome<Head> {
    let cannot = || format!("cannot use the head `{}`", path.display());
    let hint = |failure: Failure| failure.hint("`ringtrue audit head` prints one");
    let bytes = read_at_most(path, HEAD_BYTES_MAX)
        .or_fail(cannot)
        .map_err(hint)?;
    let head: Head = serde_json::from_slice(&bytes)
        .or_fail(cannot)
        .map_err(hint)?;
    if head.format == 1 {
        Ok(head)
    } else {
        Err(
            Failure::new(format!("{}: its format is {}", cannot(), head.format))
                .hint("use the ringtrue that wrote it, or a newer one"),
        )
    }
}

/// Reads every detector and document that entries name.
fn of_what_is_named(store: &Store, audit: &Audit) -> Vec<Problem> {
    let mut detectors: BTreeMap<Digest, u64> = BTreeMap::new();
    let mut documents: BTreeMap<Digest, u64> = BTreeMap::new();
    for recorded in &audit.entries {
        let entry = &recorded.payload.entry;
        for id in entry.detectors() {
            detectors.entry(id).or_insert(recorded.sequence);
        }
        // What is on record as gone need not be there, unless it was added again.
        if let Entry::Removed(removal) = entry {
            detectors.remove(&removal.detector);
        }
        for digest in entry.documents() {
            documents.entry(digest).or_insert(recorded.sequence);
        }
    }
    let problem = |code, entry: &u64, error: StoreError| Problem {
        code,
        entry: Some(*entry),
        says: error.to_string(),
    };
    let of_detectors = detectors.iter().filter_map(|(id, entry)| {
        let read = store.detector(id);
        read.err().map(|error| problem("A011", entry, error))
    });
    let mut problems: Vec<Problem> = of_detectors.collect();
    problems.extend(documents.iter().filter_map(|(digest, entry)| {
        let read = store.document(digest);
        read.err().map(|error| problem("A012", entry, error))
    }));
    problems.sort_by_key(|problem| problem.entry);
    problems
}

/// Looks at each promotion that a gate carried as it was looked at then: whoever writes entries without the program writes what
/// no gate carries.
fn of_promotions(store: &Store, audit: &Audit, people: Option<&People>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (at, recorded) in audit.entries.iter().enumerate() {
        let Entry::Moved(moved) = &recorded.payload.entry else {
            continue;
        };
        let before = audit.entries.get(..at).unwrap_or_default();
        let unmet = unmet_on_record(store, before, moved, people).unwrap_or_default();
        problems.extend(unmet.into_iter().map(|unmet| Problem {
            code: "A014",
            entry: Some(recorded.sequence),
            says: visible::line(&format!(
                "the gate does not carry it: {}: {unmet}",
                unmet.code()
            )),
        }));
    }
    problems
}

/// Tells of detectors that no entry names: a crash may have come between, or the log that named them is gone.
fn warn_of_strangers(store: &Store, audit: &Audit) {
    let named: BTreeSet<Digest> = audit
        .entries
        .iter()
        .flat_map(|it| it.payload.entry.detectors())
        .collect();
    let kept = store.detectors().unwrap_or_default();
    let strangers: Vec<String> = kept
        .iter()
        .filter(|id| !named.contains(id))
        .map(Digest::short)
        .collect();
    if !strangers.is_empty() {
        note(&format!(
            "warning: no entry names these detectors of the store: {}; a head that was kept elsewhere tells whether the log lost its entries",
            strangers.join(", ")
        ));
    }
}

/// Tells of an end that is damaged; of one that is no whole entry nobody can tell whether it was.
fn of_the_end(audit: &Audit) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let Some(torn) = audit.torn {
        if torn.holds_records {
            problems.push(format!(
                "the last {} bytes are damaged, and whole entries stand in them",
                torn.bytes
            ));
        } else {
            note(&format!(
                "cannot tell: the last {} bytes are no whole entry: {UNFINISHED}",
                torn.bytes
            ));
        }
    }
    problems.extend(
        audit.kept_aside.iter().map(|name| {
            format!("an end that may have been damaged was kept in `logs/audit/{name}`")
        }),
    );
    let problem = |says| Problem {
        code: "A013",
        entry: None,
        says,
    };
    problems.into_iter().map(problem).collect()
}

fn tell(arguments: &AuditVerify, audit: &Audit, problems: &[Problem]) -> Outcome<()> {
    let head = Head::of(&audit.entries);
    if arguments.json {
        return print_json(&json!({
            "format": 1,
            "holds": holds(audit, problems),
            "entries": head.entries,
            "head": head.digest,
            "problems": problems,
        }));
    }
    let entries = plural(head.entries, "entry", "entries");
    let mut text = String::new();
    for problem in problems {
        let place = problem
            .entry
            .map_or_else(String::new, |entry| format!(" entry {entry}:"));
        text.extend([problem.code, &place, " ", &problem.says, "\n"]);
    }
    match holds(audit, problems) {
        Some(false) => {}
        Some(true) => {
            text = format!(
                "{entries}, all as they were written; head {}\n",
                head.digest
            );
        }
        None => {
            text = format!(
                "{entries}, all as they were written, and an end that may have been one more; head {}\n",
                head.digest
            );
        }
    }
    print(&text)
}
