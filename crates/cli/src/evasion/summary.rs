//! What an attack on artefacts came to: the closing object, and the same in words.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ringtrue_attack::artefact::Verified;
use ringtrue_attack::artefact::curve::{Attempt, Curve, Figure, Part, Point, Use};
use ringtrue_core::plural;
use ringtrue_report::{format, visible};
use serde::Serialize;

use super::{Line, Way};
use crate::detector_folder::Loaded;

/// What costs are measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Unit {
    /// Minutes of the attacker's work for one event.
    Minutes,
    /// Spreads: the largest change of a column, over what lies between its 5 % and its 95 % quantile. For tables whose task does not
    /// say what a change costs.
    Spreads,
}

impl Unit {
    /// Returns its one word.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Minutes => "minutes",
            Self::Spreads => "spreads",
        }
    }

    /// Returns the cost up to which areas under the curve are taken: an hour of work for one event, or as far as a column spreads.
    pub(crate) const fn cost_max(self) -> f64 {
        match self {
            Self::Minutes => 60.0,
            Self::Spreads => 1.0,
        }
    }
}

/// What an attack came to: the closing object of `attack`, and what a trial says of robustness.
#[derive(Clone, Serialize)]
pub(crate) struct Summary {
    pub(crate) curve: Vec<Point>,
    pub(crate) unit: Unit,
    pub(crate) cost_max: f64,
    pub(crate) events: u64,
    pub(crate) evaded: u64,
    pub(crate) allowed_as_they_were: u64,
    /// Changed events that were scored.
    pub(crate) asked: u64,
    pub(crate) area: Figure,
    pub(crate) median: Figure,
    pub(crate) by_family: Vec<Part>,
    pub(crate) by_attack: Vec<Use>,
    pub(crate) by_verified: BTreeMap<Verified, u64>,
    pub(crate) tried: Vec<&'static str>,
    /// Those of them that no cheapest evasion needed.
    pub(crate) not_needed: Vec<&'static str>,
    pub(crate) not_attacked: Vec<String>,
    pub(crate) threshold_margin: f64,
    pub(crate) seed: u64,
}

/// Letters of a changed artefact that are shown.
const LETTERS_MAX: usize = 300;

/// Families and attacks of which a line is printed.
const NAMED_MAX: usize = 30;

/// Sums up.
pub(crate) fn summary(attempts: &[Attempt], way: &Way<'_>, loaded: &Loaded, seed: u64) -> Summary {
    let (unit, tried) = (way.unit(), way.tried());
    let Curve {
        points,
        cost_max,
        all,
        families,
        attacks,
        verified,
    } = Curve::of(attempts, unit.cost_max());
    let is_needed = |name: &str| attacks.iter().any(|used| used.attack == name);
    let not_needed = tried.iter().copied().filter(|name| !is_needed(name));
    let not_needed = not_needed.collect();
    Summary {
        curve: points,
        unit,
        cost_max,
        events: all.events,
        evaded: all.evaded,
        allowed_as_they_were: all.allowed_as_they_were,
        asked: attempts.iter().map(|attempt| attempt.queries).sum(),
        area: all.area,
        median: all.median,
        by_family: families,
        by_attack: attacks,
        by_verified: verified,
        tried,
        not_needed,
        not_attacked: way.not_attacked(loaded),
        threshold_margin: way.allowed(),
        seed,
    }
}

impl Summary {
    /// Says it in words.
    pub(crate) fn words(&self) -> String {
        let mut words = format!(
            "{}: {} allowed as they were, {} more evaded\n",
            plural(self.events, "malicious event", "malicious events"),
            self.allowed_as_they_were,
            self.evaded - self.allowed_as_they_were
        );
        let unit = self.unit.word();
        let mut say = |line: String| {
            words.push_str(&line);
            words.push('\n');
        };
        for point in thinned(&self.curve) {
            say(format!(
                "found of an attacker who pays {} {unit} an event: {}",
                format::significant(point.cost, 3),
                share(point)
            ));
        }
        say(format!(
            "area under that curve up to {} minutes: {}",
            self.cost_max,
            figure(&self.area)
        ));
        say(format!(
            "{unit} at which half are evaded: {}",
            figure(&self.median)
        ));
        for (level, events) in &self.by_verified {
            say(format!("{events} evasions are {}", level.words()));
        }
        for part in self.by_family.iter().take(NAMED_MAX) {
            say(format!(
                "family `{}`: {} of {} evaded, median {unit} {}",
                visible::line(&part.name),
                part.evaded,
                part.events,
                figure(&part.median)
            ));
        }
        for used in self.by_attack.iter().take(NAMED_MAX) {
            say(format!(
                "`{}` was part of {} of the cheapest evasions, alone in {}",
                used.attack, used.events, used.alone
            ));
        }
        if !self.not_needed.is_empty() {
            say(format!(
                "no cheapest evasion needed {}",
                self.not_needed.join(", ")
            ));
        }
        for sentence in &self.not_attacked {
            say(format!("not attacked: {sentence}"));
        }
        words
    }
}

/// Returns the first point and those at which a tenth more is lost.
fn thinned(points: &[Point]) -> Vec<&Point> {
    let mut shown: Vec<&Point> = Vec::new();
    for point in points {
        let is_lower = |last: &&Point| point.found as f64 <= 0.9 * last.found as f64;
        if shown.last().is_none_or(is_lower) {
            shown.push(point);
        }
    }
    shown
}

fn share(point: &Point) -> String {
    match (point.tpr, point.low, point.high) {
        (Some(tpr), Some(low), Some(high)) => {
            format!(
                "{} ({} to {})",
                format::percent(tpr),
                format::percent(low),
                format::percent(high)
            )
        }
        _ => format!(
            "{}, too few for a share",
            plural(point.found, "event", "events")
        ),
    }
}

fn figure(figure: &Figure) -> String {
    let number = |value: f64| format::significant(value, 3);
    match (figure.value, &figure.reason) {
        (Some(value), _) => {
            let low = figure.low.map_or_else(|| "0".to_owned(), number);
            let high = figure
                .high
                .map_or_else(|| "more than was tried".to_owned(), number);
            format!("{} ({low} to {high})", number(value))
        }
        (None, Some(reason)) => format!("cannot tell: {reason}"),
        (None, None) => "cannot tell".to_owned(),
    }
}

/// Returns a line for people.
pub(crate) fn told(line: &Line) -> String {
    let mut text = format!("row {}: ", line.row);
    let queries = plural(line.queries, "query", "queries");
    // Writing into a string does not fail.
    let _done = match (line.cost, line.verified) {
        (Some(cost), Some(verified)) => write!(
            text,
            "evaded for {} minutes by {} after {queries} ({})",
            format::significant(cost, 3),
            line.attack.join(", "),
            verified.words()
        ),
        (Some(_), None) => write!(text, "allowed as it was"),
        (None, _) => write!(text, "not evaded after {queries}"),
    };
    if let Some(changed) = &line.changed {
        let changed = changed
            .as_str()
            .map_or_else(|| changed.to_string(), str::to_owned);
        let (shown, left) = visible::shorten(&visible::line(&changed), LETTERS_MAX);
        let more = if left > 0 {
            format!(" ({left} letters more)")
        } else {
            String::new()
        };
        let _done = write!(text, ": {shown}{more}");
    }
    text
}
