//! What a trial says of robustness: the recommended detector is attacked on some of the malicious events that it is judged on.
//!
//! ```text
//!   Gathered events ──Way, a few questions each──► Lines ──► Summary, examples ─┐
//!         └──Prover, by steps──► Certificates ──────────────────────────────────┴──► Robustness
//! ```
//!
//! Nothing here reads a clock: the same events, detector and seed give the same figures.

use std::collections::BTreeSet;

use ringtrue_attack::artefact::Material;
use ringtrue_attack::artefact::curve::Attempt;
use ringtrue_attack::artefact::search::Search;
use ringtrue_attack::exact::Measure;
use ringtrue_attack::threat::{self, Knowledge};
use ringtrue_core::{Event, Kind, SignalSchema};
use ringtrue_intake::Reading as Signals;
use ringtrue_intake::history::History;
use ringtrue_model::TextMoves;
use ringtrue_report::visible;
use serde::Serialize;

use super::scorer::Scorer;
use super::{
    Attacks, Certificate, Certified, Evader, Gathered, Line, Mover, Patience, Prover, Spread,
    Summary, Target, Terms, Turn, Unit, Way, allowed, reads_artefacts, summary,
};
use crate::args::Attacking;
use crate::detector_folder::Loaded;
use crate::failure::Outcome;
use crate::progress::Bar;

/// What is known of a detector's robustness.
pub(crate) enum Robustness {
    /// It was attacked.
    Measured(Box<Measured>),
    /// It was not, for this reason.
    NotMeasured(String),
}

/// What came of the attack on a detector.
#[derive(Serialize)]
pub(crate) struct Measured {
    /// How it was attacked: `artefacts` or `declared`.
    pub(crate) way: &'static str,
    /// What the attacker knew: `scores` or `model`.
    pub(crate) knowledge: &'static str,
    /// Questions that the attacker had for each event.
    pub(crate) queries: u64,
    /// Malicious events that were judged, of which those that are attacked were drawn.
    pub(crate) malicious: u64,
    #[serde(flatten)]
    pub(crate) summary: Summary,
    /// What is proven.
    pub(crate) certified: Vec<Certificate>,
    /// Why nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) not_certified: Option<String>,
    /// The cheapest evasions, one of each kind.
    pub(crate) examples: Vec<Example>,
    /// Who attacks.
    pub(crate) threat: Vec<threat::Line>,
}

/// A cheap evasion.
#[derive(Serialize)]
pub(crate) struct Example {
    /// What the event was, as its reader may see it.
    pub(crate) was: String,
    #[serde(flatten)]
    pub(crate) line: Line,
}

/// Evasions that are shown.
const EXAMPLES_MAX: usize = 6;
/// Letters of a changed artefact that are kept.
const LETTERS_MAX: usize = 2_000;
/// Steps of an exact search for one event.
const STEPS: u64 = 1_000;

impl Robustness {
    /// Says what was not tested, in place of what was said before anybody attacked.
    pub(crate) fn tell(&self, not_tested: &mut Vec<String>) {
        not_tested.retain(|gap| !gap.starts_with("robustness: "));
        match self {
            Self::NotMeasured(reason) => not_tested.insert(
                0,
                format!(
                    "robustness: nobody attacked this detector, so nothing is known of what evasion costs ({reason})"
                ),
            ),
            Self::Measured(measured) => {
                let outside = measured.summary.not_attacked.iter();
                not_tested.extend(outside.map(|it| format!("robustness: not attacked: {it}")));
            }
        }
    }
}

/// Attacks a detector on what was gathered.
pub(crate) fn robustness(
    loaded: &Loaded,
    mut gathered: Gathered<'_>,
    effort: &Attacking,
) -> Robustness {
    if gathered.len() == 0 {
        return Robustness::NotMeasured("no malicious event was judged".to_owned());
    }
    let material = Material::new(gathered.take_borrowed());
    match way(loaded, material, effort, &gathered.drawn().spreads, None) {
        Ok(way) => {
            let spreads = gathered.drawn().spreads.clone();
            let provers = provers(loaded, &way, &spreads);
            Robustness::Measured(Box::new(measured(loaded, &gathered, &way, provers, effort)))
        }
        Err(failure) => Robustness::NotMeasured(failure.in_line()),
    }
}

