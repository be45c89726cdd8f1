//! Standard input and output: an event a line in, a verdict a line out, in the same order.

use std::io::{self, Read, Write};
use std::sync::Arc;

use ringtrue_intake::source::{Format, SourceError};
use thiserror::Error;

use super::{Stop, decided};
use crate::answer::Answer;
use crate::clock::now;
use crate::http::Server;
use crate::line::Line;
use crate::reading::{Item, live, next_portion};

/// Why a stream ended before its input did.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StandardError {
    /// The input does not read on.
    #[error("the input does not read on")]
    Source(#[from] SourceError),
    /// Nobody takes the output.
    #[error("the output is not taken")]
    Output(#[from] io::Error),
}

/// Scores one JSON object a line until the input ends or it is stopped.
///
/// # Errors
///
/// [`StandardError`] if the input does not read on or nobody takes the output.
pub fn standard(
    server: &Server,
    stop: &Stop,
    input: impl Read,
    output: &mut dyn Write,
) -> Result<(), StandardError> {
    let route = Arc::clone(server.settings().get().routes.usual());
    let kind = server.engine().detectors().champion.task.kind;
    let mut source = live(input, Format::Json, kind)?;
    let mut rows = 0;
    loop {
        let detectors = server.engine().detectors();
        let Some(portion) = next_portion(&mut *source, (&detectors.champion, now))? else {
            return Ok(());
        };
        let (mut events, mut lines) = (Vec::new(), Vec::new());
        for (item, row) in portion.items.into_iter().zip(rows..) {
            match item {
                Item::Event(event) => {
                    events.push(*event);
                    lines.push(None);
                }
                Item::Aside(set_aside) => lines.push(Some(Line::Aside { row, set_aside })),
            }
        }
        server
            .metrics()
            .set_aside((lines.len() - events.len()) as u64);
        let told = decided((server, stop), &detectors, &route, (&events, 0));
        let Some(told) = told else {
            return Ok(());
        };
        let mut told = told.into_iter();
        for (line, row) in lines.into_iter().zip(rows..) {
            let line = line.or_else(|| {
                told.next().map(|told| Line::Verdict {
                    verdict: told.verdict,
                    decided_by: told.decided_by,
                    answer: Box::new(Answer { row, ..told.answer }),
                })
            });
            let Some(line) = line else { continue };
            serde_json::to_writer(&mut *output, &line).map_err(io::Error::from)?;
            output.write_all(b"\n")?;
            rows = row + 1;
        }
        output.flush()?;
    }
}
