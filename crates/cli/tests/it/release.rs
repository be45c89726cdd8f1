//! What leaves with a detector: no byte of its folder, of reports, of the store or of what is printed holds a
//! planted personal value, nor a piece of one, in any usual spelling.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::privacy::parquet_text;
use crate::support::{folder, ringtrue, tree};

/// Words that stand nowhere else.
const NAMES: [&str; 6] = [
    "Qvandorzix",
    "Wobblefjord",
    "Zhkrumpel",
    "Yxquatlin",
    "Jovikrazz",
    "Vlupsquorn",
];
/// Letters of a piece of a value that must not be found.
const PIECE: usize = 7;

/// Logins whose user, mail and note are personal, and whose command holds a password.
fn logins() -> String {
    let mut text = "time,label,user,mail,note,line,bytes\n".to_owned();
    for number in 0_u64..1_500 {
        let mixed = number.wrapping_mul(2_654_435_761) >> 7 & 0xffff;
        let name = NAMES[(mixed % 6) as usize];
        let label = u8::from(mixed % 6 == 3 && mixed % 7 != 0);
        let bytes = u64::from(label) * 900 + mixed % 1_000;
        let (month, day) = (number / 125 + 1, number / 5 % 25 + 1);
        writeln!(
            text,
            "2024-{month:02}-{day:02}T00:00:00Z,{label},{name},{name}@{name}-corp.example,\
             the office of {name} wrote {mixed},mysql -p{name}Xq9! shop{},{bytes}",
            mixed % 3
        )
        .unwrap();
    }
    // Set aside, under the same rules.
    writeln!(
        text,
        "2024-01-01,perhaps,{0},{0}@x.example,{0},mysql -p{0}Xq9! a,1",
        NAMES[0]
    )
    .unwrap();
    text
}

