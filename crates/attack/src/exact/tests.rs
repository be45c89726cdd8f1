//! The search beside trying every point, on small random forests.

use std::fmt::Write as _;

use proptest::prelude::*;
use ringtrue_core::Precision;
use ringtrue_core::signal::Movable;
use ringtrue_model::Forest;

use super::*;

const WIDTH: usize = 3;
const CUTS: [f64; 8] = [-2.0, -1.0, -0.5, 0.0, 0.5, 0.9, 1.0, 2.5];

/// A tree of depth 2: the root's split, its children's, and four leaves.
#[derive(Clone, Debug)]
struct Small {
    splits: [(usize, f64); 3],
    leaves: [f64; 4],
}

fn tree() -> impl Strategy<Value = Small> {
    let split = || (0..WIDTH, prop::sample::select(CUTS.to_vec()));
    let leaf = || (-8_i8..=8).prop_map(|value| f64::from(value) / 4.0);
    let splits = [split(), split(), split()];
    let leaves = [leaf(), leaf(), leaf(), leaf()];
    (splits, leaves).prop_map(|(splits, leaves)| Small { splits, leaves })
}

fn joined<T: ToString>(values: impl IntoIterator<Item = T>) -> String {
    let texts: Vec<String> = values.into_iter().map(|value| value.to_string()).collect();
    texts.join(" ")
}

/// Writes trees as LightGBM does; `missing` is the kind of each split in its bits.
fn lightgbm(trees: &[Small], decision: u32) -> Forest {
    let names: Vec<String> = (0..WIDTH).map(|signal| format!("s{signal}")).collect();
    let mut text = format!(
        "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx={}\nobjective=binary sigmoid:1\nfeature_names={}\nfeature_infos={}\ntree_sizes={}\n\n",
        WIDTH - 1,
        names.join(" "),
        joined(names.iter().map(|_| "[-9:9]")),
        joined(trees.iter().map(|_| 1))
    );
    for (number, tree) in trees.iter().enumerate() {
        let (features, cuts): (Vec<usize>, Vec<f64>) = tree.splits.iter().copied().unzip();
        write!(
            text,
            "Tree={number}\nnum_leaves=4\nnum_cat=0\nsplit_feature={}\nsplit_gain=1 1 1\nthreshold={}\ndecision_type={}\nleft_child=1 -1 -3\nright_child=2 -2 -4\nleaf_value={}\nleaf_weight=1 1 1 1\nleaf_count=1 1 1 1\ninternal_value=0 0 0\ninternal_weight=1 1 1\ninternal_count=4 2 2\nis_linear=0\nshrinkage=1\n\n",
            joined(features),
            joined(cuts),
            joined([decision; 3]),
            joined(tree.leaves)
        )
        .expect("a text takes more");
    }
    text += "end of trees\n";
    Forest::from_lightgbm(&text).expect("a forest")
}

/// Writes trees as XGBoost does, whose splits ask `value < cut` in 32 bits.
fn xgboost(trees: &[Small]) -> Forest {
    let of = |(number, tree): (usize, &Small)| {
        let [root, left, right] = tree.splits;
        let cuts: Vec<f64> = [root.1, left.1, right.1]
            .into_iter()
            .chain(tree.leaves)
            .collect();
        format!(
            r#"{{"id":{number},"left_children":[1,3,5,-1,-1,-1,-1],"right_children":[2,4,6,-1,-1,-1,-1],"parents":[2147483647,0,0,1,1,2,2],"split_indices":[{},{},{},0,0,0,0],"split_conditions":{cuts:?},"default_left":[1,0,1,0,0,0,0],"split_type":[0,0,0,0,0,0,0],"categories":[],"categories_nodes":[],"categories_segments":[],"categories_sizes":[],"base_weights":[0,0,0,0,0,0,0],"loss_changes":[0,0,0,0,0,0,0],"sum_hessian":[4,2,2,1,1,1,1],"tree_param":{{"num_deleted":"0","num_feature":"{WIDTH}","num_nodes":"7","size_leaf_vector":"1"}}}}"#,
            root.0, left.0, right.0
        )
    };
    let text: Vec<String> = trees.iter().enumerate().map(of).collect();
    let model = format!(
        r#"{{"learner":{{"attributes":{{}},"feature_names":[],"feature_types":[],"gradient_booster":{{"model":{{"gbtree_model_param":{{"num_parallel_tree":"1","num_trees":"{}"}},"tree_info":[{}],"trees":[{}]}},"name":"gbtree"}},"learner_model_param":{{"base_score":"5E-1","num_class":"0","num_feature":"{WIDTH}","num_target":"1"}},"objective":{{"name":"binary:logistic","reg_loss_param":{{"scale_pos_weight":"1"}}}}}},"version":[1,7,6]}}"#,
        trees.len(),
        vec!["0"; trees.len()].join(","),
        text.join(",")
    );
    Forest::from_bytes(model.as_bytes()).expect("a forest")
}

