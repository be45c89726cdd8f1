//! Shortcuts and confounds of real data, as far as public descriptions of the data know them.

use std::path::PathBuf;

use crate::real::data;
use crate::support::{folder, ringtrue};
use crate::vetted::{Vetted, vet};

fn task(kind: &str, lines: &str) -> String {
    format!("format = 1\nname = \"t\"\nkind = \"{kind}\"\n{lines}")
}

fn all(names: &[&str]) -> Option<Vec<PathBuf>> {
    names.iter().map(|name| data(name)).collect()
}

fn title<'v>(vetted: &'v Vetted, code: &str) -> &'v str {
    let found = vetted.coded(code);
    found
        .first()
        .and_then(|it| it["title"].as_str())
        .unwrap_or("")
}

#[test]
fn benign_urls_of_few_hosts_and_never_www() {
    let Some(files) = all(&["url/iscx_url2016.csv.gz"]) else {
        return;
    };
    let vetted = vet(&task("url", ""), "--sample 9000", &files);
    assert!(vetted.about("shortcut", "www").is_some());
    assert!(
        title(&vetted, "V078").contains("benign events come from"),
        "{}",
        title(&vetted, "V078")
    );
}

#[test]
fn headers_of_lists_and_spam_from_before_the_ham() {
    let Some(files) = all(&["email/email_spamassassin_2002.jsonl.gz"]) else {
        return;
    };
    let vetted = vet(&task("email", ""), "--sample 1500", &files);
    assert_eq!(
        vetted.blocking("shortcut").first(),
        Some(&"V075"),
        "{:?}",
        vetted.of("shortcut")
    );
    assert!(!vetted.coded("V079").is_empty());
    let blind = vet(
        &task("email", "[email]\nheader_shape = false\n"),
        "--sample 1500",
        &files,
    );
    assert!(blind.coded("V075").is_empty());
}

#[test]
fn lists_and_mailbox_lines_of_one_collection() {
    let Some(files) = all(&["email/email_csdmc_2006_2010.jsonl.gz"]) else {
        return;
    };
    let vetted = vet(&task("email", ""), "", &files);
    assert!(vetted.blocking("shortcut").contains(&"V075"));
    assert!(vetted.about("shortcut", "mailbox line `From `").is_some());
}

#[test]
fn ham_of_one_collector_and_phishing_of_another() {
    let names = [
        "email/email_spamassassin_2002.jsonl.gz",
        "email/email_phishingpot_2022_2025.jsonl.gz",
    ];
    let Some(files) = all(&names) else {
        return;
    };
    let labels = "[labels.map]\nham = \"benign\"\nphishing = \"malicious\"\nspam = \"unsure\"\n";
    let vetted = vet(&task("email", labels), "--sample 1500", &files);
    assert!(!vetted.coded("V071").is_empty());
    assert!(vetted.blocking("shortcut").contains(&"V075"));
    assert!(!vetted.coded("V079").is_empty());
    assert!(!vetted.coded("V067").is_empty());
}

#[test]
fn links_from_before_the_phishing_are_another_era() {
    let names = [
        "url/phishtank_2008_2021.csv.gz",
        "url/benign_links_dated_2006_2021.csv.gz",
    ];
    let Some(files) = all(&names) else {
        return;
    };
    // The feed is complete from then on.
    let dense = "\"source.startsWith('phishtank') && time < '2018-10-25'\"";
    let lines = format!("[vetting]\nexclude = [{dense}]\n");
    let vetted = vet(&task("url", &lines), "--sample 4000", &files);
    assert!(vetted.blocking("shortcut").contains(&"V079"));
    let said = vetted.coded("V071");
    assert!(
        said[0]["meaning"]
            .as_str()
            .unwrap()
            .contains("tells the classes apart")
    );
    // The advised lines mend it.
    let era = vetted.coded("V079");
    let advised = era[0]["remedy"]["snippet"]["task"].as_str().unwrap();
    assert!(
        advised.contains("time < '2018-1") && advised.contains("phishtank"),
        "{advised}"
    );
    let mended = vet(&task("url", advised), "--sample 4000", &files);
    assert_eq!(mended.blocking("shortcut"), Vec::<&str>::new());
}

#[test]
fn sessions_that_end_in_a_mark() {
    let Some(files) = all(&["command/sess_logprecis.jsonl.gz"]) else {
        return;
    };
    let vetted = vet(
        &task("session", "[columns]\ncommands = \"session_text\"\n"),
        "--sample 3000",
        &files,
    );
    assert_eq!(vetted.about("shortcut", "ends ` ;`"), Some(("V076", true)));
    assert!(!vetted.coded("V071").is_empty());
}

#[test]
fn clean_streams_do_not_block() {
    for seed in 1..=3 {
        let at = folder(&[]);
        let line =
            format!("simulate url --clean --events 3000 --months 4 --seed {seed} --out clean.csv");
        ringtrue(at.path(), &line).exits(0);
        let vetted = vet(&task("url", ""), "", &[at.path().join("clean.csv")]);
        assert_eq!(
            vetted.blocking("leaking"),
            Vec::<&str>::new(),
            "seed {seed}"
        );
        assert_eq!(
            vetted.blocking("shortcut"),
            Vec::<&str>::new(),
            "seed {seed}"
        );
    }
}
