//! Every code stands once, under its check's number, and in the guide.

use std::collections::BTreeSet;

use ringtrue_vet::Check;
use ringtrue_vet::check::CODES;

const GUIDE: &str = include_str!("../../../docs/guides/vetting.md");

#[test]
fn every_code_stands_once_and_says_its_check() {
    let mut seen = BTreeSet::new();
    for code in CODES.iter().copied().flatten() {
        assert!(seen.insert(code.code), "{} stands twice", code.code);
        let place = Check::ALL.iter().position(|check| *check == code.check);
        let prefix = format!("V{:02}", place.map_or(0, |place| place + 1));
        assert!(code.code.starts_with(&prefix), "{}", code.code);
    }
}

#[test]
fn the_guide_lists_every_code() {
    let row = |code: &ringtrue_vet::Code| {
        let (check, owner) = (code.check.word(), code.owner.words());
        format!("| `{}` | {check} | {} | {owner} |", code.code, code.title)
    };
    let rows = CODES.iter().copied().flatten().map(row);
    let missing: Vec<String> = rows.filter(|row| !GUIDE.contains(row)).collect();
    assert!(
        missing.is_empty(),
        "add to the guide:\n{}",
        missing.join("\n")
    );
}
