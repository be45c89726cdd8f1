//! From a profile's state to its summary.

use std::collections::BTreeMap;

use super::column::{Column, Stratum};
use super::drift::{PartOf, between};
use super::moments::Moments;
use super::quantiles::{Quantiles, Sorted};
use super::slices::{Period, Slice};
use super::state::{Profile, Source};
use super::summary::{
    ColumnKind, ColumnSummary, Correlation, Distinct, FrequentValue, Group, Histogram, Numbers,
    Part, Summary,
};
use crate::sample::CLASSES;

/// Values that come most often, at most.
const FREQUENT_MAX: usize = 12;
/// Bins of a histogram.
const BINS: usize = 24;
/// Share of the numbers that the outermost bins hold beyond their edges, at each end.
const BEYOND: f64 = 0.005;
/// Pairs of columns that are named, at most.
const PAIRS_MAX: usize = 4_096;
/// The quantiles that are told.
const SHARES: [f64; 9] = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99];
/// What the classes are called.
const CLASS_NAMES: [&str; CLASSES] = ["benign", "malicious", "undecided"];

impl Profile {
    /// Returns what the profile comes to.
    #[must_use]
    pub fn finish(mut self) -> Summary {
        self.settle();
        let slices: Vec<(Slice, usize, u64)> = self.slices.all().collect();
        let periods = periods(&slices);
        let later = later_from(&periods);
        let (distinct, error) = self.repeats.distinct();
        let frame = Frame {
            slices: &slices,
            sources: &self.sources,
            later,
            events: self.events,
        };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a whole number of events"
        )]
        let copies = self.events.saturating_sub(distinct.round() as u64);
        Summary {
            events: self.events,
            by_class: by_class(&slices),
            sources: sources(&self.sources),
            later_from: later.map(Period::name),
            periods: periods
                .iter()
                .map(|(period, by_class)| Part {
                    name: period.name(),
                    by_class: *by_class,
                })
                .collect(),
            distinct_events: Distinct {
                count: distinct,
                relative_error: error,
            },
            copies,
            columns: self
                .columns
                .iter()
                .map(|column| frame.column(column))
                .collect(),
            correlations: correlations(&self),
            uncorrelated: uncorrelated(&self.columns),
        }
    }
}

/// Returns what each class holds of a column.
fn groups_of_classes(classes: &[PartOf]) -> Vec<Group> {
    let named = classes.iter().zip(CLASS_NAMES);
    named
        .filter(|(part, _)| part.events > 0)
        .map(|(part, name)| group(name.to_owned(), part))
        .collect()
}

fn by_class(slices: &[(Slice, usize, u64)]) -> [u64; CLASSES] {
    let mut by_class = [0; CLASSES];
    for (slice, _, events) in slices
        .iter()
        .filter(|(slice, ..)| slice.period == Period::All)
    {
        by_class[slice.class] += events;
    }
    by_class
}

/// Returns the periods with their events by class, in order.
fn periods(slices: &[(Slice, usize, u64)]) -> Vec<(Period, [u64; CLASSES])> {
    let mut periods: BTreeMap<Period, [u64; CLASSES]> = BTreeMap::new();
    for (slice, _, events) in slices
        .iter()
        .filter(|(slice, ..)| slice.period != Period::All)
    {
        periods.entry(slice.period).or_default()[slice.class] += events;
    }
    periods.into_iter().collect()
}

/// Returns the period with which the later half of the events begins. Events without a time are not compared with those that have one.
fn later_from(periods: &[(Period, [u64; CLASSES])]) -> Option<Period> {
    let has_months = periods
        .iter()
        .any(|(period, _)| matches!(period, Period::Month(_)));
    let told = periods.iter().filter(|(period, _)| match period {
        Period::Month(_) => true,
        Period::Part(_) => !has_months,
        Period::All | Period::Others => false,
    });
    let told: Vec<(Period, u64)> = told
        .map(|(period, by_class)| (*period, by_class.iter().sum()))
        .collect();
    let half = told.iter().map(|(_, events)| events).sum::<u64>() / 2;
    let mut before = 0;
    let mut best: Option<(u64, Period)> = None;
    for (period, events) in &told {
        let apart = half.abs_diff(before);
        if before > 0 && best.is_none_or(|(least, _)| apart < least) {
            best = Some((apart, *period));
        }
        before += events;
    }
    best.map(|(_, period)| period)
}

fn sources(sources: &[Source]) -> Vec<Part> {
    let mut parts: Vec<Part> = sources
        .iter()
        .map(|source| Part {
            name: name_of(source),
            by_class: source.by_class,
        })
        .collect();
    parts.sort_by_key(|part| {
        (
            std::cmp::Reverse(part.by_class.iter().sum::<u64>()),
            part.name.clone(),
        )
    });
    parts
}

