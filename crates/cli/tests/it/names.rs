//! What a task names and what an input has: names meet in any case, and one that meets nothing is told.

use std::fmt::Write as _;

use serde_json::Value;

use crate::support::{Ran, folder, left_nothing, ringtrue, tree};

/// A number below 65,536 that looks random.
fn mixed(number: u64) -> u64 {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40 & 0xffff
}

/// Rows in which nothing but `Event_ID` and `Attack` says what the label is.
fn noise(rows: u64) -> String {
    let mut text = "Event_ID,f1,f2,Attack,label\n".to_owned();
    for number in 0..rows {
        let is_malicious = number < rows / 4;
        writeln!(
            text,
            "{number},{},{},{},{}",
            mixed(number) % 1_000,
            mixed(number + rows) % 7,
            if is_malicious { "neptune" } else { "normal" },
            u8::from(is_malicious)
        )
        .unwrap();
    }
    text
}

/// Rows in which `bytes` says what the label is.
fn telling(rows: u64) -> String {
    let mut text = "bytes,port,label\n".to_owned();
    for number in 0..rows {
        let is_malicious = mixed(number).is_multiple_of(5);
        let bytes = mixed(number + rows) % 1_000 + if is_malicious { 700 } else { 0 };
        writeln!(text, "{bytes},{},{}", number % 90, u8::from(is_malicious)).unwrap();
    }
    text
}

fn task(sections: &str) -> String {
    format!("format = 1\nname = \"t\"\nkind = \"table\"\n{sections}")
}

fn assumed(ran: &Ran) -> String {
    ran.json()["assumed"].to_string()
}

#[test]
fn an_identifier_and_a_dropped_column_yield_no_signal_in_any_case() {
    let task = task("[columns]\ndrop = [\"attack\", \"verdict\"]\n");
    let at = folder(&[
        ("task.toml", task.as_bytes()),
        ("a.csv", noise(2_000).as_bytes()),
    ]);
    let ran = ringtrue(at.path(), "run --json --task task.toml --out out a.csv");
    let area = ran.json()["roc_auc"].as_f64().unwrap();
    assert!(area < 0.75, "noise is told apart: {area}");
    let assumed = assumed(&ran);
    for part in [
        "no signal sees `Event_ID`, the input's own name for an event",
        "no column of the input is called `verdict`, which the task names under `columns.drop`",
    ] {
        assert!(assumed.contains(part), "{part}: {assumed}");
    }
    assert!(!assumed.contains("called `attack`"), "{assumed}");
}

#[test]
fn a_table_of_other_columns_is_not_scored() {
    let at = folder(&[
        ("a.csv", telling(2_000).as_bytes()),
        ("other.csv", b"colour,label\nred,1\nblue,0\n"),
        ("other.ndjson", b"{\"colour\":\"red\",\"label\":1}\n"),
        ("some.csv", b"bytes,label\n10,0\n1600,1\n"),
    ]);
    ringtrue(at.path(), "run --kind table --out out a.csv");
    let refused = "error: the input has none of the columns that the detector reads";
    for words in [
        "score --detector out/detector other.csv",
        "score --detector out/detector other.ndjson",
        "try --detector out/detector other.csv",
    ] {
        let ran = ringtrue(at.path(), words).exits(2);
        assert!(ran.stderr.contains(refused), "{words}: {}", ran.stderr);
        let hint = "the detector reads `bytes`, `port`; the input has `colour`";
        assert!(ran.stderr.contains(hint), "{words}: {}", ran.stderr);
    }
    for file in ["other.csv", "other.ndjson"] {
        let ran = ringtrue(at.path(), &format!("score --detector out/detector {file}"));
        assert_eq!(
            ran.stdout, "",
            "nothing of {file} is scored before it is refused"
        );
    }
    for words in [
        "score --detector out/detector some.csv",
        "try --detector out/detector some.csv",
    ] {
        let ran = ringtrue(at.path(), words);
        let warning = "warning: the detector reads `port`, which the input lacks";
        assert!(ran.stderr.contains(warning), "{words}: {}", ran.stderr);
        assert!(!ran.stderr.contains("`bytes`"), "{words}: {}", ran.stderr);
    }
}

fn slice<'a>(figures: &'a Value, name: &str) -> Option<&'a Value> {
    let segments = figures["segments"].as_array().unwrap();
    segments
        .iter()
        .find(|segment| segment["by"] == "slice" && segment["name"] == name)
}

