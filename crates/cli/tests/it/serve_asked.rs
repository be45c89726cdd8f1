//! What else a server is asked: explanations, what events were, other ways than the usual one; and that a configuration takes over.

use std::fs;
use std::thread;

use serde_json::{Value, json};

use crate::served::{Served, code, urls};
use crate::support::{FEW_DETECTOR, SHARED, lines, ringtrue};

const JSON: &str = "content-type: application/json";

fn verdict(told: &str) -> String {
    lines(told)[0]["verdict"].as_str().unwrap().to_owned()
}

#[test]
fn an_explanation_is_that_of_the_verb() {
    let served = Served::with("");
    let url = urls(1).remove(0);
    let words = format!(
        "explain --json --detector {} {url}",
        SHARED.detector().display()
    );
    let mut expected = ringtrue(served.at.path(), &words).exits(0).json();
    expected.as_object_mut().unwrap().remove("neighbours");
    let head = "POST /v1/explain HTTP/1.1\r\ncontent-type: text/plain";
    let (status, told) = served.ask(head, url.as_bytes());
    assert_eq!((status, &lines(&told)[0]), (200, &expected));
    // Nothing was decided.
    assert_eq!(served.counted("ringtrue_verdicts_total"), 0);
    let (_, told) = served.score("text/plain", url.as_bytes());
    let path = format!("/v1/verdicts/{}/explain", verdict(&told));
    let (status, told) = served.get(&path);
    assert_eq!((status, &lines(&told)[0]), (200, &expected));
    let two = format!("{url}\n{url}");
    let (status, told) = served.ask(head, two.as_bytes());
    assert_eq!((status, code(&told)), (413, "too_many_events".to_owned()));
    // Without the event nothing is explained.
    let served = Served::with("[log]\ninputs = false\n");
    let (_, told) = served.score("text/plain", url.as_bytes());
    let (status, told) = served.get(&format!("/v1/verdicts/{}/explain", verdict(&told)));
    assert_eq!((status, code(&told)), (410, "gone".to_owned()));
}

#[test]
fn what_an_event_was_is_kept_once_in_the_store_under_its_name() {
    let at = tempfile::tempdir().unwrap();
    let store = at.path().join("store");
    let words = format!(
        "ingest --kind url --store {} {}",
        store.display(),
        SHARED.few().display()
    );
    ringtrue(at.path(), &words).exits(0);
    let labels = || {
        let words = format!("label export --kind url --store {}", store.display());
        let told = ringtrue(at.path(), &words).exits(0).stdout;
        told.lines().count()
    };
    let before = labels();
    let served = Served::of(
        &SHARED.detector(),
        "",
        &format!("--store {}", store.display()),
    );
    let (_, told) = served.score("text/plain", urls(1)[0].as_bytes());
    let verdict = verdict(&told);
    let say = |label: Value| {
        let body = json!({"verdict": verdict, "label": label, "who": "ann", "evidence": "the page asks for a password"});
        let head = format!("POST /v1/feedback HTTP/1.1\r\n{JSON}");
        let (status, told) = served.ask(&head, body.to_string().as_bytes());
        (status, serde_json::from_str::<Value>(&told).unwrap())
    };
    let (status, told) = say(json!("malicious"));
    assert_eq!((status, &told["stored"]), (200, &json!(1)), "{told}");
    // Sent again, also by several at once, it changes nothing.
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(say(json!("malicious")).1["known"], 1));
        }
    });
    assert_eq!(labels(), before + 1);
    assert_eq!(say(json!("evil")).1["code"], "not_feedback");
    let other = verdict.replace(char::is_alphabetic, "0");
    let body = json!({"verdict": other, "label": "benign", "who": "ann", "evidence": "x"});
    let (status, told) = served.ask(
        &format!("POST /v1/feedback HTTP/1.1\r\n{JSON}"),
        body.to_string().as_bytes(),
    );
    assert_eq!(
        (status, code(&told)),
        (422, "not_kept".to_owned()),
        "{told}"
    );
}

