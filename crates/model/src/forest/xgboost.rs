//! Reads XGBoost's JSON form, of the versions 1.0 to 3.x, and its binary twin UBJSON.
//!
//! ```text
//!   learner ── learner_model_param, objective ──► start of the sum, link
//!           └─ gradient_booster ── trees ───────► trees: `value < t` becomes `value <= the next smaller number`
//! ```
//!
//! All trees of the file are summed, as `Booster.predict` does; XGBoost's scikit-learn classes stop at
//! `best_iteration` instead, so a model that stopped early is cut (`booster[: best_iteration + 1]`) before it is
//! saved if that is wanted. Refused: linear boosters, several classes or targets, objectives whose link is neither
//! the logistic one nor none.

use serde::Deserialize;

use super::grow::{Branch, Part, Test, grow};
use super::tree::{Set, Tree};
use super::{Arithmetic, Categories, Forest, ForestError, Format, Link, Sum, WIDTH_MAX, ubjson};

/// XGBoost's codes of categories end here.
const CODES_END: u32 = 1 << 24;

/// Words of category sets that a file may have besides one for each of its bytes.
const SET_WORDS_FREE: usize = 1 << 20;

/// What stands for the children of a leaf.
const NO_CHILD: i32 = -1;

pub(super) fn read_json(bytes: &[u8]) -> Result<Forest, ForestError> {
    read(bytes, bytes, Format::XgboostJson)
}

pub(super) fn read_ubjson(bytes: &[u8]) -> Result<Forest, ForestError> {
    let json = ubjson::to_json(bytes).ok_or_else(|| ForestError::Form {
        form: "XGBoost's UBJSON",
        fault: "it is cut short, or holds what XGBoost does not write".to_owned(),
    })?;
    read(&json, bytes, Format::XgboostUbjson)
}

fn read(json: &[u8], source: &[u8], format: Format) -> Result<Forest, ForestError> {
    let document: Document = serde_json::from_slice(json).map_err(|error| ForestError::Form {
        form: "XGBoost's JSON",
        fault: error.to_string(),
    })?;
    let learner = document.learner;
    let width = read_width(&learner.parameters)?;
    let (link, start) = read_link(&learner)?;
    let booster = read_booster(learner.gradient_booster)?;
    let mut reader = Reader {
        width,
        words_left: json.len().saturating_add(SET_WORDS_FREE),
    };
    let trees = booster
        .trees
        .iter()
        .enumerate()
        .map(|(index, arrays)| reader.tree(index, arrays, booster.weights.get(index)))
        .collect::<Result<Vec<_>, _>>()?;
    let names = learner.feature_names;
    Ok(Forest {
        names: if names.len() == width {
            names
        } else {
            Vec::new()
        },
        width,
        means: trees.iter().map(Tree::means).collect(),
        trees,
        arithmetic: Arithmetic::Single,
        sum: Sum::From(f64::from(start)),
        link,
        categories: read_categories(&booster.encodings),
        format,
        source: source.to_vec(),
        engine: super::Engine::default(),
    })
}

#[derive(Deserialize)]
struct Document {
    learner: Learner,
}

#[derive(Deserialize)]
struct Learner {
    #[serde(default)]
    feature_names: Vec<String>,
    gradient_booster: Booster,
    #[serde(rename = "learner_model_param")]
    parameters: Parameters,
    objective: Objective,
}

/// Every number is written as text.
#[derive(Deserialize)]
struct Parameters {
    base_score: String,
    num_feature: String,
    num_class: String,
    num_target: Option<String>,
}

#[derive(Deserialize)]
struct Objective {
    name: String,
}

/// `gbtree` holds its model; `dart` holds a `gbtree` and a weight for each tree.
#[derive(Deserialize)]
struct Booster {
    name: String,
    model: Option<Model>,
    gbtree: Option<Box<Booster>>,
    #[serde(default)]
    weight_drop: Vec<f32>,
}

#[derive(Deserialize)]
struct Model {
    /// A linear booster has none.
    trees: Option<Vec<Arrays>>,
    #[serde(default)]
    tree_info: Vec<i32>,
    #[serde(default)]
    cats: Encodings,
}

/// The categories of the columns of the table that the model was trained on (since 3.1).
#[derive(Default, Deserialize)]
struct Encodings {
    #[serde(default)]
    enc: Vec<Encoding>,
}

/// A column's categories: numbers, or bytes of text cut at the offsets.
#[derive(Deserialize)]
struct Encoding {
    #[serde(default)]
    offsets: Vec<usize>,
    #[serde(default)]
    values: Vec<f64>,
}

