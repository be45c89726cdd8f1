//! The attributes of a tree ensemble: its trees, how their leaves are combined, and the link.
//!
//! What onnxruntime does where the specification is vague is what counts: with one class weighted, by the number 0,
//! the score is that of the second class; a base value reaches only the score of the number 0.

use std::collections::BTreeMap;

use super::super::grow::{Branch, Part, Test, grow};
use super::super::tree::{Set, Tree};
use super::super::{Arithmetic, ForestError, Link, Sum, WIDTH_MAX};
use super::proto::{Attribute, DOUBLE, FLOAT, Node, Tensor};

/// A tree ensemble in the forest's form.
pub(super) struct Ensemble {
    pub(super) trees: Vec<Tree>,
    pub(super) sum: Sum,
    pub(super) link: Link,
    /// One more than the largest signal that a split asks for.
    pub(super) features: usize,
}

pub(super) fn read(node: &Node, arithmetic: Arithmetic) -> Result<Ensemble, ForestError> {
    let attributes = Attributes { node, arithmetic };
    let goal = if node.op_type == "TreeEnsembleClassifier" {
        classifier(&attributes)?
    } else {
        regressor(&attributes)?
    };
    let nodes = Nodes::read(&attributes)?;
    let values = leaf_values(&attributes, &nodes, &goal)?;
    let trees = nodes.trees(&values, arithmetic)?;
    let features = trees.iter().flat_map(|tree| &tree.nodes);
    Ok(Ensemble {
        features: features
            .map(|node| node.feature as usize + 1)
            .max()
            .unwrap_or(0),
        trees,
        sum: goal.sum,
        link: goal.link,
    })
}

/// The attributes of a node, by name.
struct Attributes<'a> {
    node: &'a Node,
    arithmetic: Arithmetic,
}

impl<'a> Attributes<'a> {
    fn get(&self, name: &str) -> Option<&'a Attribute> {
        self.node
            .attribute
            .iter()
            .find(|attribute| attribute.name == name)
    }

    fn ints(&self, name: &str) -> &'a [i64] {
        self.get(name).map_or(&[], |attribute| &attribute.ints)
    }

    fn strings(&self, name: &str) -> &'a [Vec<u8>] {
        self.get(name).map_or(&[], |attribute| &attribute.strings)
    }

    /// Returns a word, empty if there is none.
    fn word(&self, name: &str) -> &'a [u8] {
        self.get(name).map_or(&[], |attribute| &attribute.s)
    }

    /// Returns numbers that are given as floats, or as a tensor under a second name.
    fn numbers(&self, name: &str, as_tensor: &str) -> Result<Vec<f64>, ForestError> {
        let floats = self
            .get(name)
            .map_or(&[][..], |attribute| &attribute.floats);
        let Some(tensor) = self
            .get(as_tensor)
            .and_then(|attribute| attribute.t.as_ref())
        else {
            return Ok(floats.iter().copied().map(f64::from).collect());
        };
        if !floats.is_empty() {
            return Err(ForestError::unsupported(
                "numbers given both as floats and as a tensor",
            ));
        }
        let wide = i64::from(tensor.data_type) == DOUBLE;
        if wide && self.arithmetic == Arithmetic::Single {
            return Err(ForestError::unsupported(
                "doubles in its trees beside inputs of floats",
            ));
        }
        read_tensor(tensor)
    }
}

/// Reads a tensor of floats or doubles, in either of the two ways that ONNX has.
fn read_tensor(tensor: &Tensor) -> Result<Vec<f64>, ForestError> {
    let raw = &tensor.raw_data;
    match i64::from(tensor.data_type) {
        FLOAT if raw.is_empty() => Ok(tensor.float_data.iter().copied().map(f64::from).collect()),
        DOUBLE if raw.is_empty() => Ok(tensor.double_data.clone()),
        FLOAT if raw.len().is_multiple_of(4) => {
            let (chunks, _) = raw.as_chunks();
            Ok(chunks
                .iter()
                .map(|bytes| f32::from_le_bytes(*bytes).into())
                .collect())
        }
        DOUBLE if raw.len().is_multiple_of(8) => {
            let (chunks, _) = raw.as_chunks();
            Ok(chunks
                .iter()
                .map(|bytes| f64::from_le_bytes(*bytes))
                .collect())
        }
        _ => Err(ForestError::header("raw_data")),
    }
}

