//! Folds that keep groups whole, for data without times.

use std::collections::BTreeMap;

use crate::label::Label;
use crate::random::mix;

/// Returns for each row its fold, 0 to `folds - 1`, so that groups stay whole, malicious rows are spread and
/// folds are of about equal size: the groups with most malicious rows first, each to the fold with the fewest
/// of them, then the others, largest first, each to the smallest fold. Groups of one size are taken in a
/// scattered order, so that no pattern of the file becomes one of the folds. With `folds` of 0 or 1, all is
/// fold 0. Rows beyond the shorter list are left out.
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

    fn group_folds(groups: &[u32], folds: u32) -> Vec<u32> {
        stratified_group_folds(groups, &vec![Label::Benign; groups.len()], folds)
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
    }
}
