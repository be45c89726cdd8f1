//! `ringtrue simulate`: writes a stream with known truth.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use ringtrue_core::EventTime;
use ringtrue_simulate::{UrlParameters, UrlStream, csv_header, push_csv_record};

use crate::args::SimulateUrl;
use crate::commands::{discard, note};
use crate::failure::{Exit, OrFail, Outcome};
use crate::progress::{Bar, called};

const STEP: u64 = 65_536;
/// Share of malicious events: far above real traffic, so that a small stream supports figures.
const MALICIOUS_SHARE: f64 = 0.05;
/// Streams end with this year, whatever their length, so that no event lies in the future.
const LAST_YEAR: i16 = 2025;

/// Runs `simulate url`.
pub(crate) fn run(arguments: &SimulateUrl) -> Outcome {
    let parameters = UrlParameters {
        months: arguments.months,
        events: arguments.events,
        seed: arguments.seed,
        clean: arguments.clean,
        start: start(arguments.months),
        malicious_share: MALICIOUS_SHARE,
        pace: arguments.pace,
    };
    let stream = UrlStream::new(&parameters).or_fail(|| "cannot simulate that".to_owned())?;
    let name = called(&arguments.out);
    let cannot = || format!("cannot write `{name}`");
    let file: Box<dyn Write> = if arguments.out == Path::new("-") {
        Box::new(io::stdout().lock())
    } else {
        Box::new(File::create(&arguments.out).or_fail(cannot)?)
    };
    match write(stream, BufWriter::new(file), arguments.events) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        other => {
            if other.is_err() {
                discard(&arguments.out);
            }
            other.or_fail(cannot)?;
        }
    }
    if arguments.out != Path::new("-") {
        note(&format!(
            "wrote {} synthetic events to {name}",
            arguments.events
        ));
    }
    Ok(Exit::Done)
}

/// Returns the first moment of a stream of so many months.
fn start(months: u32) -> EventTime {
    let months = i16::try_from(months.min(12_000)).unwrap_or(i16::MAX);
    let back = i8::try_from(months.rem_euclid(12)).unwrap_or(0);
    let (years, month) = if back == 0 {
        (months / 12, 1)
    } else {
        (months / 12 + 1, 13 - back)
    };
    EventTime::from_date(LAST_YEAR + 1 - years, month, 1)
}

fn write(stream: UrlStream, mut out: impl Write, events: u64) -> io::Result<()> {
    let bar = Bar::new("simulating", events);
    writeln!(out, "{}", csv_header())?;
    let mut line = String::new();
    for (number, event) in (1..).zip(stream) {
        line.clear();
        push_csv_record(&event, &mut line).map_err(io::Error::other)?;
        out.write_all(line.as_bytes())?;
        if number % STEP == 0 {
            bar.at(number);
        }
    }
    out.flush()
}