fn task(rule: &str) -> String {
    format!(
        "format = 1\nname = \"logins\"\nkind = \"table\"\n[columns]\ntime = \"time\"\nlabel = \"label\"\n\
         [privacy]\nsecrets = \"mask\"\n[privacy.fields]\nuser = \"{rule}\"\nmail = \"{rule}\"\nnote = \"{rule}\"\n"
    )
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Returns the base64 digits that `bytes` gives wherever in a longer text it stands `offset` bytes in.
fn base64(bytes: &[u8], offset: usize) -> String {
    let mut padded = vec![0; offset];
    padded.extend_from_slice(bytes);
    let mut digits = String::new();
    for chunk in padded.chunks_exact(3) {
        let word = u32::from(chunk[0]) << 16 | u32::from(chunk[1]) << 8 | u32::from(chunk[2]);
        for shift in [18, 12, 6, 0] {
            digits.push(char::from(ALPHABET[(word >> shift & 63) as usize]));
        }
    }
    // The digits that bytes before it would change are no evidence.
    digits.split_off(if offset == 0 { 0 } else { 4 })
}

/// Every piece of every name, in each spelling, with whether case counts.
fn forms() -> Vec<(String, bool)> {
    let mut forms = Vec::new();
    for name in NAMES {
        for piece in name.as_bytes().windows(PIECE) {
            let text = String::from_utf8(piece.to_vec()).unwrap();
            let hex = piece
                .iter()
                .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
            let escaped = piece
                .iter()
                .fold(String::new(), |text, byte| text + &format!("\\u{byte:04x}"));
            forms.extend([(text, false), (hex, false), (escaped, false)]);
        }
        for offset in 0..3 {
            for cased in [name.to_owned(), name.to_lowercase(), name.to_uppercase()] {
                forms.push((base64(cased.as_bytes(), offset), true));
            }
        }
    }
    forms
}

/// Checks that none of the planted values stands in `bytes`.
fn assert_clean(forms: &[(String, bool)], bytes: &[u8], place: &str) {
    let lower = bytes.to_ascii_lowercase();
    for (form, case_counts) in forms {
        let (haystack, needle) = if *case_counts {
            (bytes, form.clone())
        } else {
            (&*lower, form.to_ascii_lowercase())
        };
        let found = memchr_find(haystack, needle.as_bytes());
        assert!(!found, "`{form}` stands in {place}");
    }
}

fn memchr_find(haystack: &[u8], needle: &[u8]) -> bool {
    let first = needle[0];
    let mut rest = haystack;
    while let Some(at) = rest.iter().position(|byte| *byte == first) {
        if rest[at..].starts_with(needle) {
            return true;
        }
        rest = &rest[at + 1..];
    }
    false
}

/// Checks every file under `root`, Parquet row by row too.
fn assert_clean_folder(forms: &[(String, bool)], root: &Path) -> usize {
    let files = tree(root);
    for (name, bytes) in &files {
        assert_clean(forms, name.as_bytes(), "a file's name");
        assert_clean(forms, bytes, name);
        if name.ends_with(".parquet") {
            assert_clean(forms, parquet_text(&root.join(name)).as_bytes(), name);
        }
    }
    files.len()
}

#[test]
fn the_search_finds_what_it_looks_for() {
    let forms = forms();
    let is_clean = |text: &str| {
        std::panic::catch_unwind(|| assert_clean(&forms, text.as_bytes(), "it")).is_ok()
    };
    for text in [
        "a JOVIKRAZ b",
        "4a6f76696b72617a",
        "\\u004aovikrazz",
        "xQ0pvdmlrcmF6eg",
    ] {
        assert!(!is_clean(text), "{text}");
    }
    for before in ["", ".", ".."] {
        let text = format!("{before}Jovikrazz..");
        assert!(!is_clean(&base64(text.as_bytes(), 0)), "{text}");
    }
    assert!(is_clean("Jov ikraz vikr"));
}

#[test]
fn nothing_readable_leaves_under_any_policy() {
    let forms = forms();
    for rule in ["hash", "drop", "tokenise"] {
        let at = folder(&[("task.toml", task(rule).as_bytes())]);
        fs::write(at.path().join("a.csv"), logins()).unwrap();
        let row = format!(
            "{{\"time\":\"2025-02-01\",\"user\":\"{0}\",\"mail\":\"{0}@x.example\",\"note\":\"{0}\",\"line\":\"mysql -p{0}Xq9! shop1\",\"bytes\":950}}",
            NAMES[3]
        );
        fs::write(at.path().join("one.ndjson"), &row).unwrap();
        for words in [
            "run --task task.toml --out out a.csv",
            "try --detector out/detector --out tried a.csv",
            "score --detector out/detector a.csv",
            "score --detector out/detector one.ndjson",
            "explain --detector out/detector --labelled a.csv one.ndjson",
            "explain --json --detector out/detector --labelled a.csv one.ndjson",
        ] {
            let ran = ringtrue(at.path(), words).exits(0);
            assert_clean(&forms, ran.stdout.as_bytes(), &format!("{rule}: {words}"));
            assert_clean(&forms, ran.stderr.as_bytes(), &format!("{rule}: {words}"));
        }
        let files = assert_clean_folder(&forms, &at.path().join("out"))
            + assert_clean_folder(&forms, &at.path().join("tried"));
        assert!(files > 12, "{files} files were looked at");
        let names: Vec<String> = tree(&at.path().join("out/detector")).into_keys().collect();
        assert!(!names.iter().any(|name| name.contains("key")), "{names:?}");
    }
}

#[test]
fn a_detector_pins_its_key() {
    let at = folder(&[("task.toml", task("hash").as_bytes())]);
    fs::write(at.path().join("a.csv"), logins()).unwrap();
    ringtrue(at.path(), "run --task task.toml --out out a.csv").exits(0);
    let scores = |words: &str| ringtrue(at.path(), words).exits(0).stdout;
    let first = scores("score --detector out/detector a.csv");
    // The key changes; the detector goes on under the old one, which the store keeps.
    ringtrue(at.path(), "privacy rotate-key --store out/store").exits(0);
    assert_eq!(scores("score --detector out/detector a.csv"), first);
    let kept = tree(&at.path().join("out/store/keys"));
    let old = kept.keys().next().unwrap().clone();
    // Away from its store it says which key it needs, and takes no other.
    fs::rename(at.path().join("out/detector"), at.path().join("moved")).unwrap();
    let lost = ringtrue(at.path(), "score --detector moved a.csv").exits(2);
    let id = old.trim_end_matches(".key");
    let told = format!("was trained under the key `{id}`, which is not at hand");
    assert!(lost.stderr.contains(&told), "{}", lost.stderr);
    let wrong = ringtrue(
        at.path(),
        "score --detector moved --key out/store/key a.csv",
    )
    .exits(2);
    assert!(
        wrong.stderr.contains("and the one that is given is `"),
        "{}",
        wrong.stderr
    );
    let words = format!("score --detector moved --key out/store/keys/{old} a.csv");
    assert_eq!(scores(&words), first);
    // A detector does not learn from pseudonyms of two keys.
    let mixed = ringtrue(at.path(), "run --task task.toml --out out a.csv").exits(2);
    assert!(
        mixed.stderr.contains("made under the key"),
        "{}",
        mixed.stderr
    );
}

#[test]
fn a_field_is_shown_to_those_who_may_see_it() {
    let forms = forms();
    let at = folder(&[]);
    let task = task("keep")
        + "[privacy.reveal]\nuser = \"analyst\"\nmail = \"nobody\"\nnote = \"nobody\"\n";
    fs::write(at.path().join("task.toml"), task).unwrap();
    fs::write(at.path().join("a.csv"), logins()).unwrap();
    let ran = ringtrue(at.path(), "run --task task.toml --out out a.csv").exits(0);
    assert_clean(&forms, ran.stderr.as_bytes(), "what `run` says");
    for name in ["report.html", "report.json", "report.md"] {
        assert_clean(
            &forms,
            &fs::read(at.path().join("out").join(name)).unwrap(),
            name,
        );
    }
    let words = "explain --detector out/detector --labelled a.csv --row 3";
    let plain = ringtrue(at.path(), &format!("{words} a.csv")).exits(0);
    assert_clean(
        &forms,
        plain.stdout.as_bytes(),
        "an explanation for nobody in particular",
    );
    let shown = ringtrue(at.path(), &format!("{words} --reader analyst a.csv")).exits(0);
    assert!(shown.stdout.contains("user="), "{}", shown.stdout);
    assert!(!shown.stdout.contains("mail="), "{}", shown.stdout);
}

#[test]
fn somebody_is_forgotten_and_what_held_them_is_named() {
    let at = folder(&[("task.toml", task("hash").as_bytes())]);
    fs::write(at.path().join("a.csv"), logins()).unwrap();
    ringtrue(at.path(), "run --task task.toml --out out a.csv").exits(0);
    ringtrue(at.path(), "privacy rotate-key --store out/store").exits(0);
    let name = NAMES[1];
    let words = format!("forget --json --store out/store {name}");
    let before = tree(&at.path().join("out/store/segments"));
    let looked = ringtrue(at.path(), &format!("{words} --dry-run"))
        .exits(0)
        .json();
    assert_eq!(tree(&at.path().join("out/store/segments")), before);
    let done = ringtrue(at.path(), &words).exits(0).json();
    assert_eq!(looked["events_removed"], done["events_removed"]);
    let removed = done["events_removed"].as_u64().unwrap();
    assert!(removed > 100, "{done}");
    assert_eq!(done["datasets"][0]["events"].as_u64(), Some(removed));
    assert_eq!(done["detectors"][0]["place"], "out/detector");
    assert!(!done.to_string().contains(name));
    let again = ringtrue(at.path(), &words).exits(0).json();
    assert_eq!(again["events_removed"], 0);
    let none = ringtrue(at.path(), "forget Nobodyknown --store out/store").exits(0);
    assert!(
        none.stderr.contains("nothing in the store concerns it"),
        "{}",
        none.stderr
    );
    ringtrue(at.path(), "forget ab --store out/store").exits(2);
    ringtrue(at.path(), "forget ann --store nowhere").exits(2);
}

#[test]
fn what_is_over_its_days_is_left_out_and_removed() {
    let at = folder(&[("task.toml", task("hash").as_bytes())]);
    fs::write(at.path().join("a.csv"), logins()).unwrap();
    ringtrue(at.path(), "ingest --task task.toml --store s a.csv").exits(0);
    let short = task("hash") + "[privacy.retention]\nnote = 30\n";
    fs::write(at.path().join("short.toml"), &short).unwrap();
    let words = "forget --json --expired --task short.toml --store s";
    let done = ringtrue(at.path(), words).exits(0).json();
    assert_eq!(done["events_shortened"], 1_500);
    assert_eq!(
        ringtrue(at.path(), words).exits(0).json()["events_shortened"],
        0
    );
    let days = short.replace("[privacy]\n", "[privacy]\nretention_days = 30\n");
    fs::write(at.path().join("days.toml"), days).unwrap();
    let done = ringtrue(
        at.path(),
        "forget --json --expired --task days.toml --store s",
    )
    .exits(0);
    assert_eq!(done.json()["events_removed"], 1_500);
    let ran = ringtrue(at.path(), "ingest --json --task days.toml --store t a.csv").exits(0);
    assert_eq!(ran.json()["expired"], 1_500);
    assert_eq!(ran.json()["added"], 0);
}

#[test]
fn a_check_tells_what_a_file_holds_and_how_to_protect_it() {
    let at = folder(&[]);
    fs::write(at.path().join("a.csv"), logins()).unwrap();
    let ran = ringtrue(at.path(), "privacy check --kind table a.csv").exits(1);
    for part in [
        "\"user\" = \"hash\"",
        "\"mail\" = \"hash\"",
        "secrets = \"mask\"",
        "Xxxxxxxxxx@",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    assert_clean(&forms(), ran.stdout.as_bytes(), "the check");
    let checked = ringtrue(
        at.path(),
        "privacy check --json --kind table --rows 10 a.csv",
    )
    .exits(1);
    assert_eq!(checked.json()["rows"], 10);
    let mut task = "format = 1\nname = \"t\"\nkind = \"table\"\n".to_owned();
    let mut section = String::new();
    for line in checked.json()["lines"].as_array().unwrap() {
        if line["section"] != section.as_str() {
            section = line["section"].as_str().unwrap().to_owned();
            writeln!(task, "[{section}]").unwrap();
        }
        writeln!(task, "{}", line["line"].as_str().unwrap()).unwrap();
    }
    fs::write(at.path().join("task.toml"), task).unwrap();
    // What it proposes is what it then accepts.
    ringtrue(at.path(), "privacy check --task task.toml a.csv").exits(0);
}
