//! What is known of the events with which the detector does the same: how many of them are malicious, at least and at most.

use super::Group;
use super::sample::Sample;

/// The counts of a side, so that they can be thought of as more.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct View {
    pub(super) events: f64,
    /// Events called malicious or benign by those who were asked.
    pub(super) labelled: f64,
    /// Events known to be malicious and benign, whoever was asked.
    known: [f64; 2],
    /// What the labels stand for, malicious and benign: each for the inverse of its propensity.
    pub(super) seen: [f64; 2],
    /// Of the events that people are always asked about, those known to be malicious.
    malicious: f64,
    /// Of these events and those that people are never asked about, those that may be either.
    open: f64,
    /// The events of which some are drawn.
    sample: Sample,
    /// What has no answer yet, of the open ones and of the sample's.
    pending: [f64; 2],
    /// Propensities strictly between 0 and 1.
    propensities: i32,
}

/// The part of what may be missed that goes to the first propensity: they seldom change.
const FIRST: f64 = 0.9;

impl View {
    /// Starts with what is known of events, whoever was asked.
    pub(super) fn new(known: [u64; 2]) -> Self {
        Self {
            known: known.map(|known| known as f64),
            ..Self::default()
        }
    }

    /// Counts a group; the propensities of groups rise.
    pub(super) fn add(&mut self, propensity: f64, group: &Group) {
        let [events, malicious, benign, unsure, pending] = [
            group.events,
            group.malicious,
            group.benign,
            group.unsure,
            group.pending,
        ]
        .map(|count| count as f64);
        self.events += events;
        self.labelled += malicious + benign;
        if propensity <= 0.0 {
            self.open += events;
            return;
        }
        self.seen[0] += malicious / propensity;
        self.seen[1] += benign / propensity;
        if propensity >= 1.0 {
            self.malicious += malicious;
            self.open += events - malicious - benign;
            self.pending[0] += pending;
            return;
        }
        self.propensities += 1;
        let sample = &mut self.sample;
        if sample.floor <= 0.0 {
            sample.floor = propensity;
        }
        let weight = sample.floor / propensity;
        sample.events += events;
        sample.malicious += weight * malicious;
        sample.benign += weight * benign;
        sample.open += weight * (unsure + pending);
        self.pending[1] += weight * pending;
    }

    /// Returns how many events are malicious, at least and at most; `alpha` is what may be missed.
    ///
    /// The wager needs the smallest propensity, which is known once it was met. Each that is met may be one, and gets a part of `alpha` of its own.
    pub(super) fn interval(&self, alpha: f64) -> [f64; 2] {
        let [low, high] = if self.sample.events > 0.0 {
            self.sample.interval(self.part() * alpha)
        } else {
            [0.0; 2]
        };
        let [malicious, benign] = self.known;
        let least = (self.malicious + low).max(malicious);
        let most = (self.malicious + self.open + high).min(self.events - benign);
        [least.min(most), most.max(least)]
    }

    /// Returns whether so many events may be malicious: the interval holds them.
    pub(super) fn holds(&self, number: f64, alpha: f64) -> bool {
        let [malicious, benign] = self.known;
        // What is open outside the sample may be malicious or not.
        let drawn = |open: f64| number - self.malicious - open;
        let [least, most] = [drawn(self.open), drawn(0.0)];
        let is_known = malicious <= number && number <= self.events - benign;
        if self.sample.events > 0.0 {
            is_known && self.sample.meets([least, most], self.part() * alpha)
        } else {
            is_known && least <= 0.0 && 0.0 <= most
        }
    }

    fn part(&self) -> f64 {
        match self.propensities {
            0 | 1 => FIRST,
            more => (1.0 - FIRST) * 0.5_f64.powi(more - 1),
        }
    }

    /// Returns how many events are malicious if the labelled ones stand for all; `None` if none is labelled.
    pub(super) fn likely(&self) -> Option<f64> {
        let [malicious, benign] = self.seen;
        let all = malicious + benign;
        (all > 0.0).then(|| self.events * malicious / all)
    }

    /// Returns it as it is once all that is pending was answered, as others were; as benign, if no other was.
    pub(super) fn answered(mut self) -> Self {
        let share = self.likely().map_or(0.0, |likely| likely / self.events);
        let [always, drawn] = self.pending;
        self.malicious += share * always;
        self.open -= always;
        self.sample.malicious += share * drawn;
        self.sample.benign += (1.0 - share) * drawn;
        self.sample.open -= drawn;
        self.labelled += always + drawn;
        self.pending = [0.0; 2];
        self
    }

    /// Finds one more malicious event where some are drawn.
    pub(super) fn find_one(&mut self) {
        if self.sample.malicious + self.sample.benign > 0.0 {
            self.sample.malicious += 1.0;
        }
    }

    /// Returns it as it is after so many times as many events.
    pub(super) fn scaled(mut self, times: f64) -> Self {
        let sample = &mut self.sample;
        for count in [
            &mut self.events,
            &mut self.labelled,
            &mut self.malicious,
            &mut self.open,
            &mut sample.events,
            &mut sample.malicious,
            &mut sample.benign,
            &mut sample.open,
        ] {
            *count *= times;
        }
        for count in self.known.iter_mut().chain(&mut self.seen) {
            *count *= times;
        }
        self
    }
}
