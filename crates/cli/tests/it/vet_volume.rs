//! Vetting on the real data, where it is there: how much there is, what comes twice, how old it is and what it stands for.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::real::data;
use crate::support::{Ran, folder, ringtrue};

/// Returns the lines of a packed file.
fn lines(path: &Path) -> Vec<String> {
    let file = std::fs::File::open(path).unwrap();
    let lines = BufReader::new(flate2::read::MultiGzDecoder::new(file)).lines();
    lines.map(|line| line.unwrap()).collect()
}

/// Returns the finding of a code.
fn finding<'v>(vetted: &'v Value, code: &str) -> Option<&'v Value> {
    let findings = vetted["findings"].as_array().unwrap();
    findings.iter().find(|finding| finding["code"] == code)
}

fn is_blocking(vetted: &Value, code: &str) -> bool {
    finding(vetted, code).is_some_and(|finding| finding["blocking"] == true)
}

/// Returns what is to be written into a task to mend a finding.
fn remedy(vetted: &Value, code: &str) -> String {
    let remedy = &finding(vetted, code).unwrap()["remedy"];
    remedy["snippet"]["task"]
        .as_str()
        .unwrap_or_else(|| panic!("{remedy}"))
        .to_owned()
}

/// Vets files in `at`, under a task of this kind with these lines in it.
fn vet(at: &Path, kind: &str, lines: &str, files: &[&Path]) -> Ran {
    let task = format!("format = 1\nname = \"vetted\"\nkind = \"{kind}\"\n{lines}\n");
    std::fs::write(at.join("task.toml"), task).unwrap();
    let mut line = "vet --json --seed 1 --task task.toml".to_owned();
    for file in files {
        write!(line, " {}", file.display()).unwrap();
    }
    ringtrue(at, &line)
}

/// Repeats each row of a table as often as its column `n_copies` says, and leaves that column out; one content in `one_in`.
fn as_published(path: &Path, one_in: usize) -> String {
    let mut text = String::new();
    for (number, line) in lines(path).iter().enumerate() {
        let (row, copies) = line.rsplit_once(',').unwrap();
        if number == 0 {
            assert_eq!(copies, "n_copies");
            writeln!(text, "{row}").unwrap();
        } else if number % one_in == 0 {
            (0..copies.parse().unwrap()).for_each(|_| writeln!(text, "{row}").unwrap());
        }
    }
    text
}

/// Checks that copies block, and that counting each once mends that.
fn copies_block_until_counted_once(at: &Path, kind: &str, lines: &str, file: &Path) -> Value {
    let vetted = vet(at, kind, lines, &[file]).exits(1).json();
    assert!(is_blocking(&vetted, "V081"), "{vetted}");
    let mended = format!("{lines}\n{}", remedy(&vetted, "V081"));
    let again = vet(at, kind, &mended, &[file]).json();
    assert_eq!(finding(&again, "V081"), None);
    vetted
}

#[test]
fn urls_that_were_published_several_times_block_until_each_counts_once() {
    for (name, one_in) in [("url/pdd_2018.csv.gz", 8), ("url/iscx_url2016.csv.gz", 8)] {
        let Some(path) = data(name) else {
            return;
        };
        let at = folder(&[("published.csv", as_published(&path, one_in).as_bytes())]);
        let published = at.path().join("published.csv");
        copies_block_until_counted_once(at.path(), "url", "", &published);
    }
}

