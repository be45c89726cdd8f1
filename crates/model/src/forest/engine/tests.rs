//! The fast forms against the naive walk: random forests under every rule, rows at every edge, equal to the bit.

use proptest::prelude::*;
use pulp::Arch;

use super::batch::{Scratch, sum_of};
use super::plan::{Way, plan};
use super::sets::Sets;
use super::{Engine, Forms, Number, Runs};
use crate::forest::tree::{Next, Node, Rule, Set, Tree};
use crate::forest::{Arithmetic, Forest, Link, Sum};

/// Numbers at which something changes.
const EDGES: [f64; 24] = [
    0.0,
    -0.0,
    1e-35,
    -1e-35,
    1.000_000_018_002_509_5e-35,
    9.999_999e-36,
    -2e-35,
    5e-324,
    -5e-324,
    1e-40,
    -1.0,
    -0.5,
    1.0,
    1.5,
    0.1,
    31.0,
    32.0,
    -7.25,
    16_777_215.0,
    16_777_216.0,
    2_147_483_647.0,
    1e300,
    f64::INFINITY,
    f64::NEG_INFINITY,
];

/// A source of arbitrary numbers that the seed alone decides (`SplitMix64`).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// A number between -50 and 50, with a few digits.
    fn plain(&mut self) -> f64 {
        self.below(100_000) as f64 / 1000.0 - 50.0
    }
}

/// What random forests are made of.
#[derive(Clone, Debug)]
struct Shape {
    seed: u64,
    width: usize,
    trees: usize,
    leaves: usize,
    rules: Vec<Rule>,
    arithmetic: Arithmetic,
    sum: Sum,
}

fn threshold(dice: &mut Dice) -> f64 {
    match dice.below(8) {
        0 => dice.pick(&EDGES),
        1 if dice.below(10) == 0 => f64::NAN,
        2..5 => dice.below(40) as f64 / 4.0,
        _ => dice.plain(),
    }
}

fn set(dice: &mut Dice) -> Set {
    let count = 1 + dice.below(3);
    let mut word = || u32::try_from(dice.next() & dice.next() & 0xffff_ffff).unwrap();
    let words = (0..count).map(|_| word()).collect();
    match dice.below(4) {
        0 => Set::AllBut(words),
        1 => Set::Value(threshold(dice)),
        _ => Set::Codes(words),
    }
}

fn tree(dice: &mut Dice, shape: &Shape) -> Tree {
    let count = 1 + dice.below(shape.leaves);
    let mut tree = Tree {
        nodes: Vec::new(),
        leaves: vec![0.0; count],
        covers: Vec::new(),
        sets: Vec::new(),
    };
    // Where each leaf hangs.
    let mut hangs: Vec<(usize, bool)> = vec![(0, true)];
    for leaf in 1..count {
        let number = tree.nodes.len();
        // Deep trees as well as even ones.
        let split = if shape.seed.is_multiple_of(3) {
            leaf - 1
        } else {
            dice.below(leaf)
        };
        let rule = dice.pick(&shape.rules);
        let next = |index: usize| Next(i32::try_from(index).unwrap());
        let (parent, is_left) = hangs[split];
        if let Some(parent) = tree.nodes.get_mut(parent) {
            let branch: &mut Next = if is_left {
                &mut parent.left
            } else {
                &mut parent.right
            };
            *branch = next(number);
        }
        let threshold = if rule.reads_set() {
            tree.sets.push(set(dice));
            (tree.sets.len() - 1) as f64
        } else {
            threshold(dice)
        };
        tree.nodes.push(Node {
            threshold,
            feature: u32::try_from(dice.below(shape.width)).unwrap(),
            left: Next(!next(split).0),
            right: Next(!next(leaf).0),
            rule,
        });
        hangs[split] = (number, true);
        hangs.push((number, false));
    }
    for leaf in &mut tree.leaves {
        *leaf = match dice.below(40) {
            0 => -0.0,
            1 => dice.pick(&EDGES),
            _ => dice.plain() / 7.0,
        };
    }
    assert!(tree.is_sound());
    tree
}

fn forest(shape: &Shape) -> Forest {
    let mut dice = Dice(shape.seed);
    let trees = (0..shape.trees).map(|_| tree(&mut dice, shape)).collect();
    of_trees(trees, shape)
}

fn of_trees(trees: Vec<Tree>, shape: &Shape) -> Forest {
    Forest {
        names: Vec::new(),
        width: shape.width,
        means: Vec::new(),
        trees,
        arithmetic: shape.arithmetic,
        sum: shape.sum,
        link: Link::Identity,
        categories: Vec::new(),
        format: crate::forest::Format::LightGbmText,
        source: Vec::new(),
        engine: Engine::default(),
    }
}

