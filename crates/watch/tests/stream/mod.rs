//! Streams of scored events whose truth is known, and of which some are drawn for people to look at.

use ringtrue_core::cost::Prices;
use ringtrue_core::random::Random;
use ringtrue_core::{Action, Label};
use ringtrue_watch::{
    Audit, Audited, AuditedReport, Band, ClassCounts, Estimate, Place, Stakes, estimate,
};

/// Bins of scores, in steps of a half of the log-odds.
const BINS: usize = 28;
/// Log-odds at which the bins begin, and from which on events are reviewed and blocked.
const LOWEST: f64 = -8.0;
const REVIEW: f64 = -0.5;
const BLOCK: f64 = 0.0;
/// Shares of allowed and of blocked events that people are asked about: less than a hundredth of all events.
const SHARES: [f64; 2] = [0.008, 0.2];
/// Mean and spread of the log-odds of malicious and of benign events: a thousandth of the benign ones and three of four malicious ones are blocked.
const CLASSES: [[f64; 2]; 2] = [[1.5, 2.2], [-5.0, 1.6]];

pub(crate) const FIGURES: [&str; 6] = [
    "malicious_share",
    "fpr",
    "recall",
    "precision",
    "cost_per_day",
    "roc_auc",
];

pub(crate) const STAKES: Stakes = Stakes {
    caught: Action::Block,
    prices: Prices {
        false_positive: 10.0,
        false_negative: 1_000.0,
        review: 5.0,
    },
    events_a_day: 1e6,
};

/// What happens to a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// Nothing: the classes score as in the reference, in another mix.
    Mix,
    /// Other events come in, and an event of some score is as likely malicious as before.
    Covariates,
    /// From the middle on malicious events score lower and benign ones higher.
    Midway,
    /// Of a hundredth of the events people cannot say what they are.
    Unsure,
}

/// A stream under way.
pub(crate) struct Stream {
    random: Random,
    share: f64,
    change: Change,
    events: u64,
    pub(crate) seen: u64,
    /// Counts by what is done with events: allowed, reviewed, blocked; of each malicious and benign.
    pub(crate) truth: [[u64; 2]; 3],
    /// Their scores by class.
    pub(crate) scores: ClassCounts,
    pub(crate) audited: Audited,
}

impl Stream {
    /// Starts a stream of so many events.
    pub(crate) fn new(seed: u64, (share, change): (f64, Change), events: u64) -> Self {
        Self {
            random: Random::new(seed),
            share,
            change,
            events,
            seen: 0,
            truth: [[0; 2]; 3],
            scores: ClassCounts::new(BINS),
            audited: Audited::default(),
        }
    }

    /// Lets one event happen.
    pub(crate) fn step(&mut self) {
        let (odds, is_malicious) = self.event();
        let action = if odds >= BLOCK {
            Action::Block
        } else if odds >= REVIEW {
            Action::Review
        } else {
            Action::Allow
        };
        self.seen += 1;
        self.truth[action as usize][usize::from(!is_malicious)] += 1;
        let label = if is_malicious {
            Label::Malicious
        } else {
            Label::Benign
        };
        self.scores.add(bin(odds), Some(label));
        let propensity = [SHARES[0], 1.0, SHARES[1]][action as usize];
        let asked = self.random.chance(propensity);
        let is_unsure = self.change == Change::Unsure && self.random.chance(0.01);
        let label = if is_unsure { Label::Unsure } else { label };
        self.audited.add(&Audit {
            action,
            propensity,
            asked,
            label: asked.then_some(label),
        });
    }

