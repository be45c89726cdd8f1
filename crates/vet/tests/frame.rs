//! The frame of vetting: what checks are given, and what a task accepts.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::fmt::Write as _;

use ringtrue_core::random::Random;
use ringtrue_core::{Kind, Task};

mod support;

/// Rows in which `x` tells the classes apart and `y` does not, from two sources that hold both.
fn table(rows: u64) -> String {
    let mut random = Random::new(7);
    let mut text = "x,y,label,source,time\n".to_owned();
    for row in 0..rows {
        let malicious = u64::from(random.chance(0.3));
        let x = random.unit() + 0.8 * malicious as f64;
        let (y, source) = (random.unit(), random.below(2));
        let day = row * 300 / rows;
        writeln!(
            text,
            "{x},{y},{malicious},s{source},{}",
            1_700_000_000 + day * 86_400
        )
        .unwrap();
    }
    text
}

#[test]
fn a_probe_scores_every_split_of_plain_data_alike() {
    let task = Task::assumed(Kind::Table);
    support::with_data(
        &task,
        &table(2_000),
        |_| Vec::new(),
        |data| {
            assert_eq!(data.len(), 2_000);
            let scores = data.scores();
            let time = scores.time.as_ref().unwrap().as_ref().unwrap();
            let random = scores.random.as_ref().unwrap();
            for score in [
                random,
                time,
                scores.without_near_duplicates.as_ref().unwrap(),
            ] {
                // The area of two uniform distributions that lie 0.8 apart: 1 - 0.2^2 / 2.
                assert!(
                    score.interval[0] < 0.98 && score.interval[1] > 0.95,
                    "{score:?}"
                );
            }
            assert_eq!(scores.without_source.len(), 2);
            assert!(random.auc.mul_add(-1.0, time.auc).abs() < 0.03);
        },
    );
}
