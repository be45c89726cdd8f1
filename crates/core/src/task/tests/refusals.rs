//! Wrong text is told of with its line and the nearest key, all problems at once.

use super::*;

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
        let lists = [
            "attacker.columns",
            "costs.overrides",
            "vetting.accepted",
            "gate.limits",
        ];
        if keys.is_empty() || lists.contains(&section) {
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
        "[gate]\ncost_increase_share_max = 0.1\ncost_increase_per_day_max = 5",
        "line 5: `gate.cost_increase_per_day_max` limits the cost a second time: keep it or \
             `cost_increase_share_max`",
    ),
    (
        "[[gate.limits]]\nrecall_drop_max = 0.1",
        "line 3: `gate.limits` needs one of `family`, `source`, `tenant` and `slice`",
    ),
    (
        "[families]\nworm = \"a\"\n[[gate.limits]]\nfamily = \"worm\"\nfalse_positive_rate_max = 0.1",
        "line 5: `gate.limits` limits false positives of a family, which has malicious events alone",
    ),
    (
        "[[gate.limits]]\ntenant = \"a\"\nrecall_min = 0.1\n[[gate.limits]]\ntenant = \"a\"\nrecall_drop_max = 0.1",
        "line 6: `gate.limits` limits a part a second time: put all its limits into one",
    ),
    (
        "[[gate.limits]]\nsource = \"proxy\"",
        "line 3: `gate.limits` sets no limit: give one of `recall_drop_max`, `recall_min`, \
             `cost_increase_per_day_max`, `cost_per_day_max`, `false_positive_rate_rise_max`, `false_positive_rate_max`",
    ),
    (
        "[[gate.limits]]\nsource = \"proxy\"\nrecall_min = 0.1\nrecal_min = 0.1",
        "line 6: unknown key `gate.limits.recal_min`\n    \
             hint: did you mean `gate.limits.recall_min`?",
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
        "[[attacker.columns]]\ncolumn = \"url\"\nminutes = 1",
        "line 3: `attacker.columns.column` is no derived column, and what is computed of a URL declares its cost itself: `url`",
    ),
    (
        "derived.a = \"url.size()\"\n[[attacker.columns]]\ncolumn = \"a\"",
        "line 4: `attacker.columns` lacks `minutes`: what can be changed says which column, and at what cost",
    ),
    (
        "derived.a = \"url.size()\"\n[[attacker.columns]]\ncolumn = \"A\"\nmoves = \"no\"\n[[attacker.columns]]\ncolumn = \"a\"\nminutes = 1",
        "line 7: `attacker.columns.column` is listed twice: `a`",
    ),
    (
        "derived.a = \"url.size()\"\n[[attacker.columns]]\ncolumn = \"a\"\nminutes = 1\ntogether = [\"b\"]",
        "line 4: `attacker.columns.together` names a column that is not listed itself: `b`",
    ),
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
