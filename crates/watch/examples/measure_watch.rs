//! Measures how fast verdicts are watched: binned, counted in windows of two threads, merged and compared with a reference, and how much
//! memory that takes. Takes the number of events (1,000,000 unless told otherwise), of signals (60) and of threads (2).
//!
//! Events are made in advance, 10,000 of them, and come again and again with other ids and times.

#![expect(clippy::print_stdout, reason = "printing figures is what it is for")]
#![expect(
    clippy::disallowed_methods,
    reason = "a clock, threads and the kernel's figures are what it measures with"
)]

use std::error::Error;
use std::time::Instant;

use ringtrue_core::cost::Prices;
use ringtrue_core::random::Random;
use ringtrue_core::verdict::Thresholds;
use ringtrue_core::{EventId, EventTime, Label, Row};
use ringtrue_watch::{Capacity, Every, Known, Likeness, Plan, Reference, Windows};

const MADE: usize = 10_000;
/// One event in ten scores like a malicious one.
const MALICIOUS: f64 = 0.1;
const CAPACITY: Capacity = Capacity {
    alerts_a_day: 40.0,
    events_a_day: 1e6,
    prices: Prices {
        false_positive: 10.0,
        false_negative: 1_000.0,
        review: 5.0,
    },
};

struct Made {
    rows: Vec<Vec<f32>>,
    scores: Vec<f64>,
    texts: Vec<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let number = |at: usize, usual: u64| {
        let told = std::env::args().nth(at);
        told.map_or(Ok(usual), |text| text.parse::<u64>())
    };
    let (events, signals, threads) = (number(1, 1_000_000)?, number(2, 60)?, number(3, 2)?);
    let made = made(usize::try_from(signals)?);
    let plan = Plan {
        signals: (0..signals)
            .map(|at| (format!("signal {at}"), true))
            .collect(),
        thresholds: Thresholds {
            review: 0.6,
            block: 0.9,
        },
    };
    let reference = Reference::of(&plan, MADE, |at| known(&made, at as u64))?;
    println!("reference: {} bytes", reference.to_bytes()?.len());
    let begun = Instant::now();
    let parts: Vec<Windows> = std::thread::scope(|scope| {
        let parts: Vec<_> = (0..threads)
            .map(|part| {
                let (made, reference) = (&made, &reference);
                let each = (part..events).step_by(usize::try_from(threads).unwrap_or(1));
                scope.spawn(move || {
                    let mut windows = Windows::new(Every::Month);
                    for at in each {
                        windows.add(reference, &reference.see(&known(made, at)));
                    }
                    windows
                })
            })
            .collect();
        parts
            .into_iter()
            .filter_map(|part| part.join().ok())
            .collect()
    });
    let counted = begun.elapsed().as_secs_f64();
    let mut whole = Windows::new(Every::Month);
    for part in &parts {
        whole.merge(&reference, part);
    }
    let reports = whole.finish(&reference, CAPACITY);
    let all = begun.elapsed().as_secs_f64();
    let seen: u64 = reports.iter().map(|it| it.events).sum();
    println!(
        "{seen} events of {signals} signals, {threads} threads: counted in {counted:.2} s, told in {all:.2} s; {:.2} s a million on a core; {}",
        counted * threads as f64 * 1e6 / seen as f64,
        peak()
    );
    Ok(())
}

fn made(signals: usize) -> Made {
    let mut random = Random::new(5);
    let row = |random: &mut Random| {
        (0..signals)
            .map(|_| random.exponential(1.0) as f32)
            .collect()
    };
    Made {
        rows: (0..MADE).map(|_| row(&mut random)).collect(),
        scores: (0..MADE)
            .map(|at| is_malicious(at as u64).mul_add(0.5, random.unit() / 2.0))
            .collect(),
        texts: (0..MADE)
            .map(|at| {
                format!(
                    "https://host-{}.example/path/{:x}/index.html?from=mail&user={at}",
                    at % 100,
                    random.next()
                )
            })
            .collect(),
    }
}

fn is_malicious(at: u64) -> f64 {
    f64::from(u8::from(Random::new(at % MADE as u64).chance(MALICIOUS)))
}

fn known(made: &Made, at: u64) -> Known<'_> {
    let place = usize::try_from(at % MADE as u64).unwrap_or(0);
    let day = 1 + i8::try_from(at % 28).unwrap_or(0);
    Known {
        id: EventId(u128::from(at).to_be_bytes()),
        time: Some(EventTime::from_date(
            2027,
            1 + i8::try_from(at % 3).unwrap_or(0),
            day,
        )),
        row: Row::from(made.rows[place].as_slice()),
        score: made.scores[place],
        label: Some(if is_malicious(at) > 0.5 {
            Label::Malicious
        } else {
            Label::Benign
        }),
        source: Some("proxy"),
        is_outside: false,
        likeness: Some(Likeness::Text(&made.texts[place])),
    }
}

/// Returns the most memory that the program held, as the kernel tells it.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    line.map_or_else(
        || "peak unknown".to_owned(),
        |line| format!("peak{}", line.trim_start_matches("VmHWM")),
    )
}
