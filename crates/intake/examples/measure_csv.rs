//! Measures how fast CSV is read on one core: megabytes a second of a generated table, plain and with a
//! quoted field. Takes the number of megabytes (100 unless told otherwise).

#![expect(clippy::print_stdout, reason = "printing figures is what it is for")]
#![expect(
    clippy::disallowed_methods,
    reason = "a clock is what it measures with"
)]

use std::error::Error;
use std::fmt::Write;
use std::time::Instant;

use ringtrue_core::Limits;
use ringtrue_core::random::Random;
use ringtrue_intake::source::{Format, open_text};

fn main() -> Result<(), Box<dyn Error>> {
    let megabytes: usize = std::env::args()
        .nth(1)
        .map_or(Ok(100), |text| text.parse())?;
    for (name, quote) in [("plain ", ""), ("quoted", "\"")] {
        let text = generate(megabytes * 1_000_000, quote)?;
        for _ in 0..3 {
            let start = Instant::now();
            let rows = read(text.as_bytes())?;
            let seconds = start.elapsed().as_secs_f64();
            let speed = text.len() as f64 / 1e6 / seconds;
            println!("{name} {rows} rows in {seconds:.3} s: {speed:.0} MB/s");
        }
    }
    Ok(())
}

fn generate(bytes: usize, quote: &str) -> Result<String, std::fmt::Error> {
    let mut random = Random::new(7);
    let mut text = String::with_capacity(bytes + 200);
    text.push_str("time,url,label,source,family\n");
    while text.len() < bytes {
        let (page, user) = (random.below(1_000_000), random.below(100_000));
        writeln!(
            text,
            "2024-03-01T12:00:00Z,{quote}https://shop{page}.example.com/category/item-{page}?user={user}&from=mail{quote},benign,proxy,"
        )?;
    }
    Ok(text)
}

fn read(bytes: &[u8]) -> Result<usize, Box<dyn Error>> {
    let format = Some(Format::Delimited(b','));
    let mut source = open_text(Box::new(bytes), format, Limits::default())?;
    let mut rows = 0;
    while let Some(batch) = source.next_batch()? {
        if let Some(rejected) = batch.rejected.first() {
            return Err(rejected.reason.clone().into());
        }
        rows += batch.records.len();
    }
    Ok(rows)
}
