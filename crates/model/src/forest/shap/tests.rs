//! Both kinds of values against sums over all subsets of signals, and what Shapley values promise.

use proptest::prelude::*;

use super::*;
use crate::forest::tree::{Next, Node, Rule, Set, Tree};
use crate::forest::{Arithmetic, Link};

const WIDTH: usize = 6;

/// Values that meet thresholds, zero's neighbourhood, categories in and out of sets, and no value at all.
const VALUES: [f64; 12] = [
    f64::NAN,
    0.0,
    -0.0,
    1e-36,
    -1e-34,
    -1.0,
    0.5,
    1.0,
    2.0,
    3.7,
    40.0,
    f64::INFINITY,
];
const THRESHOLDS: [f64; 6] = [-1.0, 0.0, 0.5, 1.0, 2.0, f64::INFINITY];
const RULES: [Rule; 6] = [
    Rule::NanLeft,
    Rule::NanRight,
    Rule::ZeroLeft,
    Rule::ZeroRight,
    Rule::SetNanLeft,
    Rule::SetNanRight,
];

/// What one split of a random tree is: the leaf that it replaces, its signal, rule and threshold.
type Cut = (prop::sample::Index, usize, usize, usize);

fn forest(trees: Vec<Tree>, width: usize, sum: Sum) -> Forest {
    assert!(trees.iter().all(Tree::is_sound));
    Forest {
        names: Vec::new(),
        width,
        means: trees.iter().map(Tree::means).collect(),
        trees,
        arithmetic: Arithmetic::Double,
        sum,
        link: Link::Identity,
        categories: Vec::new(),
        format: super::super::Format::LightGbmText,
        source: Vec::new(),
        engine: super::super::Engine::default(),
    }
}

/// Builds a tree by cutting leaves one after the other; `leaves` are values and covers.
fn grow(cuts: &[Cut], leaves: &[(f64, u8)]) -> Tree {
    let mut nodes: Vec<Node> = Vec::new();
    for (number, (leaf, feature, rule, threshold)) in cuts.iter().enumerate() {
        let leaf = Next(!i32::try_from(leaf.index(number + 1)).unwrap());
        let new = Next(i32::try_from(number).unwrap());
        for node in &mut nodes {
            for next in [&mut node.left, &mut node.right] {
                if *next == leaf {
                    *next = new;
                }
            }
        }
        let rule = RULES[*rule];
        nodes.push(Node {
            threshold: if rule.reads_set() {
                (*threshold % 3) as f64
            } else {
                THRESHOLDS[*threshold]
            },
            feature: u32::try_from(*feature).unwrap(),
            left: leaf,
            right: Next(!i32::try_from(number + 1).unwrap()),
            rule,
        });
    }
    let leaves = &leaves[..=cuts.len()];
    let mut tree = Tree {
        covers: vec![0.0; nodes.len()],
        nodes,
        leaves: leaves.iter().map(|leaf| leaf.0).collect(),
        sets: vec![
            Set::Codes(vec![0b1011]),
            Set::AllBut(vec![0b110, 1 << 8]),
            Set::Value(2.0),
        ],
    };
    tree.covers
        .extend(leaves.iter().map(|leaf| f64::from(leaf.1)));
    for position in (0..tree.nodes.len()).rev() {
        let Node { left, right, .. } = tree.nodes[position];
        tree.covers[position] = tree.cover(left) + tree.cover(right);
    }
    tree
}

fn any_tree(cuts_max: usize) -> impl Strategy<Value = Tree> {
    let cut = (
        any::<prop::sample::Index>(),
        0..WIDTH,
        0..RULES.len(),
        0..THRESHOLDS.len(),
    );
    let cuts = prop::collection::vec(cut, 0..=cuts_max);
    let leaves = prop::collection::vec((-2.0..2.0, 0_u8..9), cuts_max + 1);
    (cuts, leaves).prop_map(|(cuts, leaves)| grow(&cuts, &leaves))
}

fn any_forest() -> impl Strategy<Value = Forest> {
    let sum = prop_oneof![
        Just(Sum::From(0.25)),
        Just(Sum::Plus(-1.5)),
        Just(Sum::Mean)
    ];
    (prop::collection::vec(any_tree(16), 1..4), sum)
        .prop_map(|(trees, sum)| forest(trees, WIDTH, sum))
}

fn any_row() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(prop::sample::select(VALUES.to_vec()), WIDTH)
}

