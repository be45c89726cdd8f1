//! Models that were trained elsewhere: imported, scored, explained, judged.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::{folder, lines, ringtrue};

/// A tree of LightGBM's over two signals: -1 up to 10 bytes, else 0.5 or 2 by the share of digits.
const MODEL: &[u8] = b"tree
version=v4
num_class=1
num_tree_per_iteration=1
label_index=0
max_feature_idx=1
objective=binary sigmoid:1
feature_names=bytes digits
feature_infos=[0:99] [0:1]
tree_sizes=1

Tree=0
num_leaves=3
num_cat=0
split_feature=0 1
threshold=10 0.1
decision_type=2 2
left_child=-1 -2
right_child=1 -3
leaf_value=-1 0.5 2
leaf_count=50 30 20
internal_value=0 1
internal_count=100 50
shrinkage=1

end of trees
";

const ROWS: &[u8] = b"label,digits,bytes\n0,0.9,10\n1,0.1,11\n1,0.10000000000000002,1e300\n0,,\n";

#[test]
fn an_imported_model_gives_its_own_margins() {
    let at = folder(&[("model.txt", MODEL), ("rows.csv", ROWS)]);
    let told = ringtrue(at.path(), "import model.txt --out d")
        .exits(0)
        .stderr;
    assert!(
        told.contains("1 tree over 2 signals") && told.contains("not calibrated"),
        "{told}"
    );
    let scored = lines(
        &ringtrue(at.path(), "score --detector d rows.csv")
            .exits(0)
            .stdout,
    );
    let margins: Vec<f64> = scored
        .iter()
        .map(|row| row["margin"].as_f64().unwrap())
        .collect();
    // A double's last bit decides the third row; missing is read as 0, as LightGBM does.
    assert_eq!(margins, [-1.0, 0.5, 2.0, -1.0]);
    for (place, row) in scored.iter().enumerate() {
        assert_eq!(row["row"], place);
        assert_eq!(
            (&row["calibrated"], &row["covered"]),
            (&Value::Bool(false), &Value::Null)
        );
        let expected = 1.0 / (1.0 + (-margins[place]).exp());
        assert!((row["score"].as_f64().unwrap() - expected).abs() < 1e-12);
    }
}

#[test]
fn an_explanation_names_the_columns_and_adds_up() {
    let at = folder(&[("model.txt", MODEL), ("rows.csv", ROWS)]);
    ringtrue(at.path(), "import model.txt --out d").exits(0);
    let explained = ringtrue(at.path(), "explain --detector d --row 2 --json rows.csv")
        .exits(0)
        .json();
    // 50, 30 and 20 of 100 training rows lie in the leaves.
    let bias = explained["bias"].as_f64().unwrap();
    assert!((bias - 0.05).abs() < 1e-12, "{bias}");
    let added = ["bytes", "digits"].map(|name| explained["contributions"][name].as_f64().unwrap());
    assert!(
        (bias + added[0] + added[1] - 2.0).abs() < 1e-12,
        "{added:?}"
    );
    // Without `digits` the way right of 10 bytes is worth 1.1; without `bytes` half of 2 less 1 either way.
    let expected = [
        f64::midpoint(1.1 - 0.05, 2.0 - 0.5),
        f64::midpoint(2.0 - 1.1, 0.5 - 0.05),
    ];
    for (added, expected) in added.into_iter().zip(expected) {
        assert!((added - expected).abs() < 1e-12, "{added} {expected}");
    }
    assert_eq!(explained["method"], "path_dependent");
    let text = ringtrue(at.path(), "explain --detector d --row 2 rows.csv")
        .exits(0)
        .stdout;
    assert!(
        text.contains("For malicious") && text.contains("digits = "),
        "{text}"
    );
}

#[test]
fn names_that_do_not_match_are_told() {
    let other = b"label,size,digits\n1,2,3\n";
    let at = folder(&[
        ("model.txt", MODEL),
        ("other.csv", other),
        ("short.csv", b"feature\nbytes\n"),
        ("wrong.csv", b"feature\nbytes\nletters\n"),
    ]);
    ringtrue(at.path(), "import model.txt --out d").exits(0);
    let told = ringtrue(at.path(), "score --detector d other.csv")
        .exits(2)
        .stderr;
    assert!(
        told.contains("`bytes`") && told.contains("hint: "),
        "{told}"
    );
    for words in [
        "explain --detector d --row 0 other.csv",
        "try --detector d other.csv",
        "import model.txt --calibrate other.csv --out e",
    ] {
        let told = ringtrue(at.path(), words).exits(2).stderr;
        let expected = "lacks columns that the model reads: `bytes`";
        assert!(told.contains(expected), "{words}: {told}");
    }
    let told = ringtrue(at.path(), "import model.txt --signals short.csv --out e")
        .exits(2)
        .stderr;
    assert!(told.contains("lists 1 signal, the model reads 2"), "{told}");
    let told = ringtrue(at.path(), "import model.txt --signals wrong.csv --out e")
        .exits(2)
        .stderr;
    assert!(
        told.contains("lacks signals of the model: digits"),
        "{told}"
    );
    assert!(!at.path().join("e").exists());
}

