//! Pieces of benign URLs: words, path segments, parameters, hosts, labels.
//!
//! They come from the material; where it has none that fits, from a short list of what stands in links everywhere. A piece is
//! plain ASCII that needs no escape, and short.

use ringtrue_core::Limits;
use ringtrue_core::random::Random;
use ringtrue_intake::url::{AddressSpelling, UrlParts};

use super::parts::is_unreserved;
use crate::artefact::Material;
use crate::artefact::random::one_of;

/// Benign URLs that are looked at for one piece.
const PICKS: usize = 4;
/// Bytes of a piece.
const PIECE_BYTES_MAX: usize = 48;
/// Letters of a word.
const WORD_LETTERS: std::ops::RangeInclusive<usize> = 3..=16;
/// Bytes of a registered label.
const LABEL_BYTES: std::ops::RangeInclusive<usize> = 3..=24;

const WORDS: &[&str] = &[
    "about", "article", "blog", "books", "contact", "docs", "download", "events", "guide", "help",
    "history", "home", "images", "library", "media", "news", "products", "project", "research",
    "school", "science", "search", "sports", "story", "support", "travel", "video", "weather",
];
const PARAMETERS: &[&str] = &[
    "lang=en",
    "page=1",
    "ref=home",
    "sort=date",
    "source=rss",
    "utm_campaign=spring",
    "utm_medium=email",
    "utm_source=newsletter",
    "view=full",
];
const HOSTS: &[&str] = &[
    "en.wikipedia.org",
    "github.com",
    "www.bbc.co.uk",
    "www.google.com",
    "www.microsoft.com",
    "www.nytimes.com",
    "www.youtube.com",
];
const LABELS: &[&str] = &[
    "amazon",
    "apple",
    "bbc",
    "github",
    "google",
    "microsoft",
    "nytimes",
    "wikipedia",
    "youtube",
];
const SUFFIXES: &[&str] = &["co.uk", "com", "de", "fr", "info", "io", "net", "org"];

/// Returns a word, in lowercase letters.
pub(super) fn word(material: &Material, random: &mut Random) -> Option<String> {
    let read = |parts: &UrlParts<'_>, random: &mut Random| {
        let words = parts
            .lower_path()
            .split(|letter: char| !letter.is_ascii_lowercase());
        let fit = words.filter(|word| WORD_LETTERS.contains(&word.len()));
        one_of(fit, random).map(str::to_owned)
    };
    borrow(material, random, WORDS, read)
}

/// Returns words, joined by hyphens.
pub(super) fn words(count: usize, material: &Material, random: &mut Random) -> Option<String> {
    let words: Option<Vec<String>> = (0..count).map(|_| word(material, random)).collect();
    Some(words?.join("-"))
}

/// Returns a label for a host: a benign one, words, or both.
pub(super) fn name(material: &Material, random: &mut Random) -> Option<String> {
    match random.below(3) {
        0 => label(material, random),
        1 => words(2, material, random),
        _ => Some(format!(
            "{}-{}",
            label(material, random)?,
            word(material, random)?
        )),
    }
}

/// Returns a segment of a path, without slashes.
pub(super) fn segment(material: &Material, random: &mut Random) -> Option<String> {
    let read = |parts: &UrlParts<'_>, random: &mut Random| {
        let segments = parts.written_path().split('/');
        let fit = segments.filter(|segment| is_piece(segment) && !segment.starts_with('.'));
        one_of(fit, random).map(str::to_owned)
    };
    borrow(material, random, WORDS, read)
}

/// Returns a parameter: a name, an equals sign and a value.
pub(super) fn parameter(material: &Material, random: &mut Random) -> Option<String> {
    let read = |parts: &UrlParts<'_>, random: &mut Random| {
        let parameters = parts.written_query().split('&');
        let fit = parameters.filter(|parameter| {
            let pair = parameter.split_once('=');
            pair.is_some_and(|(name, value)| is_piece(name) && is_piece(value))
        });
        one_of(fit, random).map(str::to_owned)
    };
    borrow(material, random, PARAMETERS, read)
}

/// Returns the name of a host.
pub(super) fn host(material: &Material, random: &mut Random) -> Option<String> {
    borrow(material, random, HOSTS, |parts, _| {
        (is_piece(parts.host()) && has_suffix(parts)).then(|| parts.host().to_owned())
    })
}

/// Returns the labels in front of a registered domain, such as `www` or `news`.
pub(super) fn subdomain(material: &Material, random: &mut Random) -> Option<String> {
    borrow(
        material,
        random,
        &["www", "news", "mail", "shop"],
        |parts, _| {
            (is_piece(parts.subdomain()) && has_suffix(parts)).then(|| parts.subdomain().to_owned())
        },
    )
}

/// Returns the label of a registered domain, without its suffix.
pub(super) fn label(material: &Material, random: &mut Random) -> Option<String> {
    borrow(material, random, LABELS, |parts, _| {
        let label = parts.registrable_label();
        let is_plain = label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let fits = is_plain && LABEL_BYTES.contains(&label.len()) && !label.starts_with("xn--");
        (fits && has_suffix(parts)).then(|| label.to_owned())
    })
}

/// Returns a suffix below which anybody may register.
pub(super) fn suffix(material: &Material, random: &mut Random) -> Option<String> {
    borrow(material, random, SUFFIXES, |parts, _| {
        use ringtrue_intake::url::SuffixKind::{Country, Generic};
        let is_open = matches!(parts.suffix_kind(), Country | Generic);
        let is_plain = is_piece(parts.suffix()) && !parts.suffix().contains("xn--");
        (is_open && is_plain && has_suffix(parts)).then(|| parts.suffix().to_owned())
    })
}

/// Returns what `read` finds in one of the benign URLs, else one of `known`.
fn borrow(
    material: &Material,
    random: &mut Random,
    known: &[&str],
    read: impl Fn(&UrlParts<'_>, &mut Random) -> Option<String>,
) -> Option<String> {
    let limits = Limits::default();
    for _ in 0..PICKS {
        let Some(text) = material.pick(random).map(str::trim) else {
            break;
        };
        if text.len() > limits.url_bytes_max || text.contains(char::is_whitespace) {
            continue;
        }
        let (parts, _) = UrlParts::parse(text, &limits);
        if let Some(piece) = read(&parts, random) {
            return Some(piece);
        }
    }
    random.pick(known).map(|piece| (*piece).to_owned())
}

fn has_suffix(parts: &UrlParts<'_>) -> bool {
    parts.address_spelling() == AddressSpelling::Name
        && !parts.suffix().is_empty()
        && !parts.registrable_label().is_empty()
}

fn is_piece(text: &str) -> bool {
    (1..=PIECE_BYTES_MAX).contains(&text.len()) && text.bytes().all(is_unreserved)
}
