//! One audit event as its records come in, and the command that it is.

use std::collections::BTreeMap;
use std::sync::Arc;

use ringtrue_core::{EventTime, Limits, Value};

use super::super::delimited::text_value;
use super::super::shell_words::{command_line, text_of};
use super::record::{AuditRecord, Fields, Kind, Told, Written};

/// The columns of an audit log.
pub(super) const COLUMNS: [&str; 11] = [
    "command", "time", "user", "host", "exe", "cwd", "session", "event_id", "uid", "tty", "success",
];

/// Bytes that an event is counted as beside its texts.
const EVENT_BYTES: usize = 512;
/// Bytes that an argument, or a piece of one, is counted as beside its text.
const ARGUMENT_BYTES: usize = 64;

/// An audit event.
pub(super) struct AuditEvent {
    /// The line of its first record.
    pub(super) line: u64,
    /// Whether its last record has come.
    pub(super) is_whole: bool,
    /// What joins its records, with the machine's name.
    pub(super) key: Arc<str>,
    /// When it happened, in microseconds since 1970.
    pub(super) micros: i64,
    /// Bytes that it holds.
    pub(super) bytes: usize,
    id: Box<str>,
    host: Option<Box<str>>,
    arguments: Option<Arguments>,
    /// The command as a program was told it, where that is all that is known.
    told: Option<Box<str>>,
    stated: BTreeMap<Stated, Box<str>>,
    damage: Option<String>,
}

/// What is known of an event beside its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stated {
    Exe,
    /// What stands in for the program, if it is not told: the first file that was named.
    Path,
    Cwd,
    Session,
    Tty,
    Success,
    LoginUser,
    LoginName,
    User,
    UserName,
}

impl Stated {
    /// Returns what a field tells.
    fn of(kind: Kind, name: &[u8]) -> Option<Self> {
        Some(match (kind, name) {
            (Kind::Syscall, b"exe") => Self::Exe,
            (Kind::Syscall, b"tty") => Self::Tty,
            (Kind::Syscall, b"success") => Self::Success,
            (Kind::Syscall | Kind::UserCommand, b"ses") => Self::Session,
            (Kind::Syscall | Kind::UserCommand, b"auid") => Self::LoginUser,
            (Kind::Syscall | Kind::UserCommand, b"AUID") => Self::LoginName,
            (Kind::Syscall | Kind::UserCommand, b"uid") => Self::User,
            (Kind::Syscall | Kind::UserCommand, b"UID") => Self::UserName,
            (Kind::Cwd, b"cwd") => Self::Cwd,
            (Kind::Path, b"name") => Self::Path,
            _ => return None,
        })
    }

    /// Returns what a field tells among the words of a program that runs commands for others.
    fn told(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"cwd" => Self::Cwd,
            b"exe" => Self::Exe,
            b"terminal" => Self::Tty,
            b"res" => Self::Success,
            _ => return None,
        })
    }

    /// Reads a field's value. Names of files are as programs chose them.
    fn read(self, value: Written<'_>) -> Option<Box<str>> {
        let stated = value.stated()?;
        match self {
            Self::Exe | Self::Path | Self::Cwd => {
                let bytes = value.untrusted().unwrap_or(stated.into());
                Some(text_of(&bytes).into())
            }
            // In the words that the kernel has for it.
            Self::Success if stated == b"success" => Some("yes".into()),
            Self::Success if stated == b"failed" => Some("no".into()),
            _ => Some(text_of(stated).into()),
        }
    }
}

impl AuditEvent {
    pub(super) fn new(line: u64, key: Arc<str>, record: &AuditRecord<'_>) -> Self {
        let host = record.node.map(|node| text_of(node).into());
        Self {
            line,
            is_whole: false,
            micros: record.micros,
            bytes: base_bytes(&key),
            key,
            id: record.event.into(),
            host,
            arguments: None,
            told: None,
            stated: BTreeMap::new(),
            damage: None,
        }
    }

