//! Figures of claims and campaigns, by hand.

use super::*;

#[test]
fn a_claim_needs_three_over_its_rate() {
    let mut task = Task::assumed(Kind::Url);
    let assumed = Operating::of(&task);
    // 40 alerts a day of 999,000 benign events.
    assert!((assumed.rate - 40.0 / 999_000.0).abs() < 1e-12 && !assumed.is_stated);
    task.gate.false_positive_rate_max = Some(1e-3);
    let stated = Operating::of(&task);
    assert!(stated.is_stated);
    // The exact figure beside 3,000.
    assert!(
        (stated.needed() - 2_995.0).abs() < 1e-9,
        "{}",
        stated.needed()
    );
    assert!(upper_bound(0, 2_995, CONFIDENCE) <= 1e-3);
    assert!(upper_bound(0, 2_994, CONFIDENCE) > 1e-3);
    task.gate.false_positive_rate_max = Some(0.0);
    assert!(Operating::of(&task).needed().is_finite());
}

#[test]
fn a_quarter_of_a_hundred_is_the_least_that_says_something_of_recall() {
    let width = |events: f64| {
        let (low, high) = recall_interval(events);
        high - low
    };
    assert!(width(CLASS_MIN * LATER_SHARE) <= WIDTH_MAX);
    assert!(width(CLASS_MIN * LATER_SHARE - 5.0) > WIDTH_MAX);
    let needed = events_for_recall(RECALL_WIDTH);
    assert!(
        width(needed) <= RECALL_WIDTH && (140.0..170.0).contains(&needed),
        "{needed}"
    );
}

#[test]
fn campaigns_of_one_size_are_worth_their_number_and_a_giant_is_worth_one() {
    assert!((effective(&[5.0; 12]) - 12.0).abs() < 1e-9);
    let mut sizes = vec![1.0; 10];
    sizes.push(10_000.0);
    assert!(effective(&sizes) < 1.01);
    assert!(effective(&[]).abs() < 1e-9);
}
