//! The template reads back, wrong text is told of with line and nearest key, and the explanation
//! is what people see.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::event::{Kind, Trust};
use crate::label::Label;

const HEAD: &str = "name = \"t\"\nkind = \"url\"\n";
const GUIDE: &str = include_str!("../../../../docs/guides/task.md");

fn parse(body: &str) -> Task {
    Task::parse(&format!("{HEAD}{body}")).unwrap_or_else(|error| panic!("{body}\n{error}"))
}

/// The problems of a text, as told, joined.
fn refused(text: &str) -> String {
    Task::parse(text).expect_err(text).to_string()
}

fn check_refused(body: &str, expected: &str) {
    let told = refused(&format!("{HEAD}{body}"));
    assert_eq!(
        told,
        format!("the task has a problem\n  {expected}"),
        "{body}"
    );
}

#[test]
fn template_reads_back_and_says_only_what_it_must() {
    for kind in Kind::ALL {
        for name in ["mail links", "a \"quoted\" \\ name\nof two lines", " "] {
            let text = Task::template(name, kind);
            let task = Task::parse(&text).unwrap_or_else(|error| panic!("{error}"));
            let mut expected = Task::assumed(kind);
            name.trim().clone_into(&mut expected.name);
            if expected.name.is_empty() {
                "unnamed".clone_into(&mut expected.name);
            }
            if let Some(evidence) = kind.evidence() {
                expected.columns.evidence = Some(evidence.to_owned());
                expected.left_open.remove(&format!("columns.{evidence}"));
            }
            assert_eq!(task, expected);
        }
    }
}

#[test]
fn template_is_a_task_when_every_example_in_it_is_stated() {
    for kind in Kind::ALL {
        let template = Task::template("all", kind);
        let mut stated = String::new();
        for line in template.lines() {
            let example = line.strip_prefix("# ").filter(|rest| {
                rest.starts_with("[[")
                    || rest
                        .split_once(" = ")
                        .is_some_and(|(key, _)| key.starts_with('"') || !key.contains([' ', '`']))
            });
            writeln!(stated, "{}", example.unwrap_or(line)).expect("writes");
        }
        let task = Task::parse(&stated).unwrap_or_else(|error| panic!("{error}\n{stated}"));
        assert_eq!(task.left_open.len(), 0, "{:?}", task.left_open);
        assert_eq!(task.costs.overrides.len(), 1);
        assert_eq!(task.derived.len(), 1);
        assert_eq!(task.slices.len(), 2);
        assert_eq!(task.labels.len(), 3);
        assert!(task.gate.cost_increase_share_max.is_some());
        let blocking: Vec<_> = task
            .undefined()
            .into_iter()
            .filter(|one| one.blocking)
            .collect();
        // Who labels and on what evidence are texts that no example fills in.
        assert_eq!(blocking.len(), 2, "{blocking:?}");
    }
}

#[test]
fn nothing_stated_is_what_is_assumed() {
    let task = Task::parse("name = \"assumed\"\nkind = \"table\"\n").expect("parses");
    assert_eq!(task, Task::assumed(Kind::Table));
    assert_eq!(task.cost_sheet(), crate::CostSheet::default());
    assert_eq!(
        task.assumptions().get(..7),
        Some(
            [
                "Traffic is 1,000,000 events a day.",
                "1 event in 1,000 is malicious.",
                "Costs are in EUR.",
                "Blocking a benign event costs 10 EUR.",
                "Letting a malicious event through costs 1,000 EUR.",
                "A person looking at an event costs 5 EUR.",
                "People can handle 40 alerts a day.",
            ]
            .map(str::to_owned)
            .as_slice()
        )
    );
}

#[test]
fn what_is_stated_is_no_assumption_even_if_it_is_the_same() {
    let before = parse("").assumptions();
    let after = parse("[costs]\nfalse_positive = 10\n").assumptions();
    assert_eq!(before.len(), after.len() + 1);
    assert!(!after.iter().any(|line| line.starts_with("Blocking")));
}