    /// Takes in a record.
    pub(super) fn add(&mut self, record: AuditRecord<'_>, limits: &Limits) {
        match record.kind {
            Kind::Last => self.is_whole = true,
            Kind::Execve => {
                let arguments = self.arguments.get_or_insert_default();
                let before = arguments.bytes;
                let mut read = Ok(());
                for (name, value) in record.fields {
                    read = read.and_then(|()| arguments.add(name, value));
                    if read.is_err() || arguments.bytes > limits.record_bytes_max {
                        break;
                    }
                }
                let more = arguments.bytes.saturating_sub(before);
                self.bytes = self.bytes.saturating_add(more);
                if let Err(reason) = read {
                    self.refuse(reason);
                }
            }
            Kind::UserCommand => {
                if let Err(reason) = self.tell(&record.fields) {
                    self.refuse(reason.to_owned());
                }
            }
            kind => {
                for (name, value) in record.fields {
                    self.state(Stated::of(kind, name), value);
                }
            }
        }
        if self.bytes.saturating_sub(base_bytes(&self.key)) > limits.record_bytes_max {
            self.refuse(format!("longer than {} bytes", limits.record_bytes_max));
        }
    }

    /// Notes that no command can be made of it; the first reason stays, and nothing else.
    pub(super) fn refuse(&mut self, reason: String) {
        self.damage.get_or_insert(reason);
        self.arguments = Some(Arguments::default());
        self.told = None;
        self.stated.clear();
        self.bytes = base_bytes(&self.key);
    }

    /// Takes in what a program was told to run, and by whom: all that there is of the event.
    fn tell(&mut self, fields: &Fields<'_>) -> Result<(), &'static str> {
        self.is_whole = true;
        let Told { sender, words } = fields.told().ok_or("the record is cut off")?;
        for (name, value) in sender.into_iter().flatten() {
            self.state(Stated::of(Kind::UserCommand, name), value);
        }
        for (name, value) in words {
            if name == b"cmd" {
                let line = value.untrusted();
                let line = line.ok_or("the command is neither quoted nor hexadecimal")?;
                if line.contains(&0) {
                    return Err("a NUL byte in the command");
                }
                self.bytes = self.bytes.saturating_add(line.len());
                let words: Vec<_> = line.split(|byte| *byte == b' ').map(text_of).collect();
                self.told = Some(words.join(" ").into());
            } else {
                self.state(Stated::told(name), value);
            }
        }
        let is_command = self.told.as_ref().is_some_and(|line| !line.is_empty());
        is_command.then_some(()).ok_or("no command stands there")
    }

    fn state(&mut self, stated: Option<Stated>, value: Written<'_>) {
        let Some(stated) = stated else {
            return;
        };
        if self.damage.is_some() || self.stated.contains_key(&stated) {
            return;
        }
        if let Some(text) = stated.read(value) {
            self.bytes = self.bytes.saturating_add(text.len());
            self.stated.insert(stated, text);
        }
    }

    /// Returns the values of its columns; `None` if it runs no command.
    pub(super) fn values(&self, limits: &Limits) -> Option<Result<Vec<Value>, String>> {
        if let Some(reason) = &self.damage {
            return Some(Err(reason.clone()));
        }
        if let Some(line) = &self.told {
            return Some(self.row(line, limits));
        }
        let command = self.arguments.as_ref()?.command();
        Some(command.and_then(|command| self.row(&command, limits)))
    }

    fn row(&self, command: &str, limits: &Limits) -> Result<Vec<Value>, String> {
        let first = |names: &[Stated]| {
            let found = names.iter().find_map(|name| self.stated.get(name));
            found.map_or("", |text| text)
        };
        let time = EventTime(self.micros).to_string();
        let user = [
            Stated::LoginName,
            Stated::LoginUser,
            Stated::UserName,
            Stated::User,
        ];
        let texts = [
            command,
            &time,
            first(&user),
            self.host.as_deref().unwrap_or(""),
            first(&[Stated::Exe, Stated::Path]),
            first(&[Stated::Cwd]),
            first(&[Stated::Session]),
            &self.id,
            first(&[Stated::UserName, Stated::User]),
            first(&[Stated::Tty]),
            first(&[Stated::Success]),
        ];
        texts.iter().map(|text| text_value(text, limits)).collect()
    }
}

/// Returns what an event takes beside its texts; its key stands in the window's index too.
fn base_bytes(key: &str) -> usize {
    EVENT_BYTES.saturating_add(key.len().saturating_mul(2))
}

/// The arguments of a command, some of them in pieces.
#[derive(Default)]
struct Arguments {
    count: Option<u32>,
    /// By the argument's position and the piece's.
    pieces: BTreeMap<(u32, u32), Box<[u8]>>,
    /// Lengths that long arguments are said to have.
    lengths: BTreeMap<u32, u64>,
    bytes: usize,
}

impl Arguments {
    fn add(&mut self, name: &[u8], value: Written<'_>) -> Result<(), String> {
        if name == b"argc" {
            let Written::Bare(digits) = value else {
                return Err("the number of arguments is no number".to_owned());
            };
            let count = number(digits).ok_or("the number of arguments is no number")?;
            self.count = Some(count);
            return Ok(());
        }
        let Some(place) = Place::of(name) else {
            return Ok(());
        };
        self.bytes = self.bytes.saturating_add(ARGUMENT_BYTES);
        match (place, value) {
            (Place::Length(argument), Written::Bare(digits)) => {
                let length = number(digits).ok_or("the length of an argument is no number")?;
                self.lengths.insert(argument, u64::from(length));
            }
            (Place::Length(_), _) => {
                return Err("the length of an argument is no number".to_owned());
            }
            (Place::Piece(argument, piece), value) => {
                let bytes = value
                    .untrusted()
                    .ok_or("an argument is neither quoted nor hexadecimal")?;
                if bytes.contains(&0) {
                    return Err("a NUL byte in an argument".to_owned());
                }
                self.bytes = self.bytes.saturating_add(bytes.len());
                let place = (argument, piece);
                let other = self.pieces.insert(place, bytes.as_ref().into());
                if other.is_some_and(|other| *other != *bytes) {
                    return Err("an argument stands twice".to_owned());
                }
            }
        }
        Ok(())
    }

