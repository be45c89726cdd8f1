//! CPU time of exact Shapley values, for a LightGBM text model and the rows of a CSV file (a header, then numbers).
//!
//! ```text
//!   shap MODEL.txt ROWS.csv [MARGINS_AND_VALUES.csv]
//! ```
//!
//! Prints microseconds of CPU a row, so that a busy machine does not matter much. The third file, with one line of
//! contributions and then the bias for each row, is what LightGBM's `pred_contrib` gave, made by `shap.py`; the largest
//! difference is printed.

use std::path::Path;

use anyhow::{Context, Result};
use ringtrue_model::{Forest, Shap};

/// Ticks a second in which the kernel counts a process's time, on every Linux that Debian ships.
const TICKS_PER_SECOND: f64 = 100.0;

/// Repeats until so many CPU seconds have gone, so that a tick is below a percent.
const SECONDS_MIN: f64 = 2.0;

/// Background rows for interventional values.
const BACKGROUND: usize = 100;

/// Rows that are explained against the background.
const INTERVENTIONAL_ROWS: usize = 20;

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let model = arguments.next().context("lacks a model's file")?;
    let rows = arguments.next().context("lacks a file of rows")?;
    let forest = Forest::from_lightgbm(&std::fs::read_to_string(model)?)?;
    let rows = read(Path::new(&rows))?;
    let prepared = forest.path_dependent()?;
    if let Some(file) = arguments.next() {
        compare(&prepared.explain_all(&rows), &read(Path::new(&file))?);
    }
    measure("path-dependent, prepare", 1, || {
        std::hint::black_box(forest.path_dependent().is_ok());
    })?;
    measure("path-dependent, rows together", rows.len(), || {
        std::hint::black_box(prepared.explain_all(&rows));
    })?;
    measure("path-dependent, row by row", rows.len(), || {
        for row in &rows {
            std::hint::black_box(prepared.explain(row));
        }
    })?;
    let (background, others) = rows.split_at(BACKGROUND.min(rows.len()));
    let interventional = forest.interventional(background)?;
    let others = &others[..INTERVENTIONAL_ROWS.min(others.len())];
    measure("interventional, 100 background rows", others.len(), || {
        for row in others {
            std::hint::black_box(interventional.explain(row));
        }
    })
}

fn read(path: &Path) -> Result<Vec<Vec<f64>>> {
    let text = std::fs::read_to_string(path)?;
    let row = |line: &str| line.split(',').map(str::parse).collect::<Result<_, _>>();
    Ok(text.lines().skip(1).map(row).collect::<Result<_, _>>()?)
}

fn compare(found: &[Shap], expected: &[Vec<f64>]) {
    let numbers = |shap: &Shap| {
        let mut numbers = shap.contributions.clone();
        numbers.push(shap.bias);
        numbers
    };
    let differences = found.iter().zip(expected).flat_map(|(found, expected)| {
        let pairs = numbers(found).into_iter().zip(expected.clone());
        pairs.map(|(a, b)| (a - b).abs()).collect::<Vec<_>>()
    });
    println!("largest difference\t{:e}", differences.fold(0.0, f64::max));
}

fn measure(what: &str, rows: usize, run: impl Fn()) -> Result<()> {
    run();
    let start = used()?;
    let mut runs = 0;
    while used()? - start < SECONDS_MIN {
        run();
        runs += 1;
    }
    let each = (used()? - start) / f64::from(runs) / rows.max(1) as f64;
    println!("{what}\t{:.1} us CPU a row", each * 1e6);
    Ok(())
}

/// Returns the CPU seconds of all threads so far.
fn used() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    // The program's name, in parentheses, may hold spaces; user and system time are fields 14 and 15.
    let (_, fields) = stat.rsplit_once(')').context("no program's name")?;
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: Vec<f64> = ticks.map(str::parse).collect::<Result<_, _>>()?;
    Ok(ticks.iter().sum::<f64>() / TICKS_PER_SECOND)
}
