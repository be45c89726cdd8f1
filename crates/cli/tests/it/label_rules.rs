//! `label rules` from outside: the rules that are shipped keep to their examples, a table and votes come of labelled events, and
//! rules that are wrong are told of with file and line.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{folder, program, ringtrue, run};

fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules")
}

/// Runs `label rules` with the shipped rules on `events.ndjson` of the folder.
fn with_shipped(at: &Path, kind: &str, more: &[&str]) -> crate::support::Ran {
    let mut command = program(at);
    command.args(["label", "rules", "--kind", kind, "--rules"]);
    command.arg(shipped()).args(more).arg("events.ndjson");
    run(&mut command)
}

/// An example of a shipped rule: the rule's name, whether its condition must hold, and the event's text.
struct Example {
    rule: String,
    holds: bool,
    text: String,
}

/// Reads the examples of the shipped rules of one folder.
fn examples(name: &str) -> Vec<Example> {
    let mut found = Vec::new();
    let mut rules = 0;
    for entry in fs::read_dir(shipped().join(name)).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let file: toml::Table = text.parse().unwrap();
        for rule in file["rule"].as_array().unwrap() {
            rules += 1;
            let name = rule["name"].as_str().unwrap();
            for (key, holds) in [("matches", true), ("misses", false)] {
                let texts = rule[key].as_array().unwrap();
                assert!(!texts.is_empty(), "`{name}` shows no {key}");
                found.extend(texts.iter().map(|text| Example {
                    rule: name.to_owned(),
                    holds,
                    text: text.as_str().unwrap().to_owned(),
                }));
            }
        }
    }
    assert!(rules >= 20, "{rules} rules of {name}");
    found
}

fn check_examples(name: &str, kind: &str, field: &str) {
    let examples = examples(name);
    let mut text = String::new();
    for (number, example) in examples.iter().enumerate() {
        let line = serde_json::json!({ field: example.text, "number": number });
        writeln!(text, "{line}").unwrap();
    }
    let at = folder(&[("events.ndjson", text.as_bytes())]);
    with_shipped(at.path(), kind, &["--json", "--votes", "votes.ndjson"]).exits(0);
    let votes = fs::read_to_string(at.path().join("votes.ndjson")).unwrap();
    let mut fired = vec![Vec::new(); examples.len()];
    for line in votes.lines() {
        let vote: Value = serde_json::from_str(line).unwrap();
        let row = usize::try_from(vote["row"].as_u64().unwrap()).unwrap();
        let names = vote["rules"].as_array().unwrap().iter();
        fired[row] = names.map(|it| it.as_str().unwrap().to_owned()).collect();
    }
    let wrong: Vec<String> = examples
        .iter()
        .zip(&fired)
        .filter(|(example, fired)| fired.contains(&example.rule) != example.holds)
        .map(|(example, _)| format!("{} {}: {}", example.rule, example.holds, example.text))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn shipped_rules_on_commands_keep_to_their_examples() {
    check_examples("commands", "command", "command");
}

#[test]
fn shipped_rules_on_urls_keep_to_their_examples() {
    check_examples("urls", "url", "url");
}

const RULES: &str = "kind = \"command\"\n\
    [[rule]]\nname = \"fetches\"\nattack = [\"T1105\"]\npolarity = \"malicious\"\nauthor = \"a\"\nnotes = \"n\"\ncondition = \"normalised.contains('wget ')\"\n\
    [[rule]]\nname = \"lists\"\npolarity = \"benign\"\nauthor = \"a\"\nnotes = \"n\"\ncondition = \"normalised.startsWith('ls ') && signals.words > 0\"\n\
    [[rule]]\nname = \"any\"\npolarity = \"benign\"\nauthor = \"a\"\nnotes = \"n\"\ncondition = \"size(command) > 0\"\n";

/// 300 commands: each third fetches and is malicious but for every tenth of them; the others list, and the last ten are not labelled.
fn commands() -> String {
    let mut text = String::new();
    for number in 0..300 {
        let fetches = number % 3 == 0;
        let label = match (number >= 290, fetches && number % 10 != 0) {
            (true, _) => Value::Null,
            (false, true) => "malicious".into(),
            (false, false) => "benign".into(),
        };
        let name: String = format!("{:x}", number * 7_919_777).repeat(3);
        let command = if fetches {
            format!("wg\"e\"t http://{name}.example/{name} -O {name}")
        } else {
            format!("ls {name} a{name}b {}", number * 31)
        };
        writeln!(
            text,
            "{}",
            serde_json::json!({ "command": command, "label": label })
        )
        .unwrap();
    }
    text
}

#[test]
fn a_table_and_votes_come_of_labelled_events() {
    let at = folder(&[
        ("rules.toml", RULES.as_bytes()),
        ("events.ndjson", commands().as_bytes()),
    ]);
    let words = "label rules --kind command --rules rules.toml --json --votes votes.ndjson --out report events.ndjson";
    let ran = ringtrue(at.path(), words).exits(0);
    let found = ran.json();
    let rules = found["rules"].as_array().unwrap();
    let names: Vec<&str> = rules
        .iter()
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["any", "fetches", "lists"]);
    let (any, fetches, lists) = (&rules[0], &rules[1], &rules[2]);
    assert_eq!(found["events"], 300);
    assert_eq!(found["labelled"], 290);
    assert_eq!(any["events"], 300);
    assert_eq!(fetches["events"], 100, "quotes within a word hide nothing");
    assert_eq!(fetches["conflicts"], 100);
    assert_eq!(fetches["overlaps"], 100);
    assert_eq!(lists["conflicts"], 0);
    let precision = &fetches["precision"];
    let (right, known) = (
        precision["right"].as_f64().unwrap(),
        precision["known"].as_f64().unwrap(),
    );
    assert!((precision["value"].as_f64().unwrap() - right / known).abs() < 1e-9);
    assert!(precision["low"].as_f64().unwrap() < right / known);
    assert_eq!(found["vote"]["weights"], "labels");
    assert!(
        found["vote"]["precision"]["value"].as_f64().unwrap() > 0.8,
        "{}",
        found["vote"]
    );
    assert!(
        ran.stderr.contains("`any` holds for 100.0 % of the events"),
        "{}",
        ran.stderr
    );
    let votes = fs::read_to_string(at.path().join("votes.ndjson")).unwrap();
    assert_eq!(votes.lines().count(), 300);
    let first: Value = serde_json::from_str(votes.lines().next().unwrap()).unwrap();
    assert_eq!(first["method"], "rule");
    assert!(first.get("label").is_none(), "a vote is no label");
    let page = fs::read_to_string(at.path().join("report/report.md")).unwrap();
    assert!(page.contains("fetches"), "{page}");
    let list = ringtrue(
        at.path(),
        "label rules --kind command --rules rules.toml events.ndjson",
    )
    .exits(0);
    assert!(list.stdout.contains("precision (95 %)"), "{}", list.stdout);
}