/// What is to be read off the leaves.
struct Goal {
    /// The number whose weights are summed.
    id: i64,
    /// The names of the arrays of weights.
    weights: [&'static str; 5],
    /// Whether a leaf may lack a weight, which is then 0.
    gaps: Gaps,
    sum: Sum,
    link: Link,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Gaps {
    Allowed,
    Refused,
}

fn classifier(attributes: &Attributes<'_>) -> Result<Goal, ForestError> {
    let labels = attributes.strings("classlabels_strings").len()
        + attributes.ints("classlabels_int64s").len();
    if labels != 2 {
        return Err(ForestError::unsupported(format!(
            "{labels} classes instead of two"
        )));
    }
    let ids = attributes.ints("class_ids");
    let has = |id: i64| ids.contains(&id);
    let base = attributes.numbers("base_values", "base_values_as_tensor")?;
    let second = has(1);
    if ids.iter().any(|id| !matches!(id, 0 | 1)) || ids.is_empty() {
        return Err(ForestError::header("class_ids"));
    }
    if base.len() > 1 || (second && base.iter().any(|value| *value != 0.0)) {
        return Err(ForestError::unsupported(
            "base values that its runtime gives to another class",
        ));
    }
    let link = match (attributes.word("post_transform"), has(0), second) {
        (b"" | b"NONE", _, _) => Link::Identity,
        (b"LOGISTIC", _, _) | (b"SOFTMAX", false, true) => Link::Sigmoid { slope: 1.0 },
        (other, _, _) => return Err(transform(other)),
    };
    Ok(Goal {
        id: i64::from(second),
        weights: [
            "class_treeids",
            "class_nodeids",
            "class_ids",
            "class_weights",
            "class_weights_as_tensor",
        ],
        gaps: if has(0) && second {
            Gaps::Allowed
        } else {
            Gaps::Refused
        },
        sum: Sum::Plus(base.first().copied().unwrap_or(0.0)),
        link,
    })
}

fn regressor(attributes: &Attributes<'_>) -> Result<Goal, ForestError> {
    if attributes
        .get("n_targets")
        .map_or(0, |attribute| attribute.i)
        != 1
    {
        return Err(ForestError::unsupported("several targets"));
    }
    let transform_name = attributes.word("post_transform");
    if !matches!(transform_name, b"" | b"NONE") {
        return Err(transform(transform_name));
    }
    let base = attributes.numbers("base_values", "base_values_as_tensor")?;
    let base = match base.as_slice() {
        [] => 0.0,
        [base] => *base,
        _ => return Err(ForestError::unsupported("several base values")),
    };
    let sum = match attributes.word("aggregate_function") {
        b"" | b"SUM" => Sum::Plus(base),
        b"AVERAGE" if base == 0.0 => Sum::Mean,
        b"AVERAGE" => return Err(ForestError::unsupported("an average beside a base value")),
        other => {
            let name = String::from_utf8_lossy(other);
            return Err(ForestError::unsupported(format!(
                "the aggregate function `{name}`"
            )));
        }
    };
    Ok(Goal {
        id: 0,
        weights: [
            "target_treeids",
            "target_nodeids",
            "target_ids",
            "target_weights",
            "target_weights_as_tensor",
        ],
        gaps: Gaps::Refused,
        sum,
        link: Link::Identity,
    })
}

fn transform(name: &[u8]) -> ForestError {
    let name = String::from_utf8_lossy(name);
    ForestError::unsupported(format!("the post transform `{name}` of these weights"))
}

/// The nodes of all trees, in parallel arrays.
struct Nodes<'a> {
    trees: &'a [i64],
    features: &'a [i64],
    modes: Vec<Mode>,
    values: Vec<f64>,
    /// Empty if no missing value is told from others.
    tracks: &'a [i64],
    children: [&'a [i64]; 2],
    /// Where the node of a tree stands, by the tree's number and its own.
    places: BTreeMap<(i64, i64), usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Leaf,
    AtMost,
    Below,
    Above,
    AtLeast,
    Equal,
    Unequal,
}

impl Mode {
    fn read(name: &[u8]) -> Result<Self, ForestError> {
        Ok(match name {
            b"LEAF" => Self::Leaf,
            b"BRANCH_LEQ" => Self::AtMost,
            b"BRANCH_LT" => Self::Below,
            b"BRANCH_GT" => Self::Above,
            b"BRANCH_GTE" => Self::AtLeast,
            b"BRANCH_EQ" => Self::Equal,
            b"BRANCH_NEQ" => Self::Unequal,
            other => {
                let name = String::from_utf8_lossy(other);
                return Err(ForestError::unsupported(format!("the node mode `{name}`")));
            }
        })
    }
}

impl<'a> Nodes<'a> {
    fn read(attributes: &Attributes<'a>) -> Result<Self, ForestError> {
        let modes = attributes.strings("nodes_modes").iter();
        let ids = attributes.ints("nodes_nodeids");
        let mut nodes = Self {
            trees: attributes.ints("nodes_treeids"),
            features: attributes.ints("nodes_featureids"),
            modes: modes
                .map(|name| Mode::read(name))
                .collect::<Result<_, _>>()?,
            values: attributes.numbers("nodes_values", "nodes_values_as_tensor")?,
            tracks: attributes.ints("nodes_missing_value_tracks_true"),
            children: ["nodes_truenodeids", "nodes_falsenodeids"].map(|name| attributes.ints(name)),
            places: BTreeMap::new(),
        };
        let count = nodes.trees.len();
        let [on_true, on_false] = nodes.children.map(<[i64]>::len);
        let lengths = [
            nodes.features.len(),
            nodes.modes.len(),
            nodes.values.len(),
            ids.len(),
            on_true,
            on_false,
        ];
        let tracked = nodes.tracks.is_empty() || nodes.tracks.len() == count;
        if count == 0 || !tracked || lengths.iter().any(|length| *length != count) {
            return Err(ForestError::header("nodes_treeids"));
        }
        for (place, key) in nodes.trees.iter().zip(ids).enumerate() {
            if nodes.places.insert((*key.0, *key.1), place).is_some() {
                return Err(ForestError::header("nodes_nodeids"));
            }
        }
        Ok(nodes)
    }

    /// Returns the trees in the order of their first nodes; a tree's nodes stand together.
    fn trees(
        &self,
        values: &[Option<f64>],
        arithmetic: Arithmetic,
    ) -> Result<Vec<Tree>, ForestError> {
        let mut trees = Vec::new();
        let mut start = 0;
        let mut seen = std::collections::BTreeSet::new();
        for group in self.trees.chunk_by(|one, other| one == other) {
            let index = trees.len();
            if !group.first().is_some_and(|tree| seen.insert(*tree)) {
                return Err(ForestError::Shape(index));
            }
            let end = start + group.len();
            let tree = grow(0, group.len(), |offset| {
                let part = self.part(start + offset, values, arithmetic);
                let part = part.map_err(|key| ForestError::tree(key, index))?;
                Ok(part.within(start..end))
            })?;
            let tree = tree.filter(Tree::is_sound);
            trees.push(tree.ok_or(ForestError::Shape(index))?);
            start = end;
        }
        Ok(trees)
    }

    /// Reads a node, with its children's places among all nodes.
    fn part(
        &self,
        place: usize,
        values: &[Option<f64>],
        arithmetic: Arithmetic,
    ) -> Result<Part, &'static str> {
        let mode = *self.modes.get(place).ok_or("nodes_modes")?;
        if mode == Mode::Leaf {
            let value = values.get(place).copied().flatten().ok_or("weights")?;
            return Ok(Part::Leaf { value, cover: None });
        }
        let tree = *self.trees.get(place).ok_or("nodes_treeids")?;
        let feature = self
            .features
            .get(place)
            .and_then(|feature| u32::try_from(*feature).ok());
        let feature = feature.filter(|feature| (*feature as usize) < WIDTH_MAX);
        let threshold = *self.values.get(place).ok_or("nodes_values")?;
        if threshold.is_nan() {
            return Err("nodes_values");
        }
        let [on_true, on_false] = self.children.map(|children| {
            let child = children.get(place)?;
            self.places.get(&(tree, *child)).copied()
        });
        let on_true = on_true.ok_or("nodes_truenodeids")?;
        let on_false = on_false.ok_or("nodes_falsenodeids")?;
        let tracked = self.tracks.get(place).is_some_and(|tracks| *tracks == 1);
        let below = below(threshold, arithmetic);
        // Whether the test below sends left what goes to the true side, and where missing values go on that side.
        let (test, straight, missing_true) = match mode {
            Mode::AtMost => (Test::AtMost(threshold), true, tracked),
            Mode::Below => (below, true, tracked),
            Mode::Above => (Test::AtMost(threshold), false, tracked),
            Mode::AtLeast => (below, false, tracked),
            Mode::Equal => (Test::In(Set::Value(threshold)), true, tracked),
            // Nothing is equal to a missing value.
            Mode::Unequal | Mode::Leaf => (Test::In(Set::Value(threshold)), false, true),
        };
        let (left, right) = if straight {
            (on_true, on_false)
        } else {
            (on_false, on_true)
        };
        Ok(Part::Branch(Branch {
            feature: feature.ok_or("nodes_featureids")?,
            test,
            missing_left: missing_true == straight,
            left,
            right,
            cover: None,
        }))
    }
}

/// The test `value < threshold` in the ensemble's arithmetic, in which its thresholds are given.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the threshold was a float in the file"
)]
fn below(threshold: f64, arithmetic: Arithmetic) -> Test {
    match arithmetic {
        Arithmetic::Single => Test::below_single(threshold as f32),
        Arithmetic::Double => Test::below_double(threshold),
    }
}

