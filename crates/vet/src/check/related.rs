//! Which signals are related? Those that say the same as another, and which one to keep: the one that costs an attacker most to move.
//!
//! Numbers are compared by Pearson's and Spearman's correlation, codes by Cramer's V, and either kind by the mutual information of their bins. A
//! correlation is no defect: a detector that reads both is no worse, but wider, and its explanations share the credit between them.

use ringtrue_core::Kind;
use ringtrue_core::signal::{Movable, SignalDeclaration, SignalType};
use ringtrue_core::task::same_name;

use crate::association::{pearson, product, ranks, spearman, standardised};
use crate::bins::Bins;
use crate::check::Check;
use crate::check::variables::listed;
use crate::code::Code;
use crate::data::Data;
use crate::finding::{Effect, Finding, Owner, Remedy, Severity, Subject};
use crate::lines;
use crate::probe::evenly;
use crate::signals::bins_of;

pub(super) const CODES: &[Code] = &[CLUSTER];

const CLUSTER: Code = Check::Related.code("V041", "signals say the same", Owner::DataScientist);

/// Signals that are compared with each other: those that say most of the label.
const SIGNALS_MAX: usize = 200;
/// Events by which they are compared; a correlation of 0.95 is known to half a hundredth then.
const EVENTS_MAX: usize = 10_000;
/// Events of which both signals are known, at most, where one is missing now and then.
const PAIRED_MAX: usize = 2_000;
/// Events that a comparison needs.
const EVENTS_MIN: usize = 30;
/// A correlation from which nine tenths of either signal's variance are the other's.
const CORRELATION_MIN: f64 = 0.95;
/// Share of a signal's entropy from which another signal's bins nearly say it.
const INFORMATION_MIN: f64 = 0.9;
/// Clusters that are told; the largest.
const CLUSTERS_MAX: usize = 10;

pub(super) fn check(data: &Data<'_>) -> Vec<Finding> {
    let all: Vec<u32> = (0_u32..).take(data.len()).collect();
    let events = evenly(&all, EVENTS_MAX);
    if events.len() < EVENTS_MIN {
        return Vec::new();
    }
    let mut variables: Vec<Variable<'_>> = data
        .strongest_signals(SIGNALS_MAX)
        .into_iter()
        .map(|ranked| Variable::new(data, ranked.signal, &events))
        .filter(Variable::varies)
        .collect();
    // Who costs an attacker most leads; of those that cost the same, who says most, which is the order they come in.
    variables.sort_by(|one, other| {
        hardness(data, other.declaration).total_cmp(&hardness(data, one.declaration))
    });
    let mut clusters = clusters(&variables);
    clusters.sort_by_key(|cluster| std::cmp::Reverse(cluster.members.len()));
    let more = clusters.len().saturating_sub(CLUSTERS_MAX);
    clusters.truncate(CLUSTERS_MAX);
    let last = clusters.len().saturating_sub(1);
    let findings = clusters.iter().enumerate().map(|(place, cluster)| {
        let more = if place == last { more } else { 0 };
        cluster.finding(data, &variables, more)
    });
    findings.collect()
}

/// One signal at the events that are compared.
struct Variable<'a> {
    declaration: &'a SignalDeclaration,
    values: Vec<f64>,
    is_complete: bool,
    /// The values, and their ranks, at length 1; `None` where some are missing, or none differ.
    standardised: Option<Vec<f64>>,
    ranked: Option<Vec<f64>>,
    bins: Bins,
}

impl<'a> Variable<'a> {
    fn new(data: &Data<'a>, signal: usize, events: &[u32]) -> Self {
        let schema = data.schema;
        let declaration = &schema.signals[signal];
        let values = data.signal_values(signal, events);
        let is_complete = !values.iter().any(|value| value.is_nan());
        let is_number = declaration.signal_type == SignalType::Number;
        let whole = |values: &[f64]| standardised(values).filter(|_| is_number && is_complete);
        Self {
            declaration,
            is_complete,
            standardised: whole(&values),
            ranked: whole(&ranks(&values)),
            bins: bins_of(declaration, &values),
            values,
        }
    }

