//! A URL of the web in pieces that can be changed and put together again, and the one attack that all others are.
//!
//! ```text
//!   text ─► Web (read as browsers do) ─► Draft ─► an attack changes pieces ─► text ─► read again: same origin?
//! ```
//!
//! What is no URL of the web (`http`, `https` or without a scheme, with a host that browsers accept) is not changed. An attack
//! that says that a parser proves it right ([`Verified::Parse`]) gives nothing where the origin did not stay.

use ::url::{Origin, Url};
use ringtrue_core::Limits;
use ringtrue_core::random::Random;
use ringtrue_intake::url::{AddressSpelling, SuffixKind, UrlParts};

use crate::artefact::{Attack, Declaration, Material, Verified};

/// Bytes that one change adds at most. Together with the limit of intake's parser, beyond which nothing is changed, no chain
/// of changes grows further than that.
pub(super) const GROWTH_BYTES_MAX: usize = 2_048;

/// A way of changing URLs: what it is, and how it changes the pieces of one.
pub(super) struct UrlAttack {
    pub(super) declaration: &'static Declaration,
    /// Returns the pieces after the change, `None` where there is nothing to change.
    pub(super) change: fn(&Web<'_>, &Material, &mut Random) -> Option<Draft>,
}

impl Attack<str> for UrlAttack {
    fn declaration(&self) -> &'static Declaration {
        self.declaration
    }

    fn change(&self, artefact: &str, material: &Material, random: &mut Random) -> Option<String> {
        let web = Web::read(artefact)?;
        let text = (self.change)(&web, material, random)?.write();
        if text == web.draft().write()
            || text.len() > artefact.len().saturating_add(GROWTH_BYTES_MAX)
        {
            return None;
        }
        let origin = Web::read(&text)?.origin;
        let is_sure = self.declaration.verified == Verified::Assumed || origin == web.origin;
        is_sure.then_some(text)
    }
}

/// A URL of the web as it was read.
pub(super) struct Web<'text> {
    pub(super) parts: UrlParts<'text>,
    origin: Origin,
}

impl<'text> Web<'text> {
    /// Reads a URL; `None` for what is none of the web or too long.
    pub(super) fn read(text: &'text str) -> Option<Self> {
        let (parts, _) = UrlParts::parse(text, &Limits::default());
        let is_whole = parts.bytes() == parts.text().len();
        let is_web = matches!(parts.scheme(), "" | "http" | "https");
        if !is_whole || !is_web || parts.written_host().is_empty() {
            return None;
        }
        let origin = read_as_browsers(&parts)?.origin();
        Some(Self { parts, origin })
    }

    /// Returns its pieces as they were written.
    pub(super) fn draft(&self) -> Draft {
        let parts = &self.parts;
        let scheme = parts.written().get(..parts.scheme().len());
        Draft {
            scheme: scheme.unwrap_or_default().to_owned(),
            userinfo: parts.written_userinfo().to_owned(),
            host: parts.written_host().to_owned(),
            port: parts.written_port().to_owned(),
            path: parts.written_path().to_owned(),
            query: parts.written_query().to_owned(),
            fragment: parts.written_fragment().to_owned(),
        }
    }

    /// Returns whether the host is a name, and no address.
    pub(super) fn is_named(&self) -> bool {
        self.parts.address_spelling() == AddressSpelling::Name
    }

    /// Returns whether its owner can give names below it: a domain that somebody registered, of no provider's customers.
    pub(super) fn has_own_names(&self) -> bool {
        self.is_named()
            && !self.parts.suffix().is_empty()
            && !self.parts.registrable_label().is_empty()
            && self.parts.suffix_kind() != SuffixKind::Private
            && !self.is_strangers()
    }

    /// Returns whether a service for strangers stands there, whose paths and names are not the attacker's.
    pub(super) fn is_strangers(&self) -> bool {
        super::stranger::is_stranger(self.parts.host())
    }
}

fn read_as_browsers(parts: &UrlParts<'_>) -> Option<Url> {
    let written = parts.written();
    if parts.scheme().is_empty() {
        let rest = written.trim_start_matches(['/', '\\']);
        Url::parse(&format!("http://{rest}")).ok()
    } else {
        Url::parse(written).ok()
    }
}

/// The pieces of a URL, each without the marks that part it from others, but for the path.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    pub(super) scheme: String,
    pub(super) userinfo: String,
    pub(super) host: String,
    pub(super) port: String,
    /// With the slash in front, unless it is empty.
    pub(super) path: String,
    pub(super) query: String,
    pub(super) fragment: String,
}

impl Draft {
    /// Puts the pieces together.
    pub(super) fn write(&self) -> String {
        let pieces = [
            (self.scheme.as_str(), "", "://"),
            (&self.userinfo, "", "@"),
            (&self.host, "", ""),
            (&self.port, ":", ""),
            (&self.path, "", ""),
            (&self.query, "?", ""),
            (&self.fragment, "#", ""),
        ];
        let mut text = String::new();
        for (piece, before, after) in pieces {
            if !piece.is_empty() {
                text.extend([before, piece, after]);
            }
        }
        text
    }

    /// Leads to another host by a plain link: no user, no port.
    pub(super) fn move_to(&mut self, scheme: &str, host: String) {
        scheme.clone_into(&mut self.scheme);
        self.userinfo.clear();
        self.host = host;
        self.port.clear();
    }

    /// Returns the parameters of the query.
    pub(super) fn parameters(&self) -> Vec<String> {
        let parameters = self.query.split('&').filter(|one| !one.is_empty());
        parameters.map(str::to_owned).collect()
    }
}

/// Puts `piece` into `path` in front of its slash number `slash`; at its end if there are fewer.
pub(super) fn insert_at_slash(path: &str, slash: usize, piece: &str) -> String {
    let place = path.match_indices('/').nth(slash);
    let place = place.map_or(path.len(), |(place, _)| place);
    let (before, after) = path.split_at_checked(place).unwrap_or((path, ""));
    [before, piece, after].concat()
}

/// Returns the slashes of `path`.
pub(super) fn slashes(path: &str) -> usize {
    path.matches('/').count()
}

/// Returns whether `byte` may stand anywhere in a URL as it is (RFC 3986, unreserved).
pub(super) const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Writes `text` so that it can be the value of a parameter.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len().saturating_mul(2));
    for byte in text.bytes() {
        if is_unreserved(byte) {
            out.push(char::from(byte));
        } else {
            push_escape(byte, &mut out);
        }
    }
    out
}

/// Appends `byte` as a percent sign and two digits.
pub(super) fn push_escape(byte: u8, out: &mut String) {
    out.push('%');
    for digit in [byte >> 4, byte & 15] {
        let digit = char::from_digit(u32::from(digit), 16).unwrap_or('0');
        out.push(digit.to_ascii_uppercase());
    }
}
