//! The rules that are asked together, and what they say of one event.

use std::collections::BTreeMap;

use ringtrue_core::expression::{ExpressionError, Reference, Signals};
use ringtrue_core::{Event, Kind, SignalSchema};

use super::error::{RuleError, RuleProblem};
use super::file::read;
use super::rule::Rule;

/// Rules in order of their names, which differ.
#[derive(Clone, Debug, Default)]
pub struct RuleSet {
    rules: Vec<Rule>,
}

/// What the rules said of one event; the others abstain.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fired {
    /// Places of the rules whose conditions hold, ascending.
    pub rules: Vec<u32>,
    /// Rules whose conditions do not apply to the event's types, and why.
    pub failed: Vec<(u32, ExpressionError)>,
}

/// What every part of an event that is made for rules is called by, or starts with.
const PART: &str = "parts.";
/// The part that has a word of its own.
const NORMALISED: &str = "normalised";

impl RuleSet {
    /// Reads rule files, each with what it is called.
    ///
    /// # Errors
    ///
    /// Every problem of every file, with its line; two rules of one name are one.
    ///
    /// # Example
    ///
    /// ```
    /// # use ringtrue_label::rules::RuleSet;
    /// let text = r#"
    /// kind = "command"
    /// [[rule]]
    /// name = "root-shell"
    /// attack = ["T1059.004"]
    /// polarity = "malicious"
    /// author = "somebody"
    /// notes = "a shell that keeps its rights"
    /// condition = "normalised.contains('bash -p')"
    /// "#;
    /// let set = RuleSet::parse([("shell.toml", text)]).map_err(|errors| errors[0].clone())?;
    /// assert_eq!(set.rules()[0].name, "root-shell");
    /// # Ok::<(), ringtrue_label::rules::RuleError>(())
    /// ```
    pub fn parse<'a>(
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, Vec<RuleError>> {
        let mut by_name: BTreeMap<String, Rule> = BTreeMap::new();
        let mut errors = Vec::new();
        for (file, text) in files {
            let rules = read(file, text).unwrap_or_else(|found| {
                errors.extend(found);
                Vec::new()
            });
            for rule in rules {
                if let Some(other) = by_name.get(&rule.name) {
                    errors.push(RuleError {
                        problem: RuleProblem::SameName {
                            name: rule.name,
                            other: other.place.clone(),
                        },
                        place: rule.place,
                    });
                } else {
                    by_name.insert(rule.name.clone(), rule);
                }
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Self {
            rules: by_name.into_values().collect(),
        })
    }

    /// Keeps the rules on events of a kind, and returns how many others there were.
    pub fn keep_kind(&mut self, kind: Kind) -> usize {
        let before = self.rules.len();
        self.rules.retain(|rule| rule.kind == kind);
        before - self.rules.len()
    }

    /// Returns the rules, in order of their names.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Returns whether a condition reads a signal.
    #[must_use]
    pub fn reads_signals(&self) -> bool {
        let mut references = self.rules.iter().flat_map(|it| it.condition.references());
        references.any(|it| it.signal().is_some())
    }

    /// Checks that the signals that rules read are in `schema`, and the parts of events among `parts`.
    ///
    /// # Errors
    ///
    /// One for each rule and name that there is not.
    pub fn check_names(&self, schema: &SignalSchema, parts: &[&str]) -> Result<(), Vec<RuleError>> {
        let mut errors = Vec::new();
        for rule in &self.rules {
            let references = rule.condition.references().iter();
            let problems = references.filter_map(|it| unknown(rule, it, schema, parts));
            errors.extend(problems.map(|problem| RuleError {
                place: rule.place.clone(),
                problem,
            }));
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors)
        }
    }

    /// Checks that each condition holds for its rule's examples, and for none of those that it must not hold for. `holds` asks a rule about
    /// an event, to which it adds parts and signals.
    ///
    /// # Errors
    ///
    /// One for each example of which a condition says something else, or nothing.
    pub fn check_examples(
        &self,
        holds: impl Fn(&Rule, &Event) -> Result<bool, ExpressionError>,
    ) -> Result<(), Vec<RuleError>> {
        let mut errors = Vec::new();
        for rule in &self.rules {
            let matches = rule.matches.iter().map(|example| ("matches", example));
            let misses = rule.misses.iter().map(|example| ("misses", example));
            for (key, example) in matches.chain(misses) {
                if holds(rule, &example.event(rule.kind)) != Ok(key == "matches") {
                    errors.push(RuleError {
                        place: rule.place.clone(),
                        problem: RuleProblem::Untrue {
                            name: rule.name.clone(),
                            key,
                            example: example.to_string(),
                        },
                    });
                }
            }
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors)
        }
    }

    /// Asks every rule about `event`, to whose fields its parts were added.
    #[must_use]
    pub fn fire(&self, event: &Event, signals: Option<Signals<'_>>) -> Fired {
        let mut fired = Fired::default();
        for (place, rule) in (0_u32..).zip(&self.rules) {
            match rule.condition.holds_with(event, signals) {
                Ok(true) => fired.rules.push(place),
                Ok(false) => {}
                Err(error) => fired.failed.push((place, error)),
            }
        }
        fired
    }
}

fn unknown(
    rule: &Rule,
    reference: &Reference,
    schema: &SignalSchema,
    parts: &[&str],
) -> Option<RuleProblem> {
    if let Some(signal) = reference.signal() {
        return schema
            .position(signal)
            .is_none()
            .then(|| RuleProblem::UnknownSignal {
                name: rule.name.clone(),
                signal: signal.to_owned(),
            });
    }
    let part = reference.field()?;
    let is_part = part == NORMALISED || part.starts_with(PART);
    (is_part && !parts.contains(&part)).then(|| RuleProblem::UnknownPart {
        name: rule.name.clone(),
        part: part.to_owned(),
        known: parts.join(", "),
    })
}
