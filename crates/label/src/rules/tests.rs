//! Rule files that are right and wrong, what is counted of rules, and what their votes come to.

use proptest::prelude::*;
use ringtrue_core::{Kind, Label, SignalSchema, Value};

use super::{
    Draft, Example, Fired, Polarity, RuleSet, Seen, Vote, Weighing, combine, judge, write,
};

fn rule(name: &str, polarity: &str, condition: &str) -> String {
    format!(
        "[[rule]]\nname = \"{name}\"\nattack = [\"T1105\"]\npolarity = \"{polarity}\"\nauthor = \"a\"\nnotes = \"n\"\ncondition = '''{condition}'''\n"
    )
}

fn file(rules: &[String]) -> String {
    format!("kind = \"command\"\n{}", rules.concat())
}

fn errors(text: &str) -> Vec<String> {
    let errors = RuleSet::parse([("r.toml", text)]).expect_err(text);
    errors.iter().map(ToString::to_string).collect()
}

/// Checks that a file is refused with this line and these words.
fn check_told<const N: usize>(cases: [(String, usize, &str); N]) {
    for (text, line, part) in cases {
        let told = errors(&text);
        let start = format!("r.toml line {line}: ");
        let is_told = |it: &String| it.starts_with(&start) && it.contains(part);
        assert!(told.iter().any(is_told), "{text:.200}: {told:?}");
    }
}

#[test]
fn a_wrong_rule_is_told_with_file_and_line() {
    let good = rule("good", "malicious", "command.contains('x')");
    check_told([
        (String::new(), 1, "missing field `kind`"),
        ("kind = \"command\"\n".to_owned(), 1, "holds no rule"),
        ("kind = \"commands\"\n".to_owned(), 1, "unknown variant"),
        (
            file(&[good.replace("notes = \"n\"", "note = \"n\"")]),
            7,
            "unknown field `note`",
        ),
        (
            file(&[good.replace("notes = \"n\"", "notes = \" \"")]),
            3,
            "`notes` is empty",
        ),
        (
            file(&[good.replace("T1105", "T15")]),
            3,
            "not an id of ATT&CK",
        ),
        (
            file(&[good.replace("\"T1105\"", "")]),
            3,
            "at least one technique",
        ),
        (
            file(&[good.replace("\"good\"", "\"Not good\"")]),
            3,
            "a rule's name is",
        ),
        (
            file(&[good.replace("malicious", "unsure")]),
            5,
            "unknown variant `unsure`",
        ),
    ]);
}

#[test]
fn a_wrong_condition_is_told_with_its_line_in_the_file() {
    let good = rule("good", "malicious", "command.contains('x')");
    check_told([
        (
            file(&[rule("r", "benign", "command.contains(")]),
            8,
            "line 1, column",
        ),
        (
            file(&[rule("r", "benign", "\ntrue &&\n(")]),
            10,
            "the condition of `r`",
        ),
        (
            file(&[rule("r", "benign", "size(command)")]),
            8,
            "neither true nor false",
        ),
        (
            file(&[rule("r", "benign", "1 == 1")]),
            8,
            "for all or for none",
        ),
        (file(&[rule("r", "benign", "label == 'x'")]), 8, "leak"),
        (
            file(&[good.clone(), good.clone()]),
            10,
            "another rule has this name (r.toml line 3): `good`",
        ),
        ("#".repeat((1 << 20) + 1), 1, "longer than"),
    ]);
    let both = file(&[good.replace("T1105", "X"), rule("r", "benign", "1 +")]);
    assert_eq!(errors(&both).len(), 2, "every rule is told of");
}

#[test]
fn names_are_one_over_all_files_and_in_their_order() {
    let (b, a) = (
        rule("b", "benign", "has(fields.x)"),
        rule("a", "malicious", "has(fields.y)"),
    );
    let (one, two) = (file(std::slice::from_ref(&b)), file(&[a, b]));
    let found = RuleSet::parse([("1", one.as_str()), ("2", two.as_str())]).expect_err("twice");
    assert_eq!(found.len(), 1);
    let set = RuleSet::parse([("2", two.as_str())]).expect("reads");
    let names: Vec<&str> = set.rules().iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
}

#[test]
fn signals_and_parts_must_be_there() {
    let schema = SignalSchema {
        code: "t".to_owned(),
        signals: Vec::new(),
    };
    let text = file(&[rule(
        "r",
        "benign",
        "signals.nope > 1 || parts.nope == 'x' || normalised == 'y'",
    )]);
    let set = RuleSet::parse([("r", text.as_str())]).expect("reads");
    let found = set
        .check_names(&schema, &["normalised"])
        .expect_err("two are not there");
    assert_eq!(found.len(), 2);
    assert!(found[0].to_string().contains("`nope`"), "{}", found[0]);
    assert!(
        found[1]
            .to_string()
            .contains("`parts.nope` (there are: normalised)"),
        "{}",
        found[1]
    );
}

