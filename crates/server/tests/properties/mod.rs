//! What a server's readers owe, whatever the bytes are: properties that tests replay over mutations, and that the fuzz targets explore.

pub mod milter;

use ringtrue_core::EventTime;
use ringtrue_server::config::Config;
use ringtrue_server::kept;
use ringtrue_server::verdict::{Input, VerdictId, VerdictRecord};

/// Reads a record of the verdict log, and takes its event out of it.
pub fn verdict(bytes: &[u8]) {
    let without = VerdictRecord::without_input(bytes, EventTime(0));
    assert_eq!(VerdictRecord::input_of(&without), Input::Gone(EventTime(0)));
    if let Ok(record) = VerdictRecord::of_payload(bytes) {
        let again = VerdictRecord::of_payload(&without).unwrap();
        assert_eq!(again.decision, record.decision);
        let line = record.input.line();
        let payload = VerdictRecord::to_payload(&record.decision, line).unwrap();
        let read = VerdictRecord::of_payload(&payload).unwrap();
        assert_eq!(read.decision, record.decision);
    }
    if let Ok(id) = String::from_utf8_lossy(bytes).parse::<VerdictId>() {
        assert_eq!(id.to_string().parse(), Ok(id));
    }
}

/// Reads the line of a logged event: what is read has the same id when it is written and read again.
pub fn logged_event(bytes: &[u8]) {
    if let Ok(event) = kept::of_line(bytes) {
        let line = kept::to_line(&event).unwrap();
        let again = kept::of_line(&line).unwrap();
        assert_eq!(again.id(), event.id());
    }
}

/// Reads a configuration, and looks whether it holds.
pub fn configuration(text: &str) {
    if let Ok(config) = Config::parse(text) {
        drop(config.check());
    }
}
