//! Two detectors on the same files: which verdicts change, and whether the new one may replace the old one.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::LazyLock;

use ringtrue_store::artefact;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Ran, folder, ringtrue, tree};

/// Traffic of which a tenth is malicious, so that a few thousand events say something of it.
const TASK: &str = r#"format = 1
name = "flows"
kind = "table"
[traffic]
events_per_day = 1_000
malicious_share = 0.1
[capacity]
alerts_per_day = 100
[slices]
large = "bytes > 1000"
"#;

/// A number below 65,536 that looks random.
fn mixed(number: u64) -> u64 {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40 & 0xffff
}

/// Events of months from `first` on: benign ones, `floods` of ten of many bytes, and `tunnels` of ten to high ports. One of
/// fifty benign ones has many bytes, one a high port, too.
fn events(first: u64, count: u64, (floods, tunnels): (u64, u64)) -> String {
    let mut text = "time,bytes,port,family,source,label\n".to_owned();
    for number in 0..count {
        let draw = |salt: u64| mixed(number * 7 + salt + first * 1_000_003);
        let (low_port, high_port) = (draw(2) % 40_000, 60_000 + draw(2) % 5_000);
        let (few_bytes, many_bytes) = (draw(1) % 900, 5_000 + draw(1) % 900);
        let (family, bytes, port, label) = match number % 10 {
            0 if number / 10 % 10 < floods => ("flood", many_bytes, low_port, 1),
            1 if number / 10 % 10 < tunnels => ("tunnel", few_bytes, high_port, 1),
            _ if draw(3) % 50 == 0 => ("", many_bytes, low_port, 0),
            _ if draw(4) % 50 == 0 => ("", few_bytes, high_port, 0),
            _ => ("", few_bytes, low_port, 0),
        };
        let (month, day) = (first + number * 3 / count, 1 + draw(5) % 28);
        let sensor = number / 10 % 2;
        writeln!(
            text,
            "2025-{month:02}-{day:02},{bytes},{port},{family},sensor{sensor},{label}"
        )
        .unwrap();
    }
    text
}

/// Detectors of both families (`both`) and of floods alone (`floods`), trained on January to March, and events of April
/// to June; made once, and only read but for the gates' answers.
static MADE: LazyLock<TempDir> = LazyLock::new(|| {
    let at = folder(&[
        ("task.toml", TASK.as_bytes()),
        ("both.csv", events(1, 6_000, (10, 10)).as_bytes()),
        ("floods.csv", events(1, 6_000, (10, 0)).as_bytes()),
        ("later.csv", events(4, 6_000, (10, 10)).as_bytes()),
    ]);
    for name in ["both", "floods"] {
        let words = format!("run --task task.toml --retrain 0 --out {name} {name}.csv");
        ringtrue(at.path(), &words).exits(0);
    }
    at
});

fn made() -> &'static Path {
    MADE.path()
}

fn check<'a>(gate: &'a Value, code: &str, subject: Option<&str>) -> &'a Value {
    let checks = gate["checks"].as_array().unwrap();
    let found = checks
        .iter()
        .find(|check| check["code"] == code && check["subject"].as_str() == subject);
    found.unwrap_or_else(|| panic!("no {code} of {subject:?}: {checks:?}"))
}

/// Writes a detector that decides as another one does and is not the same: its card says a word more.
fn twin(of: &str, folder: &Path) {
    let mut files = artefact::read_folder(&made().join(of).join("detector")).unwrap();
    let card = files.iter_mut().find(|(name, _)| name == "card.md");
    card.unwrap().1.extend(b"A twin.\n");
    artefact::write_folder(folder, &files).unwrap();
}

fn compare(old: &str, new: &str) -> Ran {
    let words = format!("compare {old}/detector {new}/detector --on later.csv --json");
    ringtrue(made(), &words).exits(0)
}

#[test]
fn a_planted_regression_is_refused_with_its_family() {
    let words = "gate floods/detector --against both/detector --on later.csv --json --out gate";
    let ran = ringtrue(made(), words).exits(1);
    let gate = ran.json();
    assert_eq!(gate["decision"], "refuse");
    let tunnel = check(&gate, "G021", Some("tunnel"));
    assert_eq!(
        (&tunnel["passed"], &tunnel["limit"]),
        (&Value::Bool(false), &Value::from(0.0))
    );
    assert!(tunnel["measured"].as_f64().unwrap() > 0.9, "{tunnel}");
    assert_eq!(check(&gate, "G021", Some("flood"))["passed"], true);
    assert_eq!(check(&gate, "G010", None)["passed"], false);
    let left = tree(&made().join("gate"));
    let names: Vec<&String> = left.keys().collect();
    assert_eq!(
        names,
        ["junit.xml", "report.html", "report.json", "report.md"]
    );
    let junit = String::from_utf8_lossy(&left["junit.xml"]).into_owned();
    assert!(
        junit.contains("<failure") && junit.contains("G021"),
        "{junit}"
    );
}

