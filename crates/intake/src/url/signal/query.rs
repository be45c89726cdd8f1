//! Query: parameters, embedded places, addresses of people.
//!
//! Parameters are cut at `&` and `;`; a key's meaning comes from short lists of names. Embedded
//! URLs and e-mail addresses count in path and fragment too.

use ringtrue_core::signal::Privacy;

use super::{Signal, Theme, flag};
use crate::url::parts::UrlParts;

pub(in crate::url) const THEME: Theme = Theme {
    name: "query",
    together: &["length", "words", "disguise"],
    privacy: Privacy::Derived,
    cost_minutes: 0.5,
    signals: &[
        Signal::count(
            "parameters",
            "of the number of parameters in the query",
            |facts| facts.parameters.count as f32,
        ),
        Signal::bytes(
            "longest_value",
            "of the longest value in the query",
            |facts| facts.parameters.longest as f32,
        ),
        Signal::count(
            "keys_without_value",
            "the query holds parameters without a value",
            |facts| facts.parameters.without_value as f32,
        ),
        Signal::bits(
            "query_entropy",
            "of the variety of letters in the query",
            |facts| facts.query.entropy,
        ),
        Signal::bytes(
            "coded_value",
            "of the longest word behind the host that looks like coded bytes",
            |facts| facts.parameters.coded as f32,
        ),
        Signal::flag(
            "redirect_key",
            "a parameter names a place to be sent on to",
            |facts| flag(facts.parameters.redirect),
        ),
        Signal::flag(
            "session_key",
            "a parameter carries a session or a token",
            |facts| flag(facts.parameters.session),
        ),
        Signal::count(
            "embedded_urls",
            "another URL stands inside the URL",
            |facts| facts.marks.embedded_urls as f32,
        ),
        Signal::flag(
            "email_inside",
            "an e-mail address stands inside the URL",
            |facts| flag(facts.parameters.email),
        ),
    ],
};

/// Bytes from which a word counts as coded.
const CODED_BYTES_MIN: usize = 20;
/// Parameters whose keys are looked at.
const PARAMETERS_MAX: usize = 256;

/// What the parameters look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::url) struct Parameters {
    count: usize,
    longest: usize,
    without_value: usize,
    coded: usize,
    redirect: bool,
    session: bool,
    email: bool,
}

impl Parameters {
    /// Reads the query of a URL; `has_marks` says whether an `@` or an escape stands behind its host.
    pub(in crate::url) fn read(parts: &UrlParts<'_>, has_marks: bool) -> Self {
        let mut found = Self {
            coded: longest_coded(parts.written_tail()),
            email: has_marks && has_email(parts.lower_tail()),
            ..Self::default()
        };
        let query = parts.lower_query();
        if !query.is_empty() {
            for pair in query.split(['&', ';']).take(PARAMETERS_MAX) {
                found.see(pair);
            }
        }
        found
    }

    fn see(&mut self, pair: &str) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        self.count = self.count.saturating_add(1);
        self.longest = self.longest.max(value.len());
        self.without_value = self
            .without_value
            .saturating_add(usize::from(value.is_empty()));
        match key {
            "url" | "u" | "redirect" | "redirect_uri" | "redirect_url" | "redirecturl"
            | "redir" | "next" | "goto" | "dest" | "destination" | "return" | "returnurl"
            | "return_to" | "return_url" | "continue" | "target" | "out" | "link" | "rurl"
            | "forward" | "to" | "callback" | "ref_url" | "backurl" => self.redirect = true,
            "sid" | "phpsessid" | "jsessionid" | "sessionid" | "session" | "session_id"
            | "sess" | "token" | "auth" | "access_token" | "aspsessionid" | "dispatch"
            | "login_id" | "userid" | "email" | "rand" => self.session = true,
            _ => {}
        }
    }
}

/// Whether each byte ends a word that may be coded bytes.
static ENDS_CODED: [bool; 256] = {
    let mut ends = [false; 256];
    let mut rest: &mut [bool] = &mut ends;
    let mut byte = 0_u8;
    while let Some((first, others)) = rest.split_first_mut() {
        *first =
            !matches!(byte, b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'-' | b'+' | b'=');
        rest = others;
        byte = byte.wrapping_add(1);
    }
    ends
};

/// Returns the length of the longest word of 20 bytes and more that holds letters of both cases
/// or of one and a digit, as coded bytes (Base64, hexadecimal) do.
fn longest_coded(tail: &str) -> usize {
    let ends_word = |byte: &u8| ENDS_CODED.get(usize::from(*byte)).is_some_and(|ends| *ends);
    let mut longest = 0;
    let mut rest = tail.as_bytes();
    // A word begins with `rest`: no word is long enough that ends among so many bytes, whatever stands before its end.
    while let Some(begin) = rest.get(..CODED_BYTES_MIN) {
        let mut end = begin.iter().rposition(ends_word);
        if end.is_none() {
            end = rest.iter().position(ends_word);
            let word = end.and_then(|end| rest.get(..end)).unwrap_or(rest);
            let digits = word.iter().filter(|byte| byte.is_ascii_digit()).count();
            if digits > 0 && digits < word.len() {
                longest = longest.max(word.len());
            }
        }
        rest = end
            .and_then(|end| rest.get(end.saturating_add(1)..))
            .unwrap_or(&[]);
    }
    longest
}

/// Returns whether an `@`, escaped or not, stands between a word and a name with a dot.
fn has_email(tail: &str) -> bool {
    let joins = |(before, after): (&str, &str)| {
        let named = before.ends_with(|letter: char| letter.is_ascii_alphanumeric());
        let host = after
            .bytes()
            .take_while(|byte| byte.is_ascii_alphanumeric() || b".-".contains(byte))
            .count();
        let host = after.get(..host).unwrap_or("");
        let dot = host.find('.').unwrap_or(0);
        named && dot > 0 && host.len() > dot.saturating_add(2)
    };
    tail.split_once('@').is_some_and(joins) || tail.split_once("%40").is_some_and(joins)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_people() {
        assert!(has_email("/x?e=joe%40mail.example&a"));
        assert!(has_email("/#joe@mail.example"));
        assert!(!has_email("/@joe/status"));
        assert!(!has_email("/joe@home"));
    }

    #[test]
    fn coded_words() {
        assert_eq!(longest_coded("/a/QWxhZGRpbjpvcGVuIHNlc2FtZQ==/b"), 28);
        assert_eq!(longest_coded("/how-to-grow-a-very-large-garden"), 0);
        assert_eq!(longest_coded("/12345678901234567890"), 0);
        let (long, short) = ("a1".repeat(12), "a1".repeat(10));
        for before in 0..30 {
            let text = format!("{}/b1/{long}?{}a", "x".repeat(before), short);
            assert_eq!(longest_coded(&text), 24, "{text}");
        }
    }
}
