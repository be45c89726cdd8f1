//! How much there is, what comes twice, how old it is, and what it stands for: what is planted is found, and plain data is left alone.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::fmt::Write as _;

use ringtrue_core::random::Random;
use ringtrue_core::task::Copies;
use ringtrue_core::{Kind, Task, Trust};
use ringtrue_vet::{Check, Data, Finding, Severity, Snippet};

mod support;

/// The checks of this file.
const CHECKS: [Check; 4] = [
    Check::Enough,
    Check::Duplicated,
    Check::Outdated,
    Check::Representative,
];
/// Seconds of a day.
const DAY: u64 = 86_400;
/// 2025-01-01.
const START: u64 = 1_735_689_600;

fn found(task: &Task, text: &str) -> Vec<Finding> {
    support::with_data(
        task,
        text,
        |_| Vec::new(),
        |data| CHECKS.iter().flat_map(|check| check.run(data)).collect(),
    )
}

fn of<'f>(findings: &'f [Finding], code: &str) -> Option<&'f Finding> {
    findings.iter().find(|finding| finding.code.code == code)
}

fn severity(findings: &[Finding], code: &str) -> Option<Severity> {
    of(findings, code).map(|finding| finding.severity)
}

fn blocking(findings: &[Finding]) -> Vec<&str> {
    let blocking = findings.iter().filter(|finding| finding.blocks());
    blocking.map(|finding| finding.code.code).collect()
}

/// A row of a plain table: eight numbers of which the first tells the classes apart a little.
struct Plain {
    random: Random,
}

const HEADER: &str = "a,b,c,d,e,f,g,h,label,source,time\n";

impl Plain {
    fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
        }
    }

    /// Writes a row of `malicious` at a time in seconds.
    fn row(&mut self, malicious: bool, time: u64) -> String {
        let shift = if malicious { 0.6 } else { 0.0 };
        let mut row = format!("{:.6}", self.random.unit() + shift);
        for _ in 0..7 {
            write!(row, ",{:.6}", self.random.unit()).unwrap();
        }
        let source = self.random.below(2);
        format!("{row},{},s{source},{time}\n", u8::from(malicious))
    }

    /// Writes `rows` rows over the year 2025, of which a share is malicious.
    fn year(seed: u64, rows: u64, share: f64) -> String {
        let mut plain = Self::new(seed);
        let mut text = HEADER.to_owned();
        for at in 0..rows {
            let malicious = plain.random.chance(share);
            text += &plain.row(malicious, START + at * 360 * DAY / rows);
        }
        text
    }
}

/// Leaves the last column, the time, out of each line.
fn without_time(text: &str) -> String {
    let cut = text.lines().map(|line| line.rsplit_once(',').unwrap().0);
    cut.flat_map(|line| [line, "\n"]).collect()
}

fn repeated(text: &str, times: usize) -> String {
    let (header, rows) = text.split_once('\n').unwrap();
    format!("{header}\n{}", rows.repeat(times))
}

fn table() -> Task {
    Task::assumed(Kind::Table)
}

#[test]
fn plain_tables_are_left_alone() {
    for seed in 0..10 {
        let findings = found(&table(), &Plain::year(seed, 1_500, 0.3));
        assert_eq!(blocking(&findings), Vec::<&str>::new(), "{seed}");
        let warnings = findings
            .iter()
            .filter(|finding| finding.severity == Severity::Warning);
        let warnings: Vec<&str> = warnings.map(|finding| &*finding.title).collect();
        assert!(
            warnings.iter().all(|title| title.contains("grows with")),
            "{seed}: {warnings:?}"
        );
    }
}

#[test]
fn copies_block_until_each_counts_once() {
    let text = without_time(&Plain::year(1, 1_000, 0.3));
    assert_eq!(of(&found(&table(), &text), "V081"), None);
    let text = repeated(&text, 3);
    let findings = found(&table(), &text);
    let copies = of(&findings, "V081").unwrap();
    assert_eq!(copies.severity, Severity::Blocking);
    assert!(
        copies.title.starts_with("2,000 of 3,000 events are copies"),
        "{}",
        copies.title
    );
    let Some(Snippet::Task(lines)) = &copies.remedy.snippet else {
        panic!("lines for a task: {:?}", copies.remedy);
    };
    let task = Task::parse(&format!(
        "format = 1\nname = \"t\"\nkind = \"table\"\n{lines}\n"
    ))
    .unwrap();
    assert_eq!(task.vetting.copies, Copies::Once);
    assert_eq!(of(&found(&task, &text), "V081"), None);
}

