//! The list of signals that stands beside a model trained elsewhere: a CSV file with a line for each.

use std::io::BufReader;
use std::path::Path;

use ringtrue_core::{Limits, Value};
use ringtrue_intake::source::open_text;

use crate::failure::{Failure, OrFail, Outcome};

/// One line of the list.
pub(crate) struct Feature {
    /// The input's column.
    pub(crate) column: String,
    /// What people call it.
    pub(crate) name: Option<String>,
    /// `1`: an attacker only raises it; `0`: cannot move it.
    pub(crate) attacker_up: Option<String>,
    /// Whether it takes whole numbers only.
    pub(crate) integer: bool,
    /// What counts as a change by 1.
    pub(crate) scale: Option<String>,
}

/// Reads the list.
pub(crate) fn read(path: &Path) -> Outcome<Vec<Feature>> {
    let cannot = || cannot_use(path);
    let file = std::fs::File::open(path).or_fail(cannot)?;
    let source = open_text(Box::new(BufReader::new(file)), None, Limits::default());
    let mut source = source.or_fail(cannot)?;
    let mut features = Vec::new();
    while let Some(batch) = source.next_batch().or_fail(cannot)? {
        let place = |name: &str| batch.columns.iter().position(|column| **column == *name);
        let Some(feature) = place("feature") else {
            return Err(Failure::new(cannot()).hint(
                "it is a CSV file with a header and the column `feature`, in the model's order",
            ));
        };
        for record in &batch.records {
            let text = |place: Option<usize>| {
                let value = place.and_then(|place| record.values.get(place));
                value.and_then(Value::text).map(|text| text.to_string())
            };
            features.push(Feature {
                column: text(Some(feature)).unwrap_or_default(),
                name: text(place("name")),
                attacker_up: text(place("attacker_up")),
                integer: match text(place("integer")).as_deref() {
                    None | Some("" | "0") => false,
                    Some("1") => true,
                    Some(other) => {
                        return Err(Failure::new(cannot()).hint(format!(
                            "the column `integer` says 1 or 0, and line {} says: {other}",
                            record.line
                        )));
                    }
                },
                scale: text(place("scale")),
            });
        }
    }
    Ok(features)
}

/// Says that a list cannot be used.
pub(crate) fn cannot_use(path: &Path) -> String {
    format!("cannot use the list of signals `{}`", path.display())
}

/// Returns the place that a name of a signal stands for, if it says no more than that, as `f3` and `Column_3` do.
pub(crate) fn placeholder(name: &str) -> Option<usize> {
    ["Column_", "feature_", "Feature_", "column_", "f", "x", ""]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix)?.parse().ok())
}
