//! Attacks on URLs: what stays the same, what changes, and what real URLs become.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use ::url::{Origin, Url};
use proptest::prelude::*;

use super::parts::GROWTH_BYTES_MAX;
use super::*;
use crate::artefact::{Material, Verified, check};

/// Benign URLs whose pieces are easy to tell.
const BENIGN: &[&str] = &[
    "https://www.orchardpress.org/gardening/roses/pruning-guide.html?season=winter&issue=42",
    "https://news.riverbend.co.uk/weather/2019/forecast?region=north",
    "http://lighthouse-museum.net/visit/opening-hours",
];

/// URLs of all the kinds that attacks tell apart.
const SAMPLES: &[&str] = &[
    "http://paypal.co.uk.userrnc.figurine.example.com/acc/sd/login.php?cmd=login&id=ed54#top",
    "https://globalclean.com.ve/.createcdocs/%7Euser/a%2fb",
    "http://36.66.150.221:59661/i",
    "http://user@showgate.lt:80/wellsfargo/login.php",
    "compost.co.il/wp-content/index.php?email=a@b.example",
    "https://asbloginguard.github.io/",
    "https://bit.ly/3xYz",
    "http://garena.cf",
];

fn material() -> Material {
    Material::new(BENIGN.iter().map(|text| (*text).to_owned()))
}

fn named(name: &str) -> &'static dyn Attack<str> {
    let found = all()
        .iter()
        .find(|attack| attack.declaration().name == name);
    *found.unwrap()
}

/// Returns what changes of `text` come of some seeds.
fn changes(name: &str, text: &str) -> BTreeSet<String> {
    let attack = named(name);
    let changes = (0..400).filter_map(|seed| check::change(attack, text, &material(), seed));
    changes.collect()
}

/// Reads a URL as browsers do, without the code under test.
fn read(text: &str) -> Option<Url> {
    let parsed = Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"));
    parsed.or_else(|| Url::parse(&format!("http://{}", text.trim_start_matches('/'))).ok())
}

fn origin(text: &str) -> Option<Origin> {
    read(text).map(|url| url.origin())
}

/// Changes a URL by every attack, and checks what must hold of each; returns the names of those that did.
fn change_by_all(text: &str, material: &Material, seed: u64) -> Vec<&'static str> {
    let mut names = Vec::new();
    for attack in all() {
        let declaration = attack.declaration();
        let Some(changed) = check::change(*attack, text, material, seed) else {
            continue;
        };
        assert!(changed.len() <= text.len() + GROWTH_BYTES_MAX);
        assert_ne!(changed, text);
        assert!(origin(&changed).is_some(), "{text} {changed}");
        if declaration.verified == Verified::Parse {
            assert_eq!(
                origin(text),
                origin(&changed),
                "{}: {text} {changed}",
                declaration.name
            );
        } else {
            assert!(!declaration.needs.is_empty(), "{}", declaration.name);
        }
        names.push(declaration.name);
    }
    names
}

#[test]
fn declarations() {
    check::declarations(all());
}

#[test]
fn each_changes_some_url() {
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for (text, seed) in SAMPLES
        .iter()
        .flat_map(|text| (0..20).map(move |seed| (text, seed)))
    {
        for name in change_by_all(text, &material(), seed) {
            *counts.entry(name).or_default() += 1;
        }
    }
    for attack in all() {
        let name = attack.declaration().name;
        assert!(counts.contains_key(name), "{name} changed no sample");
    }
}

#[test]
fn attacks_need_no_material() {
    for attack in all() {
        let changed = SAMPLES.iter().any(|text| {
            (0..20).any(|seed| check::change(*attack, text, &Material::default(), seed).is_some())
        });
        assert!(changed, "{}", attack.declaration().name);
    }
}

#[test]
fn browsers_read_the_very_same_url() {
    for name in [
        "path-dot-segments",
        "letter-case",
        "default-port",
        "address-spelling",
        "percent-host",
    ] {
        let mut seen = 0;
        for text in SAMPLES {
            for changed in changes(name, text) {
                assert_eq!(read(text), read(&changed), "{name}: {text} {changed}");
                seen += 1;
            }
        }
        assert!(seen > 3, "{name}");
    }
}

