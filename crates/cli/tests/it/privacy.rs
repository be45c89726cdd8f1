//! What the task says is private never reaches the disk or the screen in plain.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::Path;

use parquet::file::reader::{FileReader, SerializedFileReader};

use crate::support::{folder, left_nothing, ringtrue, tree};

const TASK: &str = r#"format = 1
name = "logins"
kind = "table"
[columns]
time = "time"
label = "label"
source = "office"
[privacy.fields]
user = "hash"
phone = "drop"
address = "truncate 4"
office = "hash"
label = "keep"
note = "drop"
"#;

/// Logins whose private values all carry `SECRET`.
fn logins() -> String {
    let mut text = "time,label,user,phone,address,office,note,bytes,ok\n".to_owned();
    for number in 0_u64..1_500 {
        let mixed = number.wrapping_mul(2_654_435_761) >> 7 & 0xffff;
        let label = mixed % 10 == 0;
        let bytes = if label {
            5_000 + mixed % 997
        } else {
            mixed % 6_000
        };
        let (month, day) = (number / 125 + 1, number / 5 % 25 + 1);
        writeln!(
            text,
            "2024-{month:02}-{day:02}T00:00:00Z,{},userSECRET{},+49SECRET{number},addrSECRET{},\
             officeSECRET{},noteSECRET,{bytes},{}",
            u8::from(label),
            mixed % 40,
            mixed % 70,
            mixed % 3,
            mixed % 2 == 0
        )
        .unwrap();
    }
    // Rows that are set aside, under the same rules.
    text.push_str("2024-01-01,perhaps,userSECRETa,1SECRET,addrSECRETa,officeSECRET1,n,1,true\n");
    text.push_str("later,1,userSECRETa,1SECRET,addrSECRETa,officeSECRET1,noteSECRET,1,true\n");
    text.push_str("2024-01-01,1,userSECRETa,too,few\n");
    text
}

pub(crate) fn parquet_text(path: &Path) -> String {
    let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
    let rows = reader.get_row_iter(None).unwrap();
    let mut text = String::new();
    for row in rows {
        writeln!(text, "{}", row.unwrap()).unwrap();
    }
    text
}

fn assert_plain_nowhere(root: &Path) {
    for (name, bytes) in tree(root) {
        let found = bytes.windows(6).any(|window| window == b"SECRET");
        assert!(!found, "plain in {name}");
        if name.ends_with(".parquet") {
            let text = parquet_text(&root.join(&name));
            assert!(text.contains("bytes"), "the rows could be read");
            assert!(!text.contains("SECRET"), "plain in {name}");
        }
    }
}

#[test]
fn private_values_are_plain_nowhere() {
    let at = folder(&[("task.toml", TASK.as_bytes())]);
    fs::write(at.path().join("a.csv"), logins()).unwrap();
    // The user gives the label away here.
    let ran = ringtrue(at.path(), "run --task task.toml --out out a.csv").exits(1);
    assert!(
        ran.stderr
            .contains("1500 events added, 0 known already, 3 rows set aside")
    );
    assert!(
        !ran.stdout.contains("SECRET") && !ran.stderr.contains("SECRET"),
        "{}",
        ran.stderr
    );
    let out = at.path().join("out");
    assert_plain_nowhere(&out);
    let segments = tree(&out.join("store/segments"));
    let text = parquet_text(
        &out.join("store/segments")
            .join(segments.keys().next().unwrap()),
    );
    assert!(
        text.contains("f.address: \"addr\""),
        "truncated to 4 characters"
    );
    assert!(text.contains("f.user") && !text.contains("phone") && !text.contains("note"));
    // The detector applies the rules of its task to what it judges, too.
    let tried = ringtrue(at.path(), "try --detector out/detector --out tried a.csv").exits(0);
    assert!(!tried.stdout.contains("SECRET") && !tried.stderr.contains("SECRET"));
    assert_plain_nowhere(&at.path().join("tried"));
    let scored = ringtrue(at.path(), "score --detector out/detector a.csv").exits(0);
    assert!(!scored.stdout.contains("SECRET") && !scored.stderr.contains("SECRET"));
}
/// A hashed column is a signal like any other: serving must make the same pseudonyms as training did.
#[test]
fn a_pseudonym_weighs_the_same_in_training_and_in_serving() {
    let mut text = "time,label,user,size\n".to_owned();
    for number in 0_u64..1_500 {
        let mixed = number.wrapping_mul(2_654_435_761) >> 7 & 0xffff;
        let (month, day) = (number / 125 + 1, number / 5 % 25 + 1);
        let user = mixed % 8;
        let label = u8::from(user == 3);
        writeln!(
            text,
            "2024-{month:02}-{day:02},{label},user{user},{}",
            mixed % 100
        )
        .unwrap();
    }
    let task =
        "format = 1\nname = \"users\"\nkind = \"table\"\n[privacy.fields]\nuser = \"hash\"\n";
    let at = folder(&[("task.toml", task.as_bytes()), ("a.csv", text.as_bytes())]);
    // The user gives the label away here.
    let ran = ringtrue(at.path(), "run --json --task task.toml --out out a.csv").exits(1);
    assert!(ran.json()["roc_auc"].as_f64().unwrap() > 0.99);
    let tried = ringtrue(at.path(), "try --json --detector out/detector a.csv").exits(0);
    let auc = tried.json()["roc_auc"].as_f64().unwrap();
    assert!(auc > 0.99, "{auc}");
}

