//! Translations of rules that were written for these tests, and what has none.

use proptest::prelude::*;
use ringtrue_core::expression::Expression;
use ringtrue_core::{Kind, Value};

use super::super::rule::Example;
use super::{SigmaProblem, translate};

const HEAD: &str = "title: A test\nid: 5c1a\ndescription: For tests.\nauthor: tester\ntags:\n    - attack.execution\n    - attack.t1059.004\nlogsource:\n    product: linux\n    category: process_creation\n";

/// Returns the condition of a rule with this detection, lines of which are indented by four.
fn condition(detection: &str) -> Result<String, SigmaProblem> {
    let text = format!("{HEAD}detection:\n{detection}\nlevel: high\n");
    let translated = translate("test.yml", &text);
    translated.map(|it| it.condition).map_err(|it| it.problem)
}

fn holds(detection: &str, fields: &[(&str, &str)]) -> bool {
    let condition = condition(detection).unwrap_or_else(|problem| panic!("{detection}: {problem}"));
    let field = |(name, text): &(&str, &str)| ((*name).to_owned(), Value::Text((*text).into()));
    let example = Example {
        fields: fields.iter().map(field).collect(),
    };
    let condition = Expression::compile(&condition).expect(&condition);
    condition
        .holds(&example.event(Kind::Command))
        .expect("fits")
}

#[test]
fn fields_modifiers_and_wildcards_mean_what_sigma_says() {
    let cases: &[(&str, &str, bool)] = &[
        ("CommandLine: 'nc -e'", "nc -e", true),
        ("CommandLine: 'nc -e'", "NC -E", true),
        ("CommandLine: 'nc -e'", "nc -e x", false),
        ("CommandLine: 'nc *sh'", "nc 10.0.0.1\n/bin/sh", true),
        ("CommandLine: 'a?c'", "xabc", false),
        ("CommandLine: 'a?c'", "abc", true),
        (r"CommandLine: 'a\*c'", "a*c", true),
        (r"CommandLine: 'a\*c'", "abc", false),
        (r"CommandLine: 'a\b'", r"a\b", true),
        ("CommandLine|contains: 'it''s'", "so it's", true),
        ("CommandLine|contains: '*b?d*'", "a bxd", true),
        ("CommandLine|startswith: 'curl '", "CURL x", true),
        ("CommandLine|startswith: 'curl '", "a curl x", false),
        ("CommandLine|endswith: '| sh'", "a | sh", true),
        ("CommandLine|contains|cased: 'Ab'", "ab", false),
        ("CommandLine|contains|cased: 'Ab'", "xAbx", true),
        (
            "CommandLine|contains:\n            - one\n            - two",
            "x two",
            true,
        ),
        (
            "CommandLine|contains|all:\n            - one\n            - two",
            "x two",
            false,
        ),
        (
            "CommandLine|contains|all:\n            - one\n            - t?o",
            "two one",
            true,
        ),
        (
            "CommandLine:\n            - one\n            - t*",
            "two",
            true,
        ),
        ("CommandLine|re: 'a{2,3}$'", "xaa", true),
        ("CommandLine|re: 'A+'", "a", false),
        ("CommandLine|re|i: 'A+'", "a", true),
    ];
    for (field, line, expected) in cases {
        let detection = format!("    s:\n        {field}\n    condition: s");
        assert_eq!(
            holds(&detection, &[("command", line)]),
            *expected,
            "{field}: {line}"
        );
    }
}

#[test]
fn programs_are_known_by_name_and_files_only_where_the_input_tells_them() {
    let named = "    s:\n        Image|endswith:\n            - '/curl'\n            - '/wget'\n    condition: s";
    assert!(holds(named, &[("parts.program", "wget")]));
    assert!(!holds(named, &[("parts.program", "wget2")]));
    let file = "    s:\n        Image|startswith: '/tmp/'\n    condition: s";
    assert!(holds(
        file,
        &[("parts.image", "/tmp/x"), ("parts.program", "x")]
    ));
    assert!(!holds(file, &[("parts.program", "x")]));
    // What is not known is not taken for false: the rule abstains.
    let not = "    s:\n        Image|startswith: '/usr/'\n    condition: not s";
    assert!(!holds(not, &[("parts.program", "x")]));
    let parent = "    s:\n        ParentImage|endswith: '/nginx'\n    condition: s";
    assert!(holds(parent, &[("ParentImage", "/usr/sbin/nginx")]));
}

#[test]
fn conditions_join_searches() {
    let searches = "    sel_a:\n        CommandLine|contains: aa\n    sel_b:\n        CommandLine|contains: bb\n    other:\n        - CommandLine|contains: cc\n        - CommandLine|contains: dd\n          User: root\n    _hidden:\n        CommandLine|contains: zz\n";
    let cases = [
        ("sel_a and sel_b", "aa bb", true),
        ("sel_a and sel_b", "aa", false),
        ("sel_a or sel_b and other", "aa", true),
        ("(sel_a or sel_b) and other", "aa", false),
        ("(sel_a or sel_b) and other", "aa cc", true),
        ("sel_a and not other", "aa", true),
        ("sel_a and not other", "aa cc", false),
        ("1 of sel_*", "bb", true),
        ("all of sel_*", "bb", false),
        ("all of sel_* and not 1 of oth*", "aabb", true),
        ("1 of them", "dd", true),
        ("1 of them", "zz", false),
        ("NOT sel_a AND sel_b", "bb", true),
    ];
    for (condition, line, expected) in cases {
        let detection = format!("{searches}    condition: {condition}");
        let fields = [("command", line), ("user", "root")];
        assert_eq!(holds(&detection, &fields), expected, "{condition}: {line}");
    }
}