#[test]
fn what_cannot_be_held_exactly_is_refused() {
    let several = String::from_utf8(MODEL.to_vec())
        .unwrap()
        .replace("num_class=1", "num_class=3");
    let at = folder(&[
        ("several.txt", several.as_bytes()),
        ("noise.bin", b"\x08\x01\x02noise"),
    ]);
    let told = ringtrue(at.path(), "import several.txt --out d")
        .exits(2)
        .stderr;
    assert!(
        told.contains("classes") && told.contains("hint: "),
        "{told}"
    );
    ringtrue(at.path(), "import noise.bin --out d").exits(2);
    assert!(!at.path().join("d").exists());
}

#[test]
fn an_imported_model_is_calibrated_and_judged() {
    let mut rows = "label,bytes,digits\n".to_owned();
    for place in 0..400 {
        let (label, bytes) = (
            u8::from(place % 4 == 0),
            if place % 3 == 0 { 20 } else { 5 },
        );
        let digits = f64::from(place % 7) / 10.0;
        writeln!(rows, "{label},{bytes},{digits}").unwrap();
    }
    let at = folder(&[("model.txt", MODEL), ("rows.csv", rows.as_bytes())]);
    let told = ringtrue(at.path(), "import model.txt --calibrate rows.csv --out d")
        .exits(0)
        .stderr;
    assert!(!told.contains("not calibrated"), "{told}");
    let scored = lines(
        &ringtrue(at.path(), "score --detector d rows.csv")
            .exits(0)
            .stdout,
    );
    assert!(
        scored
            .iter()
            .all(|row| row["calibrated"] == true && row["covered"] == true)
    );
    // The labels do not hang on the signals, so calibration knows no more than the traffic's share.
    assert!(
        scored
            .iter()
            .all(|row| row["score"].as_f64().unwrap() < 0.01)
    );
    let judged = ringtrue(at.path(), "try --detector d --json rows.csv")
        .exits(0)
        .json();
    assert_eq!(
        (&judged["events"], &judged["malicious"]),
        (&400.into(), &100.into())
    );
}

/// Returns a folder beside the real data, or says that the test is skipped.
fn beside(name: &str) -> Option<PathBuf> {
    let found =
        std::env::var_os("RINGTRUE_DATA").map(|root| PathBuf::from(root).join("..").join(name));
    let found = found.filter(|path| path.is_dir());
    if found.is_none() {
        println!("skipped: RINGTRUE_DATA names no folder beside which `{name}` stands");
    }
    found
}

/// The libraries' own margins and Shapley values for models of both libraries, through the program.
#[test]
fn reference_models_give_their_libraries_answers() {
    let Some(root) = beside("robust") else { return };
    for (data, model, within) in [
        ("breast_cancer", "lgb.n100.txt", 1e-9),
        ("breast_cancer", "xgb.natural.json", 1e-5),
        ("cod_rna", "xgb.natural.json", 1e-5),
        ("url_lexical", "lgb.n300.txt", 1e-9),
    ] {
        let at = folder(&[]);
        let model_file = root.join(format!("models/{data}.{model}"));
        let list = root.join(format!("data/{data}.features.csv"));
        let list = if list.is_file() {
            format!("--signals {}", list.display())
        } else {
            String::new()
        };
        let line = format!("import {} {list} --out d", model_file.display());
        ringtrue(at.path(), &line).exits(0);
        let rows = root.join(format!("data/{data}.test.csv.gz"));
        let scored = ringtrue(
            at.path(),
            &format!("score --detector d --reasons 0 {}", rows.display()),
        );
        let scored = lines(&scored.exits(0).stdout);
        let (name, _) = model.rsplit_once('.').unwrap();
        let reference =
            std::fs::read_to_string(root.join(format!("reference/treeshap.{data}.{name}.csv")))
                .unwrap();
        let mut reference = reference
            .lines()
            .map(|line| line.split(',').collect::<Vec<_>>());
        let header = reference.next().unwrap();
        for (place, row) in reference.enumerate() {
            let number: usize = row[0].parse().unwrap();
            let margin: f64 = row[header.len() - 1].parse().unwrap();
            let found = scored[number]["margin"].as_f64().unwrap();
            assert!(
                (found - margin).abs() <= 1e-6 * margin.abs().max(1.0),
                "{data}.{model} {number}"
            );
            if place > 1 {
                continue;
            }
            let line = format!(
                "explain --detector d --row {number} --json {}",
                rows.display()
            );
            let explained = ringtrue(at.path(), &line).exits(0).json();
            let found = explained["contributions"].as_object().unwrap().values();
            for (found, expected) in found.zip(&row[1..]) {
                let (found, expected) = (found.as_f64().unwrap(), expected.parse::<f64>().unwrap());
                assert!(
                    (found - expected).abs() <= within * expected.abs().max(1.0),
                    "{data}.{model} {number}: {found} {expected}"
                );
            }
        }
    }
}
