//! What the labels of the audit sample say of a detector: bounds that hold at every step, whatever the stream does.
//!
//! ```text
//!   events ──by what the detector does (allow, review, block)──► how many, of these how many drawn and labelled, by propensity
//!                                                                    │
//!               interval of the malicious ones among them ◄──────────┘
//!                    └──► FPR, recall, precision, cost: the ends over all three intervals
//! ```
//!
//! How many events were blocked, reviewed and allowed is known. Unknown is how many malicious ones are among each, and of that alone the draws
//! tell. A drawn event that nobody labelled yet, or of which somebody said unsure, counts as either class.

mod figures;
mod sample;
mod view;

use std::collections::BTreeMap;

use ringtrue_core::{Action, Label};
use serde::Serialize;

use crate::estimate::{Band, Stakes};
use figures::{Counted, Figure};
use view::View;

/// An event of a stream of which some are drawn for people to look at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Audit {
    /// What the detector does with it, the audit sample aside.
    pub action: Action,
    /// How probable it was that people would be asked: 1 if they are asked about all such events, 0 if about none. Anything else that is
    /// not in `(0, 1)` counts as 0.
    pub propensity: f64,
    /// Whether they were.
    pub asked: bool,
    /// What is known of it by now.
    pub label: Option<Label>,
}

/// Counts of audited events, each of which must be added once. The order of events and of merges is without influence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audited {
    sides: [Side; 3],
}

/// Events with which the detector does the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Side {
    /// By the bits of the propensity, which are in its order.
    groups: BTreeMap<u64, Group>,
    /// Events known to be malicious and benign, whoever was asked.
    known: [u64; 2],
}

/// Events of one propensity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Group {
    events: u64,
    malicious: u64,
    benign: u64,
    unsure: u64,
    /// Asked about, and nobody answered yet.
    pending: u64,
}

/// What the audit sample says of a window. Each figure is absent where its bounds tell nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct AuditedReport {
    /// Events, each counted once.
    pub events: u64,
    /// Events that people were asked about and called malicious or benign.
    pub labelled: u64,
    /// Events that they called unsure.
    pub unsure: u64,
    /// Events that they were asked about and have not answered.
    pub pending: u64,
    /// The share of events that are malicious.
    pub malicious_share: Option<Band>,
    /// The share of benign events that are caught.
    pub fpr: Option<Band>,
    /// The share of malicious events that are caught.
    pub recall: Option<Band>,
    /// The share of caught events that are malicious.
    pub precision: Option<Band>,
    /// What the detector's mistakes and reviews cost a day.
    pub cost_per_day: Option<Band>,
    /// Why a figure is absent, by its name.
    pub why: BTreeMap<&'static str, String>,
    /// How many more labels of asked-about events would tell it, at today's rates; not there if no number of them would.
    pub labels_needed: BTreeMap<&'static str, u64>,
}

/// How many times as many events are thought of for what more labels would tell.
const TIMES_MAX: f64 = 1e6;
/// Halvings until the number of labels needed is known to a hundredth.
const HALVINGS: usize = 12;

impl Audited {
    /// Counts one event.
    pub fn add(&mut self, audit: &Audit) {
        let [allowed, reviewed, blocked] = &mut self.sides;
        let side = match audit.action {
            Action::Allow => allowed,
            Action::Review => reviewed,
            Action::Block => blocked,
        };
        side.add(audit);
    }

    /// Counts the events of another state as well; no event may be in both.
    pub fn merge(&mut self, other: &Self) {
        for (side, other) in self.sides.iter_mut().zip(&other.sides) {
            side.merge(other);
        }
    }

    /// Returns what the labels say: each figure with bounds that all hold together, at this step and at every other, in 95 % of all streams.
    ///
    /// # Source
    ///
    /// The bounds: `Sample::evidence`. Events known to be of a class, whoever was asked, bound their number as well. The values are those of
    /// Hájek, "Comment on a paper by D. Basu", 1971: labelled events stand for the others, each for the inverse of its propensity; where none is
    /// labelled, the value is the middle of the bounds.
    #[must_use]
    pub fn finish(&self, stakes: &Stakes) -> AuditedReport {
        let counted = Counted::of(&self.views());
        let groups = || self.sides.iter().flat_map(|side| side.groups.values());
        let sum = |count: fn(&Group) -> u64| groups().map(count).sum();
        let mut report = AuditedReport {
            events: sum(|group| group.events),
            labelled: sum(|group| group.malicious + group.benign),
            unsure: sum(|group| group.unsure),
            pending: sum(|group| group.pending),
            ..AuditedReport::default()
        };
        for figure in Figure::ALL {
            match counted.told(figure, stakes) {
                Ok(band) => *report.slot(figure) = Some(band),
                Err(why) => {
                    let needed = self.labels_needed(figure, stakes);
                    let needed = needed.map(|labels| (figure.name(), labels));
                    report.why.insert(figure.name(), why);
                    report.labels_needed.extend(needed);
                }
            }
        }
        report
    }

