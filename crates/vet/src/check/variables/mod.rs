//! Are the right variables there? What no detector can tell apart, what none of the variables sees, what the task names and the data lacks,
//! and columns that say nothing or only who somebody is.
//!
//! A sample is looked at: a column that is constant here may vary once in a while in all of the input.

mod absent;
mod blind;
mod conflict;
mod constant;
mod identifier;

pub(super) use identifier::is_called_identifier;

use crate::code::Code;
use crate::data::Data;
use crate::finding::Finding;

pub(super) const CODES: &[Code] = &[
    conflict::SAME,
    conflict::NEAR,
    blind::BLIND,
    blind::FEW,
    absent::ABSENT,
    constant::CONSTANT,
    constant::NEARLY_CONSTANT,
    identifier::IDENTIFIER,
];

pub(super) fn check(data: &Data<'_>) -> Vec<Finding> {
    let mut findings = conflict::check(data);
    findings.extend(blind::check(data));
    findings.extend(absent::check(data));
    findings.extend(constant::check(data));
    findings.extend(identifier::check(data));
    findings
}

/// Returns the first names of a list, and how many more there are.
pub(in crate::check) fn listed<T: AsRef<str>>(names: &[T]) -> String {
    const SHOWN: usize = 5;
    let shown = names
        .iter()
        .take(SHOWN)
        .map(|name| format!("`{}`", name.as_ref()));
    let shown = shown.collect::<Vec<String>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_cut() {
        assert_eq!(listed(&["a", "b"]), "`a`, `b`");
        assert_eq!(
            listed(&["a", "b", "c", "d", "e", "f", "g"]),
            "`a`, `b`, `c`, `d`, `e` and 2 more"
        );
    }
}
