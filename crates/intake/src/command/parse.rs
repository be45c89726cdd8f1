//! A command as signals see it: the line as written, its words as the shell reads them, its actions.
//!
//! ```text
//!   text ─► layer 0 ─► nested layers, one after the other, until none waits or a limit is reached ─► Command
//! ```

use std::fmt;

use ringtrue_core::Limits;

use super::action::{self, Findings, KnownStatements, Technique};
use super::assembly::{Assembly, Disguise, Pending};
use super::copies::Copies;
use super::lexicon::{Class, class_of};
use super::word::{Joint, Language, Layer, Role, Statement, Word, base_name, cut};
use super::{code, lexer, shape, show, text};

/// What was wrong with a command. It is read nevertheless.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseIssue {
    /// It is longer than the limit, and was read up to it only.
    TooLong,
    /// A quote or bracket never closes.
    Unclosed,
    /// Code stands too deep within code.
    TooDeep,
    /// It has too many statements.
    TooManyStatements,
    /// Its layers, once decoded and expanded, have too many bytes.
    TooMuchDecoded,
}

impl fmt::Display for ParseIssue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::TooLong => "the command is longer than the limit",
            Self::Unclosed => "a quote or bracket never closes",
            Self::TooDeep => "code stands too deep within code",
            Self::TooManyStatements => "the command has too many statements",
            Self::TooMuchDecoded => "the command decodes to too many bytes",
        })
    }
}

/// A shell line, a script or an argument vector, taken apart.
#[derive(Clone, Debug)]
pub struct Command {
    pub(super) raw: String,
    pub(super) bytes: usize,
    pub(super) text: String,
    pub(super) words: Vec<Word>,
    pub(super) statements: Vec<Statement>,
    pub(super) layers: Vec<Layer>,
    pub(super) disguise: Disguise,
    pub(super) issues: u32,
    pub(super) findings: Findings,
}

impl Command {
    /// Reads a line or a script; never fails. What lies beyond a limit is left out, and told.
    #[must_use]
    pub fn parse(text: &str, limits: &Limits) -> (Self, Vec<ParseIssue>) {
        Self::parse_knowing(text, limits, None)
    }

    /// As [`Command::parse`], which reads the same: what is known of statements is not worked out again.
    pub(crate) fn parse_knowing(
        text: &str,
        limits: &Limits,
        known: Option<&mut KnownStatements>,
    ) -> (Self, Vec<ParseIssue>) {
        let raw = shape::shortened(text, limits.command_bytes_max);
        let read = |copies: Copies| {
            let mut assembly =
                Assembly::new(limits, limits.command_decoded_bytes_max, Layer::default());
            if raw.len() < text.len() {
                assembly.tell(ParseIssue::TooLong);
            }
            assembly.copies = copies;
            assembly.reserve(raw.len());
            lexer::read(raw, &mut assembly);
            read_nested(&mut assembly);
            assembly
        };
        let mut assembly = read(Copies::default());
        if let Some(late) = assembly.take_late_copies() {
            assembly = read(late);
        }
        Self::of(assembly, (raw.to_owned(), text.len()), known)
    }

    /// Reads an argument vector, whose words no shell has to take apart.
    #[must_use]
    pub fn of_arguments<S: AsRef<str>>(
        arguments: &[S],
        limits: &Limits,
    ) -> (Self, Vec<ParseIssue>) {
        let mut assembly =
            Assembly::new(limits, limits.command_decoded_bytes_max, Layer::default());
        let (mut raw, mut bytes) = (String::new(), 0_usize);
        for argument in arguments {
            let argument = argument.as_ref();
            bytes = bytes.saturating_add(argument.len()).saturating_add(1);
            let room = limits.command_bytes_max.saturating_sub(raw.len());
            let kept = shape::shortened(argument, room);
            if kept.len() < argument.len() || room == 0 {
                assembly.tell(ParseIssue::TooLong);
                break;
            }
            if !raw.is_empty() {
                raw.push(' ');
            }
            show::quote(&mut raw, kept);
            assembly.whole(kept, Role::Argument);
        }
        assembly.end_statement(Joint::First);
        read_nested(&mut assembly);
        Self::of(assembly, (raw, bytes.saturating_sub(1)), None)
    }

