//! What a change costs a day, by the task's prices: a range where the monitor's number comes to one, and else the reason why it does not.

use serde::Serialize;

use crate::estimate::{Estimate, Stakes};
use crate::monitor::{MonitorReport, Reading, State, per_cent};

/// What a change costs a day, in the currency of the task's cost sheet.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Cost {
    /// At least so much.
    pub low: f64,
    /// At most so much.
    pub high: f64,
}

/// By what the cost of a window's changes is told.
pub(crate) struct Basis<'a> {
    pub(crate) stakes: Stakes,
    pub(crate) estimate: &'a Estimate,
}

/// Tells what a monitor's change costs: the range, and what it counts or why there is none.
pub(crate) fn cost(report: &MonitorReport, basis: &Basis<'_>) -> (Option<Cost>, String) {
    if report.state < State::Warning {
        return (None, "nothing moved that has a price".to_owned());
    }
    let moved: Vec<&Reading> = report
        .readings
        .iter()
        .filter(|it| it.state > State::Steady)
        .collect();
    match report.name {
        "alerts" => of_alerts(&moved, basis),
        "families" | "probing" => of_copies(&moved, basis),
        "score" | "signals" | "credibility" => of_mistakes(basis),
        "scope" => blind(&moved, "are judged though nothing is known of such events"),
        "missing" => blind(
            &moved,
            "are judged without a value, or with one that was missing",
        ),
        _ => blind(
            &moved,
            "come from, or are missing of, another source than before",
        ),
    }
}

/// More alerts than before, each of which somebody looks at.
fn of_alerts(moved: &[&Reading], basis: &Basis<'_>) -> (Option<Cost>, String) {
    let Some(reading) = moved.first() else {
        return (None, "no alert is counted".to_owned());
    };
    let before = reading.reference.unwrap_or(0.0);
    let price = |rate: f64| {
        (rate - before).max(0.0) * basis.stakes.events_a_day * basis.stakes.prices.review
    };
    let cost = Cost {
        low: price(reading.low),
        high: price(reading.high),
    };
    (
        Some(cost),
        "the alerts beyond those before, each reviewed".to_owned(),
    )
}

/// Near-copies with which nobody does anything, if all of them are malicious, down to none.
fn of_copies(moved: &[&Reading], basis: &Basis<'_>) -> (Option<Cost>, String) {
    let clusters = moved.iter().filter_map(|it| it.cluster.as_ref());
    let passed: f64 = clusters.map(|it| it.share * it.passed).sum();
    let cost = Cost {
        low: 0.0,
        high: passed * basis.stakes.events_a_day * basis.stakes.prices.false_negative,
    };
    let says = "the near-copies that pass, if none or all of them are malicious".to_owned();
    (Some(cost), says)
}

/// Misses and false positives beyond those of the reference, as far as the estimate's bands go.
fn of_mistakes(basis: &Basis<'_>) -> (Option<Cost>, String) {
    let estimate = basis.estimate;
    let figures = (estimate.malicious_share, estimate.recall, estimate.fpr);
    let (Some(share), Some(recall), Some(fpr)) = figures else {
        let names = ["malicious_share", "recall", "fpr"];
        let why = names.iter().find_map(|name| estimate.why.get(name));
        let why = why.map_or("nothing is estimated", String::as_str);
        return (
            None,
            format!("how many mistakes more nobody can tell: {why}"),
        );
    };
    // The figures themselves are those of the reference, see `estimate`.
    let missed = share.high * (recall.value - recall.low);
    let blocked = (1.0 - share.low) * (fpr.high - fpr.value);
    let a_event =
        missed * basis.stakes.prices.false_negative + blocked * basis.stakes.prices.false_positive;
    let cost = Cost {
        low: 0.0,
        high: a_event.max(0.0) * basis.stakes.events_a_day,
    };
    let says = "misses and false positives beyond those of the reference, up to the ends of the estimate's bands";
    (Some(cost), says.to_owned())
}

