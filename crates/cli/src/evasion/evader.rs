//! Attacks on the artefacts of events: each changed artefact is put into its event and goes through intake and the detector.
//!
//! ```text
//!   event ──artefact──► Search ──changed──► event with it ──read──► row, tokens ──margin──► Search ... ──► Line
//! ```
//!
//! Everything else of the event stays: its time, user and host, its other columns. What users and hosts did is measured up to
//! the event, and no changed artefact is taken in.

use std::borrow::{Borrow, ToOwned};
use std::sync::Arc;

use ringtrue_attack::artefact::mail::Post;
use ringtrue_attack::artefact::search::{Found, Search, Space};
use ringtrue_attack::artefact::{Attack, Material};
use ringtrue_core::Event;
use ringtrue_core::random::mix;
use ringtrue_intake::history::History;
use ringtrue_intake::mail_bytes;

use super::kind::Attacks;
use super::line::begun;
use super::sample::number_of;
use super::scorer::{Artefact, Scorer};
use super::{Line, Turn};
use crate::detector_folder::Loaded;
use crate::interrupt;

/// Attacks events on their artefacts.
pub(crate) struct Evader<'a> {
    pub(crate) loaded: &'a Loaded,
    pub(crate) attacks: Attacks,
    pub(crate) material: Material,
    pub(crate) search: Search,
    /// Whether events that are not labelled malicious are passed by.
    pub(crate) labelled_only: bool,
}

/// Bytes that an artefact may always have, beyond four times what it had.
const BYTES_BESIDE: usize = 16 << 10;

impl Evader<'_> {
    /// Attacks one event if it is one of those that are. `history` is what users and hosts did before it.
    pub(super) fn turn(&self, row: u64, event: &Event, history: Option<&History>) -> Turn {
        let mut scorer = Scorer::new(self.loaded, event, history);
        let attacked = (self.search.allowed, self.labelled_only);
        let mut line = match begun(&mut scorer, row, attacked) {
            Ok(line) => line,
            Err(turn) => return turn,
        };
        let is_open = match &self.attacks {
            Attacks::Text(attacks) => {
                let field = event.kind.evidence().unwrap_or_default();
                let text = event.value(field).text();
                let text = text.as_deref().unwrap_or("");
                self.searched(text, attacks, &mut scorer, &mut line, str::len)
            }
            Attacks::Mail(attacks) => {
                let limits = &self.loaded.reader.spec().limits;
                let post = Post::read(mail_bytes(event), limits);
                post.map(Arc::new).is_some_and(|post| {
                    let bytes = |post: &Arc<Post>| post.raw().len();
                    self.searched(&post, attacks, &mut scorer, &mut line, bytes)
                })
            }
        };
        if is_open {
            Turn::Open
        } else {
            Turn::Told(Box::new(line))
        }
    }

    /// Searches for a change, and tells it; true if somebody asked for an end before there was one.
    fn searched<A>(
        &self,
        artefact: &A,
        attacks: &[&dyn Attack<A>],
        scorer: &mut Scorer<'_>,
        line: &mut Line,
        bytes: fn(&A) -> usize,
    ) -> bool
    where
        A: Artefact + ?Sized + ToOwned,
        A::Owned: Clone + Sync,
    {
        let space = Space {
            attacks,
            material: &self.material,
            bytes_max: bytes(artefact)
                .saturating_mul(4)
                .saturating_add(BYTES_BESIDE),
            bytes,
        };
        let search = Search {
            seed: mix(self.search.seed ^ number_of(line.id)),
            ..self.search
        };
        let go_on = || !interrupt::requested();
        let Found { answer, queries } = search.run(artefact, &space, scorer, &go_on);
        line.queries = queries;
        let Some(answer) = answer else {
            return interrupt::requested();
        };
        line.evaded = true;
        line.attack = space.names(&answer.chain);
        line.cost = Some(answer.minutes);
        line.verified = Some(answer.verified);
        line.margin_changed = Some(answer.margin);
        let mut made = scorer.event().clone();
        let changed: &A = answer.artefact.borrow();
        changed.put(&mut made);
        line.made = Some(Box::new(made));
        if !self.loaded.revealed().hides_evidence() {
            (line.changed, line.enc) = A::told(&answer.artefact);
        }
        false
    }
}
