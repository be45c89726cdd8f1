//! Reads LightGBM's text form (versions v2 to v4).
//!
//! All trees of the file are summed, as LightGBM does with a file. The raw score of a random forest
//! (`average_output`) is the sum of its trees; only the prediction behind the link is their mean. Refused: several
//! classes, linear leaves, objectives with a link other than the logistic one or none.

use std::collections::BTreeMap;

use super::tree::{Next, Node, Rule, Set, ZERO};
use super::{Arithmetic, Categories, Forest, ForestError, Format, Link, Sum, Tree, WIDTH_MAX};

/// Opens the last line of a file that pandas' categories came into.
const PANDAS: &str = "pandas_categorical:";

pub(super) fn read(text: &str) -> Result<Forest, ForestError> {
    let mut sections = text.split("\nTree=");
    let header = Section::read(sections.next().unwrap_or(""), "the header".to_owned());
    if !matches!(header.lines.get("version"), Some(&("v2" | "v3" | "v4"))) {
        return Err(header.damaged("version"));
    }
    let each = header.number::<usize>("num_tree_per_iteration")?;
    if header.number::<usize>("num_class")? != 1 || each != 1 {
        return Err(ForestError::unsupported("several classes"));
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
    let names: Vec<String> = header.list("feature_names").unwrap_or_default();
    Ok(Forest {
        names: if names.len() == width {
            names
        } else {
            Vec::new()
        },
        width,
        means: trees.iter().map(Tree::means).collect(),
        link: read_link(&header, trees.len())?,
        trees,
        arithmetic: Arithmetic::Double,
        sum: Sum::From(0.0),
        categories: read_categories(text, &header)?,
        format: Format::LightGbmText,
        source: text.as_bytes().to_vec(),
        engine: super::Engine::default(),
    })
}

/// Reads the objective's line, such as `binary sigmoid:1`; a training with a function of its own leaves none.
fn read_link(header: &Section<'_>, trees: usize) -> Result<Link, ForestError> {
    let objective = header.lines.get("objective").copied().unwrap_or("custom");
    let words: Vec<&str> = objective.split_ascii_whitespace().collect();
    let link = match *words.as_slice() {
        ["binary", slope] => {
            let slope = slope
                .strip_prefix("sigmoid:")
                .and_then(|slope| slope.parse().ok());
            let slope = slope.filter(|slope: &f64| slope.is_finite() && *slope > 0.0);
            let slope = slope.ok_or_else(|| header.damaged("objective"))?;
            Link::Sigmoid { slope }
        }
        ["cross_entropy"] => Link::Sigmoid { slope: 1.0 },
        [
            "regression" | "regression_l1" | "huber" | "fair" | "quantile" | "mape" | "custom"
            | "lambdarank" | "rank_xendcg",
        ] => Link::Identity,
        _ => {
            return Err(ForestError::unsupported(format!(
                "the objective `{objective}`"
            )));
        }
    };
    if !header.lines.contains_key("average_output") {
        return Ok(link);
    }
    Ok(match link {
        Link::Sigmoid { slope } => Link::Sigmoid {
            slope: slope / trees.max(1) as f64,
        },
        Link::Identity | Link::Mean { .. } => Link::Mean { count: trees },
    })
}

/// Reads the lists of categories that pandas' columns had, in the order of those columns.
fn read_categories(text: &str, header: &Section<'_>) -> Result<Vec<Categories>, ForestError> {
    let line = text
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix(PANDAS));
    let Some(line) = line.filter(|line| !matches!(line.trim(), "null" | "[]")) else {
        return Ok(Vec::new());
    };
    let lists: Vec<Vec<serde_json::Value>> =
        serde_json::from_str(line).map_err(|_| header.damaged("pandas_categorical"))?;
    // A categorical column's range is a list such as `0:1:2`, that of others `[0:1]`.
    let infos: Vec<String> = header.list("feature_infos").unwrap_or_default();
    let ranges = infos.iter().enumerate();
    let features: Vec<usize> = ranges
        .filter(|(_, range)| *range != "none" && !range.starts_with('['))
        .map(|(feature, _)| feature)
        .collect();
    let known = features.len() == lists.len();
    let lists = lists.into_iter().enumerate();
    Ok(lists
        .map(|(position, values)| Categories {
            feature: features.get(position).copied().filter(|_| known),
            values: values.into_iter().map(show).collect(),
        })
        .collect())
}

fn show(value: serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
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
        return Err(ForestError::unsupported("linear leaves"));
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
            let threshold = beside_zero(threshold);
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

/// Moves a threshold that lies within LightGBM's zero to its edge. LightGBM reads a value within it as 0, so this
/// sends each value where LightGBM does, without a look at each value.
fn beside_zero(threshold: f64) -> f64 {
    if (0.0..ZERO).contains(&threshold) {
        ZERO
    } else if (-ZERO..0.0).contains(&threshold) {
        (-ZERO).next_down()
    } else {
        threshold
    }
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