/// Detections without an exact translation, and what is said of them.
const REFUSED: &[(&str, &str)] = &[
    (
        "    s:\n        CommandLine|base64: x\n    condition: s",
        "the modifier has no translation: `base64`",
    ),
    (
        "    s:\n        CommandLine|contains|endswith: x\n    condition: s",
        "`endswith`",
    ),
    (
        "    s:\n        IntegrityLevel: x\n    condition: s",
        "no such field: `IntegrityLevel`",
    ),
    (
        "    s:\n        CommandLine: null\n    condition: s",
        "`null`",
    ),
    (
        "    s:\n        CommandLine: ''\n    condition: s",
        "an empty text",
    ),
    (
        "    s:\n        - word\n        - other\n    condition: s",
        "any field",
    ),
    (
        "    s:\n        CommandLine|contains|all: x\n    condition: s",
        "at least two",
    ),
    (
        "    s:\n        CommandLine|re: '(?<!a)b'\n    condition: s",
        "not a regular expression",
    ),
    (
        "    s:\n        CommandLine: x\n    condition: s | count() > 5",
        "several events",
    ),
    (
        "    s:\n        CommandLine: x\n    condition: 2 of them",
        "`2 of`",
    ),
    (
        "    s:\n        CommandLine: x\n    condition: t",
        "no search `t`",
    ),
    (
        "    s:\n        CommandLine: x\n    condition: 1 of t*",
        "no search is called `t*`",
    ),
    (
        "    s:\n        CommandLine: x\n    condition: (s",
        "not closed",
    ),
    (
        "    s:\n        CommandLine: x\n    condition: s s",
        "should end",
    ),
    (
        "    s:\n        CommandLine: x\n    condition: s and",
        "too early",
    ),
    (
        "    s:\n        CommandLine: x\n    timeframe: 5m\n    condition: s",
        "time frame",
    ),
    (
        "    s:\n        CommandLine: x\n    condition:\n        - s\n        - s",
        "`condition` must be one text",
    ),
    (
        "    s:\n        CommandLine: x",
        "`condition` must be stated",
    ),
    (
        "    s: &a\n        CommandLine: x\n    condition: s",
        "an anchor",
    ),
    (
        "    s:\n        CommandLine: x\n    s:\n        CommandLine: y\n    condition: s",
        "twice",
    ),
];

#[test]
fn what_has_no_exact_translation_is_refused_with_its_line() {
    for (detection, part) in REFUSED {
        let problem = condition(detection).expect_err(detection).to_string();
        assert!(problem.contains(part), "{detection}: {problem}");
    }
    let other = HEAD.replace("product: linux", "product: windows");
    let found = translate(
        "w.yml",
        &format!("{other}detection:\n    s:\n        Image: x\n    condition: s\n"),
    );
    let told = found.expect_err("of Windows").to_string();
    assert!(told.starts_with("w.yml line "), "{told}");
    assert!(told.contains("`windows process_creation`"), "{told}");
    let found = translate("two.yml", "a: 1\n---\nb: 2\n").expect_err("two documents");
    assert_eq!(found.line, 3);
}

#[test]
fn a_draft_says_what_the_rule_said() {
    let text = format!(
        "{HEAD}falsepositives:\n    - admins\ndetection:\n    s:\n        CommandLine: x\n    condition: s\n"
    );
    let draft = translate("a.yml", &text).expect("translates");
    assert_eq!(draft.name, "a-test");
    assert_eq!(draft.attack, ["T1059.004"]);
    assert_eq!(draft.author, "tester");
    assert_eq!(draft.notes, "For tests. Sigma 5c1a. Errs: admins.");
}

proptest! {
    #[test]
    fn no_text_panics(text in ".{0,200}") {
        drop(translate("any", &text));
        drop(condition(&text));
    }

    #[test]
    fn no_arrangement_of_known_words_panics(words in prop::collection::vec(prop_oneof![
        Just("(".to_owned()), Just(")".to_owned()), Just("not".to_owned()), Just("and".to_owned()),
        Just("or".to_owned()), Just("1".to_owned()), Just("all".to_owned()), Just("of".to_owned()),
        Just("them".to_owned()), Just("s".to_owned()), Just("s*".to_owned()), Just("|".to_owned()),
    ], 0..60)) {
        let detection = format!("    s:\n        CommandLine: x\n    condition: {}", words.join(" "));
        drop(condition(&detection));
    }

    /// Whatever stands in a value, the rule holds for the command line that is the value.
    #[test]
    fn a_plain_value_matches_itself(text in "[ -~]{1,40}") {
        prop_assume!(!text.contains(['*', '?', '\\']) && !text.trim().is_empty());
        let yaml = text.replace('\'', "''");
        let detection = format!("    s:\n        CommandLine: '{yaml}'\n    condition: s");
        prop_assert!(holds(&detection, &[("command", &text)]));
    }
}