/// A tree, as one array for each property of its nodes. An array may be missing where it is empty.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Arrays {
    left_children: Vec<i32>,
    right_children: Vec<i32>,
    split_indices: Vec<u32>,
    /// The threshold of a split, the value of a leaf.
    split_conditions: Vec<f32>,
    default_left: Vec<Flag>,
    sum_hessian: Vec<f32>,
    split_type: Vec<u8>,
    categories: Vec<u32>,
    categories_nodes: Vec<usize>,
    categories_segments: Vec<usize>,
    categories_sizes: Vec<usize>,
    tree_param: TreeParameters,
}

#[derive(Default, Deserialize)]
struct TreeParameters {
    size_leaf_vector: Option<String>,
}

/// Written as `true` by the first versions, as 1 by later ones.
#[derive(Clone, Copy, Deserialize)]
#[serde(untagged)]
enum Flag {
    Word(bool),
    Number(u8),
}

impl Flag {
    const fn is_set(self) -> bool {
        match self {
            Self::Word(word) => word,
            Self::Number(number) => number != 0,
        }
    }
}

fn read_width(parameters: &Parameters) -> Result<usize, ForestError> {
    let width = parameters.num_feature.parse::<usize>();
    let width = width.ok().filter(|width| *width <= WIDTH_MAX);
    width.ok_or_else(|| ForestError::header("num_feature"))
}

/// Reads the link and the margin at which the sum starts.
fn read_link(learner: &Learner) -> Result<(Link, f32), ForestError> {
    let parameters = &learner.parameters;
    if !matches!(parameters.num_class.as_str(), "0" | "1") {
        return Err(ForestError::unsupported("several classes"));
    }
    if parameters
        .num_target
        .as_deref()
        .is_some_and(|count| count != "1")
    {
        return Err(ForestError::unsupported("several targets"));
    }
    let base = parameters.base_score.trim_start_matches('[');
    let base: f32 = base
        .trim_end_matches(']')
        .parse()
        .map_err(|_| ForestError::header("base_score"))?;
    match learner.objective.name.as_str() {
        "binary:logistic" | "reg:logistic" => {
            let start = -(1.0 / base - 1.0).ln();
            if !start.is_finite() {
                return Err(ForestError::header("base_score"));
            }
            Ok((Link::Sigmoid { slope: 1.0 }, start))
        }
        "binary:logitraw"
        | "reg:squarederror"
        | "reg:linear"
        | "reg:squaredlogerror"
        | "reg:pseudohubererror"
        | "reg:absoluteerror"
        | "reg:quantileerror"
        | "rank:pairwise"
        | "rank:ndcg"
        | "rank:map" => Ok((Link::Identity, base)),
        other => Err(ForestError::unsupported(format!("the objective `{other}`"))),
    }
}

/// The trees, and what each one's leaves are multiplied by; no weight stands for 1.
struct Weighted {
    trees: Vec<Arrays>,
    weights: Vec<f32>,
    encodings: Vec<Encoding>,
}

fn read_booster(booster: Booster) -> Result<Weighted, ForestError> {
    let (model, weights) = match (booster.name.as_str(), booster.model, booster.gbtree) {
        ("gbtree", model, _) => (model, None),
        ("dart", _, Some(inner)) => (inner.model, Some(booster.weight_drop)),
        ("dart", _, None) => return Err(ForestError::header("gbtree")),
        (other, _, _) => return Err(ForestError::unsupported(format!("the booster `{other}`"))),
    };
    let model = model.ok_or_else(|| ForestError::header("model"))?;
    let trees = model.trees.ok_or_else(|| ForestError::header("trees"))?;
    if weights
        .as_ref()
        .is_some_and(|weights| weights.len() != trees.len())
    {
        return Err(ForestError::header("weight_drop"));
    }
    if model.tree_info.iter().any(|group| *group != 0) {
        return Err(ForestError::unsupported("several classes"));
    }
    Ok(Weighted {
        trees,
        weights: weights.unwrap_or_default(),
        encodings: model.cats.enc,
    })
}

/// Reads trees; counts what their sets of categories may still take.
struct Reader {
    width: usize,
    words_left: usize,
}