#[test]
fn numbers_of_a_csv_are_numbers_in_slices_and_derived_columns() {
    let sections = task(
        "[derived]\nsum = \"bytes + port\"\n[slices]\nbig = \"bytes > 300\"\nall = \"sum >= bytes\"\n\
         signalled = \"signals.bytes > 300\"\n",
    );
    let at = folder(&[
        ("task.toml", sections.as_bytes()),
        ("a.csv", telling(2_000).as_bytes()),
    ]);
    let ran = ringtrue(at.path(), "run --json --task task.toml --out out a.csv");
    let figures = ran.json();
    let count = |name: &str| slice(&figures, name).map(|slice| slice["events"].as_u64().unwrap());
    let (big, all) = (count("big").unwrap(), count("all").unwrap());
    assert_eq!(all, figures["events"].as_u64().unwrap());
    assert!(big > all / 4 && big < all, "{big} of {all}");
    assert_eq!(count("signalled"), Some(big));
    // Serving computes the same.
    let tried = ringtrue(at.path(), "try --json --detector out/detector a.csv").exits(0);
    let figures = tried.json();
    let all = slice(&figures, "all").unwrap()["events"].as_u64();
    assert_eq!(all, figures["events"].as_u64());
}

#[test]
fn an_expression_that_fits_no_event_is_refused() {
    let mut text = telling(400).replace("label\n", "label,service\n");
    text = text
        .replacen(",0\n", ",0,http\n", 400)
        .replace(",1\n", ",1,smtp\n");
    for (section, what) in [
        ("[slices]\nodd = \"service > 5\"\n", "slice `odd`"),
        ("[derived]\nodd = \"service - 1\"\n", "derived column `odd`"),
    ] {
        let at = folder(&[
            ("task.toml", task(section).as_bytes()),
            ("a.csv", text.as_bytes()),
        ]);
        let ran = ringtrue(at.path(), "run --task task.toml --out out a.csv").exits(2);
        let told = format!("error: the {what} could be computed for no event");
        assert!(ran.stderr.contains(&told), "{}", ran.stderr);
        assert!(ran.stderr.contains("`double(x)` reads a number from text"));
        assert!(!tree(&at.path().join("out")).contains_key("detector/detector.json"));
    }
    let some = text.replacen(",http\n", ",7\n", 60);
    let at = folder(&[
        (
            "task.toml",
            task("[slices]\nodd = \"service > 5\"\ngone = \"nothing > 1\"\n").as_bytes(),
        ),
        ("a.csv", some.as_bytes()),
    ]);
    let ran = ringtrue(at.path(), "run --json --task task.toml --out out a.csv");
    let assumed = assumed(&ran);
    for part in [
        "the slice `odd` could not be computed for 340 of 400 events (`>` does not apply to text and number): they are not in it",
        "the slice `gone` is missing in every event, because what it reads is",
        "no column of the input is called `nothing`, which the task names under `slices.gone`",
    ] {
        assert!(assumed.contains(part), "{part}: {assumed}");
    }
}

#[test]
fn a_slice_that_reads_an_unknown_signal_is_refused() {
    let at = folder(&[
        (
            "task.toml",
            task("[slices]\ns = \"signals.host_entropy > 1\"\n").as_bytes(),
        ),
        ("a.csv", telling(400).as_bytes()),
    ]);
    let ran = ringtrue(at.path(), "run --task task.toml --out out a.csv").exits(2);
    let told = "the slice `s` reads a signal that there is not: `host_entropy`";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
}

/// More rows than are read at a time come before the first label.
#[test]
fn roles_of_ndjson_may_come_late_and_stay_where_they_are() {
    let mut text = String::new();
    for number in 0_u64..10_000 {
        let (month, day) = (number / 28 % 12 + 1, number % 28 + 1);
        let time = if number < 9_000 { "date" } else { "first_seen" };
        let label = if number < 9_000 { "" } else { ",\"label\":1" };
        writeln!(
            text,
            "{{\"n\":{number},\"date\":\"2023-{month:02}-{day:02}\",\"{}\":\"2024-01-01\"{label}}}",
            if time == "date" { "other" } else { time },
        )
        .unwrap();
    }
    let at = folder(&[("a.ndjson", text.as_bytes())]);
    let ran = ringtrue(at.path(), "run --kind table --out out a.ndjson").exits(3);
    assert!(ran.stderr.contains("10000 events added"), "{}", ran.stderr);
    let ran = ringtrue(at.path(), "ingest --json --kind table --store s a.ndjson").exits(0);
    let assumed = ran.json()["assumed"].to_string();
    for part in [
        "the column `date` is the time",
        "the column `label` is the label",
        "the column `first_seen` came after another was taken for the time, and is a field",
    ] {
        assert!(assumed.contains(part), "{part}: {assumed}");
    }
    let at = folder(&[("a.ndjson", b"{\"n\":1}\n{\"n\":2}\n")]);
    let ran = ringtrue(at.path(), "run --kind table --out out a.ndjson").exits(2);
    let told = "cause: no column is recognised as the label";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
    left_nothing(&at.path().join("out"));
}
