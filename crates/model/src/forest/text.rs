//! Reads LightGBM's text form (version v4) of a binary model.

use std::collections::BTreeMap;

use super::tree::{Next, Rule, place};
use super::{Forest, Node, Tree};

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
    if header.lines.contains_key("average_output") {
        return Err(ForestError::Unsupported("averaged trees"));
    }
    let objective = header.lines.get("objective").copied().unwrap_or("");
    if objective != "binary sigmoid:1" {
        return Err(ForestError::Unsupported(
            "an objective other than `binary sigmoid:1`",
        ));
    }
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
    Ok(Forest {
        width,
        trees,
        source: text.to_owned(),
    })
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
    if leaves.len() == 1 {
        return Ok(Tree {
            nodes: Vec::new(),
            leaves,
            means: Vec::new(),
            categories: Vec::new(),
        });
    }
    let categories = read_categories(&section)?;
    let nodes = read_nodes(&section, width, categories.len())?;
    let means: Vec<f64> = section.list("internal_value")?;
    if means.len() != nodes.len() {
        return Err(section.damaged("internal_value"));
    }
    let tree = Tree {
        nodes,
        leaves,
        means,
        categories,
    };
    if is_tree(&tree) {
        Ok(tree)
    } else {
        Err(ForestError::Shape(index))
    }
}

fn read_nodes(
    section: &Section<'_>,
    width: usize,
    categories: usize,
) -> Result<Vec<Node>, ForestError> {
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
            let rule = read_rule(decision)
                .filter(|rule| *rule != Rule::Category || place(threshold) < categories)
                .ok_or_else(|| section.damaged("decision_type"))?;
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

fn read_rule(decision: u8) -> Option<Rule> {
    const CATEGORY: u8 = 1;
    const DEFAULT_LEFT: u8 = 2;
    if decision & CATEGORY != 0 {
        return Some(Rule::Category);
    }
    match (decision >> 2 & 3, decision & DEFAULT_LEFT != 0) {
        (0, _) => Some(Rule::Number),
        (1, true) => Some(Rule::ZeroLeft),
        (1, false) => Some(Rule::ZeroRight),
        (2, true) => Some(Rule::NanLeft),
        (2, false) => Some(Rule::NanRight),
        _ => None,
    }
}

/// Reads the bit sets of categorical splits.
fn read_categories(section: &Section<'_>) -> Result<Vec<Vec<u32>>, ForestError> {
    if section.number::<usize>("num_cat")? == 0 {
        return Ok(Vec::new());
    }
    let boundaries: Vec<usize> = section.list("cat_boundaries")?;
    let words: Vec<u32> = section.list("cat_threshold")?;
    boundaries
        .array_windows()
        .map(|[from, to]| words.get(*from..*to).map(<[u32]>::to_vec))
        .collect::<Option<_>>()
        .ok_or_else(|| section.damaged("cat_boundaries"))
}

/// Returns whether every branch leads forward to a node or to a leaf that exists.
fn is_tree(tree: &Tree) -> bool {
    tree.nodes.iter().enumerate().all(|(position, node)| {
        [node.left, node.right]
            .into_iter()
            .all(|next| match (next.leaf(), next.node()) {
                (Some(leaf), _) => leaf < tree.leaves.len(),
                (_, Some(child)) => child > position && child < tree.nodes.len(),
                (None, None) => false,
            })
    })
}
