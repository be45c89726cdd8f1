//! Sessions as fields hold them: a JSON list of commands, of objects with a time and a command, or lines.
//!
//! ```text
//!   ["id", "ls"]                                 ─┐
//!   [{"time": "2024-05-01", "command": "id"}, …]  ─┼─► lines, each a command with its time
//!   id⏎ls⏎                                        ─┘
//! ```
//!
//! Text that opens like a list but is none is read as lines: `[ -f x ] && y` is a command. Empty commands
//! are no lines. What could not be read is counted; nothing is cut.

use std::borrow::Cow;
use std::fmt;

use ringtrue_core::{EventTime, Limits};
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Keys of an object that may hold the command, the first of which counts.
const COMMAND_KEYS: [&str; 6] = [
    "command",
    "cmd",
    "input",
    "command_line",
    "commandline",
    "text",
];
/// Keys of an object that may hold the time.
const TIME_KEYS: [&str; 4] = ["time", "timestamp", "@timestamp", "ts"];

/// One command of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// The command as it was written; never empty.
    pub text: Cow<'a, str>,
    /// When it was given, where known.
    pub time: Option<EventTime>,
}

/// How a session was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A JSON list.
    List,
    /// One command a line.
    Lines,
}

/// What was wrong with a session's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionIssue {
    /// So many commands came after the limit, and were left out.
    TooManyCommands(usize),
    /// So many members of the list are no commands.
    NotCommands(usize),
    /// So many times could not be read; their commands have none.
    NotTimes(usize),
}

/// Commands in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session<'a> {
    /// The commands.
    pub lines: Vec<Line<'a>>,
    /// How they were written.
    pub form: Form,
}

impl<'a> Session<'a> {
    /// Reads a session, with what was wrong with it.
    #[must_use]
    pub fn parse(text: &'a str, limits: &Limits) -> (Self, Vec<SessionIssue>) {
        let mut read = Read::of_list(text, limits).unwrap_or_else(|| Read::of_lines(text, limits));
        let lines = std::mem::take(&mut read.lines);
        let form = read.form;
        (Self { lines, form }, read.issues())
    }

    /// Returns the commands as one script, a command a line.
    #[must_use]
    pub fn script(&self) -> String {
        let lines: Vec<&str> = self.lines.iter().map(|line| &*line.text).collect();
        lines.join("\n")
    }
}

/// What is read so far.
struct Read<'a> {
    form: Form,
    lines: Vec<Line<'a>>,
    lines_max: usize,
    left_out: usize,
    not_commands: usize,
    not_times: usize,
}

impl<'a> Read<'a> {
    const fn new(form: Form, limits: &Limits) -> Self {
        Self {
            form,
            lines: Vec::new(),
            lines_max: limits.session_commands_max,
            left_out: 0,
            not_commands: 0,
            not_times: 0,
        }
    }

    fn of_lines(text: &'a str, limits: &Limits) -> Self {
        let mut read = Self::new(Form::Lines, limits);
        for line in text.lines() {
            read.push(Cow::Borrowed(line), None);
        }
        read
    }

    fn of_list(text: &'a str, limits: &Limits) -> Option<Self> {
        if !text.trim_start().starts_with('[') {
            return None;
        }
        let mut read = Self::new(Form::List, limits);
        let mut deserializer = serde_json::Deserializer::from_str(text);
        deserializer.deserialize_seq(&mut read).ok()?;
        deserializer.end().ok()?;
        Some(read)
    }

    fn push(&mut self, text: Cow<'a, str>, time: Option<EventTime>) {
        if text.trim().is_empty() {
            return;
        }
        if self.lines.len() < self.lines_max {
            self.lines.push(Line { text, time });
        } else {
            self.left_out = self.left_out.saturating_add(1);
        }
    }

    fn push_member(&mut self, member: Member<'a>) {
        let Some(text) = member.command else {
            self.not_commands = self.not_commands.saturating_add(1);
            return;
        };
        let time = member.time.map(|time| EventTime::parse(&time));
        if matches!(time, Some(Err(_))) {
            self.not_times = self.not_times.saturating_add(1);
        }
        self.push(text, time.and_then(Result::ok).map(|(time, _)| time));
    }

    fn issues(&self) -> Vec<SessionIssue> {
        let issues = [
            (self.left_out, SessionIssue::TooManyCommands(self.left_out)),
            (
                self.not_commands,
                SessionIssue::NotCommands(self.not_commands),
            ),
            (self.not_times, SessionIssue::NotTimes(self.not_times)),
        ];
        let there = issues.into_iter().filter(|(count, _)| *count > 0);
        there.map(|(_, issue)| issue).collect()
    }
}

impl<'de> Visitor<'de> for &mut Read<'de> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of commands")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while self.lines.len() < self.lines_max {
            match list.next_element::<Member<'de>>()? {
                Some(member) => self.push_member(member),
                None => return Ok(()),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {
            self.left_out = self.left_out.saturating_add(1);
        }
        Ok(())
    }
}

/// One member of a list: a command, or an object that may hold one and a time.
#[derive(Default)]
struct Member<'a> {
    command: Option<Cow<'a, str>>,
    time: Option<Cow<'a, str>>,
}

impl<'de> Deserialize<'de> for Member<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MemberVisitor)
    }
}

struct MemberVisitor;

impl<'de> Visitor<'de> for MemberVisitor {
    type Value = Member<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("anything")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let (mut command, mut time) = ((usize::MAX, None), (usize::MAX, None));
        while let Some(Scalar(key)) = object.next_key::<Scalar<'de>>()? {
            let key = key.unwrap_or_default();
            let place = |keys: &[&str]| {
                keys.iter()
                    .position(|known| known.eq_ignore_ascii_case(&key))
            };
            let (kept, place) = match (place(&COMMAND_KEYS), place(&TIME_KEYS)) {
                (Some(place), _) => (&mut command, place),
                (None, Some(place)) => (&mut time, place),
                (None, None) => {
                    object.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            let Scalar(value) = object.next_value()?;
            if value.is_some() && place < kept.0 {
                *kept = (place, value);
            }
        }
        Ok(Member {
            command: command.1,
            time: time.1,
        })
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Member {
            command: Some(Cow::Borrowed(text)),
            time: None,
        })
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Member {
            command: Some(Cow::Owned(text.to_owned())),
            time: None,
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        skip(list).map(|()| Member::default())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Member::default())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Member::default())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Member::default())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Member::default())
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Member::default())
    }
}

/// A text or a number as text; `None` of anything else.
struct Scalar<'a>(Option<Cow<'a, str>>);

impl<'de> Deserialize<'de> for Scalar<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("anything")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Scalar(Some(Cow::Borrowed(text))))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Scalar(Some(Cow::Owned(text.to_owned()))))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Scalar(Some(Cow::Owned(number.to_string()))))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Scalar(Some(Cow::Owned(number.to_string()))))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Scalar(Some(Cow::Owned(number.to_string()))))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Scalar(None))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Scalar(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        skip(list).map(|()| Scalar(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar(None))
    }
}

fn skip<'de, A: SeqAccess<'de>>(mut list: A) -> Result<(), A::Error> {
    while list.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}
