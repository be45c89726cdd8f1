//! Where entries of the audit log are written: under the log's lock, with the signed head where a key is at hand.

use ringtrue_core::EventTime;
use ringtrue_core::audit::{Entry, Head, Payload};
use ringtrue_core::signing::{Stance, Subject};
use ringtrue_store::{Audit, Store, StoreError};

use crate::commands::ingest::store_failure;
use crate::commands::note;
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

/// Who writes, where, and when.
pub(crate) struct Desk<'a> {
    pub(crate) store: &'a Store,
    pub(crate) signer: Option<&'a Signer>,
    pub(crate) now: EventTime,
}

impl Desk<'_> {
    /// Writes what `decide` returns when it sees all that was written before; nobody writes in between. An entry that
    /// somebody answers for is signed by whose key is at hand.
    pub(crate) fn write<T>(
        &self,
        decide: impl FnOnce(&Audit) -> Outcome<(Vec<Entry>, T)>,
    ) -> Outcome<T> {
        let written = self.store.append_audit(self.now, |audit| {
            self.tell(audit);
            let (entries, told) = decide(audit)?;
            Ok((self.payloads(audit, entries), told))
        });
        written.map_err(|error| match error {
            StoreError::Corrupt { .. } => unreadable(self.store, &error),
            error => store_failure("the audit log took no entry", &error),
        })?
    }

    fn payloads(&self, audit: &Audit, entries: Vec<Entry>) -> Vec<Payload> {
        // Each head is of all entries before; of those that are written together only the first one's is known.
        let mut head = self.signer.map(|signer| {
            let before = Head::of(&audit.entries).digest;
            signer.sign((Subject::Head, before), Stance::Agrees, self.now)
        });
        let payload = |entry: Entry| {
            let signer = self.signer.filter(|_| entry.is_decision());
            let digest = entry.digest();
            Payload {
                signed: signer.map(|signer| {
                    signer.sign((Subject::Decision, digest), Stance::Agrees, self.now)
                }),
                head: head.take(),
                ..Payload::unsigned(entry)
            }
        };
        entries.into_iter().map(payload).collect()
    }

    /// Tells of an end that was cut off, and of a clock that went back.
    fn tell(&self, audit: &Audit) {
        if let Some(torn) = audit.torn {
            note(&format!(
                "warning: the last {} bytes of the audit log were never finished and were cut off: nobody was told that they are kept",
                torn.bytes
            ));
        }
        let last = audit.entries.last();
        if let Some(last) = last.filter(|last| self.now < last.time) {
            note(&format!(
                "warning: the clock says {}, and the last entry of the audit log was written at {}: `audit verify` will name it",
                self.now, last.time
            ));
        }
    }
}
