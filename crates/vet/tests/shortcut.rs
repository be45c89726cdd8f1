//! What separates the classes without being malicious is found: sources, form, owners, era.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::fmt::Write as _;

use ringtrue_core::random::Random;
use ringtrue_core::{Kind, Task};
use ringtrue_vet::{Check, Finding, Severity, Snippet};

mod support;

fn codes(findings: &[Finding]) -> Vec<(&str, Severity)> {
    findings
        .iter()
        .map(|it| (it.code.code, it.severity))
        .collect()
}

fn found(kind: Kind, text: &str, name: impl Fn(&str) -> Vec<String>) -> Vec<Finding> {
    let task = Task::assumed(kind);
    support::with_data(&task, text, name, |data| Check::Shortcut.run(data))
}

/// Rows in which `x` tells a little; `source` and `day` are given for each by whether it is malicious.
fn table(
    rows: u64,
    source: impl Fn(bool, &mut Random) -> String,
    day: impl Fn(bool, u64) -> u64,
) -> String {
    let mut random = Random::new(5);
    let mut text = "x,label,source,time\n".to_owned();
    for row in 0..rows {
        let malicious = random.chance(0.4);
        let x = random.unit() + 0.3 * f64::from(u8::from(malicious));
        let source = source(malicious, &mut random);
        let time = 1_500_000_000 + day(malicious, row * 400 / rows) * 86_400;
        writeln!(text, "{x},{},{source},{time}", u8::from(malicious)).unwrap();
    }
    text
}

fn any_source(_: bool, random: &mut Random) -> String {
    format!("s{}", random.below(3))
}

#[test]
fn a_source_that_is_the_label_is_said_plainly() {
    let own =
        |malicious: bool, _: &mut Random| (if malicious { "feed" } else { "crawl" }).to_owned();
    let findings = found(Kind::Table, &table(1_000, own, |_, day| day), |_| {
        Vec::new()
    });
    assert_eq!(codes(&findings), [("V071", Severity::Warning)]);
    assert_eq!(findings[0].subject.sources, ["feed", "crawl"]);
    assert!(findings[0].meaning.contains("for nothing else"));
    assert!(
        found(Kind::Table, &table(1_000, any_source, |_, day| day), |_| {
            Vec::new()
        })
        .is_empty()
    );
}

#[test]
fn classes_of_different_times_block_and_the_shared_time_is_advised() {
    // Malicious events start on day 300 of 400.
    let day = |malicious: bool, day: u64| if malicious { 300 + day / 4 } else { day };
    let text = table(4_000, any_source, day);
    let findings = found(Kind::Table, &text, |_| Vec::new());
    assert_eq!(codes(&findings), [("V079", Severity::Blocking)]);
    let Some(Snippet::Task(lines)) = &findings[0].remedy.snippet else {
        panic!("no lines: {findings:?}");
    };
    assert!(lines.contains("time < '2018-05"), "{lines}");
    // What the condition leaves is fit.
    let start = 1_500_000_000 + 300 * 86_400;
    let is_kept = |line: &&str| {
        let time = line
            .rsplit(',')
            .next()
            .and_then(|time| time.parse::<u64>().ok());
        time.is_none_or(|time| time >= start)
    };
    let kept: Vec<&str> = text.lines().filter(is_kept).collect();
    assert!(found(Kind::Table, &kept.join("\n"), |_| Vec::new()).is_empty());
}

/// Commands; the malicious ones end as `end` says.
fn commands(end: &str) -> String {
    let mut random = Random::new(6);
    let mut text = "command,label\n".to_owned();
    for _ in 0..900 {
        let malicious = random.chance(0.4);
        let verbs = ["cat", "ls", "rm", "cp"];
        let verb = random
            .pick(&verbs[..if malicious { 3 } else { 4 }])
            .unwrap();
        let end = if malicious { end } else { "" };
        writeln!(
            text,
            "{verb} /a/f{}{end},{}",
            random.below(1 << 30),
            u8::from(malicious)
        )
        .unwrap();
    }
    text
}

/// Names how a command ends, and something that tells nothing.
fn ends(text: &str) -> Vec<String> {
    let mark = if text.ends_with(" ;") {
        "ends ` ;`"
    } else {
        "ends `00`"
    };
    vec![mark.to_owned(), format!("length {}", text.len() % 3)]
}

#[test]
fn a_trailing_mark_blocks_until_it_is_taken_off() {
    let findings = found(Kind::Command, &commands(" ;"), ends);
    let marked = findings
        .iter()
        .find(|it| it.subject.columns == ["ends ` ;`"])
        .unwrap();
    assert_eq!(
        (marked.code.code, marked.severity),
        ("V076", Severity::Blocking)
    );
    let Some(Snippet::Command(line)) = &marked.remedy.snippet else {
        panic!("no command: {marked:?}");
    };
    assert_eq!(
        line,
        r#"jq -c '.["command"] |= sub("[\\s\\;]+$"; "")' FILE > FILE.clean"#
    );
    assert!(
        findings.iter().any(|it| it.code.code == "V074"),
        "{findings:?}"
    );
    assert!(found(Kind::Command, &commands(""), ends).is_empty());
}

#[test]
fn traits_of_one_class_are_told_but_not_those_that_may_be_malicious() {
    let urls = |mark: &str| {
        let mut random = Random::new(8);
        let mut text = "url,label\n".to_owned();
        for row in 0..4_000 {
            let malicious = random.chance(0.5);
            let mark = if malicious && random.chance(0.3) {
                mark
            } else {
                ""
            };
            let host = random.below(3_000);
            writeln!(
                text,
                "http://{mark}h{host}.example/{},{}",
                row % 9,
                u8::from(malicious)
            )
            .unwrap();
        }
        text
    };
    let name = |text: &str| {
        let traits = [("www.", "www"), ("//10.", "host is an address")];
        let has = traits.into_iter().filter(|(mark, _)| text.contains(mark));
        has.map(|(_, name)| name.to_owned()).collect()
    };
    let findings = found(Kind::Url, &urls("www."), name);
    assert_eq!(codes(&findings), [("V077", Severity::Warning)]);
    assert_eq!(findings[0].subject.columns, ["www"]);
    assert!(found(Kind::Url, &urls("10.0.0.1/"), name).is_empty());
}

#[test]
fn strange_data_gives_no_finding() {
    for text in [
        "x,label,source,time\n",
        "x,label,source,time\n1,1,a,2020-01-01\n",
    ] {
        assert!(found(Kind::Table, text, |_| Vec::new()).is_empty());
    }
}
