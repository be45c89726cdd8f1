//! Hostile bytes: what a server reads beside events keeps its properties on samples, on mutations of them and on noise.

#![expect(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

use proptest::prelude::*;

pub mod properties;

/// A record as a server writes it.
const RECORD: &[u8] = br#"{"request":"r1","event":"9f86d081884c7d659a2feaa0c55ad015","detector":null,"margin":-1.5,"score":0.25,"action":"review","decided_by":"detector","habits":[1,2],"sample":{"drawn":false,"propensity":0.01,"would":"block"}}
{"kind":"url","time":1735689600000000,"source":null,"fields":[["url","https://a.example/"],["bytes",3.5],["seen",true],["gone",null]]}"#;

const CONFIG: &[u8] = br#"listen = "127.0.0.1:8117"
deadline_milliseconds = 5
[routes.mail]
on_deadline = "allow"
[sample]
allowed = 0.001
never = ["url.contains('a')"]
[log]
days = 3
[[tokens]]
name = "a"
digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
scopes = ["score"]
"#;

/// A sample with some bytes changed, cut or doubled.
fn mutations(sample: &'static [u8]) -> impl Strategy<Value = Vec<u8>> {
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 0..6);
    changes.prop_map(move |changes| {
        let mut bytes = sample.to_vec();
        for (place, byte, how) in changes {
            if bytes.is_empty() {
                break;
            }
            let place = place.index(bytes.len());
            match how {
                0 => bytes.truncate(place),
                1 => bytes.insert(place, byte),
                2 => drop(bytes.remove(place)),
                _ => bytes.splice(place..=place, [byte]).for_each(drop),
            }
        }
        bytes
    })
}

#[test]
fn the_samples_keep_the_properties() {
    properties::verdict(RECORD);
    let line = RECORD.split(|byte| *byte == b'\n').nth(1).unwrap();
    properties::logged_event(line);
    let config = std::str::from_utf8(CONFIG).unwrap();
    assert!(ringtrue_server::config::Config::parse(config).is_ok());
    properties::configuration(config);
}

proptest! {
    #[test]
    fn records(bytes in mutations(RECORD)) {
        properties::verdict(&bytes);
        let line = bytes.split(|byte| *byte == b'\n').nth(1).unwrap_or_default();
        properties::logged_event(line);
    }

    #[test]
    fn configurations(bytes in mutations(CONFIG)) {
        properties::configuration(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn noise(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        properties::verdict(&bytes);
        properties::logged_event(&bytes);
        properties::configuration(&String::from_utf8_lossy(&bytes));
    }
}