fn name_of(source: &Source) -> String {
    source
        .name
        .clone()
        .unwrap_or_else(|| "other sources".to_owned())
}

fn correlations(profile: &Profile) -> Vec<Correlation> {
    // Of numbers among times and words nobody knows what their mean would mean.
    let is_one = |column: &&Column| {
        let kind = kind_of(column);
        matches!(
            kind,
            ColumnKind::Boolean | ColumnKind::Number | ColumnKind::Time
        )
    };
    let slotted = profile.columns.iter().filter(is_one);
    let slotted = slotted.filter_map(|column| Some((column.slot?, column.size(), column)));
    let slotted: Vec<(usize, f64, &Column)> = slotted.collect();
    let mut pairs = Vec::new();
    for (place, (left, left_size, of)) in slotted.iter().enumerate() {
        for (right, right_size, with) in slotted.iter().skip(place + 1) {
            let sizes = [*left_size, *right_size];
            if let Some((pearson, events)) = profile.co_moments.pearson([*left, *right], sizes) {
                pairs.push(Correlation {
                    left: of.name.clone(),
                    right: with.name.clone(),
                    pearson,
                    events,
                });
            }
        }
    }
    pairs.sort_by(|left, right| {
        let size = right.pearson.abs().total_cmp(&left.pearson.abs());
        size.then_with(|| (&left.left, &left.right).cmp(&(&right.left, &right.right)))
    });
    pairs.truncate(PAIRS_MAX);
    pairs
}

fn uncorrelated(columns: &[Column]) -> Vec<String> {
    let beyond = columns
        .iter()
        .filter(|column| column.slot.is_none() && kind_of(column) == ColumnKind::Number);
    beyond.map(|column| column.name.clone()).collect()
}

fn kind_of(column: &Column) -> ColumnKind {
    let kinds = column.kinds;
    let by_kind = [
        (kinds.booleans, ColumnKind::Boolean),
        (kinds.numbers, ColumnKind::Number),
        (kinds.times, ColumnKind::Time),
        (kinds.words, ColumnKind::Word),
    ];
    let mut there = by_kind.into_iter().filter(|(count, _)| *count > 0);
    match (there.next(), there.next()) {
        (None, _) => ColumnKind::Empty,
        (Some((_, kind)), None) => kind,
        (Some(_), Some(_)) => ColumnKind::Mixed,
    }
}

/// What the columns of a profile have in common.
struct Frame<'a> {
    slices: &'a [(Slice, usize, u64)],
    sources: &'a [Source],
    later: Option<Period>,
    events: u64,
}

impl Frame<'_> {
    fn column(&self, column: &Column) -> ColumnSummary {
        let classes: Vec<PartOf> = (0..CLASSES)
            .map(|class| self.part(column, |slice| slice.class == class))
            .collect();
        let mut whole = Stratum::default();
        for class in &classes {
            whole.merge(&class.stratum);
        }
        let sorted = whole.quantiles.sorted();
        ColumnSummary {
            name: column.name.clone(),
            kind: kind_of(column),
            missing: self.events.saturating_sub(whole.present),
            distinct: distinct(column),
            numbers: numbers(&whole.moments, &sorted),
            frequent: frequent(column),
            frequent_lacking: column.frequent.lacking(),
            by_class: groups_of_classes(&classes),
            by_source: self.by_source(column),
            by_period: self.by_period(column),
            histogram: histogram(&whole.moments, &sorted, &classes),
            drift: self.later.and_then(|later| self.drift(column, later)),
        }
    }

    /// Puts the slices of a column that are wanted together. Events are those of the slices in which it is counted: by period, or by class alone.
    fn part(&self, column: &Column, is_wanted: impl Fn(Slice) -> bool) -> PartOf {
        let mut part = PartOf::default();
        for (slice, number, events) in self.slices.iter().filter(|(slice, ..)| is_wanted(*slice)) {
            if slice.period != Period::All {
                part.events += events;
            }
            if let Some(Some(stratum)) = column.strata.get(*number) {
                part.stratum.merge(stratum);
            }
        }
        part
    }

    /// Returns whether the column's periods are told apart.
    fn is_by_period(&self, column: &Column) -> bool {
        let coarse = self
            .slices
            .iter()
            .filter(|(slice, ..)| slice.period == Period::All);
        !coarse
            .into_iter()
            .any(|(_, number, _)| matches!(column.strata.get(*number), Some(Some(_))))
    }

    fn by_period(&self, column: &Column) -> Vec<Group> {
        if !self.is_by_period(column) {
            return Vec::new();
        }
        let periods = periods(self.slices).into_iter();
        let groups = periods.map(|(period, _)| {
            group(
                period.name(),
                &self.part(column, |slice| slice.period == period),
            )
        });
        groups.collect()
    }

    fn by_source(&self, column: &Column) -> Vec<Group> {
        let numbered = self.sources.iter().enumerate();
        let mut groups: Vec<Group> = numbered
            .map(|(number, source)| {
                let from = column.sources.get(number).copied().unwrap_or_default();
                let events: u64 = source.by_class.iter().sum();
                Group {
                    name: name_of(source),
                    events,
                    missing: events.saturating_sub(from.present),
                    mean: (from.moments.count > 0).then_some(from.moments.mean),
                    deviation: from.moments.deviation(),
                    quartiles: None,
                }
            })
            .collect();
        groups.sort_by(|left, right| {
            right
                .events
                .cmp(&left.events)
                .then_with(|| left.name.cmp(&right.name))
        });
        groups
    }

    fn drift(&self, column: &Column, later: Period) -> Option<super::drift::Drift> {
        if !self.is_by_period(column) {
            return None;
        }
        let is_like =
            |period: Period| std::mem::discriminant(&period) == std::mem::discriminant(&later);
        let before = self.part(column, |slice| {
            is_like(slice.period) && slice.period < later
        });
        let after = self.part(column, |slice| {
            is_like(slice.period) && slice.period >= later
        });
        Some(between(&before, &after))
    }
}

