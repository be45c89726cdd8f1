//! Hostile packets of mail servers: they keep their properties on recorded connections, on mutations of them and on noise.

#![expect(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

use std::path::Path;

use proptest::prelude::*;

pub mod properties;

/// What mail servers sent, connection by connection.
fn connections() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpora/milter");
    let entries = std::fs::read_dir(root).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|it| it == "bin"));
    paths.sort();
    assert!(!paths.is_empty());
    let bytes = paths.iter().map(std::fs::read);
    bytes.map(Result::unwrap).collect()
}

#[test]
fn what_was_recorded_keeps_the_properties_at_every_cut() {
    for connection in connections() {
        for cut in 0..=connection.len() {
            properties::milter::connection(&connection[..cut]);
        }
    }
}

#[test]
fn a_recorded_connection_holds_its_mails() {
    use ringtrue_server::milter::packet::{Command, frame};
    use ringtrue_server::milter::session::{Session, Step};

    let mut told = String::new();
    for connection in connections() {
        let (mut session, mut replies) = (Session::new(1 << 20), Vec::new());
        let mut rest = connection.as_slice();
        while let Some(at) = frame(rest).unwrap() {
            let command = Command::parse(&rest[at.clone()]).unwrap();
            rest = &rest[at.end..];
            if let Step::Decide { mut letter, .. } = session.take(&command, &mut replies).unwrap() {
                told.push_str(&String::from_utf8(letter.take_bytes()).unwrap());
                told.push_str("-- end of mail\n");
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpora/milter");
    let expected = std::fs::read_to_string(root.join("expected.txt")).unwrap();
    assert_eq!(told, expected);
}

/// Recorded connections with some bytes set, taken out, or said twice.
fn mutations() -> impl Strategy<Value = Vec<u8>> {
    let one = prop::sample::select(connections());
    let change = (any::<prop::sample::Index>(), any::<u8>(), 0_u8..3);
    (one, prop::collection::vec(change, 1..6)).prop_map(|(mut bytes, changes)| {
        for (at, byte, how) in changes {
            if bytes.is_empty() {
                break;
            }
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => drop(bytes.remove(at)),
                _ => bytes.insert(at, byte),
            }
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn mutated_connections_keep_the_properties(bytes in mutations()) {
        properties::milter::connection(&bytes);
    }

    #[test]
    fn noise_keeps_the_properties(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        properties::milter::connection(&bytes);
        properties::milter::commands(&bytes);
    }
}
