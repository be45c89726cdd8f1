//! Folds: rolling ones over time, and ones that keep groups whole where there are no times.

use std::collections::BTreeMap;

use crate::label::Label;
use crate::random::mix;
use crate::time::EventTime;

/// One step of a rolling origin: all that came before predicts the next stretch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollingFold {
    /// The time of the first event that is tested; every training event is strictly earlier.
    pub test_from: EventTime,
    /// Rows to train on, in order of time.
    pub train: Vec<usize>,
    /// Rows to test on, in order of time.
    pub test: Vec<usize>,
}

/// Returns folds with a rolling origin for labels that are known at once: see [`rolling_known`].
#[must_use]
pub fn rolling(times: &[EventTime], folds: usize) -> Vec<RollingFold> {
    rolling_known(times, times, folds)
}

/// Cuts the rows, in order of time, into `folds + 1` stretches of about equal counts; fold `i` trains on the
/// stretches before stretch `i + 1` and is tested on that. A row is trained on only if its label was
/// known strictly before the tested stretch begins.
///
/// Rows of the same time are never parted, so there are fewer folds where there are few distinct times, and
/// none for fewer than two. The tests of all folds are disjoint and hold all rows but the first stretch.
/// Rows beyond the shorter list are left out.
#[must_use]
pub fn rolling_known(
    times: &[EventTime],
    label_known: &[EventTime],
    folds: usize,
) -> Vec<RollingFold> {
    let mut rows: Vec<(EventTime, EventTime, usize)> = times
        .iter()
        .zip(label_known)
        .enumerate()
        .map(|(row, (&time, &known))| (time, known, row))
        .collect();
    rows.sort_by_key(|&(time, _, row)| (time, row));
    let starts = stretch_starts(&rows, folds.saturating_add(1));
    let ends = starts.iter().skip(1).copied().chain([rows.len()]);
    let fold = |(start, end): (usize, usize)| {
        let (before, tested) = (rows.get(..start)?, rows.get(start..end)?);
        let test_from = tested.first()?.0;
        let known = before.iter().filter(|(_, known, _)| *known < test_from);
        Some(RollingFold {
            test_from,
            train: known.map(|&(_, _, row)| row).collect(),
            test: tested.iter().map(|&(_, _, row)| row).collect(),
        })
    };
    starts.iter().copied().zip(ends).filter_map(fold).collect()
}

/// Returns where each stretch but the first starts: at the first change of time at or after its part.
fn stretch_starts(rows: &[(EventTime, EventTime, usize)], stretches: usize) -> Vec<usize> {
    let part_of = |place: usize| place as u128 * stretches as u128 / rows.len().max(1) as u128;
    let mut starts: Vec<usize> = Vec::new();
    let mut part = 0;
    let neighbours = rows.iter().zip(rows.iter().skip(1)).enumerate();
    for (place, (previous, row)) in neighbours.map(|(before, pair)| (before + 1, pair)) {
        if row.0 != previous.0 && part_of(place) > part {
            part = part_of(place);
            starts.push(place);
        }
    }
    starts
}

/// Returns for each row its fold, 0 to `folds - 1`, so that groups stay whole and folds are of about equal
/// size: the largest group first, each to the smallest fold. Groups of one size are taken in a scattered
/// order, so that no pattern of the file becomes one of the folds. With `folds` of 0 or 1, all is fold 0.
#[must_use]
pub fn group_folds(groups: &[u32], folds: u32) -> Vec<u32> {
    assign(groups.iter().map(|&group| (group, 0)), folds)
}

/// Returns [`group_folds`] that also spread malicious rows: the groups with most of them come first, each to
/// the fold with the fewest. Rows beyond the shorter list are left out.
#[must_use]
pub fn stratified_group_folds(groups: &[u32], labels: &[Label], folds: u32) -> Vec<u32> {
    let malicious = |&label: &Label| u64::from(label == Label::Malicious);
    let rows = groups.iter().copied().zip(labels.iter().map(malicious));
    assign(rows, folds)
}

/// What a group or a fold holds: malicious rows, and all rows.
type Load = (u64, u64);

