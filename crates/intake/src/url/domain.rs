//! Splits a host name by the public suffix list into subdomain, registrable label and suffix.
//!
//! Every part is a range of the host. The list's private section (where customers of one company
//! get names under one suffix) counts as suffix, and the suffix above it is kept as well. Hosts
//! that are addresses have none of these; the caller does not ask.

use std::ops::Range;

use psl::Type;

use super::split::slice;

/// What kind of public suffix a host stands under.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SuffixKind {
    /// None that the list knows (the last label is taken for one), or the host is an address.
    #[default]
    Unknown,
    /// A generic one, such as `com` or `xyz`.
    Generic,
    /// A country's, or a second level under it, such as `co.uk`.
    Country,
    /// For states, universities or the military, anywhere in the world.
    Institution,
    /// A company's, under which its customers have names, such as `github.io`.
    Private,
}

/// Where the parts of a host name stand in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DomainSpans {
    /// Everything before the registrable label, without the dot.
    pub(crate) subdomain: Range<usize>,
    /// The label that somebody registered.
    pub(crate) label: Range<usize>,
    /// The public suffix.
    pub(crate) suffix: Range<usize>,
    /// The suffix above a private one, else the suffix itself.
    pub(crate) registry_suffix: Range<usize>,
    pub(crate) kind: SuffixKind,
}

/// Suffixes of a private kind nest a few labels deep at most.
const PRIVATE_LABELS_MAX: usize = 6;

/// Splits `host`, which is lowercase ASCII; a dot at its end belongs to no part.
pub(crate) fn split_host(host: &str) -> DomainSpans {
    let name = host.trim_end_matches('.');
    let Some(suffix) = psl::suffix(name.as_bytes()) else {
        return DomainSpans::default();
    };
    let found = name.len().saturating_sub(suffix.as_bytes().len());
    let private = suffix.typ() == Some(Type::Private);
    let registry = if private {
        registry_start(name, found)
    } else {
        found
    };
    let start = match (found, private) {
        // A host that is itself a private suffix is the company's own name.
        (0, true) => registry,
        // A registry's suffix alone: its first label stands for the name.
        (0, false) => name.find('.').map_or(0, |dot| dot.saturating_add(1)),
        _ => found,
    };
    if start == 0 {
        return lone_label(name);
    }
    let label_end = start.saturating_sub(1);
    let label = last_label(name, label_end);
    let registry = registry.max(start);
    let kind = match suffix.typ() {
        None => SuffixKind::Unknown,
        Some(Type::Private) if start == found => SuffixKind::Private,
        Some(_) => kind_of(slice(name, &(registry..name.len()))),
    };
    DomainSpans {
        subdomain: 0..label.start.saturating_sub(1),
        label,
        suffix: start..name.len(),
        registry_suffix: registry..name.len(),
        kind,
    }
}

fn last_label(name: &str, end: usize) -> Range<usize> {
    let before = slice(name, &(0..end)).as_bytes();
    let dot = before.iter().rposition(|byte| *byte == b'.');
    let start = dot.map_or(0, |dot| dot.saturating_add(1));
    start..end
}

/// A name without a dot: all of it counts as registered.
fn lone_label(name: &str) -> DomainSpans {
    let end = name.len()..name.len();
    DomainSpans {
        subdomain: 0..0,
        label: 0..name.len(),
        suffix: end.clone(),
        registry_suffix: end,
        kind: SuffixKind::Unknown,
    }
}

/// Returns where the suffix above the private suffix at `start` begins.
fn registry_start(name: &str, start: usize) -> usize {
    let mut rest = start;
    for _ in 0..PRIVATE_LABELS_MAX {
        let Some(dot) = slice(name, &(rest..name.len())).find('.') else {
            break;
        };
        rest = rest.saturating_add(dot).saturating_add(1);
        let above = slice(name, &(rest..name.len()));
        match psl::suffix(above.as_bytes()) {
            Some(suffix) if suffix.typ() == Some(Type::Icann) => {
                return name.len().saturating_sub(suffix.as_bytes().len());
            }
            _ => {}
        }
    }
    rest
}

fn kind_of(suffix: &str) -> SuffixKind {
    let mut labels = suffix.rsplit('.');
    let top = labels.next().unwrap_or("");
    let second = labels.next().unwrap_or("");
    let institution =
        |label: &str| matches!(label, "gov" | "gob" | "gouv" | "edu" | "ac" | "mil" | "int");
    if institution(second) || (institution(top) && top != "ac") {
        SuffixKind::Institution
    } else if top.len() == 2 {
        SuffixKind::Country
    } else {
        SuffixKind::Generic
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(host: &str, parts: [&str; 4], kind: SuffixKind) {
        let spans = split_host(host);
        let found = [
            &spans.subdomain,
            &spans.label,
            &spans.suffix,
            &spans.registry_suffix,
        ]
        .map(|range| slice(host, range));
        assert_eq!((found, spans.kind), (parts, kind), "{host}");
    }

    #[test]
    fn by_the_public_suffix_list() {
        check(
            "a.b.example.co.uk",
            ["a.b", "example", "co.uk", "co.uk"],
            SuffixKind::Country,
        );
        check(
            "example.com.",
            ["", "example", "com", "com"],
            SuffixKind::Generic,
        );
        check(
            "x.y.github.io",
            ["x", "y", "github.io", "io"],
            SuffixKind::Private,
        );
        check("github.io", ["", "github", "io", "io"], SuffixKind::Country);
        check(
            "www.cs.example.edu",
            ["www.cs", "example", "edu", "edu"],
            SuffixKind::Institution,
        );
        check(
            "example.gov.br",
            ["", "example", "gov.br", "gov.br"],
            SuffixKind::Institution,
        );
        check("localhost", ["", "localhost", "", ""], SuffixKind::Unknown);
        check(
            "b.a.nosuchsuffix",
            ["b", "a", "nosuchsuffix", "nosuchsuffix"],
            SuffixKind::Unknown,
        );
        check("co.uk", ["", "co", "uk", "uk"], SuffixKind::Country);
        check("com", ["", "com", "", ""], SuffixKind::Unknown);
        check("", ["", "", "", ""], SuffixKind::Unknown);
    }
}