/// A file of votes is no file of labels: nothing that reads labels takes it for one.
#[test]
fn votes_are_read_as_events_without_labels() {
    let at = folder(&[
        ("rules.toml", RULES.as_bytes()),
        ("events.ndjson", commands().as_bytes()),
    ]);
    ringtrue(
        at.path(),
        "label rules --kind command --rules rules.toml --votes votes.ndjson events.ndjson",
    )
    .exits(0);
    let ran = ringtrue(at.path(), "label errors --kind table votes.ndjson");
    assert_ne!(ran.status, 0, "{}", ran.stdout);
}

#[test]
fn wrong_rules_are_told_with_file_and_line() {
    let unknown = RULES.replace("signals.words", "signals.wordy");
    let twice = format!("{RULES}{}", RULES.replace("kind = \"command\"\n", ""));
    for (text, part) in [
        (
            RULES.replace("notes", "note"),
            "rules/r.toml line 7: unknown field `note`",
        ),
        (
            unknown,
            "rules/r.toml line 10: `lists` reads a signal that there is not: `wordy`",
        ),
        (
            twice,
            "another rule has this name (rules/r.toml line 3): `fetches`",
        ),
        (
            RULES.replace("normalised", "parts.nope"),
            "a part that there is not: `parts.nope`",
        ),
        (
            RULES.replace("\"command\"", "\"url\""),
            "no rule is about events of the kind `command`",
        ),
    ] {
        let at = folder(&[("events.ndjson", commands().as_bytes())]);
        fs::create_dir(at.path().join("rules")).unwrap();
        fs::write(at.path().join("rules/r.toml"), text).unwrap();
        let ran = ringtrue(
            at.path(),
            "label rules --kind command --rules rules events.ndjson",
        )
        .exits(2);
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
    }
    let at = folder(&[("events.ndjson", commands().as_bytes())]);
    fs::create_dir(at.path().join("rules")).unwrap();
    let ran = ringtrue(
        at.path(),
        "label rules --kind command --rules rules events.ndjson",
    )
    .exits(2);
    assert!(ran.stderr.contains("holds no rule file"), "{}", ran.stderr);
}

const SIGMA: &str = "title: Fetch Quietly\nauthor: tester\ntags: [attack.t1105]\nlogsource:\n    product: linux\n    category: process_creation\ndetection:\n    tool:\n        Image|endswith: '/wget'\n    quiet:\n        CommandLine|contains: ' -q '\n    condition: all of them\n";