    /// Returns the command line, if no argument is missing.
    fn command(&self) -> Result<String, String> {
        let mut arguments: Vec<Vec<u8>> = Vec::new();
        let mut next_piece = 0_u32;
        for ((argument, piece), bytes) in &self.pieces {
            let known = arguments.len() as u64;
            if u64::from(*argument) == known && *piece == 0 {
                arguments.push(bytes.to_vec());
                next_piece = 1;
            } else if u64::from(*argument).checked_add(1) == Some(known) && *piece == next_piece {
                if let Some(last) = arguments.last_mut() {
                    last.extend_from_slice(bytes);
                }
                next_piece = next_piece.saturating_add(1);
            } else {
                return Err("an argument, or a piece of one, is missing".to_owned());
            }
        }
        let count = self.count.ok_or("the number of arguments is missing")?;
        let is_whole = |(argument, length): (&u32, &u64)| {
            let found = usize::try_from(*argument)
                .ok()
                .and_then(|at| arguments.get(at));
            // The length counts hexadecimal digits or bytes, as the kernel's version has it.
            found.is_some_and(|found| (found.len() as u64).saturating_mul(2) >= *length)
        };
        if arguments.len() as u64 != u64::from(count) || !self.lengths.iter().all(is_whole) {
            return Err("an argument, or a piece of one, is missing".to_owned());
        }
        if arguments.is_empty() {
            return Err("the command has no argument, not even its name".to_owned());
        }
        Ok(command_line(arguments.iter().map(Vec::as_slice)))
    }
}

/// What a field of an EXECVE record is.
enum Place {
    /// `a1`, `a1[0]`: a piece of an argument; an argument in one piece is its first.
    Piece(u32, u32),
    /// `a1_len`: how long the argument is.
    Length(u32),
}

impl Place {
    fn of(name: &[u8]) -> Option<Self> {
        let rest = name.strip_prefix(b"a")?;
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (argument, rest) = rest.split_at_checked(digits)?;
        let argument = number(argument)?;
        match rest {
            b"" => Some(Self::Piece(argument, 0)),
            b"_len" => Some(Self::Length(argument)),
            [b'[', piece @ .., b']'] => Some(Self::Piece(argument, number(piece)?)),
            _ => None,
        }
    }
}

fn number(digits: &[u8]) -> Option<u32> {
    let is_number = digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(digits)
        .ok()
        .filter(|_| is_number)?
        .parse()
        .ok()
}
