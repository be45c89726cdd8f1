//! Where entries of the audit log are written: under the log's lock, with the signed head where a key is at hand.

use ringtrue_core::EventTime;
use ringtrue_core::audit::{Entry, Head, Payload};
use ringtrue_core::signing::{Stance, Subject};
use ringtrue_store::{Audit, Decided, Store, StoreError};

use crate::commands::ingest::store_failure;
use crate::commands::{note, now};
use crate::failure::{Failure, Outcome};
use crate::registry::Signer;

/// What says that the log cannot be read.
pub(crate) fn unreadable(store: &Store, error: &StoreError) -> Failure {
    let what = format!(
        "cannot rely on the audit log of the store `{}`",
        store.path().display()
    );
    Failure::new(what)
        .because(error)
        .hint("`ringtrue audit verify --store DIR` tells what of it holds; restore `logs/audit` from a backup")
}

/// What an end that is no whole entry may have been.
pub(crate) const UNFINISHED: &str = "either it was never finished, and nobody was told that it is kept, or it was acknowledged and lost its end; a head that was kept elsewhere would tell";

/// Who writes, and where.
pub(crate) struct Desk<'a> {
    pub(crate) store: &'a Store,
    pub(crate) signer: Option<&'a Signer>,
}

impl Desk<'_> {
    /// Writes what `decide` returns when it sees all that was written before, at the time that it is shown; nobody writes in
    /// between. An entry that somebody answers for is signed by whose key is at hand.
    ///
    /// The clock is read when the log is in hand: of two processes, the one that writes later tells the later time.
    pub(crate) fn write<T>(
        &self,
        decide: impl FnOnce(&Audit, EventTime) -> Outcome<(Vec<Entry>, T)>,
    ) -> Outcome<T> {
        let written = self.store.append_audit(|audit| {
            let now = now()?;
            tell(audit, now);
            let (entries, told) = decide(audit, now)?;
            Ok(Decided {
                time: now,
                payloads: self.payloads(audit, entries, now),
                told,
            })
        });
        written.map_err(|error| match error {
            StoreError::Corrupt { .. } => unreadable(self.store, &error),
            StoreError::Unsettled { .. } => {
                Failure::new("it is not known whether the audit log kept the entry")
                    .because(&error)
                    .hint("`ringtrue audit show --store DIR` tells whether it did, and `ringtrue detectors history --store DIR` what stands")
            }
            error => store_failure("the audit log took no entry", &error),
        })?
    }

    fn payloads(&self, audit: &Audit, entries: Vec<Entry>, now: EventTime) -> Vec<Payload> {
        // Each head is of all entries before; of those that are written together only the first one's is known.
        let mut head = self.signer.map(|signer| {
            let before = Head::of(&audit.entries).digest;
            signer.sign((Subject::Head, before), Stance::Agrees, now)
        });
        let payload = |entry: Entry| {
            let signer = self.signer.filter(|_| entry.is_decision());
            let digest = entry.digest();
            Payload {
                signed: signer
                    .map(|signer| signer.sign((Subject::Decision, digest), Stance::Agrees, now)),
                head: head.take(),
                ..Payload::unsigned(entry)
            }
        };
        entries.into_iter().map(payload).collect()
    }
}

/// Tells of an end that was cut off, and of a clock that went back.
fn tell(audit: &Audit, now: EventTime) {
    if let Some(torn) = audit.torn {
        note(&format!(
            "warning: the last {} bytes of the audit log are no whole entry and were cut off: {UNFINISHED}",
            torn.bytes
        ));
    }
    let last = audit.entries.last();
    if let Some(last) = last.filter(|last| now < last.time) {
        note(&format!(
            "warning: the clock says {now}, and the last entry of the audit log was written at {}: `audit verify` will name it",
            last.time
        ));
    }
}
