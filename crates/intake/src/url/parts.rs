//! The parts of a URL, as written and as browsers read it.
//!
//! ```text
//!   text ─► cut at the limit ─► strip what browsers strip ─► split as written ─► Spans
//!                                         └─► WHATWG parser (with `http://` if no scheme) ─► host, port
//! ```
//!
//! Parsing never fails: what the WHATWG parser refuses keeps the parts that the splitter found,
//! and an issue says why. Most URLs name their host plainly: what browsers make of those is known without
//! their parser. Nothing is resolved.

use std::borrow::Cow;

use ::url::{Host, ParseError, Url};
use ringtrue_core::Limits;

use super::address::{self, AddressSpelling};
use super::domain::{self, DomainSpans, SuffixKind};
use super::split::{self, Spans, slice};

/// What was unusual about a URL's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseIssue {
    /// Nothing stands there, or only blanks.
    #[error("the URL is empty")]
    Empty,
    /// Only the bytes within the limit were read; lengths count all.
    #[error("only the first {limit} bytes of the URL were read: {bytes}")]
    TooLong {
        /// Bytes of the whole text.
        bytes: usize,
        /// Bytes that were read.
        limit: usize,
    },
    /// Browsers drop blanks and control characters around a URL, and tabs and newlines within.
    #[error("blanks or control characters were stripped from the URL: {bytes} bytes")]
    Stripped {
        /// Bytes that were dropped.
        bytes: usize,
    },
    /// It was read as if `http://` stood before it.
    #[error("the URL has no scheme")]
    SchemeMissing,
    /// The parts are those of a lenient splitter.
    #[error("browsers refuse the URL: {0}")]
    Refused(ParseError),
}

/// The parts of one URL.
///
/// Parts whose name starts with `written` are bytes of the text, undecoded; the others are what a
/// browser makes of it. Every part is empty where the URL lacks it.
#[derive(Clone, Debug)]
pub struct UrlParts<'text> {
    text: &'text str,
    bytes: usize,
    clean: Cow<'text, str>,
    lower: String,
    spans: Spans,
    /// The host as browsers read it, where that is not what was written in lowercase.
    read_host: Option<String>,
    unusual_port: Option<u16>,
    domain: DomainSpans,
    spelling: AddressSpelling,
    internal: bool,
    foreign: bool,
}

impl<'text> UrlParts<'text> {
    /// Parses `text`; only its first `limits.url_bytes_max` bytes are looked at.
    #[must_use]
    pub fn parse(text: &'text str, limits: &Limits) -> (Self, Vec<ParseIssue>) {
        let mut issues = Vec::new();
        let bytes = text.len();
        let text = slice(text, &(0..text.floor_char_boundary(limits.url_bytes_max)));
        if text.len() < bytes {
            let limit = limits.url_bytes_max;
            issues.push(ParseIssue::TooLong { bytes, limit });
        }
        let clean = strip(text);
        if clean.len() < text.len() {
            let bytes = text.len().saturating_sub(clean.len());
            issues.push(ParseIssue::Stripped { bytes });
        }
        let spans = split::split(&clean);
        let lower = clean.to_ascii_lowercase();
        let mut parts = Self {
            text,
            bytes,
            clean,
            lower,
            spans,
            read_host: None,
            unusual_port: None,
            domain: DomainSpans::default(),
            spelling: AddressSpelling::Name,
            internal: false,
            foreign: false,
        };
        if parts.is_plain() {
            parts.note_missing_scheme(&mut issues);
        } else {
            parts.read_as_browsers(&mut issues);
            parts.foreign = parts.host().contains("xn--");
        }
        if parts.spelling == AddressSpelling::Name {
            parts.domain = domain::split_host(parts.host());
        }
        (parts, issues)
    }

    /// Returns whether browsers take the URL for one of the web, and read its host as it stands there, in lowercase.
    fn is_plain(&self) -> bool {
        matches!(self.scheme(), "" | "http" | "https")
            && self.spans.userinfo.is_empty()
            && self.spans.host.end == self.spans.path.start
            && is_plain_host(slice(&self.lower, &self.spans.host))
    }

    fn note_missing_scheme(&self, issues: &mut Vec<ParseIssue>) {
        if self.spans.scheme.is_empty() {
            issues.push(ParseIssue::SchemeMissing);
        }
    }