#[test]
fn unknown_keys_are_told_with_line_and_nearest_key() {
    check_refused(
        "qestion = \"?\"\n",
        "line 3: unknown key `qestion`\n    hint: did you mean `question`?",
    );
    check_refused(
        "[costs]\n\nfalse_postive = 3\n",
        "line 5: unknown key `costs.false_postive`\n    hint: did you mean `costs.false_positive`?",
    );
    check_refused(
        "[traffic]\nalerts_per_day = 3\n",
        "line 4: unknown key `traffic.alerts_per_day`\n    \
         hint: did you mean `capacity.alerts_per_day`?",
    );
    check_refused(
        "families.a = \"b\"\n[[costs.overrides]]\nfamily = \"a\"\nreview = 1\nfalse_negativ = 1\n",
        "line 7: unknown key `costs.overrides.false_negativ`\n    \
         hint: did you mean `costs.overrides.false_negative`?",
    );
    check_refused(
        "[privcy]\ndefault = \"keep\"\n",
        "line 3: unknown key `privcy`\n    hint: did you mean `privacy`?",
    );
    for (section, keys) in reader::SECTIONS {
        if keys.is_empty() || section == "costs.overrides" {
            continue;
        }
        let body = if section.is_empty() {
            "zzz = 1\n".to_owned()
        } else {
            format!("[{section}]\nzzz = 1\n")
        };
        let told = refused(&format!("{HEAD}{body}"));
        assert!(told.contains("unknown key"), "{section}: {told}");
        assert!(told.contains("did you mean"), "{section}: {told}");
    }
}

/// After the head: a value that cannot stand, and what is told of it.
const WRONG_VALUES: &[(&str, &str)] = &[
    (
        "question = 3",
        "line 3: `question` must be text in quotes, but is a number",
    ),
    (
        "costs = 3",
        "line 3: `costs` must be a section, but is a number",
    ),
    (
        "malicious.include = \"x\"",
        "line 3: `malicious.include` must be a list of texts in quotes, but is text",
    ),
    (
        "malicious.include = [1]",
        "line 3: `malicious.include` must be a list of texts in quotes, but is a number",
    ),
    (
        "traffic.malicious_share = 0",
        "line 3: `traffic.malicious_share` must be a share above 0 and below 1: 0",
    ),
    (
        "traffic.malicious_share = 1.0",
        "line 3: `traffic.malicious_share` must be a share above 0 and below 1: 1.0",
    ),
    (
        "traffic.events_per_day = inf",
        "line 3: `traffic.events_per_day` must be a number above 0: inf",
    ),
    (
        "costs.false_positive = -1",
        "line 3: `costs.false_positive` must be a number from 0 up: -1",
    ),
    (
        "costs.review = nan",
        "line 3: `costs.review` must be a number from 0 up: nan",
    ),
    (
        "costs.review = \"5\"",
        "line 3: `costs.review` must be a number from 0 up, but is text",
    ),
    (
        "capacity.alerts_per_day = -0.5",
        "line 3: `capacity.alerts_per_day` must be a number from 0 up: -0.5",
    ),
    (
        "retraining.cadence_days = 0",
        "line 3: `retraining.cadence_days` must be a number above 0: 0",
    ),
    (
        "gate.recall_drop_max = 1.5",
        "line 3: `gate.recall_drop_max` must be a share from 0 to 1: 1.5",
    ),
    (
        "trust.default = \"owned\"",
        "line 3: `trust.default` must be one of own, partner, public, synthetic: `owned`\n    \
             hint: did you mean `own`?",
    ),
    (
        "[labels.map]\nx = \"evil\"",
        "line 4: `labels.map.x` must be one of malicious, benign, unsure: `evil`\n    \
             hint: did you mean `benign`?",
    ),
    (
        "[labels.map]\nx = \"benign\"\nX = \"unsure\"",
        "line 5: `labels.map` names the same thing twice: `X`",
    ),
    (
        "[columns.types]\nport = \"integer\"",
        "line 4: `columns.types.port` must be one of number, category, boolean, time, text: \
             `integer`\n    hint: did you mean `number`?",
    ),
    (
        "columns.time = \"\"",
        "line 3: `columns.time` must not be empty",
    ),
    (
        "[families]\nphish = \"a\"\nPhish = \"b\"",
        "line 5: `families` names the same thing twice: `Phish`",
    ),
    (
        "[privacy.fields]\nuser = \"hashed\"",
        "line 4: `privacy.fields.user` must be one of drop, hash, tokenise, truncate N (N from 1 up), \
             keep: `hashed`\n    hint: did you mean `hash`?",
    ),
    (
        "[privacy.fields]\nuser = \"truncate 0\"",
        "line 4: `privacy.fields.user` must be one of drop, hash, tokenise, truncate N (N from 1 up), \
             keep: `truncate 0`\n    hint: did you mean `truncate 8`?",
    ),
    (
        "format = 2",
        "line 3: this ringtrue reads tasks of `format = 1`, not of format: 2",
    ),
];

