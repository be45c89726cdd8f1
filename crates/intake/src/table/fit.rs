//! Reads the columns' types, categories, bins and counts off the training events, in one pass and
//! memory that does not grow with the events.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ringtrue_core::random::Random;
use ringtrue_core::task::{ColumnType, same_name};
use ringtrue_core::{Event, EventTime, Limits, Value};

use super::column::{COUNT_BUCKETS, boolean, bucket, number};
use super::{EncodedColumn, Encoding, TableEncoder};
use crate::reader::LeftOut;

/// Values of a column that are kept to place its bins.
const SAMPLE_VALUES: usize = 4_096;
/// Bins of a number for the linear model.
const BINS: usize = 32;
/// Share of a column's values that may miss its type.
const STRAY_SHARE_MAX: f64 = 0.01;

/// A pass over the training events.
pub struct TableFit {
    left_out: LeftOut,
    only: Option<BTreeSet<String>>,
    stated: BTreeMap<String, ColumnType>,
    categories_max: usize,
    order: Vec<Arc<str>>,
    columns: BTreeMap<Arc<str>, Option<ColumnFit>>,
}

impl TableFit {
    /// Starts a pass. Columns in `left_out` get no signal; a type in `stated` is not guessed, in whichever
    /// case its column is written.
    #[must_use]
    pub fn new(left_out: LeftOut, stated: BTreeMap<String, ColumnType>, limits: &Limits) -> Self {
        Self {
            left_out,
            only: None,
            stated,
            categories_max: limits.categories_max,
            order: Vec::new(),
            columns: BTreeMap::new(),
        }
    }

    /// Looks at these columns only.
    pub fn only(&mut self, columns: BTreeSet<String>) {
        self.only = Some(columns);
    }

    fn looks_at(&self, column: &str) -> bool {
        !self.left_out.contains(column)
            && self.only.as_ref().is_none_or(|only| only.contains(column))
    }

    /// Takes in one training event.
    pub fn observe(&mut self, event: &Event) {
        for field in &event.fields {
            if !self.columns.contains_key(&field.name) {
                let fit = self.looks_at(&field.name).then(|| {
                    self.order.push(Arc::clone(&field.name));
                    ColumnFit::new(self.order.len() as u64)
                });
                self.columns.insert(Arc::clone(&field.name), fit);
            }
            if let Some(Some(column)) = self.columns.get_mut(&field.name) {
                column.observe(&field.value, self.categories_max);
            }
        }
    }

    /// Returns the encoder; a column without any value in training is left out.
    #[must_use]
    pub fn finish(self) -> TableEncoder {
        let Self {
            stated,
            order,
            mut columns,
            categories_max,
            ..
        } = self;
        let columns = order
            .into_iter()
            .filter_map(|name| {
                let column = columns.remove(&name)?.filter(|column| column.present > 0)?;
                let column_type =
                    stated_type(&stated, &name).unwrap_or_else(|| column.guess(categories_max));
                Some(EncodedColumn {
                    name: name.to_string(),
                    encoding: column.encode(column_type),
                    attacker: None,
                })
            })
            .collect();
        TableEncoder { columns }
    }
}

fn stated_type(stated: &BTreeMap<String, ColumnType>, column: &str) -> Option<ColumnType> {
    let in_any_case = || stated.iter().find(|(name, _)| same_name(name, column));
    let exact = stated.get(column);
    exact
        .or_else(|| in_any_case().map(|(_, stated)| stated))
        .copied()
}

struct ColumnFit {
    present: u64,
    numbers: u64,
    booleans: u64,
    times: u64,
    distinct: BTreeSet<Arc<str>>,
    counts: Vec<u32>,
    sample: Vec<f32>,
    random: Random,
}

impl ColumnFit {
    fn new(seed: u64) -> Self {
        Self {
            present: 0,
            numbers: 0,
            booleans: 0,
            times: 0,
            distinct: BTreeSet::new(),
            counts: Vec::new(),
            sample: Vec::new(),
            random: Random::new(seed),
        }
    }

    fn observe(&mut self, value: &Value, categories_max: usize) {
        let Some(text) = value.text() else { return };
        self.present = self.present.saturating_add(1);
        if let Some(number) = number(value) {
            self.numbers = self.numbers.saturating_add(1);
            self.keep(number);
        } else if EventTime::parse(&text).is_ok() {
            self.times = self.times.saturating_add(1);
        }
        if boolean(value).is_some() {
            self.booleans = self.booleans.saturating_add(1);
        }
        if self.counts.is_empty() {
            self.counts = vec![0; COUNT_BUCKETS];
        }
        if let Some(count) = self.counts.get_mut(bucket(&text)) {
            *count = count.saturating_add(1);
        }
        if self.distinct.len() <= categories_max && !self.distinct.contains(&text) {
            self.distinct.insert(text);
        }
    }

    /// Keeps a uniform sample of the numbers (Vitter's reservoir, algorithm R, 1985).
    fn keep(&mut self, number: f32) {
        if self.sample.len() < SAMPLE_VALUES {
            self.sample.push(number);
        } else {
            let place = usize::try_from(self.random.below(self.numbers)).unwrap_or(usize::MAX);
            if let Some(slot) = self.sample.get_mut(place) {
                *slot = number;
            }
        }
    }