#[test]
fn what_is_written_reads_the_same() {
    let draft = Draft {
        name: "x".to_owned(),
        attack: vec!["T1105".to_owned()],
        polarity: Polarity::Malicious,
        author: "an \"author\"".to_owned(),
        notes: "two\nlines '''".to_owned(),
        condition: r"command.contains('a\\b') && command.contains('\'')".to_owned(),
    };
    let text = write(Kind::Command, std::slice::from_ref(&draft));
    let set = RuleSet::parse([("w", text.as_str())]).expect(&text);
    let read = &set.rules()[0];
    assert_eq!(read.condition.text(), draft.condition);
    assert_eq!((&read.author, &read.notes), (&draft.author, &draft.notes));
}

fn fired(rules: &[u32]) -> Fired {
    Fired {
        rules: rules.to_vec(),
        failed: Vec::new(),
    }
}

/// Rules `a` and `b` for malicious, `c` for benign.
fn three() -> RuleSet {
    let text = file(&[
        rule("a", "malicious", "command.contains('a')"),
        rule("b", "malicious", "command.contains('b')"),
        rule("c", "benign", "command.contains('c')"),
    ]);
    RuleSet::parse([("three", text.as_str())]).expect("reads")
}

#[test]
fn the_table_counts_overlaps_conflicts_and_what_people_said() {
    let set = three();
    let fired = [
        fired(&[0]),
        fired(&[0, 1]),
        fired(&[0, 2]),
        fired(&[]),
        fired(&[2]),
    ];
    let labels = [
        Some(Label::Malicious),
        None,
        Some(Label::Benign),
        Some(Label::Unsure),
        Some(Label::Benign),
    ];
    let table = judge(
        set.rules(),
        &Seen {
            fired: &fired,
            labels: &labels,
            campaigns: &[0, 0, 1, 2, 1],
        },
    );
    assert_eq!((table.events, table.labelled, table.covered), (5, 3, 4));
    assert_eq!((table.overlapping, table.conflicting), (2, 1));
    let [a, b, c] = table.rules.as_slice() else {
        panic!("three rules");
    };
    assert_eq!(
        (a.events, a.campaigns, a.overlaps, a.conflicts),
        (3, 2, 2, 1)
    );
    assert_eq!((a.precision.right, a.precision.known), (1, 2));
    assert_eq!((b.events, b.precision.known), (1, 0));
    assert_eq!(
        (c.precision.right, c.precision.known, c.conflicts),
        (2, 2, 1)
    );
    assert!(a.precision.rate.is_err(), "two labels show no rate");
}

