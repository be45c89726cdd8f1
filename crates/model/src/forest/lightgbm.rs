//! Reads LightGBM's text form (version v4).

use std::collections::BTreeMap;

use super::tree::{Next, Node, Rule, Set};
use super::{Arithmetic, Forest, Link, Sum, Tree};

/// A text is no forest that can be held exactly.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ForestError {
    /// A line that must be there is not, or does not read as what it is.
    #[error("the model's text lacks a readable `{key}` in {place}")]
    Damaged {
        /// The line's key.
        key: &'static str,
        /// `the header` or `tree N`.
        place: String,
    },
    /// A tree's nodes do not form a tree.
    #[error("the nodes of tree {0} do not form a tree")]
    Shape(usize),
    /// The model is of a kind that would have to be approximated.
    #[error("a model with {0} cannot be held exactly")]
    Unsupported(&'static str),
}

/// Signals that a row may have; a damaged file names more and would have as many held.
const WIDTH_MAX: usize = 1 << 20;

pub(super) fn read(text: &str) -> Result<Forest, ForestError> {
    let mut sections = text.split("\nTree=");
    let header = Section::read(sections.next().unwrap_or(""), "the header".to_owned());
    if header.number::<usize>("num_class")? != 1 {
        return Err(ForestError::Unsupported("several classes"));
    }
    let link = read_link(header.lines.get("objective").copied().unwrap_or(""))?;
    let sum = if header.lines.contains_key("average_output") {
        Sum::Mean
    } else {
        Sum::From(0.0)
    };
    let width = header.number::<usize>("max_feature_idx")?.saturating_add(1);
    if width > WIDTH_MAX {
        return Err(header.damaged("max_feature_idx"));
    }
    let trees = sections
        .enumerate()
        .map(|(index, section)| read_tree(index, section, width))
        .collect::<Result<Vec<_>, _>>()?;
    let sizes: Vec<usize> = header.list("tree_sizes")?;
    if sizes.len() != trees.len() {
        return Err(ForestError::Damaged {
            key: "tree_sizes",
            place: "the header".to_owned(),
        });
    }
    let names: Vec<String> = header.list("feature_names").unwrap_or_default();
    Ok(Forest {
        names: if names.len() == width {
            names
        } else {
            Vec::new()
        },
        width,
        means: trees.iter().map(Tree::means).collect(),
        trees,
        arithmetic: Arithmetic::Double,
        sum,
        link,
        source: text.to_owned(),
        engine: super::Engine::default(),
    })
}

/// Reads the objective's line, such as `binary sigmoid:1`.
fn read_link(objective: &str) -> Result<Link, ForestError> {
    let mut words = objective.split_ascii_whitespace();
    let name = words.next().unwrap_or("");
    let slope = words.find_map(|word| word.strip_prefix("sigmoid:"));
    match (name, slope.map(str::parse::<f64>)) {
        ("binary", Some(Ok(slope))) if slope.is_finite() && slope > 0.0 => {
            Ok(Link::Sigmoid { slope })
        }
        ("cross_entropy", None) => Ok(Link::Sigmoid { slope: 1.0 }),
        ("regression" | "regression_l1" | "huber" | "fair" | "quantile" | "mape", None) => {
            Ok(Link::Identity)
        }
        _ => Err(ForestError::Unsupported(
            "an objective other than `binary`, `cross_entropy` or plain regression",
        )),
    }
}

/// The `key=value` lines of the header or of one tree.
struct Section<'a> {
    place: String,
    lines: BTreeMap<&'a str, &'a str>,
}

impl<'a> Section<'a> {
    fn read(text: &'a str, place: String) -> Self {
        let lines = text
            .lines()
            .take_while(|line| *line != "end of trees")
            .map(|line| line.split_once('=').unwrap_or((line, "")))
            .collect();
        Self { place, lines }
    }

    fn number<T: std::str::FromStr>(&self, key: &'static str) -> Result<T, ForestError> {
        let value = self.lines.get(key).and_then(|value| value.parse().ok());
        value.ok_or_else(|| self.damaged(key))
    }

    fn list<T: std::str::FromStr>(&self, key: &'static str) -> Result<Vec<T>, ForestError> {
        let line = self.lines.get(key).ok_or_else(|| self.damaged(key))?;
        let values = line
            .split_ascii_whitespace()
            .map(str::parse)
            .collect::<Result<_, _>>();
        values.map_err(|_| self.damaged(key))
    }

