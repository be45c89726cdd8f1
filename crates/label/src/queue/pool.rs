//! What is asked about: events, and what is said of each so far.

use ringtrue_core::Label;
use ringtrue_core::cost::Prices;
use ringtrue_model::train::TrainError;

use crate::errors::{Certainty, Suspects};
use crate::events::Events;

/// What is said of an event so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts that hold or not, each by itself"
)]
pub struct Stand {
    /// The label that holds; `None`: none.
    pub label: Option<Label>,
    /// Whether people stand for it: it is not asked about again, unless it is disputed.
    pub confirmed: bool,
    /// Whether those who decide disagree.
    pub disputed: bool,
    /// Whether whoever the queue is for has spoken: they are not asked twice.
    pub answered: bool,
    /// Whether somebody else is looking at it: its campaign waits for their answer.
    pub leased: bool,
}

/// Events, labelled or not; lists have one entry for each.
#[derive(Clone, Copy)]
pub struct Pool<'a> {
    /// The events.
    pub events: Events<'a>,
    /// What is said of each.
    pub stand: &'a [Stand],
    /// What mistakes about each cost.
    pub prices: &'a [Prices],
    /// How probably malicious a detector takes each to be; `None`: the labels alone are asked.
    pub detector: Option<&'a [f64]>,
}

/// No queue could be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueueError {
    /// The lists of the events are not of one length.
    #[error("the lists of the events differ in length")]
    Length,
    /// Training failed.
    #[error("what events are compared with could not be trained")]
    Train(#[from] TrainError),
}

impl Pool<'_> {
    /// Returns the number of events.
    pub(super) const fn len(&self) -> usize {
        self.stand.len()
    }

    /// Refuses lists of different lengths.
    pub(super) fn check(&self) -> Result<(), QueueError> {
        let count = self.len();
        let detector = self.detector.map_or(count, <[f64]>::len);
        if self.events.are(count) && self.prices.len() == count && detector == count {
            Ok(())
        } else {
            Err(QueueError::Length)
        }
    }

    /// Returns what each event is called if nobody asks: benign, where nothing is said. Nearly all of them are.
    pub(super) fn called(&self) -> Vec<Label> {
        let called = |stand: &Stand| stand.label.unwrap_or(Label::Benign);
        self.stand.iter().map(called).collect()
    }

    /// Returns how sure each label is.
    pub(super) fn certainty(&self) -> Vec<Certainty> {
        let of = |stand: &Stand| {
            if stand.confirmed && !stand.disputed {
                Certainty::Certain
            } else {
                Certainty::Doubtful
            }
        };
        self.stand.iter().map(of).collect()
    }
}

impl<'a> Pool<'a> {
    /// Returns the events as the comparison of labels reads them.
    pub(super) const fn suspects(
        &self,
        labels: &'a [Label],
        certainty: &'a [Certainty],
    ) -> Suspects<'a> {
        Suspects {
            events: self.events,
            labels,
            certainty,
        }
    }
}