    /// Asks the parser that does what browsers do for host and port.
    fn read_as_browsers(&mut self, issues: &mut Vec<ParseIssue>) {
        if self.clean.is_empty() {
            issues.push(ParseIssue::Empty);
            return;
        }
        self.note_missing_scheme(issues);
        let parsed = if self.spans.scheme.is_empty() {
            let rest = self.clean.trim_start_matches(['/', '\\']);
            Url::parse(&format!("http://{rest}"))
        } else {
            Url::parse(&self.clean)
        };
        let url = match parsed {
            Ok(url) => url,
            Err(error) => {
                issues.push(ParseIssue::Refused(error));
                self.unusual_port = self.written_port().parse().ok();
                return;
            }
        };
        self.unusual_port = url.port();
        let written = slice(&self.lower, &self.spans.host);
        match url.host() {
            Some(Host::Ipv4(four)) => {
                self.spelling = address::spelling(written);
                self.internal = address::is_internal_four(four);
            }
            Some(Host::Ipv6(six)) => {
                self.spelling = AddressSpelling::Six;
                self.internal = address::is_internal_six(six);
            }
            _ => {}
        }
        let read = url.host_str().map(str::to_ascii_lowercase);
        self.read_host = read.filter(|read| read != written);
    }

    /// Returns the text that was read, before anything was stripped.
    #[must_use]
    pub const fn text(&self) -> &'text str {
        self.text
    }

    /// Returns the length of the whole text in bytes, beyond the limit too.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Returns the text without what browsers strip.
    #[must_use]
    pub fn written(&self) -> &str {
        &self.clean
    }

    /// Returns the scheme in lowercase; `http` is not filled in where none was written.
    #[must_use]
    pub fn scheme(&self) -> &str {
        slice(&self.lower, &self.spans.scheme)
    }

    /// Returns the user-info.
    #[must_use]
    pub fn written_userinfo(&self) -> &str {
        slice(&self.clean, &self.spans.userinfo)
    }

    /// Returns the host as it was written.
    #[must_use]
    pub fn written_host(&self) -> &str {
        slice(&self.clean, &self.spans.host)
    }

    /// Returns the host as browsers read it: lowercase, decoded, in ASCII (`xn--`), addresses in
    /// their usual form.
    #[must_use]
    pub fn host(&self) -> &str {
        let written = || slice(&self.lower, &self.spans.host);
        self.read_host.as_deref().unwrap_or_else(written)
    }

    /// Returns whether the host's name holds letters beyond plain ASCII, coded (`xn--`).
    #[must_use]
    pub const fn has_foreign_letters(&self) -> bool {
        self.foreign
    }

    /// Returns the port as it was written.
    #[must_use]
    pub fn written_port(&self) -> &str {
        slice(&self.clean, &self.spans.port)
    }

    /// Returns the port if it is written and not the scheme's own.
    #[must_use]
    pub const fn unusual_port(&self) -> Option<u16> {
        self.unusual_port
    }

    /// Returns the path as it was written.
    #[must_use]
    pub fn written_path(&self) -> &str {
        slice(&self.clean, &self.spans.path)
    }

    /// Returns the query as it was written, without the `?`.
    #[must_use]
    pub fn written_query(&self) -> &str {
        slice(&self.clean, &self.spans.query)
    }

    /// Returns the fragment as it was written, without the `#`.
    #[must_use]
    pub fn written_fragment(&self) -> &str {
        slice(&self.clean, &self.spans.fragment)
    }

    /// Returns the path in lowercase, otherwise as it was written.
    #[must_use]
    pub fn lower_path(&self) -> &str {
        slice(&self.lower, &self.spans.path)
    }

    /// Returns the query in lowercase, otherwise as it was written.
    #[must_use]
    pub fn lower_query(&self) -> &str {
        slice(&self.lower, &self.spans.query)
    }

    /// Returns the fragment in lowercase, otherwise as it was written.
    #[must_use]
    pub fn lower_fragment(&self) -> &str {
        slice(&self.lower, &self.spans.fragment)
    }

    /// Returns everything after the host and port, in lowercase.
    pub(super) fn lower_tail(&self) -> &str {
        slice(&self.lower, &(self.spans.path.start..self.lower.len()))
    }

    /// Returns where in [`Self::lower_tail`] the path ends.
    pub(super) const fn path_bytes(&self) -> usize {
        self.spans.path.end.saturating_sub(self.spans.path.start)
    }

    /// Returns everything after the host and port, as it was written.
    pub(super) fn written_tail(&self) -> &str {
        slice(&self.clean, &(self.spans.path.start..self.clean.len()))
    }

    /// Returns the host's labels before the registrable one, without the last dot.
    #[must_use]
    pub fn subdomain(&self) -> &str {
        slice(self.host(), &self.domain.subdomain)
    }

    /// Returns the label that somebody registered, without the suffix.
    #[must_use]
    pub fn registrable_label(&self) -> &str {
        slice(self.host(), &self.domain.label)
    }

    /// Returns the public suffix; a company's suffix for its customers (`github.io`) counts.
    #[must_use]
    pub fn suffix(&self) -> &str {
        slice(self.host(), &self.domain.suffix)
    }

    /// Returns the suffix that a registry runs: that above a private one.
    #[must_use]
    pub fn registry_suffix(&self) -> &str {
        slice(self.host(), &self.domain.registry_suffix)
    }

    /// Returns what kind of suffix it is.
    #[must_use]
    pub const fn suffix_kind(&self) -> SuffixKind {
        self.domain.kind
    }

    /// Returns the registrable domain (label and suffix), or the whole host if it has none: what
    /// one owner holds, and what events are grouped by.
    #[must_use]
    pub fn registrable_domain(&self) -> &str {
        if self.domain.label.is_empty() {
            return self.host();
        }
        let end = self.domain.suffix.end.max(self.domain.label.end);
        slice(self.host(), &(self.domain.label.start..end))
    }

    /// Returns how the host was spelled if it is an address.
    #[must_use]
    pub const fn address_spelling(&self) -> AddressSpelling {
        self.spelling
    }

    /// Returns whether the host is an address within a machine or a network.
    #[must_use]
    pub const fn is_internal_address(&self) -> bool {
        self.internal
    }
}

