//! Text tokens of a URL: hashed n-grams and words of its parts, for a linear model.
//!
//! ```text
//!   registered name, suffix, subdomain, path, query, fragment (lowercase, digits as 0) ─► tokens
//! ```

use crate::text::{PlacedToken, Side, Sink, TextParameters, Writer, entity_of_pieces, hash};

use super::{AddressSpelling, UrlParts};

/// Where a token comes from; seeds its hash, so that equal letters of two parts differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The registrable domain without its suffix.
    Name = 1,
    /// The public suffix.
    Suffix,
    /// What stands before the registrable domain.
    Subdomain,
    /// The path.
    Path,
    /// The query.
    Query,
    /// The fragment.
    Fragment,
}

impl From<Part> for u64 {
    fn from(part: Part) -> Self {
        part as Self
    }
}

/// Appends the tokens of a URL to `out`, each as a 32-bit hash: its upper bits are a bucket, its lowest
/// says whether it stands in the host (1) or behind it (0), so that a model may look at one side only.
///
/// The scheme is no token: `https` says how old an event is rather than how bad.
pub fn tokens(parts: &UrlParts<'_>, parameters: &TextParameters, out: &mut Vec<u32>) {
    write(parts, parameters, out);
}

/// Returns the tokens of a URL, each with its letters, in the order of [`tokens`].
#[must_use]
pub fn placed_tokens(parts: &UrlParts<'_>, parameters: &TextParameters) -> Vec<PlacedToken<Part>> {
    let mut placed = Vec::new();
    write(parts, parameters, &mut placed);
    placed
}

/// Returns the text of a part, whose letters tokens are made of.
#[must_use]
pub fn part_text<'a>(parts: &'a UrlParts<'_>, part: Part) -> &'a str {
    match part {
        Part::Name => parts.registrable_label(),
        Part::Suffix => parts.suffix(),
        Part::Subdomain => parts.subdomain(),
        Part::Path => parts.lower_path(),
        Part::Query => parts.lower_query(),
        Part::Fragment => parts.lower_fragment(),
    }
}

/// Returns where each part's text begins in the URL, for the parts that the URL spells as they are read.
pub(crate) fn begins(url: &str, parts: &UrlParts<'_>) -> Vec<(Part, usize)> {
    let lower = url.to_ascii_lowercase();
    let mut found = Vec::new();
    let mut from = lower.find("://").map_or(0, |place| place.saturating_add(3));
    for part in [
        Part::Subdomain,
        Part::Name,
        Part::Suffix,
        Part::Path,
        Part::Query,
        Part::Fragment,
    ] {
        let text = part_text(parts, part);
        if text.is_empty() {
            continue;
        }
        if let Some(place) = lower.get(from..).and_then(|rest| rest.find(text)) {
            found.push((part, from.saturating_add(place)));
            from = from.saturating_add(place).saturating_add(text.len());
        }
    }
    found
}

fn write(parts: &UrlParts<'_>, parameters: &TextParameters, out: &mut impl Sink<Part>) {
    let mut writer = Writer {
        out,
        side: Side::Entity,
        parameters,
    };
    host(&mut writer, parts);
    writer.side = Side::Content;
    tail(&mut writer, Part::Path, parts.lower_path(), b"", b"$");
    tail(&mut writer, Part::Query, parts.lower_query(), b"?", b"$");
    tail(
        &mut writer,
        Part::Fragment,
        parts.lower_fragment(),
        b"#",
        b"$",
    );
}

/// Returns who stands behind a URL: a hash of its registrable domain. All raw addresses are one entity:
/// which of them it is tells little of the next.
#[must_use]
pub fn entity(parts: &UrlParts<'_>) -> u32 {
    if parts.address_spelling() != AddressSpelling::Name {
        return hash("0.0.0.0");
    }
    entity_of_pieces(&[parts.registrable_label(), ".", parts.suffix()])
}

