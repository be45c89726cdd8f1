//! Stopgaps: one confirmed sample stops what is like it at once, in servers that run, and for as long as somebody answers for it.

use std::fs;

use serde_json::{Value, json};

use crate::registry::Desk;
use crate::served::{Served, urls};
use crate::support::{SHARED, lines};

const WHO: &str = "--store s --by ann --key ann.key";

/// A desk with a champion.
fn desk() -> Desk {
    let desk = Desk::new();
    let id = desk.add(1);
    desk.run(&format!(
        "promote {id} --store s --override first --by cleo --key cleo.key --until 9999-12-31"
    ))
    .exits(0);
    desk
}

fn serve(desk: &Desk) -> Served {
    let store = desk.path().join("s");
    let more = format!("--store {}", store.display());
    Served::of("champion".as_ref(), "", &more)
}

fn score(served: &Served, url: &str) -> Value {
    let (status, told) = served.score("text/plain", url.as_bytes());
    assert_eq!(status, 200, "{told}");
    lines(&told).remove(0)
}

fn say(served: &Served, verdict: &Value, label: &str) {
    let body = json!({"verdict": verdict, "label": label, "who": "ann", "evidence": "the page asks for a password"});
    let head = "POST /v1/feedback HTTP/1.1\r\ncontent-type: application/json";
    let (status, told) = served.ask(head, body.to_string().as_bytes());
    assert_eq!(status, 200, "{told}");
}

/// Returns a link that the detector lets through, with what was told of it.
fn allowed(served: &Served) -> (String, Value) {
    let told = urls(60).into_iter().map(|url| {
        let told = score(served, &url);
        (url, told)
    });
    let long = |it: &(String, Value)| it.0.len() > 25 && it.1["action"] == "allow";
    told.into_iter().find(long).unwrap()
}

#[test]
fn one_confirmed_sample_stops_what_is_like_it_until_it_is_lifted() {
    let desk = desk();
    let served = serve(&desk);
    let (url, sample) = allowed(&served);
    let id = sample["id"].as_str().unwrap();
    let log = served.log();
    let add = format!(
        "stopgap add {id} --until 9999-12-31 --reason incident --family kit --json --log {} {WHO}",
        log.display()
    );
    // No verdict is ever a label, and nobody's word is none.
    let refused = desk.run(&add).exits(2).told();
    assert!(
        refused.contains("is no confirmed sample: nobody said"),
        "{refused}"
    );
    say(&served, &sample["verdict"], "malicious");
    let told = desk.run(&add).exits(0).json();
    assert_eq!(
        (&told["event"], &told["family"], &told["action"]),
        (&json!(id), &json!("kit"), &json!("block"))
    );
    assert_eq!(told["detector"]["action"], "allow");

    // The running server takes it up, for the sample and what is like it, and for nothing else.
    let copy = format!("{url}x");
    while score(&served, &copy)["decided_by"] != "stopgap" {}
    let told = score(&served, &copy);
    assert_eq!(
        (&told["action"], &told["score"].is_f64()),
        (&json!("block"), &true)
    );
    assert_eq!(score(&served, &url)["action"], "block");
    assert_ne!(
        score(&served, "https://elsewhere.example/")["decided_by"],
        "stopgap"
    );

    // The log says which sample it is like and what the detector would have done, and the score replays.
    let verdict = told["verdict"].as_str().unwrap();
    let (_, logged) = served.get(&format!("/v1/verdicts/{verdict}"));
    let stopgap = &lines(&logged)[0]["decision"]["stopgap"];
    assert_eq!(stopgap, &json!({"like": id, "would": "allow"}));
    let (_, replayed) = served.get(&format!("/v1/verdicts/{verdict}/replay"));
    assert_eq!(lines(&replayed)[0]["replay"], "same");

    let list = format!("stopgap list --store s --json --log {}", log.display());
    let listed = |word: &str| {
        let told = desk.run(&list).exits(0).json();
        let line = told["stopgaps"][0].clone();
        assert_eq!((&line["event"], &line["state"]), (&json!(id), &json!(word)));
        line
    };
    let line = listed("in_force");
    assert!(line["stopped"].as_u64() >= Some(3), "{line}");
    // It was learned from by nobody.
    assert_eq!(line["caught_by"], Value::Null);

    desk.run(&format!("stopgap lift {id} --reason absorbed {WHO}"))
        .exits(0);
    while score(&served, &copy)["decided_by"] == "stopgap" {}
    assert_eq!(score(&served, &copy)["action"], "allow");
    listed("lifted");
    let again = desk
        .run(&format!("stopgap lift {id} --reason absorbed {WHO}"))
        .exits(2);
    assert!(again.told().contains("is in force"), "{}", again.told());
    desk.run("audit verify --store s --people people.toml")
        .exits(0);
    let shown = desk
        .run("audit show --store s --what stopped")
        .exits(0)
        .stdout;
    assert!(shown.contains("ann answers for it until"), "{shown}");
}

