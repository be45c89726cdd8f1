//! What the checks of columns find where it was planted, and what they leave alone: variables, derived columns, related ones, missing values.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::fmt::Write as _;

use ringtrue_core::random::Random;
use ringtrue_core::{Kind, Task};
use ringtrue_vet::{Check, Data, Derived, Finding, Severity, Snippet};

mod support;

const CHECKS: [Check; 4] = [
    Check::Variables,
    Check::Derive,
    Check::Related,
    Check::Missing,
];

fn with<T>(task: &Task, text: &str, each: impl FnOnce(&Data<'_>) -> T) -> T {
    support::with_data(task, text, |_| Vec::new(), each)
}

fn plain() -> Task {
    Task::assumed(Kind::Table)
}

fn stated(lines: &str) -> Task {
    let text = format!("name = \"test\"\nkind = \"table\"\n{lines}\n");
    Task::parse(&text).unwrap()
}

/// Returns what the four checks find.
fn found(task: &Task, text: &str) -> Vec<Finding> {
    with(task, text, |data| {
        CHECKS
            .into_iter()
            .flat_map(|check| check.run(data))
            .collect()
    })
}

fn of<'a>(findings: &'a [Finding], code: &str) -> Vec<&'a Finding> {
    let of_code = findings.iter().filter(|it| it.code.code == code);
    of_code.collect()
}

/// Returns the lines that a finding gives for the task.
fn lines(finding: &Finding) -> &str {
    let Some(Snippet::Task(lines)) = &finding.remedy.snippet else {
        return "";
    };
    lines
}

/// Rows of columns that `row` makes of a random source and the label.
fn table(
    header: &str,
    rows: u64,
    seed: u64,
    mut row: impl FnMut(&mut Random, bool) -> String,
) -> String {
    let mut random = Random::new(seed);
    let mut text = format!("{header},label,time\n");
    for number in 0..rows {
        let malicious = random.chance(0.4);
        let values = row(&mut random, malicious);
        let time = 1_700_000_000 + number * 3_001;
        writeln!(text, "{values},{},{time}", u8::from(malicious)).unwrap();
    }
    text
}

/// Two numbers over four decades of which only the ratio tells the label.
fn of_ratio() -> String {
    table("sent,answered,other", 3_000, 5, |random, malicious| {
        let sent = 10.0_f64.powf(4.0 * random.unit());
        let sign = if malicious { 1.0 } else { -1.0 };
        let noise = 0.02 * (random.unit() - 0.5);
        let answered = sent * (1.0 + 0.01 * sign + noise);
        format!("{sent},{answered},{}", random.unit())
    })
}

#[test]
fn a_ratio_that_decides_is_found_and_its_lines_settle_it() {
    let (findings, derived) = with(&plain(), &of_ratio(), |data| {
        (Check::Derive.run(data), data.derived().to_vec())
    });
    let first = of(&findings, "V031")[0];
    assert_eq!(first.subject.columns, ["answered", "sent"]);
    let effect = first.effect.as_ref().unwrap();
    assert!(
        effect.value > 0.1 && effect.interval.unwrap()[0] > 0.1,
        "{effect:?}"
    );
    assert!(
        first.meaning.contains("declared free to change"),
        "{}",
        first.meaning
    );
    let Derived {
        name, expression, ..
    } = &derived[0];
    let task = stated(lines(first));
    assert_eq!(task.derived, [(name.clone(), expression.clone())]);
    let after = found(&task, &of_ratio());
    assert!(
        of(&after, "V031")
            .iter()
            .all(|finding| { finding.effect.as_ref().unwrap().value < effect.value / 10.0 }),
        "{after:#?}"
    );
}

