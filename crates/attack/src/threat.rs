//! The threat model: who attacks, what they know, and what they may change, in words.
//!
//! ```text
//!   declarations + task + what is assumed ──lines──► sentences, each with its name in MITRE ATLAS and NIST AI 100-2
//! ```
//!
//! It is printed beside every figure of robustness, since the figure holds for this attacker and no other.

use std::collections::BTreeMap;

use ringtrue_core::SignalSchema;
use ringtrue_core::signal::{Movable, SignalDeclaration, SignalType};
use ringtrue_core::task::Attacker;
use serde::Serialize;

use crate::exact::{groups, is_held};

/// What the attacker knows of the detector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Knowledge {
    /// Nothing but that there is one.
    Nothing,
    /// What it does with an event.
    Verdicts,
    /// The score of an event.
    Scores,
    /// All of it: trees, thresholds, signals.
    Model,
}

/// What is assumed of an attacker beside the declarations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assumed {
    /// What they know.
    pub knowledge: Knowledge,
    /// How many events they may have scored; `None` for as many as they like.
    pub queries: Option<u64>,
}

/// One sentence of a threat model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What it is about: `goal`, `knowledge`, `queries`, `change`, `steps`, `cost`, `together`, `stays`.
    pub about: &'static str,
    /// The sentence.
    pub text: String,
    /// What the taxonomies call it.
    pub name: &'static str,
}

/// Names shown of a longer list.
const NAMED_MAX: usize = 12;

/// Names of what attacks on artefacts do with their own hosts.
pub(crate) const ACQUIRE: &str = "ATLAS AML.T0008.002 Acquire Infrastructure: Domains; NIST AI 100-2 capability: testing data control";
const EVADE: &str = "ATLAS AML.T0015 Evade AI Model; NIST AI 100-2 evasion, integrity violation";
/// Names of what is done to an event before it is scored.
pub(crate) const CRAFT: &str =
    "ATLAS AML.T0043 Craft Adversarial Data; NIST AI 100-2 capability: testing data control";
const VERIFY: &str = "ATLAS AML.T0042 Verify Attack; NIST AI 100-2 capability: query access";
const STAYS: &str =
    "ATLAS AML.T0043 Craft Adversarial Data; NIST AI 100-2 constraint on the perturbation";

impl Knowledge {
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Nothing => (
                "knows nothing of the detector but that there is one",
                "ATLAS AML.T0043.003 Manual Modification; NIST AI 100-2 black-box, no query access",
            ),
            Self::Verdicts => (
                "sees what the detector does with an event, and no score",
                "ATLAS AML.T0040 AI Model Inference API Access; NIST AI 100-2 black-box, decision-based",
            ),
            Self::Scores => (
                "sees the score of an event",
                "ATLAS AML.T0040 AI Model Inference API Access; NIST AI 100-2 black-box, score-based",
            ),
            Self::Model => (
                "knows the model, its thresholds and its signals, which is the worst case",
                "ATLAS AML.T0044 Full AI Model Access; NIST AI 100-2 white-box",
            ),
        }
    }
}

/// Returns the sentences of a threat model: `schema` as the attack reads it, what the task says, what is assumed.
#[must_use]
pub fn lines(schema: &SignalSchema, task: &Attacker, assumed: Assumed) -> Vec<Line> {
    let mut lines = vec![line("goal", EVADE, "wants a malicious event to be allowed")];
    let stated = |goal: &String| line("goal", EVADE, format!("wants, says the task: {goal}"));
    lines.extend(task.goals.iter().map(stated));
    let (text, name) = assumed.knowledge.words();
    lines.push(line("knowledge", name, text));
    lines.push(line(
        "queries",
        VERIFY,
        match assumed.queries {
            Some(queries) => format!("may have {queries} events scored"),
            None => "may have as many events scored as they like".to_owned(),
        },
    ));
    add_changes(schema, &mut lines);
    let stated = |text: &String| {
        line(
            "change",
            CRAFT,
            format!("can change, says the task: {text}"),
        )
    };
    lines.extend(task.can_change.iter().map(stated));
    add_stays(schema, task, &mut lines);
    lines
}