#[test]
fn wrong_values_are_told_one_by_one() {
    for (body, expected) in WRONG_VALUES {
        check_refused(body, expected);
    }
    assert_eq!(
        refused("x = "),
        "the task has a problem\n  line 1: not TOML: string values must be quoted, expected \
         literal string"
    );
    assert_eq!(
        refused(""),
        "the task has 2 problems\n  missing key `kind`\n    hint: write `kind = \"url\"` or \
         `kind = \"table\"`\n  missing key `name`"
    );
}

/// After the head: rules that contradict each other, and what is told of them.
const CONTRADICTIONS: &[(&str, &str)] = &[
    (
        "[columns]\nlabel = \"x\"\ntime = \"x\"",
        "line 5: `columns.time` names the column of the label: `x`",
    ),
    (
        "[columns]\nurl = \"link\"\ndrop = [\"link\"]",
        "line 5: `columns.drop` drops the column that holds the URL: `link`",
    ),
    (
        "privacy.default = \"drop\"",
        "line 3: `privacy.default` leaves nothing of the URL to compute signals from: \
             keep `url`",
    ),
    (
        "[privacy.fields]\nurl = \"hash\"",
        "line 4: `privacy.fields.url` leaves nothing of the URL to compute signals from: \
             keep `url`",
    ),
    (
        "[derived]\na = \"b +\"",
        "line 4: `derived.a` is no expression that ringtrue can use: line 1, column 4: \
             the expression ends too early",
    ),
    (
        "[derived]\na = \"b + 1\"\nb = \"url.size()\"",
        "line 4: `derived.a` uses a column that is not derived above it: `b`",
    ),
    (
        "[derived]\ntime = \"url.size()\"",
        "line 4: `derived.time` is a word of the expressions: choose another name",
    ),
    (
        "columns.label = \"y\"\n[slices]\na = \"y == '1'\"",
        "line 5: `slices.a` sees the label, which would leak it: `y`",
    ),
    (
        "[slices]\na = \"url\"\nb = \"url.size()\"",
        "line 5: `slices.b` is neither true nor false, so it cuts no slice",
    ),
    (
        "[costs]\nfalse_positive = 0\nfalse_negative = 0",
        "line 5: `costs.false_negative` is 0, as `costs.false_positive` is: where no mistake costs \
             anything, no threshold is better than another",
    ),
    (
        "[[costs.overrides]]\nfamily = \"phish\"\nreview = 1",
        "line 4: `costs.overrides.family` names a family that the task does not declare: \
             `phish`\n    hint: declare it under `[families]`",
    ),
    (
        "slices.large = \"url.size() > 100\"\n[[costs.overrides]]\nslice = \"lagre\"\n\
             review = 1",
        "line 5: `costs.overrides.slice` names a slice that the task does not declare: \
             `lagre`\n    hint: did you mean `large`?",
    ),
    (
        "[[costs.overrides]]\nreview = 1",
        "line 3: `costs.overrides` needs either a `family` or a `slice`",
    ),
    (
        "families.a = \"b\"\n[[costs.overrides]]\nfamily = \"a\"",
        "line 4: `costs.overrides` changes no price: give `false_positive`, \
             `false_negative` or `review`",
    ),
];