/// The Shapley values of a game among the signals, by its definition.
fn shapley(width: usize, game: impl Fn(usize) -> f64) -> Shap {
    let factorial = |count: usize| (1..=count).map(|factor| factor as f64).product::<f64>();
    let values: Vec<f64> = (0..1 << width).map(game).collect();
    let contribution = |signal: usize| {
        let others = (0..1_usize << width).filter(|set| set >> signal & 1 == 0);
        let terms = others.map(|set| {
            let size = set.count_ones() as usize;
            let weight = factorial(size) * factorial(width - 1 - size) / factorial(width);
            weight * (values[set | 1 << signal] - values[set])
        });
        terms.sum()
    };
    Shap {
        bias: values[0],
        contributions: (0..width).map(contribution).collect(),
    }
}

/// The mean value below a branch when only the signals of a set are known.
fn expectation(tree: &Tree, next: Next, row: &[f64], known: usize) -> f64 {
    let Some(node) = next.node().map(|node| &tree.nodes[node]) else {
        return tree.leaves[next.leaf().unwrap()];
    };
    let feature = node.feature as usize;
    if known >> feature & 1 == 1 {
        return expectation(tree, tree.step(node, row[feature]), row, known);
    }
    let [left, right] = [node.left, node.right];
    let all = tree.cover(left) + tree.cover(right);
    let share = if all > 0.0 {
        tree.cover(left) / all
    } else {
        0.5
    };
    share * expectation(tree, left, row, known)
        + (1.0 - share) * expectation(tree, right, row, known)
}

fn path_dependent_game(forest: &Forest, row: &[f64], known: usize) -> f64 {
    let trees = forest.trees.iter();
    let sum: f64 = trees
        .map(|tree| expectation(tree, tree.start(), row, known))
        .sum();
    combine(forest, sum)
}

fn combine(forest: &Forest, sum: f64) -> f64 {
    match forest.sum {
        Sum::From(base) | Sum::Plus(base) => base + sum,
        Sum::Mean => sum / forest.len() as f64,
    }
}

fn interventional_game(forest: &Forest, row: &[f64], background: &[Vec<f64>], known: usize) -> f64 {
    let margin = |other: &Vec<f64>| {
        let mixed: Vec<f64> = (0..row.len())
            .map(|signal| {
                if known >> signal & 1 == 1 {
                    row[signal]
                } else {
                    other[signal]
                }
            })
            .collect();
        forest.margin(&mixed)
    };
    background.iter().map(margin).sum::<f64>() / background.len() as f64
}

fn check(found: &Shap, expected: &Shap) -> Result<(), TestCaseError> {
    let close = |a: f64, b: f64| (a - b).abs() <= 1e-13 * b.abs().max(1.0);
    prop_assert!(
        close(found.bias, expected.bias),
        "{} {}",
        found.bias,
        expected.bias
    );
    prop_assert_eq!(found.contributions.len(), expected.contributions.len());
    for (found, expected) in found.contributions.iter().zip(&expected.contributions) {
        prop_assert!(close(*found, *expected), "{found} {expected}");
    }
    Ok(())
}

fn total(shap: &Shap) -> f64 {
    shap.bias + shap.contributions.iter().sum::<f64>()
}

/// Bits, so that a NaN among the values compares.
fn bits(shap: &Shap) -> Vec<u64> {
    let numbers = std::iter::once(&shap.bias).chain(&shap.contributions);
    numbers.map(|number| number.to_bits()).collect()
}

