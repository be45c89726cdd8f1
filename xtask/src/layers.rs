//! `layers`: may each crate use what it uses, and do the pure crates leave the world alone?
//!
//! The table below is the house's plan (see ARCHITECTURE.md). It is compared with what
//! `cargo metadata` says, both ways: a crate without a row and a row without a crate are errors,
//! so that a misspelt name cannot pass. Dependencies of tests are not looked at.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process::{Project, refuse};
use crate::{purity, sources};

/// A crate's place in the house.
pub(crate) struct Layer {
    /// The crate's folder under `crates/`, or `xtask`.
    pub(crate) name: &'static str,
    /// The crates it may use.
    uses: &'static [&'static str],
    /// The crates it may use only behind a feature.
    uses_optionally: &'static [&'static str],
    /// Whether it opens files, reads clocks and prints.
    pub(crate) world: World,
}

/// How a crate stands to files, sockets, clocks and the terminal.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum World {
    /// Leaves them alone.
    Pure,
    /// Touches them.
    Rim,
}

const fn layer(name: &'static str, uses: &'static [&'static str], world: World) -> Layer {
    Layer {
        name,
        uses,
        uses_optionally: &[],
        world,
    }
}

/// The allowed arrows.
pub(crate) const LAYERS: [Layer; 15] = [
    layer("core", &[], World::Pure),
    layer("lightgbm", &[], World::Pure),
    layer("intake", &["core"], World::Pure),
    layer("simulate", &["core"], World::Pure),
    layer("report", &["core"], World::Pure),
    layer("watch", &["core"], World::Pure),
    layer("store", &["core"], World::Rim),
    Layer {
        name: "model",
        uses: &["core"],
        uses_optionally: &["lightgbm"],
        world: World::Pure,
    },
    layer("vet", &["core", "model", "label"], World::Pure),
    layer("label", &["core", "model"], World::Pure),
    layer("attack", &["core", "intake", "model"], World::Pure),
    layer("trial", &["core", "model"], World::Pure),
    layer(
        "server",
        &["core", "intake", "store", "label", "model"],
        World::Rim,
    ),
    layer(
        "cli",
        &[
            "core", "lightgbm", "intake", "simulate", "report", "store", "model", "trial", "vet",
            "label", "attack", "server", "watch",
        ],
        World::Rim,
    ),
    layer("xtask", &[], World::Rim),
];

/// What a crate uses of the house: the other crate, and whether only behind a feature.
type Uses = BTreeMap<String, Vec<(String, bool)>>;

/// Compares the table with the workspace, and reads the pure crates.
pub(crate) fn run(project: &Project) -> Result<()> {
    let mut found = compare(&LAYERS, &uses(&project.metadata()?)?);
    found.extend(purity::check(&LAYERS, &sources::read_all(project.root())?));
    refuse(&found)
}

/// Reads who uses whom from `cargo metadata`'s document.
fn uses(metadata: &Value) -> Result<Uses> {
    let packages = metadata.get("packages").and_then(Value::as_array);
    let mut uses = Uses::new();
    for package in packages.context("`cargo metadata` lists no packages")? {
        let name = text(package, "name").context("a package has no name")?;
        let dependencies = package.get("dependencies").and_then(Value::as_array);
        let list = dependencies.with_context(|| format!("`{name}` has no dependency list"))?;
        let of_house = list.iter().filter(|dependency| {
            text(dependency, "kind") != Some("dev") && dependency.get("path").is_some()
        });
        let entry = uses.entry(short(name).to_owned()).or_default();
        for dependency in of_house {
            let optional = dependency
                .get("optional")
                .and_then(Value::as_bool)
                .unwrap_or(false);
            let other = text(dependency, "name").context("a dependency has no name")?;
            entry.push((short(other).to_owned(), optional));
        }
    }
    Ok(uses)
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

/// The name without the prefix that all of the house's crates have.
fn short(name: &str) -> &str {
    name.strip_prefix("ringtrue-").unwrap_or(name)
}

/// Lists what the table and the workspace disagree on.
fn compare(layers: &[Layer], uses: &Uses) -> Vec<String> {
    let mut found = Vec::new();
    for layer in layers {
        if !uses.contains_key(layer.name) {
            found.push(format!(
                "layers: the table names a crate that is not there: {}",
                layer.name
            ));
        }
    }
    for (name, used) in uses {
        let Some(layer) = layers.iter().find(|layer| layer.name == name.as_str()) else {
            found.push(format!("layers: a crate is not in the table: {name}"));
            continue;
        };
        for (other, optional) in used {
            let allowed = layer.uses.contains(&other.as_str())
                || (*optional && layer.uses_optionally.contains(&other.as_str()));
            if !allowed {
                found.push(format!("layers: `{name}` may not use: {other}"));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: [Layer; 3] = [
        layer("core", &[], World::Pure),
        Layer {
            name: "model",
            uses: &["core"],
            uses_optionally: &["lightgbm"],
            world: World::Pure,
        },
        layer("lightgbm", &[], World::Pure),
    ];

    fn workspace(model_uses: &[(&str, bool)]) -> Uses {
        let owned = |list: &[(&str, bool)]| {
            list.iter()
                .map(|(name, optional)| ((*name).to_owned(), *optional))
                .collect()
        };
        Uses::from([
            ("core".to_owned(), Vec::new()),
            ("lightgbm".to_owned(), Vec::new()),
            ("model".to_owned(), owned(model_uses)),
        ])
    }

    #[test]
    fn the_allowed_arrows_pass() {
        assert!(compare(&TABLE, &workspace(&[("core", false), ("lightgbm", true)])).is_empty());
    }

    #[test]
    fn an_arrow_outside_the_table_is_found() {
        let mut uses = workspace(&[]);
        uses.insert("core".to_owned(), vec![("model".to_owned(), false)]);
        assert_eq!(
            compare(&TABLE, &uses),
            ["layers: `core` may not use: model"]
        );
    }

    #[test]
    fn an_arrow_that_needs_a_feature_is_found_without_one() {
        let found = compare(&TABLE, &workspace(&[("lightgbm", false)]));
        assert_eq!(found, ["layers: `model` may not use: lightgbm"]);
    }

    #[test]
    fn a_crate_without_a_row_and_a_row_without_a_crate_are_found() {
        let mut uses = workspace(&[]);
        uses.remove("core");
        uses.insert("kore".to_owned(), Vec::new());
        let found = compare(&TABLE, &uses);
        assert_eq!(found.len(), 2);
        assert!(found.iter().any(|line| line.ends_with(": core")));
        assert!(found.iter().any(|line| line.ends_with(": kore")));
    }

    #[test]
    fn dependencies_of_tests_and_of_the_world_are_not_looked_at() {
        let metadata = serde_json::json!({"packages": [{
            "name": "ringtrue-model",
            "dependencies": [
                {"name": "ringtrue-core", "kind": null, "optional": false, "path": "a"},
                {"name": "ringtrue-lightgbm", "kind": null, "optional": true, "path": "b"},
                {"name": "ringtrue-report", "kind": "dev", "optional": false, "path": "c"},
                {"name": "serde", "kind": null, "optional": false},
            ],
        }]});
        let found = uses(&metadata).unwrap();
        let expected = [("core".to_owned(), false), ("lightgbm".to_owned(), true)];
        assert_eq!(found.get("model").unwrap().as_slice(), expected);
    }
}
