//! Hostile text as rules: both readers keep their properties on the rules that are shipped, on mutations of them and on noise.

#![expect(
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

use std::path::Path;

use proptest::prelude::*;

pub mod properties;

/// The files of folders beside the crates that end so, in order.
fn files(folders: &[&str], ending: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let of_folder = |folder: &&str| {
        let entries = std::fs::read_dir(root.join(folder)).unwrap();
        entries.map(|entry| entry.unwrap().path())
    };
    let mut paths: Vec<_> = folders.iter().flat_map(of_folder).collect();
    paths.retain(|path| path.extension().is_some_and(|it| it == ending));
    paths.sort();
    assert!(!paths.is_empty());
    let texts = paths.iter().map(std::fs::read_to_string);
    texts.map(Result::unwrap).collect()
}

fn rule_files() -> Vec<String> {
    files(&["rules/commands", "rules/urls"], "toml")
}

fn sigma_rules() -> Vec<String> {
    files(&["corpora/sigma"], "yml")
}

#[test]
fn what_is_shipped_keeps_the_properties() {
    for text in rule_files() {
        properties::rule_file(&text);
    }
    for text in sigma_rules() {
        properties::sigma_rule(&text);
    }
}

/// Words that turn one form into another.
const WORDS: [&str; 36] = [
    "",
    "\n",
    "\r\n",
    "\t",
    "\0",
    " ",
    "'",
    "''",
    "'''",
    "\"",
    "\"\"\"",
    "\\",
    "\u{feff}",
    "\u{85}",
    "\u{2028}",
    "[[rule]]\n",
    "[",
    "]",
    "{",
    "}",
    "=",
    "#",
    "name = 'a'\n",
    "condition = ",
    ": ",
    "- ",
    "|contains",
    "|re",
    "|all",
    "*",
    "?",
    "1 of them",
    "not ",
    "&a ",
    "*a",
    "~",
];

type Change = (prop::sample::Index, prop::sample::Index, &'static str, bool);

fn change() -> impl Strategy<Value = Change> {
    (
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        prop::sample::select(WORDS.to_vec()),
        any::<bool>(),
    )
}

/// Cuts ranges out of a text, puts words in, or repeats a range.
fn mutate(text: &str, changes: &[Change]) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    for (from, to, word, repeat) in changes {
        let (from, to) = (from.index(letters.len() + 1), to.index(letters.len() + 1));
        let range = from.min(to)..from.max(to).min(from.min(to) + 40);
        let mut put: Vec<char> = word.chars().collect();
        if *repeat {
            put.extend(letters[range.clone()].repeat(2));
        }
        letters.splice(range, put);
    }
    letters.into_iter().collect()
}

fn mutations(texts: Vec<String>) -> impl Strategy<Value = String> {
    let changes = prop::collection::vec(change(), 0..5);
    (prop::sample::select(texts), changes).prop_map(|(text, changes)| mutate(&text, &changes))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn mutated_rule_files_keep_the_properties(text in mutations(rule_files())) {
        properties::rule_file(&text);
    }

    #[test]
    fn mutated_sigma_rules_keep_the_properties(text in mutations(sigma_rules())) {
        properties::sigma_rule(&text);
    }

    #[test]
    fn noise_keeps_the_properties(text in "\\PC{0,60}") {
        properties::rule_file(&text);
        properties::sigma_rule(&text);
    }
}