#[test]
fn the_answer_is_left_beside_the_new_detector() {
    let at = folder(&[("later.csv", events(4, 6_000, (10, 10)).as_bytes())]);
    twin("both", &at.path().join("d"));
    let both = made().join("both/detector").display().to_string();
    let itself = ringtrue(at.path(), "gate d --against d --on later.csv").exits(2);
    let says = "against itself it shows nothing";
    assert!(itself.stderr.contains(says), "{}", itself.stderr);
    let words = format!("gate d --against {both} --on later.csv --json");
    let ran = ringtrue(at.path(), &words).exits(0);
    let kept = std::fs::read_to_string(at.path().join("d/gate.json")).unwrap();
    assert_eq!(kept, ran.stdout);
    let gate = ran.json();
    assert_eq!(gate["decision"], "pass");
    assert_ne!(gate["old"]["detector"], gate["new"]["detector"]);
    let negative = gate["comparison"]["negative_flips"].as_u64();
    assert_eq!(negative, Some(0));
    // The detector still is what it was: its answer is no part of it.
    ringtrue(at.path(), "score --detector d later.csv").exits(0);
}

#[test]
fn flips_add_up_and_mirror() {
    let (there, back) = (
        compare("both", "floods").json(),
        compare("floods", "both").json(),
    );
    let count = |of: &Value, key: &str| of[key].as_u64().unwrap();
    assert!(count(&there, "negative_flips") > 400, "{}", there["counts"]);
    assert_eq!(
        count(&there, "negative_flips"),
        count(&back, "positive_flips")
    );
    assert_eq!(
        there["counts"]["newly_missed"],
        back["counts"]["newly_caught"]
    );
    assert_eq!(there["judged"], back["judged"]);
    let rate = &there["negative_flip_rate"];
    let [low, value, high] = ["low", "value", "high"].map(|key| rate[key].as_f64().unwrap());
    assert!(low <= value && value <= high && high < 0.3, "{rate}");
    let cost = &there["cost_difference"];
    assert!(cost["low"].as_f64().unwrap() > 0.0, "{cost}");
    assert!(there["latency_ratio"].as_f64().unwrap() > 0.0);
    for (part, names) in [
        ("by_family", vec!["flood", "tunnel"]),
        ("by_source", vec!["sensor0", "sensor1"]),
    ] {
        let mut found: Vec<&str> = there[part]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["name"].as_str().unwrap())
            .collect();
        found.sort_unstable();
        assert_eq!(found, names, "{part}");
    }
    let months: Vec<&Value> = there["by_month"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["name"])
        .collect();
    assert_eq!(months, ["2025-04", "2025-05", "2025-06"]);
    assert_eq!(there["by_slice"][0]["name"], "large");
    let flips = there["flips"].as_array().unwrap().len() as u64 + count(&there, "flips_not_listed");
    assert_eq!(
        flips,
        count(&there, "negative_flips") + count(&there, "positive_flips")
    );
}

#[test]
fn a_flip_is_traced_to_the_family_that_went() {
    let found = compare("both", "floods").json();
    let families = found["data"]["families"].as_array().unwrap();
    assert_eq!(families[0]["name"], "tunnel");
    assert_eq!(families[0]["new_events"], 0);
    // Some tunnels lie among benign events to high ports, and nothing near those changed.
    let causes = found["causes"].as_array().unwrap();
    let is_tunnel = |cause: &&Value| cause["attribution"]["share"]["name"] == "tunnel";
    let cause = causes.iter().find(is_tunnel);
    let cause = cause.unwrap_or_else(|| panic!("{causes:?}"));
    assert_eq!(cause["kind"], "newly_missed");
    assert!(cause["flips"].as_u64().unwrap() > 100, "{cause}");
}

