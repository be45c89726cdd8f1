//! One target for each parser. On a stable compiler `cargo test` explores each for a second or so, from noise;
//! `cargo bolero test TARGET` fuzzes one for as long as it is told.

use std::collections::BTreeMap;
use std::path::Path;

use ringtrue_core::audit::Payload;
use ringtrue_core::signing::{People, SecretKey};
use ringtrue_fuzz::{intake, label, model, server, watch};
use ringtrue_intake::source::Format;
use ringtrue_store::artefact::Manifest;

/// Explores a property of bytes.
fn bytes(property: fn(&[u8])) {
    bolero::check!().for_each(property);
}

/// Explores a property of text.
fn text(property: fn(&str)) {
    bolero::check!().for_each(|bytes: &[u8]| property(&String::from_utf8_lossy(bytes)));
}

#[test]
fn csv_source() {
    bytes(|bytes| intake::text_source(bytes, Some(Format::Delimited(b','))));
}

#[test]
fn tsv_source() {
    bytes(|bytes| intake::text_source(bytes, Some(Format::Delimited(b'\t'))));
}

#[test]
fn ndjson_source() {
    bytes(|bytes| intake::text_source(bytes, Some(Format::Json)));
}

#[test]
fn lines_source() {
    bytes(|bytes| intake::text_source(bytes, Some(Format::Lines)));
}

#[test]
fn sniffed_source() {
    bytes(|bytes| intake::text_source(bytes, None));
}

/// Whatever comes as an mbox, and messages written as one.
#[test]
fn mbox() {
    bytes(|bytes| {
        intake::in_pieces(bytes, Some(Format::Mbox));
        intake::in_pieces(bytes, Some(Format::Mail));
        intake::mbox(bytes);
    });
}

/// Whatever comes as a history of bash or zsh, and commands written as both.
#[test]
fn history() {
    bytes(|bytes| {
        intake::in_pieces(bytes, Some(Format::BashHistory));
        intake::in_pieces(bytes, Some(Format::ZshHistory));
        intake::history(bytes);
    });
}

/// Whatever comes as an audit log, what stands behind a record's header, and arguments written as the kernel
/// does.
#[test]
fn auditd() {
    bytes(|bytes| {
        intake::in_pieces(bytes, Some(Format::Auditd));
        let header = b"type=EXECVE msg=audit(1600000000.000:1): ";
        intake::in_pieces(&[header, bytes].concat(), Some(Format::Auditd));
        intake::auditd(bytes);
    });
}

#[test]
fn parquet_source() {
    bytes(intake::parquet_source);
}

#[test]
fn unpacking() {
    bytes(intake::unpacking);
}

#[test]
fn email() {
    bytes(intake::email);
}

#[test]
fn url() {
    text(intake::url);
}

#[test]
fn session() {
    text(intake::session::session);
}

/// What a history opens with stands before the bytes.
#[test]
fn entity_history() {
    let sample = intake::session::sample_history();
    bolero::check!().for_each(move |bytes: &[u8]| {
        let opening = sample.get(..bytes.first().map_or(0, |first| usize::from(*first))).unwrap_or(&sample);
        intake::session::history(&[opening, bytes].concat());
    });
}

#[test]
fn command() {
    text(intake::shell_command);
}

#[test]
fn task() {
    text(intake::task);
}

#[test]
fn expression() {
    text(intake::expression);
}

#[test]
fn rule_file() {
    text(label::rule_file);
}

/// The bytes are the condition of a rule.
#[test]
fn rule_condition() {
    text(|text| {
        let head = "kind = \"command\"\n[[rule]]\nname = \"a\"\nattack = [\"T1059\"]\npolarity = \"malicious\"\nauthor = \"a\"\nnotes = \"b\"\n";
        label::rule_file(&[head, "condition = , text, \n"].concat());
    });
}

