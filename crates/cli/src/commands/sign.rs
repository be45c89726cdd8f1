//! `ringtrue sign`: somebody's word on exactly one thing, on record.

use std::path::Path;

use ringtrue_core::Digest;
use ringtrue_core::audit::{Entry, Origin, Recorded};
use ringtrue_core::signing::{Signed, Stance, Subject};
use ringtrue_store::Store;
use ringtrue_trial::gate::GateReport;

use crate::args::Sign;
use crate::commands::ingest::store_failure;
use crate::commands::{note, now, print};
use crate::failure::{Exit, Failure, OrFail, Outcome};
use crate::files::read_at_most;
use crate::label_store::existing;
use crate::registry::{
    Desk, Named, Place, REPORT_BYTES_MAX, Signer, find, new_key, read_people, register,
};
use crate::task_file;

/// Runs the verb.
pub(crate) fn run(arguments: &Sign) -> Outcome {
    if let (Some(path), Some(role)) = (&arguments.new_key, arguments.role) {
        let lines = new_key(path, &arguments.name, role.into())?;
        note(&format!(
            "the key is in `{}`; the lines below belong into the file of people, after `format = 1`",
            path.display()
        ));
        print(&lines)?;
        return Ok(Exit::Done);
    }
    let (Some(key), Some(store)) = (&arguments.key, &arguments.store) else {
        return Err(Failure::new("a key and a store are needed to sign"));
    };
    let now = now()?;
    let people = read_people(arguments.people.as_deref())?;
    let signer = Signer::new(&arguments.name, key, people.as_ref(), now)?;
    let store = existing(store)?;
    let stance = match &arguments.disagree {
        None => Stance::Agrees,
        Some(reason) => Stance::Disagrees(reason.clone()),
    };
    let things = arguments.what.iter();
    let things = things.map(|(subject, place)| Ok((*subject, digest(&store, *subject, place)?)));
    let things: Vec<(Subject, Digest)> = things.collect::<Outcome<_>>()?;
    let desk = Desk {
        store: &store,
        signer: Some(&signer),
    };
    let told = desk.write(|audit, now| {
        let said = things
            .iter()
            .map(|thing| signer.sign(*thing, stance.clone(), now));
        let (again, new): (Vec<Signed>, Vec<Signed>) =
            said.partition(|signed| is_said(&audit.entries, signed));
        let told = (again, new.clone());
        let entries = new.into_iter().map(|signed| Entry::SignedOff { signed });
        Ok((entries.collect(), told))
    })?;
    tell(&told);
    Ok(Exit::Done)
}

/// Returns the digest of what is signed; reports and detectors that are signed are kept in the store.
fn digest(store: &Store, subject: Subject, place: &Path) -> Outcome<Digest> {
    match subject {
        Subject::ThreatModel => Ok(task_file::read(place)?.0.threat_model()),
        Subject::Gate => gate(store, place),
        Subject::Card => {
            let named = Named {
                name: place,
                store: Some(store.path()),
            };
            let found = find(named)?;
            if let Place::Folder(_) = found.place {
                register(store, &found.files, Origin::Folder)?;
            }
            Ok(found.id)
        }
        _ => Ok(task_file::read(place)?.0.digest()),
    }
}

fn gate(store: &Store, place: &Path) -> Outcome<Digest> {
    let cannot = || format!("cannot sign the gate's report `{}`", place.display());
    let bytes = read_at_most(place, REPORT_BYTES_MAX).or_fail(cannot)?;
    GateReport::from_json(&bytes)
        .or_fail(cannot)
        .map_err(|failure| failure.hint("name the `gate.json` that `ringtrue gate` wrote"))?;
    let kept = store.put_document(&bytes);
    kept.map_err(|error| store_failure(&cannot(), &error))
}

/// Returns whether this is what they said last of it.
fn is_said(entries: &[Recorded], signed: &Signed) -> bool {
    let said = &signed.statement;
    let mut before = entries
        .iter()
        .rev()
        .filter_map(|it| match &it.payload.entry {
            Entry::SignedOff { signed } => Some(signed),
            _ => None,
        });
    let last = before.find(|it| {
        let other = &it.statement;
        it.key == signed.key && (other.subject, other.digest) == (said.subject, said.digest)
    });
    last.is_some_and(|it| it.statement.stance == said.stance)
}

fn tell((again, new): &(Vec<Signed>, Vec<Signed>)) {
    let tell = |signed: &Signed, done: &str| {
        let said = &signed.statement;
        note(&format!(
            "{} ({}) {done} {} {}",
            said.name,
            said.role,
            said.subject,
            said.digest.short()
        ));
    };
    for signed in new {
        let agrees = signed.statement.stance == Stance::Agrees;
        tell(signed, if agrees { "signed" } else { "disagrees with" });
    }
    for signed in again {
        tell(signed, "has said so before of");
    }
}
