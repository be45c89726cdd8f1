//! Links of a message: where they lead and what they show.

use memchr::memmem;

/// Where a link stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A link that a person clicks.
    Anchor,
    /// Where a form is sent.
    Form,
    /// What a program loads by itself.
    Resource,
    /// Written out in plain text.
    Text,
}

/// A link.
#[derive(Clone, Debug)]
pub(super) struct Link {
    /// Where it leads, as it was written.
    pub(super) target: String,
    /// The text that a person sees, cut at some length.
    pub(super) shown: String,
    pub(super) origin: Origin,
}

impl Link {
    pub(super) fn new(target: String, origin: Origin) -> Self {
        Self {
            target,
            shown: String::new(),
            origin,
        }
    }

    /// Returns whether it leads to a web page or a file.
    pub(super) fn is_web(&self) -> bool {
        let scheme = self.scheme();
        scheme.is_empty() && (self.target.starts_with("//") || has_dotted_host(&self.target))
            || ["http", "https", "ftp", "hxxp"]
                .iter()
                .any(|web| scheme.eq_ignore_ascii_case(web))
    }

    /// Returns the scheme as it was written, empty if there is none.
    pub(super) fn scheme(&self) -> &str {
        match self.target.split_once(':') {
            Some((scheme, _)) if is_scheme(scheme) => scheme,
            _ => "",
        }
    }

    /// Returns the host that the shown text names, if it looks like a URL or a host.
    pub(super) fn shown_host(&self) -> Option<String> {
        host_in_text(&self.shown)
    }
}

fn is_scheme(text: &str) -> bool {
    (1..=16).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-'))
}

fn has_dotted_host(target: &str) -> bool {
    let host = target.split(['/', '?', '#', '\\']).next().unwrap_or("");
    host.contains('.') && looks_like_host(host)
}

fn looks_like_host(host: &str) -> bool {
    let (name, top) = host.rsplit_once('.').unwrap_or(("", ""));
    !name.is_empty()
        && (2..=18).contains(&top.len())
        && top.bytes().all(|byte| byte.is_ascii_alphabetic())
        && host.bytes().all(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') || byte >= 0x80
        })
}

/// Returns the host that a text is or starts with, in lowercase, if people would take it for a web address.
pub(super) fn host_in_text(text: &str) -> Option<String> {
    let text = text.trim();
    let (schemed, rest) = match text.find("://") {
        Some(at) if at <= 8 => (true, text.get(at.saturating_add(3)..)?),
        _ => (false, text),
    };
    let host = rest.split(['/', '?', '#', '\\', ' ', ':', '\n']).next()?;
    let host = host.trim_end_matches(['.', ',', ')', '>']);
    let whole = host.len() == rest.len() || rest.as_bytes().get(host.len()) != Some(&b' ');
    // A sentence that starts with a file's name or an abbreviation is no address.
    let named = schemed
        || host
            .get(..4)
            .is_some_and(|www| www.eq_ignore_ascii_case("www."))
        || whole;
    (named && !host.contains('@') && looks_like_host(host)).then(|| host.to_lowercase())
}

/// Bytes before `://` that may be a scheme.
const SCHEME_BYTES_MAX: usize = 5;

/// Appends the links written out in `text`, until `links` holds `links_max`.
pub(super) fn find_in_text(text: &str, links: &mut Vec<Link>, links_max: usize) {
    let bytes = text.as_bytes();
    let mut behind = 0_usize;
    for at in memmem::find_iter(bytes, b"://") {
        if links.len() >= links_max {
            return;
        }
        let before = bytes.get(..at).unwrap_or(&[]);
        let letters = before
            .iter()
            .rev()
            .take(SCHEME_BYTES_MAX)
            .take_while(|byte| byte.is_ascii_alphabetic())
            .count();
        let start = at.saturating_sub(letters);
        if letters < 3 || start < behind {
            continue;
        }
        behind = end_of_link(text, at.saturating_add(3));
        push(text, start, behind, links);
    }
    behind = 0;
    for start in memmem::find_iter(bytes, b"www.") {
        if links.len() >= links_max {
            return;
        }
        let before = start.checked_sub(1).and_then(|at| bytes.get(at));
        let inside = before
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'@' | b'.'));
        if inside || start < behind {
            continue;
        }
        behind = end_of_link(text, start);
        push(text, start, behind, links);
    }
}

fn push(text: &str, start: usize, end: usize, links: &mut Vec<Link>) {
    if let Some(target) = text.get(start..end) {
        links.push(Link::new(target.to_owned(), Origin::Text));
    }
}

fn end_of_link(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or("");
    let end = rest
        .find(|letter: char| {
            letter.is_whitespace() || matches!(letter, '<' | '>' | '"' | '\'' | '`' | '|')
        })
        .unwrap_or(rest.len());
    let link = rest.get(..end).unwrap_or("");
    let link = link.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '}', '*', '_']);
    from.saturating_add(link.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_written_in_text() {
        let mut links = Vec::new();
        let text =
            "see http://a.example/x, (https://b.example/y) or www.c.example. ftp://d not://, a://b";
        find_in_text(text, &mut links, 10);
        let found: Vec<_> = links.iter().map(|link| link.target.as_str()).collect();
        assert_eq!(
            found,
            [
                "http://a.example/x",
                "https://b.example/y",
                "ftp://d",
                "not://",
                "www.c.example"
            ]
        );
        find_in_text(text, &mut links, 6);
        assert_eq!(links.len(), 6);
    }

    #[test]
    fn hosts_that_a_text_names() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(host_in_text(text).as_deref(), expected, "{text}");
        };
        check("http://www.Example.com/login", Some("www.example.com"));
        check("www.example.com today", Some("www.example.com"));
        check("example.com", Some("example.com"));
        check("Click here", None);
        check("e.g. this", None);
        check("a@example.com", None);
        check("", None);
    }

    #[test]
    fn targets_of_the_web() {
        let is_web = |target: &str| Link::new(target.to_owned(), Origin::Anchor).is_web();
        assert!(is_web("HTTP://x.example") && is_web("//x.example/a") && is_web("www.x.example/a"));
        assert!(!is_web("mailto:a@x.example") && !is_web("javascript:x()") && !is_web("cid:1"));
    }
}