#[test]
fn contradictions_are_told() {
    for (body, expected) in CONTRADICTIONS {
        check_refused(body, expected);
    }
    let told = refused("name = \"t\"\nkind = \"table\"\ncolumns.url = \"u\"\n");
    assert!(told.contains("line 3: `columns.url` is for tasks of `kind = \"url\"` only"));
}

#[test]
fn all_problems_are_told_in_the_order_of_the_text() {
    let told = refused("knd = \"url\"\n[costs]\nreview = -1\n[traffic]\nmalicious_share = 2\n");
    let lines: Vec<&str> = told
        .lines()
        .filter(|line| !line.contains("hint"))
        .map(str::trim)
        .collect();
    assert_eq!(
        lines,
        [
            "the task has 5 problems",
            "line 1: unknown key `knd`",
            "line 3: `costs.review` must be a number from 0 up: -1",
            "line 5: `traffic.malicious_share` must be a share above 0 and below 1: 2",
            "missing key `kind`",
            "missing key `name`",
        ]
    );
}

#[test]
fn order_is_kept_where_it_means_something() {
    let task = parse("[derived]\nz = \"url.size()\"\na = \"z * 2\"\nm = \"a + z\"\n");
    let names: Vec<&str> = task.derived.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["z", "a", "m"]);
}

#[test]
fn derived_columns_do_not_see_what_comes_with_the_label_or_after() {
    for (expression, part) in [
        ("family", "sees the family"),
        ("family == 'dos' ? 1 : 0", "sees the family"),
        (
            "threat",
            "only known with the label, which would leak it: `threat`",
        ),
        (
            "fields['CLOSED']",
            "only known with the label, which would leak it: `CLOSED`",
        ),
        ("Verdict", "sees the label, which would leak it: `Verdict`"),
        (
            "signals.length > 3",
            "signals are computed after the derived columns: `length`",
        ),
        (
            "has(signals.length)",
            "signals are computed after the derived columns: `length`",
        ),
    ] {
        let text = |section: &str| {
            format!(
                "format = 1\nname = \"a\"\nkind = \"table\"\n[columns]\nlabel = \"verdict\"\n\
                 family = \"threat\"\nlabel_known = \"closed\"\n[{section}]\nx = \"{expression}\"\n"
            )
        };
        let error = Task::parse(&text("derived"))
            .expect_err(expression)
            .to_string();
        assert!(error.contains(part), "{expression}: {error}");
    }
    let slices = "format = 1\nname = \"a\"\nkind = \"table\"\n[slices]\nx = \"family == 'dos'\"\n\
                  y = \"signals.length > 3\"\n";
    assert!(Task::parse(slices).is_ok(), "slices may see both");
}

#[test]
fn privacy_rules_are_checked_in_any_case() {
    for (rules, part) in [
        ("URL = \"drop\"", "leaves nothing of the URL"),
        (
            "Email = \"keep\"\nemail = \"drop\"",
            "names the same thing twice: `email`",
        ),
        ("Seen = \"hash\"", "makes a pseudonym of a time"),
    ] {
        let text = format!(
            "format = 1\nname = \"a\"\nkind = \"url\"\n[columns]\ntime = \"seen\"\n[privacy.fields]\n{rules}\n"
        );
        let error = Task::parse(&text).expect_err(rules).to_string();
        assert!(error.contains(part), "{rules}: {error}");
    }
}