/// Says which share of the events is judged in ignorance, which no price is known of.
fn blind(moved: &[&Reading], how: &str) -> (Option<Cost>, String) {
    let apart = |it: &Reading| (it.value - it.reference.unwrap_or(0.0)).abs();
    let most = moved.iter().map(|it| apart(it)).fold(0.0, f64::max);
    let says = format!(
        "{} of the events {how}: what such verdicts are worth nobody knows",
        per_cent(most)
    );
    (None, says)
}

#[cfg(test)]
mod tests {
    use ringtrue_core::Action;
    use ringtrue_core::cost::Prices;

    use super::*;
    use crate::estimate::Band;

    const STAKES: Stakes = Stakes {
        caught: Action::Block,
        prices: Prices {
            false_positive: 10.0,
            false_negative: 100.0,
            review: 5.0,
        },
        events_a_day: 1_000.0,
    };

    fn report(name: &'static str, state: State, readings: Vec<Reading>) -> MonitorReport {
        MonitorReport {
            name,
            state,
            compared: readings.len(),
            says: String::new(),
            cost_a_day: None,
            cost_is: String::new(),
            readings,
        }
    }

    fn rate(value: [f64; 3], reference: f64) -> Reading {
        let bounds = crate::monitor::Bounds {
            warning: 0.0,
            drift: 0.0,
        };
        let counts = [[10, 100], [50, 100]];
        Reading {
            state: State::Drift,
            low: value[0],
            value: value[1],
            high: value[2],
            reference: Some(reference),
            ..Reading::rate(None, counts, bounds).unwrap()
        }
    }

    fn told(report: &MonitorReport, estimate: &Estimate) -> (Option<Cost>, String) {
        let basis = Basis {
            stakes: STAKES,
            estimate,
        };
        cost(report, &basis)
    }

    #[test]
    fn alerts_cost_what_looking_at_them_does() {
        let reading = rate([0.02, 0.03, 0.04], 0.01);
        let (cost, _) = told(
            &report("alerts", State::Drift, vec![reading]),
            &Estimate::default(),
        );
        let cost = cost.unwrap();
        assert!(
            (cost.low - 50.0).abs() < 1e-9 && (cost.high - 150.0).abs() < 1e-9,
            "{cost:?}"
        );
    }

    #[test]
    fn mistakes_cost_as_much_as_the_bands_allow_and_nothing_is_made_up() {
        let moved = report("score", State::Warning, vec![rate([0.1, 0.2, 0.3], 0.0)]);
        let (none, why) = told(&moved, &Estimate::unknown(0.5, "too few events"));
        assert!(none.is_none() && why.ends_with("too few events"), "{why}");
        let band = |low: f64, value: f64, high: f64| Some(Band { value, low, high });
        let estimate = Estimate {
            malicious_share: band(0.05, 0.1, 0.2),
            recall: band(0.7, 0.9, 0.95),
            fpr: band(0.0, 0.01, 0.03),
            ..Estimate::default()
        };
        let cost = told(&moved, &estimate).0.unwrap();
        // A fifth of the events, of which a fifth more is missed; 95 % of them, of which a fiftieth more is blocked.
        assert!((cost.high - 1_000.0 * (0.04 * 100.0 + 0.019 * 10.0)).abs() < 1e-9);
    }

    #[test]
    fn what_is_steady_or_judged_blind_has_no_price() {
        let steady = report(
            "alerts",
            State::Steady,
            vec![rate([0.02, 0.03, 0.04], 0.01)],
        );
        assert!(told(&steady, &Estimate::default()).0.is_none());
        let blind = report("missing", State::Drift, vec![rate([0.4, 0.5, 0.6], 0.1)]);
        let (cost, why) = told(&blind, &Estimate::default());
        assert!(
            cost.is_none() && why.starts_with("40.0 % of the events"),
            "{why}"
        );
    }
}