#[test]
fn a_number_of_its_own_makes_no_row_another() {
    let text = without_time(&Plain::year(1, 500, 0.3));
    let (header, rows) = text.split_once('\n').unwrap();
    let mut numbered = format!("serial,{header}\n");
    for (number, row) in rows.lines().chain(rows.lines()).enumerate() {
        writeln!(numbered, "{},{row}", number * 7 + 100_000).unwrap();
    }
    let findings = found(&table(), &numbered);
    let copies = of(&findings, "V081").unwrap();
    assert_eq!(copies.severity, Severity::Blocking);
    let Some(Snippet::Task(lines)) = &copies.remedy.snippet else {
        panic!("lines for a task: {:?}", copies.remedy);
    };
    assert!(lines.contains("drop = [\"serial\"]"), "{lines}");
}

#[test]
fn rows_of_few_values_are_the_same_by_chance() {
    let mut random = Random::new(3);
    let mut text = "a,b,c,label\n".to_owned();
    for _ in 0..2_000 {
        let malicious = random.chance(0.4);
        let a = u64::from(random.chance(if malicious { 0.7 } else { 0.3 }));
        writeln!(
            text,
            "{a},{},{},{}",
            random.below(2),
            random.below(3),
            u8::from(malicious)
        )
        .unwrap();
    }
    let findings = found(&table(), &text);
    assert_eq!(severity(&findings, "V081"), Some(Severity::Warning));
    assert_eq!(severity(&findings, "V083"), Some(Severity::Warning));
}

#[test]
fn the_same_url_with_both_labels_and_on_both_sides_of_a_split_is_found() {
    let mut text = "url,label,split\n".to_owned();
    let mut random = Random::new(5);
    for at in 0..600 {
        let (word, label) = if at % 3 == 0 {
            ("login", "phishing")
        } else {
            ("news", "benign")
        };
        writeln!(
            text,
            "https://h{}.example/{word}/{:x},{label},train",
            random.below(200),
            random.next()
        )
        .unwrap();
    }
    let rows: Vec<String> = text.lines().skip(1).map(str::to_owned).collect();
    for row in &rows[..60] {
        writeln!(text, "{}", row.replace(",train", ",test")).unwrap();
    }
    for row in &rows[100..130] {
        let other = if row.contains("phishing") {
            "benign"
        } else {
            "phishing"
        };
        let url = row.split(',').next().unwrap();
        writeln!(text, "{url},{other},test").unwrap();
    }
    let findings = found(&Task::assumed(Kind::Url), &text);
    let both = of(&findings, "V083").unwrap();
    assert!(
        both.title
            .starts_with("30 contents stand with both labels: 30 benign and 30 malicious"),
        "{}",
        both.title
    );
    assert_eq!(both.evidence.len(), 20);
    let split = of(&findings, "V084").unwrap();
    assert_eq!(split.subject.columns, ["split"]);
    assert!(
        split.title.starts_with("90 of the events"),
        "{}",
        split.title
    );
}

#[test]
fn a_campaign_of_near_copies_is_worth_one_event() {
    let mut text = "url,label\n".to_owned();
    let mut random = Random::new(6);
    for at in 0..400 {
        writeln!(
            text,
            "https://shop{at}.example/{:x}/{:x},benign",
            random.next(),
            random.next()
        )
        .unwrap();
        writeln!(
            text,
            "https://secure-bank.example/account/verify/session/update?token=00{at:03},phishing"
        )
        .unwrap();
    }
    let findings = found(&Task::assumed(Kind::Url), &text);
    let near = of(&findings, "V082").unwrap();
    assert!(
        near.title.contains("the largest campaign holds 400"),
        "{}",
        near.title
    );
    let campaigns = of(&findings, "V017").unwrap();
    assert_eq!(campaigns.severity, Severity::Warning);
    assert!(campaigns.effect.as_ref().unwrap().value < 1.01);
}

