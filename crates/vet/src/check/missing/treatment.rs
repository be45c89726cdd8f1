//! What to do about missing numbers: leave them, tell that they are missing, fill in the median, or fill in what another column says; compared by
//! what a probe's mistakes on later events cost.

use ringtrue_core::metrics::{Difference, Pair, Ranking, paired_bootstrap};
use ringtrue_core::signal::SignalType;
use ringtrue_core::{CostSheet, Kind};

use crate::association::pearson;
use crate::check::Check;
use crate::check::split::Split;
use crate::code::Code;
use crate::data::Data;
use crate::finding::{Effect, Finding, Owner, Remedy, Severity, Subject};
use crate::lines::{self, free_name};
use crate::probe::Matrix;

pub(super) const TREATMENT: Code = Check::Missing.code(
    "V053",
    "what to do about missing numbers",
    Owner::DataScientist,
);

/// Share of events in which a number is missing, and in which it is known, to be treated.
const SHARE_MIN: f64 = 0.01;
/// Numbers that are treated, at most: those that say most.
const TREATED_MAX: usize = 20;
/// Signals that the probes look at beside: those that say most.
const SIGNALS_MAX: usize = 60;
/// Events of each class that the probes learn, and are asked, at most.
const EVENTS_MAX: usize = 5_000;
const RESAMPLES: u32 = 200;
/// Standard errors that a treatment must gain: the one-sided hundredth, shared by three treatments with some room for the noise of training.
const ERRORS_MIN: f64 = 3.0;
/// A 95 % interval is so many standard errors wide.
const ERRORS_OF_INTERVAL: f64 = 3.92;

/// One column of a probe's table.
type Numbers = (String, SignalType, Vec<f64>);

pub(super) fn check(data: &Data<'_>) -> Option<Finding> {
    // What is computed of evidence is missing where the evidence lacks it, and nothing else can stand there.
    if data.kind() != Kind::Table {
        return None;
    }
    let split = Split::new(data, EVENTS_MAX)?;
    let ranked = data.strongest_signals(SIGNALS_MAX);
    let all: Vec<u32> = (0_u32..).take(data.len()).collect();
    let plain: Vec<Numbers> = ranked
        .iter()
        .map(|ranked| {
            let declaration = &data.schema.signals[ranked.signal];
            (
                declaration.name.clone(),
                declaration.signal_type,
                data.signal_values(ranked.signal, &all),
            )
        })
        .collect();
    let gaps: Vec<usize> = (0..plain.len())
        .filter(|at| has_gaps(&plain[*at]))
        .take(TREATED_MAX)
        .collect();
    if gaps.is_empty() {
        return None;
    }
    let fills: Vec<Fill> = gaps
        .iter()
        .map(|at| Fill::new(&plain, *at, &split.train))
        .collect();
    let treated = [
        plain
            .iter()
            .cloned()
            .chain(gaps.iter().map(|at| indicator(&plain[*at])))
            .collect(),
        filled(&plain, &fills, Fill::median),
        filled(&plain, &fills, Fill::model),
    ];
    let judged = Judged::new(data, &split, &plain)?;
    let outcomes: Option<Vec<Difference>> = treated
        .iter()
        .map(|columns| judged.dearer(columns))
        .collect();
    let outcomes = outcomes?;
    let names: Vec<&str> = gaps.iter().map(|at| plain[*at].0.as_str()).collect();
    Some(judged.finding(&names, &outcomes, &fills))
}

fn has_gaps((_, signal_type, values): &Numbers) -> bool {
    let missing =
        values.iter().filter(|value| value.is_nan()).count() as f64 / values.len().max(1) as f64;
    *signal_type == SignalType::Number && (SHARE_MIN..=1.0 - SHARE_MIN).contains(&missing)
}

fn indicator((name, _, values): &Numbers) -> Numbers {
    let flag = |value: &f64| f64::from(u8::from(value.is_nan()));
    (
        format!("{name} is missing"),
        SignalType::Flag,
        values.iter().map(flag).collect(),
    )
}

/// What stands in for a missing number: its median, and a line through the number that goes with it most.
struct Fill {
    column: usize,
    name: String,
    median: f64,
    neighbour: Option<Line>,
}

struct Line {
    column: usize,
    name: String,
    slope: f64,
    offset: f64,
}

impl Fill {
    fn new(columns: &[Numbers], column: usize, train: &[u32]) -> Self {
        let learned = |column: usize| -> Vec<f64> {
            train
                .iter()
                .map(|at| columns[column].2[*at as usize])
                .collect()
        };
        let own = learned(column);
        let mut known: Vec<f64> = own
            .iter()
            .copied()
            .filter(|value| !value.is_nan())
            .collect();
        known.sort_unstable_by(f64::total_cmp);
        let others = (0..columns.len())
            .filter(|other| *other != column && columns[*other].1 == SignalType::Number);
        let bound = others.filter_map(|other| Some((pearson(&own, &learned(other))?.abs(), other)));
        let nearest =
            bound.max_by(|one, other| one.0.total_cmp(&other.0).then(other.1.cmp(&one.1)));
        Self {
            column,
            name: columns[column].0.clone(),
            median: known.get(known.len() / 2).copied().unwrap_or(0.0),
            neighbour: nearest
                .and_then(|(_, other)| line(&columns[other].0, other, &learned(other), &own)),
        }
    }