/// Whatever comes as a rule of Sigma's, and as what it looks for.
#[test]
fn sigma_rule() {
    text(|text| {
        let head = "title: a\ntags: [attack.t1059]\nlogsource: {product: linux, category: process_creation}\ndetection:\n    condition: a\n    a: ";
        label::sigma_rule(text);
        label::sigma_rule(&[head, text].concat());
    });
}

#[test]
fn time() {
    text(intake::time);
}

#[test]
fn forest() {
    bytes(model::forest);
}

/// What LightGBM's text opens with stands before the bytes.
#[test]
fn lightgbm_text() {
    opened_with(b"tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\n");
}

/// XGBoost's JSON: the bytes are the text of the learner.
#[test]
fn xgboost_json() {
    opened_with(b"{\"learner\":");
}

/// XGBoost's UBJSON: the bytes are the value of the learner.
#[test]
fn xgboost_ubjson() {
    opened_with(b"{i\x07learner");
}

/// ONNX: the bytes follow the first field of a model.
#[test]
fn onnx() {
    opened_with(&[0x08, 0x08]);
}

/// Explores models that open with what their readers know them by.
fn opened_with(opening: &'static [u8]) {
    bolero::check!().for_each(move |bytes: &[u8]| model::forest(&[opening, bytes].concat()));
}

#[test]
fn linear_model() {
    bytes(model::linear);
}

/// The bytes are `detector.json`; the other files are what the corpora hold.
#[test]
fn detector() {
    let forest = include_bytes!("../../corpora/forest/three_trees.txt");
    bolero::check!().for_each(|bytes: &[u8]| {
        model::detector(&BTreeMap::from([
            ("detector.json".to_owned(), bytes.to_vec()),
            ("forest.txt".to_owned(), forest.to_vec()),
        ]));
    });
}

/// Whatever comes by a connection of a mail server, and as its commands.
#[test]
fn milter() {
    bytes(|bytes| {
        server::milter::connection(bytes);
        server::milter::commands(bytes);
    });
}

#[test]
fn arrow_source() {
    bytes(intake::arrow_source);
}

/// What a verdict log holds, and what of it is told.
#[test]
fn verdict() {
    bytes(server::verdict);
}

#[test]
fn logged_event() {
    bytes(server::logged_event);
}

#[test]
fn server_configuration() {
    text(server::configuration);
}

#[test]
fn watch_reference() {
    bytes(watch::reference);
}

#[test]
fn manifest() {
    bytes(|bytes| {
        let path = Path::new("manifest.json");
        if let Ok(manifest) = Manifest::parse(bytes, path) {
            assert_eq!(Manifest::parse(bytes, path).ok(), Some(manifest.clone()));
            let climbs =
                |name: &String| name.starts_with('/') || name.split('/').any(|part| part == "..");
            assert!(!manifest.files.keys().any(climbs));
        }
    });
}

/// Whoever a file of people names is found by the key, and is the only one who has it.
#[test]
fn people() {
    text(|text| {
        if let Ok(people) = People::parse(text) {
            for person in people.all() {
                assert_eq!(people.by_key(&person.key), Some(person));
            }
        }
    });
}

/// Only what is written as ringtrue writes it is read, so that what was signed is what stands there.
#[test]
fn audit_entry() {
    bytes(|bytes| {
        if let Ok(payload) = Payload::parse(bytes) {
            assert_eq!(payload.to_bytes().ok().as_deref(), Some(bytes));
        }
    });
}

#[test]
fn signing_key() {
    bytes(|bytes| {
        if let Ok(key) = SecretKey::parse(bytes) {
            let again = SecretKey::parse(key.to_text().as_bytes());
            assert_eq!(again.map(|it| it.public()).ok(), Some(key.public()));
        }
    });
}

#[test]
fn secrets() {
    text(intake::privacy::secrets);
}

#[test]
fn personal_data() {
    text(intake::privacy::personal_data);
}

#[test]
fn tokens() {
    text(intake::privacy::tokens);
}
