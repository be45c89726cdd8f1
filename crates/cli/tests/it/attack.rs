//! `attack --distance`: the cheapest change of an event, told and exact.

use serde_json::{Value, json};

use crate::support::{folder, lines, ringtrue};

/// Two trees of LightGBM's: `bytes` over 10 adds 2, and over 20 takes 1.5 off if `digits` is at most 0.5.
const MODEL: &[u8] = b"tree
version=v4
num_class=1
num_tree_per_iteration=1
label_index=0
max_feature_idx=2
objective=binary sigmoid:1
feature_names=bytes digits extra
feature_infos=[0:99] [0:1] [0:9]
tree_sizes=1 1

Tree=0
num_leaves=2
num_cat=0
split_feature=0
threshold=10.5
decision_type=2
left_child=-1
right_child=-2
leaf_value=-1 1
leaf_count=50 50
internal_value=0
internal_count=100
shrinkage=1

Tree=1
num_leaves=3
num_cat=0
split_feature=0 1
threshold=20.25 0.5
decision_type=2 2
left_child=-1 -2
right_child=1 -3
leaf_value=0 -1.5 0.5
leaf_count=50 30 20
internal_value=0 0
internal_count=100 50
shrinkage=1

end of trees
";

const ROWS: &[u8] = b"label,bytes,digits,extra\n1,14,0.3,1\n0,4,0.3,1\n1,14,,1\n1,12,0.9,1\n";

fn attacked(words: &str) -> Vec<Value> {
    let list = b"feature,scale,integer\nbytes,2,1\ndigits,0.5,0\nextra,1,0\n";
    let at = folder(&[("model.txt", MODEL), ("rows.csv", ROWS), ("list.csv", list)]);
    ringtrue(at.path(), "import model.txt --out d").exits(0);
    let words = format!("attack --detector d --threshold-margin 0 --json {words} rows.csv");
    lines(&ringtrue(at.path(), &words).exits(0).stdout)
}

fn figures(rows: &[Value]) -> Vec<Value> {
    let of = |row: &Value| {
        json!([
            row["row"],
            row["from"],
            row["upper"],
            row["exact"],
            row["witness"]
        ])
    };
    rows.iter().map(of).collect()
}

#[test]
fn the_cheapest_change_is_told_for_each_row() {
    let rows = attacked("--distance linf");
    // Down to the cut itself; a row that is allowed needs nothing.
    let expected = [
        json!([0, "malicious", 3.5, true, {"bytes": 10.5}]),
        json!([1, "allowed", 0.0, true, {}]),
        json!([2, "malicious", 3.5, true, {"bytes": 10.5}]),
        json!([3, "malicious", 1.5, true, {"bytes": 10.5}]),
    ];
    assert_eq!(figures(&rows), expected);
    for row in &rows {
        assert_eq!(row["lower"], row["upper"]);
        assert!(row["ms"].as_f64().unwrap() >= 0.0);
    }
}

#[test]
fn steps_scales_and_directions_count() {
    let rows = attacked("--distance linf --integer bytes --scale list.csv");
    assert_eq!(
        figures(&rows)[0],
        json!([0, "malicious", 2.0, true, {"bytes": 10.0}])
    );
    let rows = attacked("--distance linf --integer list.csv --only-up bytes");
    // Upwards there is only the second tree's leaf, and the third row has no digits, which reads as 0.
    assert_eq!(
        figures(&rows)[0],
        json!([0, "malicious", 7.0, true, {"bytes": 21.0}])
    );
    assert_eq!(
        figures(&rows)[2],
        json!([2, "malicious", 7.0, true, {"bytes": 21.0}])
    );
    assert_eq!(figures(&rows)[3], json!([3, "malicious", null, true, null]));
    assert_eq!(rows[3]["lower"], Value::Null);
}

#[test]
fn sums_and_both_directions_count() {
    let rows = attacked("--distance l1 --from both");
    assert_eq!(rows[1]["from"], "allowed");
    let upper = rows[1]["upper"].as_f64().unwrap();
    assert!(upper > 6.5 && upper < 6.500_001, "{upper}");
    let rows = attacked("--distance l2 --only-up bytes,digits");
    assert_eq!(rows[0]["exact"], true);
}

