//! Times a detector of URLs from the raw text to the verdict, in memory, on one thread.
//!
//! ```text
//!   DETECTOR + URLS.txt ──► one JSON line: URLs a second (CPU) in batches, microseconds of one URL alone
//! ```
//!
//! Everything that serving a URL needs is in the time: making the event, parsing, signals, tokens, models, calibration,
//! threshold and scope. Reading the file and writing the verdicts are not.

use std::collections::BTreeMap;
use std::fs;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use ringtrue_core::{Event, Field, Kind, Trust, Value};
use ringtrue_intake::{ReaderSpec, Reading, SignalReader};
use ringtrue_model::{Detector, Scored};

const REPEATS: usize = 5;
const EVENTS_AT_ONCE: usize = 512;
const READ_AT_ONCE: usize = 32;

fn main() -> Result<()> {
    let paths: Vec<String> = std::env::args().skip(1).collect();
    let [folder, urls] = paths.as_slice() else {
        anyhow::bail!("usage: url DETECTOR URLS.txt");
    };
    let scorer = Scorer::read(folder)?;
    let text = fs::read_to_string(urls)?;
    let urls: Vec<&str> = text.lines().collect();
    let (mut fastest, mut room) = (f64::INFINITY, Room::default());
    for _ in 0..REPEATS {
        let begin = thread_seconds()?;
        for urls in urls.chunks(EVENTS_AT_ONCE) {
            black_box(scorer.score(urls, &mut room));
        }
        fastest = fastest.min(thread_seconds()? - begin);
    }
    let [half, most] = alone(&scorer, &urls);
    println!(
        "{{\"urls\": {}, \"urls_per_cpu_second\": {:.0}, \"us_per_url\": {:.2}, \"us_alone_p50\": {half:.1}, \"us_alone_p99\": {most:.1}}}",
        urls.len(),
        urls.len() as f64 / fastest,
        fastest * 1e6 / urls.len() as f64,
    );
    Ok(())
}

/// Room for what is read of each URL; used again.
#[derive(Default)]
struct Room {
    readings: Vec<Reading>,
    /// The tokens of a few.
    tokens: Vec<Vec<u32>>,
}

struct Scorer {
    detector: Detector,
    reader: SignalReader,
    name: Arc<str>,
}

impl Scorer {
    fn read(folder: &str) -> Result<Self> {
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.file_name().context("a file without a name")?.to_string_lossy().into_owned();
            files.insert(name, fs::read(&path)?);
        }
        let detector = Detector::from_files(&files)?;
        let spec: ReaderSpec = serde_json::from_value(detector.reader.clone())?;
        let reader = SignalReader::new(spec)?;
        Ok(Self { detector, reader, name: Arc::from("url") })
    }

    /// From URLs to verdicts.
    fn score(&self, urls: &[&str], room: &mut Room) -> Vec<(Scored, bool)> {
        let model = &self.detector.model;
        let Room { readings, tokens } = room;
        readings.resize_with(readings.len().max(urls.len()), Reading::default);
        tokens.resize(READ_AT_ONCE, Vec::new());
        let mut linear = Vec::with_capacity(urls.len());
        // A few at a time, step by step, as `ringtrue score` does it.
        for (urls, readings) in urls.chunks(READ_AT_ONCE).zip(readings.chunks_mut(READ_AT_ONCE)) {
            for ((url, reading), tokens) in urls.iter().zip(readings).zip(tokens.iter_mut()) {
                std::mem::swap(tokens, &mut reading.tokens);
                let mut event = self.event(url);
                self.reader.derive(&mut event);
                self.reader.read(&event, reading);
                std::mem::swap(tokens, &mut reading.tokens);
            }
            let tokens = &mut tokens[..urls.len()];
            tokens.iter_mut().for_each(|tokens| model.to_buckets(tokens));
            linear.extend(tokens.iter().map(|tokens| model.linear_margin(tokens)));
        }
        let rows = readings.iter().take(urls.len());
        let margins = model.margins(rows.map(Reading::row), &linear);
        let each = readings.iter().zip(margins);
        each.map(|(reading, margin)| (self.detector.answer(margin), self.detector.gap(reading.row()).is_none())).collect()
    }

    fn event(&self, url: &str) -> Event {
        Event {
            kind: Kind::Url,
            time: None,
            label_known: None,
            label: None,
            source: None,
            trust: Trust::Own,
            family: None,
            group: None,
            fields: vec![Field { name: Arc::clone(&self.name), value: Value::Text(Arc::from(url)) }],
        }
    }
}

/// Returns the microseconds of half and of 99 % of the calls with one URL at most; best of several repeats.
fn alone(scorer: &Scorer, urls: &[&str]) -> [f64; 2] {
    let (mut shortest, mut room) = ([f64::INFINITY; 2], Room::default());
    for _ in 0..REPEATS {
        let mut times: Vec<f64> = urls
            .iter()
            .take(20_000)
            .map(|url| {
                let begin = Instant::now();
                black_box(scorer.score(std::slice::from_ref(url), &mut room));
                begin.elapsed().as_secs_f64() * 1e6
            })
            .collect();
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times[(share * (times.len() - 1) as f64) as usize];
        shortest = [shortest[0].min(at(0.5)), shortest[1].min(at(0.99))];
    }
    shortest
}

/// Returns the seconds that this thread has run for.
fn thread_seconds() -> Result<f64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds: f64 = text.split(' ').next().context("schedstat is empty")?.parse()?;
    Ok(nanoseconds / 1e9)
}
