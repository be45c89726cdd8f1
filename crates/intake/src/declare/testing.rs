//! What every schema owes, every row of it and every golden case: the checks that the tests of each kind of
//! evidence share.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use proptest::prelude::*;
use ringtrue_core::SignalSchema;
use ringtrue_core::signal::SignalType;

/// Checks that the declarations of a schema are whole, and that it is the one that is known by its code and the
/// first letters of its digest: a changed digest refuses every detector trained before, so the code's version
/// changes with it.
#[track_caller]
pub(crate) fn check_schema(schema: &SignalSchema, known: &str) {
    let names: BTreeSet<_> = schema.signals.iter().map(|signal| &signal.name).collect();
    assert_eq!(names.len(), schema.signals.len(), "names are unique");
    let themes = schema.themes();
    for signal in &schema.signals {
        let name = &signal.name;
        let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
        assert!(name.bytes().all(is_letter), "{name}");
        let meaning = &signal.meaning;
        assert!(!meaning.ends_with('.') && meaning.len() > 6, "{name}");
        assert!(signal.attacker.cost_minutes >= 0.0, "{name}");
        for other in &signal.attacker.together {
            assert!(themes.contains(&other.as_str()), "{name}: {other}");
        }
    }
    let found = format!("{} {}", schema.code, schema.digest().short());
    assert_eq!(found, known);
}

/// Checks what holds for any row of a schema. `lowest` has words of the names of signals that may lie below 0,
/// with how far.
pub(crate) fn check_values(
    schema: &SignalSchema,
    row: &[f32],
    lowest: &[(&str, f32)],
) -> Result<(), TestCaseError> {
    prop_assert_eq!(row.len(), schema.signals.len());
    for (value, signal) in row.iter().zip(&schema.signals) {
        let name = &signal.name;
        prop_assert!(!value.is_infinite(), "{}: {}", name, value);
        if value.is_nan() {
            continue;
        }
        let low = lowest.iter().find(|(word, _)| name.contains(word));
        let low = low.map_or(0.0, |(_, low)| *low);
        prop_assert!(*value >= low, "{}: {}", name, value);
        let is_of_type = match signal.signal_type {
            SignalType::Flag => [0.0_f32, 1.0].map(f32::to_bits).contains(&value.to_bits()),
            SignalType::Category => value.fract() == 0.0,
            SignalType::Number => signal.unit != "share" || *value <= 1.0,
        };
        prop_assert!(is_of_type, "{}: {}", name, value);
    }
    Ok(())
}

/// Returns the value of a signal that the schema has.
#[track_caller]
pub(crate) fn value_of(schema: &SignalSchema, row: &[f32], name: &str) -> f32 {
    let column = schema.position(name).expect(name);
    row.get(column).copied().expect("as wide as the schema")
}

/// Returns the bits of a row, by which rows with NaN are compared.
pub(crate) fn bits(row: &[f32]) -> Vec<u32> {
    row.iter().map(|value| value.to_bits()).collect()
}

/// What of a golden case does not hold.
pub(crate) struct Problems<'a> {
    what: &'a str,
    found: Vec<String>,
}

impl<'a> Problems<'a> {
    pub(crate) const fn of(what: &'a str) -> Self {
        Self {
            what,
            found: Vec::new(),
        }
    }

    pub(crate) fn compare(&mut self, name: &str, expected: &str, found: &str) {
        if expected != found {
            let what = self.what;
            self.found
                .push(format!("{what}: {name} is `{found}`, not `{expected}`"));
        }
    }

    /// Compares the signals that must have these values, and those that must be NaN.
    pub(crate) fn compare_signals(
        &mut self,
        schema: &SignalSchema,
        row: &[f32],
        (expected, missing): (&BTreeMap<String, f32>, &[String]),
    ) {
        let missing = missing.iter().map(|name| (name, &f32::NAN));
        for (name, value) in expected.iter().chain(missing) {
            let found = value_of(schema, row, name).to_string();
            self.compare(name, &value.to_string(), &found);
        }
    }

    pub(crate) fn into_found(self) -> Vec<String> {
        self.found
    }
}

/// Returns the names of the variants of issues, in order.
pub(crate) fn names_of(issues: &[impl Debug]) -> String {
    let name = |issue| {
        let shown = format!("{issue:?}");
        let end = shown.find([' ', '(']).unwrap_or(shown.len());
        shown.get(..end).unwrap_or("").to_owned()
    };
    issues.iter().map(name).collect::<Vec<_>>().join(" ")
}
