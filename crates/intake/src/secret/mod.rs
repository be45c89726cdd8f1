//! Passwords, keys and tokens inside a text, found and masked before the text is kept.
//!
//! ```text
//!   text ──one pass of aho-corasick over the anchors──► family of detectors ──► Found ──mask──► text
//!                                                       provider, token, url, header, command, named
//! ```
//!
//! Precision comes before recall: a detector wants the shape that a provider documents, or a name or an
//! option that says what follows. What bears no such sign (a password in prose, a key without its name) is
//! not found. Time grows with the text's length: each anchor looks a bounded way ahead, and what was masked
//! or read by a family is not read by it again. Nothing is copied of a text without a secret.

mod command;
mod header;
mod named;
mod provider;
mod shape;
mod token;
mod url;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use ringtrue_core::PseudonymKey;

/// What kind of secret was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecretKind {
    /// A key of Amazon Web Services.
    AwsKey,
    /// A key or token of Google Cloud.
    GcpKey,
    /// A key or signature of Azure.
    AzureKey,
    /// A token of GitHub.
    GithubToken,
    /// A token of GitLab.
    GitlabToken,
    /// A token or hook of Slack.
    SlackToken,
    /// A key of Stripe.
    StripeKey,
    /// A token of another service whose tokens bear its mark.
    ServiceToken,
    /// A JSON web token.
    Jwt,
    /// A private key in PEM.
    PrivateKey,
    /// The password of a URL.
    UrlPassword,
    /// What stands in a header that authorises.
    Authorization,
    /// A password, by the option or the name before it.
    Password,
    /// A key or token, by the name before it.
    Key,
}

impl SecretKind {
    /// Every kind.
    pub const ALL: [Self; 14] = [
        Self::AwsKey,
        Self::GcpKey,
        Self::AzureKey,
        Self::GithubToken,
        Self::GitlabToken,
        Self::SlackToken,
        Self::StripeKey,
        Self::ServiceToken,
        Self::Jwt,
        Self::PrivateKey,
        Self::UrlPassword,
        Self::Authorization,
        Self::Password,
        Self::Key,
    ];

    /// Returns the kind's one text form.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::AwsKey => "aws-key",
            Self::GcpKey => "gcp-key",
            Self::AzureKey => "azure-key",
            Self::GithubToken => "github-token",
            Self::GitlabToken => "gitlab-token",
            Self::SlackToken => "slack-token",
            Self::StripeKey => "stripe-key",
            Self::ServiceToken => "service-token",
            Self::Jwt => "jwt",
            Self::PrivateKey => "private-key",
            Self::UrlPassword => "url-password",
            Self::Authorization => "authorization",
            Self::Password => "password",
            Self::Key => "key",
        }
    }
}

/// A secret, and the bytes of the text that are it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its bytes.
    pub range: Range<usize>,
    /// What it is.
    pub kind: SecretKind,
}

/// What one look at an anchor came to.
struct Look {
    /// The byte up to which the family need not look at its anchors again.
    read_to: usize,
}

/// Looks around an anchor that stands at a range of the text.
type Detect = fn(&[u8], Range<usize>, &mut Vec<Found>) -> Look;

/// Detectors that share a way of looking; the earlier ones know better what a secret is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Family {
    Provider,
    Token,
    Url,
    Header,
    Command,
    Named,
}

impl Family {
    const COUNT: usize = 6;
}

/// A piece of text that stands before or at the start of a secret; case does not count for finding it.
struct Anchor {
    text: &'static str,
    family: Family,
    detect: Detect,
}

struct Scanner {
    automaton: Option<AhoCorasick>,
    anchors: Vec<Anchor>,
}

static SCANNER: LazyLock<Scanner> = LazyLock::new(|| {
    let anchors: Vec<Anchor> = provider::anchors()
        .chain(token::anchors())
        .chain(url::anchors())
        .chain(header::anchors())
        .chain(command::anchors())
        .chain(named::anchors())
        .collect();
    let automaton = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::Standard)
        // Half the time of what is chosen by itself for so many anchors, for a megabyte or so.
        .kind(Some(AhoCorasickKind::DFA))
        .build(anchors.iter().map(|anchor| anchor.text));
    Scanner {
        // A few hundred short anchors are far below what the automaton can hold.
        automaton: automaton.ok(),
        anchors,
    }
});

/// How a mark begins; what begins so was masked before and is left as it is.
const MARK: &str = "__secret_";

/// Returns the secrets of `text`, in order and apart from each other.
#[must_use]
pub fn find(text: &str) -> Vec<Found> {
    let bytes = text.as_bytes();
    let scanner = &*SCANNER;
    let Some(automaton) = &scanner.automaton else {
        return Vec::new();
    };
    let mut read_to = [0_usize; Family::COUNT];
    let mut found: Vec<(Found, Family)> = Vec::new();
    let mut here = Vec::new();
    for hit in automaton.find_overlapping_iter(bytes) {
        let Some(anchor) = scanner.anchors.get(hit.pattern().as_usize()) else {
            continue;
        };
        let Some(read) = read_to.get_mut(anchor.family as usize) else {
            continue;
        };
        if hit.start() < *read {
            continue;
        }
        let look = (anchor.detect)(bytes, hit.start()..hit.end(), &mut here);
        *read = look.read_to.max(*read);
        found.extend(here.drain(..).map(|it| (it, anchor.family)));
    }
    found.retain(|(found, _)| !is_mark(bytes, &found.range));
    settle(text, found)
}

/// Orders what the families found; where two claim the same bytes, the one that begins first tells what they are,
/// of those that begin together the family that knows better, and nothing of either is left.
fn settle(text: &str, mut found: Vec<(Found, Family)>) -> Vec<Found> {
    found.sort_by_key(|(found, family)| (found.range.start, *family, found.range.end));
    let mut settled: Vec<Found> = Vec::with_capacity(found.len());
    for (mut found, _) in found {
        found.range.end = text.ceil_char_boundary(found.range.end);
        if let Some(last) = settled.last_mut()
            && found.range.start < last.range.end
        {
            last.range.end = last.range.end.max(found.range.end);
        } else if text.is_char_boundary(found.range.start) && !found.range.is_empty() {
            settled.push(found);
        }
    }
    settled
}

fn is_mark(bytes: &[u8], range: &Range<usize>) -> bool {
    bytes
        .get(range.clone())
        .is_some_and(|secret| secret.starts_with(MARK.as_bytes()))
}

/// Returns `text` with a mark in the place of each secret: `__secret_KIND_DIGITS__`, where equal digits mean
/// equal secrets under `key`. The mark is one word to a shell, to a URL and to a header.
#[must_use]
pub fn mask<'t>(text: &'t str, key: &PseudonymKey) -> Cow<'t, str> {
    let found = find(text);
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut masked = String::with_capacity(text.len());
    let mut kept_to = 0;
    for Found { range, kind } in found {
        masked.push_str(text.get(kept_to..range.start).unwrap_or(""));
        let secret = text.get(range.clone()).unwrap_or("");
        masked.push_str(&mark(kind, secret, key));
        kept_to = range.end;
    }
    masked.push_str(text.get(kept_to..).unwrap_or(""));
    Cow::Owned(masked)
}

/// Returns the mark that stands in the place of a secret.
#[must_use]
pub fn mark(kind: SecretKind, secret: &str, key: &PseudonymKey) -> String {
    format!("{MARK}{}_{}__", kind.word(), key.short(secret))
}

#[cfg(test)]
mod tests;
