//! Attacks on mails: what a person reads stays, what changes, and what real mails become.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use ringtrue_core::Limits;
use ringtrue_intake::email::Mail;
use ringtrue_intake::email::layout::{self, PartKind};

use super::parts::{GROWTH_BYTES_MAX, fields};
use super::reads::Reads;
use super::*;
use crate::artefact::twin::latin_of;
use crate::artefact::{Material, Verified, check};

/// Benign mails whose pieces are easy to tell.
const BENIGN: &[&str] = &[
    "From: Ann <ann@orchardpress.example>\nSubject: pruning roses in winter\nX-Mailer: Orchard 3\nList-Id: <roses.orchardpress.example>\n\n\
     The roses along the southern wall need a careful hand this winter, said the gardener, and whoever prunes them before the \
     frost has gone will find few flowers in June.\n",
    "From: bob@lighthouse.example\nSubject: opening hours\nUser-Agent: Lamp/1.0\n\n\
     The museum in the old lighthouse opens again on Sunday; children pay nothing and find a puzzle at the desk.\n",
];

const HEAD: &str = "Received: from a.example by b.example; Mon, 6 May 2002 10:00:00 +0200\nFrom: Deals <deals@shop.example>\n\
    To: you@home.example\nSubject: Win cash today\nDate: Mon, 6 May 2002 10:00:00 +0200\nMessage-ID: <1@shop.example>\n";

const PAGE: &str = "<html><head><title>Deals</title></head><body bgcolor=\"#ffffff\"><p>Dear friend,<br>win <b>cash</b> &amp; prizes at \
    <a href=\"http://shop.example/win.php?id=1&amp;to=you\">http://shop.example</a> today</p></body></html>";

/// What stands behind the common headers of twenty mails.
fn contents() -> Vec<String> {
    let base64 = |text: &str| STANDARD.encode(text);
    let multi = |subtype: &str, parts: &[&str]| {
        let parts = parts.join("\n--xyz\n");
        format!(
            "MIME-Version: 1.0\nContent-Type: multipart/{subtype}; boundary=xyz\n\npreamble\n--xyz\n{parts}\n--xyz--\n"
        )
    };
    let plain = "Content-Type: text/plain\n\nDear friend, win cash and prizes at http://shop.example/win today.";
    let page = format!("Content-Type: text/html\n\n{PAGE}");
    let file = format!(
        "Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment\n\n{}",
        base64("%PDF-1.4 nothing")
    );
    let inner = format!("Content-Type: message/rfc822\n\n{HEAD}\ninner text of a friend");
    vec![
        "\nDear friend, win cash and prizes at http://shop.example/win today.\n".to_owned(),
        "\nShort\n\n\n".to_owned(),
        format!("{plain}\n"),
        format!("X-Mailer: Bulk 1\nX-Priority: 1\nPrecedence: bulk\n{plain}\n"),
        format!("{page}\n"),
        format!("Content-Type: text/html; charset=iso-8859-1\n\n{PAGE}\n"),
        format!("Content-Type: text/html\nContent-Transfer-Encoding: base64\n\n{}\n", base64(PAGE)),
        format!(
            "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n{}\n",
            base64("Ein schönes Geschenk für Sie")
        ),
        "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nEin sch=F6nes Gesc=\nhenk\n"
            .to_owned(),
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nEin schönes Geschenk\n".to_owned(),
        "Content-Type: text/plain; charset=windows-1251\nContent-Transfer-Encoding: quoted-printable\n\n=CF=F0=E8=E2=E5=F2\n".to_owned(),
        "Content-Type: text/plain\nContent-Transfer-Encoding: x-unknown\n\nDear friend of mine\n".to_owned(),
        multi("alternative", &[plain, &page]),
        multi("mixed", &[plain, &file]),
        multi("mixed", &[&page, &file, &file]),
        multi("mixed", &[&file, "Content-Type: text/x-note\n\nanother text of ours"]),
        multi("related", &[&page, "Content-Type: image/png\nContent-ID: <1>\n\nPNG"]),
        multi("mixed", &[plain, &inner]),
        multi("mixed", &["\nno head at all but text", plain]),
        "Content-Type: multipart/mixed; boundary=never\n\nno part comes, but text\n".to_owned(),
    ]
}

fn samples() -> Vec<Vec<u8>> {
    let mails = contents()
        .into_iter()
        .map(|content| format!("{HEAD}{content}"));
    let mut samples: Vec<Vec<u8>> = mails.map(String::into_bytes).collect();
    // One of them as servers send it.
    let with_returns = String::from_utf8_lossy(&samples[12]).replace('\n', "\r\n");
    samples.push(with_returns.into_bytes());
    samples
}

