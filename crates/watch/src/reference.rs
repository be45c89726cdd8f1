//! The reference: what scores and signals were like where the detector was judged, frozen with it.
//!
//! ```text
//!   judged events ──of──► bins (by quantiles), counts of each monitor, scores by class ──to_bytes──► reference.json
//!   one event     ──see──► Seen: the bins that it falls into
//! ```
//!
//! It holds counts, the values between bins, some scores, and sketches of the texts of some events: no event, and no text.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use ringtrue_core::random::mix;
use ringtrue_core::verdict::Thresholds;
use ringtrue_core::{Action, EventId, EventTime, Label, Row};

use crate::bins::{Bins, quantiles};
use crate::counts::Counts;
use crate::estimate::{Place, Stakes};
use crate::mixture::ClassCounts;
use crate::monitor::credibility::ClassScores;
use crate::monitor::signals::SignalCounts;
use crate::monitor::sources::SourceCounts;
use crate::near::Near;
use crate::sample::{Likeness, Position, Telling, scattered};

/// The format of a stored reference that is written.
pub const FORMAT: u32 = 2;

/// Bins of a signal, at most.
const SIGNAL_BINS: usize = 12;
/// Counted values of a signal: missing, and its bins.
pub(crate) const SIGNAL_WIDTH: usize = SIGNAL_BINS + 1;
/// Bins of a score that each class fills equally.
const SCORE_BINS: usize = 10;
/// Events from which bins are made, at most; those beyond are counted into them.
const BINNED_MAX: usize = 50_000;
/// Signals and score bins that a stored reference may have, at most.
const PARTS_MAX: usize = 1 << 20;

/// What is watched of a detector.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The names of the signals in the order of a row; false beside those that tell of a past which grows, and of which only is watched
    /// whether they are there.
    pub signals: Vec<(String, bool)>,
    /// From which scores events are reviewed and blocked.
    pub thresholds: Thresholds,
}

/// What is known of one event.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// What it is called by.
    pub id: EventId,
    /// When it happened; `None` if nobody says.
    pub time: Option<EventTime>,
    /// Its signals.
    pub row: Row<'a>,
    /// The calibrated probability, in `[0, 1]`.
    pub score: f64,
    /// What somebody decided, if that is known.
    pub label: Option<Label>,
    /// Where it comes from.
    pub source: Option<&'a str>,
    /// Whether it is unlike all that training saw.
    pub is_outside: bool,
    /// What its near-copies are found by; `None` for one of which none can be found.
    pub likeness: Option<Likeness<'a>>,
}

/// What a window counts of one event.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    pub(crate) time: Option<EventTime>,
    pub(crate) source: Option<String>,
    pub(crate) label: Option<Label>,
    /// The score's bin.
    pub(crate) score: usize,
    /// Whether the score is that of a malicious event rather than of a benign one.
    pub(crate) is_high: bool,
    /// 0 for a missing signal, else one more than its bin.
    pub(crate) signals: Vec<u8>,
    pub(crate) is_outside: bool,
    pub(crate) standing: Standing,
    /// Whether it scores between both classes; `None` where nobody knows.
    pub(crate) is_between: Option<bool>,
    /// What of it may stand in a sample.
    pub(crate) telling: Option<Box<Telling>>,
}

/// What comes of an event by its score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Standing {
    /// Nothing.
    Passed,
    /// A person looks at it.
    Flagged,
    /// It counts as caught, and is a person's concern as well.
    Caught,
}

/// What a stream is compared with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    format: u32,
    thresholds: Thresholds,
    score: Bins,
    /// The first bin of scores that malicious events have rather than benign ones; none if it is the number of bins.
    high: usize,
    signals: Vec<Watched>,
    pub(crate) classes: ClassCounts,
    /// The signals of its malicious events, and of its benign ones.
    pub(crate) class_signals: [SignalCounts; 2],
    pub(crate) counts: Counts,
    /// These three are nothing in a reference of format 1.
    #[serde(default)]
    scores: Option<ClassScores>,
    #[serde(default)]
    near: Near,
    /// Scatters ids into the order of samples.
    #[serde(default)]
    salt: u64,
}

/// A signal that is watched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Watched {
    name: String,
    bins: Bins,
}

