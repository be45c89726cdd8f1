//! The shape of headers: what a mail program's habits look like, without what is personal in them.
//!
//! ```text
//!   names in order ─► one line each
//!   Message-ID, Date, boundary, Received, mailer ─► one line each: letters as `a`, digits as `0`, runs joined
//! ```
//!
//! Headers in which other products give verdicts are left out of both; they have lines of their own.

use super::address::registrable;
use super::mail::Mail;

/// Bytes of a shape that are kept.
const SHAPE_BYTES_MAX: usize = 96;
/// Headers whose names are kept.
const NAMES_MAX: usize = 96;
/// `Received` headers whose shape is kept.
const ROUTE_MAX: usize = 6;

/// Headers whose values are habits of a program; the shape of the value is kept.
const SHAPED: &[(&str, &str)] = &[
    ("message-id", "id "),
    ("date", "date "),
    ("mime-version", "mime "),
    ("to", "to "),
];

/// Headers whose values name a program or a way of sending; their words are kept, numbers as `0`.
const WORDED: &[(&str, &str)] = &[
    ("x-mailer", "mailer "),
    ("user-agent", "mailer "),
    ("x-mimeole", "mimeole "),
    ("precedence", "precedence "),
    ("x-priority", "priority "),
    ("importance", "importance "),
    ("content-type", "type "),
    ("content-transfer-encoding", "encoding "),
    ("auto-submitted", "auto "),
];

/// What the headers of a message look like.
#[derive(Clone, Debug, Default)]
pub(super) struct Shape {
    /// Names in order as they were written, each on a line.
    pub(super) names: String,
    /// Shapes of values, each on a line.
    pub(super) values: String,
    /// Words of values, each on a line behind its header's name; of `Received` the hosts, their owners and networks.
    pub(super) words: String,
    /// What other products said: names with their values, each on a line.
    pub(super) verdicts: String,
}

impl Shape {
    pub(super) fn read(mail: &Mail) -> Self {
        let mut shape = Self::default();
        let mut hops = 0_usize;
        for (name, value) in mail.head.verdicts().take(NAMES_MAX) {
            shape.verdicts.push_str(name);
            push_line(&mut shape.verdicts, " ", value.trim(), str::to_owned);
        }
        for (name, value) in mail.head.own().take(NAMES_MAX) {
            shape.names.push_str(name);
            shape.names.push('\n');
            let listed = |list: &'static [(&str, &str)]| {
                let mut found = list
                    .iter()
                    .filter(|(listed, _)| name.eq_ignore_ascii_case(listed));
                found.next().map(|(_, mark)| *mark)
            };
            if let Some(mark) = listed(SHAPED) {
                push_line(&mut shape.values, mark, value.trim(), shape_of);
            } else if let Some(mark) = listed(WORDED) {
                let value = value.split(';').next().unwrap_or("");
                push_line(&mut shape.values, mark, value.trim(), words_of);
            } else if name.eq_ignore_ascii_case("received") && hops < ROUTE_MAX {
                hops = hops.saturating_add(1);
                push_line(&mut shape.values, "hop ", value.trim(), hop_of);
            }
            shape.push_words(name, value);
        }
        if !mail.structure.boundary.is_empty() {
            push_line(
                &mut shape.values,
                "boundary ",
                &mail.structure.boundary,
                shape_of,
            );
        }
        shape
    }
}

impl Shape {
    fn push_words(&mut self, name: &str, value: &str) {
        let is_named = |listed: &&str| name.eq_ignore_ascii_case(listed);
        if UNWORDED.iter().any(is_named) {
            return;
        }
        let is_received = name.eq_ignore_ascii_case("received");
        let words = value.split(is_between).filter(|word| !word.is_empty());
        for word in words.take(WORDS_MAX) {
            if !is_received {
                self.push_word((name, " "), |out| write_words(word, out));
            } else if let Some(network) = network_of(word) {
                self.push_word((name, " net "), |out| out.push_str(network));
            } else if word.contains('.') && !word.contains(':') {
                let host = word.to_ascii_lowercase();
                self.push_word((name, " "), |out| out.push_str(&host));
                self.push_word((name, " owner "), |out| out.push_str(registrable(&host)));
            }
        }
    }

    /// Adds a word that `write` writes, behind its header's name and a mark, if there is room.
    fn push_word(&mut self, (name, mark): (&str, &str), write: impl FnOnce(&mut String)) {
        let out = &mut self.words;
        if out.len() < WORDS_BYTES_MAX {
            out.push_str(name);
            out.push_str(mark);
            write(out);
            out.push('\n');
        }
    }
}

/// Headers whose words are read elsewhere, or tell nothing but when and to whom.
const UNWORDED: &[&str] = &[
    "subject",
    "from",
    "to",
    "cc",
    "bcc",
    "reply-to",
    "date",
    "delivery-date",
    "message-id",
];
/// Words of one value that are kept.
const WORDS_MAX: usize = 20;
/// Bytes of words that are kept of one message.
const WORDS_BYTES_MAX: usize = 16 << 10;

fn is_between(letter: char) -> bool {
    letter.is_whitespace()
        || matches!(
            letter,
            '(' | ')' | '[' | ']' | ';' | '<' | '>' | '=' | ',' | '"' | '\'' | '@'
        )
}