/// Attacks, URLs, and what some change of these becomes.
const EXAMPLES: &[(&str, &str, &str)] = &[
    (
        "default-port",
        "https://h.example/a",
        "https://h.example:443/a",
    ),
    (
        "default-port",
        "http://h.example:80/a",
        "http://h.example/a",
    ),
    (
        "host-trailing-dot",
        "http://h.example/a",
        "http://h.example./a",
    ),
    ("host-www", "http://www.h.example/a", "http://h.example/a"),
    ("host-www", "http://h.example/a", "http://www.h.example/a"),
    (
        "host-other-name",
        "http://x.h.example/",
        "http://h.example/",
    ),
    (
        "host-benign-subdomain",
        "http://h.example/",
        "http://riverbend.h.example/",
    ),
    (
        "host-benign-subdomain",
        "http://h.example/",
        "http://www.orchardpress.org.h.example/",
    ),
    (
        "scheme-other",
        "http://h.example:80/a",
        "https://h.example/a",
    ),
    ("address-spelling", "http://10.0.0.1/", "http://167772161/"),
    (
        "address-spelling",
        "http://10.0.0.1/",
        "http://012.00.00.01/",
    ),
    (
        "path-words",
        "http://h.example/a",
        "http://h.example/a/visit",
    ),
    (
        "path-double-slashes",
        "http://h.example/a/b",
        "http://h.example/a//b",
    ),
    (
        "path-extension",
        "http://h.example/a.php",
        "http://h.example/a.html",
    ),
    (
        "path-shorter",
        "http://h.example/a/b.php",
        "http://h.example/b.php",
    ),
    (
        "percent-case",
        "http://h.example/%2f?a=%C3",
        "http://h.example/%2F?a=%c3",
    ),
    (
        "percent-letters",
        "http://h.example/%61b%2f",
        "http://h.example/ab%2f",
    ),
    (
        "query-benign",
        "http://h.example/a",
        "http://h.example/a?region=north",
    ),
    (
        "query-order",
        "http://h.example/?a=1&b=2",
        "http://h.example/?b=2&a=1",
    ),
    (
        "query-removed",
        "http://h.example/?a=1&b=2",
        "http://h.example/?b=2",
    ),
    (
        "query-removed",
        "http://h.example/?a=1&b=2",
        "http://h.example/",
    ),
    (
        "userinfo-benign",
        "http://h.example/",
        "http://www.orchardpress.org@h.example/",
    ),
    (
        "redirector",
        "http://h.example/a?b",
        "https://www.google.com/url?q=http%3A%2F%2Fh.example%2Fa%3Fb",
    ),
];

#[test]
fn changes_are_those_that_they_are_called() {
    for (name, text, expected) in EXAMPLES {
        let found = changes(name, text);
        assert!(found.contains(*expected), "{name}: {found:#?}");
    }
    let look_alike = changes("look-alike-letters", "http://h.example/a");
    assert!(look_alike.iter().any(|text| text.contains("xn--")));
    assert!(look_alike.iter().any(|text| !text.is_ascii()));
}

#[test]
fn links_of_services_keep_their_paths_and_names() {
    for name in [
        "path-words",
        "path-shorter",
        "query-removed",
        "host-www",
        "redirector",
        "shortener",
    ] {
        for text in ["https://bit.ly/3xYz?a=b", "https://www.google.com/url?q=x"] {
            assert_eq!(changes(name, text), BTreeSet::new(), "{name}");
        }
    }
    // A provider's customer has one name.
    assert_eq!(
        changes("host-benign-subdomain", "https://x.github.io/"),
        BTreeSet::new()
    );
}

#[test]
fn what_is_no_url_of_the_web_stays() {
    let long = format!("http://h.example/{}", "a".repeat(5_000));
    for text in [
        "",
        "javascript:alert(1)",
        "http://",
        "mailto:a@b.example",
        "http://a b/",
        &long,
    ] {
        assert_eq!(
            change_by_all(text, &material(), 1),
            Vec::<&str>::new(),
            "{text}"
        );
    }
}

proptest! {
    #[test]
    fn any_text_is_survived(text in "\\PC*", benign in "\\PC*", seed: u64) {
        for attack in all() {
            let material = Material::new([benign.clone()]);
            if let Some(changed) = check::change(*attack, &text, &material, seed) {
                prop_assert!(changed.len() <= text.len() + GROWTH_BYTES_MAX);
            }
        }
    }

    #[test]
    fn random_urls_keep_their_origin(
        scheme in "(|https?:|HTTP:)[/\\\\]{1,3}",
        user in "([a-z.%]{1,5}(:[a-z]{1,3})?@)?",
        host in "([a-zA-Z0-9é_%-]{1,5}\\.){0,3}[a-z]{2,4}|[0-9]{1,3}(\\.[0-9]{1,3}){3}|\\[::[1-9]\\]|0x7f.1",
        port in "(:(80|443|8080|))?",
        tail in "([/?#&;=%.\\\\@][ -~é]{0,6}){0,6}",
        seed: u64,
    ) {
        let text = format!("{scheme}{user}{host}{port}{tail}");
        change_by_all(&text, &material(), seed);
    }
}

/// Every so many rows of a file are looked at.
const EVERY: usize = 97;

#[test]
#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
fn real_urls_keep_their_origin() {
    let Some(root) = std::env::var_os("RINGTRUE_DATA").map(PathBuf::from) else {
        println!("skipped: RINGTRUE_DATA names no folder");
        return;
    };
    let urls = |name: &str| -> Vec<String> {
        let file = std::fs::File::open(root.join("url").join(name)).unwrap();
        let mut rows = csv::Reader::from_reader(flate2::read::GzDecoder::new(file));
        let urls = rows.records().map(|row| row.unwrap()[0].to_owned());
        urls.step_by(EVERY).collect()
    };
    let benign = Material::new(urls("benign_links_dated_2006_2021.csv.gz"));
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    let mut total = 0;
    for name in ["phishtank_2008_2021.csv.gz", "urlhaus_online_2025.csv.gz"] {
        for (seed, text) in (0..).zip(urls(name)) {
            total += 1;
            for name in change_by_all(&text, &benign, seed) {
                *counts.entry(name).or_default() += 1;
            }
        }
    }
    assert!(total > 2_000);
    for attack in all() {
        let name = attack.declaration().name;
        assert!(
            counts.get(name).is_some_and(|count| *count > 20),
            "{name}: {counts:?}"
        );
    }
}
