//! What an entity's past events say: how many there were in a window, what it usually does, how many of them were found malicious.
//!
//! A sample takes the classes at different rates. Events are therefore counted only as often as the class that was taken least: else a count would tell
//! the label. An event never counts itself, nor others of the same moment.

use ringtrue_core::random::mix;
use ringtrue_core::signal::SignalType;
use ringtrue_core::{Kind, Label};

use super::candidate::Inputs;
use super::judge::Numbers;
use crate::check::variables::is_called_identifier;
use crate::columns::{Column, Values};
use crate::data::Data;

/// Days of the windows.
const WINDOW_DAYS: [i64; 3] = [1, 7, 30];
/// Days after which a label is taken to be known: a week, as where card fraud is reported.
const LABEL_DAYS: i64 = 7;
/// Entities below which a column's past tells little beyond the column.
const ENTITIES_MIN: usize = 20;
/// Events of an entity, on average, below which it has no past.
const EVENTS_OF_ENTITY_MIN: f64 = 3.0;
/// Columns of entities that are looked at; those of the most entities.
const ENTITY_COLUMNS_MAX: usize = 4;
/// Numbers whose usual value is compared; those that say most of the label.
const USUAL_MAX: usize = 2;
const DAY_MICROS: i64 = 86_400_000_000;

/// Columns of one kind about an entity's past events.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Window {
    /// The column of the entity.
    pub(super) entity: String,
    /// What is told, in words that a sentence can start with.
    pub(super) words: String,
    /// Each column, in words.
    pub(super) columns: Vec<String>,
    /// Each column's number for each event.
    pub(super) values: Vec<Vec<f64>>,
    /// Share of the events that were counted.
    pub(super) counted_share: f64,
}

impl Window {
    pub(super) fn numbers(&self) -> Vec<Numbers> {
        let columns = self.columns.iter().zip(&self.values);
        columns
            .map(|(name, values)| (name.clone(), SignalType::Number, values.clone()))
            .collect()
    }
}

/// Returns what the past says of each column of entities, for tables whose events have times.
pub(super) fn windows(data: &Data<'_>, inputs: &Inputs<'_>) -> Vec<Window> {
    let timed = data.times.iter().flatten().count();
    if data.kind() != Kind::Table || timed * 2 <= data.len() {
        return Vec::new();
    }
    let counted = Counted::of(data);
    let entities = entities(data);
    entities
        .iter()
        .flat_map(|entity| entity.windows(data, inputs, &counted))
        .collect()
}

/// Which events count, so that both classes count alike.
struct Counted {
    counts: Vec<bool>,
    /// How many events of the input one of each class stands for.
    weights: [f64; 2],
    share: f64,
}

impl Counted {
    fn of(data: &Data<'_>) -> Self {
        let weights =
            [Label::Benign, Label::Malicious].map(|label| data.stands_for(label).max(1.0));
        let most = weights[0].max(weights[1]);
        let counts = (0..data.len()).map(|at| {
            let keep = weights[usize::from(data.malicious[at])] / most;
            // The same events whatever else is drawn.
            let drawn = (mix(data.seed ^ mix(at as u64)) >> 11) as f64 / (1_u64 << 53) as f64;
            drawn < keep
        });
        Self {
            counts: counts.collect(),
            weights,
            share: 1.0 / most,
        }
    }
}

/// A column that says who, by number.
struct Entity {
    name: String,
    members: Vec<Vec<u32>>,
}

fn entities(data: &Data<'_>) -> Vec<Entity> {
    let of_group =
        (!data.groups.names.is_empty()).then(|| (group_name(data), data.groups.of.clone()));
    let columns = data
        .columns
        .all
        .iter()
        .filter(|column| names_somebody(column));
    let of_columns = columns.map(|column| (column.name.to_string(), numbered(&column.values)));
    let mut entities: Vec<Entity> = of_group
        .into_iter()
        .chain(of_columns)
        .filter_map(|(name, of)| {
            let count = of.iter().filter(|number| **number != Values::NONE).max()?;
            let mut members = vec![Vec::new(); *count as usize + 1];
            for (position, number) in (0_u32..).zip(&of) {
                let is_timed = data.times[position as usize].is_some();
                if is_timed && let Some(members) = members.get_mut(*number as usize) {
                    members.push(position);
                }
            }
            members.retain(|members| !members.is_empty());
            let events: usize = members.iter().map(Vec::len).sum();
            let has_past = events as f64 >= EVENTS_OF_ENTITY_MIN * members.len() as f64;
            (has_past && members.len() >= ENTITIES_MIN).then_some(Entity { name, members })
        })
        .collect();
    entities.sort_by(|one, other| {
        other
            .members
            .len()
            .cmp(&one.members.len())
            .then_with(|| one.name.cmp(&other.name))
    });
    entities.truncate(ENTITY_COLUMNS_MAX);
    entities
}

fn group_name(data: &Data<'_>) -> String {
    data.task
        .columns
        .group
        .clone()
        .unwrap_or_else(|| "group".to_owned())
}

/// Words that signals read, or anything that is called an identifier.
fn names_somebody(column: &Column) -> bool {
    let is_words = matches!(column.values, Values::Words { .. });
    is_called_identifier(&column.name)
        || is_words && column.is_read && column.values.numbers().is_none()
}

