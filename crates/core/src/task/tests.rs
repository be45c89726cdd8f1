//! The template reads back, what is stated counts, and no text panics; wrong texts and what people are told have
//! files of their own.

mod explanation;
mod refusals;

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::event::{Kind, Trust};
use crate::label::Label;

const HEAD: &str = "name = \"t\"\nkind = \"url\"\n";

fn parse(body: &str) -> Task {
    Task::parse(&format!("{HEAD}{body}")).unwrap_or_else(|error| panic!("{body}\n{error}"))
}

#[test]
fn template_reads_back_and_says_only_what_it_must() {
    for kind in Kind::ALL {
        for name in ["mail links", "a \"quoted\" \\ name\nof two lines", " "] {
            let text = Task::template(name, kind);
            let task = Task::parse(&text).unwrap_or_else(|error| panic!("{error}"));
            let mut expected = Task::assumed(kind);
            name.trim().clone_into(&mut expected.name);
            if expected.name.is_empty() {
                "unnamed".clone_into(&mut expected.name);
            }
            if let Some(evidence) = kind.evidence() {
                expected.columns.evidence = Some(evidence.to_owned());
                expected.left_open.remove(&format!("columns.{evidence}"));
            }
            assert_eq!(task, expected);
        }
    }
}

#[test]
fn template_is_a_task_when_every_example_in_it_is_stated() {
    for kind in Kind::ALL {
        let template = Task::template("all", kind);
        let mut stated = String::new();
        for line in template.lines() {
            let example = line.strip_prefix("# ").filter(|rest| {
                rest.starts_with("[[")
                    || rest
                        .split_once(" = ")
                        .is_some_and(|(key, _)| key.starts_with('"') || !key.contains([' ', '`']))
            });
            writeln!(stated, "{}", example.unwrap_or(line)).expect("writes");
        }
        let task = Task::parse(&stated).unwrap_or_else(|error| panic!("{error}\n{stated}"));
        assert_eq!(task.left_open.len(), 0, "{:?}", task.left_open);
        assert_eq!(task.costs.overrides.len(), 1);
        assert_eq!(task.derived.len(), 1);
        assert_eq!(task.slices.len(), 2);
        assert_eq!(task.labels.len(), 3);
        assert!(task.gate.cost_increase_share_max.is_some());
        assert_eq!(task.gate.must_keep, ["incidents.csv"]);
        assert_eq!(task.gate.limits.len(), 1);
        let blocking: Vec<_> = task
            .undefined()
            .into_iter()
            .filter(|one| one.blocking)
            .collect();
        // Who labels and on what evidence are texts that no example fills in.
        assert_eq!(blocking.len(), 2, "{blocking:?}");
    }
}

#[test]
fn nothing_stated_is_what_is_assumed() {
    let task = Task::parse("name = \"assumed\"\nkind = \"table\"\n").expect("parses");
    assert_eq!(task, Task::assumed(Kind::Table));
    assert_eq!(task.cost_sheet(), crate::CostSheet::default());
    assert_eq!(
        task.assumptions().get(..7),
        Some(
            [
                "Traffic is 1,000,000 events a day.",
                "1 event in 1,000 is malicious.",
                "Costs are in EUR.",
                "Blocking a benign event costs 10 EUR.",
                "Letting a malicious event through costs 1,000 EUR.",
                "A person looking at an event costs 5 EUR.",
                "People can handle 40 alerts a day.",
            ]
            .map(str::to_owned)
            .as_slice()
        )
    );
}

#[test]
fn what_is_stated_is_no_assumption_even_if_it_is_the_same() {
    let before = parse("").assumptions();
    let after = parse("[costs]\nfalse_positive = 10\n").assumptions();
    assert_eq!(before.len(), after.len() + 1);
    assert!(!after.iter().any(|line| line.starts_with("Blocking")));
}

#[test]
fn order_is_kept_where_it_means_something() {
    let task = parse("[derived]\nz = \"url.size()\"\na = \"z * 2\"\nm = \"a + z\"\n");
    let names: Vec<&str> = task.derived.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["z", "a", "m"]);
}