#[test]
fn too_few_of_a_class_block_and_more_do_not() {
    let few = found(&table(), &Plain::year(2, 3_000, 0.01));
    assert_eq!(blocking(&few), ["V012"]);
    let malicious = of(&few, "V012").unwrap();
    assert!(
        malicious.remedy.advice.starts_with("gather "),
        "{}",
        malicious.remedy.advice
    );
    assert!(malicious.evidence.len() == 20 && malicious.effect.is_some());
    let more = found(&table(), &Plain::year(2, 3_000, 0.1));
    assert_eq!(severity(&more, "V012"), Some(Severity::Note));
    // 3,000 judged benign events show a rate of a thousandth.
    let mut task = table();
    task.gate.false_positive_rate_max = Some(1e-3);
    assert_eq!(
        severity(&found(&task, &Plain::year(2, 3_000, 0.1)), "V013"),
        Some(Severity::Warning)
    );
    task.gate.false_positive_rate_max = Some(1e-2);
    assert_eq!(
        severity(&found(&task, &Plain::year(2, 3_000, 0.1)), "V013"),
        None
    );
    let one = found(&table(), &Plain::year(2, 300, 0.0));
    assert_eq!(blocking(&one), ["V011"]);
}

#[test]
fn a_curve_that_still_rises_says_so() {
    let findings = found(&table(), &Plain::year(4, 2_000, 0.5));
    let curve = of(&findings, "V014").unwrap();
    let effect = curve.effect.as_ref().unwrap();
    let [low, high] = effect.interval.unwrap();
    assert!(
        low <= effect.value && effect.value <= high && low >= 0.0 && high < 0.2,
        "{effect:?}"
    );
    assert!(
        curve.title.matches(" with ").count() >= 4,
        "{}",
        curve.title
    );
}

#[test]
fn an_oldest_third_that_teaches_the_contrary_is_better_left_out() {
    let mut plain = Plain::new(8);
    let mut text = HEADER.to_owned();
    for at in 0..3_000_u64 {
        let malicious = plain.random.chance(0.4);
        // In the first months the classes were the other way round.
        let row = plain.row(malicious != (at < 720), START + at * DAY / 10);
        let label = format!(",{},s", u8::from(malicious));
        text += &row.replace(",0,s", &label).replace(",1,s", &label);
    }
    let findings = found(&table(), &text);
    let oldest = of(&findings, "V092").unwrap();
    assert_eq!(oldest.severity, Severity::Warning, "{}", oldest.title);
    let Some(Snippet::Task(lines)) = &oldest.remedy.snippet else {
        panic!("lines for a task: {:?}", oldest.remedy);
    };
    assert!(
        lines.starts_with("[vetting]\nexclude = [\"time < '2025-03-"),
        "{lines}"
    );
}

#[test]
fn holes_survivors_and_times_that_are_none_are_found() {
    let mut plain = Plain::new(9);
    let mut text = HEADER.to_owned();
    // Nothing malicious from May to July; one benign event in ten days for three years before.
    for at in 0..3_000_u64 {
        let day = at * 360 / 3_000;
        let malicious = at % 4 == 0 && !(120..212).contains(&day);
        text += &plain
            .row(malicious, START + day * DAY)
            .replace(",s1,", ",s0,");
    }
    for at in 0..110 {
        let row = plain
            .row(false, START - (at + 1) * 10 * DAY)
            .replace(",s1,", ",s0,");
        let (_, rest) = row.split_once(',').unwrap();
        writeln!(text, "0.001,{}", rest.trim_end()).unwrap();
    }
    let findings = found(&table(), &text);
    let hole = of(&findings, "V093").unwrap();
    assert!(
        hole.title
            .starts_with("no malicious event in 3 months in a row, from 2025-05-01 to 2025-08-01"),
        "{}",
        hole.title
    );
    let survivors = of(&findings, "V094").unwrap();
    assert_eq!(survivors.severity, Severity::Warning);
    assert_eq!(survivors.subject.sources, ["s0"]);
    assert!(
        survivors
            .title
            .contains("from 2025-01-01 to 2026-01-01 only"),
        "{}",
        survivors.title
    );
    assert!(
        survivors.title.contains("most in `a`"),
        "{}",
        survivors.title
    );

    let none = found(&table(), &without_time(&Plain::year(1, 300, 0.4)));
    assert_eq!(severity(&none, "V095"), Some(Severity::CannotTell));

    // Vetted on 2026-01-01: the last events are of December.
    assert_eq!(
        of(&found(&table(), &Plain::year(1, 300, 0.4)), "V091"),
        None
    );
    let old = Plain::year(1, 300, 0.4).replace(",17", ",12");
    assert_eq!(
        severity(&found(&table(), &old), "V091"),
        Some(Severity::Warning)
    );
}

