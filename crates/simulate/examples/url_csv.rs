//! Writes a simulated stream of URLs as CSV to standard output, for calibration and for looking at.
//!
//! ```text
//! url_csv MONTHS EVENTS SEED [--clean]
//! ```
//!
//! Refuses missing and unreadable arguments with a message on standard error.

use std::io::{BufWriter, Write, stdout};

use ringtrue_core::EventTime;
use ringtrue_simulate::{UrlParameters, UrlStream, csv_header, push_csv_record};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (numbers, rest) = arguments
        .split_at_checked(3)
        .ok_or("usage: url_csv MONTHS EVENTS SEED [--clean]")?;
    let number = |index: usize| -> Result<u64, Box<dyn std::error::Error>> {
        Ok(numbers.get(index).ok_or("a number is missing")?.parse()?)
    };
    let parameters = UrlParameters {
        months: u32::try_from(number(0)?)?,
        events: number(1)?,
        seed: number(2)?,
        clean: rest.iter().any(|argument| argument == "--clean"),
        start: EventTime::from_date(2024, 1, 1),
        malicious_share: 0.05,
        pace: 1.0,
    };
    let mut out = BufWriter::with_capacity(1 << 20, stdout().lock());
    writeln!(out, "{}", csv_header())?;
    let mut record = String::new();
    for event in UrlStream::new(&parameters)? {
        record.clear();
        push_csv_record(&event, &mut record)?;
        out.write_all(record.as_bytes())?;
    }
    Ok(out.flush()?)
}
