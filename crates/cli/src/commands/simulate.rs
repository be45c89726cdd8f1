//! `ringtrue simulate`: writes a stream with known truth.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use ringtrue_simulate::{UrlParameters, UrlStream, csv_header, write_csv};

use crate::args::SimulateUrl;
use crate::commands::note;
use crate::failure::{Exit, OrFail, Outcome};
use crate::progress::{Bar, called};

const STEP: u64 = 65_536;

/// Runs `simulate url`.
pub(crate) fn run(arguments: &SimulateUrl) -> Outcome {
    let parameters = UrlParameters {
        months: arguments.months,
        events: arguments.events,
        seed: arguments.seed,
        clean: arguments.clean,
        ..UrlParameters::default()
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
        other => other.or_fail(cannot)?,
    }
    if arguments.out != Path::new("-") {
        note(&format!("wrote {} synthetic events to {name}", arguments.events));
    }
    Ok(Exit::Done)
}

fn write(stream: UrlStream, mut out: impl Write, events: u64) -> io::Result<()> {
    let bar = Bar::new("simulating", events);
    out.write_all(csv_header().as_bytes())?;
    let mut line = String::new();
    for (number, event) in (1..).zip(stream) {
        line.clear();
        write_csv(&event, &mut line);
        out.write_all(line.as_bytes())?;
        if number % STEP == 0 {
            bar.at(number);
        }
    }
    out.flush()
}