fn numbered(values: &Values) -> Vec<u32> {
    if let Values::Words { of, .. } = values {
        return of.clone();
    }
    let codes = values.codes();
    let mut distinct: Vec<f64> = codes
        .iter()
        .copied()
        .filter(|code| !code.is_nan())
        .collect();
    distinct.sort_unstable_by(f64::total_cmp);
    distinct.dedup();
    let number = |code: &f64| {
        let place = distinct.partition_point(|known| known < code);
        if code.is_nan() {
            Values::NONE
        } else {
            u32::try_from(place).unwrap_or(Values::NONE)
        }
    };
    codes.iter().map(number).collect()
}

/// What is summed over past events: each event's part.
type Part<'a> = &'a dyn Fn(usize) -> f64;

impl Entity {
    fn windows(&self, data: &Data<'_>, inputs: &Inputs<'_>, counted: &Counted) -> Vec<Window> {
        let own = |words: String, columns: Vec<String>, values: Vec<Vec<f64>>| Window {
            entity: self.name.clone(),
            words,
            columns,
            values,
            counted_share: counted.share,
        };
        let count: Part<'_> = &|at| f64::from(u8::from(counted.counts[at]));
        let counts = WINDOW_DAYS.map(|days| self.sums(data, count, days, 0));
        let columns = WINDOW_DAYS.map(|days| {
            format!(
                "the number of events of the same `{}` in the {days} days before",
                self.name
            )
        });
        let activity = format!("counts of the past events of the same `{}`", self.name);
        let mut windows = vec![own(activity, columns.into(), counts.into())];
        windows.extend(self.usual(data, inputs, counted).map(|(columns, values)| {
            own(
                format!("numbers beside what is usual for the same `{}`", self.name),
                columns,
                values,
            )
        }));
        let (columns, values) = self.confirmed(data, counted);
        windows.push(own(
            format!(
                "shares of malicious past events of the same `{}`",
                self.name
            ),
            columns,
            values,
        ));
        windows
    }

    /// Returns for each event the sum over the entity's events of the days before it, less the last few of them.
    fn sums(&self, data: &Data<'_>, part: Part<'_>, days: i64, delay_days: i64) -> Vec<f64> {
        let mut sums = vec![f64::NAN; data.len()];
        for members in &self.members {
            let times: Vec<i64> = members
                .iter()
                .map(|at| data.times[*at as usize].map_or(i64::MIN, |time| time.0))
                .collect();
            let mut before = Vec::with_capacity(members.len() + 1);
            before.push(0.0);
            for at in members {
                before.push(before.last().copied().unwrap_or(0.0) + part(*at as usize));
            }
            for (at, time) in members.iter().zip(&times) {
                let until = time.saturating_sub(delay_days * DAY_MICROS);
                let from = until.saturating_sub(days * DAY_MICROS);
                let [start, end] =
                    [from, until].map(|moment| times.partition_point(|time| *time < moment));
                sums[*at as usize] = before[end] - before[start];
            }
        }
        sums
    }

    /// Returns numbers over the entity's mean of the last thirty days.
    fn usual(
        &self,
        data: &Data<'_>,
        inputs: &Inputs<'_>,
        counted: &Counted,
    ) -> Option<(Vec<String>, Vec<Vec<f64>>)> {
        let days = WINDOW_DAYS[2];
        let numbers = inputs
            .numbers
            .iter()
            .filter(|(place, _)| *data.columns.all[*place].name != self.name);
        let (columns, values): (Vec<String>, Vec<Vec<f64>>) = numbers
            .filter(|(place, _)| !is_called_identifier(&data.columns.all[*place].name))
            .take(USUAL_MAX)
            .map(|(place, numbers)| {
                let counts = |at: usize| counted.counts[at] && !numbers[at].is_nan();
                let sum = self.sums(data, &|at| if counts(at) { numbers[at] } else { 0.0 }, days, 0);
                let count = self.sums(data, &|at| f64::from(u8::from(counts(at))), days, 0);
                let ratio = |at: usize| {
                    let ratio = numbers[at] / (sum[at] / count[at]);
                    if ratio.is_finite() { ratio } else { f64::NAN }
                };
                let name = &data.columns.all[*place].name;
                let words = format!("`{name}` over its mean among events of the same `{}` in the {days} days before", self.name);
                (words, (0..data.len()).map(ratio).collect())
            })
            .unzip();
        (!columns.is_empty()).then_some((columns, values))
    }

    /// Returns shares of malicious events among those whose label was known by then.
    fn confirmed(&self, data: &Data<'_>, counted: &Counted) -> (Vec<String>, Vec<Vec<f64>>) {
        let weight = |at: usize| counted.weights[usize::from(data.malicious[at])];
        let malicious = |at: usize| if data.malicious[at] { weight(at) } else { 0.0 };
        let shares = [WINDOW_DAYS[1], WINDOW_DAYS[2]].map(|days| {
            let all = self.sums(data, &weight, days, LABEL_DAYS);
            let of_malicious = self.sums(data, &malicious, days, LABEL_DAYS);
            let share = |at: usize| if all[at] > 0.0 { of_malicious[at] / all[at] } else { f64::NAN };
            let words = format!(
                "the share of malicious events of the same `{}` in the {days} days that end {LABEL_DAYS} days before, as labels become known",
                self.name
            );
            (words, (0..data.len()).map(share).collect())
        });
        shares.into_iter().unzip()
    }
}
