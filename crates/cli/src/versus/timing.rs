//! How long one verdict takes with either detector: the same events, by turns, several times over, the shortest time of
//! each event counting.

use ringtrue_core::Event;
use ringtrue_intake::Reading as Signals;
use ringtrue_trial::compare::report::Performance;

use super::Both;
use super::pairing::Paired;
use crate::commands::clock;
use crate::detector_folder::Loaded;

/// Rounds; what disturbs the machine seldom disturbs an event in all of them.
const ROUNDS: usize = 5;

/// Times the first events that both detectors read; `None` if there are none. Their copies are given up.
pub(super) fn performance(both: &Both, paired: &mut Paired) -> Option<Performance> {
    let [old, new] = std::mem::take(&mut paired.first);
    let events: Vec<(Event, Event)> = new
        .into_iter()
        .filter_map(|(place, event)| Some((old.get(&place)?.clone(), event)))
        .collect();
    let mut times = vec![[f64::INFINITY; 2]; events.len()];
    for _ in 0..ROUNDS {
        for ((old, new), times) in events.iter().zip(&mut times) {
            times[0] = times[0].min(microseconds(&both.old, old));
            times[1] = times[1].min(microseconds(&both.new, new));
        }
    }
    let [old, new] = [0, 1].map(|which: usize| {
        let mut sorted: Vec<f64> = times.iter().map(|times| times[which]).collect();
        sorted.sort_by(f64::total_cmp);
        sorted
    });
    Some(Performance {
        events: events.len() as u64,
        old_microseconds: at(&old, 0.5)?,
        new_microseconds: at(&new, 0.5)?,
        old_microseconds_p99: at(&old, 0.99)?,
        new_microseconds_p99: at(&new, 0.99)?,
        old_bytes: bytes(&both.old),
        new_bytes: bytes(&both.new),
    })
}

/// Reads and scores one event, from the event to the verdict.
fn microseconds(loaded: &Loaded, event: &Event) -> f64 {
    let (mut event, mut signals) = (event.clone(), Signals::default());
    let begin = clock();
    loaded.read_signals(&mut event, &mut signals);
    let scored = loaded.detector.score(signals.row(), &signals.tokens);
    let took = begin.elapsed().as_secs_f64() * 1e6;
    // The verdict is used, so that it is not left out of what is timed.
    std::hint::black_box(scored);
    took
}

fn at(sorted: &[f64], part: f64) -> Option<f64> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place among the times"
    )]
    let place = (part * sorted.len().saturating_sub(1) as f64).round() as usize;
    sorted.get(place).copied()
}

fn bytes(loaded: &Loaded) -> u64 {
    let files = loaded.detector.to_files().unwrap_or_default();
    files.iter().map(|(_, bytes)| bytes.len() as u64).sum()
}