#[test]
fn labels_trust_and_privacy_answer() {
    let plain = parse("");
    assert_eq!(plain.label_of("PHISHING"), Some(Label::Malicious));
    assert_eq!(plain.label_of("neptune"), None);
    assert_eq!(plain.trust_of(None), Trust::Public);
    assert_eq!(plain.privacy_of("user"), PrivacyRule::Keep);
    let task = parse(
        "[labels.map]\nneptune = \"malicious\"\n0 = \"unsure\"\n[trust]\ndefault = \"partner\"\n\
         sources.proxy = \"own\"\n[privacy.fields]\nuser = \"hash\"\nip = \"truncate 6\"\n",
    );
    assert_eq!(task.label_of(" Neptune "), Some(Label::Malicious));
    assert_eq!(task.label_of("0"), Some(Label::Unsure));
    assert_eq!(
        task.label_of("1"),
        None,
        "a map that does not name it sets it aside"
    );
    assert_eq!(task.trust_of(Some("proxy")), Trust::Own);
    assert_eq!(task.trust_of(Some("feed")), Trust::Partner);
    assert_eq!(task.trust_of(None), Trust::Partner);
    assert_eq!(task.privacy_of("user"), PrivacyRule::Hash);
    assert_eq!(task.privacy_of("ip"), PrivacyRule::Truncate(6));
    assert_eq!(task.privacy_of("url"), PrivacyRule::Keep);
}

#[test]
fn overrides_replace_the_prices_of_their_events() {
    let task = parse(
        "families.a = \"x\"\nslices.s = \"url.contains('z')\"\n[[costs.overrides]]\n\
         family = \"a\"\nfalse_negative = 7\n[[costs.overrides]]\nslice = \"s\"\nreview = 8\n",
    );
    let sheet = task.cost_sheet();
    let event = |family: Option<&str>| crate::Event {
        kind: Kind::Url,
        time: None,
        label_known: None,
        label: None,
        source: None,
        trust: Trust::Own,
        family: family.map(std::sync::Arc::from),
        group: None,
        fields: Vec::new(),
    };
    let prices = sheet.prices_for(&event(Some("a")), |_, _| false);
    assert!((prices.false_negative - 7.0).abs() < 1e-12 && (prices.review - 5.0).abs() < 1e-12);
    let prices = sheet.prices_for(&event(None), |slice, _| slice == "s");
    assert!((prices.review - 8.0).abs() < 1e-12 && (prices.false_negative - 1e3).abs() < 1e-9);
}

#[test]
fn what_blocks_is_the_labelling_plan_and_the_cadence() {
    let blocking = |task: &Task| -> Vec<&str> {
        let open = task.undefined();
        open.iter()
            .filter(|one| one.blocking)
            .map(|one| one.key)
            .collect()
    };
    let empty = parse("");
    assert_eq!(
        blocking(&empty),
        [
            "labelling.who",
            "labelling.events_per_week",
            "labelling.evidence",
            "retraining.cadence_days"
        ]
    );
    assert_eq!(empty.undefined().len(), 18);
    let decided = parse(
        "[labelling]\nwho = \"SOC\"\nevents_per_week = 50\nevidence = [\"page seen\"]\n\
         [retraining]\ncadence_days = 30\n",
    );
    assert_eq!(blocking(&decided), [""; 0]);
    assert_eq!(decided.undefined().len(), 14);
}

#[test]
fn digest_follows_the_meaning() {
    let base = parse("[costs]\nreview = 6\ncurrency = \"CHF\"\n[traffic]\nevents_per_day = 10\n");
    let moved = parse(
        "# why\ntraffic.events_per_day = 10.0 # so\n\n[costs]\ncurrency   = 'CHF'\nreview = 6.0\n",
    );
    assert_eq!(base.digest(), moved.digest());
    let other = parse("[costs]\nreview = 7\ncurrency = \"CHF\"\n[traffic]\nevents_per_day = 10\n");
    assert_ne!(base.digest(), other.digest());
    assert_ne!(
        parse("").digest(),
        parse("costs.review = 5\n").digest(),
        "an assumption that becomes a statement is another task"
    );
}