#[test]
fn derived_columns_do_not_see_what_comes_with_the_label_or_after() {
    for (expression, part) in [
        ("family", "sees the family"),
        ("family == 'dos' ? 1 : 0", "sees the family"),
        (
            "threat",
            "only known with the label, which would leak it: `threat`",
        ),
        (
            "fields['CLOSED']",
            "only known with the label, which would leak it: `CLOSED`",
        ),
        ("Verdict", "sees the label, which would leak it: `Verdict`"),
        (
            "signals.length > 3",
            "signals are computed after the derived columns: `length`",
        ),
        (
            "has(signals.length)",
            "signals are computed after the derived columns: `length`",
        ),
    ] {
        let text = |section: &str| {
            format!(
                "format = 1\nname = \"a\"\nkind = \"table\"\n[columns]\nlabel = \"verdict\"\n\
                 family = \"threat\"\nlabel_known = \"closed\"\n[{section}]\nx = \"{expression}\"\n"
            )
        };
        let error = Task::parse(&text("derived"))
            .expect_err(expression)
            .to_string();
        assert!(error.contains(part), "{expression}: {error}");
    }
    let slices = "format = 1\nname = \"a\"\nkind = \"table\"\n[slices]\nx = \"family == 'dos'\"\n\
                  y = \"signals.length > 3\"\n";
    assert!(Task::parse(slices).is_ok(), "slices may see both");
}

#[test]
fn privacy_rules_are_checked_in_any_case() {
    for (rules, part) in [
        ("URL = \"drop\"", "leaves nothing of the URL"),
        (
            "Email = \"keep\"\nemail = \"drop\"",
            "names the same thing twice: `email`",
        ),
        ("Seen = \"hash\"", "makes a pseudonym of a time"),
    ] {
        let text = format!(
            "format = 1\nname = \"a\"\nkind = \"url\"\n[columns]\ntime = \"seen\"\n[privacy.fields]\n{rules}\n"
        );
        let error = Task::parse(&text).expect_err(rules).to_string();
        assert!(error.contains(part), "{rules}: {error}");
    }
}

#[test]
fn labels_trust_and_privacy_answer() {
    let plain = parse("");
    assert_eq!(plain.label_of("PHISHING"), Some(Label::Malicious));
    assert_eq!(plain.label_of("neptune"), None);
    assert_eq!(plain.trust_of(None), Trust::Public);
    assert_eq!(plain.privacy_of("user"), PrivacyRule::Keep);
    let task = parse(
        "[labels.map]\nneptune = \"malicious\"\n0 = \"unsure\"\n[trust]\ndefault = \"partner\"\n\
         sources.proxy = \"own\"\n[privacy.fields]\nuser = \"hash\"\nip = \"truncate 6\"\n",
    );
    assert_eq!(task.label_of(" Neptune "), Some(Label::Malicious));
    assert_eq!(task.label_of("0"), Some(Label::Unsure));
    assert_eq!(
        task.label_of("1"),
        None,
        "a map that does not name it sets it aside"
    );
    assert_eq!(task.trust_of(Some("proxy")), Trust::Own);
    assert_eq!(task.trust_of(Some("feed")), Trust::Partner);
    assert_eq!(task.trust_of(None), Trust::Partner);
    assert_eq!(task.privacy_of("user"), PrivacyRule::Hash);
    assert_eq!(task.privacy_of("ip"), PrivacyRule::Truncate(6));
    assert_eq!(task.privacy_of("url"), PrivacyRule::Keep);
}

#[test]
fn overrides_replace_the_prices_of_their_events() {
    let task = parse(
        "families.a = \"x\"\nslices.s = \"url.contains('z')\"\n[[costs.overrides]]\n\
         family = \"a\"\nfalse_negative = 7\n[[costs.overrides]]\nslice = \"s\"\nreview = 8\n",
    );
    let sheet = task.cost_sheet();
    let event = |family: Option<&str>| crate::Event {
        kind: Kind::Url,
        time: None,
        label_known: None,
        label: None,
        source: None,
        trust: Trust::Own,
        family: family.map(std::sync::Arc::from),
        group: None,
        fields: Vec::new(),
    };
    let prices = sheet.prices_for(&event(Some("a")), |_, _| false);
    assert!((prices.false_negative - 7.0).abs() < 1e-12 && (prices.review - 5.0).abs() < 1e-12);
    let prices = sheet.prices_for(&event(None), |slice, _| slice == "s");
    assert!((prices.review - 8.0).abs() < 1e-12 && (prices.false_negative - 1e3).abs() < 1e-9);
}