    fn guess(&self, categories_max: usize) -> ColumnType {
        let nearly_all = |count: u64| count as f64 >= (1.0 - STRAY_SHARE_MAX) * self.present as f64;
        // One other value makes it no flag: what is not 0 or 1 would be missing, and may be the evidence.
        if self.booleans == self.present {
            ColumnType::Boolean
        } else if nearly_all(self.numbers) {
            ColumnType::Number
        } else if nearly_all(self.times) {
            ColumnType::Time
        } else if self.distinct.len() <= categories_max {
            ColumnType::Category
        } else {
            ColumnType::Text
        }
    }

    fn encode(self, column_type: ColumnType) -> Encoding {
        match column_type {
            ColumnType::Number => Encoding::Number {
                edges: edges(self.sample),
            },
            ColumnType::Boolean => Encoding::Boolean,
            ColumnType::Category => Encoding::Category {
                values: self.distinct.iter().map(ToString::to_string).collect(),
            },
            ColumnType::Time => Encoding::Time,
            ColumnType::Text => Encoding::Text {
                counts: self.counts,
            },
        }
    }
}

/// Returns the distinct quantiles of `sample` that part it into [`BINS`] bins.
fn edges(mut sample: Vec<f32>) -> Vec<f32> {
    sample.sort_by(f32::total_cmp);
    let mut edges: Vec<f32> = (1..BINS)
        .filter_map(|bin| sample.get(sample.len().saturating_mul(bin) / BINS).copied())
        .collect();
    edges.dedup();
    edges
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reader::left_out;
    use ringtrue_core::{Field, Kind, Task, Trust};

    fn event(fields: &[(&str, &str)]) -> Event {
        Event {
            kind: Kind::Table,
            time: None,
            label_known: None,
            label: None,
            source: None,
            trust: Trust::Own,
            family: None,
            group: None,
            fields: fields
                .iter()
                .map(|(name, value)| Field {
                    name: (*name).into(),
                    value: if value.is_empty() {
                        Value::Missing
                    } else {
                        Value::Text((*value).into())
                    },
                })
                .collect(),
        }
    }

    fn stated() -> BTreeMap<String, ColumnType> {
        BTreeMap::from([("ZIP".to_owned(), ColumnType::Category)])
    }

    fn fit(events: &[Event]) -> TableEncoder {
        let limits = Limits {
            categories_max: 3,
            ..Limits::default()
        };
        let mut fit = TableFit::new(left_out(&Task::assumed(Kind::Table)), stated(), &limits);
        for event in events {
            fit.observe(event);
        }
        fit.finish()
    }

    #[test]
    fn types_are_read_off_the_events() {
        let events: Vec<Event> = (0..10)
            .map(|n| {
                event(&[
                    ("Event_ID", "x"),
                    ("bytes", &format!("{n}.5")),
                    ("root", if n % 2 == 0 { "0" } else { "1" }),
                    ("proto", if n % 2 == 0 { "tcp" } else { "udp" }),
                    ("at", "2019-07-01"),
                    ("agent", &format!("agent {n}")),
                    ("zip", if n % 2 == 0 { "1" } else { "2" }),
                    ("empty", ""),
                ])
            })
            .collect();
        let types: Vec<String> = fit(&events)
            .columns
            .iter()
            .map(|column| {
                let json = serde_json::to_value(&column.encoding).unwrap();
                format!(
                    "{}:{}",
                    column.name,
                    json.get("type").unwrap().as_str().unwrap()
                )
            })
            .collect();
        assert_eq!(
            types,
            [
                "bytes:number",
                "root:boolean",
                "proto:category",
                "at:time",
                "agent:text",
                "zip:category"
            ]
        );
    }

    /// One connection in a thousand has three wrong fragments, and each of these is an attack.
    #[test]
    fn a_column_of_zeros_and_ones_with_one_other_number_is_a_number() {
        let value = |n: usize| match n {
            999 => "3",
            n if n % 7 == 0 => "1",
            _ => "0",
        };
        let events: Vec<Event> = (0..1_000).map(|n| event(&[("wrong", value(n))])).collect();
        let encoder = fit(&events);
        let mut row = Vec::new();
        encoder.signals(events.last().unwrap(), &mut row);
        assert_eq!(row, [3.0]);
        let flags: Vec<Event> = (0..999).map(|n| event(&[("wrong", value(n))])).collect();
        assert!(matches!(
            fit(&flags).columns.first().unwrap().encoding,
            Encoding::Boolean
        ));
    }

    #[test]
    fn rows_have_the_schema_s_width() {
        let events = [event(&[("a", "1"), ("b", "word"), ("c", "2019-01-01")])];
        let encoder = fit(&events);
        let mut row = Vec::new();
        encoder.signals(&event(&[("b", "other")]), &mut row);
        assert_eq!(row.len(), encoder.schema().signals.len());
    }
}
