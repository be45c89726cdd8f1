//! The threat model: who attacks, what they know, and what they may change, in words.
//!
//! ```text
//!   declarations + task + what is assumed ──lines──► sentences, each with its name in MITRE ATLAS and NIST AI 100-2
//! ```
//!
//! It is printed beside every figure of robustness, since the figure holds for this attacker and no other.

use std::collections::BTreeMap;

use ringtrue_core::SignalSchema;
use ringtrue_core::signal::{AttackerView, Movable, SignalDeclaration, SignalType};
use ringtrue_core::task::Attacker;
use ringtrue_model::{Model, TextMoves};
use serde::Serialize;

use crate::artefact::Declaration;
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

impl Assumed {
    /// The worst case: somebody who knows all of it.
    pub const WORST: Self = Self {
        knowledge: Knowledge::Model,
        queries: None,
    };
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
    let mut lines = opening(task, assumed);
    add_changes(schema, &mut lines);
    add_stated_changes(task, &mut lines);
    add_stays(schema, task, &mut lines);
    lines
}

/// Returns the sentences of a threat model under which artefacts themselves are changed, by these attacks.
#[must_use]
pub fn artefact_lines<'a>(
    attacks: impl IntoIterator<Item = &'a Declaration>,
    task: &Attacker,
    assumed: Assumed,
) -> Vec<Line> {
    let mut lines = opening(task, assumed);
    lines.extend(attacks.into_iter().map(|attack| {
        let needs = match attack.needs {
            "" => String::new(),
            needs => format!("; needs {needs}"),
        };
        let text = format!(
            "`{}`: {} ({} minutes, {}{needs})",
            attack.name,
            attack.meaning,
            attack.minutes,
            attack.verified.words()
        );
        line("change", attack.taxonomy, text)
    }));
    add_stated_changes(task, &mut lines);
    lines.push(line(
        "stays",
        STAYS,
        "changes nothing of an event but its artefact: time, user, host and other columns stay",
    ));
    lines.extend(out_of_scope(task));
    lines
}

/// Returns the sentence on the text beside a forest, for a detector that reads one.
#[must_use]
pub fn text_line(model: &Model, moves: TextMoves) -> Option<Line> {
    let (about, name, text) = match moves {
        TextMoves::Fixed => (
            "stays",
            STAYS,
            "leaves the text beside the signals as it is".to_owned(),
        ),
        TextMoves::Tokens(tokens) => (
            "change",
            CRAFT,
            format!(
                "adds or takes away {tokens} tokens of the text beside the signals, at no cost"
            ),
        ),
        TextMoves::Any => (
            "change",
            CRAFT,
            "writes any text beside the signals, at no cost".to_owned(),
        ),
    };
    model.reads_text().then(|| line(about, name, text))
}

/// What the attacker wants, knows and may ask.
fn opening(task: &Attacker, assumed: Assumed) -> Vec<Line> {
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
    lines
}

fn add_stated_changes(task: &Attacker, lines: &mut Vec<Line>) {
    let stated = |text: &String| {
        line(
            "change",
            CRAFT,
            format!("can change, says the task: {text}"),
        )
    };
    lines.extend(task.can_change.iter().map(stated));
}

/// What the task does not defend against.
fn out_of_scope(task: &Attacker) -> impl Iterator<Item = Line> {
    task.out_of_scope.iter().map(|text| {
        line(
            "stays",
            STAYS,
            format!("out of scope, says the task: {text}"),
        )
    })
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
    let mut costs: BTreeMap<(u64, bool), Vec<&SignalDeclaration>> = BTreeMap::new();
    for signal in free
        .iter()
        .filter(|signal| signal.attacker.cost_minutes > 0.0)
    {
        let AttackerView {
            cost_minutes, step, ..
        } = signal.attacker;
        let by_step = step > 0.0;
        costs
            .entry((cost_minutes.to_bits(), by_step))
            .or_default()
            .push(signal);
    }
    for ((cost, by_step), moved) in costs {
        let of = if by_step { "a step" } else { "a change by 1" };
        let words = format!("pays {} minutes {of} for", f64::from_bits(cost));
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
    lines.extend(out_of_scope(task));
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
    use ringtrue_core::signal::{Monotone, Privacy};

    use crate::artefact::command;

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
            out_of_scope: vec!["insiders".to_owned()],
            ..Attacker::default()
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

    #[test]
    fn attacks_on_artefacts_are_told_one_by_one() {
        let task = Attacker {
            goals: Vec::new(),
            out_of_scope: vec!["insiders".to_owned()],
            ..Attacker::default()
        };
        let assumed = Assumed {
            knowledge: Knowledge::Verdicts,
            queries: Some(50),
        };
        let attacks = command::all().iter().map(|attack| attack.declaration());
        let lines = artefact_lines(attacks, &task, assumed);
        let named = |name: &str| {
            let name = format!("`{name}`: ");
            lines
                .iter()
                .filter(|line| line.text.starts_with(&name))
                .count()
        };
        assert!(
            command::all()
                .iter()
                .all(|attack| named(attack.declaration().name) == 1)
        );
        let told: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        for expected in [
            "may have 50 events scored",
            "sees what the detector does with an event, and no score",
            "`address-spelling`: writes an address as one number, in hexadecimal or octal (0.1 minutes, verified by parsing)",
            "out of scope, says the task: insiders",
        ] {
            assert!(told.contains(&expected), "{expected}: {told:#?}");
        }
    }
}
