//! Months, holes and what is beside them, by hand.

use super::*;

#[test]
fn months_are_counted_from_the_first_to_the_last_with_empty_ones() {
    let times = [(2019, 11, 3), (2019, 11, 30), (2020, 2, 1)]
        .map(|(year, month, day)| EventTime::from_date(year, month, day));
    let months = Months::of(&times).unwrap();
    assert_eq!(months.counts, [2, 0, 0, 1]);
    assert_eq!(months.start(0).date(), "2019-11-01");
    assert_eq!(months.start(2).date(), "2020-01-01");
    assert_eq!(longest_run(&months.counts), Some((1, 2)));
    assert!(Months::of(&[]).is_none());
    let far = [
        EventTime::from_date(1, 1, 1),
        EventTime::from_date(2020, 1, 1),
    ];
    assert!(Months::of(&far).is_none());
}

#[test]
fn what_is_to_be_expected_in_a_hole_is_told_by_its_sparser_side() {
    assert!((rate_beside(&[90, 3, 3, 6, 0, 0, 80], 4, 2) - 4.0).abs() < 1e-12);
    assert!((rate_beside(&[5, 0, 1, 1], 1, 1) - 1.0).abs() < 1e-12);
}

#[test]
fn the_longest_run_is_the_first_of_its_length() {
    assert_eq!(longest_run(&[1, 0, 0, 2, 0, 0, 1]), Some((1, 2)));
    assert_eq!(longest_run(&[1, 2]), None);
    assert_eq!(longest_run(&[]), None);
}
