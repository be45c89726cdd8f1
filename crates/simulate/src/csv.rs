//! The CSV form of a stream: one header, one record an event, `truth` last.
//!
//! A missing family or group is an empty cell. `truth` is for judging a judge: no detector may read it.

use std::fmt::{self, Write};

use crate::stream::SimulatedEvent;

/// Returns the header line without its line end.
#[must_use]
pub const fn csv_header() -> &'static str {
    "url,label,first_seen,label_known,source,family,group,truth"
}

/// Appends one record with its line end (`\n`) to `out`.
///
/// # Errors
///
/// Whatever `out` fails with; a `String` never does.
///
/// # Example
///
/// ```
/// use ringtrue_core::EventTime;
/// use ringtrue_simulate::{UrlParameters, UrlStream, push_csv_record};
///
/// let parameters = UrlParameters {
///     months: 1,
///     events: 3,
///     seed: 1,
///     clean: true,
///     start: EventTime::from_date(2024, 1, 1),
///     malicious_share: 0.05,
///     pace: 1.0,
/// };
/// let mut text = String::new();
/// for event in UrlStream::new(&parameters)? {
///     push_csv_record(&event, &mut text)?;
/// }
/// assert_eq!(text.lines().count(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn push_csv_record(event: &SimulatedEvent, out: &mut impl Write) -> fmt::Result {
    push_cell(&event.url, out)?;
    write!(
        out,
        ",{},{},{},",
        event.label.word(),
        event.first_seen,
        event.label_known
    )?;
    push_cell(event.source, out)?;
    out.write_char(',')?;
    push_cell(event.family.as_deref().unwrap_or(""), out)?;
    out.write_char(',')?;
    if let Some(campaign) = event.campaign {
        write!(out, "campaign-{campaign}")?;
    }
    writeln!(out, ",{}", event.truth.word())
}

/// Writes a cell, quoted if it must be.
fn push_cell(text: &str, out: &mut impl Write) -> fmt::Result {
    if !text.contains([',', '"', '\n', '\r']) {
        return out.write_str(text);
    }
    out.write_char('"')?;
    for character in text.chars() {
        if character == '"' {
            out.write_char('"')?;
        }
        out.write_char(character)?;
    }
    out.write_char('"')
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringtrue_core::{EventTime, Label, Trust};

    #[test]
    fn a_record_has_the_header_s_columns() {
        let event = SimulatedEvent {
            url: "https://a.de/?q=1,\"2\"".to_owned(),
            label: Label::Malicious,
            truth: Label::Malicious,
            first_seen: EventTime::from_date(2024, 1, 2),
            label_known: EventTime::from_date(2024, 1, 3),
            source: "proxy-a",
            family: Some("spam-velmo".into()),
            campaign: Some(4),
            trust: Trust::Synthetic,
        };
        let mut out = String::new();
        push_csv_record(&event, &mut out).expect("a string takes everything");
        let expected = "\"https://a.de/?q=1,\"\"2\"\"\",malicious,2024-01-02T00:00:00Z,\
                        2024-01-03T00:00:00Z,proxy-a,spam-velmo,campaign-4,malicious\n";
        assert_eq!(out, expected);
    }
}
