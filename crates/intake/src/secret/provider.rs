//! Keys and tokens that bear the mark of the service that issued them, in the shape that it documents.

use std::ops::Range;

use super::SecretKind::{
    self, AwsKey, AzureKey, GcpKey, GithubToken, GitlabToken, ServiceToken, SlackToken, StripeKey,
};
use super::shape::{begins, is_alphanumeric, is_base64, is_base64url, run};
use super::{Anchor, Family, Found, Look};

/// Marks, and what must follow one of them.
struct Shape {
    marks: &'static [&'static str],
    kind: SecretKind,
    /// Of which bytes the rest is.
    class: fn(u8) -> bool,
    /// How many bytes the rest has, from and to.
    length: [usize; 2],
    holds: Holds,
}

/// What of a match is the secret.
#[derive(Clone, Copy)]
enum Holds {
    /// The mark and what follows it.
    Whole,
    /// What follows the mark.
    Rest,
}

const fn is_upper(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

const fn is_hex(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'a'..=b'f')
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

const fn is_dotted(byte: u8) -> bool {
    is_base64url(byte) || byte == b'.'
}

const fn is_path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'/'
}

const fn is_signature(byte: u8) -> bool {
    is_base64(byte) || byte == b'%'
}

/// Makes a shape whose secret is the mark and what follows it.
const fn whole(
    marks: &'static [&'static str],
    kind: SecretKind,
    class: fn(u8) -> bool,
    length: [usize; 2],
) -> Shape {
    Shape {
        marks,
        kind,
        class,
        length,
        holds: Holds::Whole,
    }
}

/// Makes a shape whose secret is what follows the mark.
const fn rest(
    marks: &'static [&'static str],
    kind: SecretKind,
    class: fn(u8) -> bool,
    length: [usize; 2],
) -> Shape {
    Shape {
        holds: Holds::Rest,
        ..whole(marks, kind, class, length)
    }
}

/// Lengths are the documented ones; where a service documents none, the shortest that was issued.
#[rustfmt::skip]
const SHAPES: [Shape; 24] = [
    whole(&["AKIA", "ASIA", "ABIA", "ACCA"], AwsKey, is_upper, [16, 16]),
    whole(&["AIza"], GcpKey, is_base64url, [35, 35]),
    whole(&["ya29."], GcpKey, is_dotted, [20, 512]),
    whole(&["GOCSPX-"], GcpKey, is_base64url, [20, 40]),
    rest(&["AccountKey=", "SharedAccessKey="], AzureKey, is_base64, [40, 100]),
    rest(&["&sig=", "?sig="], AzureKey, is_signature, [40, 200]),
    whole(&["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], GithubToken, is_alphanumeric, [36, 255]),
    whole(&["github_pat_"], GithubToken, is_word, [40, 255]),
    whole(&["glpat-", "gldt-", "glrt-", "glptt-"], GitlabToken, is_dotted, [20, 255]),
    whole(&["xoxb-", "xoxa-", "xoxp-", "xoxr-", "xoxs-", "xapp-"], SlackToken, is_base64url, [20, 255]),
    rest(&["hooks.slack.com/services/"], SlackToken, is_path, [30, 255]),
    whole(&["sk_live_", "sk_test_", "rk_live_", "rk_test_"], StripeKey, is_alphanumeric, [16, 255]),
    whole(&["whsec_"], StripeKey, is_base64, [24, 255]),
    whole(&["npm_"], ServiceToken, is_alphanumeric, [36, 36]),
    whole(&["pypi-AgEI"], ServiceToken, is_base64url, [40, 512]),
    whole(&["SG."], ServiceToken, is_dotted, [60, 70]),
    whole(&["dop_v1_"], ServiceToken, is_hex, [64, 64]),
    whole(&["hf_"], ServiceToken, is_alphanumeric, [30, 60]),
    whole(&["shpat_"], ServiceToken, is_hex, [32, 32]),
    whole(&["AGE-SECRET-KEY-1"], ServiceToken, is_upper, [58, 58]),
    whole(&["sk-ant-", "sk-proj-"], ServiceToken, is_base64url, [30, 255]),
    whole(&["hvs."], ServiceToken, is_base64url, [24, 255]),
    whole(&["dckr_pat_"], ServiceToken, is_base64url, [20, 60]),
    whole(&["tfp_", "PMAK-"], ServiceToken, is_base64url, [40, 80]),
];

pub(super) fn anchors() -> impl Iterator<Item = Anchor> {
    let marks = SHAPES.iter().flat_map(|shape| shape.marks);
    marks.map(|mark| Anchor {
        text: mark,
        family: Family::Provider,
        detect,
    })
}

/// The anchor's own case counts, and the run must end where the shape does.
fn detect(bytes: &[u8], at: Range<usize>, found: &mut Vec<Found>) -> Look {
    let mark = bytes.get(at.clone()).unwrap_or_default();
    let bears = |shape: &&Shape| shape.marks.iter().any(|it| it.as_bytes() == mark);
    let shape = SHAPES.iter().find(bears);
    let nothing = Look { read_to: at.start };
    let Some(shape) = shape else { return nothing };
    let begins = match shape.holds {
        Holds::Whole => begins(bytes, at.start),
        Holds::Rest => true,
    };
    let [least, most] = shape.length;
    let end = run(bytes, at.end, most.saturating_add(1), shape.class);
    let length = end.saturating_sub(at.end);
    if !begins || !(least..=most).contains(&length) {
        return nothing;
    }
    let start = match shape.holds {
        Holds::Whole => at.start,
        Holds::Rest => at.end,
    };
    found.push(Found {
        range: start..end,
        kind: shape.kind,
    });
    Look { read_to: end }
}