proptest! {
    #[test]
    fn path_dependent_values_are_the_sum_over_all_subsets(forest in any_forest(), row in any_row()) {
        let found = forest.shap_path_dependent(&row).unwrap();
        check(&found, &shapley(WIDTH, |known| path_dependent_game(&forest, &row, known)))?;
        let margin = forest.margin(&row);
        prop_assert!((total(&found) - margin).abs() <= 1e-13, "{} {margin}", total(&found));
    }

    #[test]
    fn interventional_values_are_the_sum_over_all_subsets(
        forest in any_forest(),
        row in any_row(),
        background in prop::collection::vec(any_row(), 1..80),
    ) {
        let found = forest.shap_interventional(&row, &background).unwrap();
        check(&found, &shapley(WIDTH, |known| interventional_game(&forest, &row, &background, known)))?;
        let margin = forest.margin(&row);
        prop_assert!((total(&found) - margin).abs() <= 1e-13, "{} {margin}", total(&found));
    }

    #[test]
    fn a_signal_that_no_split_reads_adds_nothing(forest in any_forest(), row in any_row(), background in any_row()) {
        let path_dependent = forest.shap_path_dependent(&row).unwrap();
        let interventional = forest.shap_interventional(&row, &[background]).unwrap();
        for signal in 0..WIDTH {
            let is_read = |tree: &Tree| tree.nodes.iter().any(|node| node.feature as usize == signal);
            if !forest.trees.iter().any(is_read) {
                prop_assert_eq!(path_dependent.contributions[signal].to_bits(), 0);
                prop_assert_eq!(interventional.contributions[signal].to_bits(), 0);
            }
        }
    }

    #[test]
    fn signals_that_the_forest_treats_alike_share_alike(
        tree in any_tree(16),
        row in any_row(),
        background in prop::collection::vec(any_row(), 1..4),
    ) {
        let mut mirrored = tree.clone();
        for node in &mut mirrored.nodes {
            node.feature = match node.feature { 0 => 1, 1 => 0, other => other };
        }
        let forest = forest(vec![tree, mirrored], WIDTH, Sum::From(0.0));
        let mut row = row;
        row[1] = row[0];
        let alike = |shap: &Shap| (shap.contributions[0] - shap.contributions[1]).abs() <= 1e-14;
        prop_assert!(alike(&forest.shap_path_dependent(&row).unwrap()));
        let mirror = |mut row: Vec<f64>| { row.swap(0, 1); row };
        let mirrored = background.iter().cloned().map(mirror);
        let background: Vec<_> = background.iter().cloned().chain(mirrored).collect();
        prop_assert!(alike(&forest.shap_interventional(&row, &background).unwrap()));
    }

    #[test]
    fn a_batch_gives_each_row_what_it_gets_alone(
        forest in any_forest(),
        rows in prop::collection::vec(any_row(), 0..70),
    ) {
        let prepared = forest.path_dependent().unwrap();
        let alone: Vec<_> = rows.iter().map(|row| bits(&prepared.explain(row))).collect();
        let together: Vec<_> = prepared.explain_all(&rows).iter().map(bits).collect();
        prop_assert_eq!(alone, together);
    }

    #[test]
    fn a_row_that_is_the_background_has_nothing_to_explain(forest in any_forest(), row in any_row()) {
        let shap = forest.shap_interventional(&row, std::slice::from_ref(&row)).unwrap();
        prop_assert!(shap.contributions.iter().all(|contribution| *contribution == 0.0));
    }
}

/// A tree whose every node splits on a signal of its own (or on each of `width` in turn): right is a leaf.
fn chain(depth: usize, width: usize) -> Tree {
    let leaf = |number: usize| Next(!i32::try_from(number).unwrap());
    let node = |position: usize| Node {
        threshold: 0.5 + (position / width) as f64,
        feature: u32::try_from(position % width).unwrap(),
        left: if position + 1 == depth {
            leaf(depth)
        } else {
            Next(i32::try_from(position + 1).unwrap())
        },
        right: leaf(position),
        rule: Rule::NanLeft,
    };
    let mut covers: Vec<f64> = (0..depth)
        .map(|position| 1e6 * 0.9_f64.powi(i32::try_from(position).unwrap()))
        .collect();
    let ends = covers.clone().into_iter().chain([0.0]);
    let ends: Vec<f64> = ends.map(|cover| cover * 0.1).collect();
    covers.extend(ends);
    *covers.last_mut().unwrap() = 0.9 * covers[depth - 1];
    Tree {
        nodes: (0..depth).map(node).collect(),
        leaves: (0..=depth)
            .map(|leaf| ((leaf * 37 + 11) % 23) as f64 / 7.0 - 1.5)
            .collect(),
        covers,
        sets: Vec::new(),
    }
}

/// The values of a chain of different signals: for each leaf the weighted count of coalitions, by size.
fn chain_reference(tree: &Tree, row: &[f64]) -> Vec<f64> {
    let mut values = vec![0.0; row.len()];
    for (number, leaf) in tree.leaves.iter().enumerate() {
        let path = &tree.nodes[..tree.nodes.len().min(number + 1)];
        let factors: Vec<(f64, f64)> = path
            .iter()
            .enumerate()
            .map(|(position, node)| {
                let left = number != position;
                let share = if left { 0.9 } else { 0.1 };
                (
                    f64::from(u8::from(tree.goes_left(node, row[position]) == left)),
                    share,
                )
            })
            .collect();
        for (signal, (one, zero)) in factors.iter().enumerate() {
            // By size, the products over the coalitions of the other signals: all terms positive.
            let mut sizes = vec![1.0];
            for (_, (one, zero)) in factors
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != signal)
            {
                let mut next = vec![0.0; sizes.len() + 1];
                for (size, product) in sizes.iter().enumerate() {
                    next[size] += zero * product;
                    next[size + 1] += one * product;
                }
                sizes = next;
            }
            let count = factors.len();
            let mut weight = 1.0 / count as f64;
            for (size, product) in sizes.iter().enumerate() {
                values[signal] += (one - zero) * leaf * weight * product;
                weight *= (size + 1) as f64 / (count - 1).saturating_sub(size).max(1) as f64;
            }
        }
    }
    values
}