#[test]
fn what_the_events_stand_for_is_told() {
    let mut plain = Plain::new(10);
    let mut text = HEADER.replace("h,label", "risk_score,label");
    for at in 0..1_200_u64 {
        // Malicious ones are of another half of the year, and a filter kept those above a half.
        let malicious = at % 3 == 0;
        let day = if malicious { 190 + at % 150 } else { at % 150 };
        let row = plain.row(malicious, START + day * DAY);
        let mut cells: Vec<String> = row.trim_end().split(',').map(str::to_owned).collect();
        cells[7] = format!("{:.6}", 0.5 + plain.random.unit() / 2.0);
        text += &cells.join(",");
        text.push('\n');
    }
    let findings = found(&table(), &text);
    assert_eq!(severity(&findings, "V111"), Some(Severity::Note));
    assert_eq!(severity(&findings, "V112"), Some(Severity::Warning));
    assert_eq!(
        of(&findings, "V112").unwrap().subject.columns,
        ["risk_score"]
    );
    assert_eq!(
        of(&findings, "V113").unwrap().subject.columns,
        ["risk_score"]
    );
    assert_eq!(severity(&findings, "V115"), Some(Severity::Note));

    let mut task = table();
    task.trust.sources.insert("s0".to_owned(), Trust::Own);
    task.traffic.malicious_share = 0.3;
    let findings = found(&task, &Plain::year(11, 600, 0.3));
    for code in ["V111", "V112", "V113", "V115"] {
        assert_eq!(of(&findings, code), None, "{code}");
    }
}

#[test]
fn odd_tables_give_answers() {
    let wide_header: Vec<String> = (0..400).map(|column| format!("c{column}")).collect();
    let wide_row = vec!["1"; 400].join(",");
    for text in [
        "a,label\n1,1\n".to_owned(),
        "a,label\n1,1\n2,0\n".to_owned(),
        "a,b,label\n,,1\n,,0\n,,1\n".to_owned(),
        format!("a,label\n{}", "5,1\n5,0\n".repeat(150)),
        format!(
            "{},label\n{wide_row},1\n{wide_row},0\n",
            wide_header.join(",")
        ),
        format!(
            "a,label,time\n{}",
            "5,1,2020-01-01\n5,0,2020-01-01\n".repeat(30)
        ),
        "a,label,time\n1,1,-009999-01-02\n2,0,9999-12-30\n3,0,2020-01-01\n".to_owned(),
    ] {
        let findings = found(&table(), &text);
        assert!(!findings.is_empty(), "{text}");
        let few = findings
            .iter()
            .any(|finding| matches!(finding.code.code, "V011" | "V012" | "V013"));
        assert!(few, "{findings:?}");
    }
}

#[test]
fn labels_that_are_probably_wrong_are_counted() {
    let wrong = |one_in: u64| {
        let mut random = Random::new(4);
        let mut text = "a,b,c,label\n".to_owned();
        for row in 0..3_000_u64 {
            let is_malicious = random.chance(0.2);
            let pull = if is_malicious { 3.0 } else { 0.0 };
            let called = is_malicious != (is_malicious && one_in > 0 && row % one_in == 0);
            let mut number = || pull + 4.0 * random.unit();
            let numbers = [number(), number(), number()];
            let [a, b, c] = numbers;
            writeln!(text, "{a:.3},{b:.3},{c:.3},{}", u8::from(called)).unwrap();
        }
        let run = |data: &Data<'_>| Check::Mislabelled.run(data);
        let findings = support::with_data(&table(), &text, |_| Vec::new(), run);
        of(&findings, "V121").cloned()
    };
    assert!(wrong(0).is_none_or(|finding| finding.severity == Severity::Note));
    let finding = wrong(5).unwrap();
    assert_eq!(finding.severity, Severity::Warning);
    let effect = finding.effect.unwrap();
    let interval = effect.interval.unwrap();
    // About 120 of the 600 malicious events are called benign.
    assert!(
        interval[0] > 30.0 && (110.0..180.0).contains(&interval[1]),
        "{effect:?}"
    );
}