    /// Returns whether the labels allow for so many malicious events among those that are allowed, reviewed and blocked. At no step are the true numbers
    /// refused, but in 5 % of all streams.
    #[must_use]
    pub fn holds(&self, malicious: [u64; 3]) -> bool {
        let views = self.views();
        let mut pairs = views.iter().zip(figures::ALPHAS).zip(malicious);
        pairs.all(|((view, alpha), number)| view.holds(number as f64, alpha))
    }

    fn views(&self) -> [View; 3] {
        self.sides.each_ref().map(Side::view)
    }

    /// Returns how many more labels of drawn events would tell a figure if events went on coming as they did, and those that are open
    /// were answered like the others. If no malicious event was found yet, the next label is thought to find one.
    fn labels_needed(&self, figure: Figure, stakes: &Stakes) -> Option<u64> {
        let mut views = self.views().map(View::answered);
        if views.iter().all(|view| view.seen[0] <= 0.0) {
            views.iter_mut().for_each(View::find_one);
        }
        let tells = |times: f64| {
            let counted = Counted::of(&views.map(|it| it.scaled(times)));
            counted.told(figure, stakes).is_ok()
        };
        let (mut low, mut high) = (1.0, TIMES_MAX);
        if !tells(high) {
            return None;
        }
        for _ in 0..HALVINGS {
            let middle = f64::sqrt(low * high);
            if tells(middle) {
                high = middle;
            } else {
                low = middle;
            }
        }
        let drawn = self.sides.iter().flat_map(Side::drawn);
        let (asked, answered) = drawn.fold((0, 0), |(asked, answered), group| {
            let known = group.malicious + group.benign + group.unsure;
            (asked + known + group.pending, answered + known)
        });
        let needed = (high * asked as f64).ceil() - answered as f64;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a count below the bound on times"
        )]
        (asked > 0).then_some(needed.max(1.0) as u64)
    }
}

impl AuditedReport {
    const fn slot(&mut self, figure: Figure) -> &mut Option<Band> {
        match figure {
            Figure::MaliciousShare => &mut self.malicious_share,
            Figure::Fpr => &mut self.fpr,
            Figure::Recall => &mut self.recall,
            Figure::Precision => &mut self.precision,
            Figure::CostPerDay => &mut self.cost_per_day,
        }
    }
}

impl Side {
    fn add(&mut self, audit: &Audit) {
        let is_share = audit.propensity > 0.0 && audit.propensity <= 1.0;
        let propensity = if is_share { audit.propensity } else { 0.0 };
        let group = self.groups.entry(propensity.to_bits()).or_default();
        group.events += 1;
        if audit.asked && is_share {
            *match audit.label {
                Some(Label::Malicious) => &mut group.malicious,
                Some(Label::Benign) => &mut group.benign,
                Some(Label::Unsure) => &mut group.unsure,
                None => &mut group.pending,
            } += 1;
        }
        match audit.label.and_then(Label::class) {
            Some(true) => self.known[0] += 1,
            Some(false) => self.known[1] += 1,
            None => {}
        }
    }

    fn merge(&mut self, other: &Self) {
        for (propensity, more) in &other.groups {
            let group = self.groups.entry(*propensity).or_default();
            group.events += more.events;
            group.malicious += more.malicious;
            group.benign += more.benign;
            group.unsure += more.unsure;
            group.pending += more.pending;
        }
        for (known, more) in self.known.iter_mut().zip(other.known) {
            *known += more;
        }
    }

    /// Returns the groups of which some are drawn.
    fn drawn(&self) -> impl Iterator<Item = &Group> {
        let pairs = self.groups.iter();
        let is_drawn = |bits: u64| (f64::from_bits(bits) > 0.0) && f64::from_bits(bits) < 1.0;
        pairs.filter_map(move |(bits, group)| is_drawn(*bits).then_some(group))
    }

    fn view(&self) -> View {
        let mut view = View::new(self.known);
        for (bits, group) in &self.groups {
            view.add(f64::from_bits(*bits), group);
        }
        view
    }
}

#[cfg(test)]
mod tests;
