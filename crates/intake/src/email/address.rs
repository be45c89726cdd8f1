//! Addresses: a display name, what stands before the `@`, and the domain with its parts.
//!
//! The syntax (comments, groups, quotes, encoded words) is read by `mail-parser`; here a domain is cut by the
//! public suffix list and its owner named.

use mail_parser::parsers::MessageStream;
use mail_parser::{Addr, Address, HeaderValue};

use crate::url::domain::{DomainSpans, split_host};

/// One address with its display name.
#[derive(Clone, Debug, Default)]
pub(super) struct Mailbox {
    /// The display name, decoded; empty if there is none.
    pub(super) name: String,
    /// The whole address, lowercase.
    pub(super) address: String,
    at: usize,
    spans: DomainSpans,
}

impl Mailbox {
    fn new(name: &str, address: &str) -> Self {
        let address = address.trim().to_ascii_lowercase();
        let at = address.rfind('@').unwrap_or(address.len());
        let mut mailbox = Self {
            name: name.trim().to_owned(),
            address,
            at,
            spans: DomainSpans::default(),
        };
        mailbox.spans = split_host(mailbox.domain());
        mailbox
    }

    /// Returns what stands before the `@`.
    pub(super) fn local(&self) -> &str {
        self.address.get(..self.at).unwrap_or("")
    }

    /// Returns what stands behind the `@`.
    pub(super) fn domain(&self) -> &str {
        self.address
            .get(self.at.saturating_add(1)..)
            .unwrap_or("")
            .trim_end_matches(['>', '.', ' '])
    }

    /// Returns the label of the domain that somebody registered.
    pub(super) fn label(&self) -> &str {
        self.domain().get(self.spans.label.clone()).unwrap_or("")
    }

    /// Returns the public suffix of the domain.
    pub(super) fn suffix(&self) -> &str {
        self.domain().get(self.spans.suffix.clone()).unwrap_or("")
    }

    /// Returns the registrable domain, or the whole domain where it has none.
    pub(super) fn owner(&self) -> &str {
        owner_of(self.domain(), &self.spans)
    }
}

fn owner_of<'host>(host: &'host str, spans: &DomainSpans) -> &'host str {
    let end = spans.suffix.end.max(spans.label.end);
    match host.get(spans.label.start..end) {
        Some(owner) if !owner.is_empty() => owner,
        _ => host,
    }
}

/// Returns the registrable part of `host` (lowercase), or all of it where it has none.
pub(super) fn registrable(host: &str) -> &str {
    owner_of(host, &split_host(host))
}

/// Reads the addresses of a header's value, which ends in a newline.
pub(super) fn read_addresses(value: &str) -> Vec<Mailbox> {
    let HeaderValue::Address(found) = MessageStream::new(value.as_bytes()).parse_address() else {
        return Vec::new();
    };
    let read = |one: &Addr<'_>| {
        let name = one.name.as_deref().unwrap_or("");
        match one.address.as_deref() {
            Some(address) => Mailbox::new(name, address),
            // A bare word: a name if it holds no `@`.
            None if name.contains('@') => Mailbox::new("", name),
            None => Mailbox::new(name, ""),
        }
    };
    let mut mailboxes: Vec<Mailbox> = match &found {
        Address::List(list) => list.iter().map(read).collect(),
        Address::Group(groups) => groups
            .iter()
            .flat_map(|group| &group.addresses)
            .map(read)
            .collect(),
    };
    // Marks in a name that is not quoted may hide the address from a strict reader, not from people.
    if let [only] = mailboxes.as_mut_slice()
        && only.domain().is_empty()
        && let Some((_, tail)) = value.rsplit_once('<')
        && let Some((address, _)) = tail.split_once('>')
        && address.contains('@')
    {
        *only = Mailbox::new(&only.name, address);
    }
    mailboxes
}

/// Domains where anybody gets a mailbox. Sorted.
const FREE_MAIL: &[&str] = &[
    "126.com",
    "163.com",
    "aim.com",
    "aol.com",
    "att.net",
    "bigfoot.com",
    "btinternet.com",
    "caramail.com",
    "comcast.net",
    "earthlink.net",
    "email.com",
    "excite.com",
    "fastmail.com",
    "fastmail.fm",
    "free.fr",
    "freemail.hu",
    "gawab.com",
    "gmail.com",
    "gmx.at",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hanmail.net",
    "hotmail.co.uk",
    "hotmail.com",
    "hotmail.de",
    "hotmail.fr",
    "hotmail.it",
    "hushmail.com",
    "icloud.com",
    "inbox.lv",
    "inbox.ru",
    "juno.com",
    "laposte.net",
    "latinmail.com",
    "libero.it",
    "live.co.uk",
    "live.com",
    "live.fr",
    "lycos.com",
    "mac.com",
    "mail.com",
    "mail.ru",
    "mailcity.com",
    "me.com",
    "msn.com",
    "naver.com",
    "netscape.net",
    "netzero.net",
    "orange.fr",
    "outlook.com",
    "outlook.de",
    "outlook.fr",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "rediffmail.com",
    "rocketmail.com",
    "sbcglobal.net",
    "seznam.cz",
    "sina.com",
    "sohu.com",
    "t-online.de",
    "terra.com.br",
    "tiscali.it",
    "tutanota.com",
    "uol.com.br",
    "usa.net",
    "verizon.net",
    "virgilio.it",
    "wanadoo.fr",
    "web.de",
    "wp.pl",
    "yahoo.ca",
    "yahoo.co.in",
    "yahoo.co.jp",
    "yahoo.co.uk",
    "yahoo.com",
    "yahoo.com.br",
    "yahoo.de",
    "yahoo.es",
    "yahoo.fr",
    "yahoo.it",
    "yandex.com",
    "yandex.ru",
    "yeah.net",
    "ymail.com",
    "zoho.com",
    "zonnet.nl",
];

/// Returns whether anybody gets a mailbox at `domain` (registrable, lowercase).
pub(super) fn is_free_mail(domain: &str) -> bool {
    FREE_MAIL.binary_search(&domain).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted() {
        assert!(FREE_MAIL.is_sorted_by(|left, right| left < right));
    }

    #[test]
    fn addresses_of_every_spelling() {
        let check = |value: &str, expected: &[(&str, &str, &str)]| {
            let found = read_addresses(value);
            let found: Vec<_> = found
                .iter()
                .map(|one| (one.name.as_str(), one.local(), one.owner()))
                .collect();
            assert_eq!(found, expected, "{value}");
        };
        check(
            " \"Example, Inc.\" <Info@Mail.Example.co.uk>\n",
            &[("Example, Inc.", "info", "example.co.uk")],
        );
        check(" a@b.example (A B)\n", &[("A B", "a", "b.example")]);
        check(
            " =?utf-8?q?J=C3=A9?= <j@example.com>,\n k@example.org\n",
            &[("Jé", "j", "example.com"), ("", "k", "example.org")],
        );
        check(" undisclosed-recipients:;\n", &[]);
        check("\n", &[]);
    }
}