#[test]
fn declarations_count_where_they_are_asked_for() {
    let list = b"feature,attacker_up,integer\nbytes,1,1\ndigits,0,0\nextra,0,0\n";
    let at = folder(&[("model.txt", MODEL), ("rows.csv", ROWS), ("list.csv", list)]);
    ringtrue(at.path(), "import model.txt --signals list.csv --out d").exits(0);
    for (words, upper) in [("", 3.5), ("--declared", 7.0)] {
        let words = format!(
            "attack --detector d --distance linf --threshold-margin 0 {words} --json rows.csv"
        );
        let rows = lines(&ringtrue(at.path(), &words).exits(0).stdout);
        assert_eq!(rows[0]["upper"], upper, "{words}");
    }
}

#[test]
fn what_cannot_be_attacked_is_told() {
    let at = folder(&[("model.txt", MODEL), ("rows.csv", ROWS)]);
    ringtrue(at.path(), "import model.txt --out d").exits(0);
    let told = ringtrue(at.path(), "attack --detector d --distance cost rows.csv").exits(2);
    assert!(
        told.stderr.contains("declares what a change costs"),
        "{}",
        told.stderr
    );
    let told = ringtrue(
        at.path(),
        "attack --detector d --distance linf --only-up bites rows.csv",
    );
    assert!(
        told.exits(2)
            .stderr
            .contains("no signal of this name: bites")
    );
}

#[test]
fn lists_and_scores_that_say_nothing_are_refused() {
    for (words, told) in [
        (
            "--distance l1 --threshold-margin nan",
            "no score is above or below it",
        ),
        (
            "--distance l1 --integer unmarked.csv",
            "marks no signal by a 1",
        ),
        ("--distance l1 --integer misspelt.csv", "line 2 says: true"),
    ] {
        let at = folder(&[
            ("model.txt", MODEL),
            ("rows.csv", ROWS),
            ("unmarked.csv", b"feature,integer\nbytes,0\n"),
            ("misspelt.csv", b"feature,integer\nbytes,true\n"),
        ]);
        ringtrue(at.path(), "import model.txt --out d").exits(0);
        let words = format!("attack --detector d {words} rows.csv");
        let ran = ringtrue(at.path(), &words).exits(2);
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
    }
}

#[test]
fn people_are_told_who_attacks_and_what_is_certified() {
    let at = folder(&[("model.txt", MODEL), ("rows.csv", ROWS)]);
    ringtrue(at.path(), "import model.txt --out d").exits(0);
    let words = "attack --detector d --distance linf --threshold-margin 0 rows.csv";
    let told = ringtrue(at.path(), words).exits(0).stdout;
    for expected in [
        "ATLAS AML.T0015",
        "NIST AI 100-2 white-box",
        "can raise and lower `bytes`, `digits`, `extra`",
        "row 0 (malicious): costs 3.5: `bytes` 14 to 10.5",
        "4 events, 4 with a proven minimum; 3 flagged",
        "90 % of the flagged events stay flagged at any cost below 1.5",
    ] {
        assert!(told.contains(expected), "{expected}: {told}");
    }
}

#[test]
fn signals_without_names_go_by_their_place_or_by_a_list() {
    let model = String::from_utf8(MODEL.to_vec()).unwrap();
    let model = model.replace("bytes digits extra", "Column_0 Column_1 Column_2");
    let list = b"feature,name,scale\nf0,bytes,2\nf1,digits,0.5\nf2,extra,1\n";
    let at = folder(&[
        ("model.txt", model.as_bytes()),
        ("rows.csv", ROWS),
        ("list.csv", list),
    ]);
    ringtrue(at.path(), "import model.txt --out d").exits(0);
    for name in ["f0", "bytes", "Column_0"] {
        let words = format!(
            "attack --detector d --distance linf --threshold-margin 0 --scale list.csv --only-up {name} --integer {name} --json rows.csv"
        );
        let rows = lines(&ringtrue(at.path(), &words).exits(0).stdout);
        assert_eq!(rows[0]["upper"], 3.5, "{name}");
        assert_eq!(rows[0]["witness"], json!({"Column_0": 21.0}));
    }
}