fn material() -> Material {
    Material::new(BENIGN.iter().map(|text| (*text).to_owned()))
}

fn read(raw: &[u8]) -> Mail {
    Mail::parse(raw, &Limits::default()).0
}

/// What a person reads: words without letters that nobody sees, in Latin letters.
fn words(text: &str) -> Vec<String> {
    let unseen = [
        '\u{ad}', '\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}',
    ];
    let text: String = text
        .chars()
        .filter(|letter| !unseen.contains(letter))
        .map(latin_of)
        .collect();
    text.split_whitespace().map(str::to_owned).collect()
}

/// Returns whether `inner` is left of `outer` when some of its members are taken out.
fn is_left(inner: &[String], outer: &[String]) -> bool {
    let mut rest = outer.iter();
    inner.iter().all(|word| rest.any(|other| other == word))
}

/// The files that hang on a mail, as bytes.
fn files(raw: &[u8]) -> BTreeSet<Vec<u8>> {
    let parts = layout::read(raw, &Limits::default()).0;
    let files = parts.iter().filter(|part| part.kind == PartKind::File);
    files
        .map(|part| raw[part.body.clone()].trim_ascii().to_vec())
        .collect()
}

/// The headers that a signature covers, but for those of the content.
fn signed(raw: &[u8]) -> Vec<String> {
    let head = layout::read(raw, &Limits::default()).0[0].head.clone();
    let fields = fields(raw, head);
    let line = |field: &super::parts::Field| {
        String::from_utf8_lossy(&raw[field.name.start..field.value.end]).into_owned()
    };
    let is_signed = |name: &[u8]| {
        ["From", "To", "Date", "Subject", "Message-ID"]
            .iter()
            .any(|one| name.eq_ignore_ascii_case(one.as_bytes()))
    };
    fields
        .iter()
        .filter(|field| is_signed(&raw[field.name.clone()]))
        .map(line)
        .collect()
}

/// Changes a mail by every attack, and checks what must hold of each; returns the names of those that did.
fn change_by_all(raw: &[u8], material: &Material, seed: u64) -> Vec<&'static str> {
    let before = read(raw);
    let mut names = Vec::new();
    for attack in all() {
        let name = attack.declaration().name;
        let Some(changed) = change(*attack, raw, material, seed) else {
            continue;
        };
        assert!(changed.len() <= raw.len() + GROWTH_BYTES_MAX, "{name}");
        assert_ne!(changed, raw, "{name}");
        let after = read(&changed);
        let [subjects, bodies] = [
            [before.subject(), after.subject()],
            [before.body(), after.body()],
        ];
        let [subjects, bodies] = [subjects.map(words), bodies.map(words)];
        let told = || {
            format!(
                "{name}: {}\n----\n{}",
                raw.escape_ascii(),
                changed.escape_ascii()
            )
        };
        match name {
            "good-words" | "mime-added-part" | "subject-answer" => {
                assert!(
                    is_left(&subjects[0], &subjects[1]) && is_left(&bodies[0], &bodies[1]),
                    "{}",
                    told()
                );
            }
            "subject-words" => assert_eq!(bodies[0], bodies[1], "{}", told()),
            "link-text" => assert_eq!(subjects[0], subjects[1], "{}", told()),
            _ => assert!(
                subjects[0] == subjects[1] && bodies[0] == bodies[1],
                "{}",
                told()
            ),
        }
        assert_eq!(files(raw), files(&changed), "{}", told());
        if !name.starts_with("header-") && !name.starts_with("subject-") {
            assert_eq!(signed(raw), signed(&changed), "{}", told());
        }
        names.push(name);
    }
    names
}

/// Changes the bytes of a mail.
fn change(
    attack: &dyn Attack<Arc<Post>>,
    raw: &[u8],
    material: &Material,
    seed: u64,
) -> Option<Vec<u8>> {
    let post = Arc::new(Post::read(raw.to_vec(), &Limits::default())?);
    let changed = check::change(attack, &post, material, seed)?;
    let (again, _) = Mail::parse(changed.raw(), &Limits::default());
    assert_eq!(format!("{again:?}"), format!("{:?}", changed.mail()));
    Some(changed.raw().to_vec())
}

fn named(name: &str) -> &'static dyn Attack<Arc<Post>> {
    let found = all()
        .iter()
        .find(|attack| attack.declaration().name == name);
    *found.unwrap()
}

/// Returns what changes of a mail come of some seeds, as text.
fn changes(name: &str, raw: &[u8]) -> BTreeSet<String> {
    let changes = (0..64).filter_map(|seed| change(named(name), raw, &material(), seed));
    changes
        .map(|raw| String::from_utf8_lossy(&raw).into_owned())
        .collect()
}

