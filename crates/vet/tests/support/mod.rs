//! Data for tests: a file's text through the real intake.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::io::Cursor;
use std::sync::Arc;

use ringtrue_core::{EventTime, Limits, PseudonymKey, RowBlock, Task};
use ringtrue_intake::reader::left_out;
use ringtrue_intake::source::{Opening, Pace, open};
use ringtrue_intake::table::TableFit;
use ringtrue_intake::text::TextParameters;
use ringtrue_intake::{EventBuilder, Mapping, ReaderSpec, Reading, SignalReader};
use ringtrue_model::train::TrainParameters;
use ringtrue_model::{TokenSource, Tokens};
use ringtrue_vet::{Data, Given, Sample, SampleSize, Traits};

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
            let event = builder
                .build(record)
                .unwrap_or_else(|refused| panic!("{}", refused.reason));
            let evidence = event
                .fields
                .iter()
                .map(|field| format!("{:?}\n", field.value));
            let evidence: String = evidence.collect();
            sample.observe(
                &event,
                row,
                evidence.bytes().fold(7, |hash, byte| {
                    ringtrue_core::random::mix(hash ^ u64::from(byte))
                }),
            );
            row += 1;
        }
    }
    let observed = sample.observed();
    let mut events = sample.finish();
    let spec = ReaderSpec {
        kind: task.kind,
        derived: task.derived.clone(),
        table: {
            let mut fit = TableFit::new(
                left_out(task),
                task.columns.types.clone(),
                &Limits::default(),
            );
            if task.kind != ringtrue_core::Kind::Table {
                fit.only(task.derived.iter().map(|(name, _)| name.clone()).collect());
            }
            let derived = ringtrue_intake::reader::compile_derived(&task.derived).unwrap();
            for sampled in &mut events {
                ringtrue_intake::reader::derive(&derived, &mut sampled.event);
                fit.observe(&sampled.event);
            }
            fit.finish()
        },
        foreign: None,
        habits: None,
        email: task.email.clone(),
        text: TextParameters::default(),
        limits: Limits::default(),
    };
    let reader = SignalReader::new(spec).unwrap();
    let mut rows = RowBlock::of_missing(
        reader.digest(),
        reader.schema().signals.len(),
        events.len(),
        reader.precision(),
    );
    let (mut tokens, mut entity, mut texts, mut traits) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (position, sampled) in events.iter().enumerate() {
        let mut reading = Reading::default();
        reader.read(&sampled.event, &mut reading);
        rows.set(position, reading.row());
        tokens.push(reading.tokens);
        entity.push(reading.entity);
        let text = match task.kind.evidence() {
            Some(field) => sampled.event.value(field).text().unwrap().to_string(),
            None => sampled
                .event
                .fields
                .iter()
                .map(|field| format!("{:?}\n", field.value))
                .collect(),
        };
        traits.push(name(&text));
        texts.push(text);
    }
    let parameters = TrainParameters::default();
    let kept = Kept(tokens);
    let tokens = Tokens::new(&kept, events.len(), parameters.bits, 1 << 28);
    let traits = Traits::new(traits);
    let read = reader.columns_of_input().map(str::to_owned).collect();
    let data = Data::new(Given {
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
    });
    each(&data)
}
