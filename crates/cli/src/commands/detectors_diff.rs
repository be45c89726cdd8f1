//! `ringtrue detectors diff`: in which parts two detectors differ.

use std::collections::BTreeSet;

use ringtrue_core::Digest;
use ringtrue_model::Detector;
use ringtrue_report::visible;
use serde_json::{Value, json};

use crate::args::DetectorsDiff;
use crate::commands::{print, print_json};
use crate::failure::{Exit, OrFail, Outcome};
use crate::registry::{Named, Parts, find};

/// One of the two.
struct Side {
    id: Digest,
    parts: Parts,
    detector: Detector,
}

/// Runs the verb.
pub(crate) fn run(arguments: &DetectorsDiff) -> Outcome {
    let side = |name: &std::path::PathBuf| {
        let found = find(Named {
            name,
            store: Some(&arguments.store),
        })?;
        let detector = Detector::from_files(&found.files.iter().cloned().collect())
            .or_fail(|| format!("cannot read the detector `{}`", found.place.title()))?;
        let parts = Parts::of(&detector, &found.files)?;
        let id = found.id;
        Outcome::Ok(Side {
            id,
            parts,
            detector,
        })
    };
    let (old, new) = (side(&arguments.old)?, side(&arguments.new)?);
    let differing = differing(&old, &new);
    if arguments.json {
        print_json(&json!({
            "format": 1,
            "old": old.id,
            "new": new.id,
            "differing": differing.iter().map(|it| it.part).collect::<Vec<_>>(),
            "parts": differing.iter().map(Difference::json).collect::<Vec<Value>>(),
        }))?;
    } else {
        let mut text = format!("{} and {}\n", old.id.short(), new.id.short());
        if differing.is_empty() {
            text.push_str("are the same in every byte\n");
        }
        text.extend(differing.iter().map(Difference::line));
        print(&text)?;
    }
    Ok(Exit::Done)
}

/// A part in which they differ.
struct Difference {
    part: &'static str,
    old: String,
    new: String,
    /// What came and what went, where that can be listed.
    came: Vec<String>,
    went: Vec<String>,
}

impl Difference {
    fn json(&self) -> Value {
        json!({ "part": self.part, "old": self.old, "new": self.new, "came": self.came, "went": self.went })
    }

    fn line(&self) -> String {
        let list = |word: &str, names: &[String]| {
            if names.is_empty() {
                String::new()
            } else {
                format!("    {word}: {}\n", visible::line(&names.join(", ")))
            }
        };
        format!(
            "  {}: {} -> {}\n{}{}",
            self.part,
            visible::line(&self.old),
            visible::line(&self.new),
            list("came", &self.came),
            list("went", &self.went)
        )
    }
}

fn differing(old: &Side, new: &Side) -> Vec<Difference> {
    let digests = old.parts.named().into_iter().zip(new.parts.named());
    let mut parts: Vec<(&'static str, String, String)> = digests
        .map(|((part, old), (_, new))| (part, old.short(), new.short()))
        .collect();
    let (one, other) = (&old.parts, &new.parts);
    parts.push(("version", one.version.clone(), other.version.clone()));
    parts.push(("seed", one.seed.to_string(), other.seed.to_string()));
    let of = |side: &Side| {
        let [malicious, benign] = side.detector.card.trained_on;
        format!("{malicious} malicious, {benign} benign")
    };
    parts.push(("trained on", of(old), of(new)));
    parts.retain(|(_, old, new)| old != new);
    let difference = |(part, before, after)| {
        let (came, went) = match part {
            "schema" => listed(&signals(old), &signals(new)),
            "card" => listed(&gaps(old), &gaps(new)),
            _ => (Vec::new(), Vec::new()),
        };
        Difference {
            part,
            old: before,
            new: after,
            came,
            went,
        }
    };
    parts.into_iter().map(difference).collect()
}

fn signals(side: &Side) -> BTreeSet<String> {
    let signals = side.detector.schema.signals.iter();
    signals.map(|signal| signal.name.clone()).collect()
}

fn gaps(side: &Side) -> BTreeSet<String> {
    side.detector.card.gaps.iter().cloned().collect()
}

/// Returns what only the new one has, and what only the old one has.
fn listed(old: &BTreeSet<String>, new: &BTreeSet<String>) -> (Vec<String>, Vec<String>) {
    let only = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
        one.difference(other).cloned().collect::<Vec<String>>()
    };
    (only(new, old), only(old, new))
}
