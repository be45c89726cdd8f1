//! Reads an ONNX model whose scores are those of one tree ensemble (operators `TreeEnsembleClassifier` and
//! `TreeEnsembleRegressor` of `ai.onnx.ml`, versions 1 and 3).
//!
//! ```text
//!   inputs ──Concat──Cast, Identity──► tree ensemble ──► ZipMap, Cast, Identity, choice of columns ──► outputs
//!               (graph::entry)           (ensemble)               (graph::check_rest)
//! ```
//!
//! The margin is the ensemble's raw score of class 1 (or its only target's value) before its `post_transform`, in the
//! arithmetic and order of onnxruntime on one thread. A graph with another operator that changes numbers is refused by
//! that operator's name. What converters lost on the way to ONNX (scikit-learn's doubles become floats) is lost here
//! too: the reference is the ONNX model.

mod ensemble;
mod graph;
mod proto;

use prost::Message;

use super::tree::Tree;
use super::{Forest, ForestError, Format, WIDTH_MAX};

pub(super) fn read(bytes: &[u8]) -> Result<Forest, ForestError> {
    let model = proto::Model::decode(bytes).map_err(|error| ForestError::Form {
        form: "ONNX",
        fault: error.to_string(),
    })?;
    let graph = model.graph.ok_or_else(|| ForestError::header("graph"))?;
    let node = graph::ensemble_node(&graph)?;
    let entry = graph::entry(&graph, node)?;
    graph::check_rest(&graph, node)?;
    let ensemble = ensemble::read(node, entry.arithmetic)?;
    let reached = ensemble.features;
    let width = entry.width.unwrap_or(reached);
    if width < reached || width > WIDTH_MAX {
        return Err(ForestError::header("nodes_featureids"));
    }
    Ok(Forest {
        names: entry.names,
        width,
        means: ensemble.trees.iter().map(Tree::means).collect(),
        trees: ensemble.trees,
        arithmetic: entry.arithmetic,
        sum: ensemble.sum,
        link: ensemble.link,
        categories: Vec::new(),
        format: Format::Onnx,
        source: bytes.to_vec(),
        engine: super::Engine::default(),
    })
}