#[test]
fn a_token_says_what_events_were_for_itself_alone() {
    let at = tempfile::tempdir().unwrap();
    let made = ringtrue(
        at.path(),
        "token desk --scope score --scope feedback --json",
    )
    .exits(0);
    let made = made.json();
    let config = made["configuration"]
        .as_str()
        .unwrap()
        .replace("scopes", "speaks_for = [\"bob\"]\nscopes");
    let store = at.path().join("store");
    ringtrue(
        at.path(),
        &format!(
            "ingest --kind url --store {} {}",
            store.display(),
            SHARED.few().display()
        ),
    )
    .exits(0);
    let served = Served::of(
        &SHARED.detector(),
        &config,
        &format!("--store {}", store.display()),
    );
    let bearer = format!("authorization: Bearer {}", made["secret"].as_str().unwrap());
    let head = format!("POST /v1/score HTTP/1.1\r\ncontent-type: text/plain\r\n{bearer}");
    let verdict = verdict(&served.ask(&head, b"https://a.example/").1);
    let say = |who: Value| {
        let body = json!({"verdict": verdict, "label": "benign", "who": who, "evidence": "seen"});
        let head = format!("POST /v1/feedback HTTP/1.1\r\n{JSON}\r\n{bearer}");
        served.ask(&head, body.to_string().as_bytes()).0
    };
    assert_eq!(
        [say(Value::Null), say(json!("bob")), say(json!("ann"))],
        [200, 200, 422]
    );
    // Without a store nobody is asked.
    let served = Served::with("");
    let (status, told) = served.ask(&format!("POST /v1/feedback HTTP/1.1\r\n{JSON}"), b"{}");
    assert_eq!((status, code(&told)), (404, "no_store".to_owned()));
}

#[test]
fn routes_differ_and_a_configuration_takes_over_without_a_new_start() {
    let route = "[routes.mail]\ntelling = \"at_once\"\n[routes.mail.sample]\nallowed = 0.5\nblocked = 0.5\n";
    let served = Served::with(route);
    let urls = urls(200).join("\n");
    let sampled = |path: &str| {
        let head = format!("POST {path} HTTP/1.1\r\ncontent-type: text/plain");
        let (status, told) = served.ask(&head, urls.as_bytes());
        assert_eq!(status, 200, "{told}");
        let told = lines(&told);
        told.iter()
            .filter(|it| it["decided_by"] == "audit_sample")
            .count()
    };
    assert_eq!(sampled("/v1/score"), 0);
    let drawn = sampled("/v1/score?route=mail");
    assert!((50..150).contains(&drawn), "{drawn}");
    let head = "POST /v1/score?route=none HTTP/1.1\r\ncontent-type: text/plain";
    assert_eq!(served.ask(head, b"a").0, 404);
    // Told at once it is in the log all the same, with its way.
    let head = "POST /v1/score?route=mail HTTP/1.1\r\ncontent-type: text/plain";
    let told = verdict(&served.ask(head, b"https://a.example/").1);
    assert_eq!(served.score("text/plain", b"https://a.example/").0, 200);
    let (_, shown) = served.get(&format!("/v1/verdicts/{told}"));
    assert_eq!(lines(&shown)[0]["decision"]["route"], "mail");
    // Another configuration, and then one that does not hold.
    let path = served.at.path().join("serve.toml");
    fs::write(&path, "[bounds]\nevents = 1\n").unwrap();
    served.begins_anew();
    let two = b"https://a.example/\nhttps://b.example/";
    assert_eq!(served.score("text/plain", two).0, 413);
    assert_eq!(served.ask(head, b"a").0, 404, "the route is gone");
    fs::write(&path, "odd = 1").unwrap();
    served.begins_anew();
    assert_eq!(
        served.score("text/plain", two).0,
        413,
        "the one before stays"
    );
    assert_eq!(served.score("text/plain", b"https://a.example/").0, 200);
}

#[test]
fn who_asks_too_often_is_told_when_to_come_again() {
    let served = Served::with("[rate]\nrequests_per_second = 1\nat_once = 3\n");
    let asked = (0..20).map(|_| served.score("text/plain", b"https://a.example/"));
    let refused = asked
        .filter(|(status, _)| *status == 429)
        .collect::<Vec<_>>();
    assert!(refused.len() >= 10, "{}", refused.len());
    assert_eq!(code(&refused[0].1), "too_often");
}

