//! The parts of a URL, as written and as browsers read it.
//!
//! ```text
//!   text ─► cut at the limit ─► strip what browsers strip ─► split as written ─► Spans
//!                                         └─► WHATWG parser (with `http://` if no scheme) ─► Url
//! ```
//!
//! Parsing never fails: what the WHATWG parser refuses keeps the parts that the splitter found,
//! and an issue says why. Nothing is resolved.

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
    url: Option<Url>,
    /// The host where the parsed one cannot serve: refused URLs, upper-case opaque hosts.
    own_host: Option<String>,
    domain: DomainSpans,
    spelling: AddressSpelling,
    internal: bool,
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
        let url = parse_as_browsers(&clean, &spans, &mut issues);
        let lower = clean.to_ascii_lowercase();
        let mut parts = Self {
            text,
            bytes,
            clean,
            lower,
            spans,
            url,
            own_host: None,
            domain: DomainSpans::default(),
            spelling: AddressSpelling::Name,
            internal: false,
        };
        parts.read_host();
        (parts, issues)
    }

    fn read_host(&mut self) {
        let written = slice(&self.lower, &self.spans.host);
        let parsed = self.url.as_ref().and_then(Url::host_str);
        self.own_host = match parsed {
            Some(host) if host.bytes().any(|byte| byte.is_ascii_uppercase()) => {
                Some(host.to_ascii_lowercase())
            }
            Some(_) => None,
            None => Some(written.to_owned()),
        };
        match self.url.as_ref().and_then(Url::host) {
            Some(Host::Ipv4(four)) => {
                self.spelling = address::spelling(written);
                self.internal = address::is_internal_four(four);
            }
            Some(Host::Ipv6(six)) => {
                self.spelling = AddressSpelling::Six;
                self.internal = address::is_internal_six(six);
            }
            _ => self.domain = domain::split_host(self.host()),
        }
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

    /// Returns what browsers would show and request, or nothing if they refuse the URL.
    #[must_use]
    pub fn normal(&self) -> Option<&str> {
        self.url.as_ref().map(Url::as_str)
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
        self.own_host
            .as_deref()
            .or_else(|| self.url.as_ref().and_then(Url::host_str))
            .unwrap_or("")
    }

    /// Returns the port as it was written.
    #[must_use]
    pub fn written_port(&self) -> &str {
        slice(&self.clean, &self.spans.port)
    }

    /// Returns the port if it is written and not the scheme's own.
    #[must_use]
    pub fn unusual_port(&self) -> Option<u16> {
        match &self.url {
            Some(url) => url.port(),
            None => self.written_port().parse().ok(),
        }
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
    let dropped = |letter: char| matches!(letter, '\t' | '\n' | '\r');
    if trimmed.contains(dropped) {
        Cow::Owned(trimmed.replace(dropped, ""))
    } else {
        Cow::Borrowed(trimmed)
    }
}

fn parse_as_browsers(clean: &str, spans: &Spans, issues: &mut Vec<ParseIssue>) -> Option<Url> {
    if clean.is_empty() {
        issues.push(ParseIssue::Empty);
        return None;
    }
    let parsed = if spans.scheme.is_empty() {
        issues.push(ParseIssue::SchemeMissing);
        Url::parse(&format!("http://{}", clean.trim_start_matches(['/', '\\'])))
    } else {
        Url::parse(clean)
    };
    parsed
        .map_err(|error| issues.push(ParseIssue::Refused(error)))
        .ok()
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn ports() {
        let port = |text| UrlParts::parse(text, &Limits::default()).0.unusual_port();
        assert_eq!(port("http://h.example:80/"), None);
        assert_eq!(port("http://h.example:8080/"), Some(8080));
        assert_eq!(port("https://h.example:80/"), Some(80));
        assert_eq!(port("h.example:81/"), Some(81));
    }
}
