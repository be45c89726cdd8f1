//! Columns that give the label away are found, told with a remedy that works, and honest ones are left alone.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::fmt::Write as _;

use ringtrue_core::random::Random;
use ringtrue_core::{Kind, Task};
use ringtrue_vet::{Check, Finding, Severity, Snippet};

mod support;

/// Rows of honest columns, beside what `planted` adds to each by whether it is malicious: a header, and a value.
fn table(
    rows: u64,
    seed: u64,
    header: &str,
    planted: impl Fn(bool, &mut Random) -> String,
) -> String {
    let mut random = Random::new(seed);
    let mut text = format!("bytes,service,host,{header},label,time\n");
    for row in 0..rows {
        let malicious = random.chance(0.3);
        let bytes = random.unit() + 0.5 * f64::from(u8::from(malicious));
        let services = ["dns", "http", "mail"];
        let service = random
            .pick(&services[..if malicious { 2 } else { 3 }])
            .unwrap();
        let value = planted(malicious, &mut random);
        let time = 1_700_000_000 + row * 3_600;
        writeln!(
            text,
            "{bytes},{service},h{row},{value},{},{time}",
            u8::from(malicious)
        )
        .unwrap();
    }
    text
}

fn found(task: &Task, text: &str) -> Vec<Finding> {
    support::with_data(task, text, |_| Vec::new(), |data| Check::Leaking.run(data))
}

fn codes(findings: &[Finding]) -> Vec<(&str, Severity)> {
    findings
        .iter()
        .map(|it| (it.code.code, it.severity))
        .collect()
}

fn tells(malicious: bool) -> String {
    u8::from(malicious).to_string()
}

#[test]
fn a_column_that_decides_blocks_until_it_is_dropped() {
    let text = table(6_000, 1, "note", |malicious, random| {
        // One in five hundred is wrong: it need not be the label itself.
        tells(malicious != random.chance(0.002))
    });
    let mut task = Task::assumed(Kind::Table);
    let findings = found(&task, &text);
    assert_eq!(codes(&findings), [("V061", Severity::Blocking)]);
    assert_eq!(findings[0].subject.columns, ["note"]);
    assert_eq!(
        findings[0].remedy.snippet,
        Some(Snippet::Task("[columns]\ndrop = [\"note\"]".to_owned()))
    );
    assert!(findings[0].effect.as_ref().unwrap().value > 0.99);
    task.columns.drop = vec!["note".to_owned()];
    assert_eq!(codes(&found(&task, &text)), [("V068", Severity::Note)]);
}

#[test]
fn a_column_filled_for_one_class_blocks_though_its_values_are_all_different() {
    let text = table(1_200, 2, "comment", |malicious, random| {
        let is_filled = malicious && random.chance(0.9);
        if is_filled {
            format!("c{}", random.below(1 << 40))
        } else {
            String::new()
        }
    });
    let findings = found(&Task::assumed(Kind::Table), &text);
    assert_eq!(codes(&findings), [("V062", Severity::Blocking)]);
    assert!(
        findings[0].title.contains("0 % of benign"),
        "{}",
        findings[0].title
    );
}

#[test]
fn a_name_counts_beside_what_a_column_tells() {
    // Eight in a hundred of each class are on the other side: too weak to decide alone.
    let weak = |malicious: bool, random: &mut Random| tells(malicious != random.chance(0.08));
    let task = Task::assumed(Kind::Table);
    let named = found(&task, &table(2_000, 3, "vt_detections", weak));
    assert_eq!(codes(&named), [("V063", Severity::Blocking)]);
    assert!(found(&task, &table(2_000, 3, "retries", weak)).is_empty());
    let idle = |_: bool, random: &mut Random| random.below(5).to_string();
    assert!(found(&task, &table(2_000, 3, "vt_detections", idle)).is_empty());
}

#[test]
fn a_time_after_the_event_is_told() {
    let later = |_: bool, random: &mut Random| format!("2024-{:02}-01", 1 + random.below(9));
    let findings = found(&Task::assumed(Kind::Table), &table(600, 4, "closed", later));
    assert_eq!(codes(&findings), [("V064", Severity::Warning)]);
    let before = |_: bool, random: &mut Random| format!("2019-{:02}-01", 1 + random.below(9));
    assert!(
        found(
            &Task::assumed(Kind::Table),
            &table(600, 4, "opened", before)
        )
        .is_empty()
    );
}

#[test]
fn rows_in_order_of_class_and_labels_from_before_are_told() {
    let mut text = "bytes,label,time,label_known\n".to_owned();
    for row in 0..600_u32 {
        let time = 1_700_000_000 + row;
        let known = if row % 10 == 0 { time - 50 } else { time + 50 };
        writeln!(text, "{},{},{time},{known}", row % 7, u8::from(row >= 400)).unwrap();
    }
    let findings = found(&Task::assumed(Kind::Table), &text);
    let expected = [("V066", Severity::Warning), ("V065", Severity::Note)];
    assert_eq!(codes(&findings), expected);
    assert!((findings[0].effect.as_ref().unwrap().value - 0.1).abs() < 1e-9);
}

#[test]
fn honest_tables_do_not_block() {
    let noise = |_: bool, random: &mut Random| random.unit().to_string();
    for seed in 0..10 {
        for rows in [60, 900] {
            let findings = found(
                &Task::assumed(Kind::Table),
                &table(rows, 100 + seed, "noise", noise),
            );
            let quiet = findings.iter().all(|it| it.severity < Severity::Warning);
            assert!(quiet, "seed {seed}: {findings:?}");
        }
    }
}

#[test]
fn strange_tables_give_clear_answers() {
    let task = Task::assumed(Kind::Table);
    for text in [
        "a,label\n1,1\n".to_owned(),
        "a,label\n1,0\n2,0\n3,0\n".to_owned(),
        "a,b,label\n".to_owned() + &",5,1\n,5,0\n".repeat(40),
    ] {
        let findings = found(&task, &text);
        assert!(
            findings
                .iter()
                .all(|it| it.severity <= Severity::CannotTell),
            "{findings:?}"
        );
        assert!(findings.len() <= 1);
    }
    let header: Vec<String> = (0..3_000).map(|column| format!("c{column}")).collect();
    let mut random = Random::new(9);
    let mut wide = format!("{},leak,label\n", header.join(","));
    for row in 0..120 {
        for _ in 0..3_000 {
            write!(wide, "{},", random.below(3)).unwrap();
        }
        writeln!(wide, "{0},{0}", row % 2).unwrap();
    }
    let findings = found(&task, &wide);
    assert_eq!(codes(&findings), [("V061", Severity::Blocking)]);
    assert_eq!(findings[0].subject.columns, ["leak"]);
}