/// `campaigns` campaigns of `copies` events each: rule 0 holds for all, and is right in the first `right` of them.
fn clustered(campaigns: u32, copies: usize, right: u32) -> super::Counted {
    let (mut all, mut labels, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
    for campaign in 0..campaigns {
        for _ in 0..copies {
            all.push(fired(&[0]));
            labels.push(Some(if campaign < right {
                Label::Malicious
            } else {
                Label::Benign
            }));
            numbers.push(campaign);
        }
    }
    let seen = Seen {
        fired: &all,
        labels: &labels,
        campaigns: &numbers,
    };
    judge(three().rules(), &seen).rules[0].precision
}

#[test]
fn copies_of_a_campaign_make_no_interval_narrower() {
    let width = |counted: super::Counted| counted.rate.map(|it| it.high - it.low).expect("a rate");
    let single = clustered(200, 1, 150);
    let copied = clustered(200, 30, 150);
    assert!((width(single) - width(copied)).abs() < 0.01);
    assert!((width(clustered(200, 1, 200)) - width(clustered(200, 30, 200))).abs() < 1e-9);
    let rate = single.rate.expect("a rate");
    let (low, high) = ringtrue_core::metrics::interval::clopper_pearson(150, 200, 0.95);
    assert!(
        (rate.low - low).abs() < 0.005 && (rate.high - high).abs() < 0.005,
        "{rate:?}"
    );
}

/// 1,000 events: rule 0 is right in 9 of 10, rule 1 no better than chance, rule 2 right on benign ones; the rest has no rule.
fn stream() -> (Vec<Fired>, Vec<Option<Label>>, Vec<u32>) {
    let (mut all, mut labels) = (Vec::new(), Vec::new());
    for number in 0..1_000_u32 {
        let malicious = number % 5 == 0;
        let mut rules = Vec::new();
        if (malicious && number % 2 == 0) || number % 45 == 1 {
            rules.push(0);
        }
        if number % 7 == 0 {
            rules.push(1);
        }
        if !malicious && number % 3 == 0 {
            rules.push(2);
        }
        all.push(fired(&rules));
        labels.push(Some(if malicious {
            Label::Malicious
        } else {
            Label::Benign
        }));
    }
    (all, labels, (0..1_000).collect())
}

#[test]
fn votes_are_weighed_by_labels_of_other_campaigns() {
    let (fired, labels, campaigns) = stream();
    let seen = Seen {
        fired: &fired,
        labels: &labels,
        campaigns: &campaigns,
    };
    let combined = combine(three().rules(), &seen);
    assert_eq!(combined.weighing, Weighing::Labels);
    let [a, b, c] = combined.weights.as_slice() else {
        panic!("three weights");
    };
    assert!(*a > 2.0, "{a}");
    assert!((0.0..0.5).contains(b), "no better than chance: {b}");
    assert!(*c < -2.0, "{c}");
    let held = &combined.held_out;
    assert!(held.malicious.rate.expect("a rate").value > 0.7);
    assert_eq!(held.benign.right, held.benign.known);
    assert_eq!(held.recall.known, 200);
    assert_eq!(held.recall.right, 100);
    let of_none = combined.votes.iter().zip(&fired);
    for (cast, fired) in of_none.filter(|(_, fired)| fired.rules.is_empty()) {
        assert_eq!((cast.vote, cast.weight), (Vote::Abstains, 0.0), "{fired:?}");
    }
}

#[test]
fn a_labels_own_campaign_gives_its_vote_nothing() {
    let (mut fired, mut labels, mut campaigns) = stream();
    // One campaign of 200 copies, alone under rule 1 and all malicious: outside of it rule 1 is worth nothing.
    for _ in 0..200 {
        fired.push(super::Fired {
            rules: vec![1],
            failed: Vec::new(),
        });
        labels.push(Some(Label::Malicious));
        campaigns.push(5_000);
    }
    let seen = Seen {
        fired: &fired,
        labels: &labels,
        campaigns: &campaigns,
    };
    let combined = combine(three().rules(), &seen);
    for cast in &combined.votes[1_000..] {
        assert_ne!(cast.vote, Vote::Malicious);
    }
}

#[test]
fn without_labels_all_rules_weigh_alike_and_ties_abstain() {
    let fired = [fired(&[0]), fired(&[0, 2]), fired(&[0, 1, 2]), fired(&[2])];
    let seen = Seen {
        fired: &fired,
        labels: &[None; 4],
        campaigns: &[0, 1, 2, 3],
    };
    let combined = combine(three().rules(), &seen);
    assert_eq!(combined.weighing, Weighing::Alike);
    let votes: Vec<Vote> = combined.votes.iter().map(|it| it.vote).collect();
    let expected = [
        Vote::Malicious,
        Vote::Abstains,
        Vote::Malicious,
        Vote::Benign,
    ];
    assert_eq!(votes, expected);
    assert_eq!(combined.held_out.coverage.known, 0);
}

/// The longest condition that compiles, on the longest command that is read: what bounds it is the expression's size.
#[test]
fn a_condition_that_looks_at_much_ends() {
    let words: Vec<String> = (0..300).map(|number| format!("'w{number}'")).collect();
    let condition = format!("[{}].all(w, !command.contains(w))", words.join(","));
    let text = file(&[
        rule("many", "malicious", &condition),
        rule("nested", "malicious", "command.matches('^(a+)+$')"),
    ]);
    let set = RuleSet::parse([("r", text.as_str())]).expect("compiles");
    let line = Value::Text("a".repeat(1 << 20).into());
    let example = Example {
        fields: vec![("command".to_owned(), line)],
    };
    assert_eq!(set.fire(&example.event(Kind::Command), None).rules, [0, 1]);
    let loops = rule(
        "loop",
        "malicious",
        "[1].exists(a, [2].exists(b, command == 'x'))",
    );
    assert!(errors(&file(&[loops]))[0].contains("a macro inside a macro"));
}

proptest! {
    #[test]
    fn no_rule_file_panics(text in ".{0,300}") {
        drop(RuleSet::parse([("any", text.as_str())]));
    }

    #[test]
    fn no_condition_panics(condition in "[ -~]{0,80}", command in ".{0,60}") {
        prop_assume!(!condition.contains("'''"));
        let text = file(&[rule("r", "malicious", &condition)]);
        if let Ok(set) = RuleSet::parse([("any", text.as_str())]) {
            let example = Example { fields: vec![("command".to_owned(), Value::Text(command.into()))] };
            let event = example.event(Kind::Command);
            prop_assert_eq!(set.fire(&event, None), set.fire(&event, None));
        }
    }

    /// The order of events changes neither the table nor the votes.
    #[test]
    fn order_changes_nothing(seed in prop::collection::vec((prop::collection::btree_set(0_u32..3, 0..3), 0_u8..3, 0_u32..20), 1..200)) {
        let set = three();
        let run = |events: &[(std::collections::BTreeSet<u32>, u8, u32)]| {
            let fired: Vec<Fired> = events.iter().map(|it| fired(&it.0.iter().copied().collect::<Vec<_>>())).collect();
            let labels: Vec<Option<Label>> = events.iter().map(|it| match it.1 { 0 => None, 1 => Some(Label::Benign), _ => Some(Label::Malicious) }).collect();
            let campaigns: Vec<u32> = events.iter().map(|it| it.2).collect();
            let seen = Seen { fired: &fired, labels: &labels, campaigns: &campaigns };
            (judge(set.rules(), &seen), combine(set.rules(), &seen).weights)
        };
        let mut back = seed.clone();
        back.reverse();
        prop_assert_eq!(run(&seed), run(&back));
    }
}
