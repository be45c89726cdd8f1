//! Host: the name's labels, its registered part and its suffix.
//!
//! Hosts that are addresses have no labels: their signals here are NaN where a name is needed.

use ringtrue_core::signal::Privacy;

use super::{Signal, Theme, flag, share};
use crate::url::domain::SuffixKind;
use crate::url::facts::Facts;
use crate::url::lexicon;
use crate::url::tally::tally_without_runs;

pub(in crate::url) const THEME: Theme = Theme {
    name: "host",
    together: &["length", "brand", "random", "words"],
    privacy: Privacy::Plain,
    cost_minutes: 15.0,
    signals: &[
        Signal::bytes("longest_label", "of the host's longest label", |facts| {
            let labels = facts.parts.host().as_bytes().split(|byte| *byte == b'.');
            longest(labels.map(<[u8]>::len))
        }),
        Signal::bytes(
            "domain_length",
            "of the length of the registered name",
            |facts| named(facts, facts.label.bytes as f32),
        ),
        Signal::bytes(
            "subdomain_length",
            "of the length of the subdomain",
            |facts| named(facts, facts.subdomain.len() as f32),
        )
        .costs(1.0),
        Signal::count(
            "subdomain_labels",
            "of the number of labels before the registered name",
            |facts| named(facts, labels(facts.subdomain)),
        )
        .costs(1.0),
        Signal::bytes(
            "suffix_length",
            "of the length of the public suffix",
            |facts| named(facts, facts.parts.suffix().len() as f32),
        ),
        Signal::category("suffix_kind", "of the kind of public suffix", |facts| {
            f32::from(facts.parts.suffix_kind() as u8)
        }),
        Signal::bytes(
            "registry_length",
            "of the length of the registry's suffix",
            |facts| named(facts, facts.parts.registry_suffix().len() as f32),
        ),
        Signal::flag(
            "suffix_institution",
            "the suffix belongs to states and universities",
            |facts| flag(facts.parts.suffix_kind() == SuffixKind::Institution),
        ),
        Signal::flag(
            "suffix_cheap",
            "names under this suffix cost little or nothing",
            |facts| flag(lexicon::is_cheap_suffix(facts.parts.registry_suffix())),
        ),
        Signal::flag("www", "the host starts with `www`", |facts| {
            flag(facts.has_www)
        })
        .costs(1.0),
        Signal::count(
            "host_hyphens",
            "of the number of hyphens in the host",
            |facts| facts.host.hyphens as f32,
        ),
        Signal::count(
            "domain_hyphens",
            "of the number of hyphens in the registered name",
            |facts| facts.label.hyphens as f32,
        ),
        Signal::count(
            "host_digits",
            "of the number of digits in the host",
            |facts| facts.host.digits as f32,
        ),
        Signal::share(
            "domain_digit_share",
            "of the share of digits in the registered name",
            |facts| share(facts.label.digits as f32, facts.label.bytes as f32),
        ),
        Signal::bits(
            "host_entropy",
            "of the variety of letters in the host",
            |facts| facts.host.entropy,
        ),
        Signal::bits(
            "subdomain_entropy",
            "of the variety of letters in the subdomain",
            |facts| tally_without_runs(facts.subdomain).entropy,
        )
        .costs(1.0),
        Signal::share(
            "domain_vowel_share",
            "of the share of vowels in the registered name",
            |facts| share(facts.label.vowels as f32, facts.label.letters as f32),
        ),
        Signal::count(
            "fake_suffix",
            "a top-level name such as `.com` stands in the middle of the host",
            |facts| facts.marks.fake_suffixes as f32,
        )
        .costs(1.0),
        Signal::count(
            "host_capitals",
            "of the capital letters in the host as written",
            |facts| {
                let capitals = facts.parts.written_host().bytes();
                capitals.filter(u8::is_ascii_uppercase).count() as f32
            },
        )
        .costs(0.0),
    ],
};

/// Returns `value`, NaN where the host is no name.
fn named(facts: &Facts<'_>, value: f32) -> f32 {
    if facts.label.bytes > 0 {
        value
    } else {
        f32::NAN
    }
}

fn longest(lengths: impl Iterator<Item = usize>) -> f32 {
    lengths.max().unwrap_or(0) as f32
}

fn labels(name: &str) -> f32 {
    if name.is_empty() {
        return 0.0;
    }
    let dots = name.bytes().filter(|byte| *byte == b'.').count();
    dots.saturating_add(1) as f32
}