#[test]
fn sigma_becomes_a_rule_file_and_what_has_no_translation_is_told() {
    let other = SIGMA.replace("CommandLine|contains", "CommandLine|base64");
    let at = folder(&[("a.yml", SIGMA.as_bytes()), ("b.yml", other.as_bytes())]);
    let ran = ringtrue(at.path(), "label import-sigma --out sigma.toml a.yml b.yml").exits(1);
    assert!(
        ran.stderr
            .contains("left out: b.yml line 11: the modifier has no translation: `base64`"),
        "{}",
        ran.stderr
    );
    let events =
        "{\"command\":\"wget -q http://a.example/\"}\n{\"command\":\"wget http://a.example/\"}\n";
    fs::write(at.path().join("events.ndjson"), events).unwrap();
    let words = "label rules --kind command --rules sigma.toml --json events.ndjson";
    let found = ringtrue(at.path(), words).exits(0).json();
    assert_eq!(found["rules"][0]["name"], "fetch-quietly");
    assert_eq!(found["rules"][0]["events"], 1);
    assert_eq!(found["vote"]["weights"], "alike");
    ringtrue(at.path(), "label import-sigma a.yml").exits(0);
    ringtrue(at.path(), "label import-sigma b.yml").exits(1);
}

/// A rule with an example under a key.
fn rule_with(name: &str, condition: &str, examples: &str) -> String {
    format!(
        "kind = \"command\"\n[[rule]]\nname = \"{name}\"\nattack = [\"T1105\"]\npolarity = \"malicious\"\nauthor = \"a\"\nnotes = \"n\"\ncondition = {condition:?}\n{examples}\n"
    )
}

#[test]
fn a_rule_that_breaks_its_own_examples_is_refused() {
    for (examples, told) in [
        (
            "matches = [\"ls -l\"]",
            "line 3: `fetch` does not hold for its example under `matches`: `ls -l`",
        ),
        (
            "misses = [\"curl x\"]",
            "line 3: `fetch` holds for its example under `misses`: `curl x`",
        ),
    ] {
        let rule = rule_with("fetch", "normalised.contains('curl')", examples);
        let at = folder(&[
            ("r.toml", rule.as_bytes()),
            ("events.ndjson", b"{\"command\": \"ls\"}\n"),
        ]);
        let ran = ringtrue(
            at.path(),
            "label rules --kind command --rules r.toml events.ndjson",
        )
        .exits(2);
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
    }
}

#[test]
fn what_is_read_is_not_written_over() {
    let rule = rule_with("fetch", "normalised.contains('curl')", "");
    let events = b"{\"command\": \"curl x\"}\n{\"command\": \"ls\"}\n";
    let at = folder(&[("r.toml", rule.as_bytes()), ("events.ndjson", events)]);
    for target in ["events.ndjson", "./r.toml"] {
        let words =
            format!("label rules --kind command --rules r.toml --votes {target} events.ndjson");
        let ran = ringtrue(at.path(), &words).exits(2);
        assert!(
            ran.stderr.contains("one of the files that are read"),
            "{}",
            ran.stderr
        );
    }
    assert_eq!(fs::read(at.path().join("events.ndjson")).unwrap(), events);
    // A device stays one.
    let words = "label rules --kind command --rules r.toml --votes /dev/null events.ndjson";
    ringtrue(at.path(), words).exits(0);
    assert!(!Path::new("/dev/null").is_file());
}

#[test]
fn a_rule_that_reads_what_is_not_there_is_told() {
    let rule = rule_with("nothing", "fields.nosuch == 'a'", "");
    let at = folder(&[
        ("r.toml", rule.as_bytes()),
        ("events.ndjson", b"{\"command\": \"ls\"}\n"),
    ]);
    let ran = ringtrue(
        at.path(),
        "label rules --kind command --rules r.toml events.ndjson",
    )
    .exits(0);
    assert!(
        ran.stderr
            .contains("reads the field `nosuch`, which no event has"),
        "{}",
        ran.stderr
    );
    let untyped = rule_with("untyped", "normalised > 3", "");
    fs::write(at.path().join("r.toml"), untyped).unwrap();
    let ran = ringtrue(
        at.path(),
        "label rules --kind command --rules r.toml events.ndjson",
    )
    .exits(2);
    assert!(
        ran.stderr.contains("could be computed for no event"),
        "{}",
        ran.stderr
    );
}

#[test]
fn one_unlucky_file_costs_no_other_translation() {
    let sigma = |word: &str| {
        format!(
            "title: Same\nlogsource:\n    product: linux\n    category: process_creation\ntags: [attack.t1105]\ndetection:\n    a:\n        CommandLine|contains: {word}\n    condition: a\n"
        )
    };
    let at = folder(&[
        ("a.yml", sigma("one").as_bytes()),
        ("b.yml", sigma("two").as_bytes()),
        ("c.yml", b"\xff\xfe"),
    ]);
    let ran = ringtrue(
        at.path(),
        "label import-sigma --out r.toml a.yml b.yml c.yml none.yml",
    )
    .exits(1);
    assert!(
        ran.stderr.contains("translated: 2, left out: 2"),
        "{}",
        ran.stderr
    );
    let written = fs::read_to_string(at.path().join("r.toml")).unwrap();
    assert!(
        written.contains("name = \"same\"") && written.contains("name = \"same-2\""),
        "{written}"
    );
}
