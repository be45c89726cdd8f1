//! What vetting says of the columns of real tables, where they are there: no finding rests on a file's name or a column's.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use flate2::read::GzDecoder;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{folder, ringtrue};

/// Returns a folder that holds a table of the real data as `table.csv`: the rows that `is_kept` keeps, by their number
/// and text; or says that the test is skipped.
fn table(name: &str, is_kept: impl Fn(usize, &str) -> bool) -> Option<TempDir> {
    let path = std::env::var_os("RINGTRUE_DATA").map(|root| PathBuf::from(root).join(name));
    let Some(file) = path.and_then(|path| std::fs::File::open(path).ok()) else {
        println!("skipped: RINGTRUE_DATA names no folder that holds `{name}`");
        return None;
    };
    let at = folder(&[]);
    let mut kept = String::new();
    for (row, line) in BufReader::new(GzDecoder::new(file)).lines().enumerate() {
        let line = line.unwrap();
        if row == 0 || is_kept(row, &line) {
            kept.push_str(&line);
            kept.push('\n');
        }
    }
    std::fs::write(at.path().join("table.csv"), kept).unwrap();
    Some(at)
}

/// Returns the findings of a code that vetting tells of the table in a folder.
fn findings(at: &TempDir, task: Option<&str>) -> Vec<Value> {
    let task = task.map_or("--kind table".to_owned(), |text| {
        let text = format!("name = \"test\"\nkind = \"table\"\n{text}\n");
        std::fs::write(at.path().join("task.toml"), text).unwrap();
        "--task task.toml".to_owned()
    });
    let told = ringtrue(at.path(), &format!("vet --json {task} table.csv")).json();
    told["findings"].as_array().unwrap().clone()
}

fn of<'a>(findings: &'a [Value], code: &str) -> Vec<&'a Value> {
    findings.iter().filter(|it| it["code"] == code).collect()
}

fn columns(finding: &Value) -> Vec<&str> {
    let columns = finding["subject"]["columns"].as_array().unwrap();
    columns
        .iter()
        .map(|column| column.as_str().unwrap())
        .collect()
}

fn count(finding: &Value) -> usize {
    columns(finding).len()
}

#[test]
fn constant_columns_of_android_apps_are_one_finding() {
    let Some(at) = table("table/kronodroid_2019_2020.csv.gz", |_, _| true) else {
        return;
    };
    let found = findings(&at, None);
    let constant = of(&found, "V026");
    assert_eq!(constant.len(), 1);
    assert_eq!(count(constant[0]), 225);
    let drop = constant[0]["remedy"]["snippet"]["task"].as_str().unwrap();
    let after = findings(&at, Some(drop));
    assert!(of(&after, "V026").is_empty());
}

#[test]
fn columns_of_one_class_alone_are_missing_because_of_the_label() {
    let Some(at) = table("table/clamp_pe.csv.gz", |_, _| true) else {
        return;
    };
    let found = findings(&at, None);
    let because = of(&found, "V051");
    let mut named: Vec<&str> = because.iter().flat_map(|it| columns(it)).collect();
    named.sort_unstable();
    for name in ["av_kaspersky", "benign_name", "md5"] {
        assert!(named.contains(&name), "{named:?}");
    }
    assert!(
        because.iter().all(|it| it["blocking"] == true),
        "{because:#?}"
    );
    let drop = format!("[columns]\ndrop = {named:?}");
    let after = findings(&at, Some(&drop));
    assert!(of(&after, "V051").is_empty());
}

#[test]
fn network_flows_have_a_constant_column_and_few_rows_of_both_labels() {
    let kept = |row: usize, _: &str| row.is_multiple_of(3);
    let Some(at) = table("table/nsl_kdd_train.csv.gz", kept) else {
        return;
    };
    // What names the attack, and how hard it is to tell, is known with the label.
    let task = "[columns]\ndrop = [\"attack\", \"difficulty\", \"category\"]";
    let found = findings(&at, Some(task));
    let constant = of(&found, "V026");
    assert_eq!(columns(constant[0]), ["num_outbound_cmds"]);
    let related = of(&found, "V041");
    let errors = related
        .iter()
        .find(|it| columns(it).contains(&"serror_rate"));
    assert!(columns(errors.unwrap()).contains(&"dst_host_serror_rate"));
    assert!(found.iter().all(|it| it["code"] != "V051"));
}

#[test]
fn past_events_of_a_terminal_tell_card_fraud() {
    let kept = |_: usize, line: &str| {
        let terminal: Option<u32> = line.split(',').nth(3).and_then(|text| text.parse().ok());
        terminal.is_some_and(|terminal| terminal % 5 == 0)
    };
    let Some(at) = table("table/fraud_sim_2018.csv.gz", kept) else {
        return;
    };
    let task = "[columns]\ndrop = [\"scenario\", \"tx_id\"]";
    let found = findings(&at, Some(task));
    let windows = of(&found, "V032");
    let of_terminal = windows.iter().filter(|it| columns(it) == ["terminal_id"]);
    let gains = of_terminal.filter_map(|it| it["effect"]["value"].as_f64());
    assert!(gains.fold(0.0, f64::max) > 0.1, "{windows:#?}");
}