impl Reader {
    fn tree(
        &mut self,
        index: usize,
        arrays: &Arrays,
        weight: Option<&f32>,
    ) -> Result<Tree, ForestError> {
        let leaf_size = arrays.tree_param.size_leaf_vector.as_deref();
        if !matches!(leaf_size, None | Some("0" | "1")) {
            return Err(ForestError::unsupported("leaves of several values"));
        }
        let mut sets = self.sets(index, arrays)?;
        let count = arrays.split_conditions.len();
        let tree = grow(0, count, |node| {
            arrays
                .part(node, self.width, &mut sets, weight)
                .map_err(|key| ForestError::tree(key, index))
        })?;
        tree.filter(Tree::is_sound).ok_or(ForestError::Shape(index))
    }

    /// Returns for each node the set of categories that it sends left, if it splits on one.
    fn sets(&mut self, index: usize, arrays: &Arrays) -> Result<Vec<Option<Set>>, ForestError> {
        if arrays.categories_nodes.is_empty() {
            return Ok(Vec::new());
        }
        let mut sets = vec![None; arrays.split_conditions.len()];
        let segments = arrays
            .categories_segments
            .iter()
            .zip(&arrays.categories_sizes);
        for (node, (start, size)) in arrays.categories_nodes.iter().zip(segments) {
            let codes = arrays.categories.get(*start..start.saturating_add(*size));
            let set = codes.and_then(|codes| self.set(codes));
            match (sets.get_mut(*node), set) {
                (Some(place), Some(set)) => *place = Some(set),
                _ => return Err(ForestError::tree("categories", index)),
            }
        }
        Ok(sets)
    }

    /// Returns all but the given codes: XGBoost sends those right.
    fn set(&mut self, codes: &[u32]) -> Option<Set> {
        let largest = codes.iter().copied().max().unwrap_or(0);
        let length = (largest / 32) as usize + 1;
        self.words_left = self.words_left.checked_sub(length)?;
        if largest >= CODES_END {
            return None;
        }
        let mut words = vec![0; length];
        for code in codes {
            if let Some(word) = words.get_mut((code / 32) as usize) {
                *word |= 1 << (code % 32);
            }
        }
        Some(Set::AllBut(words))
    }
}

impl Arrays {
    /// Reads a node; fails with the name of the array that lacks it.
    fn part(
        &self,
        node: usize,
        width: usize,
        sets: &mut [Option<Set>],
        weight: Option<&f32>,
    ) -> Result<Part, &'static str> {
        let left = *self.left_children.get(node).ok_or("left_children")?;
        let condition = *self.split_conditions.get(node).ok_or("split_conditions")?;
        let cover = self.sum_hessian.get(node).copied().map(f64::from);
        if left == NO_CHILD {
            let value = f64::from(condition * weight.copied().unwrap_or(1.0));
            return Ok(Part::Leaf { value, cover });
        }
        let right = *self.right_children.get(node).ok_or("right_children")?;
        let feature = *self.split_indices.get(node).ok_or("split_indices")?;
        if feature as usize >= width {
            return Err("split_indices");
        }
        let test = if self.split_type.get(node).is_some_and(|kind| *kind == 1) {
            let set = sets.get_mut(node).and_then(Option::take);
            Test::In(set.ok_or("categories_nodes")?)
        } else if condition.is_nan() {
            return Err("split_conditions");
        } else {
            Test::below_single(condition)
        };
        Ok(Part::Branch(Branch {
            feature,
            test,
            missing_left: self.default_left.get(node).ok_or("default_left")?.is_set(),
            left: usize::try_from(left).map_err(|_| "left_children")?,
            right: usize::try_from(right).map_err(|_| "right_children")?,
            cover,
        }))
    }
}

/// Reads the lists of categories. XGBoost cuts text that is not ASCII at the wrong bytes: a list that is no text is left out.
fn read_categories(encodings: &[Encoding]) -> Vec<Categories> {
    let lists = encodings.iter().map(Encoding::texts).enumerate();
    lists
        .filter_map(|(feature, values)| {
            Some(Categories {
                feature: Some(feature),
                values: values.filter(|values| !values.is_empty())?,
            })
        })
        .collect()
}

impl Encoding {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "XGBoost writes the bytes of a text as signed or unsigned numbers of 8 bits"
    )]
    fn texts(&self) -> Option<Vec<String>> {
        if self.offsets.is_empty() {
            return Some(self.values.iter().map(ToString::to_string).collect());
        }
        let bytes: Vec<u8> = self
            .values
            .iter()
            .map(|value| *value as i64 as u8)
            .collect();
        let cuts = self.offsets.array_windows();
        cuts.map(|[from, to]| String::from_utf8(bytes.get(*from..*to)?.to_vec()).ok())
            .collect()
    }
}