fn forest() -> impl Strategy<Value = Forest> {
    // LightGBM's kinds: missing goes right, left; zero is missing and goes right, left.
    let decision =
        prop::sample::select(vec![Some(0_u32), Some(8), Some(10), Some(4), Some(6), None]);
    (prop::collection::vec(tree(), 1..14), decision).prop_map(|(trees, decision)| match decision {
        Some(decision) => lightgbm(&trees, decision),
        None => xgboost(&trees),
    })
}

fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => (-12_i8..=12).prop_map(|value| f64::from(value) / 4.0),
        1 => Just(f64::NAN),
        1 => Just(0.0),
    ]
}

fn change() -> impl Strategy<Value = Move> {
    let movable = prop::sample::select(vec![
        Movable::Both,
        Movable::Both,
        Movable::Up,
        Movable::Down,
        Movable::No,
    ]);
    let step = prop::sample::select(vec![0.0, 0.0, 1.0, 0.75]);
    let price = prop::sample::select(vec![1.0, 0.5, 3.0, 0.0]);
    let group = prop::sample::select(vec![None, Some(0), Some(1)]);
    (movable, step, price, group).prop_map(|(movable, step, price, group)| Move {
        movable,
        step,
        price,
        group,
    })
}

fn attacker() -> impl Strategy<Value = Attacker> {
    let distance =
        prop::sample::select(vec![Distance::Largest, Distance::Sum, Distance::Euclidean]);
    let precision = prop::sample::select(vec![Precision::Single, Precision::Double]);
    (prop::collection::vec(change(), WIDTH), distance, precision).prop_map(
        |(moves, distance, precision)| Attacker {
            moves,
            distance,
            precision,
        },
    )
}

/// Returns every value of a signal that could matter: on both sides of every number that a split may compare with.
fn candidates(ground: &ground::Ground<'_>, signal: usize) -> Vec<f64> {
    let from = ground.row[signal];
    let change = ground.moves[signal];
    let mut values = vec![from];
    if change.step > 0.0 {
        values.extend((-40..=40).map(|steps| from + f64::from(steps) * change.step));
    } else {
        const ZERO: f64 = 1.000_000_018_002_509_5e-35;
        for cut in CUTS.into_iter().chain([ZERO, -ZERO]) {
            values.extend(match ground.precision {
                Precision::Double => [cut.next_down(), cut, cut.next_up()],
                #[expect(clippy::cast_possible_truncation, reason = "values of 32 bits")]
                Precision::Single => {
                    let cut = cut as f32;
                    [cut.next_down(), cut, cut.next_up()].map(f64::from)
                }
            });
        }
    }
    values.retain(|value| {
        let is_allowed = match change.movable {
            Movable::No => false,
            Movable::Up => *value >= from,
            Movable::Down => *value <= from,
            Movable::Both => true,
        };
        is_allowed || value.to_bits() == from.to_bits()
    });
    values
}

/// Tries every point.
fn brute_force(ensemble: &Ensemble<'_>, attacker: &Attacker, row: &[f64], goal: &Goal) -> f64 {
    let ground = ground::Ground::new(ensemble, attacker, row);
    let candidates: Vec<Vec<f64>> = (0..WIDTH)
        .map(|signal| candidates(&ground, signal))
        .collect();
    let mut least = f64::INFINITY;
    for first in &candidates[0] {
        for second in &candidates[1] {
            for third in &candidates[2] {
                let point = [*first, *second, *third];
                if goal.is_reached(ensemble.forest.margin(&point)) {
                    least = least.min(distance(&ground.row, attacker, &ground.moves, &point));
                }
            }
        }
    }
    least
}