#[test]
fn a_task_survives_its_stored_form() {
    let task = parse("[privacy.fields]\nip = \"truncate 6\"\n[slices]\na = \"url == 'x'\"\n");
    let stored = serde_json::to_string(&task).expect("writes");
    let read: Task = serde_json::from_str(&stored).expect("reads");
    assert_eq!(read, task);
    assert_eq!(read.digest(), task.digest());
}

#[test]
fn the_examples_of_the_guide_are_tasks() {
    let mut tasks = Vec::new();
    for block in GUIDE.split("```toml\n").skip(1) {
        let text = block.split("```").next().unwrap_or_default();
        if text.contains("\nkind = ") {
            tasks.push(Task::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}")));
        }
    }
    let kinds: Vec<Kind> = tasks.iter().map(|task| task.kind).collect();
    assert_eq!(kinds, [Kind::Url, Kind::Table]);
    for task in &tasks {
        assert!(
            !task.undefined().iter().any(|open| open.blocking),
            "{}",
            task.name
        );
    }
    for dropped in ["attack", "category", "difficulty"] {
        assert!(
            tasks
                .iter()
                .any(|task| task.columns.drop.iter().any(|name| name == dropped))
        );
    }
}

#[test]
fn the_guide_explains_every_key() {
    for (section, keys) in reader::SECTIONS {
        for key in keys {
            let full = if section.is_empty() {
                (*key).to_owned()
            } else {
                format!("{section}.{key}")
            };
            let is_section = reader::SECTIONS.iter().any(|(other, _)| *other == full);
            assert!(
                is_section || GUIDE.contains(&format!("`{full}`")),
                "docs/guides/task.md does not explain `{full}`"
            );
        }
    }
}

