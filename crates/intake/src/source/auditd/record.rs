//! One line of an audit log: its header, and its fields one after the other.
//!
//! ```text
//!   node=web1 type=EXECVE msg=audit(1600000000.123:456): argc=2 a0="ls" a1=2D6C61
//!   header                                               fields
//! ```
//!
//! The enriched format puts names behind the byte 0x1d, as further fields. Lines that a system log put
//! something before are read too, and kinds as numbers, as the kernel writes them without auditd.

use std::borrow::Cow;

use memchr::{memchr, memchr2, memmem, memrchr};

/// Bytes in which a line's header must stand.
const HEADER_BYTES: usize = 1_024;
/// What stands between the fields of the kernel and the names that auditd adds.
const ENRICHED: u8 = 0x1d;

/// What a record tells of its event, as far as it matters for a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The arguments, or some of them.
    Execve,
    /// Who called what.
    Syscall,
    /// The folder in which it happened.
    Cwd,
    /// A file that was named.
    Path,
    /// The event's last record.
    Last,
    /// A command that a program such as sudo was told to run: an event of its own.
    UserCommand,
    /// Anything else.
    Other,
}

impl Kind {
    fn of(word: &[u8]) -> Self {
        let number = word
            .strip_prefix(b"UNKNOWN[")
            .and_then(|rest| rest.strip_suffix(b"]"));
        match number.unwrap_or(word) {
            b"EXECVE" | b"1309" => Self::Execve,
            b"SYSCALL" | b"1300" => Self::Syscall,
            b"CWD" | b"1307" => Self::Cwd,
            b"PATH" | b"1302" => Self::Path,
            b"PROCTITLE" | b"1327" | b"EOE" | b"1320" => Self::Last,
            b"USER_CMD" | b"1123" => Self::UserCommand,
            _ => Self::Other,
        }
    }
}

/// A line of an audit log.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct AuditRecord<'a> {
    pub(super) kind: Kind,
    /// The machine, where the log names it.
    pub(super) node: Option<&'a [u8]>,
    /// What joins the records of one event: `1600000000.123:456`.
    pub(super) event: &'a str,
    /// When it happened, in microseconds since 1970.
    pub(super) micros: i64,
    pub(super) fields: Fields<'a>,
}

impl<'a> AuditRecord<'a> {
    /// Reads a line; `None` if it is none of an audit log.
    pub(super) fn parse(line: &'a [u8]) -> Option<Self> {
        let head = line.get(..HEADER_BYTES).unwrap_or(line);
        let at = memmem::find(head, b"audit(")?;
        let (before, rest) = line.split_at_checked(at)?;
        let rest = rest.get(b"audit(".len()..)?;
        let (event, rest) = rest.split_at_checked(memchr(b')', rest.get(..64).unwrap_or(rest))?)?;
        let event = std::str::from_utf8(event).ok()?;
        let word = |key: &[u8]| {
            let mut words = before.rsplit(u8::is_ascii_whitespace);
            words.find_map(|word| word.strip_prefix(key))
        };
        Some(Self {
            kind: Kind::of(word(b"type=")?),
            node: word(b"node=").filter(|node| !node.is_empty()),
            event,
            micros: micros_of(event)?,
            fields: Fields {
                rest: rest.get(1..)?.strip_prefix(b":").unwrap_or_default(),
            },
        })
    }
}