#[test]
fn a_column_that_is_not_listed_beside_others_is_held() {
    let text = "name = \"t\"\nkind = \"table\"\n";
    let silent = Task::parse(text).expect("parses");
    assert_eq!(silent.attacker.view("bytes"), None);
    let listed = "[[attacker.columns]]\ncolumn = \"Bytes\"\nmoves = \"up\"\nstep = 64\nminutes = 0.5\n\
                  together = [\"Bytes\"]\n";
    let task = Task::parse(&format!("{text}{listed}")).expect("parses");
    let view = task.attacker.view("bytes").expect("stated");
    assert_eq!(view.movable, crate::signal::Movable::Up);
    assert!((view.step - 64.0).abs() < 1e-12 && (view.cost_minutes - 0.5).abs() < 1e-12);
    assert_eq!(view.together, ["Bytes"]);
    let other = task.attacker.view("port");
    assert_eq!(other, Some(crate::signal::AttackerView::fixed()));
    // What it costs is part of what was trained for; where nothing is said, digests are those of before.
    assert_ne!(task.digest(), silent.digest());
    assert!(
        !serde_json::to_string(&silent)
            .expect("writes")
            .contains("\"columns\":[]")
    );
}

#[test]
fn what_blocks_is_the_labelling_plan_and_the_cadence() {
    let blocking = |task: &Task| -> Vec<&str> {
        let open = task.undefined();
        open.iter()
            .filter(|one| one.blocking)
            .map(|one| one.key)
            .collect()
    };
    let empty = parse("");
    assert_eq!(
        blocking(&empty),
        [
            "labelling.who",
            "labelling.events_per_week",
            "labelling.evidence",
            "retraining.cadence_days"
        ]
    );
    assert_eq!(empty.undefined().len(), 18);
    let decided = parse(
        "[labelling]\nwho = \"SOC\"\nevents_per_week = 50\nevidence = [\"page seen\"]\n\
         [retraining]\ncadence_days = 30\n",
    );
    assert_eq!(blocking(&decided), [""; 0]);
    assert_eq!(decided.undefined().len(), 14);
}

#[test]
fn digest_follows_the_meaning() {
    let base = parse("[costs]\nreview = 6\ncurrency = \"CHF\"\n[traffic]\nevents_per_day = 10\n");
    let moved = parse(
        "# why\ntraffic.events_per_day = 10.0 # so\n\n[costs]\ncurrency   = 'CHF'\nreview = 6.0\n",
    );
    assert_eq!(base.digest(), moved.digest());
    let other = parse("[costs]\nreview = 7\ncurrency = \"CHF\"\n[traffic]\nevents_per_day = 10\n");
    assert_ne!(base.digest(), other.digest());
    assert_ne!(
        parse("").digest(),
        parse("costs.review = 5\n").digest(),
        "an assumption that becomes a statement is another task"
    );
}

#[test]
fn a_task_survives_its_stored_form() {
    let task = parse("[privacy.fields]\nip = \"truncate 6\"\n[slices]\na = \"url == 'x'\"\n");
    let stored = serde_json::to_string(&task).expect("writes");
    let read: Task = serde_json::from_str(&stored).expect("reads");
    assert_eq!(read, task);
    assert_eq!(read.digest(), task.digest());
}

#[test]
fn only_what_decides_how_input_becomes_events_is_in_the_reading_digest() {
    let digest = |body: &str| parse(body).reading_digest();
    for same in [
        "[costs]\nreview = 1\n",
        "[columns]\ndrop = [\"x\"]\n",
        "[slices]\nlong = \"url.size() > 9\"\n",
    ] {
        assert_eq!(digest(same), digest(""), "{same}");
    }
    for other in [
        "[labels.map]\nx = \"malicious\"\n",
        "[columns]\nlabel = \"x\"\n",
        "[privacy.fields]\nx = \"hash\"\n",
        "[trust]\ndefault = \"own\"\n",
    ] {
        assert_ne!(digest(other), digest(""), "{other}");
    }
}