/// Rows around the thresholds of a forest, and at the edges.
fn rows(forest: &Forest, seed: u64, count: usize) -> Vec<f64> {
    let mut dice = Dice(!seed);
    let thresholds: Vec<f64> = forest
        .trees
        .iter()
        .flat_map(|tree| tree.nodes.iter().map(|node| node.threshold))
        .chain([0.0])
        .collect();
    let mut value = || match dice.below(9) {
        0 => f64::NAN,
        1 => dice.pick(&EDGES),
        2 => dice.below(100) as f64,
        3 => dice.pick(&thresholds),
        4 => dice.pick(&thresholds).next_up(),
        5 => dice.pick(&thresholds).next_down(),
        6 => narrow(narrow(dice.pick(&thresholds)).into())
            .next_up()
            .into(),
        _ => dice.plain(),
    };
    (0..count * forest.width).map(|_| value()).collect()
}

#[expect(clippy::cast_possible_truncation, reason = "rows of 32 bits")]
fn narrow(value: f64) -> f32 {
    value as f32
}

/// The bits of a margin; all NaN are one, since the order of the operands of an addition decides which it is.
fn bits(margin: f64) -> u64 {
    if margin.is_nan() {
        f64::NAN.to_bits()
    } else {
        margin.to_bits()
    }
}

fn check<V: Copy + Into<f64> + Sync>(forest: &Forest, rows: &[V]) {
    let expected: Vec<u64> = rows
        .chunks_exact(forest.width)
        .map(|row| bits(forest.margin_by_walking(row)))
        .collect();
    let single: Vec<u64> = rows
        .chunks_exact(forest.width)
        .map(|row| bits(forest.margin(row)))
        .collect();
    assert_eq!(single, expected, "one row");
    let mut many = vec![7.0];
    forest.margins(rows, &mut many);
    assert_eq!(bits(many.remove(0)), bits(7.0));
    let many: Vec<u64> = many.into_iter().map(bits).collect();
    assert_eq!(many, expected, "many rows");
    let parallel: Vec<u64> = forest
        .margins_in_parallel(rows)
        .into_iter()
        .map(bits)
        .collect();
    assert_eq!(parallel, expected, "many rows in parallel");
}

fn check_shape(shape: &Shape, count: usize) {
    let forest = forest(shape);
    let rows = rows(&forest, shape.seed, count);
    check(&forest, &rows);
    let narrow: Vec<f32> = rows.iter().map(|value| narrow(*value)).collect();
    check(&forest, &narrow);
}

const RULES: [Rule; 6] = [
    Rule::NanLeft,
    Rule::NanRight,
    Rule::ZeroLeft,
    Rule::ZeroRight,
    Rule::SetNanLeft,
    Rule::SetNanRight,
];