impl Part {
    /// Renumbers children from their places among all nodes to those in their tree.
    fn within(self, tree: std::ops::Range<usize>) -> Self {
        let inside = |place: usize| {
            let found = tree.contains(&place).then(|| place - tree.start);
            found.unwrap_or(usize::MAX)
        };
        match self {
            Self::Branch(branch) => Self::Branch(Branch {
                left: inside(branch.left),
                right: inside(branch.right),
                ..branch
            }),
            leaf @ Self::Leaf { .. } => leaf,
        }
    }
}

/// Returns for each node the weight of the goal's number, `None` where there is none.
fn leaf_values(
    attributes: &Attributes<'_>,
    nodes: &Nodes<'_>,
    goal: &Goal,
) -> Result<Vec<Option<f64>>, ForestError> {
    let [trees, ids, goals, floats, tensor] = goal.weights;
    let [trees, ids, goals] = [trees, ids, goals].map(|name| attributes.ints(name));
    let weights = attributes.numbers(floats, tensor)?;
    if [ids.len(), goals.len(), weights.len()] != [trees.len(); 3] {
        return Err(ForestError::header(floats));
    }
    let gap = (goal.gaps == Gaps::Allowed).then_some(0.0);
    let mut values = vec![gap; nodes.trees.len()];
    let mut given = vec![false; nodes.trees.len()];
    let keys = trees.iter().copied().zip(ids.iter().copied());
    for ((key, id), weight) in keys.zip(goals).zip(weights) {
        let place = nodes.places.get(&key).copied();
        let place = place.ok_or_else(|| ForestError::header(floats))?;
        if *id != goal.id {
            if goal.gaps == Gaps::Refused {
                return Err(ForestError::unsupported("several targets"));
            }
            continue;
        }
        if let (Some(value), Some(given)) = (values.get_mut(place), given.get_mut(place)) {
            if std::mem::replace(given, true) {
                return Err(ForestError::unsupported("two weights for one leaf"));
            }
            *value = Some(weight);
        }
    }
    Ok(values)
}