#[test]
fn the_dns_is_asked_only_where_the_task_says_so() {
    let parse = |body: &str| {
        Task::parse(&format!(
            "format = 1\nname = \"t\"\nkind = \"email\"\n[email]\n{body}"
        ))
    };
    let dns = |body: &str| parse(body).expect("parses").email.dns;
    let idle = parse("dns_server = \"192.0.2.53\"\n").expect_err("nobody is asked");
    assert!(
        idle.to_string()
            .contains("says nothing without `dns = true`")
    );
    let usual = DnsOptions {
        server: None,
        timeout_milliseconds: DnsOptions::USUAL_MILLISECONDS,
    };
    assert_eq!(dns("dns = true\n"), Some(usual));
    for (server, expected) in [
        ("192.0.2.53", "192.0.2.53:53"),
        ("192.0.2.53:5353", "192.0.2.53:5353"),
        ("2001:db8::53", "[2001:db8::53]:53"),
    ] {
        let body = format!("dns = true\ndns_server = \"{server}\"\ndns_timeout_seconds = 0.25\n");
        let stated = DnsOptions {
            server: expected.parse().ok(),
            timeout_milliseconds: 250,
        };
        assert_eq!(dns(&body), Some(stated), "{server}");
    }
    let refused = parse("dns = true\ndns_server = \"ns.example\"\n").expect_err("a name");
    assert!(
        refused.to_string().contains("email.dns_server"),
        "{refused}"
    );
    assert!(parse("dns_timeout_seconds = 0\n").is_err());
    let digest = |body: &str| parse(body).expect("parses").reading_digest();
    assert_ne!(digest("dns = true\n"), digest("dns = false\n"));
    assert_eq!(digest("dns = false\n"), digest("header_shape = false\n"));
}

proptest! {
    #[test]
    fn comments_and_white_space_do_not_change_the_digest(
        comments in proptest::collection::vec(("[ -~]{0,40}", 0_usize..200), 0..12),
        indents in proptest::collection::vec(0_usize..4, 200),
    ) {
        let template = Task::template("t", Kind::Url);
        let expected = Task::parse(&template).expect("parses").digest();
        let mut changed = String::new();
        for (number, line) in template.lines().enumerate() {
            for (comment, _) in comments.iter().filter(|(_, place)| *place == number) {
                writeln!(changed, "#{comment}").expect("writes");
            }
            let indent = " ".repeat(indents.get(number).copied().unwrap_or(0));
            writeln!(changed, "{indent}{line}{indent}").expect("writes");
        }
        prop_assert_eq!(Task::parse(&changed).expect("parses").digest(), expected);
    }

    #[test]
    fn no_text_panics(text in "([a-z_.]{0,12}( = )?[\"'\\[\\]{}0-9a-z\n.]{0,12}){0,6}") {
        if let Err(error) = Task::parse(&text) {
            prop_assert!(!error.problems.is_empty());
        }
    }

    #[test]
    fn no_damage_to_a_template_panics(place in 0_usize..6_000, byte in 32_u8..127) {
        let mut text = Task::template("t", Kind::Table).into_bytes();
        if let Some(target) = text.get_mut(place) {
            *target = byte;
        }
        if let Ok(text) = String::from_utf8(text)
            && let Err(error) = Task::parse(&text)
        {
            prop_assert!(!error.problems.is_empty());
        }
    }
}

#[test]
fn the_rest_of_privacy_is_read_and_checked() {
    let task = parse(
        "[privacy]\nsecrets = \"mask\"\nretention_days = 365\n[privacy.fields]\nnote = \"tokenise\"\n\
         [privacy.reveal]\nuser = \"data_scientist\"\n[privacy.retention]\nip = 30\n",
    );
    assert!(task.masks_secrets() && task.needs_key());
    assert_eq!(task.reveal_of("USER.id"), super::Reveal::DataScientist);
    assert_eq!(task.privacy.retention.days, Some(365));
    assert_eq!(task.privacy.retention.fields.get("ip"), Some(&30));
    let plain = parse("");
    assert!(!plain.masks_secrets() && !plain.needs_key());
    assert_eq!(
        plain.reading_digest(),
        parse("[privacy.reveal]\nuser = \"nobody\"\n").reading_digest()
    );
    for (rules, part) in [
        (
            "secrets = \"hide\"",
            "`privacy.secrets` must be one of mask, keep: `hide`",
        ),
        (
            "retention_days = 1.5",
            "`privacy.retention_days` must be a whole number of days from 1 up: 1.5",
        ),
        (
            "reveal.user = \"boss\"",
            "must be one of everybody, analyst, data_scientist, nobody: `boss`",
        ),
        (
            "retention.ip = 0",
            "`privacy.retention.ip` must be a whole number of days from 1 up: 0",
        ),
        ("reveal_to = \"x\"", "unknown key `privacy.reveal_to`"),
        ("fields.url = \"tokenise\"", "leaves nothing of the URL"),
    ] {
        let text = format!("format = 1\nname = \"a\"\nkind = \"url\"\n[privacy]\n{rules}\n");
        let error = Task::parse(&text).expect_err(rules).to_string();
        assert!(error.contains(part), "{rules}: {error}");
    }
}
