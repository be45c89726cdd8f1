//! The figures that follow from how many events are malicious among those that are allowed, reviewed and blocked.

use ringtrue_core::Action;
use ringtrue_core::metrics::interval::{CONFIDENCE, TRIALS_MIN, WIDTH_MAX};

use super::view::View;
use crate::estimate::{Band, Stakes};

/// A figure that labels tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Figure {
    MaliciousShare,
    Fpr,
    Recall,
    Precision,
    CostPerDay,
}

impl Figure {
    pub(super) const ALL: [Self; 5] = [
        Self::MaliciousShare,
        Self::Fpr,
        Self::Recall,
        Self::Precision,
        Self::CostPerDay,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::MaliciousShare => "malicious_share",
            Self::Fpr => "fpr",
            Self::Recall => "recall",
            Self::Precision => "precision",
            Self::CostPerDay => "cost_per_day",
        }
    }
}

/// The shares of streams in which the bounds of allowed, reviewed and blocked events may miss: together one less the confidence, and least for
/// reviewed ones, which are mostly all looked at.
pub(super) const ALPHAS: [f64; 3] = [
    0.45 * (1.0 - CONFIDENCE),
    0.1 * (1.0 - CONFIDENCE),
    0.45 * (1.0 - CONFIDENCE),
];

/// How many events are allowed, reviewed and blocked, and how many of each are malicious.
pub(super) struct Counted {
    events: [f64; 3],
    /// Of each at least, likely, and at most.
    malicious: [[f64; 3]; 3],
    labelled: f64,
}

impl Counted {
    /// Counts allowed, reviewed and blocked events.
    pub(super) fn of(views: &[View; 3]) -> Self {
        let mut malicious = [[0.0; 3]; 3];
        for ((view, alpha), row) in views.iter().zip(ALPHAS).zip(&mut malicious) {
            let [low, high] = view.interval(alpha);
            let middle = || f64::midpoint(low, high);
            let likely = view.likely().unwrap_or_else(middle).clamp(low, high);
            *row = [low, likely, high];
        }
        Self {
            events: views.map(|view| view.events),
            malicious,
            labelled: views.iter().map(|view| view.labelled).sum(),
        }
    }

    /// Returns a figure, or why the labels do not tell it.
    pub(super) fn told(&self, figure: Figure, stakes: &Stakes) -> Result<Band, String> {
        if self.labelled < TRIALS_MIN as f64 {
            return Err(format!(
                "it rests on {:.0} labels of events that people were asked about, fewer than {TRIALS_MIN}",
                self.labelled
            ));
        }
        let band = self.band(figure, stakes);
        if !band.value.is_finite() {
            return Err("no event of those that it is a share of was found".to_owned());
        }
        if figure != Figure::CostPerDay && band.high - band.low > WIDTH_MAX {
            return Err(format!(
                "its bounds are wider than {WIDTH_MAX}: {:.3} to {:.3}",
                band.low, band.high
            ));
        }
        Ok(band)
    }

    /// Returns a figure with its ends: each is where the numbers of malicious events that count for it are at their one end, and those that
    /// count against it at their other.
    fn band(&self, figure: Figure, stakes: &Stakes) -> Band {
        let at = |ends: [usize; 3]| {
            let numbers = [0, 1, 2].map(|side: usize| self.malicious[side][ends[side]]);
            value(figure, (&self.events, &numbers), stakes)
        };
        let caught_high = match stakes.caught {
            Action::Block => [0, 0, 2],
            Action::Allow | Action::Review => [0, 2, 2],
        };
        // More malicious events among the caught ones are a larger share, recall and precision, and a smaller FPR and cost.
        let (low, high) = match figure {
            Figure::MaliciousShare => ([0; 3], [2; 3]),
            Figure::Fpr => (caught_high, opposite(caught_high)),
            Figure::Recall | Figure::Precision => (opposite(caught_high), caught_high),
            Figure::CostPerDay => ([0, 0, 2], [2, 0, 0]),
        };
        let value = at([1; 3]);
        // A share of nothing may be anything.
        let end = |ends, nothing: f64| {
            Some(at(ends))
                .filter(|it| it.is_finite())
                .unwrap_or(nothing)
        };
        Band {
            value,
            low: end(low, 0.0).min(value),
            high: end(high, 1.0).max(value),
        }
    }
}

const fn opposite(ends: [usize; 3]) -> [usize; 3] {
    [2 - ends[0], 2 - ends[1], 2 - ends[2]]
}

/// Returns a figure if so many events are malicious; NaN if it is a share of nothing.
fn value(figure: Figure, (events, malicious): (&[f64; 3], &[f64; 3]), stakes: &Stakes) -> f64 {
    let all: f64 = events.iter().sum();
    let from = match stakes.caught {
        Action::Block => 2,
        Action::Allow | Action::Review => 1,
    };
    let sum = |counts: &[f64; 3], from: usize| counts.iter().skip(from).sum::<f64>();
    let (bad, caught, hits) = (sum(malicious, 0), sum(events, from), sum(malicious, from));
    match figure {
        Figure::MaliciousShare => bad / all,
        Figure::Fpr => (caught - hits) / (all - bad),
        Figure::Recall => hits / bad,
        Figure::Precision => hits / caught,
        Figure::CostPerDay => {
            let prices = stakes.prices;
            let cost = prices.false_negative * malicious[0]
                + prices.review * events[1]
                + prices.false_positive * (events[2] - malicious[2]);
            cost / all * stakes.events_a_day
        }
    }
}
