//! Columns of real tables that give the label away, as far as public descriptions of the data know them.

use crate::real::data;
use crate::vetted::vet;

fn table(lines: &str) -> String {
    format!("format = 1\nname = \"t\"\nkind = \"table\"\n{lines}")
}

/// Codes of columns that signals read and that give the label away.
const LEAKS: [&str; 4] = ["V061", "V062", "V063", "V064"];

#[test]
fn the_scenario_of_a_simulated_fraud_leaks_until_it_is_dropped() {
    let Some(file) = data("table/fraud_sim_2018.csv.gz") else {
        return;
    };
    let files = [file];
    let vetted = vet(&table(""), "--sample 6000", &files);
    assert_eq!(vetted.columns(&LEAKS), ["scenario"]);
    assert_eq!(vetted.about("leaking", "scenario"), Some(("V061", true)));
    let dropped = vet(
        &table("[columns]\ndrop = [\"scenario\"]\n"),
        "--sample 6000",
        &files,
    );
    assert_eq!(dropped.blocking("leaking"), Vec::<&str>::new());
    assert_eq!(dropped.about("leaking", "scenario"), Some(("V068", false)));
}

#[test]
fn names_hashes_and_scans_of_programs_leak() {
    let Some(file) = data("table/clamp_pe.csv.gz") else {
        return;
    };
    let vetted = vet(&table("[columns]\nfamily = \"packer\"\n"), "", &[file]);
    for column in ["av_kaspersky", "family", "benign_name", "md5"] {
        let found = vetted.about("leaking", column);
        assert!(
            found.is_some_and(|(_, blocks)| blocks),
            "{column}: {found:?}"
        );
    }
    assert!(vetted.about("leaking", "vt_scan_time").is_some());
    assert_eq!(vetted.about("leaking", "CheckSum"), None);
}

#[test]
fn ratios_of_detection_and_counts_of_submissions_leak() {
    let Some(file) = data("table/kronodroid_2019_2020.csv.gz") else {
        return;
    };
    let vetted = vet(&table(""), "", &[file]);
    assert_eq!(
        vetted.about("leaking", "Detection_Ratio"),
        Some(("V061", true))
    );
    // It says less of later apps, and its name says the rest.
    let submitted = vetted.about("leaking", "TimesSubmitted");
    assert!(
        submitted.is_some_and(|(code, _)| code == "V063"),
        "{submitted:?}"
    );
    assert_eq!(vetted.about("leaking", "READ_PHONE_STATE"), None);
}

#[test]
fn honest_columns_are_no_leaks() {
    for (name, lines) in [
        ("table/kdd99_smtp.csv.gz", ""),
        ("table/drebin215.csv.gz", ""),
        (
            "table/nsl_kdd_train.csv.gz",
            "[columns]\ndrop = [\"attack\", \"category\", \"difficulty\"]\n",
        ),
    ] {
        let Some(file) = data(name) else {
            return;
        };
        let vetted = vet(&table(lines), "--sample 5000", &[file]);
        assert_eq!(vetted.columns(&LEAKS), Vec::<&str>::new(), "{name}");
        assert_eq!(vetted.blocking("leaking"), Vec::<&str>::new(), "{name}");
    }
}