fn shapes() -> impl Strategy<Value = Shape> {
    let rules = prop_oneof![
        Just(RULES.to_vec()),
        Just(RULES[..2].to_vec()),
        Just(RULES[2..4].to_vec()),
        Just(RULES[4..].to_vec()),
        (0..6_usize).prop_map(|rule| vec![RULES[rule]]),
    ];
    let arithmetic = prop_oneof![Just(Arithmetic::Single), Just(Arithmetic::Double)];
    let sum = prop_oneof![
        Just(Sum::From(0.0)),
        Just(Sum::From(-0.0)),
        Just(Sum::From(0.3)),
        Just(Sum::Plus(0.7)),
        Just(Sum::Mean)
    ];
    let leaves = prop_oneof![
        Just(1),
        Just(2),
        Just(9),
        Just(64),
        Just(90),
        Just(256),
        Just(700)
    ];
    (
        any::<u64>(),
        1..12_usize,
        0..24_usize,
        leaves,
        rules,
        arithmetic,
        sum,
    )
        .prop_map(
            |(seed, width, trees, leaves, rules, arithmetic, sum)| Shape {
                seed,
                width,
                trees,
                leaves,
                rules,
                arithmetic,
                sum,
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn every_form_equals_the_walk(shape in shapes(), count in prop_oneof![1..40_usize, 180..600_usize, 1_000..1_200_usize]) {
        check_shape(&shape, count);
    }
}

/// The bits of the sums of the rows of one block, by the code for a kind of processor.
fn sums_on<T: Number>(arch: Arch, runs: &Runs<T>, forest: &Forest, rows: &[f64]) -> Vec<u64> {
    let mut scratch = Scratch::<T, 8>::new();
    scratch.arch = arch;
    for form in &runs.0 {
        form.add_block(&forest.trees, (rows, forest.width), &mut scratch);
    }
    let count = rows.len() / forest.width;
    (0..count)
        .map(|row| sum_of(&mut scratch.sums, row).widen().to_bits())
        .collect()
}

proptest! {
    #[test]
    fn code_for_any_processor_gives_the_bits_of_code_for_this_one(shape in shapes(), count in 1..=512_usize) {
        let forest = forest(&shape);
        let rows = rows(&forest, 7, count);
        let [any, this] = [Arch::Scalar, Arch::new()].map(|arch| {
            match forest.engine.forms(&forest.trees, forest.arithmetic) {
                Forms::Single(runs) => sums_on(arch, runs, &forest, &rows),
                Forms::Double(runs) => sums_on(arch, runs, &forest, &rows),
            }
        });
        prop_assert_eq!(any.len(), count);
        prop_assert_eq!(any, this);
    }
}

fn shape(width: usize, trees: usize, leaves: usize, rules: &[Rule]) -> Shape {
    Shape {
        seed: 11,
        width,
        trees,
        leaves,
        rules: rules.to_vec(),
        arithmetic: Arithmetic::Double,
        sum: Sum::From(0.0),
    }
}

fn ways(forest: &Forest) -> Vec<Way> {
    let runs = plan(&forest.trees, &Sets::new(&forest.trees));
    runs.into_iter().map(|run| run.way).collect()
}

#[test]
fn several_runs_add_up_in_order() {
    let many = shape(3, 2_400, 64, &RULES[..4]);
    let mut forest = forest(&many);
    assert!(ways(&forest).len() > 1, "{:?}", ways(&forest));
    // A run of large trees between others.
    let large = super::tests::forest(&shape(3, 2, 2_000, &RULES[..2]));
    forest.trees.splice(100..100, large.trees);
    assert!(ways(&forest).contains(&Way::Walk));
    check(&forest, &rows(&forest, 5, 700));
}

#[test]
fn more_signals_than_a_byte_counts() {
    check_shape(&shape(400, 60, 40, &RULES), 600);
}

#[test]
fn more_sets_than_are_looked_up_beforehand() {
    let forest = forest(&shape(2, 100, 40, &RULES[4..]));
    let Forms::Double(runs) = forest.engine.forms(&forest.trees, forest.arithmetic) else {
        panic!("sums are in 64 bits");
    };
    assert!(
        runs.0
            .iter()
            .any(|form| form.walk.is_none() && form.masks.is_some())
    );
    check(&forest, &rows(&forest, 3, 300));
}

/// A chain of splits, each asking what `node` says, with a leaf on each left.
fn chain(count: usize, sets: Vec<Set>, node: impl Fn(usize) -> (u32, f64, Rule)) -> Tree {
    let nodes = (0..count).map(|position| {
        let (feature, threshold, rule) = node(position);
        let number = i32::try_from(position).unwrap();
        let right = if position + 1 == count {
            !(number + 1)
        } else {
            number + 1
        };
        Node {
            threshold,
            feature,
            left: Next(!number),
            right: Next(right),
            rule,
        }
    });
    let tree = Tree {
        nodes: nodes.collect(),
        leaves: (0..=count).map(|leaf| leaf as f64 / 3.0).collect(),
        covers: Vec::new(),
        sets,
    };
    assert!(tree.is_sound());
    tree
}

#[test]
fn what_would_outgrow_its_file_is_walked_as_it_is() {
    // Many splits on many signals share one large set; one set has more codes than are looked at; one tree is too large.
    let alternating = Set::Codes(vec![0x5555_5555; 900]);
    let shared = chain(200, vec![alternating], |at| {
        (u32::try_from(at).unwrap(), 0.0, Rule::SetNanLeft)
    });
    let huge = chain(1, vec![Set::AllBut(vec![0x5555_5555; 4_000])], |_| {
        (0, 0.0, Rule::SetNanRight)
    });
    let deep = chain(70_000, Vec::new(), |at| (0, at as f64, Rule::NanRight));
    let forest = of_trees(vec![shared, huge, deep], &shape(200, 0, 0, &[]));
    assert_eq!(ways(&forest), [Way::Plain]);
    check(&forest, &rows(&forest, 3, 40));
}

#[test]
fn a_forest_without_trees_or_a_row_without_signals_has_a_margin() {
    let nothing = forest(&shape(3, 0, 1, &RULES));
    check(&nothing, &[0.5; 300]);
    let some = forest(&shape(3, 20, 30, &RULES));
    assert_eq!(
        bits(some.margin::<f64>(&[])),
        bits(some.margin(&[f64::NAN; 3]))
    );
    let mut margins = Vec::new();
    some.margins::<f64>(&[], &mut margins);
    some.margins(&[1.0, 2.0], &mut margins);
    assert!(margins.is_empty());
}