fn assign(rows: impl Iterator<Item = (u32, u64)> + Clone, folds: u32) -> Vec<u32> {
    let mut loads: BTreeMap<u32, Load> = BTreeMap::new();
    for (group, malicious) in rows.clone() {
        let load = loads.entry(group).or_default();
        load.0 += malicious;
        load.1 += 1;
    }
    let mut ordered: Vec<(u32, Load)> = loads.into_iter().collect();
    ordered.sort_by_key(|&(group, load)| (std::cmp::Reverse(load), mix(u64::from(group))));
    let mut filled: Vec<Load> = vec![(0, 0); folds.max(1) as usize];
    let mut fold_of: BTreeMap<u32, u32> = BTreeMap::new();
    for (group, (malicious, all)) in ordered {
        let lightest = filled.iter_mut().zip(0_u32..).min_by_key(|(fold, number)| {
            // A group without malicious rows only has to even out the sizes.
            let first = if malicious > 0 { fold.0 } else { 0 };
            (first, fold.1, *number)
        });
        if let Some((fold, number)) = lightest {
            fold.0 += malicious;
            fold.1 += all;
            fold_of.insert(group, number);
        }
    }
    rows.map(|(group, _)| fold_of.get(&group).copied().unwrap_or(0))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn times(values: &[i64]) -> Vec<EventTime> {
        values.iter().copied().map(EventTime).collect()
    }

    #[test]
    fn the_origin_rolls() {
        let folds = rolling(&times(&[50, 10, 20, 30, 40, 60]), 2);
        let sets: Vec<_> = folds
            .iter()
            .map(|fold| (fold.train.clone(), fold.test.clone()))
            .collect();
        assert_eq!(
            sets,
            [(vec![1, 2], vec![3, 4]), (vec![1, 2, 3, 4], vec![0, 5])]
        );
        assert!(rolling(&times(&[7; 9]), 3).is_empty());
        assert!(rolling(&[], 3).is_empty());
    }

    #[test]
    fn labels_that_come_late_are_not_trained_on() {
        let folds = rolling_known(&times(&[1, 2, 3, 4]), &times(&[3, 2, 3, 4]), 1);
        assert_eq!(folds.len(), 1);
        assert_eq!(
            (folds[0].train.clone(), folds[0].test.clone()),
            (vec![1], vec![2, 3])
        );
    }

    #[test]
    fn single_rows_make_even_folds_without_a_pattern() {
        let groups: Vec<u32> = (0..1_000).collect();
        let folds = group_folds(&groups, 5);
        for fold in 0..5 {
            assert_eq!(folds.iter().filter(|&&found| found == fold).count(), 200);
        }
        // Of rows with even numbers, no fold has far more than its part.
        let even = folds.iter().step_by(2).filter(|&&found| found == 0).count();
        assert!((70..130).contains(&even), "{even}");
        assert!(group_folds(&groups, 0).iter().all(|&fold| fold == 0));
    }

    #[test]
    fn rare_malicious_groups_are_spread() {
        let groups: Vec<u32> = (0..100).map(|row| row / 2).collect();
        let labels: Vec<Label> = (0..100)
            .map(|row| {
                if row < 10 {
                    Label::Malicious
                } else {
                    Label::Benign
                }
            })
            .collect();
        let folds = stratified_group_folds(&groups, &labels, 5);
        for fold in 0..5 {
            let of_fold = || {
                folds
                    .iter()
                    .enumerate()
                    .filter(move |(_, found)| **found == fold)
            };
            assert_eq!(of_fold().filter(|(row, _)| *row < 10).count(), 2);
            assert_eq!(of_fold().count(), 20);
        }
    }

    proptest! {
        #[test]
        fn groups_stay_whole(groups in prop::collection::vec(0_u32..20, 1..100), folds in 1_u32..6) {
            let found = group_folds(&groups, folds);
            prop_assert_eq!(found.len(), groups.len());
            prop_assert!(found.iter().all(|&fold| fold < folds));
            for (first, fold) in groups.iter().zip(&found) {
                for (second, other) in groups.iter().zip(&found) {
                    prop_assert!(first != second || fold == other);
                }
            }
        }

        #[test]
        fn rolling_folds_keep_time_and_test_each_row_once(
            rows in prop::collection::vec((0_i64..40, 0_i64..9), 0..80),
            count in 1_usize..6,
        ) {
            let happened: Vec<EventTime> = rows.iter().map(|row| EventTime(row.0)).collect();
            let known: Vec<EventTime> = rows.iter().map(|row| EventTime(row.0 + row.1)).collect();
            let folds = rolling_known(&happened, &known, count);
            prop_assert!(folds.len() <= count);
            let mut tested: Vec<usize> = Vec::new();
            for fold in &folds {
                prop_assert!(fold.train.iter().all(|&row| known[row] < fold.test_from));
                prop_assert!(fold.train.iter().all(|&row| happened[row] < fold.test_from));
                prop_assert!(fold.test.iter().all(|&row| happened[row] >= fold.test_from));
                tested.extend(&fold.test);
            }
            let first = folds.first().map_or(EventTime(i64::MAX), |fold| fold.test_from);
            tested.sort_unstable();
            let expected: Vec<usize> =
                (0..rows.len()).filter(|&row| happened[row] >= first).collect();
            prop_assert_eq!(tested, expected);
        }
    }
}