#[test]
fn a_path_of_a_hundred_signals_loses_no_digits() {
    for depth in [5, 8, 9, 16, 17, 33, 64, 100] {
        let tree = chain(depth, depth);
        let forest = forest(vec![tree.clone()], depth, Sum::From(0.0));
        for row in [
            vec![0.0; depth],
            (0..depth)
                .map(|signal| f64::from(u8::from(signal % 40 == 39)))
                .collect(),
        ] {
            let found = forest.shap_path_dependent(&row).unwrap();
            let expected = chain_reference(&tree, &row);
            for (found, expected) in found.contributions.iter().zip(&expected) {
                assert!(
                    (found - expected).abs() <= 1e-14 + 1e-12 * expected.abs(),
                    "{depth}: {found} {expected}"
                );
            }
            assert!((total(&found) - forest.margin(&row)).abs() <= 1e-13);
        }
    }
}

#[test]
fn a_path_that_splits_on_the_same_signals_again_and_again_sums_to_the_margin() {
    let forest = forest(vec![chain(600, WIDTH)], WIDTH, Sum::From(0.0));
    for row in [vec![0.0; WIDTH], vec![40.0, 1e9, 70.2, 33.0, 99.9, 81.0]] {
        let expected = shapley(WIDTH, |known| path_dependent_game(&forest, &row, known));
        let found = forest.shap_path_dependent(&row).unwrap();
        check(&found, &expected).unwrap();
        let background = [vec![5.0; WIDTH], vec![60.5; WIDTH]];
        let expected = shapley(WIDTH, |known| {
            interventional_game(&forest, &row, &background, known)
        });
        check(
            &forest.shap_interventional(&row, &background).unwrap(),
            &expected,
        )
        .unwrap();
    }
}

#[test]
fn path_dependent_values_need_counts_and_a_path_that_can_be_integrated() {
    let mut tree = chain(3, 3);
    tree.covers.clear();
    let counted = chain(3, 3);
    let uncounted = forest(vec![counted, tree], 3, Sum::From(0.0));
    let row = [0.0; 3];
    assert_eq!(
        uncounted.shap_path_dependent(&row),
        Err(ShapError::NoCovers(1))
    );
    assert!(uncounted.shap_interventional(&row, &[[1.0; 3]]).is_ok());
    let deep = forest(vec![chain(1025, 1025)], 1025, Sum::From(0.0));
    assert_eq!(
        deep.path_dependent().unwrap_err(),
        ShapError::Deep { tree: 0 }
    );
    let deepest = forest(vec![chain(1024, 1024)], 1024, Sum::From(0.0));
    let row = vec![0.0; 1024];
    let found = total(&deepest.shap_path_dependent(&row).unwrap());
    assert!((found - deepest.margin(&row)).abs() < 1e-11, "{found}");
}

#[test]
fn interventional_values_need_a_background() {
    let forest = forest(vec![chain(3, 3)], 3, Sum::From(0.0));
    let none: [[f64; 3]; 0] = [];
    assert_eq!(
        forest.shap_interventional(&[0.0; 3], &none),
        Err(ShapError::NoBackground)
    );
}

#[test]
fn a_tree_without_a_split_is_all_bias() {
    let leaf = Tree {
        nodes: Vec::new(),
        leaves: vec![0.75],
        covers: Vec::new(),
        sets: Vec::new(),
    };
    let forest = forest(vec![leaf], 2, Sum::Plus(1.0));
    let expected = Shap {
        bias: 1.75,
        contributions: vec![0.0; 2],
    };
    assert_eq!(forest.shap_path_dependent(&[0.0_f32; 2]).unwrap(), expected);
    assert_eq!(
        forest
            .shap_interventional(&[0.0_f32; 2], &[[9.0_f32; 2]])
            .unwrap(),
        expected
    );
}

#[test]
fn values_are_read_in_the_librarys_own_precision() {
    let mut tree = chain(1, 1);
    tree.nodes[0].threshold = f64::from(0.1_f32);
    let mut forest = forest(vec![tree], 1, Sum::From(0.0));
    // Above the threshold in 64 bits, the threshold itself in 32.
    let row = [0.100_000_001_6];
    let wide = forest.shap_path_dependent(&row).unwrap();
    assert!((total(&wide) - forest.margin(&row)).abs() < 1e-15);
    forest.arithmetic = Arithmetic::Single;
    forest.engine = super::super::Engine::default();
    let single = forest.shap_path_dependent(&row).unwrap();
    assert!((total(&single) - forest.margin(&row)).abs() < 1e-6);
    assert!((total(&single) - total(&wide)).abs() > 0.1);
    let against = forest.shap_interventional(&row, &[[1.0]]).unwrap();
    assert!((total(&against) - total(&single)).abs() < 1e-15);
}