#[test]
fn explanation_of_what_is_assumed() {
    insta::assert_snapshot!(Task::assumed(Kind::Url).explain(), @r"
    What it asks
      Task `assumed`: each event is a URL.

    Base rate
      1 event in 1,000 is malicious: of 1,000,000 events a day, 1,000 are malicious and 999,000 are not.
      A detector that never says malicious is right 99.9 % of the time and worth nothing.

    Alerts a day
      FPR       false alarms  flagged, TPR 0.5        true  flagged, TPR 0.9        true
      1e-2             9,990            10,490       4.8 %            10,890       8.3 %
      1e-3               999             1,499        33 %             1,899        47 %
      1e-4               100               600        83 %             1,000        90 %
      `true` is the share of the flagged events that are malicious.

    What mistakes cost
      Blocking a benign event costs 10 EUR, letting a malicious one through 1,000 EUR, a review 5 EUR.
      Without a detector, what gets through costs 365,000,000 EUR a year.
      At FPR 1e-2, false positives cost 99,900 EUR a day: 36,463,500 EUR a year.
      At FPR 1e-3, false positives cost 9,990 EUR a day: 3,646,350 EUR a year.
      At FPR 1e-4, false positives cost 999 EUR a day: 364,635 EUR a year.
      At TPR 0.5, blocking pays while the FPR stays below 0.05.
      At TPR 0.9, blocking pays while the FPR stays below 0.09.
      A review pays from a chance of 0.5 % that the event is malicious.

    Capacity
      People can handle 40 alerts a day.
      Blocking alone holds that up to an FPR of 0.00004: a malicious event that is blocked needs nobody.
      Reviewed one by one, at most 4 % of the malicious events can be looked at.

    How the input is read
      Columns and labels are recognised by their usual names.

    Who may see what, and whose data it is
      Every field is kept as it is.
      Every source is public.

    The attacker
      Nobody has said who attacks, or how.

    People and time
      Nobody has said who labels, or how often to retrain.
    ");
}

#[test]
fn explanation_of_a_full_task() {
    let block = GUIDE
        .split("```toml\n")
        .find(|block| block.contains("kind = \"table\""));
    let text = block
        .and_then(|block| block.split("```").next())
        .expect("an example");
    insta::assert_snapshot!(Task::parse(text).expect("parses").explain(), @r"
    What it asks
      Task `network connections`: each event is a row of a table.
      Is this connection part of an attack on the network?
      Malicious: denial of service; probing; access from outside or to root without permission.
      Not malicious: unusual connections of administrators.
      Unsure: scans by our own inventory that nobody announced.
      Family `dos`: denial of service
      Family `probe`: looks for weaknesses
      Family `r2l`: gets in from outside
      Family `u2r`: becomes root

    Base rate
      1 event in 10,000 is malicious: of 2,000,000 events a day, 200 are malicious and 1,999,800 are not.
      A detector that never says malicious is right 99.99 % of the time and worth nothing.

    Alerts a day
      FPR       false alarms  flagged, TPR 0.5        true  flagged, TPR 0.9        true
      1e-2            19,998            20,098       0.5 %            20,178      0.89 %
      1e-3             2,000             2,100       4.8 %             2,180       8.3 %
      1e-4               200               300        33 %               380        47 %
      `true` is the share of the flagged events that are malicious.

    What mistakes cost
      Blocking a benign event costs 2 USD, letting a malicious one through 500 USD, a review 3 USD.
      For slice `web`: false positive 5 USD.
      Without a detector, what gets through costs 36,500,000 USD a year.
      At FPR 1e-2, false positives cost 39,996 USD a day: 14,598,540 USD a year.
      At FPR 1e-3, false positives cost 4,000 USD a day: 1,459,854 USD a year.
      At FPR 1e-4, false positives cost 400 USD a day: 145,985 USD a year.
      At TPR 0.5, blocking pays while the FPR stays below 0.013.
      At TPR 0.9, blocking pays while the FPR stays below 0.023.
      A review pays from a chance of 0.6 % that the event is malicious.

    Capacity
      People can handle 300 alerts a day.
      Blocking alone holds that up to an FPR of 0.00015: a malicious event that is blocked needs nobody.

    How the input is read
      Columns: label in `label`; family in `category`.
      No signal sees: `attack`; `category`; `difficulty`; `in_test21`.
      `land` is read as boolean.
      `logged_in` is read as boolean.
      `protocol_type` is read as category.
      Label `0` means benign.
      Label `1` means malicious.
      Derived `bytes_ratio` = src_bytes / (dst_bytes + 1)
      Derived `log_ratio` = log(bytes_ratio + 1)
      Slice `web`: service in ['http', 'http_443', 'http_8001']
      Slice `long`: duration > 60

    Who may see what, and whose data it is
      Every field is kept as it is.
      Every source is public.

    The attacker
      Wants: interrupt a service; get in unseen.
      Can change: their own packets: sizes, flags, pace; how many hosts they come from.

    People and time
      Labelled by network operations.
      100 events a week are labelled: 0.00071 % of the traffic.
      Evidence: the packets; the host's own log.
      A new detector every 90 days.
    ");
}

#[test]
fn only_what_decides_how_input_becomes_events_is_in_the_reading_digest() {
    let digest = |body: &str| parse(body).reading_digest();
    for same in [
        "[costs]\nreview = 1\n",
        "[columns]\ndrop = [\"x\"]\n",
        "[slices]\nlong = \"url.size() > 9\"\n",
    ] {
        assert_eq!(digest(same), digest(""), "{same}");
    }
    for other in [
        "[labels.map]\nx = \"malicious\"\n",
        "[columns]\nlabel = \"x\"\n",
        "[privacy.fields]\nx = \"hash\"\n",
        "[trust]\ndefault = \"own\"\n",
    ] {
        assert_ne!(digest(other), digest(""), "{other}");
    }
}

#[test]
fn extreme_figures_are_still_told() {
    let task = parse(
        "[costs]\nfalse_positive = 0\nfalse_negative = 1e-300\nreview = 0\n[traffic]\n\
         events_per_day = 1e-300\nmalicious_share = 1e-300\n[capacity]\nalerts_per_day = 0\n\
         [labelling]\nevents_per_week = 1e300\n",
    );
    let told = task.explain().to_string();
    assert!(told.contains("blocking pays at any FPR"), "{told}");
    assert!(!told.contains("NaN"), "{told}");
}

proptest! {
    #[test]
    fn comments_and_white_space_do_not_change_the_digest(
        comments in proptest::collection::vec(("[ -~]{0,40}", 0_usize..200), 0..12),
        indents in proptest::collection::vec(0_usize..4, 200),
    ) {
        let template = Task::template("t", Kind::Url);
        let expected = Task::parse(&template).expect("parses").digest();
        let mut changed = String::new();
        for (number, line) in template.lines().enumerate() {
            for (comment, _) in comments.iter().filter(|(_, place)| *place == number) {
                writeln!(changed, "#{comment}").expect("writes");
            }
            let indent = " ".repeat(indents.get(number).copied().unwrap_or(0));
            writeln!(changed, "{indent}{line}{indent}").expect("writes");
        }
        prop_assert_eq!(Task::parse(&changed).expect("parses").digest(), expected);
    }

    #[test]
    fn no_text_panics(text in "([a-z_.]{0,12}( = )?[\"'\\[\\]{}0-9a-z\n.]{0,12}){0,6}") {
        if let Err(error) = Task::parse(&text) {
            prop_assert!(!error.problems.is_empty());
        }
    }

    #[test]
    fn no_damage_to_a_template_panics(place in 0_usize..6_000, byte in 32_u8..127) {
        let mut text = Task::template("t", Kind::Table).into_bytes();
        if let Some(target) = text.get_mut(place) {
            *target = byte;
        }
        if let Ok(text) = String::from_utf8(text)
            && let Err(error) = Task::parse(&text)
        {
            prop_assert!(!error.problems.is_empty());
        }
    }
}

#[test]
fn the_rest_of_privacy_is_read_and_checked() {
    let task = parse(
        "[privacy]\nsecrets = \"mask\"\nretention_days = 365\n[privacy.fields]\nnote = \"tokenise\"\n\
         [privacy.reveal]\nuser = \"data_scientist\"\n[privacy.retention]\nip = 30\n",
    );
    assert!(task.masks_secrets() && task.needs_key());
    assert_eq!(task.reveal_of("USER.id"), super::Reveal::DataScientist);
    assert_eq!(task.privacy.retention.days, Some(365));
    assert_eq!(task.privacy.retention.fields.get("ip"), Some(&30));
    let plain = parse("");
    assert!(!plain.masks_secrets() && !plain.needs_key());
    assert_eq!(
        plain.reading_digest(),
        parse("[privacy.reveal]\nuser = \"nobody\"\n").reading_digest()
    );
    for (rules, part) in [
        (
            "secrets = \"hide\"",
            "`privacy.secrets` must be one of mask, keep: `hide`",
        ),
        (
            "retention_days = 1.5",
            "`privacy.retention_days` must be a whole number of days from 1 up: 1.5",
        ),
        (
            "reveal.user = \"boss\"",
            "must be one of everybody, analyst, data_scientist, nobody: `boss`",
        ),
        (
            "retention.ip = 0",
            "`privacy.retention.ip` must be a whole number of days from 1 up: 0",
        ),
        ("reveal_to = \"x\"", "unknown key `privacy.reveal_to`"),
        ("fields.url = \"tokenise\"", "leaves nothing of the URL"),
    ] {
        let text = format!("format = 1\nname = \"a\"\nkind = \"url\"\n[privacy]\n{rules}\n");
        let error = Task::parse(&text).expect_err(rules).to_string();
        assert!(error.contains(part), "{rules}: {error}");
    }
}