#[test]
fn declarations() {
    check::declarations(all());
    for attack in all() {
        assert!(!attack.declaration().needs.is_empty());
    }
}

#[test]
fn each_changes_some_mail_and_none_what_a_person_reads() {
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for (raw, seed) in samples()
        .iter()
        .flat_map(|raw| (0..12).map(move |seed| (raw, seed)))
    {
        for name in change_by_all(raw, &material(), seed) {
            *counts.entry(name).or_default() += 1;
        }
    }
    for attack in all() {
        let name = attack.declaration().name;
        assert!(
            counts.get(name).is_some_and(|count| *count > 3),
            "{name}: {counts:?}"
        );
    }
}

#[test]
fn attacks_need_no_material() {
    for attack in all() {
        let changed = samples().iter().any(|raw| {
            (0..12).any(|seed| change(*attack, raw, &Material::default(), seed).is_some())
        });
        assert!(changed, "{}", attack.declaration().name);
    }
}

#[test]
fn chains_of_changes_keep_the_text() {
    for (seed, raw) in (0..).zip(samples()) {
        let before = read(&raw);
        let mut raw = raw;
        let sure = all().iter().filter(|attack| {
            let more = ["good-words", "subject-answer"].contains(&attack.declaration().name);
            attack.declaration().verified == Verified::Parse && !more
        });
        for attack in sure {
            raw = change(*attack, &raw, &material(), seed).unwrap_or(raw);
        }
        assert_eq!(words(before.body()), words(read(&raw).body()));
        assert_eq!(words(before.subject()), words(read(&raw).subject()));
    }
}

#[test]
fn changes_are_those_that_they_are_called() {
    let samples = samples();
    let (plain, page, both) = (&samples[3], &samples[4], &samples[12]);
    let check = |name: &str, raw: &[u8], piece: &str| {
        let found = changes(name, raw);
        assert!(
            found.iter().any(|raw| raw.contains(piece)),
            "{name} {piece}: {found:#?}"
        );
    };
    check("good-words", plain, "roses");
    check("hidden-text", page, "style=\"display:none\">");
    check("hidden-comment", page, "<!-- ");
    check("letter-references", page, "&#x");
    check("word-tags", page, "<b></b>");
    check(
        "transfer-encoding",
        plain,
        "Content-Transfer-Encoding: base64\n",
    );
    check("charset", plain, "charset=koi8-r");
    check("mime-wrap", plain, "multipart/mixed; boundary=");
    check("mime-added-part", page, "roses");
    check("mime-boundary", both, "\n------=_NextPart_000_");
    check("text-to-page", plain, "<html><body>Dear friend");
    check(
        "header-list",
        plain,
        "List-Id: <roses.orchardpress.example>\n",
    );
    check("header-mailer", plain, "X-Mailer: Orchard 3\n");
    check("header-received", plain, ".lighthouse.example with ESMTP");
    check("header-thread", plain, "In-Reply-To: <");
    let shorter = changes("header-removed", plain);
    assert!(shorter.iter().any(|raw| !raw.contains("X-Priority")));
    check("subject-answer", plain, "Subject: Re: Win cash today\n");
    check(
        "subject-coded",
        plain,
        "Subject: =?utf-8?B?V2luIGNhc2ggdG9kYXk=?=\n",
    );
    check("subject-words", plain, "Subject: pruning roses in winter\n");
    check("link-text", page, ">Read more</a>");
    check(
        "link-spelling",
        page,
        "href=\"http://shop.example:80/win.php?id=1&amp;to=you\"",
    );
    check(
        "link-redirector",
        page,
        "http%3A%2F%2Fshop.example%2Fwin.php",
    );
    // The files change their places with the text, which stays the one text.
    let order = changes("mime-order", &samples[13]);
    assert!(
        order
            .iter()
            .all(|raw| raw.find("application/pdf") < raw.find("text/plain"))
    );
    assert_eq!(order.len(), 1);
}

#[test]
fn only_the_bytes_that_a_change_is_about_change() {
    let raw = &samples()[14];
    let content = |raw: &[u8]| {
        let at = layout::read(raw, &Limits::default()).0[0].content;
        raw[at..].to_vec()
    };
    for attack in all().iter().filter(|attack| {
        let name = attack.declaration().name;
        name.starts_with("header-") || name.starts_with("subject-")
    }) {
        for seed in 0..12 {
            if let Some(changed) = change(*attack, raw, &material(), seed) {
                assert_eq!(
                    content(raw),
                    content(&changed),
                    "{}",
                    attack.declaration().name
                );
            }
        }
    }
}