/// The distance by its definition.
fn distance(row: &[f64], attacker: &Attacker, moves: &[Move], point: &[f64]) -> f64 {
    let costs: Vec<f64> = (0..WIDTH)
        .map(|signal| {
            let change = point[signal] - row[signal];
            if change.is_nan() {
                0.0
            } else {
                change.abs() * moves[signal].price
            }
        })
        .collect();
    match attacker.distance {
        Distance::Largest => costs.iter().copied().fold(0.0, f64::max),
        Distance::Euclidean => costs.iter().map(|cost| cost * cost).sum::<f64>().sqrt(),
        Distance::Sum => {
            let alone = (0..WIDTH).filter(|signal| moves[*signal].group.is_none());
            let mut sum: f64 = alone.map(|signal| costs[signal]).sum();
            for group in 0..2 {
                let of = (0..WIDTH).filter(|signal| moves[*signal].group == Some(group));
                sum += of.map(|signal| costs[signal]).fold(0.0, f64::max);
            }
            sum
        }
    }
}

fn goal() -> impl Strategy<Value = Goal> {
    let bound = prop_oneof![
        Just(0.0),
        (-12_i8..=12).prop_map(|value| f64::from(value) / 4.0 + 0.1)
    ];
    let beside = prop::sample::select(vec![[0.0, 0.0], [0.25, 0.25], [-0.5, 0.25]]);
    (bound, any::<bool>(), beside).prop_map(|(bound, is_above, beside)| Goal {
        side: if is_above {
            Side::Above(bound)
        } else {
            Side::AtMost(bound)
        },
        beside,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_cheapest_change_is_that_of_trying_all(
        forest in forest(),
        attacker in attacker(),
        row in prop::collection::vec(value(), WIDTH),
        goal in goal(),
    ) {
        let ensemble = Ensemble::new(&forest).expect("few cuts");
        let found = cheapest(&ensemble, &attacker, &row, &goal, &mut || true);
        let expected = brute_force(&ensemble, &attacker, &row, &goal);
        prop_assert_eq!(found.reached, Reached::Proven);
        if expected.is_infinite() {
            prop_assert!(found.lower.is_infinite() && found.upper.is_infinite(), "{found:?}");
            return Ok(());
        }
        prop_assert!((found.upper - expected).abs() <= 1e-6 * expected.max(1e-30), "{found:?} {expected}");
        prop_assert!(found.lower <= expected * (1.0 + 1e-9));
        check_witness(&ensemble, &attacker, &row, &goal, &found)?;
    }

    #[test]
    fn bounds_hold_whenever_the_search_is_stopped(
        forest in forest(),
        attacker in attacker(),
        row in prop::collection::vec(value(), WIDTH),
        goal in goal(),
        asks in 0_usize..20,
    ) {
        let ensemble = Ensemble::new(&forest).expect("few cuts");
        let mut left = asks;
        let mut go_on = || {
            let goes_on = left > 0;
            left = left.saturating_sub(1);
            goes_on
        };
        let found = cheapest(&ensemble, &attacker, &row, &goal, &mut go_on);
        let expected = brute_force(&ensemble, &attacker, &row, &goal);
        prop_assert!(found.lower <= expected * (1.0 + 1e-9), "{found:?} {expected}");
        prop_assert!(found.upper >= expected * (1.0 - 1e-9), "{found:?} {expected}");
        check_witness(&ensemble, &attacker, &row, &goal, &found)?;
    }
}

/// The witness is in the attacker's reach, costs what is said, and the forest puts it on the other side.
fn check_witness(
    ensemble: &Ensemble<'_>,
    attacker: &Attacker,
    row: &[f64],
    goal: &Goal,
    found: &Cheapest,
) -> Result<(), TestCaseError> {
    if found.upper.is_infinite() {
        prop_assert!(found.witness.is_empty());
        return Ok(());
    }
    let ground = ground::Ground::new(ensemble, attacker, row);
    let mut point = ground.row.clone();
    for moved in &found.witness {
        prop_assert!(moved.from.total_cmp(&ground.row[moved.signal]).is_eq());
        point[moved.signal] = moved.to;
    }
    prop_assert!(goal.is_reached(ensemble.forest.margin(&point)));
    for (signal, value) in point.iter().enumerate() {
        let (from, change) = (ground.row[signal], ground.moves[signal]);
        let is_allowed = match change.movable {
            Movable::Both => true,
            Movable::Up => *value >= from,
            Movable::Down => *value <= from,
            Movable::No => false,
        };
        prop_assert!(is_allowed || value.total_cmp(&from).is_eq());
        if change.step > 0.0 {
            let steps = (value - from) / change.step;
            prop_assert!((steps - steps.round()).abs() < 1e-9);
        }
    }
    let cost = distance(&ground.row, attacker, &ground.moves, &point);
    prop_assert!(
        (cost - found.upper).abs() <= 1e-9 * cost.max(1e-30),
        "{cost} {found:?}"
    );
    Ok(())
}