/// A reference cannot be made or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReferenceError {
    /// No event is there to compare with.
    #[error("a reference needs events: none is there")]
    NoEvents,
    /// It does not read.
    #[error("the reference does not read")]
    Document(#[source] serde_json::Error),
    /// It was written by a later version.
    #[error("the reference has format {0}, this program reads up to {FORMAT}")]
    Format(u32),
    /// Its parts contradict each other.
    #[error("the reference's parts do not fit together: {0}")]
    Parts(&'static str),
}

impl Reference {
    /// Makes the reference of `events` events, each told by its number.
    ///
    /// # Errors
    ///
    /// [`ReferenceError::NoEvents`] if there is none.
    pub fn of<'a>(
        plan: &Plan,
        events: usize,
        known: impl Fn(usize) -> Known<'a>,
    ) -> Result<Self, ReferenceError> {
        if events == 0 {
            return Err(ReferenceError::NoEvents);
        }
        let sample: Vec<Known<'_>> = sample(events).map(&known).collect();
        let score = score_bins(&sample, plan.thresholds);
        let signals: Vec<Watched> = (0..)
            .zip(&plan.signals)
            .map(|(at, (name, is_steady))| {
                let values = sample.iter().map(|it| it.row.get(at));
                let values: Vec<f64> = values.filter(|_| *is_steady).collect();
                Watched {
                    name: name.clone(),
                    bins: Bins::of(&values, SIGNAL_BINS),
                }
            })
            .collect();
        let mut reference = Self {
            format: FORMAT,
            thresholds: plan.thresholds,
            high: score.len(),
            classes: ClassCounts::new(score.len()),
            class_signals: [(); 2].map(|()| SignalCounts::new(signals.len())),
            counts: Counts::new(score.len(), signals.len()),
            score,
            signals,
            scores: ClassScores::of(sample.iter().map(|it| (it.score, it.label))),
            near: Near::of(&sample, plan.thresholds),
            salt: 0,
        };
        for at in 0..events {
            let known = known(at);
            reference
                .classes
                .add(reference.score.bin(known.score), known.label);
            reference.salt = reference.salt.wrapping_add(mix(scattered(&known.id.0, 0)));
        }
        reference.high = reference.classes.most_telling();
        for at in 0..events {
            let seen = reference.see(&known(at));
            reference.counts.add(&seen);
            let [malicious, benign] = &mut reference.class_signals;
            match seen.label.and_then(Label::class) {
                Some(true) => malicious.add(&seen),
                Some(false) => benign.add(&seen),
                None => {}
            }
        }
        let counts = &mut reference.counts;
        counts.sample = std::mem::take(&mut counts.sample).frozen();
        Ok(reference)
    }

    /// Returns the bins that an event falls into.
    #[must_use]
    pub fn see(&self, known: &Known<'_>) -> Seen {
        let score = self.score.bin(known.score);
        let code = |(at, signal): (usize, &Watched)| {
            let value = known.row.get(at);
            if value.is_nan() {
                return 0;
            }
            u8::try_from(1 + signal.bins.bin(value)).unwrap_or(0)
        };
        let position = Position {
            is_high: score >= self.high,
            is_outside: known.is_outside,
            standing: self.standing(known.score),
            near_review: self.near.review(known.score, self.thresholds),
            near_block: self.near.block(known.score, self.thresholds),
        };
        Seen {
            time: known.time,
            source: known.source.map(str::to_owned),
            label: known.label,
            score,
            is_high: position.is_high,
            signals: self.signals.iter().enumerate().map(code).collect(),
            is_outside: known.is_outside,
            standing: position.standing,
            is_between: self.scores.as_ref().map(|it| it.is_low(known.score)),
            telling: position
                .is_telling()
                .then(|| Box::new(self.telling(known, position))),
        }
    }

    fn telling(&self, known: &Known<'_>, position: Position) -> Telling {
        Telling {
            rank: scattered(&known.id.0, self.salt),
            id: known.id,
            position,
            source: known.source.map(|name| scattered(name.as_bytes(), 0)),
            sketch: known.likeness.map(Likeness::sketch),
        }
    }

    fn standing(&self, score: f64) -> Standing {
        if score >= self.at() {
            Standing::Caught
        } else if score >= self.thresholds.review {
            Standing::Flagged
        } else {
            Standing::Passed
        }
    }

    /// Returns the score at which rates are told: that of blocking, or of reviewing where nothing is ever blocked.
    #[must_use]
    pub const fn at(&self) -> f64 {
        let Thresholds { review, block } = self.thresholds;
        if block > 1.0 { review } else { block }
    }

    /// Returns from which action on an event counts as caught.
    pub(crate) const fn caught(&self) -> Action {
        if self.thresholds.block > 1.0 {
            Action::Review
        } else {
            Action::Block
        }
    }

    /// Returns where its scores are told apart.
    pub(crate) fn place(&self, stakes: Stakes) -> Place {
        let first = |threshold: f64| {
            if threshold > 1.0 {
                self.score.len()
            } else {
                self.score.bin(threshold)
            }
        };
        Place {
            review: first(self.thresholds.review),
            block: first(self.thresholds.block),
            at: self.at(),
            stakes,
        }
    }

    /// Returns the first bin of scores that malicious events have rather than benign ones; the number of bins if there is none.
    pub(crate) const fn high(&self) -> usize {
        self.high
    }

    /// Returns the names of the signals, in the order of a row.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.signals.iter().map(|signal| signal.name.as_str())
    }

    /// Returns the signals that events would have if only the mix of the classes were another; those of all events if the classes are not known.
    pub(crate) fn signals_at(&self, share: Option<f64>) -> Cow<'_, SignalCounts> {
        let [malicious, benign] = self.classes.events().map(|events| events as f64);
        let Some(share) = share.filter(|_| malicious > 0.0 && benign > 0.0) else {
            return Cow::Borrowed(&self.counts.signals);
        };
        let weights = [share / malicious, (1.0 - share) / benign];
        let most = weights[0].max(weights[1]).max(f64::MIN_POSITIVE);
        Cow::Owned(SignalCounts::mixed(
            &self.class_signals,
            weights.map(|it| it / most),
        ))
    }

    /// Returns an empty window.
    pub(crate) fn window(&self) -> Counts {
        let mut counts = Counts::new(self.score.len(), self.signals.len());
        counts.sources = SourceCounts::like(&self.counts.sources);
        counts
    }

    /// Returns how many events it was made of.
    #[must_use]
    pub const fn events(&self) -> u64 {
        self.counts.events
    }

    /// Returns the stored form.
    ///
    /// # Errors
    ///
    /// [`ReferenceError::Document`] if it cannot be written as JSON.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ReferenceError> {
        let mut bytes = serde_json::to_vec(self).map_err(ReferenceError::Document)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Reads the stored form of a detector with `signals` signals.
    ///
    /// # Errors
    ///
    /// [`ReferenceError`] if it does not read, is of a later format or another detector, or contradicts itself.
    pub fn from_bytes(bytes: &[u8], signals: usize) -> Result<Self, ReferenceError> {
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let Format { format } = serde_json::from_slice(bytes).map_err(ReferenceError::Document)?;
        if format > FORMAT {
            return Err(ReferenceError::Format(format));
        }
        let read: Self = serde_json::from_slice(bytes).map_err(ReferenceError::Document)?;
        read.check(signals)
            .map_or(Ok(read), |what| Err(ReferenceError::Parts(what)))
    }

    /// Returns what contradicts itself.
    fn check(&self, signals: usize) -> Option<&'static str> {
        let bins = self.score.len();
        let fits = self
            .signals
            .iter()
            .all(|it| it.bins.is_sound() && it.bins.len() <= SIGNAL_BINS);
        if self.signals.len() != signals || signals > PARTS_MAX || bins > PARTS_MAX {
            Some("it tells of another number of signals")
        } else if !fits || !self.score.is_sound() || self.high > bins || !self.near.is_sound() {
            Some("its bins are in no order")
        } else if !self.classes.has(bins)
            || !self.counts.has(bins, signals)
            || !self.class_signals.iter().all(|it| it.has(signals))
        {
            Some("its counts are of other bins")
        } else if self.scores.as_ref().is_some_and(|it| !it.is_sound()) {
            Some("its scores are in no order")
        } else if !self.counts.sample.is_sound() {
            Some("its sample holds more events than there were")
        } else {
            None
        }
    }
}

/// Returns the numbers of evenly spread events.
fn sample(events: usize) -> impl Iterator<Item = usize> {
    let taken = events.min(BINNED_MAX);
    (0..taken).map(move |at| at * events / taken)
}

/// Returns bins of scores that are about equally full for either class, with the thresholds between bins.
fn score_bins(sample: &[Known<'_>], thresholds: Thresholds) -> Bins {
    let mut cuts = vec![thresholds.review, thresholds.block];
    cuts.retain(|cut| *cut <= 1.0);
    for is_malicious in [true, false] {
        let is_of = |it: &&Known<'_>| (it.label == Some(Label::Malicious)) == is_malicious;
        let mut scores: Vec<f64> = sample.iter().filter(is_of).map(|it| it.score).collect();
        scores.retain(|score| score.is_finite());
        scores.sort_unstable_by(f64::total_cmp);
        cuts.extend(quantiles(&scores, SCORE_BINS));
    }
    Bins::at(cuts)
}

#[cfg(test)]
mod tests;
