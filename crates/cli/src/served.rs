//! Whether an input has what a detector reads: a table of other columns gives scores that say nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use ringtrue_intake::HabitSpec;
use ringtrue_intake::table::Matching;

use crate::detector_folder::Loaded;
use crate::failure::{Failure, Outcome};

/// How many columns a message names.
const NAMED_MAX: usize = 12;

/// Returns sentences about the columns that the detector reads and that are not among an input's `fields`.
///
/// A detector that tells what is unusual for users and hosts reads who they are, too. Fails if none of the columns is there, or not all that a model trained elsewhere reads. A detector of URLs reads no column but the URL.
pub(crate) fn lacking(loaded: &Loaded, fields: &BTreeSet<Arc<str>>) -> Outcome<Vec<String>> {
    let read: Vec<&str> = loaded.reader.columns_of_input().collect();
    let lacking: Vec<&str> = read
        .iter()
        .copied()
        .filter(|column| !fields.contains(*column))
        .collect();
    let foreign = loaded.reader.spec().foreign.as_ref();
    let by_place = foreign.is_some_and(|foreign| {
        foreign.matching == Matching::Place && foreign.columns.len() == fields.len()
    });
    let mut sentences = lacking_actors(loaded, fields);
    if lacking.is_empty() || by_place {
        return Ok(sentences);
    }
    // A model trained elsewhere says nothing of what it does without one of its columns.
    if foreign.is_some() {
        return Err(Failure::new(format!(
            "the input lacks columns that the model reads: {}",
            named(&lacking)
        ))
        .hint("rename the input's columns, or list the input's own names with `ringtrue import --signals FILE`"));
    }
    check_any(loaded, fields)?;
    sentences.extend(lacking.into_iter().map(|column| {
        format!(
            "the detector reads `{column}`, which the input lacks: it is missing in every event"
        )
    }));
    Ok(sentences)
}

/// Returns sentences about who is not named in an input, though the detector tells what is unusual for them.
fn lacking_actors(loaded: &Loaded, fields: &BTreeSet<Arc<str>>) -> Vec<String> {
    let habits = loaded.reader.spec().habits.into_iter();
    let lacking = habits
        .flat_map(HabitSpec::fields)
        .filter(|field| !fields.contains(*field));
    lacking
        .map(|field| {
            format!(
                "the detector tells what is unusual for each {field}, which the input does not name: those signals are missing in every event"
            )
        })
        .collect()
}

/// Fails if none of the columns that the detector reads is among an input's `fields`, perhaps the first of
/// them.
pub(crate) fn check_any(loaded: &Loaded, fields: &BTreeSet<Arc<str>>) -> Outcome<()> {
    let read: Vec<&str> = loaded.reader.columns_of_input().collect();
    let by_place = loaded.reader.spec().foreign.as_ref();
    let by_place = by_place.is_some_and(|foreign| foreign.matching == Matching::Place);
    if read.is_empty() || by_place || read.iter().any(|column| fields.contains(*column)) {
        return Ok(());
    }
    let found: Vec<&str> = fields.iter().map(|field| &**field).collect();
    Err(
        Failure::new("the input has none of the columns that the detector reads").hint(format!(
            "the detector reads {}; the input has {}: names count letter for letter",
            named(&read),
            named(&found)
        )),
    )
}

fn named(columns: &[&str]) -> String {
    let mut names: Vec<String> = columns
        .iter()
        .take(NAMED_MAX)
        .map(|column| format!("`{column}`"))
        .collect();
    let more = columns.len().saturating_sub(NAMED_MAX);
    if more > 0 {
        names.push(format!("and {more} more"));
    }
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}