#[test]
fn a_canary_decides_of_its_share_and_replays() {
    let canary = FEW_DETECTOR.clone();
    let more = format!("--canary {}", canary.display());
    let served = Served::of(&SHARED.detector(), "[canary]\nshare = 0.5\n", &more);
    let (status, told) = served.score("text/plain", urls(200).join("\n").as_bytes());
    assert_eq!(status, 200);
    let told = lines(&told);
    let (its, others): (Vec<&Value>, Vec<&Value>) =
        told.iter().partition(|it| it["decided_by"] == "canary");
    assert!((50..150).contains(&its.len()), "{}", its.len());
    assert_ne!(its[0]["detector"], others[0]["detector"]);
    for one in [its[0], others[0]] {
        let verdict = one["verdict"].as_str().unwrap();
        let (_, shown) = served.get(&format!("/v1/verdicts/{verdict}"));
        let decision = &lines(&shown)[0]["decision"];
        assert_eq!(decision["margin"], one["margin"]);
        assert_eq!(decision["shadows"].as_array().unwrap().len(), 1);
        let (_, replayed) = served.get(&format!("/v1/verdicts/{verdict}/replay"));
        assert_eq!(lines(&replayed)[0]["replay"], "same");
    }
    // A share needs somebody who decides of it.
    let at = served.at.path();
    let words = format!(
        "serve --unsigned --log other --config serve.toml --detector {}",
        SHARED.detector().display()
    );
    let told = ringtrue(at, &words).exits(2).stderr;
    assert!(told.contains("--canary"), "{told}");
}

/// Checks that an answer has what its schema says, and nothing else.
fn fits(document: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.trim_start_matches('#');
        return fits(document, document.pointer(pointer).unwrap(), value);
    }
    if let Some(several) = schema["oneOf"].as_array() {
        let fitting = several
            .iter()
            .filter(|it| fits(document, it, value).is_ok());
        return match fitting.count() {
            1 => Ok(()),
            count => Err(format!("{count} of `oneOf` fit {value}")),
        };
    }
    if let Some(wanted) = schema.get("const").filter(|it| *it != value) {
        return Err(format!("{value} is not {wanted}"));
    }
    if let Some(several) = schema["enum"].as_array().filter(|it| !it.contains(value)) {
        return Err(format!("{value} is none of {several:?}"));
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let is_kind = |wanted: &Value| wanted == kind || (wanted == "number" && kind == "integer");
    let is_wanted = match &schema["type"] {
        Value::Null => true,
        Value::Array(several) => several.iter().any(is_kind),
        one => is_kind(one),
    };
    if !is_wanted {
        return Err(format!("{value} is not of the type {}", schema["type"]));
    }
    for item in value.as_array().into_iter().flatten() {
        fits(document, &schema["items"], item)?;
    }
    let Some(fields) = value.as_object() else {
        return Ok(());
    };
    for name in schema["required"].as_array().into_iter().flatten() {
        if !fields.contains_key(name.as_str().unwrap()) {
            return Err(format!("{name} is missing in {value}"));
        }
    }
    for (name, value) in fields {
        let of_field = schema["properties"].get(name);
        match (of_field, &schema["additionalProperties"]) {
            (Some(schema), _) => fits(document, schema, value)?,
            (None, Value::Bool(false)) => return Err(format!("`{name}` is not in the schema")),
            (None, Value::Object(_)) => fits(document, &schema["additionalProperties"], value)?,
            (None, _) => {}
        }
    }
    Ok(())
}