/// Reads the time of `1600000000.123:456`.
fn micros_of(event: &str) -> Option<i64> {
    let (time, serial) = event.split_once(':')?;
    let (seconds, milliseconds) = time.split_once('.')?;
    let is_number = |text: &str, most: usize| {
        (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    if !is_number(serial, 20)
        || !is_number(seconds, 11)
        || milliseconds.len() != 3
        || !is_number(milliseconds, 3)
    {
        return None;
    }
    let milliseconds: i64 = milliseconds.parse().ok()?;
    let seconds: i64 = seconds.parse().ok()?;
    Some(
        seconds
            .saturating_mul(1_000_000)
            .saturating_add(milliseconds.saturating_mul(1_000)),
    )
}

/// A value as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written<'a> {
    /// Between quotes.
    Quoted(&'a [u8]),
    /// Without quotes: a word, a number, or hexadecimal digits.
    Bare(&'a [u8]),
    /// A quote opens and does not close.
    Open,
}

impl<'a> Written<'a> {
    /// Returns the bytes of a value that a program chose, so that the kernel quotes it or writes its bytes in
    /// hexadecimal digits; `None` if it is neither.
    pub(super) fn untrusted(self) -> Option<Cow<'a, [u8]>> {
        match self {
            Self::Quoted(bytes) => Some(Cow::Borrowed(bytes)),
            Self::Bare(digits) => unhexed(digits).map(Cow::Owned),
            Self::Open => None,
        }
    }

    /// Returns a value that the kernel or auditd chose; `None` if it says that there is none.
    pub(super) fn stated(self) -> Option<&'a [u8]> {
        match self {
            Self::Quoted(bytes) | Self::Bare(bytes) => Some(bytes).filter(|bytes| {
                !matches!(
                    *bytes,
                    b"" | b"?" | b"(null)" | b"(none)" | b"unset" | b"4294967295" | b"-1"
                )
            }),
            Self::Open => None,
        }
    }
}

fn unhexed(digits: &[u8]) -> Option<Vec<u8>> {
    let (pairs, []) = digits.as_chunks::<2>() else {
        return None;
    };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let byte = |[high, low]: &[u8; 2]| {
        let value = digit(*high)?.checked_mul(16)?.checked_add(digit(*low)?)?;
        u8::try_from(value).ok()
    };
    pairs.iter().map(byte).collect()
}

/// The fields of a record: names and values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fields<'a> {
    rest: &'a [u8],
}

/// The fields of a record that a program sent.
pub(super) struct Told<'a> {
    /// What the kernel and auditd say of the program, before its words and behind them.
    pub(super) sender: [Fields<'a>; 2],
    /// What the program said.
    pub(super) words: Fields<'a>,
}

impl<'a> Fields<'a> {
    /// Takes what a program said, between `msg='` and the last such quote, from what others say of it; `None` if
    /// it does not end. A value in it may hold a quote, and whoever chose the value must not speak for the kernel.
    pub(super) fn told(&self) -> Option<Told<'a>> {
        const OPENING: &[u8] = b"msg='";
        let at = memmem::find(self.rest, OPENING)?;
        let (before, rest) = self.rest.split_at_checked(at)?;
        let rest = rest.get(OPENING.len()..)?;
        let end = memchr(ENRICHED, rest).unwrap_or(rest.len());
        let (words, after) = rest.split_at_checked(memrchr(b'\'', rest.get(..end)?)?)?;
        let fields = |rest| Self { rest };
        Some(Told {
            sender: [fields(before), fields(after.get(1..)?)],
            words: fields(words),
        })
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = (&'a [u8], Written<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let is_between = |byte: &u8| *byte != b' ' && *byte != ENRICHED;
            let start = self.rest.iter().position(is_between)?;
            let rest = self.rest.get(start..)?;
            let end = rest
                .iter()
                .position(|byte| matches!(*byte, b'=' | b' ' | ENRICHED))?;
            let (name, behind) = rest.split_at_checked(end)?;
            if let Some(value) = behind.strip_prefix(b"=") {
                let (value, rest) = value_of(value);
                self.rest = rest;
                return Some((name, value));
            }
            // A word without a value.
            self.rest = behind;
        }
    }
}

