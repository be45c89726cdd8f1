//! Keys and tokens that bear the mark of the service that issued them, in the shape that it documents.

use std::ops::Range;

use super::shape::{begins, is_alphanumeric, is_base64, is_base64url, run};
use super::{Anchor, Family, Found, Look, SecretKind};

/// A mark, and what must follow it.
struct Shape {
    mark: &'static str,
    kind: SecretKind,
    class: fn(u8) -> bool,
    least: usize,
    most: usize,
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

const fn whole(
    mark: &'static str,
    kind: SecretKind,
    class: fn(u8) -> bool,
    (least, most): (usize, usize),
) -> Shape {
    Shape {
        mark,
        kind,
        class,
        least,
        most,
        holds: Holds::Whole,
    }
}

const fn rest(
    mark: &'static str,
    kind: SecretKind,
    class: fn(u8) -> bool,
    (least, most): (usize, usize),
) -> Shape {
    Shape {
        holds: Holds::Rest,
        ..whole(mark, kind, class, (least, most))
    }
}

/// Lengths are the documented ones; where a service documents none, the shortest that was issued.
const SHAPES: [Shape; 46] = [
    whole("AKIA", SecretKind::AwsKey, is_upper, (16, 16)),
    whole("ASIA", SecretKind::AwsKey, is_upper, (16, 16)),
    whole("ABIA", SecretKind::AwsKey, is_upper, (16, 16)),
    whole("ACCA", SecretKind::AwsKey, is_upper, (16, 16)),
    whole("AIza", SecretKind::GcpKey, is_base64url, (35, 35)),
    whole("ya29.", SecretKind::GcpKey, is_dotted, (20, 512)),
    whole("GOCSPX-", SecretKind::GcpKey, is_base64url, (20, 40)),
    rest("AccountKey=", SecretKind::AzureKey, is_base64, (40, 100)),
    rest(
        "SharedAccessKey=",
        SecretKind::AzureKey,
        is_base64,
        (40, 100),
    ),
    rest("&sig=", SecretKind::AzureKey, is_signature, (40, 200)),
    rest("?sig=", SecretKind::AzureKey, is_signature, (40, 200)),
    whole("ghp_", SecretKind::GithubToken, is_alphanumeric, (36, 255)),
    whole("gho_", SecretKind::GithubToken, is_alphanumeric, (36, 255)),
    whole("ghu_", SecretKind::GithubToken, is_alphanumeric, (36, 255)),
    whole("ghs_", SecretKind::GithubToken, is_alphanumeric, (36, 255)),
    whole("ghr_", SecretKind::GithubToken, is_alphanumeric, (36, 255)),
    whole("github_pat_", SecretKind::GithubToken, is_word, (40, 255)),
    whole("glpat-", SecretKind::GitlabToken, is_dotted, (20, 255)),
    whole("gldt-", SecretKind::GitlabToken, is_dotted, (20, 255)),
    whole("glrt-", SecretKind::GitlabToken, is_dotted, (20, 255)),
    whole("glptt-", SecretKind::GitlabToken, is_dotted, (20, 255)),
    whole("xoxb-", SecretKind::SlackToken, is_base64url, (20, 255)),
    whole("xoxa-", SecretKind::SlackToken, is_base64url, (20, 255)),
    whole("xoxp-", SecretKind::SlackToken, is_base64url, (20, 255)),
    whole("xoxr-", SecretKind::SlackToken, is_base64url, (20, 255)),
    whole("xoxs-", SecretKind::SlackToken, is_base64url, (20, 255)),
    whole("xapp-", SecretKind::SlackToken, is_base64url, (20, 255)),
    rest(
        "hooks.slack.com/services/",
        SecretKind::SlackToken,
        is_path,
        (30, 255),
    ),
    whole(
        "sk_live_",
        SecretKind::StripeKey,
        is_alphanumeric,
        (16, 255),
    ),
    whole(
        "sk_test_",
        SecretKind::StripeKey,
        is_alphanumeric,
        (16, 255),
    ),
    whole(
        "rk_live_",
        SecretKind::StripeKey,
        is_alphanumeric,
        (16, 255),
    ),
    whole(
        "rk_test_",
        SecretKind::StripeKey,
        is_alphanumeric,
        (16, 255),
    ),
    whole("whsec_", SecretKind::StripeKey, is_base64, (24, 255)),
    whole("npm_", SecretKind::ServiceToken, is_alphanumeric, (36, 36)),
    whole(
        "pypi-AgEI",
        SecretKind::ServiceToken,
        is_base64url,
        (40, 512),
    ),
    whole("SG.", SecretKind::ServiceToken, is_dotted, (60, 70)),
    whole("dop_v1_", SecretKind::ServiceToken, is_hex, (64, 64)),
    whole("hf_", SecretKind::ServiceToken, is_alphanumeric, (30, 60)),
    whole("shpat_", SecretKind::ServiceToken, is_hex, (32, 32)),
    whole(
        "AGE-SECRET-KEY-1",
        SecretKind::ServiceToken,
        is_upper,
        (58, 58),
    ),
    whole("sk-ant-", SecretKind::ServiceToken, is_base64url, (30, 255)),
    whole(
        "sk-proj-",
        SecretKind::ServiceToken,
        is_base64url,
        (30, 255),
    ),
    whole("hvs.", SecretKind::ServiceToken, is_base64url, (24, 255)),
    whole(
        "dckr_pat_",
        SecretKind::ServiceToken,
        is_base64url,
        (20, 60),
    ),
    whole("tfp_", SecretKind::ServiceToken, is_base64url, (40, 80)),
    whole("PMAK-", SecretKind::ServiceToken, is_base64url, (40, 80)),
];

pub(super) fn anchors() -> impl Iterator<Item = Anchor> {
    SHAPES.iter().map(|shape| Anchor {
        text: shape.mark,
        family: Family::Provider,
        detect,
    })
}

/// The anchor's own case counts, and the run must end where the shape does.
fn detect(bytes: &[u8], at: Range<usize>, found: &mut Vec<Found>) -> Look {
    let mark = bytes.get(at.clone()).unwrap_or_default();
    let shape = SHAPES.iter().find(|shape| shape.mark.as_bytes() == mark);
    let nothing = Look { read_to: at.start };
    let Some(shape) = shape else { return nothing };
    let begins = match shape.holds {
        Holds::Whole => begins(bytes, at.start),
        Holds::Rest => true,
    };
    let end = run(bytes, at.end, shape.most.saturating_add(1), shape.class);
    let length = end.saturating_sub(at.end);
    if !begins || length < shape.least || length > shape.most {
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
