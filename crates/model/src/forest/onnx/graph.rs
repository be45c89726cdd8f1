//! The graph around the tree ensemble: what reaches it, and whether anything else changes numbers.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Arithmetic, ForestError, WIDTH_MAX};
use super::proto::{DOUBLE, FLOAT, Graph, INT32, INT64, Node, Value};

/// Casts and identities between an input of the graph and its trees.
const STEPS_MAX: usize = 64;

/// The operators' home.
const DOMAIN: &str = "ai.onnx.ml";

/// Operators behind the ensemble that pass its scores and labels on, choose among them, or name them.
const PASSING: [&str; 11] = [
    "ArgMax",
    "ArrayFeatureExtractor",
    "Cast",
    "Constant",
    "Flatten",
    "Gather",
    "Identity",
    "Reshape",
    "Slice",
    "Squeeze",
    "ZipMap",
];

/// How rows come to the ensemble.
pub(super) struct Entry {
    pub(super) arithmetic: Arithmetic,
    /// Signals of a row, if the graph says.
    pub(super) width: Option<usize>,
    /// The names of inputs of one column each; empty if the columns come as one input.
    pub(super) names: Vec<String>,
}

/// Finds the one tree ensemble of a graph.
pub(super) fn ensemble_node(graph: &Graph) -> Result<&Node, ForestError> {
    let mut found = graph.node.iter().filter(|node| is_ensemble(node));
    let first = found.next();
    if found.next().is_some() {
        return Err(ForestError::unsupported("several tree ensembles"));
    }
    first.ok_or_else(|| match graph.node.first() {
        Some(node) if graph.node.iter().all(|node| node.op_type != "TreeEnsemble") => {
            ForestError::unsupported(format!(
                "no tree ensemble, but the ONNX operator `{}`",
                node.op_type
            ))
        }
        Some(_) => ForestError::unsupported("the ONNX operator `TreeEnsemble` of `ai.onnx.ml` 5"),
        None => ForestError::header("graph"),
    })
}

fn is_ensemble(node: &Node) -> bool {
    let names = ["TreeEnsembleClassifier", "TreeEnsembleRegressor"];
    node.domain == DOMAIN && names.contains(&node.op_type.as_str())
}

/// Follows the ensemble's input back to the inputs of the graph.
pub(super) fn entry(graph: &Graph, ensemble: &Node) -> Result<Entry, ForestError> {
    let name = ensemble
        .input
        .first()
        .ok_or_else(|| ForestError::header("input"))?;
    let index = Index::new(graph);
    let line = index.follow(name)?;
    let inputs = match line.start {
        Start::Input(value) => vec![(value, Vec::new())],
        Start::Concat(node) => {
            check_axis(node)?;
            let lines = node.input.iter().map(|name| index.follow(name));
            lines
                .map(|line| match line?.into_input() {
                    Some(found) => Ok(found),
                    None => Err(ForestError::unsupported("a `Concat` of a `Concat`")),
                })
                .collect::<Result<_, ForestError>>()?
        }
    };
    let mut arithmetic = None;
    for (value, casts) in &inputs {
        let all = line.casts.iter().chain(casts).copied();
        let found = precision(all, value)?;
        if arithmetic
            .replace(found)
            .is_some_and(|earlier| earlier != found)
        {
            return Err(ForestError::unsupported("inputs of several types"));
        }
    }
    let values: Vec<&Value> = inputs.iter().map(|(value, _)| *value).collect();
    Ok(Entry {
        arithmetic: arithmetic.ok_or_else(|| ForestError::header("input"))?,
        width: width(&values)?,
        names: names(&values),
    })
}

/// A value's way back, through casts, to where it starts.
struct Line<'a> {
    /// The types that it is cast to, the last cast first.
    casts: Vec<i64>,
    start: Start<'a>,
}

enum Start<'a> {
    Input(&'a Value),
    Concat(&'a Node),
}

impl<'a> Line<'a> {
    fn into_input(self) -> Option<(&'a Value, Vec<i64>)> {
        match self.start {
            Start::Input(value) => Some((value, self.casts)),
            Start::Concat(_) => None,
        }
    }
}

/// A graph's values, by their names.
struct Index<'a> {
    producers: BTreeMap<&'a str, &'a Node>,
    inputs: BTreeMap<&'a str, &'a Value>,
    constants: BTreeSet<&'a str>,
}

impl<'a> Index<'a> {
    fn new(graph: &'a Graph) -> Self {
        let outputs = |node: &'a Node| node.output.iter().map(move |name| (name.as_str(), node));
        let inputs = graph.input.iter();
        let constants = graph.initializer.iter();
        Self {
            producers: graph.node.iter().flat_map(outputs).collect(),
            inputs: inputs.map(|value| (value.name.as_str(), value)).collect(),
            constants: constants.map(|constant| constant.name.as_str()).collect(),
        }
    }