#[test]
fn answers_are_those_of_the_openapi_document() {
    let served = Served::of(
        &SHARED.detector(),
        "",
        &format!("--shadow {}", FEW_DETECTOR.display()),
    );
    let (_, document) = served.get("/openapi.json");
    let document: Value = serde_json::from_str(&document).unwrap();
    let check = |name: &str, (status, told): (u16, String)| {
        for value in lines(&told) {
            let schema = &document["components"]["schemas"][name];
            fits(&document, schema, &value).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        (status, told)
    };
    let body = br#"[{"url": "https://a.example/"}, {"x": 1}]"#;
    let (_, told) = check(
        "Verdict",
        served.ask(
            &format!("POST /v1/score?reasons=3 HTTP/1.1\r\n{JSON}"),
            body,
        ),
    );
    let verdict = verdict(&told);
    check("Verdict", served.score("text/plain", b"https://a.example/"));
    for (path, name) in [
        ("", "Decided"),
        ("/replay", "Replay"),
        ("/explain", "Explanation"),
    ] {
        let (status, _) = check(name, served.get(&format!("/v1/verdicts/{verdict}{path}")));
        assert_eq!(status, 200, "{path}");
    }
    assert_eq!(check("Detectors", served.get("/v1/detectors")).0, 200);
    assert_eq!(check("Problem", served.get("/nosuch")).0, 404);
    // Every path that it names is there, for the methods that it names.
    for (path, ways) in document["paths"].as_object().unwrap() {
        let path = path.replace("{id}", "x");
        for method in ways.as_object().unwrap().keys() {
            let (_, told) = served.ask(&format!("{} {path} HTTP/1.1", method.to_uppercase()), b"");
            assert!(
                !told.contains("there is no such path") && !told.contains("method_not_allowed"),
                "{path}: {told}"
            );
        }
        let (status, _) = served.ask(&format!("DELETE {path} HTTP/1.1"), b"");
        assert_eq!(status, 405, "{path}");
    }
}

/// Returns URLs as a batch in Arrow's IPC streaming format.
fn arrow_stream(urls: &[String]) -> Vec<u8> {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, RecordBatch, StringArray};
    let column: ArrayRef = Arc::new(StringArray::from_iter_values(urls));
    let table = RecordBatch::try_from_iter([("url", column)]).unwrap();
    let mut writer = arrow_ipc::writer::StreamWriter::try_new(Vec::new(), &table.schema()).unwrap();
    writer.write(&table).unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn a_batch_in_arrow_gets_the_verdicts_of_the_same_events() {
    let served = Served::with("[bounds]\nevents = 50\n");
    let urls = urls(50);
    let form = "application/vnd.apache.arrow.stream";
    let (status, batch) = served.score(form, &arrow_stream(&urls));
    assert_eq!(status, 200, "{batch}");
    let (_, plain) = served.score("text/plain", urls.join("\n").as_bytes());
    let told = |text: &str| -> Vec<Value> {
        let mut lines = lines(text);
        for line in &mut lines {
            line.as_object_mut().unwrap().remove("verdict");
        }
        lines
    };
    assert_eq!(told(&batch), told(&plain));
    let (status, told) = served.score(form, &arrow_stream(&crate::served::urls(51)));
    assert_eq!((status, code(&told)), (413, "too_many_events".to_owned()));
    let whole = arrow_stream(&urls);
    let (status, told) = served.score(form, &whole[..whole.len() / 2]);
    assert_eq!((status, code(&told)), (400, "unreadable".to_owned()));
}

#[test]
fn a_doctor_says_what_stands_in_the_way() {
    let served = Served::with("");
    let doctor = |more: &str| {
        let detector = SHARED.detector();
        let words = format!("doctor --detector {} --json {more}", detector.display());
        ringtrue(served.at.path(), &words)
    };
    let state = |told: &Value, code: &str| {
        let mut findings = told["findings"].as_array().unwrap().iter();
        let found = findings.find(|it| it["code"] == code);
        found.map(|it| it["state"].as_str().unwrap().to_owned())
    };
    let well = doctor("--unsigned --log other --listen 127.0.0.1:0")
        .exits(0)
        .json();
    assert_eq!(well["well"], true);
    for code in ["D001", "D010", "D022", "D023", "D030"] {
        assert_eq!(
            state(&well, code).as_deref(),
            Some("good"),
            "{code}: {well}"
        );
    }
    // A server is there already: its log and its address are taken.
    let taken = doctor(&format!("--unsigned --log log --listen {}", served.address));
    let taken = taken.exits(0).json();
    assert_eq!(state(&taken, "D022").as_deref(), Some("warning"));
    assert_eq!(state(&taken, "D030").as_deref(), Some("warning"));
    // Nobody promoted it, the configuration is open to everybody, and the log cannot be made.
    fs::write(served.at.path().join("open.toml"), "listen = \"0.0.0.0:1\"").unwrap();
    let ill = doctor("--config open.toml --log serve.toml/log")
        .exits(1)
        .json();
    for code in ["D001", "D010", "D020"] {
        assert_eq!(
            state(&ill, code).as_deref(),
            Some("problem"),
            "{code}: {ill}"
        );
    }
    let said = doctor("--config open.toml --log other").exits(1).stdout;
    assert!(said.contains("no tokens say who may ask"), "{said}");
}