    fn damaged(&self, key: &'static str) -> ForestError {
        ForestError::Damaged {
            key,
            place: self.place.clone(),
        }
    }
}

fn read_tree(index: usize, text: &str, width: usize) -> Result<Tree, ForestError> {
    let section = Section::read(text, format!("tree {index}"));
    if section
        .lines
        .get("is_linear")
        .is_some_and(|value| *value != "0")
    {
        return Err(ForestError::Unsupported("linear leaves"));
    }
    let leaves: Vec<f64> = section.list("leaf_value")?;
    if leaves.len() != section.number::<usize>("num_leaves")? || leaves.is_empty() {
        return Err(section.damaged("leaf_value"));
    }
    let single = leaves.len() == 1;
    let sets = read_sets(&section)?;
    let nodes = if single {
        Vec::new()
    } else {
        read_nodes(&section, width)?
    };
    let tree = Tree {
        covers: read_covers(&section, nodes.len(), leaves.len())?,
        nodes,
        leaves,
        sets,
    };
    if tree.is_sound() {
        Ok(tree)
    } else {
        Err(ForestError::Shape(index))
    }
}

/// Reads how many training rows came through each node and leaf; nothing if the file does not say.
fn read_covers(
    section: &Section<'_>,
    nodes: usize,
    leaves: usize,
) -> Result<Vec<f64>, ForestError> {
    if nodes == 0 || !section.lines.contains_key("internal_count") {
        return Ok(Vec::new());
    }
    let mut covers: Vec<f64> = section.list("internal_count")?;
    let below: Vec<f64> = section.list("leaf_count")?;
    if covers.len() != nodes || below.len() != leaves {
        return Err(section.damaged("leaf_count"));
    }
    covers.extend(below);
    Ok(covers)
}

fn read_nodes(section: &Section<'_>, width: usize) -> Result<Vec<Node>, ForestError> {
    let features: Vec<u32> = section.list("split_feature")?;
    let thresholds: Vec<f64> = section.list("threshold")?;
    let decisions: Vec<u8> = section.list("decision_type")?;
    let left: Vec<i32> = section.list("left_child")?;
    let right: Vec<i32> = section.list("right_child")?;
    let lengths = [thresholds.len(), decisions.len(), left.len(), right.len()];
    if lengths.iter().any(|length| *length != features.len())
        || features.iter().any(|feature| *feature as usize >= width)
    {
        return Err(section.damaged("split_feature"));
    }
    let nodes = features
        .into_iter()
        .zip(thresholds)
        .zip(decisions)
        .zip(left)
        .zip(right);
    nodes
        .map(|((((feature, threshold), decision), left), right)| {
            let rule =
                read_rule(decision, threshold).ok_or_else(|| section.damaged("decision_type"))?;
            Ok(Node {
                threshold,
                feature,
                left: Next(left),
                right: Next(right),
                rule,
            })
        })
        .collect()
}

/// Reads a split's rule. Without a treatment of missing values LightGBM reads them as 0.
fn read_rule(decision: u8, threshold: f64) -> Option<Rule> {
    const CATEGORY: u8 = 1;
    const DEFAULT_LEFT: u8 = 2;
    if decision & CATEGORY != 0 {
        return Some(Rule::SetNanRight);
    }
    let rule = match decision >> 2 & 3 {
        0 => return Some(Rule::NanLeft.with_missing(0.0 <= threshold)),
        1 => Rule::ZeroLeft,
        2 => Rule::NanLeft,
        _ => return None,
    };
    Some(rule.with_missing(decision & DEFAULT_LEFT != 0))
}

/// Reads the bit sets of categorical splits.
fn read_sets(section: &Section<'_>) -> Result<Vec<Set>, ForestError> {
    if section.number::<usize>("num_cat")? == 0 {
        return Ok(Vec::new());
    }
    let boundaries: Vec<usize> = section.list("cat_boundaries")?;
    let words: Vec<u32> = section.list("cat_threshold")?;
    boundaries
        .array_windows()
        .map(|[from, to]| Some(Set::Codes(words.get(*from..*to)?.to_vec())))
        .collect::<Option<_>>()
        .ok_or_else(|| section.damaged("cat_boundaries"))
}
