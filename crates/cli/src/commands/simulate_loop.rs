//! `ringtrue simulate --loop`: what comes of policies of retraining when attackers answer to the filter.

use clap::ValueEnum;
use ringtrue_core::{EventTime, Kind, Task};

use crate::args::SimulateLoop;
use crate::commands::print_json;
use crate::failure::{Exit, OrFail, Outcome};
use crate::journey::all_threads;
use crate::page::{self, LoopTold};
use crate::progress::Bar;
use crate::pursuing::{Chase, Played, Policy, Summed, chase};

/// The first month of every pursuit.
const START: (i16, i8) = (2024, 1);
/// What mistakes cost here, and what the traffic is like: every twentieth event is malicious, so that a cycle of a few thousand events supports
/// figures, and people can look at every hundredth.
const FALSE_POSITIVE: f64 = 100.0;
const FALSE_NEGATIVE: f64 = 1_000.0;
const EVENTS_PER_DAY: f64 = 10_000.0;
const MALICIOUS_SHARE: f64 = 0.05;
const ALERTS_PER_DAY: f64 = 100.0;

/// Runs `simulate --loop`.
pub(crate) fn run(arguments: &SimulateLoop) -> Outcome {
    let mut policies = arguments.policies.clone();
    if policies.is_empty() {
        policies = Policy::value_variants().to_vec();
    }
    policies.sort_unstable();
    policies.dedup();
    let task = task();
    let played = play(arguments, &task, &policies)?;
    let summed: Vec<Summed> = policies
        .iter()
        .map(|policy| Summed::of(*policy, &played))
        .collect();
    let told = LoopTold {
        task: &task,
        arguments,
        played: &played,
        summed: &summed,
    };
    let document = page::loop_document(&told);
    if let Some(out) = &arguments.out {
        page::write(&document, out)?;
    }
    if arguments.json {
        print_json(&page::loop_data(&told))?;
    } else {
        page::summarize(&document)?;
    }
    Ok(Exit::Done)
}

/// Plays every seed under every policy.
fn play(arguments: &SimulateLoop, task: &Task, policies: &[Policy]) -> Outcome<Vec<Played>> {
    let asked = Chase {
        task,
        policies,
        cycles: arguments.cycles,
        events_per_cycle: arguments.events,
        start: EventTime::from_date(START.0, START.1, 1),
        window: arguments.window,
        floor: arguments.floor as usize,
        audit_share: arguments.audit_share,
    };
    let steps = u64::from(arguments.seeds) * u64::from(arguments.cycles) * policies.len() as u64;
    let bar = Bar::new("pursuing", steps);
    let threads = arguments.threads.unwrap_or(all_threads() as usize);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.or_fail(|| format!("{threads} threads cannot be started"))?;
    let mut played = Vec::new();
    for seed in (arguments.seed..).take(arguments.seeds as usize) {
        played.extend(pool.install(|| chase(&asked, seed, &|| bar.advance(1)))?);
    }
    Ok(played)
}

/// Returns the task that the detectors of the loop are for.
fn task() -> Task {
    let mut task = Task::assumed(Kind::Url);
    "loop".clone_into(&mut task.name);
    task.costs.false_positive = FALSE_POSITIVE;
    task.costs.false_negative = FALSE_NEGATIVE;
    task.traffic.events_per_day = EVENTS_PER_DAY;
    task.traffic.malicious_share = MALICIOUS_SHARE;
    task.capacity.alerts_per_day = ALERTS_PER_DAY;
    task
}