#[test]
fn what_people_called_benign_is_not_stopped_unless_somebody_insists() {
    let desk = desk();
    let served = serve(&desk);
    let (url, sample) = allowed(&served);
    say(&served, &sample["verdict"], "malicious");
    let copy = score(&served, &format!("{url}x"));
    say(&served, &copy["verdict"], "benign");
    let [id, other] = [&sample, &copy].map(|it| it["id"].as_str().unwrap());
    // An event that the verdict log alone holds can be labelled by its id.
    let labels = format!("id,label,evidence\n{other},benign,seen again\n");
    fs::write(desk.path().join("labels.csv"), labels).unwrap();
    let import = format!(
        "label import --store s --task task.toml --who cleo --json --log {} labels.csv",
        served.log().display()
    );
    assert_eq!(desk.run(&import).exits(0).json()["stored"], 1);
    let add = |id: &str, more: &str| {
        let log = served.log();
        desk.run(&format!(
            "stopgap add {id} --until 9999-12-31 --reason incident --json --log {} {WHO} {more}",
            log.display()
        ))
    };
    let refused = add(id, "").exits(1).told();
    assert!(
        refused.contains("1 event that is known to be benign") && refused.contains(other),
        "{refused}"
    );
    let told = add(id, "--even-if-benign --review").exits(0).json();
    assert_eq!(
        (&told["alike"]["benign"], &told["action"]),
        (&json!(1), &json!("review"))
    );
    let refused = add(other, "").exits(2).told();
    assert!(refused.contains("people called it benign"), "{refused}");
    let refused = add("00000000000000000000000000000000", "").exits(2).told();
    assert!(
        refused.contains("neither the verdict log nor the store has"),
        "{refused}"
    );
}

#[test]
fn the_next_training_absorbs_what_a_stopgap_stops() {
    let desk = desk();
    let few = SHARED.few();
    desk.run(&format!("ingest --kind url --store s {}", few.display()))
        .exits(0);
    let words = format!(
        "score --detector champion --store s --reasons 0 --json {}",
        few.display()
    );
    let scored = lines(&desk.run(&words).exits(0).stdout);
    let malicious: Vec<bool> = {
        let text = fs::read_to_string(&few).unwrap();
        let mut rows = text.lines();
        let label = rows
            .next()
            .unwrap()
            .split(',')
            .position(|name| name == "label")
            .unwrap();
        rows.map(|row| row.split(',').nth(label) == Some("malicious"))
            .collect()
    };
    // The last malicious event that the champion lets through: later than all that training may learn from.
    let missed = scored.iter().rev().find(|it| {
        let row = usize::try_from(it["row"].as_u64().unwrap()).unwrap();
        malicious[row] && it["action"] == "allow"
    });
    let id = missed.unwrap()["id"].as_str().unwrap();
    fs::write(
        desk.path().join("labels.csv"),
        format!("id,label,evidence\n{id},malicious,seen\n"),
    )
    .unwrap();
    desk.run("label import --store s --task task.toml --who ann labels.csv")
        .exits(0);
    desk.run(&format!(
        "stopgap add {id} --until 9999-12-31 --reason incident --even-if-benign {WHO}"
    ))
    .exits(0);

    let turn = "retrain --store s --out turns --window 3000 --json";
    let told =
        crate::support::run(crate::support::program(desk.path()).args(turn.split(' '))).json();
    let gathered = &told["gathered"];
    assert!(gathered["absorbed"].as_u64() >= Some(1), "{gathered}");
    assert_eq!(gathered["samples_gone"], 0);
    let turn = desk.path().join("turns/turn-0001");
    let absorbed = lines(&fs::read_to_string(turn.join("absorbed.ndjson")).unwrap());
    assert!(absorbed.iter().any(|it| it["event"] == id));
    // It weighs as much as the floor of a family, and nobody is judged on it.
    let weights = lines(&fs::read_to_string(turn.join("weights.ndjson")).unwrap());
    let weight = weights.iter().find(|it| it["event"] == id).unwrap();
    assert_eq!(weight["stands_for"], 20.0);
    let report = fs::read_to_string(turn.join("run-1/report.json")).unwrap();
    assert!(report.contains("C1 is waived for"), "{report}");
    let gate: Value =
        serde_json::from_slice(&fs::read(turn.join("gate-2/printed.json")).unwrap()).unwrap();
    let checks = gate["checks"].as_array().unwrap();
    let absorbed = checks.iter().find(|it| it["code"] == "G051").unwrap();
    assert_eq!(absorbed["passed"], true, "{absorbed}");
}
