//! Figures of claims and campaigns, by hand.

use ringtrue_core::metrics::interval::WIDTH_MAX;

use super::*;

#[test]
fn a_quarter_of_a_hundred_is_the_least_that_says_something_of_recall() {
    let width = |events: f64| {
        let (low, high) = recall_interval(events);
        high - low
    };
    assert!(width(CLASS_MIN * LATER_SHARE) <= WIDTH_MAX);
    assert!(width(CLASS_MIN * LATER_SHARE - 5.0) > WIDTH_MAX);
}

#[test]
fn campaigns_of_one_size_are_worth_their_number_and_a_giant_is_worth_one() {
    assert!((effective(&[5.0; 12]) - 12.0).abs() < 1e-9);
    let mut sizes = vec![1.0; 10];
    sizes.push(10_000.0);
    assert!(effective(&sizes) < 1.01);
    assert!(effective(&[]).abs() < 1e-9);
}
