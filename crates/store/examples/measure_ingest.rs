//! Measures what an ingest of generated URL events costs: CPU per event of pushing, committing,
//! repeating and reading, and the process's peak memory. Takes the number of events (100,000 unless
//! told otherwise) and a folder for the store.

#![expect(clippy::print_stdout, reason = "printing figures is what it is for")]

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use ringtrue_core::random::Random;
use ringtrue_core::{Event, EventTime, Field, Kind, Label, Trust, Value};
use ringtrue_store::{EventQuery, IngestSource, Store};

const BATCH: u64 = 8_192;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let count: u64 = arguments.next().map_or(Ok(100_000), |text| text.parse())?;
    let folder = arguments
        .next()
        .map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = folder.join(format!("ringtrue-measure-{}", std::process::id()));
    let store = Store::open(&folder)?;

    let start = cpu_seconds()?;
    generate(count, |_| Ok(()))?;
    let generated = cpu_seconds()? - start;
    for pass in ["ingest", "again "] {
        let start = cpu_seconds()?;
        let mut ingest = store.begin_ingest(&IngestSource {
            name: "generated".to_owned(),
            digest: None,
            task: None,
        })?;
        generate(count, |events| Ok(ingest.push(events)?))?;
        let pushed = cpu_seconds()?;
        let summary = ingest.commit()?;
        let committed = cpu_seconds()?;
        let each = |seconds: f64| seconds * 1e6 / count as f64;
        println!(
            "{pass} {count} events: push {:.2} us, commit {:.2} us, added {}, repeated {}, peak {} MiB",
            each(pushed - start - generated),
            each(committed - pushed),
            summary.added,
            summary.repeated,
            peak_mebibytes()?,
        );
    }
    let start = cpu_seconds()?;
    let mut read = 0;
    for batch in store.read_events(&EventQuery::default())? {
        read += batch?.len();
    }
    let each = (cpu_seconds()? - start) * 1e6 / count as f64;
    let bytes: u64 = store.segments()?.iter().map(|segment| segment.bytes).sum();
    println!(
        "read   {read} events: {each:.2} us; {} bytes an event on disk",
        bytes / count
    );
    drop(store);
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

/// Makes `count` URL events of a typical shape, batch by batch.
fn generate(
    count: u64,
    mut take: impl FnMut(&[Event]) -> Result<(), Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let mut random = Random::new(7);
    let (name, source) = (Arc::from("url"), Arc::from("proxy"));
    let mut batch = Vec::new();
    for number in 0..count {
        let url = format!(
            "https://host{}.example/{:x}/page?id={:x}&session={:016x}",
            random.below(50_000),
            random.below(1 << 20),
            random.below(1 << 30),
            random.next(),
        );
        batch.push(Event {
            kind: Kind::Url,
            time: Some(EventTime(
                1_561_939_200_000_000 + i64::try_from(number)? * 1_000,
            )),
            label_known: None,
            label: Some(if random.chance(0.1) {
                Label::Malicious
            } else {
                Label::Benign
            }),
            source: Some(Arc::clone(&source)),
            trust: Trust::Synthetic,
            family: None,
            group: None,
            fields: vec![Field {
                name: Arc::clone(&name),
                value: Value::Text(Arc::from(url)),
            }],
        });
        if batch.len() as u64 == BATCH {
            take(&batch)?;
            batch.clear();
        }
    }
    take(&batch)
}

/// Returns the CPU seconds that this process has used.
fn cpu_seconds() -> Result<f64, Box<dyn Error>> {
    let text = std::fs::read_to_string("/proc/self/schedstat")?;
    let nanoseconds: f64 = text.split(' ').next().unwrap_or("0").parse()?;
    Ok(nanoseconds / 1e9)
}

/// Returns the most memory that this process has held, in MiB.
fn peak_mebibytes() -> Result<u64, Box<dyn Error>> {
    let text = std::fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes: u64 = line
        .unwrap_or("0 kB")
        .trim()
        .trim_end_matches(" kB")
        .parse()?;
    Ok(kibibytes / 1_024)
}