/// Returns how a detector is attacked: up to a stated margin events are allowed, or below its threshold for review.
pub(crate) fn way<'a>(
    loaded: &'a Loaded,
    material: Material,
    effort: &Attacking,
    spreads: &[Spread],
    stated: Option<f64>,
) -> Outcome<Way<'a>> {
    let allowed = allowed(&loaded.detector, stated)?;
    if reads_artefacts(loaded) {
        let search = Search {
            knowledge: Knowledge::Scores,
            queries: effort.queries,
            changes: 0,
            allowed,
            seed: effort.seed,
        };
        return Ok(Way::Artefacts(Box::new(Evader {
            loaded,
            attacks: Attacks::of(loaded.reader.spec().kind, &[])?,
            material,
            search,
            labelled_only: true,
        })));
    }
    let (terms, unit) = terms(loaded, allowed, spreads, TextMoves::Fixed);
    let mover = Mover {
        loaded,
        prover: Prover::new(loaded, terms)?,
        patience: Patience::Steps(STEPS),
        labelled_only: true,
    };
    Ok(Way::Declared(Box::new(mover), unit))
}

/// Returns what may be done to rows: by the minutes that signals declare, and to a table of which nothing is declared by the spreads of its
/// columns.
fn terms(loaded: &Loaded, allowed: f64, spreads: &[Spread], text: TextMoves) -> (Terms, Unit) {
    let schema = loaded.detector.schema.clone();
    let is_priced = schema
        .signals
        .iter()
        .any(|signal| signal.attacker.cost_minutes > 0.0);
    let (schema, measure, units, unit) = if is_priced || reads_artefacts(loaded) {
        (schema, Measure::Minutes, Vec::new(), Unit::Minutes)
    } else {
        let units = spreads.iter().map(|spread| spread.width).collect();
        let schema = free(schema, spreads);
        (schema, Measure::Largest, units, Unit::Spreads)
    };
    let terms = Terms {
        schema,
        measure,
        units,
        text,
        allowed,
    };
    (terms, unit)
}

/// Lets signals that nobody declared anything of move by any amount: those that were whole numbers in whole steps.
fn free(mut schema: SignalSchema, spreads: &[Spread]) -> SignalSchema {
    for (signal, spread) in schema.signals.iter_mut().zip(spreads) {
        signal.attacker.step = f64::from(u8::from(spread.is_whole));
    }
    schema
}

/// Returns what is proven under: the text as it is, and any; of a table as many of its tokens as its columns that move have, which are two
/// each, the old and the new.
fn provers<'a>(
    loaded: &'a Loaded,
    way: &Way<'_>,
    spreads: &[Spread],
) -> Outcome<Vec<(Certified, Prover<'a>)>> {
    let texts = match way {
        _ if !loaded.detector.model.reads_text() => vec![Certified::NoText],
        Way::Artefacts(_) => [TextMoves::Fixed, TextMoves::Any]
            .map(Certified::Text)
            .to_vec(),
        Way::Declared(mover, _) => {
            let tokens = u32::try_from(2 * mover.prover.movable()).unwrap_or(u32::MAX);
            vec![Certified::Text(TextMoves::Tokens(tokens))]
        }
    };
    let prover = |text: Certified| -> Outcome<(Certified, Prover<'a>)> {
        let (terms, _) = terms(loaded, way.allowed(), spreads, text.moves());
        Ok((text, Prover::new(loaded, terms)?))
    };
    texts.into_iter().map(prover).collect()
}

/// What came of one event.
struct Turned {
    line: Option<Line>,
    was: String,
    /// The event as each prover reads it.
    targets: Vec<Target>,
}