fn host(writer: &mut Writer<'_, impl Sink<Part>>, parts: &UrlParts<'_>) {
    let address = parts.address_spelling() != AddressSpelling::Name;
    // Which address it is tells little of the next one: all look alike.
    let (name, suffix) = if address {
        ("0.0.0.0", "ip")
    } else {
        (parts.registrable_label(), parts.suffix())
    };
    writer.whole(Part::Name, name);
    writer.whole(Part::Suffix, suffix);
    let shortest = writer.parameters.host_gram_min;
    writer.grams(Part::Name, name, (b"^", b"$"), shortest);
    writer.words(Part::Name, name);
    let subdomain = parts.subdomain();
    if !subdomain.is_empty() {
        writer.grams(Part::Subdomain, subdomain, (b".", b"."), shortest);
        writer.words(Part::Subdomain, subdomain);
    }
}

fn tail(
    writer: &mut Writer<'_, impl Sink<Part>>,
    part: Part,
    text: &str,
    before: &[u8],
    after: &[u8],
) {
    if !text.is_empty() {
        let shortest = writer.parameters.tail_gram_min;
        writer.grams(part, text, (before, after), shortest);
        writer.words(part, text);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use ringtrue_core::Limits;

    use super::*;

    fn tokens_of(text: &str, parameters: &TextParameters) -> Vec<u32> {
        let (parts, _) = UrlParts::parse(text, &Limits::default());
        let mut out = Vec::new();
        tokens(&parts, parameters, &mut out);
        out
    }

    fn set(text: &str) -> BTreeSet<u32> {
        tokens_of(text, &TextParameters::default())
            .into_iter()
            .collect()
    }

    #[test]
    fn as_many_as_the_parts_hold() {
        // Name and suffix whole 2; `^ab$` has 3 + 2 + 1 grams and 1 word; `/c$` has 1
        // gram of 3 bytes and 1 word.
        let found = tokens_of("http://ab.com/c", &TextParameters::default());
        assert_eq!(found.len(), 2 + 6 + 1 + 1 + 1);
    }

    #[test]
    fn parts_do_not_share_buckets() {
        let path = set("http://ab.com/garden");
        let query = set("http://ab.com?garden");
        let host: BTreeSet<u32> = set("http://ab.com");
        let of_path: BTreeSet<_> = path.difference(&host).collect();
        let of_query: BTreeSet<_> = query.difference(&host).collect();
        assert!(!of_path.is_empty() && of_path.is_disjoint(&of_query));
    }

    #[test]
    fn numbers_and_case_do_not_matter() {
        assert_eq!(set("http://ab.com/Page12"), set("http://ab.com/page99"));
        assert_eq!(set("http://10.0.0.1/x"), set("http://0x0a.9.9.9/x"));
        assert_ne!(set("http://ab.com/page1"), set("http://ab.com/page12"));
    }

    #[test]
    fn long_parts_are_cut() {
        let short = format!("http://ab.com/{}", "x".repeat(500));
        let long = format!("http://ab.com/{}", "x".repeat(3_000));
        assert_eq!(
            tokens_of(&short, &TextParameters::default()),
            tokens_of(&long, &TextParameters::default())
        );
    }

    #[test]
    fn every_token_has_its_letters() {
        let (parts, _) = UrlParts::parse("http://a.login-bank.com/x/verify", &Limits::default());
        let parameters = TextParameters::default();
        let placed = placed_tokens(&parts, &parameters);
        let hashes: Vec<u32> = placed.iter().map(|token| token.token).collect();
        assert_eq!(
            hashes,
            tokens_of("http://a.login-bank.com/x/verify", &parameters)
        );
        let letters = |token: &PlacedToken<Part>| {
            part_text(&parts, token.part)
                .get(token.start..token.end)
                .map(str::to_owned)
        };
        let found: BTreeSet<String> = placed.iter().filter_map(letters).collect();
        for expected in [
            "login-bank",
            "com",
            "login",
            "bank",
            "verify",
            "erify",
            "fy",
            "/ver",
        ] {
            assert!(found.contains(expected), "{expected}: {found:?}");
        }
        assert!(placed.iter().all(|token| letters(token).is_some()));
    }

    proptest! {
        #[test]
        fn any_text_gives_the_same_tokens(text in any::<String>()) {
            let parameters = TextParameters { gram_max: 99, ..TextParameters::default() };
            prop_assert_eq!(tokens_of(&text, &parameters), tokens_of(&text, &parameters));
        }
    }
}
