//! The data sheet from outside: one part alone, merged with those of other days, and what private columns tell.

use std::fmt::Write as _;

use serde_json::Value;

use crate::support::{folder, ringtrue};

/// Returns a table of logins from the row `from` on.
fn table(from: u32, to: u32) -> String {
    let mut text = "time,user,port,bytes,proto,label\n".to_owned();
    for step in from..to {
        let (month, day) = (1 + step / 100, 1 + step % 28);
        let bytes = if step % 10 == 0 {
            String::new()
        } else {
            (step * 7 % 113).to_string()
        };
        let proto = if step % 3 == 0 { "udp" } else { "tcp" };
        writeln!(
            text,
            "2024-{month:02}-{day:02},user{},{},{bytes},{proto},{}",
            step % 40,
            step % 5,
            u8::from(step % 20 == 0)
        )
        .unwrap();
    }
    text
}

fn column<'a>(sheet: &'a Value, name: &str) -> &'a Value {
    let columns = sheet["columns"].as_array().unwrap();
    columns
        .iter()
        .find(|column| column["name"] == name)
        .unwrap()
}

#[test]
fn the_sheet_of_two_days_is_that_of_both() {
    let (first, second, both) = (table(0, 300), table(300, 600), table(0, 600));
    let at = folder(&[
        ("1.csv", first.as_bytes()),
        ("2.csv", second.as_bytes()),
        ("both.csv", both.as_bytes()),
    ]);
    let sheet = |line: &str| ringtrue(at.path(), line).exits(0).json()["sheet"].clone();
    sheet("vet --only profile --kind table --json --profile-out 1.profile 1.csv");
    let merged = sheet("vet --only profile --kind table --json --profile-in 1.profile 2.csv");
    let whole = sheet("vet --only profile --kind table --json both.csv");
    for name in ["events", "by_class", "periods", "copies", "distinct_events"] {
        assert_eq!(merged[name], whole[name], "{name}");
    }
    assert_eq!(whole["by_class"], serde_json::json!([570, 30, 0]));
    assert_eq!(whole["periods"].as_array().unwrap().len(), 6);
    for name in ["user", "port", "bytes", "proto"] {
        for figure in ["kind", "missing", "distinct", "frequent_lacking"] {
            assert_eq!(
                column(&merged, name)[figure],
                column(&whole, name)[figure],
                "{name} {figure}"
            );
        }
    }
    let bytes = column(&whole, "bytes");
    assert_eq!(
        (&bytes["kind"], &bytes["missing"]),
        (&"number".into(), &60.into())
    );
    assert_eq!(column(&whole, "proto")["frequent"][0]["value"], "tcp");
    assert_eq!(column(&whole, "proto")["drift"]["verdict"], "steady");
    // The earlier day alone, without reading it again.
    let again = sheet("vet --only profile --kind table --json --profile-in 1.profile");
    assert_eq!(again["events"], 300);
}

#[test]
fn no_label_is_needed_for_the_sheet_alone() {
    let at = folder(&[("a.csv", b"x,y\n1,a\n2,b\n")]);
    let told = ringtrue(
        at.path(),
        "vet --only profile --kind table --out page a.csv",
    )
    .exits(0);
    assert!(told.stdout.contains("Data sheet"), "{}", told.stdout);
    for page in ["report.html", "report.md", "report.json"] {
        let text = std::fs::read_to_string(at.path().join("page").join(page)).unwrap();
        assert!(text.contains("2 events"), "{page}");
    }
    ringtrue(at.path(), "vet --kind table --json a.csv").exits(2);
}

#[test]
fn the_sheet_shows_nothing_that_the_task_hides() {
    let task = "format = 1\nname = \"logins\"\nkind = \"table\"\n[privacy.fields]\nuser = \"drop\"\nproto = \"hash\"\n";
    let text = table(0, 200);
    let at = folder(&[("task.toml", task.as_bytes()), ("a.csv", text.as_bytes())]);
    let told = ringtrue(
        at.path(),
        "vet --only profile --task task.toml --json --profile-out a.profile --out page a.csv",
    )
    .exits(0);
    let sheet = &told.json()["sheet"];
    assert!(
        sheet["columns"]
            .as_array()
            .unwrap()
            .iter()
            .all(|column| column["name"] != "user")
    );
    assert_eq!(column(sheet, "proto")["distinct"]["count"], 2.0);
    for file in ["a.profile", "page/report.html", "page/report.json"] {
        let text = std::fs::read_to_string(at.path().join(file)).unwrap();
        assert!(!text.contains("user1") && !text.contains("tcp"), "{file}");
    }
}

#[test]
fn what_is_no_profile_is_refused() {
    let at = folder(&[("a.csv", b"x\n1\n"), ("b.profile", b"{\"format\":9}")]);
    let told = ringtrue(
        at.path(),
        "vet --only profile --kind table --profile-in b.profile a.csv",
    )
    .exits(2);
    assert!(
        told.stderr.contains("has a format that is not read: 9"),
        "{}",
        told.stderr
    );
    assert!(told.stderr.contains("b.profile"), "{}", told.stderr);
}
