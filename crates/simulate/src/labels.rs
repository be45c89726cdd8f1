//! What is said of an event, by whom and how late: reported labels, errors, doubts, delays, sources.

use ringtrue_core::random::Random;
use ringtrue_core::{EventTime, Label};

use crate::stream::Setting;

/// The share of malicious events that are reported as benign.
const MISSED: f64 = 0.015;
/// The share of benign events that are reported as malicious.
const ACCUSED: f64 = 0.001;
/// The share of events that nobody could decide.
const UNSURE: f64 = 0.005;
/// Mean days until a benign label is known.
const BENIGN_DAYS: f64 = 1.0;
/// Mean days until most malicious labels are known, and until the others are.
const MALICIOUS_DAYS: f64 = 1.5;
const MALICIOUS_LATE_DAYS: f64 = 8.0;
const MALICIOUS_LATE_SHARE: f64 = 0.25;
/// Mean days until an event is given up on.
const UNSURE_DAYS: f64 = 5.0;

const MILLISECONDS_PER_DAY: f64 = 86_400_000.0;

/// Who saw an event, with shares that are the same for both classes, in percent.
const SOURCES: [(&str, u64); 4] = [
    ("proxy-a", 45),
    ("proxy-b", 25),
    ("mail-gateway", 20),
    ("user-report", 10),
];

/// Draws who saw an event, whatever it is.
pub(crate) fn source(random: &mut Random) -> &'static str {
    let mut rest = random.below(100);
    for (source, share) in SOURCES {
        if rest < share {
            return source;
        }
        rest -= share;
    }
    "user-report"
}

/// Draws what an event of this truth is reported as.
pub(crate) fn reported(truth: Label, setting: Setting, random: &mut Random) -> Label {
    let (doubt, error) = (random.unit(), random.unit());
    if setting == Setting::Clean {
        return truth;
    }
    if doubt < UNSURE {
        return Label::Unsure;
    }
    match truth {
        Label::Malicious if error < MISSED => Label::Benign,
        Label::Benign if error < ACCUSED => Label::Malicious,
        other => other,
    }
}

/// Draws when the label `label` of an event seen at `seen` becomes known, in whole milliseconds.
pub(crate) fn known(label: Label, seen: EventTime, random: &mut Random) -> EventTime {
    let mean = match label {
        Label::Benign => BENIGN_DAYS,
        Label::Malicious if random.chance(MALICIOUS_LATE_SHARE) => MALICIOUS_LATE_DAYS,
        Label::Malicious => MALICIOUS_DAYS,
        Label::Unsure => UNSURE_DAYS,
    };
    let delay = crate::text::whole(random.exponential(mean) * MILLISECONDS_PER_DAY);
    let micros = i64::try_from(delay).unwrap_or(0).saturating_mul(1_000);
    EventTime(seen.0.saturating_add(micros))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_sum_to_one_hundred() {
        assert_eq!(SOURCES.iter().map(|(_, share)| share).sum::<u64>(), 100);
    }

    #[test]
    fn malicious_labels_come_later() {
        let mut random = Random::new(4);
        let seen = EventTime::from_date(2024, 1, 1);
        let mut mean = |label| {
            let days = (0..20_000).map(|_| known(label, seen, &mut random).days_since(seen));
            days.sum::<f64>() / 20_000.0
        };
        let (benign, malicious) = (mean(Label::Benign), mean(Label::Malicious));
        assert!((0.95..1.05).contains(&benign), "{benign}");
        assert!((2.9..3.4).contains(&malicious), "{malicious}");
    }
}
