//! Times the forest on the rows of a fixture, and counts the rows whose margin is not the expected one to the bit.
//!
//! ```text
//!   MODEL.txt + rows.npy + expected.npy ──► one JSON line: load, batch on 1 and 2 threads, one row, rows that differ
//! ```
//!
//! Each figure is the best of several repeats, since other programs can only slow one down; a single row's are
//! quantiles over calls. `cpu` figures count what the thread itself ran for.

mod npy;

use std::fs;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use ringtrue_model::Forest;

use crate::npy::Numbers;

const REPEATS: usize = 7;

fn main() -> Result<()> {
    let paths: Vec<String> = std::env::args().skip(1).collect();
    let [model, rows, expected] = paths.as_slice() else {
        anyhow::bail!("usage: ringtrue-bench-forest MODEL.txt ROWS.npy EXPECTED.npy");
    };
    let read = |path: &String| fs::read(path).with_context(|| path.clone());
    let load = best(|| {
        let text = String::from_utf8(fs::read(model)?)?;
        Ok(Forest::from_lightgbm(&text)?)
    })?;
    let Numbers::Double(expected) = npy::read(&read(expected)?)? else {
        anyhow::bail!("expected margins are not `<f8`");
    };
    let result = match npy::read(&read(rows)?)? {
        Numbers::Single(rows) => measure(&load.1, &rows, &expected)?,
        Numbers::Double(rows) => measure(&load.1, &rows, &expected)?,
    };
    println!("{{\"load_ms\": {:.1}, {result}}}", load.0.wall * 1e3);
    Ok(())
}

/// Seconds that something took.
#[derive(Clone, Copy)]
struct Seconds {
    wall: f64,
    cpu: f64,
}

/// Runs something several times; returns the shortest times and the last result.
fn best<T>(mut run: impl FnMut() -> Result<T>) -> Result<(Seconds, T)> {
    let mut shortest = Seconds { wall: f64::INFINITY, cpu: f64::INFINITY };
    let mut last = None;
    for _ in 0..REPEATS {
        let (begin, begin_cpu) = (Instant::now(), thread_seconds()?);
        last = Some(run()?);
        shortest.wall = shortest.wall.min(begin.elapsed().as_secs_f64());
        shortest.cpu = shortest.cpu.min(thread_seconds()? - begin_cpu);
    }
    Ok((shortest, last.context("nothing ran")?))
}

/// Returns the seconds that this thread has run for.
fn thread_seconds() -> Result<f64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds: f64 = text.split(' ').next().context("schedstat is empty")?.parse()?;
    Ok(nanoseconds / 1e9)
}

fn measure<V: Copy + Into<f64> + Sync>(forest: &Forest, rows: &[V], expected: &[f64]) -> Result<String> {
    ensure!(rows.len() == expected.len() * forest.width(), "rows and margins differ in number");
    let count = expected.len() as f64;
    let (one, margins) = best(|| {
        let mut margins = Vec::new();
        forest.margins(rows, &mut margins);
        Ok(margins)
    })?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build()?;
    let (two, again) = best(|| Ok(pool.install(|| forest.margins_in_parallel(rows))))?;
    let mut out = Vec::new();
    let mut small = |size: usize| -> Result<f64> {
        let (seconds, ()) = best(|| {
            for rows in rows.chunks(size * forest.width()).take(300) {
                out.clear();
                forest.margins(rows, &mut out);
            }
            Ok(())
        })?;
        Ok(seconds.wall * 1e6 / 300.0)
    };
    let smalls = [8, 16, 24, 32, 64, 128, 192, 256].map(|size| small(size).map(|us| format!("{size}: {us:.0}")));
    let smalls = smalls.into_iter().collect::<Result<Vec<_>>>()?.join(", ");
    let (singles, [half, most]) = single_rows(forest, rows);
    let differ = |margins: &[f64]| margins.iter().zip(expected).filter(|(left, right)| left.to_bits() != right.to_bits()).count();
    Ok(format!(
        "\"rows_per_second\": {:.0}, \"rows_per_cpu_second\": {:.0}, \"rows_per_second_2_threads\": {:.0}, \
         \"us_small_batches\": \"{smalls}\", \"us_p50\": {half:.2}, \"us_p99\": {most:.2}, \
         \"differ\": [{}, {}, {}]",
        count / one.wall,
        count / one.cpu,
        count / two.wall,
        differ(&margins),
        differ(&again),
        differ(&singles),
    ))
}

/// Returns the margins, and the microseconds of half and of 99 % of the calls at most; best of several repeats.
fn single_rows<V: Copy + Into<f64>>(forest: &Forest, rows: &[V]) -> (Vec<f64>, [f64; 2]) {
    let mut shortest = [f64::INFINITY; 2];
    let mut margins = Vec::new();
    for _ in 0..3 {
        margins.clear();
        let mut times: Vec<f64> = rows
            .chunks_exact(forest.width())
            .map(|row| {
                let begin = Instant::now();
                margins.push(forest.margin(row));
                begin.elapsed().as_secs_f64() * 1e6
            })
            .collect();
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times[(share * (times.len() - 1) as f64) as usize];
        shortest = [shortest[0].min(at(0.5)), shortest[1].min(at(0.99))];
    }
    (margins, shortest)
}