#[test]
fn rows_that_stand_twice_in_a_table_flatter_it() {
    let Some(path) = data("table/drebin215.csv.gz") else {
        return;
    };
    let at = folder(&[]);
    let vetted = copies_block_until_counted_once(at.path(), "table", "", &path);
    let title = finding(&vetted, "V081").unwrap()["title"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(title.starts_with("7,77"), "{title}");
}

#[test]
fn rows_of_one_published_part_stand_in_the_other_too() {
    let names = ["table/nsl_kdd_train.csv.gz", "table/nsl_kdd_test.csv.gz"];
    let [Some(train), Some(test)] = names.map(data) else {
        return;
    };
    let at = folder(&[]);
    let drop = "[columns]\ndrop = [\"attack\", \"category\", \"difficulty\", \"in_test21\"]";
    let train = thinned(at.path(), "train.csv", &train, 3);
    let test = thinned(at.path(), "test.csv", &test, 3);
    let vetted = vet(at.path(), "table", drop, &[&train, &test]).json();
    let copies = finding(&vetted, "V081").unwrap();
    assert_eq!(copies["severity"], "note");
    assert!(finding(&vetted, "V083").is_some());
}

#[test]
fn commands_and_sessions_on_two_sides_are_found() {
    let at = folder(&[]);
    if let Some(path) = data("command/cmd_lines.jsonl.gz") {
        let all = lines(&path).into_iter().enumerate();
        let part = all.filter(|(number, line)| number % 4 == 0 || line.contains("\"ambiguous\""));
        let part: Vec<String> = part.map(|(_, line)| line + "\n").collect();
        let part = part.concat();
        let file = at.path().join("commands.jsonl");
        std::fs::write(&file, part).unwrap();
        let vetted = vet(at.path(), "command", "", &[&file]).json();
        let both = finding(&vetted, "V083").unwrap();
        assert!(
            both["title"].as_str().unwrap().starts_with("59 contents"),
            "{both}"
        );
        assert_eq!(both["owner"], "analyst");
    }
    if let Some(path) = data("command/sess_logprecis.jsonl.gz") {
        let lines = "[columns]\ncommands = \"session_text\"";
        let vetted = vet(at.path(), "session", lines, &[&path]).json();
        let split = finding(&vetted, "V084").unwrap();
        assert!(
            split["title"]
                .as_str()
                .unwrap()
                .starts_with("601 of the events that `split`"),
            "{split}"
        );
    }
}

#[test]
fn thirty_malicious_connections_are_too_few_to_claim_anything() {
    let Some(path) = data("table/kdd99_smtp.csv.gz") else {
        return;
    };
    let at = folder(&[]);
    let vetted = vet(at.path(), "table", "", &[&path]).exits(1).json();
    assert!(is_blocking(&vetted, "V012"));
    let few = finding(&vetted, "V012").unwrap();
    assert!(
        few["remedy"]["advice"]
            .as_str()
            .unwrap()
            .starts_with("gather "),
        "{few}"
    );
}

/// Writes one in `one_in` rows of a packed CSV into `at`.
fn thinned(at: &Path, name: &str, path: &Path, one_in: usize) -> PathBuf {
    let mut text = String::new();
    for (number, line) in lines(path).iter().enumerate() {
        if number % one_in == 0 {
            writeln!(text, "{line}").unwrap();
        }
    }
    let file = at.join(name);
    std::fs::write(&file, text).unwrap();
    file
}

#[test]
fn phishing_outside_the_months_of_its_collection_are_survivors() {
    let names = [
        "url/phishtank_2008_2021.csv.gz",
        "url/benign_links_dated_2006_2021.csv.gz",
    ];
    let [Some(phishing), Some(benign)] = names.map(data) else {
        return;
    };
    let at = folder(&[]);
    let phishing = thinned(at.path(), "phishing.csv", &phishing, 30);
    let benign = thinned(at.path(), "benign.csv", &benign, 15);
    let vetted = vet(at.path(), "url", "", &[&phishing, &benign]).json();
    let findings = vetted["findings"].as_array().unwrap();
    let survivors = findings.iter().filter(|finding| finding["code"] == "V094");
    let of_the_window = |it: &&Value| {
        let title = it["title"].as_str().unwrap();
        title.contains("from 2018-10-01 to 2019-11-01 only")
    };
    let survivors: Vec<&Value> = survivors.filter(of_the_window).collect();
    let [survivors] = survivors.as_slice() else {
        panic!("{findings:?}");
    };
    let title = survivors["title"].as_str().unwrap();
    assert!(
        title.starts_with("malicious events of `phishtank"),
        "{title}"
    );
    assert_eq!(survivors["severity"], "warning");
    assert!(
        finding(&vetted, "V079").is_some(),
        "the classes are from different times"
    );
    assert!(!is_blocking(&vetted, "V012") && !is_blocking(&vetted, "V013"));
    // What the remedy leaves has no survivors.
    let lines = survivors["remedy"]["snippet"]["task"].as_str().unwrap();
    let again = vet(at.path(), "url", lines, &[&phishing, &benign]).json();
    let source = &survivors["subject"]["sources"];
    let left = again["findings"].as_array().unwrap().iter();
    let left = left.filter(|it| it["code"] == "V094" && it["subject"]["sources"] == *source);
    assert_eq!(left.count(), 0);
}

#[test]
fn verdicts_that_came_along_are_named() {
    let Some(path) = data("table/kronodroid_2019_2020.csv.gz") else {
        return;
    };
    let at = folder(&[]);
    let vetted = vet(at.path(), "table", "", &[&path]).json();
    let columns = &finding(&vetted, "V113").unwrap()["subject"]["columns"];
    for name in ["Detection_Ratio", "Scanners"] {
        assert!(
            columns
                .as_array()
                .unwrap()
                .iter()
                .any(|column| column == name),
            "{columns}"
        );
    }
}

#[test]
fn a_clean_stream_is_not_blocked() {
    let at = folder(&[]);
    for seed in 1..=3 {
        let line =
            format!("simulate url --clean --events 4000 --months 6 --seed {seed} --out clean.csv");
        ringtrue(at.path(), &line).exits(0);
        let vetted = vet(at.path(), "url", "", &[&at.path().join("clean.csv")]).json();
        for finding in vetted["findings"].as_array().unwrap() {
            let is_of_these = ["V01", "V08", "V09", "V11"]
                .iter()
                .any(|start| finding["code"].as_str().unwrap().starts_with(start));
            assert!(
                !(is_of_these && finding["blocking"] == true),
                "{seed}: {finding}"
            );
        }
    }
}