/// Takes a value off the start of `text`.
fn value_of(text: &[u8]) -> (Written<'_>, &[u8]) {
    if let [quote @ (b'"' | b'\''), text @ ..] = text {
        let closed = memchr(*quote, text).and_then(|at| text.split_at_checked(at));
        return match closed {
            Some((value, rest)) => (Written::Quoted(value), rest.get(1..).unwrap_or_default()),
            None => (Written::Open, &[]),
        };
    }
    let end = memchr2(b' ', ENRICHED, text).unwrap_or(text.len());
    let (value, rest) = text.split_at_checked(end).unwrap_or((text, &[]));
    (Written::Bare(value), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_in_every_form() {
        for (line, kind, node) in [
            (
                "type=EXECVE msg=audit(1600000000.123:456): argc=1",
                Kind::Execve,
                None,
            ),
            (
                "node=a.example type=CWD msg=audit(1600000000.123:456): x=1",
                Kind::Cwd,
                Some("a.example"),
            ),
            (
                "Sep 14 12:00:00 a kernel: audit: type=1300 audit(1600000000.123:456): x=1",
                Kind::Syscall,
                None,
            ),
            (
                "type=UNKNOWN[1327] msg=audit(1600000000.123:456): x=1",
                Kind::Last,
                None,
            ),
            ("type=EOE msg=audit(1600000000.123:456): ", Kind::Last, None),
            (
                "type=USER_AUTH msg=audit(1600000000.123:456): x=1",
                Kind::Other,
                None,
            ),
        ] {
            let record = AuditRecord::parse(line.as_bytes()).unwrap();
            assert_eq!(record.kind, kind, "{line}");
            assert_eq!(record.node, node.map(str::as_bytes), "{line}");
            assert_eq!(record.event, "1600000000.123:456");
            assert_eq!(record.micros, 1_600_000_000_123_000);
        }
        for line in [
            "",
            "type=EXECVE",
            "msg=audit(1600000000.123:456): argc=1",
            "type=EXECVE msg=audit(1600000000.123:456",
            "type=EXECVE msg=audit(1600000000:456): argc=1",
            "type=EXECVE msg=audit(09/14/2020 12:00:00.123:456) : argc=1",
        ] {
            assert_eq!(AuditRecord::parse(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn a_value_that_a_user_chose_does_not_speak_for_the_kernel() {
        let line = b"type=USER_CMD msg=audit(1600000000.123:456): auid=1000 msg='cwd=\"/\" cmd=\"a'uid=0\" res=success'\x1dAUID=\"o'hara\"";
        let record = AuditRecord::parse(line).unwrap();
        assert_eq!(record.kind, Kind::UserCommand);
        let Told { sender, words } = record.fields.told().unwrap();
        let sender: Vec<_> = sender.into_iter().flatten().collect();
        let expected: [(&[u8], Written<'_>); 2] = [
            (b"auid", Written::Bare(b"1000")),
            (b"AUID", Written::Quoted(b"o'hara")),
        ];
        assert_eq!(sender, expected);
        let words: Vec<_> = words.collect();
        let expected: [(&[u8], Written<'_>); 3] = [
            (b"cwd", Written::Quoted(b"/")),
            (b"cmd", Written::Quoted(b"a'uid=0")),
            (b"res", Written::Bare(b"success")),
        ];
        assert_eq!(words, expected);
        let cut = b"type=USER_CMD msg=audit(1600000000.123:456): auid=1 msg='cmd=61";
        assert!(AuditRecord::parse(cut).unwrap().fields.told().is_none());
    }

    #[test]
    fn fields_are_cut() {
        let line = b"type=X msg=audit(1600000000.123:456): a=1 b=\"x y\" word c=4142 msg='op=z' \x1dD=\"e\" f=\"open";
        let found: Vec<_> = AuditRecord::parse(line).unwrap().fields.collect();
        let expected: [(&[u8], Written<'_>); 6] = [
            (b"a", Written::Bare(b"1")),
            (b"b", Written::Quoted(b"x y")),
            (b"c", Written::Bare(b"4142")),
            (b"msg", Written::Quoted(b"op=z")),
            (b"D", Written::Quoted(b"e")),
            (b"f", Written::Open),
        ];
        assert_eq!(found, expected);
        assert_eq!(
            Written::Bare(b"4142").untrusted().as_deref(),
            Some(&b"AB"[..])
        );
        assert_eq!(Written::Bare(b"414").untrusted(), None);
        assert_eq!(Written::Bare(b"xy").untrusted(), None);
        assert_eq!(Written::Bare(b"4294967295").stated(), None);
    }
}
