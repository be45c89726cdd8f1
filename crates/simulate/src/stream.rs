//! The stream itself: an iterator of URL events in time order, each with its reported label and truth.
//!
//! The class of an event is drawn first, then its time, source and text, so that neither time nor
//! source tells the class. Refuses spans and shares that make no stream.

use std::sync::Arc;

use ringtrue_core::random::{Random, mix};
use ringtrue_core::{EventTime, Label, Trust};

use crate::campaign::{Campaign, Roster};
use crate::clock::{Clock, Moment, Scene};
use crate::labels;
use crate::site::Population;

/// The longest stream, in months.
pub(crate) const MONTHS_MAX: u32 = 240;
/// The fastest that families age; beyond it hardly any lives for a day.
const PACE_MAX: f64 = 100.0;
/// Families and campaigns are brought up to date this often, in days.
const STEP_DAYS: f64 = 0.25;
/// The capacity that a URL's buffer starts with; most URLs are shorter.
const URL_BYTES: usize = 128;

/// What stream to make.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UrlParameters {
    /// Calendar months, 1 to 240.
    pub months: u32,
    /// Events, exactly.
    pub events: u64,
    /// The same seed gives the same stream.
    pub seed: u64,
    /// No wrong or unsure labels, no drift, and no two events of one campaign.
    pub clean: bool,
    /// The stream starts at the first moment of this time's month.
    pub start: EventTime,
    /// The expected share of malicious events, in `[0, 1]`.
    pub malicious_share: f64,
    /// How many months families of attacks age in one, 0 to 100: with 2 they are born, grow and end twice as fast as usual, with 0 those of the first
    /// day stay for ever. How fast a detector decays follows it.
    pub pace: f64,
}

/// These parameters make no stream.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SimulateError {
    /// No month, or too many.
    #[error("`months` lies outside 1 to {MONTHS_MAX}: {0}")]
    Months(u32),
    /// No cycle, or too many.
    #[error("`cycles` lies outside 1 to {MONTHS_MAX}: {0}")]
    Cycles(u32),
    /// The share of malicious events is no share.
    #[error("`malicious_share` lies outside 0 to 1: {0}")]
    MaliciousShare(f64),
    /// Families cannot age so fast.
    #[error("`pace` lies outside 0 to {PACE_MAX}: {0}")]
    Pace(f64),
}

/// One event of a stream, as reported, with what it truly is.
#[derive(Clone, Debug, PartialEq)]
pub struct SimulatedEvent {
    /// An absolute `http` or `https` URL.
    pub url: String,
    /// What is said of it.
    pub label: Label,
    /// What it is: benign or malicious, never unsure.
    pub truth: Label,
    /// When it was first seen.
    pub first_seen: EventTime,
    /// When `label` became known; not before `first_seen`.
    pub label_known: EventTime,
    /// Who saw it.
    pub source: &'static str,
    /// The family, for those that are malicious and reported so.
    pub family: Option<Arc<str>>,
    /// The campaign, for those that have a family.
    pub campaign: Option<u64>,
    /// Always synthetic.
    pub trust: Trust,
}

/// Whether the world drifts and errs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setting {
    /// It drifts, repeats campaigns, and some labels are wrong or unsure.
    Natural,
    /// It stands still, every attack is its own, and every label is right.
    Clean,
}

/// A stream of URL events; see the crate's documentation.
#[derive(Clone, Debug)]
pub struct UrlStream {
    setting: Setting,
    malicious_share: f64,
    events: u64,
    made: u64,
    random: Random,
    clock: Clock,
    population: Population,
    roster: Roster,
    /// The world since the roster was last brought up to date.
    scene: Scene,
    next_step_day: f64,
}

impl UrlStream {
    /// Starts a stream.
    ///
    /// # Errors
    ///
    /// [`SimulateError::Months`] outside 1 to 240, [`SimulateError::MaliciousShare`] outside 0 to 1, [`SimulateError::Pace`] outside 0
    /// to 100.
    pub fn new(parameters: &UrlParameters) -> Result<Self, SimulateError> {
        if !(1..=MONTHS_MAX).contains(&parameters.months) {
            return Err(SimulateError::Months(parameters.months));
        }
        let share = parameters.malicious_share;
        if !(0.0..=1.0).contains(&share) {
            return Err(SimulateError::MaliciousShare(share));
        }
        if !(0.0..=PACE_MAX).contains(&parameters.pace) {
            return Err(SimulateError::Pace(parameters.pace));
        }
        let setting = if parameters.clean {
            Setting::Clean
        } else {
            Setting::Natural
        };
        let clock = Clock::new(parameters.start, parameters.months, parameters.events);
        let seed = mix(parameters.seed);
        let start = clock.at_day(0.0);
        let per_day = parameters.events as f64 * share / clock.days();
        let mut roster = Roster::new(seed, per_day, parameters.pace);
        roster.advance(start);
        Ok(Self {
            setting,
            malicious_share: share,
            events: parameters.events,
            made: 0,
            random: Random::new(seed ^ 0x57e4),
            scene: Scene::of(start, setting),
            clock,
            population: Population::new(seed),
            roster,
            next_step_day: STEP_DAYS,
        })
    }

    /// Brings the world up to date.
    fn step(&mut self, moment: Moment) {
        if moment.day < self.next_step_day {
            return;
        }
        self.next_step_day = moment.day + STEP_DAYS;
        self.scene = Scene::of(moment, self.setting);
        if self.setting == Setting::Natural {
            self.roster.advance(moment);
        }
    }

    /// Appends the URL of one attack; returns its family and campaign.
    fn attack(&mut self, moment: Moment, out: &mut String) -> (Option<Arc<str>>, Option<u64>) {
        let Some((family, campaign)) = self.roster.drawn(&mut self.random) else {
            debug_assert!(false, "a roster that was brought up to date has campaigns");
            return (None, None);
        };
        let (campaign, day) = match self.setting {
            Setting::Natural => (campaign, moment.day),
            Setting::Clean => (Campaign::new(family, self.made, 0.0), 0.0),
        };
        let place = (self.population, &self.scene);
        campaign.write(family, day, place, &mut self.random, out);
        (Some(Arc::clone(&family.name)), Some(campaign.id))
    }
}

impl Iterator for UrlStream {
    type Item = SimulatedEvent;

    fn next(&mut self) -> Option<SimulatedEvent> {
        if self.made >= self.events {
            return None;
        }
        let truth = if self.random.chance(self.malicious_share) {
            Label::Malicious
        } else {
            Label::Benign
        };
        let moment = self.clock.moment(self.made, &mut self.random);
        let source = labels::source(&mut self.random);
        self.step(moment);
        let mut url = String::with_capacity(URL_BYTES);
        let (family, campaign) = if truth == Label::Malicious {
            self.attack(moment, &mut url)
        } else {
            let site = self.population.visited(&self.scene, &mut self.random);
            site.habit
                .write(&site, &self.scene, &mut self.random, &mut url);
            (None, None)
        };
        self.made += 1;
        let label = labels::reported(truth, self.setting, &mut self.random);
        let told = label == Label::Malicious;
        Some(SimulatedEvent {
            url,
            label,
            truth,
            first_seen: moment.time,
            label_known: labels::known(label, moment.time, &mut self.random),
            source,
            family: family.filter(|_| told),
            campaign: campaign.filter(|_| told),
            trust: Trust::Synthetic,
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::try_from(self.events - self.made).ok();
        (left.unwrap_or(usize::MAX), left)
    }
}