#[test]
fn what_is_no_mail_stays() {
    let long = format!("{HEAD}\n{}", "a ".repeat(600_000));
    for raw in ["", "no header here\n", "\n\nbody", &long] {
        assert_eq!(
            change_by_all(raw.as_bytes(), &material(), 1),
            Vec::<&str>::new()
        );
    }
}

#[test]
fn readings_tell_what_attacks_are_sure_of() {
    for (name, reads) in [
        ("good-words", Reads::More),
        ("hidden-text", Reads::Same),
        ("subject-words", Reads::Body),
    ] {
        let raw = &samples()[4];
        let changed = (0..64).find_map(|seed| change(named(name), raw, &material(), seed));
        let changed = read(&changed.unwrap());
        assert!(reads.holds(&read(raw), &changed));
        assert_eq!(
            Reads::Same.holds(&read(raw), &changed),
            reads == Reads::Same
        );
    }
}

/// Lines that mails are made of, in any order.
fn lines() -> impl Strategy<Value = String> {
    let line = prop::sample::select(vec![
        "Subject: Win cash\n",
        "From: a@b.example\n",
        " folded\n",
        "Content-Type: multipart/mixed; boundary=x\n",
        "Content-Type: multipart/alternative; boundary=\"y\"\r\n",
        "Content-Type: text/html; charset=utf-7\n",
        "Content-Type: text/plain; charset=iso-8859-1\n",
        "Content-Type: message/rfc822\n",
        "Content-Transfer-Encoding: base64\n",
        "Content-Transfer-Encoding: quoted-printable\n",
        "Content-Disposition: attachment; filename=a\n",
        "\n",
        "\r\n",
        "--x\n",
        "--x--\n",
        "--y\n",
        "--y--\n",
        "<html><body><a href=\"http://a.example/b?c\">text of a link</a>\n",
        "<p style=display:none>hidden <b>words</b> &eacute; é\n",
        "</body></html> words behind the page\n",
        "d29yZHMgb2Ygb25lIHRleHQK\n",
        "words=20of =E9 another text\n",
        "plain words\u{200b} of a text",
    ]);
    prop::collection::vec(line, 0..24).prop_map(|lines| lines.concat())
}

proptest! {
    #[test]
    fn any_bytes_are_survived(raw in prop::collection::vec(any::<u8>(), 0..200), benign in "\\PC*", seed: u64) {
        for attack in all() {
            let material = Material::new([benign.clone()]);
            if let Some(changed) = change(*attack, &raw, &material, seed) {
                prop_assert!(changed.len() <= raw.len() + GROWTH_BYTES_MAX);
            }
        }
    }

    #[test]
    fn broken_mails_keep_their_text(raw in lines(), seed: u64) {
        let before = read(raw.as_bytes());
        let changing = ["good-words", "mime-added-part", "subject-answer", "subject-words", "link-text"];
        for attack in all() {
            let name = attack.declaration().name;
            let changed = change(*attack, raw.as_bytes(), &material(), seed);
            let Some(changed) = changed.filter(|_| !changing.contains(&name)) else {
                continue;
            };
            let after = read(&changed);
            prop_assert_eq!(words(before.body()), words(after.body()), "{}", name);
            prop_assert_eq!(words(before.subject()), words(after.subject()), "{}", name);
        }
    }
}

/// Every so many mails of the file are looked at.
const EVERY: usize = 31;

#[test]
#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
fn real_mails_keep_what_a_person_reads() {
    let name = "email/email_spamassassin_2002.jsonl.gz";
    let path = std::env::var_os("RINGTRUE_DATA").map(|root| PathBuf::from(root).join(name));
    let Some(file) = path.and_then(|path| std::fs::File::open(path).ok()) else {
        println!("skipped: RINGTRUE_DATA names no folder that holds `{name}`");
        return;
    };
    let lines = BufReader::new(flate2::read::GzDecoder::new(file)).lines();
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for (seed, line) in (0..).zip(lines.step_by(EVERY)) {
        let record: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
        let raw = record["raw"].as_str().unwrap();
        let raw = if record["enc"] == "base64" {
            STANDARD.decode(raw).unwrap()
        } else {
            raw.as_bytes().to_vec()
        };
        for name in change_by_all(&raw, &material(), seed) {
            *counts.entry(name).or_default() += 1;
        }
    }
    for attack in all() {
        let name = attack.declaration().name;
        assert!(
            counts.get(name).is_some_and(|count| *count > 2),
            "{name}: {counts:?}"
        );
    }
}