#[test]
fn the_order_of_rows_and_the_number_of_threads_change_nothing() {
    let text = events(4, 2_000, (10, 10));
    let mut rows: Vec<&str> = text.lines().collect();
    let header = rows.remove(0);
    rows.sort_by_key(|row| mixed(row.len() as u64 * 31 + u64::from(row.as_bytes()[row.len() / 2])));
    let turned = format!("{header}\n{}\n", rows.join("\n"));
    let at = folder(&[("a.csv", text.as_bytes()), ("b.csv", turned.as_bytes())]);
    let words = |file: &str| {
        let detector = |name: &str| made().join(name).join("detector").display().to_string();
        format!(
            "compare {} {} --on {file} --json",
            detector("both"),
            detector("floods")
        )
    };
    let told = |file: &str, threads: &str| {
        let mut command = crate::support::program(at.path());
        command
            .env("RAYON_NUM_THREADS", threads)
            .args(words(file).split(' '));
        let mut found = crate::support::run(&mut command).exits(0).json();
        // Time is what it is.
        found["performance"] = Value::Null;
        found["latency_ratio"] = Value::Null;
        found
    };
    assert_eq!(told("a.csv", "1"), told("b.csv", "3"));
}

#[test]
fn columns_that_get_past_the_new_detector_for_less_are_counted() {
    let at = folder(&[
        ("task.toml", TASK.as_bytes()),
        ("earlier.csv", events(1, 5_000, (10, 0)).as_bytes()),
        ("later.csv", events(4, 6_000, (10, 0)).as_bytes()),
    ]);
    let words = "run --task task.toml --retrain 0 --out earlier earlier.csv";
    ringtrue(at.path(), words).exits(0);
    let floods = made().join("floods/detector").display().to_string();
    let attacked = |verb: &str| {
        let words = format!("{verb} --on later.csv --attack 40 --json --out told");
        ringtrue(at.path(), &words).exits(0).json()
    };
    let tried =
        |old: &str, new: &str| attacked(&format!("compare {old} {new}"))["robustness"].clone();
    let same = tried(&floods, &floods);
    assert_eq!(
        (&same["unit"], &same["events"]),
        (&Value::from("spreads"), &Value::from(40))
    );
    assert_eq!(
        (&same["cheaper"], &same["dearer"]),
        (&Value::from(0), &Value::from(0))
    );
    assert!(same["old_median"].as_f64().unwrap() > 0.0, "{same}");
    // What one gains the other loses.
    let (one, other) = (
        tried(&floods, "earlier/detector"),
        tried("earlier/detector", &floods),
    );
    assert_eq!(one["events"], other["events"]);
    assert_eq!(
        (&one["cheaper"], &one["dearer"]),
        (&other["dearer"], &other["cheaper"])
    );
    assert_eq!(one["old_median"], other["new_median"]);
    let page = std::fs::read_to_string(at.path().join("told/report.md")).unwrap();
    assert!(page.contains(" spreads, and was "), "{page}");
    twin("floods", &at.path().join("twin"));
    let gate = attacked(&format!("gate twin --against {floods}"));
    assert_eq!(check(&gate, "G060", None)["passed"], true);
}

#[test]
fn one_lost_event_of_a_must_keep_set_refuses() {
    let set = "time,bytes,port,family,source,label\n2025-04-01,100,62000,tunnel,sensor0,1\n";
    let at = folder(&[("incidents.csv", set.as_bytes())]);
    let twin_of_both = at.path().join("twin");
    twin("both", &twin_of_both);
    let twin_of_both = twin_of_both.display().to_string();
    let detector = |name: &str| made().join(name).join("detector").display().to_string();
    let later = made().join("later.csv");
    let words = |new: &str| {
        format!(
            "gate {} --against {} --on {} --must-keep incidents.csv --json",
            new,
            detector("both"),
            later.display()
        )
    };
    let gate = ringtrue(at.path(), &words(&detector("floods")))
        .exits(1)
        .json();
    assert_eq!(check(&gate, "G050", Some("incidents.csv"))["passed"], false);
    let gate = ringtrue(at.path(), &words(&twin_of_both)).exits(0).json();
    assert_eq!(check(&gate, "G050", Some("incidents.csv"))["passed"], true);
    let ran = ringtrue(
        at.path(),
        &words(&twin_of_both).replace("incidents", "absent"),
    )
    .exits(2);
    assert!(
        ran.stderr.contains("the must-keep set is not there"),
        "{}",
        ran.stderr
    );
}

/// A tree of LightGBM's: malicious above 2,000 bytes.
const MODEL: &[u8] = b"tree
version=v4
num_class=1
num_tree_per_iteration=1
label_index=0
max_feature_idx=1
objective=binary sigmoid:1
feature_names=bytes port
feature_infos=[0:99999] [0:65535]
tree_sizes=1

