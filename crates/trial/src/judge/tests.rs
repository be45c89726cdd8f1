//! Tests of judging.

use super::*;
use ringtrue_core::CostSheet;
use ringtrue_core::metrics::Traffic;

fn setting() -> Setting {
    Setting {
        thresholds: Thresholds {
            review: 0.5,
            block: 0.9,
        },
        nominal: vec![
            Nominal {
                fpr: 0.01,
                threshold: Some(0.8),
            },
            Nominal {
                fpr: 1e-4,
                threshold: None,
            },
        ],
        traffic: Traffic::from(&CostSheet::default()),
    }
}

/// `benign` events of rising scores below 0.82, `malicious` ones above 0.7, and two unsure ones.
fn judged(benign: u32, malicious: u32) -> Judged {
    let mut judged = Judged::default();
    let prices = CostSheet::default().prices();
    let time = |n: u32| Some(EventTime::from_date(2019, 1 + (n % 3) as i8, 5));
    for n in 0..benign {
        judged.push(
            0.82 * f64::from(n) / f64::from(benign),
            Label::Benign,
            prices,
            time(n),
        );
    }
    for n in 0..malicious {
        let score = 0.7 + 0.3 * f64::from(n) / f64::from(malicious);
        judged.push(score, Label::Malicious, prices, time(n));
    }
    judged.push(0.5, Label::Unsure, prices, time(0));
    judged.push(0.95, Label::Unsure, prices, None);
    judged
}

fn all(judged: &Judged) -> Vec<u32> {
    (0_u32..).take(judged.len()).collect()
}

#[test]
fn unsure_events_are_counted_and_judged_as_neither() {
    let judged = judged(3_000, 300);
    let judgement = judge(&judged, &all(&judged), &setting()).unwrap();
    assert_eq!(
        (
            judgement.events,
            judgement.benign,
            judgement.malicious,
            judgement.unsure
        ),
        (3_302, 3_000, 300, 2)
    );
    let without: Vec<u32> = (0..3_300).collect();
    let same = judge(&judged, &without, &setting()).unwrap();
    assert_eq!(same.roc_auc, judgement.roc_auc);
    assert_eq!(judgement.cost.unwrap().unsure.events(), 2);
}

#[test]
fn rates_that_the_events_cannot_support_are_reasons() {
    let judged = judged(3_000, 9);
    let judgement = judge(&judged, &all(&judged), &setting()).unwrap();
    assert!(judgement.roc_auc.unwrap_err().contains("9 malicious"));
    assert!(judgement.tpr.is_err());
    assert!(judgement.tpr_at_fpr.iter().all(|entry| entry.tpr.is_err()));
    assert!(judgement.fpr.is_ok());
}

#[test]
fn no_false_positive_is_an_upper_bound() {
    let judged = judged(3_000, 300);
    let judgement = judge(&judged, &all(&judged), &setting()).unwrap();
    // The rule of three: 0 of 3,000 supports "at most 1e-3".
    assert!((judgement.fpr_bound.unwrap() - 1e-3).abs() < 1e-5);
    assert!(
        judgement.tpr_at_fpr[2]
            .tpr
            .as_ref()
            .unwrap_err()
            .contains("10000")
    );
}

#[test]
fn months_part_the_events() {
    let judged = judged(3_000, 300);
    let windows = judge_by_month(&judged, &all(&judged), &setting()).unwrap();
    let names: Vec<&str> = windows.iter().map(|window| window.name.as_str()).collect();
    assert_eq!(names, ["2019-01", "2019-02", "2019-03"]);
    assert_eq!(
        windows
            .iter()
            .map(|window| window.judgement.malicious)
            .sum::<u64>(),
        300
    );
}