    fn varies(&self) -> bool {
        self.bins
            .of
            .iter()
            .any(|bin| Some(bin) != self.bins.of.first())
    }
}

/// How two signals go together, by the measure that fits them and says most.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Bond {
    measure: &'static str,
    value: f64,
    /// How far above the measure's bound, as a share of it.
    strength: f64,
}

fn bond(one: &Variable<'_>, other: &Variable<'_>) -> Option<Bond> {
    let is_number = |it: &Variable<'_>| it.declaration.signal_type == SignalType::Number;
    let found = |measure, value: Option<f64>, bound: f64| {
        value.map(|value| Bond {
            measure,
            value,
            strength: value.abs() / bound,
        })
    };
    let mut bonds = [None; 3];
    if is_number(one) && is_number(other) {
        let (linear, ranked) = correlations(one, other);
        bonds[0] = found("Pearson's correlation", linear, CORRELATION_MIN);
        bonds[1] = found("Spearman's correlation", ranked, CORRELATION_MIN);
    }
    let is_strong =
        |bonds: &[Option<Bond>]| bonds.iter().flatten().any(|bond| bond.strength >= 1.0);
    if !is_strong(&bonds) {
        let crossed = one.bins.crossed(&other.bins);
        // What the first says of the second: a rare flag is said by much that it does not say.
        bonds[2] = found(
            "shared information",
            crossed.share_of_second(),
            INFORMATION_MIN,
        );
        let are_codes = !is_number(one) && !is_number(other);
        if are_codes && is_strong(&bonds) {
            bonds[0] = found("Cramer's V", crossed.cramers_v(), CORRELATION_MIN);
        }
    }
    let bonds = bonds
        .into_iter()
        .flatten()
        .filter(|bond| bond.strength >= 1.0);
    bonds.max_by(|one, other| one.strength.total_cmp(&other.strength))
}

fn correlations(one: &Variable<'_>, other: &Variable<'_>) -> (Option<f64>, Option<f64>) {
    if one.is_complete && other.is_complete {
        let of = |one: &Option<Vec<f64>>, other: &Option<Vec<f64>>| {
            Some(product(one.as_deref()?, other.as_deref()?).clamp(-1.0, 1.0))
        };
        return (
            of(&one.standardised, &other.standardised),
            of(&one.ranked, &other.ranked),
        );
    }
    let pairs = one.values.iter().zip(&other.values);
    let known = pairs.filter(|(one, other)| !one.is_nan() && !other.is_nan());
    let (first, second): (Vec<f64>, Vec<f64>) = known.take(PAIRED_MAX).unzip();
    if first.len() < EVENTS_MIN {
        return (None, None);
    }
    (pearson(&first, &second), spearman(&first, &second))
}

/// Signals that say the same as the one that leads.
struct Cluster {
    leader: usize,
    members: Vec<(usize, Bond)>,
}