/// What can be changed: directions, steps, costs, and what moves together.
fn add_changes(schema: &SignalSchema, lines: &mut Vec<Line>) {
    let free: Vec<&SignalDeclaration> = schema
        .signals
        .iter()
        .filter(|signal| !is_held(signal))
        .collect();
    for (movable, words) in [
        (Movable::Both, "can raise and lower"),
        (Movable::Up, "can only raise"),
        (Movable::Down, "can only lower"),
    ] {
        let moved = free
            .iter()
            .filter(|signal| signal.attacker.movable == movable);
        add(lines, "change", CRAFT, words, moved.copied());
    }
    let stepped = free.iter().filter(|signal| signal.attacker.step > 0.0);
    let mut steps: BTreeMap<u64, Vec<&SignalDeclaration>> = BTreeMap::new();
    for signal in stepped {
        // Steps are above 0, so that their bits are in their order.
        steps
            .entry(signal.attacker.step.to_bits())
            .or_default()
            .push(signal);
    }
    for (step, moved) in steps {
        let words = format!("moves in steps of {}", f64::from_bits(step));
        add(lines, "steps", CRAFT, &words, moved.into_iter());
    }
    let mut costs: BTreeMap<u64, Vec<&SignalDeclaration>> = BTreeMap::new();
    for signal in free
        .iter()
        .filter(|signal| signal.attacker.cost_minutes > 0.0)
    {
        costs
            .entry(signal.attacker.cost_minutes.to_bits())
            .or_default()
            .push(signal);
    }
    for (cost, moved) in costs {
        let words = format!("pays {} minutes a step for", f64::from_bits(cost));
        add(lines, "cost", CRAFT, &words, moved.into_iter());
    }
    let mut joined: BTreeMap<u32, Vec<&SignalDeclaration>> = BTreeMap::new();
    for (signal, group) in schema.signals.iter().zip(groups(schema)) {
        if let Some(group) = group {
            joined.entry(group).or_default().push(signal);
        }
    }
    for moved in joined.into_values() {
        let words = "moves together, so that work on one of them is work on all:";
        add(lines, "together", CRAFT, words, moved.into_iter());
    }
}

/// What has to stay as it is.
fn add_stays(schema: &SignalSchema, task: &Attacker, lines: &mut Vec<Line>) {
    let declared = |signal: &&SignalDeclaration| signal.attacker.movable == Movable::No;
    let held = schema.signals.iter().filter(declared);
    add(lines, "stays", STAYS, "cannot change", held);
    let coded = |signal: &&SignalDeclaration| {
        signal.signal_type == SignalType::Category && !declared(signal)
    };
    let held = schema.signals.iter().filter(coded);
    add(
        lines,
        "stays",
        STAYS,
        "is taken not to change the categories",
        held,
    );
    lines.push(line(
        "stays",
        STAYS,
        "does not make a missing value known, nor a known one missing",
    ));
    lines.push(line(
        "stays",
        STAYS,
        "moves each signal by itself: what else changes in a real event is not modelled, so that real attackers need at least as much",
    ));
    let stated = |text: &String| {
        line(
            "stays",
            STAYS,
            format!("out of scope, says the task: {text}"),
        )
    };
    lines.extend(task.out_of_scope.iter().map(stated));
}

fn line(about: &'static str, name: &'static str, text: impl Into<String>) -> Line {
    Line {
        about,
        text: text.into(),
        name,
    }
}

/// Adds a sentence about signals, if there are any.
fn add<'a>(
    lines: &mut Vec<Line>,
    about: &'static str,
    name: &'static str,
    words: &str,
    signals: impl Iterator<Item = &'a SignalDeclaration>,
) {
    let names: Vec<String> = signals.map(|signal| format!("`{}`", signal.name)).collect();
    if names.is_empty() {
        return;
    }
    let more = match names.len().saturating_sub(NAMED_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let shown = names.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>();
    lines.push(line(
        about,
        name,
        format!("{words} {}{more}", shown.join(", ")),
    ));
}

#[cfg(test)]
mod tests {
    use ringtrue_core::signal::{AttackerView, Monotone, Privacy};

    use super::*;

    fn signal(name: &str, theme: &str, attacker: AttackerView) -> SignalDeclaration {
        SignalDeclaration {
            name: name.to_owned(),
            meaning: name.to_owned(),
            unit: "count".to_owned(),
            theme: theme.to_owned(),
            signal_type: SignalType::Number,
            privacy: Privacy::Plain,
            attacker,
            monotone: Monotone::Free,
        }
    }

    #[test]
    fn every_line_has_its_name_and_each_declaration_is_told() {
        let together = AttackerView {
            together: vec!["length".to_owned()],
            ..AttackerView::steps(Movable::Up, 0.5)
        };
        let mut code = signal("code", "code", AttackerView::steps(Movable::Both, 1.0));
        code.signal_type = SignalType::Category;
        let schema = SignalSchema {
            code: "test/1".to_owned(),
            signals: vec![
                signal("path", "path", together),
                signal("bytes", "length", AttackerView::steps(Movable::Both, 0.25)),
                signal("age", "age", AttackerView::fixed()),
                code,
            ],
        };
        let task = Attacker {
            goals: vec!["stay unseen".to_owned()],
            can_change: Vec::new(),
            out_of_scope: vec!["insiders".to_owned()],
        };
        let assumed = Assumed {
            knowledge: Knowledge::Model,
            queries: None,
        };
        let lines = lines(&schema, &task, assumed);
        assert!(
            lines.iter().all(
                |line| line.name.contains("ATLAS AML.T") && line.name.contains("NIST AI 100-2")
            )
        );
        let told: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        for expected in [
            "wants, says the task: stay unseen",
            "can raise and lower `bytes`",
            "can only raise `path`",
            "moves in steps of 1 `path`, `bytes`",
            "pays 0.5 minutes a step for `path`",
            "moves together, so that work on one of them is work on all: `path`, `bytes`",
            "cannot change `age`",
            "is taken not to change the categories `code`",
            "out of scope, says the task: insiders",
        ] {
            assert!(told.contains(&expected), "{expected}: {told:#?}");
        }
    }
}
