//! `label queue` from outside: the names that scripts rely on, files that are filled in and come back, and who is asked what.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

use crate::support::{SHARED, folder, ringtrue};

fn items(found: &Value) -> &Vec<Value> {
    found["items"].as_array().unwrap()
}

fn ids(found: &Value) -> BTreeSet<String> {
    items(found)
        .iter()
        .map(|it| it["id"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn items_have_the_names_that_scripts_rely_on() {
    let at = folder(&[]);
    let few = SHARED.few();
    let words = format!(
        "label queue --kind url --budget 30 --json {}",
        few.display()
    );
    let found = ringtrue(at.path(), &words).exits(0).json();
    assert_eq!(items(&found).len(), 30);
    assert_eq!(ids(&found).len(), 30);
    for item in items(&found) {
        assert!(item["campaign_size"].as_u64().unwrap() >= 1, "{item}");
        let others = item["others"].as_array().unwrap().len() as u64;
        assert_eq!(item["campaign_size"].as_u64().unwrap(), others + 1);
        let propensity = item["propensity"].as_f64().unwrap();
        assert!(propensity > 0.0 && propensity <= 1.0, "{item}");
        let is_audit = item["why"] == "audit";
        assert_eq!(is_audit, propensity < 1.0, "{item}");
        assert!(item["worth"].as_f64().unwrap() >= 0.0);
        assert!(!item["reasons"].as_array().unwrap().is_empty());
        assert!(item["history"].is_string());
    }
    let whys: BTreeSet<&str> = items(&found)
        .iter()
        .map(|it| it["why"].as_str().unwrap())
        .collect();
    assert!(
        whys.contains("likely") && whys.contains("audit"),
        "{whys:?}"
    );
    assert_eq!(found["shares"]["audit"], 0.1);
    let again = ringtrue(at.path(), &format!("{words} --threads 1"))
        .exits(0)
        .json();
    assert_eq!(items(&found), items(&again), "threads change nothing");
}

#[test]
fn a_detector_explains_by_its_signals() {
    let at = folder(&[]);
    let words = format!(
        "label queue --budget 10 --json --detector {} {}",
        SHARED.detector().display(),
        SHARED.few().display()
    );
    let found = ringtrue(at.path(), &words).exits(0).json();
    assert_eq!(found["judged_by"], "a detector");
    let told = found["items"].to_string();
    assert!(told.contains("speaks for malicious"), "{told}");
}

#[test]
fn before_any_label_the_oddest_come_first_and_say_what_is_odd() {
    let at = folder(&[]);
    let words = [
        "bread", "river", "garden", "music", "travel", "winter", "history",
    ];
    let mut rows = "url,label\n".to_owned();
    for at in 0..400 {
        let (one, other) = (words[at % 7], words[at / 7 % 7]);
        writeln!(rows, "https://www.{one}{at}.example/{other}/{one},").unwrap();
    }
    rows.push_str("http://185.238.1.221:8081/secure/login.php?account=verify&token=%61%62%63,\n");
    fs::write(at.path().join("a.csv"), rows).unwrap();
    let found = ringtrue(at.path(), "label queue --kind url --budget 20 --json a.csv")
        .exits(0)
        .json();
    assert_eq!(
        found["judged_by"],
        "how odd their signals are: nothing that is known tells events apart"
    );
    let likely = items(&found).iter().find(|it| it["why"] == "likely");
    let likely = likely.unwrap();
    assert_eq!(likely["row"], 400, "{likely}");
    assert!(likely["probability"].is_null());
    let reasons = likely["reasons"].to_string();
    assert!(
        reasons.contains("out of the ordinary because ")
            && reasons.contains(": 1 of 401 events is as far out"),
        "{reasons}"
    );
}

#[test]
fn inputs_of_one_event_or_one_class_are_asked_about() {
    let at = folder(&[]);
    let row = |number: usize, label: &str| {
        let row = format!("http://a{number}.example/login?x={number}");
        serde_json::json!({"url": row, "label": label}).to_string()
    };
    let inputs = [
        vec![row(0, "malicious")],
        vec![row(0, "benign")],
        (0..30).map(|number| row(number, "malicious")).collect(),
        (0..30).map(|number| row(number, "benign")).collect(),
        vec![row(0, "malicious"), row(1, "benign")],
    ];
    for input in inputs {
        fs::write(at.path().join("a.ndjson"), input.join("\n")).unwrap();
        let words = "label queue --kind url --budget 5 --json a.ndjson";
        let found = ringtrue(at.path(), words).exits(0).json();
        assert_eq!(items(&found).len(), input.len().min(5));
    }
}

#[test]
fn a_file_that_is_filled_in_comes_back_with_its_campaigns() {
    let at = folder(&[]);
    let site = [
        "bank", "news", "shop", "mail", "wiki", "game", "travel", "music",
    ];
    let mut rows = "url,label\n".to_owned();
    for at in 0..200 {
        let name = site[at % 8];
        let number = at / 8;
        writeln!(
            rows,
            "http://{name}.example/{name}/account/verify/page?session=00172836{number:02},"
        )
        .unwrap();
    }
    fs::write(at.path().join("a.csv"), rows).unwrap();
    ringtrue(at.path(), "ingest --kind url --store s a.csv").exits(0);
    ringtrue(
        at.path(),
        "label queue --store s --for ann --budget 40 --items q.csv",
    )
    .exits(0);
    let text = fs::read_to_string(at.path().join("q.csv")).unwrap();
    let head = text.lines().next().unwrap();
    assert!(
        head.ends_with("label,certainty,evidence,note,rest"),
        "{head}"
    );
    let found = ringtrue(
        at.path(),
        "label queue --store s --for ann --budget 40 --json",
    )
    .exits(0)
    .json();
    let campaigns: u64 = items(&found)
        .iter()
        .map(|it| it["campaign_size"].as_u64().unwrap())
        .sum();
    assert!(campaigns >= 160, "near-copies are one item: {campaigns}");
    // The last five cells of each row are empty: they are filled in with an answer for the whole campaign.
    let filled = text.replace(",,,,,\n", ",benign,1,known site,,yes\n");
    assert_ne!(filled, text);
    fs::write(at.path().join("q.csv"), filled).unwrap();
    let told = ringtrue(at.path(), "label import --store s --who ann --json q.csv")
        .exits(0)
        .json();
    assert_eq!(told["stored"].as_u64(), Some(campaigns));
    let again = ringtrue(
        at.path(),
        "label queue --store s --for ann --budget 40 --json",
    )
    .exits(0)
    .json();
    assert!(
        ids(&found).is_disjoint(&ids(&again)),
        "what was answered is not asked again"
    );
}

#[test]
fn a_dispute_is_asked_of_those_who_have_not_spoken() {
    let at = folder(&[(
        "a.csv",
        b"url,label\nhttp://a.example/,\nhttp://b.example/,\n",
    )]);
    ringtrue(at.path(), "ingest --kind url --store s a.csv").exits(0);
    let found = ringtrue(at.path(), "label queue --store s --json")
        .exits(0)
        .json();
    let id = ids(&found).into_iter().next().unwrap();
    for (who, label) in [("ann", "malicious"), ("ben", "benign")] {
        fs::write(
            at.path().join("l.csv"),
            format!("id,label,evidence\n{id},{label},looked\n"),
        )
        .unwrap();
        ringtrue(
            at.path(),
            &format!("label import --store s --who {who} l.csv"),
        )
        .exits(0);
    }
    let of = |person: &str| {
        let words = format!("label queue --store s --json --lease-hours 0 --for {person}");
        ringtrue(at.path(), &words).exits(0).json()
    };
    let disputed = |found: &Value| items(found).iter().any(|it| it["why"] == "disputed");
    assert!(disputed(&of("cy")));
    assert!(!disputed(&of("ann")) && !ids(&of("ann")).contains(&id));
}

#[test]
fn what_nobody_stands_for_any_more_is_asked_again() {
    let at = folder(&[(
        "a.csv",
        b"url,label\nhttp://a.example/,\nhttp://b.example/,\nhttp://c.example/,\nhttp://d.example/,\n",
    )]);
    ringtrue(at.path(), "ingest --kind url --store s a.csv").exits(0);
    let of = |person: &str| {
        let words = format!("label queue --store s --json --lease-hours 0 --for {person}");
        ids(&ringtrue(at.path(), &words).exits(0).json())
    };
    let all: Vec<String> = of("ann").into_iter().collect();
    let says = |rows: String| {
        let head = "id,label,evidence,certainty,known,expires\n";
        fs::write(at.path().join("l.csv"), format!("{head}{rows}")).unwrap();
        ringtrue(at.path(), "label import --store s --who ann l.csv").exits(0);
    };
    says(format!(
        "{},malicious,looked,1,2026-01-01,2026-01-02\n{},unsure,,1,,\n{},benign,looked,0.3,,\n{},benign,looked,1,,\n",
        all[0], all[1], all[2], all[3]
    ));
    // Ann is asked again about what expired, others about all that she did not settle.
    assert_eq!(of("ann"), BTreeSet::from([all[0].clone()]));
    assert_eq!(of("ben"), all[..3].iter().cloned().collect());
    says(format!("{},withdrawn,,,,\n", all[3]));
    assert_eq!(of("ben").len(), 4);
    assert!(of("ann").contains(&all[3]));
}

/// A store of 40 URLs that have nothing in common.
fn forty() -> tempfile::TempDir {
    let letters = |mut number: u64| -> String {
        let letter = |_| {
            number = number
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            char::from(b'a' + u8::try_from((number >> 40) % 26).unwrap())
        };
        (0..14).map(letter).collect()
    };
    let row = |at: u64| format!("http://{}.example/{},\n", letters(at), letters(at + 100));
    let rows: String = (0..40).map(row).collect();
    let at = folder(&[("a.csv", format!("url,label\n{rows}").as_bytes())]);
    ringtrue(at.path(), "ingest --kind url --store s a.csv").exits(0);
    at
}

#[test]
fn people_who_ask_at_once_get_different_items() {
    let at = forty();
    let words = |who: &str, budget: u32| {
        format!("label queue --store s --for {who} --budget {budget} --json")
    };
    let asked: Vec<Value> = std::thread::scope(|scope| {
        let path = at.path();
        let ask = |who| scope.spawn(move || ringtrue(path, &words(who, 10)).exits(0).json());
        let people = ["ann", "ben", "cy"].map(ask);
        people.map(|it| it.join().unwrap()).into()
    });
    let all: BTreeSet<String> = asked.iter().flat_map(ids).collect();
    assert_eq!(all.len(), 30, "ten each, and none twice");
    assert!(asked.iter().all(|it| it["leased_until"].is_string()));
    let of = |who: &str| ringtrue(at.path(), &words(who, 40)).exits(0).json();
    let rest = of("dee");
    assert_eq!(
        (items(&rest).len(), rest["leased"].as_u64()),
        (10, Some(30))
    );
    assert!(ids(&rest).is_disjoint(&all));
    assert_eq!(ids(&of("ann")), ids(&asked[0]), "hers stay hers");
    let told = ringtrue(at.path(), "label queue --store s --budget 40").exits(0);
    assert!(
        told.stdout.contains("others look at 40 more"),
        "{}",
        told.stdout
    );
    // An answer gives an event back: what ann is unsure of is asked of others.
    let first = ids(&asked[0]).into_iter().next().unwrap();
    let text = format!("id,label,evidence\n{first},unsure,\n");
    fs::write(at.path().join("l.csv"), text).unwrap();
    ringtrue(at.path(), "label import --store s --who ann l.csv").exits(0);
    let of_ben = ids(&of("ben"));
    assert!(of_ben.contains(&first) && of_ben.len() == 11, "{of_ben:?}");
}

#[test]
fn a_lease_ends_by_itself_and_nobody_has_to_take_one() {
    let at = forty();
    let of = |words: &str| {
        let words = format!("label queue --store s --budget 40 --json {words}");
        ringtrue(at.path(), &words).exits(0).json()
    };
    // Four microseconds are over when the next one asks.
    for words in [
        "--for ann --lease-hours 0.000000001",
        "--for ben --lease-hours 0",
        "",
    ] {
        let found = of(words);
        assert_eq!(
            (items(&found).len(), found["leased"].as_u64()),
            (40, Some(0))
        );
    }
    assert!(of("--for ben --lease-hours 0")["leased_until"].is_null());
    assert_eq!(items(&of("--for ann")).len(), 40);
    assert!(items(&of("--for ben")).is_empty());
    let words = "label queue --store s --for ann --lease-hours 721";
    let ran = ringtrue(at.path(), words).exits(2);
    assert!(ran.stderr.contains("hours are 0 to 720"), "{}", ran.stderr);
}

#[test]
fn nothing_to_ask_about_cannot_tell() {
    let at = folder(&[("a.csv", b"url,label\n")]);
    let ran = ringtrue(at.path(), "label queue --kind url a.csv").exits(3);
    assert!(
        ran.stderr.contains("no event to ask about"),
        "{}",
        ran.stderr
    );
}

#[test]
fn prices_of_a_slice_are_in_what_an_answer_is_worth() {
    let at = folder(&[]);
    let task =
        "format = 1\nname = \"url\"\nkind = \"url\"\n[slices]\nlong = \"signals.url_length > 0\"\n";
    let dearer =
        "[[costs.overrides]]\nslice = \"long\"\nfalse_positive = 100\nfalse_negative = 10000\n";
    fs::write(at.path().join("usual.toml"), task).unwrap();
    fs::write(at.path().join("dear.toml"), format!("{task}{dearer}")).unwrap();
    let worth = |task: &str| -> Vec<(String, f64)> {
        let few = SHARED.few();
        let words = format!(
            "label queue --task {task} --budget 20 --json {}",
            few.display()
        );
        let found = ringtrue(at.path(), &words).exits(0).json();
        let of = |it: &Value| (it["id"].to_string(), it["worth"].as_f64().unwrap());
        items(&found).iter().map(of).collect()
    };
    let (usual, dear) = (worth("usual.toml"), worth("dear.toml"));
    assert!(usual.iter().any(|(_, worth)| *worth > 0.0));
    for ((id, usual), (same, dear)) in usual.iter().zip(&dear) {
        assert_eq!(id, same, "all are ten times as dear");
        assert!(
            (dear - 10.0 * usual).abs() < 1e-6 * (1.0 + dear),
            "{usual} {dear}"
        );
    }
}
