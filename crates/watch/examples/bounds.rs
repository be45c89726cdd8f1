//! Prints how often bounds hold the truth of simulated streams, and how wide they are, as the tables of docs/benchmarks.md.
//!
//! ```text
//! cargo run --release -p ringtrue-watch --example bounds
//! ```

#![expect(clippy::print_stdout, reason = "its output is its purpose")]

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use ringtrue_watch::Band;

#[path = "../tests/stream/mod.rs"]
mod stream;

use stream::{Change, FIGURES, STAKES, Stream, holds, of_audit, of_scores, reference};

const STREAMS: u64 = 200;
const STEPS: [u64; 3] = [10_000, 100_000, 1_000_000];

/// What came of a figure at one step, over all streams.
#[derive(Clone, Copy, Default)]
struct Sum {
    told: u64,
    held: u64,
    width: f64,
}

impl Sum {
    /// Adds a band; its width counts in units of `unit`.
    fn add(&mut self, band: Option<Band>, (truth, unit): (f64, f64)) {
        if let Some(band) = band.filter(|_| truth.is_finite()) {
            self.told += 1;
            self.held += u64::from(holds(Some(band), truth));
            self.width += (band.high - band.low) / unit;
        }
    }

    fn cell(&self) -> String {
        let Self { told, held, width } = *self;
        if told == 0 {
            return "0".to_owned();
        }
        format!("{held} of {told}, {:.2e}", width / told as f64)
    }
}

/// What came of a kind of stream.
#[derive(Default)]
struct Found {
    /// Streams whose truth the audit's bounds held at every step.
    held: u64,
    audited: [[Sum; FIGURES.len()]; STEPS.len()],
    label_free: [[Sum; FIGURES.len()]; STEPS.len()],
}

fn one(seed: u64, kind: (f64, Change), found: &Mutex<Found>) {
    let known = reference(seed);
    let mut stream = Stream::new(50_000 + seed, kind, STEPS[STEPS.len() - 1]);
    let mut is_held = true;
    for (at, until) in STEPS.into_iter().enumerate() {
        while stream.seen < until {
            stream.step();
            is_held &= stream.is_held();
        }
        let truth = stream.figures();
        let [audited, label_free] = [
            of_audit(&stream.audited.finish(&STAKES)),
            of_scores(&stream.estimate(&known)),
        ];
        if let Ok(mut found) = found.lock() {
            for figure in 0..FIGURES.len() {
                // A cost counts as a part of the true one.
                let is_cost = FIGURES[figure] == "cost_per_day";
                let truth = (truth[figure], if is_cost { truth[figure] } else { 1.0 });
                found.audited[at][figure].add(audited[figure], truth);
                found.label_free[at][figure].add(label_free[figure], truth);
            }
        }
    }
    if let Ok(mut found) = found.lock() {
        found.held += u64::from(is_held);
    }
}

fn all(kind: (f64, Change)) -> Option<Found> {
    let (found, next) = (Mutex::new(Found::default()), AtomicU64::new(0));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= STREAMS {
                        break;
                    }
                    one(seed, kind, &found);
                }
            });
        }
    });
    found.into_inner().ok()
}

/// Prints what came of some bounds of a kind of stream, figure by figure.
fn print(row: &str, found: &[[Sum; FIGURES.len()]; STEPS.len()]) {
    for (figure, title) in FIGURES.iter().enumerate() {
        let cells = found.each_ref().map(|step| step[figure].cell());
        if cells.iter().any(|cell| cell != "0") {
            println!("| {row} | {title} | {} |", cells.join(" | "));
        }
    }
}

fn main() {
    println!("| malicious | stream | bounds | figure | 1e4 events | 1e5 | 1e6 |");
    println!("|---|---|---|---|---|---|---|");
    for share in [1e-2, 1e-3] {
        for change in [
            Change::Mix,
            Change::Covariates,
            Change::Midway,
            Change::Unsure,
        ] {
            let Some(found) = all((share, change)) else {
                return;
            };
            let row = |bounds: &str| format!("{share} | {change:?} | {bounds}");
            let held = format!("{} of {STREAMS}", found.held);
            println!("| {} | all, at every step | | | {held} |", row("audited"));
            print(&row("audited"), &found.audited);
            if matches!(change, Change::Mix | Change::Covariates) {
                print(&row("label-free"), &found.label_free);
            }
        }
    }
}