#[test]
fn a_cross_of_two_categories_is_found() {
    let text = table("shop,bank,noise", 12_000, 9, |random, malicious| {
        let (mut shop, mut bank) = (0, 0);
        // Which pairs are malicious follows no order of either.
        while ringtrue_core::random::mix(shop * 97 + bank + 1) % 2 != u64::from(malicious)
            || shop == 0
        {
            (shop, bank) = (1 + random.below(14), random.below(14));
        }
        if random.chance(0.15) {
            shop = 1 + random.below(14);
        }
        format!("s{shop},b{bank},{}", random.unit())
    });
    let derived = with(&plain(), &text, |data| data.derived().to_vec());
    assert_eq!(derived.len(), 1, "{derived:?}");
    assert_eq!(derived[0].inputs, ["bank", "shop"]);
    assert_eq!(derived[0].expression, "string(bank) + '|' + string(shop)");
}

#[test]
fn bursts_of_one_card_are_told_as_counts_that_belong_into_the_data() {
    let mut random = Random::new(3);
    let mut events: Vec<(u64, u64, bool)> = (0..4_000)
        .map(|_| (random.below(200 * 86_400), random.below(300), false))
        .collect();
    for _ in 0..60 {
        let (start, card) = (random.below(199 * 86_400), random.below(300));
        events.extend((0..12).map(|event| (start + event * 300, card, true)));
    }
    events.sort_unstable();
    let mut text = "card_id,amount,label,time\n".to_owned();
    for (second, card, malicious) in events {
        let (amount, time) = (random.unit(), 1_700_000_000 + second);
        writeln!(text, "{card},{amount},{},{time}", u8::from(malicious)).unwrap();
    }
    let findings = with(&plain(), &text, |data| Check::Derive.run(data));
    let windows = of(&findings, "V032");
    assert!(!windows.is_empty(), "{findings:#?}");
    assert_eq!(windows[0].subject.columns, ["card_id"]);
    assert!(
        windows[0].title.starts_with("counts of the past events"),
        "{}",
        windows[0].title
    );
    assert!(windows[0].remedy.advice.contains("in the 1 days before"));
    assert_eq!(windows[0].remedy.snippet, None);
    assert!(windows[0].effect.as_ref().unwrap().value > 0.2);
}

/// Numbers, a flag, words and gaps that say nothing of the label.
fn noise(seed: u64) -> String {
    table("a,b,c,flag,word,gap,id", 800, seed, |random, _| {
        let numbers = [random.unit(), random.unit(), random.exponential(3.0)];
        let gap = if random.chance(0.2) {
            String::new()
        } else {
            random.unit().to_string()
        };
        let (flag, word) = (random.below(2), random.below(6));
        let id = random.next();
        let [a, b, c] = numbers;
        format!("{a},{b},{c},{flag},w{word},{gap},{id:016x}")
    })
}

#[test]
fn noise_is_left_alone() {
    for seed in 0..20 {
        let findings = found(&plain(), &noise(100 + seed));
        let loud: Vec<&Finding> = findings
            .iter()
            .filter(|finding| {
                finding.severity == Severity::Blocking
                    || ["V021", "V031", "V032", "V041", "V051"].contains(&finding.code.code)
            })
            .collect();
        assert!(loud.is_empty(), "seed {seed}: {loud:#?}");
        let gaps = of(&findings, "V052");
        assert_eq!(gaps[0].subject.columns, ["gap"], "seed {seed}");
        let treated = of(&findings, "V053");
        assert!(
            treated[0].title.ends_with(": leave them as they are"),
            "seed {seed}: {}",
            treated[0].title
        );
    }
}

fn with_gaps(of_malicious: f64, of_benign: f64) -> String {
    table("x,lab,lab_unit", 2_000, 4, |random, malicious| {
        let x = random.unit() + 0.3 * f64::from(u8::from(malicious));
        let share = if malicious { of_malicious } else { of_benign };
        if random.chance(share) {
            format!("{x},,")
        } else {
            format!("{x},{},u{}", random.unit(), random.below(3))
        }
    })
}