/// Drops what browsers drop: blanks and controls at both ends, tabs and newlines anywhere.
fn strip(text: &str) -> Cow<'_, str> {
    let trimmed = text.trim_matches(|letter: char| letter <= ' ');
    if memchr::memchr3(b'\t', b'\n', b'\r', trimmed.as_bytes()).is_some() {
        Cow::Owned(trimmed.replace(['\t', '\n', '\r'], ""))
    } else {
        Cow::Borrowed(trimmed)
    }
}

/// Returns whether `host` (lowercase) is a name of ASCII letters, digits, hyphens and single dots that codes nothing
/// (`xn--`), with a last label that cannot be part of an address.
fn is_plain_host(host: &str) -> bool {
    let mut before = b'.';
    let mut starts_with_letter = false;
    for byte in host.bytes() {
        match (byte, before) {
            (b'a'..=b'z', b'.') => starts_with_letter = true,
            (b'0'..=b'9', b'.') => starts_with_letter = false,
            // Two hyphens may stand behind `xn`.
            (b'.', b'.') | (b'-', b'.' | b'-') => return false,
            (b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.', _) => {}
            _ => return false,
        }
        before = byte;
    }
    before != b'.' && starts_with_letter
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_limit_cuts_content_and_keeps_the_length() {
        let limits = Limits {
            url_bytes_max: 20,
            ..Limits::default()
        };
        let text = format!("http://h.example/é{}", "a".repeat(100));
        let (parts, issues) = UrlParts::parse(&text, &limits);
        assert_eq!(parts.bytes(), text.len());
        assert_eq!(parts.text(), "http://h.example/éa");
        assert_eq!(
            issues,
            [ParseIssue::TooLong {
                bytes: text.len(),
                limit: 20
            }]
        );
    }

    /// What was read of a URL by [`UrlParts::read_as_browsers`].
    fn read_slowly<'text>(parts: &UrlParts<'text>) -> (UrlParts<'text>, Vec<ParseIssue>) {
        let (mut slow, mut issues) = (parts.clone(), Vec::new());
        slow.read_as_browsers(&mut issues);
        (slow, issues)
    }

    proptest! {
        #[test]
        fn browsers_read_plain_hosts_as_they_stand(
            scheme in "(|https?:|HTTP:)[/\\\\]{0,3}",
            host in "[a-z0-9xX-]{0,5}([.-][a-zA-Z0-9_%.-]{1,5}){0,3}",
            tail in "([/?#:@\\\\][ -~é]{0,6}){0,3}",
        ) {
            let text = format!("{scheme}{host}{tail}");
            let (parts, issues) = UrlParts::parse(&text, &Limits::default());
            if parts.is_plain() {
                let (slow, slow_issues) = read_slowly(&parts);
                prop_assert!(issues.ends_with(&slow_issues));
                prop_assert_eq!(parts.host(), slow.host());
                prop_assert_eq!(parts.unusual_port(), slow.unusual_port());
                prop_assert_eq!(parts.address_spelling(), slow.address_spelling());
                prop_assert!(!slow.host().contains("xn--"));
            }
        }
    }

    #[test]
    fn plain_hosts() {
        for host in ["example.com", "a-b.3c.example", "localhost", "1and1.com"] {
            assert!(is_plain_host(host), "{host}");
        }
        for host in [
            "",
            ".",
            "a.",
            ".a",
            "a..b",
            "1.2.3.4",
            "a.0x1",
            "xn--a.com",
            "a_b.com",
            "-a.com",
            "[::1]",
            "é.com",
            "%61.com",
        ] {
            assert!(!is_plain_host(host), "{host}");
        }
    }

    #[test]
    fn ports() {
        let port = |text| UrlParts::parse(text, &Limits::default()).0.unusual_port();
        assert_eq!(port("http://h.example:80/"), None);
        assert_eq!(port("http://h.example:8080/"), Some(8080));
        assert_eq!(port("https://h.example:80/"), Some(80));
        assert_eq!(port("h.example:81/"), Some(81));
    }
}
