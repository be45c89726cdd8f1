//! Measures what watching costs: CPU per event of counting verdicts with 60 signals into windows, on two states that are merged, and
//! the process's peak memory. Takes the number of verdicts (1,000,000 unless told otherwise).

#![expect(clippy::print_stdout, reason = "printing figures is what it is for")]

use std::error::Error;

use ringtrue_core::random::Random;
use ringtrue_core::verdict::Thresholds;
use ringtrue_core::{EventId, EventTime, Label, Row};
use ringtrue_watch::{Capacity, Every, Known, Likeness, Plan, Reference, Windows};

const SIGNALS: usize = 60;
/// Events of the reference.
const JUDGED: usize = 20_000;
/// Verdicts a window.
const WINDOW: u64 = 50_000;
const SOURCES: [&str; 3] = ["proxy", "mail-gateway", "endpoint"];

fn main() -> Result<(), Box<dyn Error>> {
    let verdicts: u64 = std::env::args()
        .nth(1)
        .map_or(Ok(1_000_000), |text| text.parse())?;
    let mut random = Random::new(1);
    let judged: Vec<Verdict> = (0..JUDGED).map(|_| verdict(&mut random)).collect();
    let plan = Plan {
        signals: (0..SIGNALS)
            .map(|number| (format!("signal_{number}"), true))
            .collect(),
        thresholds: Thresholds {
            review: 0.9,
            block: 0.99,
        },
    };
    let reference = Reference::of(&plan, judged.len(), |at| known(at as u64, &judged[at]))?;

    let drawn = cpu_seconds()?;
    for _ in 0..verdicts {
        std::hint::black_box(verdict(&mut random));
    }
    let start = cpu_seconds()?;
    let mut states = [(); 2].map(|()| Windows::new(Every::Events(WINDOW)));
    for at in 0..verdicts {
        let seen = reference.see(&known(at, &verdict(&mut random)));
        states[usize::from(at % 2 == 1)].add(&reference, &seen);
    }
    let counted = cpu_seconds()?;
    let [mut one, other] = states;
    one.merge(&reference, &other);
    let reports = one.finish(
        &reference,
        Capacity {
            alerts_a_day: 40.0,
            events_a_day: 1e6,
            prices: ringtrue_core::CostSheet::default().prices(),
        },
    );
    let finished = cpu_seconds()?;
    println!(
        "{verdicts} verdicts, {SIGNALS} signals: counted in {:.2} s of CPU (drawing them, {:.2} s, taken off), {} windows merged and reported in {:.2} s, {} MB at the most",
        counted - start - (start - drawn),
        start - drawn,
        reports.len(),
        finished - counted,
        peak_megabytes()?
    );
    Ok(())
}

struct Verdict {
    row: [f32; SIGNALS],
    score: f64,
    text: String,
}

fn verdict(random: &mut Random) -> Verdict {
    let mut row = [0.0; SIGNALS];
    for value in &mut row {
        #[expect(clippy::cast_possible_truncation, reason = "rows are of 32 bits")]
        let drawn = random.unit() as f32;
        *value = if drawn < 0.05 { f32::NAN } else { drawn };
    }
    let (campaign, page) = (random.below(1_000), random.next());
    Verdict {
        row,
        score: random.unit(),
        text: format!(
            "https://host-{campaign}.example/news/{page:x}/index.html?from=mail&user={page}"
        ),
    }
}

fn known(at: u64, verdict: &Verdict) -> Known<'_> {
    let is_malicious = verdict.score > 0.95;
    Known {
        id: EventId(u128::from(at).to_be_bytes()),
        time: i64::try_from(at).ok().map(EventTime),
        row: Row::Single(&verdict.row),
        score: verdict.score,
        label: Some(if is_malicious {
            Label::Malicious
        } else {
            Label::Benign
        }),
        source: SOURCES.get((at % 3) as usize).copied(),
        is_outside: at.is_multiple_of(1_000),
        likeness: Some(Likeness::Text(&verdict.text)),
    }
}

/// Returns the CPU seconds of this process.
fn cpu_seconds() -> Result<f64, Box<dyn Error>> {
    let text = std::fs::read_to_string("/proc/self/schedstat")?;
    let nanoseconds: f64 = text.split(' ').next().unwrap_or("0").parse()?;
    Ok(nanoseconds / 1e9)
}

/// Returns the most memory that this process has held, in MB.
fn peak_megabytes() -> Result<u64, Box<dyn Error>> {
    let text = std::fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next());
    Ok(kilobytes.ok_or("no peak is told")?.parse::<u64>()? / 1_000)
}