fn group(name: String, part: &PartOf) -> Group {
    let PartOf { stratum, events } = part;
    Group {
        name,
        events: *events,
        missing: events.saturating_sub(stratum.present),
        mean: (stratum.moments.count > 0).then_some(stratum.moments.mean),
        deviation: stratum.moments.deviation(),
        quartiles: quartiles(&stratum.quantiles),
    }
}

fn quartiles(quantiles: &Quantiles) -> Option<[f64; 3]> {
    let sorted = quantiles.sorted();
    Some([
        sorted.quantile(0.25)?,
        sorted.quantile(0.5)?,
        sorted.quantile(0.75)?,
    ])
}

fn distinct(column: &Column) -> Distinct {
    match (column.frequent.exact(), &column.registers) {
        (Some(count), _) => Distinct {
            count: count as f64,
            relative_error: 0.0,
        },
        (None, Some(registers)) => Distinct {
            count: registers.estimate().round(),
            relative_error: registers.error(),
        },
        (None, None) => Distinct {
            count: 0.0,
            relative_error: 0.0,
        },
    }
}

fn numbers(moments: &Moments, sorted: &Sorted) -> Option<Numbers> {
    if moments.count == 0 {
        return None;
    }
    let quantile = |share: f64| {
        Some((
            share,
            sorted.quantile(share)?.clamp(moments.min, moments.max),
        ))
    };
    Some(Numbers {
        count: moments.count,
        min: moments.min,
        max: moments.max,
        mean: moments.mean,
        deviation: moments.deviation(),
        quantiles: SHARES.into_iter().filter_map(quantile).collect(),
    })
}

fn frequent(column: &Column) -> Vec<FrequentValue> {
    let ranked = column.frequent.ranked().into_iter().take(FREQUENT_MAX);
    ranked
        .map(|entry| FrequentValue {
            value: entry.shown.clone(),
            count: entry.count,
            by_class: entry.by_class,
        })
        .collect()
}

/// Bins the numbers of each class equally wide, between those beyond which few lie.
fn histogram(moments: &Moments, sorted: &Sorted, classes: &[PartOf]) -> Option<Histogram> {
    let (mut low, mut high) = (sorted.quantile(BEYOND)?, sorted.quantile(1.0 - BEYOND)?);
    if low >= high {
        (low, high) = (moments.min, moments.max);
    }
    if low >= high {
        return None;
    }
    let step = (high - low) / BINS as f64;
    let edges: Vec<f64> = (0..=BINS).map(|edge| low + step * edge as f64).collect();
    let mut by_class: [Vec<f64>; CLASSES] = Default::default();
    for (counts, class) in by_class.iter_mut().zip(classes) {
        let sorted = class.stratum.quantiles.sorted();
        let all = class.stratum.moments.count as f64;
        let mut below = 0.0;
        for edge in edges.iter().skip(1) {
            let is_last = counts.len() + 1 == BINS;
            let up_to = if is_last {
                1.0
            } else {
                sorted.share_up_to(*edge)
            };
            counts.push(if all > 0.0 {
                ((up_to - below) * all).max(0.0)
            } else {
                0.0
            });
            below = up_to;
        }
    }
    Some(Histogram { edges, by_class })
}