/// Returns the first three numbers of an address.
fn network_of(word: &str) -> Option<&str> {
    let address: std::net::Ipv4Addr = word.parse().ok()?;
    let network = word.rsplit_once('.').map(|(network, _)| network);
    network.filter(|_| !address.is_loopback())
}

fn push_line(out: &mut String, mark: &str, value: &str, written: fn(&str) -> String) {
    let line = written(value);
    out.push_str(mark);
    let end = line.floor_char_boundary(SHAPE_BYTES_MAX);
    out.extend(
        line.get(..end).unwrap_or("").chars().map(
            |letter| {
                if letter.is_control() { ' ' } else { letter }
            },
        ),
    );
    out.push('\n');
}

/// Returns letters as `a` or `A`, digits as `0`, marks as they are; runs of one class joined.
fn shape_of(value: &str) -> String {
    let mut shape = String::with_capacity(32);
    let mut before = '\0';
    for letter in value.chars() {
        let class = match letter {
            'a'..='z' => 'a',
            'A'..='Z' => 'A',
            '0'..='9' => '0',
            ' ' | '\t' | '\r' | '\n' => ' ',
            _ if letter.is_ascii() => letter,
            _ => 'é',
        };
        if class != before {
            shape.push(class);
        }
        before = class;
        if shape.len() >= SHAPE_BYTES_MAX {
            break;
        }
    }
    shape
}

/// Returns the letters of a value in lowercase, numbers with their dots as `0`.
fn words_of(value: &str) -> String {
    let mut words = String::with_capacity(32);
    write_words(value, &mut words);
    words
}

/// As [`words_of`], behind what stands in `out`.
fn write_words(value: &str, out: &mut String) {
    let end = out.len().saturating_add(SHAPE_BYTES_MAX);
    let mut before = '\0';
    for letter in value.chars() {
        let class = if letter.is_ascii_digit() {
            '0'
        } else {
            letter.to_ascii_lowercase()
        };
        let is_joined = matches!((before, class), ('0' | '.', '0') | ('0', '.'));
        if !is_joined {
            out.push(class);
            before = class;
        }
        if out.len() >= end {
            break;
        }
    }
}

/// Returns whether a word in lowercase is one of a `Received` header that says how a server writes it.
fn is_of_hops(word: &[u8]) -> bool {
    matches!(
        word,
        b"from"
            | b"by"
            | b"with"
            | b"id"
            | b"for"
            | b"via"
            | b"helo"
            | b"ehlo"
            | b"smtp"
            | b"esmtp"
            | b"esmtps"
            | b"esmtpsa"
            | b"lmtp"
            | b"http"
            | b"local"
            | b"localhost"
            | b"unknown"
            | b"envelope-from"
            | b"invoked"
            | b"uid"
            | b"mapi"
            | b"microsoft"
            | b"exim"
            | b"postfix"
            | b"qmail"
            | b"sendmail"
            | b"fetchmail"
            | b"authenticated"
            | b"port"
            | b"tls"
            | b"single-drop"
            | b"may"
            | b"forged"
    )
}

/// Bytes of the longest of these words.
const HOP_WORD_BYTES_MAX: usize = 13;

/// Returns what a server's line is made of: known words, `[]` for addresses, `()` for remarks.
fn hop_of(value: &str) -> String {
    let mut shape = String::with_capacity(48);
    let cut = value.get(..value.floor_char_boundary(512)).unwrap_or("");
    let is_mark = |letter: char| {
        letter.is_whitespace()
            || matches!(letter, '(' | ')' | '[' | ']' | ';' | '<' | '>' | '=' | ',')
    };
    for piece in cut.split_inclusive(is_mark) {
        let word = piece.trim_end_matches(is_mark);
        let mut room = [0; HOP_WORD_BYTES_MAX];
        if let Some(known) = hop_word(word, &mut room) {
            shape.push_str(known);
            shape.push(' ');
        } else if !word.is_empty() && !shape.ends_with("_ ") {
            shape.push_str("_ ");
        }
        if let Some(mark @ ('(' | '[' | '<' | ';')) = piece.chars().next_back() {
            shape.push(mark);
        }
        if shape.len() >= SHAPE_BYTES_MAX {
            break;
        }
    }
    shape
}

/// Returns a word in lowercase, written into `room`, if it says how a server writes its line.
fn hop_word<'a>(word: &str, room: &'a mut [u8; HOP_WORD_BYTES_MAX]) -> Option<&'a str> {
    let lower = room.get_mut(..word.len())?;
    lower.copy_from_slice(word.as_bytes());
    lower.make_ascii_lowercase();
    let lower: &'a [u8] = lower;
    std::str::from_utf8(lower)
        .ok()
        .filter(|_| is_of_hops(lower))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_of_values() {
        assert_eq!(
            shape_of("<20020506.AbC-7@mail.example.com>"),
            "<0.AaA-0@a.a.a>"
        );
        assert_eq!(
            words_of("Microsoft Outlook 6.00.2600"),
            "microsoft outlook 0"
        );
        assert_eq!(
            hop_of(
                "from mail.example.com (HELO x) [192.0.2.1] by mx.example.com with SMTP id 7; date"
            ),
            "from _ (helo _ [_ by _ with smtp id _ ;_ "
        );
    }
}
