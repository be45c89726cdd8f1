//! How a task's names meet the columns of an input: case and surrounding space do not count, and a
//! name stands for all that is nested in it (`user` for `user.email`).

use super::content::Task;
use super::words::PrivacyRule;

/// Returns whether two names stand for the same column; case and surrounding space do not count.
#[must_use]
pub fn same_name(one: &str, other: &str) -> bool {
    let (one, other) = (one.trim(), other.trim());
    let is_plain = one.is_ascii() && other.is_ascii();
    one.eq_ignore_ascii_case(other) || (!is_plain && one.to_lowercase() == other.to_lowercase())
}

/// Returns whether `name` stands for `column`: for itself, or for an object that the column is nested in.
#[must_use]
pub fn stands_for(name: &str, column: &str) -> bool {
    around(column).any(|part| same_name(name, part))
}

/// Returns a column's name, then the objects around it, the nearest first: `a.b.c`, `a.b`, `a`.
pub(super) fn around(column: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(column), |part| {
        part.rsplit_once('.').map(|(outer, _)| outer)
    })
}

impl Task {
    /// Returns what happens to the field `name` before anything is kept: what the task says of it
    /// or of the object around it, else the default.
    #[must_use]
    pub fn privacy_of(&self, name: &str) -> PrivacyRule {
        self.named_privacy(name).unwrap_or(self.privacy.default)
    }

    /// Returns the rule that the task names for a column: under exactly this name, else under the
    /// same name in another case, else for the nearest object around it.
    #[must_use]
    pub fn named_privacy(&self, name: &str) -> Option<PrivacyRule> {
        let rules = &self.privacy.fields;
        let named = |part: &str| rules.iter().find(|(rule, _)| same_name(rule, part));
        rules
            .get(name)
            .or_else(|| around(name).find_map(named).map(|(_, rule)| rule))
            .copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Kind;

    #[test]
    fn case_and_space_do_not_count() {
        assert!(same_name("Email", " eMAIL"));
        assert!(same_name("\u{c4}ra", "\u{e4}RA"));
        assert!(!same_name("email", "e-mail"));
        assert!(stands_for("User", "user.address.zip"));
        assert!(!stands_for("user", "username"));
        assert!(!stands_for("user.address", "user"));
    }

    #[test]
    fn the_nearest_rule_holds_for_what_is_nested() {
        let mut task = Task::assumed(Kind::Table);
        for (name, rule) in [
            ("User", PrivacyRule::Drop),
            ("user.id", PrivacyRule::Hash),
            ("ZIP", PrivacyRule::Truncate(2)),
            ("zip", PrivacyRule::Drop),
        ] {
            task.privacy.fields.insert(name.to_owned(), rule);
        }
        assert_eq!(task.privacy_of("USER"), PrivacyRule::Drop);
        assert_eq!(task.privacy_of("user.email"), PrivacyRule::Drop);
        assert_eq!(task.privacy_of("user.address.zip"), PrivacyRule::Drop);
        assert_eq!(task.privacy_of("User.ID"), PrivacyRule::Hash);
        assert_eq!(task.privacy_of("ZIP"), PrivacyRule::Truncate(2));
        assert_eq!(task.privacy_of("bytes"), PrivacyRule::Keep);
        assert_eq!(task.named_privacy("bytes"), None);
    }
}