/// Each signal that leads takes those after it that are bound to it and to none before; nothing is chained.
fn clusters(variables: &[Variable<'_>]) -> Vec<Cluster> {
    let mut is_taken = vec![false; variables.len()];
    let mut clusters = Vec::new();
    for leader in 0..variables.len() {
        if is_taken[leader] {
            continue;
        }
        let mut members = Vec::new();
        for other in leader + 1..variables.len() {
            if !is_taken[other]
                && let Some(bond) = bond(&variables[leader], &variables[other])
            {
                is_taken[other] = true;
                members.push((other, bond));
            }
        }
        if !members.is_empty() {
            clusters.push(Cluster { leader, members });
        }
    }
    clusters
}

impl Cluster {
    fn finding(&self, data: &Data<'_>, variables: &[Variable<'_>], more: usize) -> Finding {
        let leader = variables[self.leader].declaration;
        let names: Vec<&str> = self
            .members
            .iter()
            .map(|(at, _)| variables[*at].declaration.name.as_str())
            .collect();
        let weakest = self.members.iter().map(|(_, bond)| *bond);
        let weakest = weakest.min_by(|one, other| one.strength.total_cmp(&other.strength));
        let (measure, value) = weakest.map_or(("", 0.0), |bond| (bond.measure, bond.value));
        let title = format!(
            "`{}` says nearly the same as {} ({measure} {value:.2} at the weakest): keep it, since {}",
            leader.name,
            listed(&names),
            reason(data, leader)
        );
        let mut meaning = "A detector that reads all of them is no worse, but it is wider, and its reasons share the credit between them.".to_owned();
        if more > 0 {
            let of_all = format!(" {more} smaller clusters are not told.");
            meaning.push_str(&of_all);
        }
        let subject =
            Subject::columns(std::iter::once(leader.name.as_str()).chain(names.iter().copied()));
        let finding = Finding::new(
            CLUSTER,
            Severity::Note,
            subject,
            title,
            self.remedy(data, variables),
        );
        finding
            .meaning(meaning)
            .effect(Effect::exact(measure, value))
    }

    fn remedy(&self, data: &Data<'_>, variables: &[Variable<'_>]) -> Remedy {
        let advice =
            "leave the others out if width or reasons matter; compare the cost before and after";
        if data.kind() != Kind::Table {
            return Remedy::advice("nothing needs to be done: read their reasons as one");
        }
        // A column with a signal that says more than the leader's is not left out.
        let theme = |at: usize| variables[at].declaration.theme.as_str();
        let is_whole = |column: &&str| {
            let signals = data
                .schema
                .signals
                .iter()
                .filter(|signal| signal.theme == **column);
            signals.count() == 1 && *column != theme(self.leader)
        };
        let columns: Vec<&str> = self
            .members
            .iter()
            .map(|(at, _)| theme(*at))
            .filter(is_whole)
            .collect();
        if columns.is_empty() {
            return Remedy::advice(advice);
        }
        Remedy::task(advice, lines::drop(columns))
    }
}

/// Returns how hard a signal is to move for an attacker: those that cannot be moved above all, then those that move one way, then by cost.
fn hardness(data: &Data<'_>, signal: &SignalDeclaration) -> f64 {
    /// Above any cost in minutes.
    const FIXED: f64 = 1e12;
    const ONE_WAY: f64 = 1e9;
    let changed = is_named_by_attacker(data, signal);
    match signal.attacker.movable {
        Movable::No if !changed => FIXED,
        Movable::Up | Movable::Down if !changed => ONE_WAY + signal.attacker.cost_minutes,
        // A task that says what can be changed says something of what it does not name.
        _ => signal.attacker.cost_minutes + f64::from(u8::from(!changed)) / 2.0,
    }
}

fn is_named_by_attacker(data: &Data<'_>, signal: &SignalDeclaration) -> bool {
    let named = data.task.attacker.can_change.iter();
    named
        .into_iter()
        .any(|name| same_name(name, &signal.name) || same_name(name, &signal.theme))
}

fn reason(data: &Data<'_>, signal: &SignalDeclaration) -> String {
    match signal.attacker.movable {
        Movable::No => "an attacker cannot move it".to_owned(),
        Movable::Up => "an attacker can only raise it".to_owned(),
        Movable::Down => "an attacker can only lower it".to_owned(),
        Movable::Both if signal.attacker.cost_minutes > 0.0 => {
            format!(
                "moving it costs an attacker most ({} minutes a step)",
                signal.attacker.cost_minutes
            )
        }
        Movable::Both
            if !data.task.attacker.can_change.is_empty() && !is_named_by_attacker(data, signal) =>
        {
            "the task does not name it among what an attacker changes".to_owned()
        }
        Movable::Both => {
            "none of them is declared harder to move and it says most of the label".to_owned()
        }
    }
}