    fn median(&self, _columns: &[Numbers], _at: usize) -> f64 {
        self.median
    }

    fn model(&self, columns: &[Numbers], at: usize) -> f64 {
        let said = self
            .neighbour
            .as_ref()
            .map(|line| line.offset + line.slope * columns[line.column].2[at]);
        said.filter(|value| !value.is_nan()).unwrap_or(self.median)
    }
}

/// Returns the line of least squares that says `other` by `one`, where both are known.
fn line(name: &str, column: usize, one: &[f64], other: &[f64]) -> Option<Line> {
    let known = || {
        one.iter()
            .zip(other)
            .filter(|(one, other)| !one.is_nan() && !other.is_nan())
    };
    let count = known().count() as f64;
    let mean_one = known().map(|(one, _)| one).sum::<f64>() / count;
    let mean_other = known().map(|(_, other)| other).sum::<f64>() / count;
    let spread: f64 = known().map(|(one, _)| (one - mean_one).powi(2)).sum();
    let shared: f64 = known()
        .map(|(one, other)| (one - mean_one) * (other - mean_other))
        .sum();
    let slope = shared / spread;
    slope.is_finite().then(|| Line {
        column,
        name: name.to_owned(),
        slope,
        offset: mean_other - slope * mean_one,
    })
}

fn filled(
    plain: &[Numbers],
    fills: &[Fill],
    value: impl Fn(&Fill, &[Numbers], usize) -> f64,
) -> Vec<Numbers> {
    let mut columns = plain.to_vec();
    for fill in fills {
        for (at, slot) in columns[fill.column].2.iter_mut().enumerate() {
            if slot.is_nan() {
                *slot = value(fill, plain, at);
            }
        }
    }
    columns
}

/// A probe of the numbers as they are, and what its mistakes cost.
struct Judged<'a> {
    data: &'a Data<'a>,
    split: &'a Split,
    sheet: CostSheet,
    margins: Vec<f64>,
    malicious: Vec<bool>,
    campaigns: Vec<u32>,
    cost: f64,
}

impl<'a> Judged<'a> {
    fn new(data: &'a Data<'_>, split: &'a Split, plain: &[Numbers]) -> Option<Self> {
        let (margins, asked) = data
            .matrix_margins(&Matrix::new(plain), &split.train, &split.test)
            .ok()?;
        let sheet = data.sheet();
        let malicious: Vec<bool> = asked
            .iter()
            .map(|at| data.malicious[*at as usize])
            .collect();
        let cost = least_cost(&Ranking::new(&margins, &malicious).ok()?, &sheet)?;
        Some(Self {
            campaigns: asked
                .iter()
                .map(|at| data.campaigns()[*at as usize])
                .collect(),
            data,
            split,
            sheet,
            margins,
            malicious,
            cost,
        })
    }

    /// Returns what 1,000 events cost more if the probe sees other columns.
    fn dearer(&self, columns: &[Numbers]) -> Option<Difference> {
        let matrix = Matrix::new(columns);
        let (margins, _) = self
            .data
            .matrix_margins(&matrix, &self.split.train, &self.split.test)
            .ok()?;
        let pair = Pair {
            first: &self.margins,
            second: &margins,
            malicious: &self.malicious,
            groups: Some(&self.campaigns),
        };
        paired_bootstrap(RESAMPLES, self.data.seed, &pair, |ranking| {
            least_cost(ranking, &self.sheet)
        })
        .ok()
    }

    fn finding(&self, names: &[&str], outcomes: &[Difference], fills: &[Fill]) -> Finding {
        let words = [
            "a flag that says so",
            "the median",
            "a line through another column",
        ];
        let gains = |outcome: &Difference| {
            -outcome.value > ERRORS_MIN * (outcome.high - outcome.low) / ERRORS_OF_INTERVAL
        };
        let best = (0..outcomes.len()).filter(|at| gains(&outcomes[*at]));
        let best =
            best.min_by(|one, other| outcomes[*one].value.total_cmp(&outcomes[*other].value));
        let costs = words
            .iter()
            .zip(outcomes)
            .map(|(word, outcome)| format!("{word} {:.1}", self.cost + outcome.value));
        let kept = best.map_or("leave them as they are", |best| words[best]);
        let title = format!(
            "1,000 events cost {:.1} {} with missing numbers as they are, {}: {kept}",
            self.cost,
            self.sheet.currency,
            costs.collect::<Vec<String>>().join(", ")
        );
        let remedy = best.map_or_else(
            || Remedy::advice("leave them as they are: a forest reads a gap as a value of its own, and nothing else is surely cheaper"),
            |best| self.remedy(best, fills),
        );
        let effect = best.map_or_else(
            || Effect::exact("cost of 1,000 events", self.cost),
            |best| {
                let Difference {
                    value, low, high, ..
                } = outcomes[best];
                Effect::estimated("change of the cost of 1,000 events", value, [low, high])
            },
        );
        Finding::new(
            TREATMENT,
            Severity::Note,
            Subject::columns(names.iter().copied()),
            title,
            remedy,
        )
        .meaning(format!(
            "Measured by probes that learned {} and were asked about {}.",
            self.split.learned, self.split.asked
        ))
        .effect(effect)
    }