#[test]
fn values_missing_because_of_the_label_block_until_the_columns_are_dropped() {
    let text = with_gaps(0.99, 0.01);
    let findings = found(&plain(), &text);
    let because = of(&findings, "V051");
    assert_eq!(because.len(), 1, "{findings:#?}");
    assert_eq!(because[0].severity, Severity::Blocking);
    assert_eq!(because[0].subject.columns, ["lab", "lab_unit"]);
    assert!(because[0].meaning.contains("An attacker who can change"));
    let effect = because[0].effect.as_ref().unwrap();
    assert!(effect.value > 0.97 && effect.interval.unwrap()[0] > 0.95);
    let after = found(&stated(lines(because[0])), &text);
    assert!(of(&after, "V051").is_empty(), "{after:#?}");
    assert!(of(&after, "V052").is_empty(), "{after:#?}");
}

#[test]
fn values_missing_more_often_in_one_class_are_told() {
    let findings = found(&plain(), &with_gaps(0.4, 0.1));
    let because = of(&findings, "V051");
    assert_eq!(because.len(), 1, "{findings:#?}");
    assert_eq!(because[0].severity, Severity::Warning);
    let effect = because[0].effect.as_ref().unwrap();
    // Half of the distance of the shares.
    assert!((effect.value - 0.65).abs() < 0.03, "{effect:?}");
    assert!(of(&found(&plain(), &with_gaps(0.2, 0.2)), "V051").is_empty());
}

#[test]
fn the_same_rows_with_both_labels_bound_the_error() {
    let mut text = "x,y,label\n".to_owned();
    for row in 0..400 {
        writeln!(text, "{row}.5,{},{}", row % 7, u8::from(row % 4 == 0)).unwrap();
        if row % 20 == 0 {
            // The same numbers, written otherwise.
            writeln!(text, "{row}.50,{}.0,0", row % 7).unwrap();
        }
    }
    let findings = found(&plain(), &text);
    let same = of(&findings, "V021");
    assert_eq!(same[0].severity, Severity::Warning);
    assert!(
        same[0].title.starts_with("20 malicious and 20 benign"),
        "{}",
        same[0].title
    );
    let effect = same[0].effect.as_ref().unwrap();
    assert!((effect.value - 20.0 / 420.0).abs() < 1e-12);
    assert_eq!(same[0].evidence.len(), 20);
}

#[test]
fn a_family_that_nothing_separates_is_a_blind_spot() {
    let mut random = Random::new(8);
    let mut text = "x,y,label,family\n".to_owned();
    for row in 0..6_000 {
        let family = match row % 10 {
            0 | 1 => "ghost",
            2 | 3 => "loud",
            4 if row % 500 == 4 => "rare",
            _ => "",
        };
        let x = random.unit() + if family == "loud" { 2.0 } else { 0.0 };
        let label = u8::from(!family.is_empty());
        writeln!(text, "{x},{},{label},{family}", random.unit()).unwrap();
    }
    let findings = found(&plain(), &text);
    let blind = of(&findings, "V023");
    assert_eq!(blind.len(), 1, "{findings:#?}");
    assert_eq!(blind[0].subject.families, ["ghost"]);
    let few = of(&findings, "V024");
    assert_eq!(few[0].severity, Severity::CannotTell);
    assert_eq!(few[0].subject.families, ["rare"]);
}

#[test]
fn columns_that_say_nothing_or_who_are_listed_until_they_are_dropped() {
    let mut row = 0;
    let text = table(
        "x,same,seldom,customer_id,digest",
        3_000,
        6,
        |random, malicious| {
            let x = random.unit() + f64::from(u8::from(malicious));
            row += 1;
            let seldom = u8::from(row == 700);
            let (customer, digest) = (random.below(400), random.next());
            format!("{x},tcp,{seldom},{customer},{digest:016x}")
        },
    );
    let findings = found(&plain(), &text);
    for (code, columns) in [
        ("V026", vec!["same"]),
        ("V027", vec!["seldom"]),
        ("V028", vec!["customer_id", "digest"]),
    ] {
        let told = of(&findings, code);
        assert_eq!(told.len(), 1, "{code}");
        assert_eq!(told[0].subject.columns, columns);
        let after = found(&stated(lines(told[0])), &text);
        assert!(of(&after, code).is_empty(), "{code}: {after:#?}");
    }
}

