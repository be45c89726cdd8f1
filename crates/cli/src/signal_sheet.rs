//! The data sheet of signals: what intake computes of the events that checks look at, by class, source and month.
//!
//! A table's signals are its columns, which the data sheet of all events tells already.

use std::sync::Arc;

use ringtrue_core::signal::SignalType;
use ringtrue_core::{Cell, Kind, Limits, RowBlock, SignalSchema, View};
use ringtrue_vet::profile::{Shortened, Summary};
use ringtrue_vet::{Profile, Sampled};

use crate::page::{CORRELATION_MIN, revealed_sheet};
use crate::revealed::Revealed;

/// What is told of each signal: there are a hundred, and a sheet of all sources, months and pairs would be ten times as long as what was found.
const TOLD: Shortened = Shortened {
    sources: 5,
    period_share: 0.01,
    frequent: 5,
    correlation: CORRELATION_MIN,
};

/// Profiles the signals of `events`; `None` for tables, and where the reader may not see what signals are computed of.
pub(crate) fn of(
    events: &[Sampled],
    schema: &SignalSchema,
    rows: &RowBlock,
    revealed: Revealed<'_>,
) -> Option<Summary> {
    let kind = events.first()?.event.kind;
    if kind == Kind::Table || revealed.hides_evidence() {
        return None;
    }
    let names: Arc<[Arc<str>]> = schema
        .signals
        .iter()
        .map(|signal| Arc::from(signal.name.as_str()))
        .collect();
    let mut profile = Profile::new(&Limits::default());
    for (row, sampled) in events.iter().enumerate() {
        let event = &sampled.event;
        let cell = |(signal, declared): (usize, &ringtrue_core::SignalDeclaration)| {
            cell(rows.get(row, signal), declared.signal_type)
        };
        profile.observe(&View {
            cells: schema.signals.iter().enumerate().map(cell).collect(),
            ..View::of(event, &names)
        });
    }
    Some(revealed_sheet(profile.finish().shortened(&TOLD), revealed))
}

fn cell(value: f64, signal_type: SignalType) -> Cell<'static> {
    match signal_type {
        _ if value.is_nan() => Cell::Missing,
        SignalType::Flag => Cell::Boolean(value > 0.0),
        SignalType::Number | SignalType::Category => Cell::Number(value),
    }
}