Tree=0
num_leaves=2
num_cat=0
split_feature=0
threshold=2000
decision_type=2
left_child=-1
right_child=-2
leaf_value=-4 4
leaf_count=50 50
internal_value=0
internal_count=100
shrinkage=1

end of trees
";

#[test]
fn a_model_trained_elsewhere_goes_through_both() {
    let at = folder(&[
        ("model.txt", MODEL),
        ("task.toml", TASK.as_bytes()),
        ("both.csv", events(1, 6_000, (10, 10)).as_bytes()),
    ]);
    let import = "import model.txt --task task.toml --calibrate both.csv --out imported";
    ringtrue(at.path(), import).exits(0);
    let (ours, later) = (made().join("both/detector"), made().join("later.csv"));
    let (ours, later) = (ours.display(), later.display());
    let gate = ringtrue(
        at.path(),
        &format!("gate imported --against {ours} --on {later} --json"),
    );
    let gate = gate.exits(1).json();
    assert_eq!(check(&gate, "G021", Some("tunnel"))["passed"], false);
    let found = ringtrue(
        at.path(),
        &format!("compare imported {ours} --on {later} --json"),
    );
    let found = found.exits(0).json();
    assert!(
        found["counts"]["newly_caught"].as_u64().unwrap() > 400,
        "{}",
        found["counts"]
    );
    let absent = found["not_compared"].to_string();
    assert!(absent.contains("no store is beside it"), "{absent}");
}

#[test]
fn events_that_were_learned_from_cannot_tell() {
    let at = folder(&[]);
    twin("both", &at.path().join("twin"));
    let (twin, both) = (at.path().join("twin"), made().join("both"));
    let on = |file: &Path| {
        let (twin, both) = (twin.display(), both.display());
        let file = file.display();
        let words = format!("gate {twin} --against {both}/detector --on {file} --json");
        ringtrue(at.path(), &words)
    };
    let gate = on(&made().join("both.csv")).exits(3).json();
    assert!(check(&gate, "G002", None)["measured"].as_f64().unwrap() > 0.5);
    assert_eq!(check(&gate, "G002", None)["passed"], Value::Null);
    assert_eq!(check(&gate, "G020", None)["passed"], true);
    let gate = on(&made().join("later.csv")).exits(0).json();
    assert_eq!(check(&gate, "G002", None)["passed"], true);
}

#[test]
fn events_with_contradicting_labels_are_judged_by_neither() {
    let text = events(4, 6_000, (10, 10));
    let flood = text.lines().find(|line| line.contains("flood")).unwrap();
    let other_way = flood.replace(",flood,", ",,").replace(",1", ",0");
    let again = format!("{}\n{other_way}\n", text.lines().next().unwrap());
    let at = folder(&[("a.csv", text.as_bytes()), ("b.csv", again.as_bytes())]);
    let detector = |name: &str| made().join(name).join("detector").display().to_string();
    let compared = |files: &str| {
        let (old, new) = (detector("both"), detector("floods"));
        let words = format!("compare {old} {new} --on {files} --json");
        ringtrue(at.path(), &words).exits(0).json()
    };
    let (alone, both) = (compared("a.csv"), compared("a.csv b.csv"));
    let malicious = |found: &Value| found["judged"]["malicious"].as_u64().unwrap();
    assert_eq!(malicious(&alone) - malicious(&both), 1);
    assert_eq!(malicious(&compared("b.csv a.csv")), malicious(&both));
    let told = both["not_compared"].to_string();
    assert!(told.contains("malicious and benign"), "{told}");
}

#[test]
fn too_few_events_cannot_tell() {
    let few = "time,bytes,port,family,source,label\n2025-04-01,100,62000,tunnel,sensor0,1\n2025-04-02,90,80,,sensor0,0\n";
    let at = folder(&[("few.csv", few.as_bytes())]);
    let detector = |name: &str| made().join(name).join("detector").display().to_string();
    let words = format!(
        "gate {} --against {} --on few.csv --json",
        detector("floods"),
        detector("both")
    );
    let gate = ringtrue(at.path(), &words).exits(3).json();
    assert_eq!(gate["decision"], "cannot_tell");
    let recall = check(&gate, "G020", None);
    assert_eq!(recall["passed"], Value::Null);
    assert_eq!(recall["measured"], 1.0);
    let unlabelled = folder(&[("a.csv", b"bytes,port,label\n1,2,\n")]);
    let words = words.replace("few.csv", "a.csv");
    ringtrue(unlabelled.path(), &words).exits(3);
    ringtrue(unlabelled.path(), &words.replace("a.csv", "-")).exits(2);
}
