//! What came of a task's expressions on the events: counted and told, and refused where one never gives
//! a value because it does not fit the events' types.

use ringtrue_core::SignalSchema;
use ringtrue_core::expression::{Expression, Reference, Tally};
use ringtrue_intake::SignalReader;
use ringtrue_intake::reader::Given;

use crate::failure::{Failure, Outcome};

/// Tallies of a reader's derived columns, then of a task's slices.
#[derive(Debug, Default)]
pub(crate) struct Expressions {
    tallies: Vec<(Section, String, Tally)>,
}

#[derive(Clone, Copy, Debug)]
enum Section {
    Derived,
    Slice,
}

impl Section {
    const fn words(self) -> &'static str {
        match self {
            Self::Derived => "derived column",
            Self::Slice => "slice",
        }
    }

    /// What an event without a value comes to.
    const fn without(self) -> &'static str {
        match self {
            Self::Derived => "it is missing there",
            Self::Slice => "they are not in it",
        }
    }
}

impl Expressions {
    /// Starts tallies of a reader's derived columns.
    pub(crate) fn of_derived(reader: &SignalReader) -> Self {
        let derived = reader.spec().derived.iter();
        let start =
            |(name, _): &(String, String)| (Section::Derived, name.clone(), Tally::default());
        Self {
            tallies: derived.map(start).collect(),
        }
    }

    /// Starts tallies of a reader's derived columns and of slices.
    pub(crate) fn new(reader: &SignalReader, slices: &[(String, Expression)]) -> Self {
        let mut all = Self::of_derived(reader);
        let start =
            |(name, _): &(String, Expression)| (Section::Slice, name.clone(), Tally::default());
        all.tallies.extend(slices.iter().map(start));
        all
    }

    /// Takes in what came of each expression for each event.
    pub(crate) fn add(&mut self, events: impl IntoIterator<Item = Vec<Given>>) {
        for event in events {
            for ((_, _, tally), given) in self.tallies.iter_mut().zip(event) {
                tally.add(given);
            }
        }
    }

    /// Refuses an expression that fitted the types of no event.
    pub(crate) fn check(&self) -> Outcome<()> {
        for (section, name, tally) in &self.tallies {
            if tally.given == 0
                && let Some(error) = &tally.first
            {
                let what = section.words();
                return Err(
                    Failure::new(format!("the {what} `{name}` could be computed for no event"))
                        .because(error)
                        .hint("put numbers beside numbers and text beside text: `double(x)` reads a number from text, `string(x)` makes text"),
                );
            }
        }
        Ok(())
    }

    /// Returns what is to be told of the others.
    pub(crate) fn sentences(&self) -> Vec<String> {
        let tallies = self.tallies.iter();
        tallies
            .filter_map(|(section, name, tally)| told(*section, name, tally))
            .collect()
    }
}

fn told(section: Section, name: &str, tally: &Tally) -> Option<String> {
    let (what, without) = (section.words(), section.without());
    if let Some(error) = &tally.first {
        return Some(format!(
            "the {what} `{name}` could not be computed for {} of {} events ({error}): {without}",
            tally.failed,
            tally.events()
        ));
    }
    (tally.given == 0 && tally.missing > 0)
        .then(|| format!("the {what} `{name}` is missing in every event, because what it reads is"))
}

/// Checks that the signals that slices read are there.
pub(crate) fn check_signals(slices: &[(String, Expression)], schema: &SignalSchema) -> Outcome<()> {
    for (name, slice) in slices {
        let mut read = slice.references().iter().filter_map(Reference::signal);
        if let Some(signal) = read.find(|signal| schema.position(signal).is_none()) {
            return Err(
                Failure::new(format!("the slice `{name}` reads a signal that there is not: `{signal}`"))
                    .hint("`ringtrue signals` lists the signals of URLs; those of a table are called as its columns"),
            );
        }
    }
    Ok(())
}