fn measured(
    loaded: &Loaded,
    gathered: &Gathered<'_>,
    way: &Way<'_>,
    provers: Outcome<Vec<(Certified, Prover<'_>)>>,
    effort: &Attacking,
) -> Measured {
    let (provers, not_certified) = match provers {
        Ok(provers) => (provers, None),
        Err(failure) => (Vec::new(), Some(failure.in_line())),
    };
    let malicious = gathered.drawn().malicious;
    let bar = Bar::new("attacking", gathered.len() as u64);
    let turned = gathered.each_in_turn(|row, event, history| {
        let turned = turn(loaded, way, &provers, (row, event, history));
        bar.advance(1);
        turned
    });
    let certified = provers.iter().enumerate().map(|(place, (text, prover))| {
        let targets = turned.iter().filter_map(|it| it.targets.get(place));
        let targets: Vec<&Target> = targets.collect();
        Certificate::of(
            (*text, prover),
            &targets,
            way.unit(),
            Patience::Steps(STEPS),
        )
    });
    let lines = turned.iter().filter_map(|it| it.line.as_ref());
    let attempts: Vec<Attempt> = lines.map(Line::attempt).collect();
    Measured {
        way: match way {
            Way::Artefacts(_) => "artefacts",
            Way::Declared(..) => "declared",
        },
        knowledge: match way.knowledge() {
            Knowledge::Nothing => "nothing",
            Knowledge::Verdicts => "verdicts",
            Knowledge::Scores => "scores",
            Knowledge::Model => "model",
        },
        queries: match way {
            Way::Artefacts(evader) => evader.search.queries,
            Way::Declared(..) => 1,
        },
        malicious,
        summary: summary(&attempts, way, loaded, effort.seed),
        certified: certified.collect(),
        not_certified,
        threat: way.threat(loaded),
        examples: examples(turned),
    }
}

fn turn(
    loaded: &Loaded,
    way: &Way<'_>,
    provers: &[(Certified, Prover<'_>)],
    (row, event, history): (u64, &Event, Option<&History>),
) -> Turned {
    let mut signals = Signals::default();
    if !provers.is_empty() {
        Scorer::new(loaded, event, history).read(&mut signals);
    }
    let target = |(_, prover): &(Certified, Prover<'_>)| prover.target(row, event.id(), &signals);
    let line = match way.turn(row, event, history) {
        Turn::Told(line) => Some(*line),
        Turn::Passed | Turn::Open => None,
    };
    Turned {
        // Of a mail a report shows the title alone.
        line: line.map(|line| match event.kind {
            Kind::Email => line.without_artefact(),
            _ => line,
        }),
        was: loaded.revealed().text(event),
        targets: provers.iter().map(target).collect(),
    }
}

/// Returns the cheapest evasions, one by each chain of attacks.
fn examples(turned: Vec<Turned>) -> Vec<Example> {
    let evaded = turned.into_iter().filter_map(|Turned { line, was, .. }| {
        let line = line.filter(|line| line.evaded && !line.attack.is_empty())?;
        Some(Example { was, line })
    });
    let mut evaded: Vec<Example> = evaded.collect();
    evaded.sort_by(|one, other| {
        let cost = |example: &Example| example.line.cost.unwrap_or(f64::INFINITY);
        let by_cost = cost(one).total_cmp(&cost(other));
        by_cost.then_with(|| one.line.id.cmp(&other.line.id))
    });
    let mut chains: BTreeSet<Vec<&'static str>> = BTreeSet::new();
    evaded.retain(|example| chains.insert(example.line.attack.clone()));
    evaded.truncate(EXAMPLES_MAX);
    for Example { line, .. } in &mut evaded {
        if let Some(serde_json::Value::String(text)) = &mut line.changed {
            let (shown, left) = visible::shorten(text, LETTERS_MAX);
            if left > 0 {
                *text = format!("{shown} ({left} letters more)");
            }
        }
    }
    evaded
}