#[test]
fn a_rare_value_that_decides_is_kept() {
    let text = table("x,wrong", 20_000, 6, |random, malicious| {
        let wrong = u8::from(malicious && random.chance(0.001));
        format!("{},{wrong}", random.unit())
    });
    let findings = found(&plain(), &text.replace(",1,1,", ",3,1,"));
    assert!(of(&findings, "V027").is_empty(), "{findings:#?}");
}

#[test]
fn what_the_task_names_and_the_data_lacks_is_told() {
    let task = stated(
        "[families]\nworm = \"spreads alone\"\n\
         [columns]\nsource = \"sensor\"\n[columns.types]\nport = \"category\"\n\
         [derived]\nhalf = \"size_of_it / 2\"\n[slices]\nhuge = \"x > 100\"\nsmall = \"x < 100\"",
    );
    let text = table("x", 200, 2, |random, _| random.unit().to_string());
    let findings = found(&task, &text);
    let mut absent: Vec<String> = of(&findings, "V025")
        .iter()
        .flat_map(|it| {
            it.subject
                .columns
                .iter()
                .chain(&it.subject.families)
                .cloned()
        })
        .collect();
    absent.sort();
    assert_eq!(absent, ["half", "huge", "port", "sensor", "worm"]);
}

#[test]
fn what_says_the_same_is_one_cluster_and_the_most_telling_leads() {
    let text = table(
        "x,twin,grown,word,code,apart",
        2_000,
        6,
        |random, malicious| {
            let x = random.unit() + f64::from(u8::from(malicious));
            let twin = 3.0 * x + 0.05 * random.unit();
            let word = random.below(5);
            let apart = random.unit();
            format!(
                "{x},{twin},{},w{word},c{},{apart}",
                (4.0 * x).exp(),
                9 - word
            )
        },
    );
    let findings = found(&plain(), &text);
    let clusters = of(&findings, "V041");
    let mut columns: Vec<Vec<&str>> = clusters
        .iter()
        .map(|it| it.subject.columns.iter().map(String::as_str).collect())
        .collect();
    for columns in &mut columns {
        columns.sort_unstable();
    }
    assert_eq!(columns, [vec!["grown", "twin", "x"], vec!["code", "word"]]);
    assert!(clusters.iter().all(|it| it.severity == Severity::Note));
    let task = stated(lines(clusters[0]));
    assert_eq!(task.columns.drop.len(), 2);
    assert_eq!(of(&found(&task, &text), "V041").len(), 1);
    // Who says what an attacker changes says something of what they do not.
    let task = stated("[attacker]\ncan_change = [\"twin\", \"x\"]");
    let findings = found(&task, &text);
    assert_eq!(of(&findings, "V041")[0].subject.columns[0], "grown");
}

#[test]
fn tables_of_any_shape_are_answered() {
    let wide = |columns: usize, rows: usize| {
        let names: Vec<String> = (0..columns).map(|column| format!("c{column}")).collect();
        let mut text = format!("{},label\n", names.join(","));
        let mut random = Random::new(1);
        for row in 0..rows {
            let values = names.iter().map(|_| random.below(90).to_string());
            let values: Vec<String> = values.collect();
            writeln!(text, "{},{}", values.join(","), row % 2).unwrap();
        }
        text
    };
    let gaps = "a,b,label\n".to_owned() + &",,0\n,,1\n".repeat(200);
    let constant = "a,b,label\n".to_owned() + &"1,x,0\n1,x,1\n".repeat(200);
    let of_one_class = "a,b,label\n".to_owned() + &"1,x,1\n2,y,1\n".repeat(200);
    let huge = "a,b,label\n".to_owned() + &"1e308,-1e308,0\n-1e308,1e-320,1\n0,-0,0\n".repeat(200);
    for text in [
        wide(2_000, 60),
        wide(3, 1),
        gaps,
        constant,
        of_one_class,
        huge,
    ] {
        for finding in found(&plain(), &text) {
            assert_ne!(finding.severity, Severity::Blocking, "{finding:#?}");
            let effect = finding.effect.as_ref();
            assert!(
                effect.is_none_or(|effect| effect.value.is_finite()),
                "{finding:#?}"
            );
        }
    }
}