    fn follow(&self, name: &'a str) -> Result<Line<'a>, ForestError> {
        let mut casts = Vec::new();
        let mut name = name;
        for _ in 0..STEPS_MAX {
            let Some(node) = self.producers.get(name).copied() else {
                let start = Start::Input(self.input(name)?);
                return Ok(Line { casts, start });
            };
            match node.op_type.as_str() {
                "Identity" => {}
                "Cast" => casts.push(whole(node, "to")),
                "Concat" => {
                    let start = Start::Concat(node);
                    return Ok(Line { casts, start });
                }
                other => return Err(operator(other)),
            }
            let input = node.input.first();
            name = input.ok_or_else(|| ForestError::header("input"))?;
        }
        Err(ForestError::header("node"))
    }

    fn input(&self, name: &str) -> Result<&'a Value, ForestError> {
        if self.constants.contains(name) {
            return Err(ForestError::unsupported("rows that the graph itself holds"));
        }
        let found = self.inputs.get(name).copied();
        found.ok_or_else(|| ForestError::header("input"))
    }
}

fn operator(name: &str) -> ForestError {
    ForestError::unsupported(format!("the ONNX operator `{name}` beside its trees"))
}

fn whole(node: &Node, name: &str) -> i64 {
    let found = node
        .attribute
        .iter()
        .find(|attribute| attribute.name == name);
    found.map_or(0, |attribute| attribute.i)
}

fn check_axis(node: &Node) -> Result<(), ForestError> {
    if matches!(whole(node, "axis"), 1 | -1) {
        return Ok(());
    }
    Err(ForestError::unsupported("a `Concat` of rows"))
}

/// Returns the arithmetic of an input that goes through casts, the last one first.
fn precision(casts: impl Iterator<Item = i64>, value: &Value) -> Result<Arithmetic, ForestError> {
    let mut types: Vec<i64> = casts.collect();
    types.push(tensor(value).map_or(0, |tensor| tensor.elem_type.into()));
    let is_whole = |kind: &i64| matches!(*kind, INT32 | INT64);
    let is_number = |kind: &i64| matches!(*kind, FLOAT | DOUBLE) || is_whole(kind);
    let (input, casts) = types
        .split_last()
        .ok_or_else(|| ForestError::header("input"))?;
    if casts.iter().any(|kind| !matches!(*kind, FLOAT | DOUBLE)) || !is_number(input) {
        return Err(ForestError::unsupported(
            "inputs that are no numbers, or a cast to anything but floats",
        ));
    }
    match types.first() {
        Some(&DOUBLE) if types.contains(&FLOAT) => {
            Err(ForestError::unsupported("a cast from floats to doubles"))
        }
        Some(&DOUBLE) => Ok(Arithmetic::Double),
        _ => Ok(Arithmetic::Single),
    }
}

fn tensor(value: &Value) -> Option<&super::proto::TensorType> {
    value.r#type.as_ref()?.tensor_type.as_ref()
}

/// Returns the columns of an input, `None` where the graph leaves them open.
fn columns(value: &Value) -> Result<Option<usize>, ForestError> {
    let shape = tensor(value).and_then(|tensor| tensor.shape.as_ref());
    match shape.and_then(|shape| shape.dim.get(1)) {
        None => Ok(None),
        Some(dimension) if dimension.dim_value == 0 => Ok(None),
        Some(dimension) => {
            let columns = usize::try_from(dimension.dim_value).ok();
            let columns = columns.filter(|columns| *columns <= WIDTH_MAX);
            columns
                .map(Some)
                .ok_or_else(|| ForestError::header("shape"))
        }
    }
}

fn width(values: &[&Value]) -> Result<Option<usize>, ForestError> {
    let mut width = 0;
    for value in values {
        match columns(value)? {
            Some(columns) => width += columns,
            None if values.len() == 1 => return Ok(None),
            None => return Err(ForestError::header("shape")),
        }
    }
    Ok(Some(width))
}

fn names(values: &[&Value]) -> Vec<String> {
    let single = |value: &&Value| matches!(columns(value), Ok(Some(1)));
    if values.len() < 2 || !values.iter().all(single) {
        return Vec::new();
    }
    values.iter().map(|value| value.name.clone()).collect()
}

/// Refuses a graph in which another operator changes numbers.
pub(super) fn check_rest(graph: &Graph, ensemble: &Node) -> Result<(), ForestError> {
    let others = graph
        .node
        .iter()
        .filter(|node| !std::ptr::eq(*node, ensemble));
    for node in others {
        let name = node.op_type.as_str();
        if !PASSING.contains(&name) && name != "Concat" {
            return Err(operator(name));
        }
    }
    Ok(())
}