#[test]
fn a_rule_holds_in_any_case_and_for_what_is_nested() {
    let task = "format = 1\nname = \"t\"\nkind = \"table\"\n[privacy.fields]\nemail = \"drop\"\n\
                USER = \"hash\"\nphone = \"drop\"\n";
    let rows = "{\"Email\":\"a@SECRET\",\"user\":{\"name\":\"SECRET\",\"home\":{\"zip\":\"SECRET\"}},\"bytes\":1}\n";
    let at = folder(&[
        ("task.toml", task.as_bytes()),
        ("a.ndjson", rows.as_bytes()),
    ]);
    let ran = ringtrue(at.path(), "ingest --task task.toml --store s a.ndjson").exits(0);
    assert!(ran.stderr.contains("1 event added"), "{}", ran.stderr);
    assert_plain_nowhere(&at.path().join("s"));
    let told = "assumed: no column of the input is called `phone`, which the task names under `privacy.fields`";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
}

#[test]
fn a_rule_that_misses_its_column_by_a_slip_keeps_nothing() {
    let task = "format = 1\nname = \"t\"\nkind = \"table\"\n[privacy.fields]\nemial = \"drop\"\n";
    let at = folder(&[
        ("task.toml", task.as_bytes()),
        ("a.csv", b"email,bytes\nSECRET,1\n"),
        ("a.ndjson", b"{\"user\":{\"emial\":\"SECRET\"}}\n"),
    ]);
    for (file, column) in [("a.csv", "email"), ("a.ndjson", "user.emial")] {
        let words = format!("ingest --task task.toml --store s {file}");
        let ran = ringtrue(at.path(), &words).exits(2);
        let cause = format!(
            "cause: the privacy rule for `emial` holds for no column, but there is a column `{column}`"
        );
        assert!(ran.stderr.contains(&cause), "{}", ran.stderr);
        assert!(ran.stderr.contains("hint: write `"), "{}", ran.stderr);
        assert!(tree(&at.path().join("s/segments")).is_empty());
        assert_plain_nowhere(&at.path().join("s"));
    }
}

#[test]
fn rules_on_the_url_and_the_time_are_kept_or_refused() {
    let task = |rule: &str| {
        format!("format = 1\nname = \"t\"\nkind = \"url\"\n[privacy.fields]\n{rule}\n")
    };
    let rows = b"link,Time,label\nhttp://a.example/,2024-05-17T13:45:59Z,0\n";
    for (rule, cause) in [
        (
            "link = \"drop\"",
            "cause: the privacy rules leave nothing of the column that is the URL: `link`",
        ),
        (
            "time = \"hash\"",
            "cause: the privacy rules make a pseudonym of the time, which is no time: `Time`",
        ),
    ] {
        let at = folder(&[("task.toml", task(rule).as_bytes()), ("a.csv", rows)]);
        let ran = ringtrue(at.path(), "run --task task.toml --out out a.csv").exits(2);
        assert!(ran.stderr.contains(cause), "{}", ran.stderr);
        assert!(
            ran.stderr.contains("under `[privacy.fields]`"),
            "{}",
            ran.stderr
        );
        left_nothing(&at.path().join("out"));
    }
    for (rule, year) in [("drop", false), ("truncate 4", true)] {
        let rule = format!("time = \"{rule}\"");
        let at = folder(&[("task.toml", task(&rule).as_bytes()), ("a.csv", rows)]);
        ringtrue(at.path(), "ingest --task task.toml --store s a.csv").exits(0);
        let segments = tree(&at.path().join("s/segments"));
        let name = segments.keys().next().unwrap();
        let text = parquet_text(&at.path().join("s/segments").join(name));
        // 2024-01-01, in microseconds.
        let stored = text.contains("1704067200000000") || text.contains("2024-01-01 00:00:00");
        assert_eq!(stored, year, "{text}");
        assert!(
            !text.contains("2024-05") && !text.contains("1715953559"),
            "{text}"
        );
    }
}

#[test]
fn a_set_aside_line_is_not_named_by_a_private_key() {
    let task = |default: &str| {
        format!("format = 1\nname = \"t\"\nkind = \"table\"\n[privacy]\ndefault = \"{default}\"\n")
    };
    for (default, is_named) in [("drop", false), ("keep", true)] {
        let at = folder(&[
            ("task.toml", task(default).as_bytes()),
            ("a.ndjson", b"{\"bytes\":1}\n{\"SECRET\":1,\"SECRET\":2}\n"),
        ]);
        let ran = ringtrue(at.path(), "ingest --task task.toml --store s a.ndjson").exits(0);
        assert!(
            ran.stderr.contains("line 2: a key stands twice"),
            "{}",
            ran.stderr
        );
        assert_eq!(ran.stderr.contains("SECRET"), is_named, "{}", ran.stderr);
    }
}