    /// Returns the lines that write a treatment into the task.
    fn remedy(&self, best: usize, fills: &[Fill]) -> Remedy {
        let advice = "write the columns into the task";
        let is_taken = |name: &str| self.data.columns.get(name).is_some();
        // An expression can only ask whether something stands in a column whose name needs no quotes.
        let fills = fills
            .iter()
            .filter(|fill| lines::is_plain(&fill.name) && is_taken(&fill.name));
        let mut derived = Vec::new();
        let mut replaced = Vec::new();
        for fill in fills {
            let name = &fill.name;
            let own = format!("double({name})");
            let (suffix, expression) = match (best, &fill.neighbour) {
                (0, _) => ("missing", format!("!has(fields.{name})")),
                (2, Some(line)) if lines::is_plain(&line.name) && is_taken(&line.name) => (
                    "filled",
                    format!(
                        "has(fields.{name}) ? {own} : {} + {} * double({})",
                        line.offset, line.slope, line.name
                    ),
                ),
                _ => (
                    "filled",
                    format!("has(fields.{name}) ? {own} : {}", fill.median),
                ),
            };
            derived.push((free_name(&format!("{name}_{suffix}"), is_taken), expression));
            if best > 0 {
                replaced.push(name);
            }
        }
        if derived.is_empty() {
            return Remedy::advice(advice);
        }
        let mut text = lines::derived(
            derived
                .iter()
                .map(|(name, expression)| (name.as_str(), expression.as_str())),
        );
        if !replaced.is_empty() {
            text = format!("{}\n\n{text}", lines::drop(replaced));
        }
        Remedy::task(advice, text)
    }
}

/// Returns what 1,000 events of the traffic cost at the threshold at which they cost least.
fn least_cost(ranking: &Ranking, sheet: &CostSheet) -> Option<f64> {
    let (benign, malicious) = (ranking.benign() as f64, ranking.malicious() as f64);
    if benign * malicious <= 0.0 {
        return None;
    }
    let cost = |(caught, alarms): (u64, u64)| {
        let missed =
            sheet.malicious_share * sheet.false_negative * (1.0 - caught as f64 / malicious);
        let alarmed = (1.0 - sheet.malicious_share) * sheet.false_positive * alarms as f64 / benign;
        1_000.0 * (missed + alarmed)
    };
    let steps = ranking
        .steps()
        .iter()
        .map(|step| (step.true_positives, step.false_positives));
    std::iter::once((0, 0))
        .chain(steps)
        .map(cost)
        .min_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cheapest_threshold_is_found() {
        let sheet = CostSheet {
            malicious_share: 0.5,
            false_negative: 10.0,
            false_positive: 1.0,
            ..CostSheet::default()
        };
        let ranking =
            Ranking::new(&[0.9, 0.8, 0.7, 0.1], &[true, false, true, false]).expect("two classes");
        // Both are caught for one false alarm in two benign events.
        assert!((least_cost(&ranking, &sheet).expect("two classes") - 250.0).abs() < 1e-9);
        let alone = Ranking::new(&[0.1], &[false]).expect("one class");
        assert_eq!(least_cost(&alone, &sheet), None);
    }

    #[test]
    fn gaps_are_filled_by_the_line_or_else_the_median() {
        let gap = f64::NAN;
        let columns = vec![
            (
                "x".to_owned(),
                SignalType::Number,
                vec![1.0, 2.0, 3.0, 4.0, gap, gap],
            ),
            (
                "y".to_owned(),
                SignalType::Number,
                vec![3.0, 5.0, 7.0, 9.0, 11.0, gap],
            ),
        ];
        let fill = Fill::new(&columns, 0, &[0, 1, 2, 3, 4, 5]);
        let by_line = filled(&columns, std::slice::from_ref(&fill), Fill::model);
        let near = |found: f64, expected: f64| {
            assert!((found - expected).abs() < 1e-9, "{found} {expected}");
        };
        near(by_line[0].2[4], 5.0);
        near(by_line[0].2[5], 3.0);
        near(filled(&columns, &[fill], Fill::median)[0].2[4], 3.0);
    }
}
