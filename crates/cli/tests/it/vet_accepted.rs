//! What blocks, what somebody answers for, and what a run makes of both.

use std::fmt::Write as _;

use serde_json::Value;

use crate::support::{Ran, folder, ringtrue};

/// Rows in which `answer` says the label, `size` helps, and nothing else is wrong.
fn table() -> String {
    let mut text = "id,size,ratio,answer,source,label,time\n".to_owned();
    for row in 0_u32..1_200 {
        let noise = row.wrapping_mul(2_654_435_761) >> 8;
        let malicious = noise % 5 == 0;
        let size = noise % 97 + if malicious { 40 } else { 0 };
        let ratio = f64::from(noise % 100_003) / 7.0;
        let answer = u32::from(malicious) * 7 + noise % 3;
        let time = 1_750_000_000 + row * 3_600;
        let source = ["proxy-a", "proxy-b"][(noise / 7 % 2) as usize];
        writeln!(
            text,
            "{row},{size},{ratio:.4},{answer},{source},{},{time}",
            u8::from(malicious)
        )
        .unwrap();
    }
    text
}

fn task(lines: &str) -> String {
    format!("format = 1\nname = \"t\"\nkind = \"table\"\n{lines}")
}

fn accepted(name: &str, until: &str) -> String {
    task(&format!(
        "[[vetting.accepted]]\nfinding = \"{name}\"\nby = \"A. Analyst\"\nreason = \"known before the verdict\"\nuntil = \"{until}\"\n"
    ))
}

fn vet(task: &str) -> Ran {
    let at = folder(&[
        ("task.toml", task.as_bytes()),
        ("events.csv", table().as_bytes()),
    ]);
    ringtrue(at.path(), "vet --task task.toml --json events.csv")
}

fn blocking(vetted: &Value) -> Vec<String> {
    let findings = vetted["findings"].as_array().unwrap().iter();
    let blocking = findings.filter(|it| it["blocking"] == true);
    blocking
        .map(|it| it["name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn what_blocks_is_mended_or_accepted_by_name_for_a_time() {
    let ran = vet(&task("")).exits(1);
    let vetted = ran.json();
    assert_eq!(vetted["verdict"], "not_fit");
    let names = blocking(&vetted);
    let [name] = names.as_slice() else {
        panic!("{names:?}")
    };
    assert!(name.ends_with(":answer"), "{name}");

    let mended = vet(&task("[columns]\ndrop = [\"answer\"]\n")).exits(0);
    assert_eq!(mended.json()["verdict"], "fit");

    let ran = vet(&accepted(name, "2999-12-31")).exits(0);
    let vetted = ran.json();
    assert_eq!(vetted["verdict"], "fit_with_accepted_risks");
    let findings = vetted["findings"].as_array().unwrap();
    let finding = findings.iter().find(|it| it["name"] == name.as_str());
    assert_eq!(finding.unwrap()["accepted"]["by"], "A. Analyst");

    let expired = vet(&accepted(name, "2020-01-01")).exits(1);
    assert_eq!(expired.json()["verdict"], "not_fit");
    let told = expired.json()["assumed"].to_string();
    assert!(
        told.contains("was accepted until 2020-01-01, and blocks again"),
        "{told}"
    );
    let misspelt = vet(&accepted("V999", "2999-12-31")).exits(1);
    let told = misspelt.json()["assumed"].to_string();
    assert!(told.contains("nothing of that name was found"), "{told}");
}

#[test]
fn an_acceptance_says_who_why_and_until_when() {
    let lacking = task("[[vetting.accepted]]\nfinding = \"V061:answer\"\nuntil = \"soon\"\n");
    let ran = vet(&lacking).exits(2);
    for said in ["lacks `by`", "lacks `reason`", "not a time: `soon`"] {
        assert!(ran.told().contains(said), "{}", ran.told());
    }
}

#[test]
fn a_run_on_unfit_data_finishes_and_marks_its_detector() {
    let at = folder(&[("events.csv", table().as_bytes())]);
    let ran = ringtrue(
        at.path(),
        "run --kind table --retrain 0 --json --out out events.csv",
    )
    .exits(1);
    let names = blocking(&ran.json()["vetting"]);
    assert!(
        names.iter().any(|name| name.ends_with(":answer")),
        "{names:?}"
    );
    let read = |name: &str| std::fs::read_to_string(at.path().join("out").join(name)).unwrap();
    let card: Value = serde_json::from_str(&read("detector/card.json")).unwrap();
    assert_eq!(card["data"]["card"]["fit"], false);
    let why = card["status"]["text"].as_str().unwrap();
    assert!(why.contains(":answer"), "{why}");
    assert!(read("report.md").contains("not fit to learn from"));
}

#[test]
fn what_a_task_excludes_is_counted_and_not_used() {
    let at = folder(&[
        (
            "task.toml",
            task(
                "[columns]\ndrop = [\"answer\"]\n[vetting]\nexclude = [\"source == 'proxy-b'\"]\n",
            )
            .as_bytes(),
        ),
        ("events.csv", table().as_bytes()),
    ]);
    let from_b = table()
        .lines()
        .filter(|line| line.contains("proxy-b"))
        .count();
    let said = format!("{from_b} events are not used, since `source == 'proxy-b'` holds");
    let vetted = ringtrue(at.path(), "vet --task task.toml --json events.csv")
        .exits(0)
        .json();
    let assumed = vetted["assumed"].as_array().unwrap();
    assert!(assumed.iter().any(|it| it == said.as_str()), "{assumed:?}");
    let events = &vetted["events"];
    let used = events["benign"].as_u64().unwrap() + events["malicious"].as_u64().unwrap();
    assert_eq!(used, 1_200 - from_b as u64);

    let ran = ringtrue(
        at.path(),
        "run --task task.toml --retrain 0 --json --out out events.csv",
    )
    .exits(0)
    .json();
    let assumed = ran["assumed"].as_array().unwrap();
    assert!(assumed.iter().any(|it| it == said.as_str()), "{assumed:?}");
}