    fn event(&mut self) -> (f64, bool) {
        let random = &mut self.random;
        if self.change == Change::Covariates && random.chance(0.1) {
            let odds = -2.5 + normal(random);
            let [malicious, benign] = CLASSES.map(|class| density(odds, class));
            let both = self.share * malicious + (1.0 - self.share) * benign;
            return (odds, random.chance(self.share * malicious / both));
        }
        let is_malicious = random.chance(self.share);
        let [mean, spread] = CLASSES[usize::from(!is_malicious)];
        let is_changed = self.change == Change::Midway && self.seen > self.events / 2;
        let shift = match (is_changed, is_malicious) {
            (false, _) => 0.0,
            (true, true) => -2.0,
            (true, false) => 0.5,
        };
        (mean + shift + spread * normal(random), is_malicious)
    }

    /// Returns the true figures by now, in the order of [`FIGURES`]; NaN where nothing is.
    pub(crate) fn figures(&self) -> [f64; 6] {
        let [[missed, passed], [flagged, reviewed], [hits, errors]] =
            self.truth.map(|counts| counts.map(|count| count as f64));
        let [bad, good] = [missed + flagged + hits, passed + reviewed + errors];
        let cost = 1_000.0 * missed + 5.0 * (flagged + reviewed) + 10.0 * errors;
        let (mut below, mut pairs) = (0.0, 0.0);
        for (one, other) in self.scores.malicious.iter().zip(&self.scores.benign) {
            pairs += *one as f64 * (below + *other as f64 / 2.0);
            below += *other as f64;
        }
        [
            bad / (bad + good),
            errors / good,
            hits / bad,
            hits / (hits + errors),
            cost / (bad + good) * 1e6,
            pairs / (bad * good),
        ]
    }

    /// Returns whether the labels allow for the truth.
    pub(crate) fn is_held(&self) -> bool {
        self.audited.holds(self.truth.map(|counts| counts[0]))
    }

    /// Returns what the scores say of it without labels, beside a reference.
    pub(crate) fn estimate(&self, reference: &ClassCounts) -> Estimate {
        let pairs = self.scores.malicious.iter().zip(&self.scores.benign);
        let window: Vec<u64> = pairs.map(|(one, other)| one + other).collect();
        let place = Place {
            review: bin(REVIEW),
            block: bin(BLOCK),
            at: 0.5,
            stakes: STAKES,
        };
        estimate(reference, &window, &place)
    }
}

/// Returns the scores of 400 malicious and 8,000 benign events.
pub(crate) fn reference(seed: u64) -> ClassCounts {
    let mut random = Random::new(seed);
    let mut counts = ClassCounts::new(BINS);
    for ([mean, spread], (label, events)) in CLASSES
        .into_iter()
        .zip([(Label::Malicious, 400), (Label::Benign, 8_000)])
    {
        for _ in 0..events {
            counts.add(bin(mean + spread * normal(&mut random)), Some(label));
        }
    }
    counts
}

pub(crate) fn of_audit(report: &AuditedReport) -> [Option<Band>; 6] {
    [
        report.malicious_share,
        report.fpr,
        report.recall,
        report.precision,
        report.cost_per_day,
        None,
    ]
}

pub(crate) fn of_scores(found: &Estimate) -> [Option<Band>; 6] {
    [
        found.malicious_share,
        found.fpr,
        found.recall,
        found.precision,
        found.cost_per_day,
        found.roc_auc,
    ]
}

/// Returns whether a band holds a value, which it does if either is absent.
pub(crate) fn holds(band: Option<Band>, truth: f64) -> bool {
    let slack = 1e-9 * truth.abs();
    truth.is_nan()
        || band.is_none_or(|band| band.low - slack <= truth && truth <= band.high + slack)
}

fn bin(odds: f64) -> usize {
    (1..BINS)
        .take_while(|bin| LOWEST + 0.5 * *bin as f64 <= odds)
        .count()
}

fn density(odds: f64, [mean, spread]: [f64; 2]) -> f64 {
    (-((odds - mean) / spread).powi(2) / 2.0).exp() / spread
}

fn normal(random: &mut Random) -> f64 {
    let radius = (-2.0 * (1.0 - random.unit()).ln()).sqrt();
    radius * (std::f64::consts::TAU * random.unit()).cos()
}
