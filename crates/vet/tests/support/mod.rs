//! Data for tests: a file's text through the real intake.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::io::Cursor;
use std::sync::Arc;

use ringtrue_core::random::mix;
use ringtrue_core::{Event, EventTime, Kind, Limits, PseudonymKey, RowBlock, Task};
use ringtrue_intake::reader::{compile_derived, derive, left_out};
use ringtrue_intake::source::{Opening, Pace, open};
use ringtrue_intake::table::TableFit;
use ringtrue_intake::text::TextParameters;
use ringtrue_intake::{EventBuilder, Mapping, ReaderSpec, Reading, SignalReader};
use ringtrue_model::train::TrainParameters;
use ringtrue_model::{TokenSource, Tokens};
use ringtrue_vet::{Data, Given, Sample, SampleSize, Sampled, Traits};

/// When the data of tests is vetted.
pub(crate) fn now() -> EventTime {
    EventTime::from_date(2026, 1, 1)
}

struct Kept(Vec<Vec<u32>>);

impl TokenSource for Kept {
    fn tokens(&self, position: usize, tokens: &mut Vec<u32>) {
        tokens.clear();
        tokens.extend(&self.0[position]);
    }
}

/// Reads `text` (CSV or NDJSON) as `task` says, and hands the data to `each`. Traits are those that `name` gives an evidence's text.
pub(crate) fn with_data<T>(
    task: &Task,
    text: &str,
    name: impl Fn(&str) -> Vec<String>,
    each: impl FnOnce(&Data<'_>) -> T,
) -> T {
    let sample = sampled(task, text);
    let observed = sample.observed();
    let mut events = sample.finish();
    let reader = reader(task, &mut events);
    let width = reader.schema().signals.len();
    let mut rows = RowBlock::of_missing(reader.digest(), width, events.len(), reader.precision());
    let (mut tokens, mut entity) = (Vec::new(), Vec::new());
    for (position, sampled) in events.iter().enumerate() {
        let mut reading = Reading::default();
        reader.read(&sampled.event, &mut reading);
        rows.set(position, reading.row());
        tokens.push(reading.tokens);
        entity.push(reading.entity);
    }
    let texts: Vec<String> = events.iter().map(|it| evidence(&it.event)).collect();
    let parameters = TrainParameters::default();
    let kept = Kept(tokens);
    let tokens = Tokens::new(&kept, events.len(), parameters.bits, 1 << 28);
    let traits = Traits::new(texts.iter().map(|text| name(text)));
    let read = reader.columns_of_input().map(str::to_owned).collect();
    each(&Data::new(Given {
        task,
        now: now(),
        seed: 1,
        threads: 2,
        parameters: &parameters,
        events: &events,
        observed,
        schema: reader.schema(),
        rows: &rows,
        tokens: &tokens,
        entity: &entity,
        texts: &texts,
        traits: &traits,
        read: &read,
    }))
}

fn sampled(task: &Task, text: &str) -> Sample {
    let mut sample = Sample::new(SampleSize {
        copies: task.vetting.copies,
        ..SampleSize::default()
    });
    let opening = Opening {
        format: None,
        expected: task.kind.into(),
        pace: Pace::Whole,
        limits: Limits::default(),
    };
    let mut source = open(Box::new(Cursor::new(text.to_owned().into_bytes())), opening).unwrap();
    let mut row = 0;
    while let Some(batch) = source.next_batch().unwrap() {
        let mut mapping = Mapping::default();
        mapping.extend(&batch.columns, task);
        let key = PseudonymKey::new([1; 32]);
        let columns = Arc::clone(&batch.columns);
        let builder = EventBuilder::new(task, key, now(), columns, mapping, &Limits::default());
        for record in &batch.records {
            // What intake refuses is set aside.
            let Ok(event) = builder.build(record) else {
                continue;
            };
            let content = evidence(&event)
                .bytes()
                .fold(7, |hash, byte| mix(hash ^ u64::from(byte)));
            sample.observe(&event, row, content);
            row += 1;
        }
    }
    sample
}

/// Makes the reader of the events, and appends their derived columns to them.
fn reader(task: &Task, events: &mut [Sampled]) -> SignalReader {
    let limits = Limits::default();
    let mut fit = TableFit::new(left_out(task), task.columns.types.clone(), &limits);
    if task.kind != Kind::Table {
        fit.only(task.derived.iter().map(|(name, _)| name.clone()).collect());
    }
    let derived = compile_derived(&task.derived).unwrap();
    for sampled in events {
        derive(&derived, &mut sampled.event);
        fit.observe(&sampled.event);
    }
    let spec = ReaderSpec {
        kind: task.kind,
        derived: task.derived.clone(),
        table: fit.finish(),
        foreign: None,
        habits: None,
        email: task.email.clone(),
        text: TextParameters::default(),
        limits,
    };
    SignalReader::new(spec).unwrap()
}

/// Returns the evidence of an event as a text; the fields of a table's row.
fn evidence(event: &Event) -> String {
    if let Some(field) = event.kind.evidence() {
        return event.value(field).text().unwrap().to_string();
    }
    let values: Vec<String> = event
        .fields
        .iter()
        .map(|field| format!("{:?}", field.value))
        .collect();
    values.join("\n")
}