    fn of(
        mut assembly: Assembly<'_>,
        (raw, bytes): (String, usize),
        known: Option<&mut KnownStatements>,
    ) -> (Self, Vec<ParseIssue>) {
        let issues = std::mem::take(&mut assembly.issues);
        let mut command = Self {
            raw,
            bytes,
            text: assembly.text,
            words: assembly.words,
            statements: assembly.statements,
            layers: assembly.layers,
            disguise: assembly.disguise,
            issues: u32::try_from(issues.len()).unwrap_or(u32::MAX),
            findings: Findings::default(),
        };
        command.findings = action::find(&command, known);
        (command, issues)
    }

    /// Returns the command as the shell would read it: words unquoted or quoted in one manner, variables of the line
    /// put in, code within code on lines of its own.
    #[must_use]
    pub fn normalised(&self) -> String {
        show::normalised(self)
    }

    /// Returns the command as it was written, up to the limit.
    #[must_use]
    pub fn written(&self) -> &str {
        &self.raw
    }

    /// Returns the names of the programs that run, without their folders, in order; those of nested code last.
    pub fn programs(&self) -> impl Iterator<Item = &str> {
        self.statements
            .iter()
            .filter_map(|statement| self.program(statement))
    }

    /// Returns what the command does, in the words of ATT&CK: each technique once, in the order of the table.
    pub fn techniques(&self) -> impl Iterator<Item = Technique> {
        self.findings.techniques()
    }

    /// Returns the names of the actions that were found, such as `DownloadRun`, in the order of the table.
    pub fn actions(&self) -> impl Iterator<Item = &'static str> {
        self.findings.names()
    }

    /// Returns how telling the most telling statement is, in an expert's weights: 0 to 1.
    #[must_use]
    pub const fn worst(&self) -> f32 {
        self.findings.worst
    }

    /// Returns what the command looks like without its names and numbers, hashed: equal for the same command with
    /// other addresses, files and random names.
    #[must_use]
    pub fn entity(&self) -> u32 {
        text::entity(self)
    }

    pub(super) fn letters(&self, word: &Word) -> &str {
        cut(&self.text, word.start, word.end)
    }

    pub(super) fn words_of(&self, statement: &Statement) -> &[Word] {
        self.words
            .get(statement.first..statement.last)
            .unwrap_or(&[])
    }

    /// Returns the program of a statement and what it is given, without what runs it: of `nice -n 5 sh x` the words `sh x`. All words of
    /// one without a program.
    pub(super) fn given(&self, statement: &Statement) -> &[Word] {
        let first = statement.program.unwrap_or(statement.first);
        self.words.get(first..statement.last).unwrap_or(&[])
    }

    pub(super) fn program(&self, statement: &Statement) -> Option<&str> {
        let word = self.words.get(statement.program?)?;
        Some(base_name(self.letters(word)))
    }

    pub(super) fn class(&self, statement: &Statement) -> Class {
        self.program(statement).map(class_of).unwrap_or_default()
    }

    pub(super) fn layer(&self, statement: &Statement) -> Layer {
        self.layers
            .get(statement.layer)
            .copied()
            .unwrap_or_default()
    }
}

/// Reads the code that waits, and what waits within it, until nothing does or there is no room.
fn read_nested(assembly: &mut Assembly<'_>) {
    while let Some(Pending { code, layer }) = assembly.pending.pop_front() {
        if assembly.is_full() {
            assembly.tell(ParseIssue::TooManyStatements);
            break;
        }
        assembly.open_layer(layer);
        match layer.language {
            Language::Shell => lexer::read(&code, assembly),
            _ => code::read_other(&code, assembly),
        }
    }
}
