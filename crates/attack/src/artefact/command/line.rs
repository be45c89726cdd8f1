//! A shell line with the places of its words, read so narrowly that a change at one of them is sound.
//!
//! ```text
//!   cat /a 'b c' 2>&1 | sort   ──►   [cat][/a]['b c'] 2>[1]  (pipe)  [sort]
//! ```
//!
//! Intake reads any line and forgets where its words stood; an attack needs the places, and may pass by a line that it does
//! not understand. Refused are here-documents, comments, brackets outside of words, keywords, and quotes that do not
//! close: there, what looks like a word may be none.

use std::ops::Range;

use super::scan::{self, is_blank};

/// How a statement is joined to the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Joint {
    /// It is the first.
    #[default]
    First,
    /// Behind `;` or a line's end.
    Sequence,
    /// Behind `&&`.
    And,
    /// Behind `||`.
    Or,
    /// Behind `|`.
    Pipe,
    /// Behind `&`.
    Background,
}

/// How a word is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Bare letters that mean themselves wherever a word stands.
    Plain,
    /// One pair of single quotes around all of it.
    Quoted,
    /// Any other.
    Other,
}

/// What a word is to its statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Gives a variable its value.
    Assignment,
    /// What runs.
    Program,
    /// Given to it.
    Argument,
    /// Behind a redirection.
    Target,
}

/// A word of the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// Its bytes.
    pub(super) at: Range<usize>,
    pub(super) form: Form,
    pub(super) place: Place,
}

/// A simple command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Statement {
    /// In their order.
    pub(super) words: Vec<Word>,
    pub(super) joint: Joint,
    /// Where its first word or redirection starts.
    pub(super) start: usize,
    /// Behind its last one.
    pub(super) end: usize,
    /// Its redirections: the operators with their descriptors, in their order.
    pub(super) redirections: Vec<Range<usize>>,
}

/// A line that was understood.
#[derive(Clone, Debug)]
pub(super) struct Line<'t> {
    pub(super) text: &'t str,
    /// At least one.
    pub(super) statements: Vec<Statement>,
    /// Whether the last one goes on in the background.
    pub(super) ends_in_background: bool,
}

/// Words of the grammar, and builtins that read their words in a way of their own.
const GRAMMAR: &[&str] = &[
    "!", "[[", "case", "coproc", "do", "done", "elif", "else", "esac", "fi", "for", "function",
    "if", "in", "select", "then", "time", "until", "while", "{", "}",
];

/// Builtins that assign what their words say: a word that comes of a variable is read otherwise.
const DECLARING: &[&str] = &["alias", "declare", "export", "local", "readonly", "typeset"];

/// Bytes of the longest line that is read.
const BYTES_MAX: usize = 64 << 10;

impl<'t> Line<'t> {
    /// Reads a line or several; `None` if it is not understood well enough to be changed.
    pub(super) fn read(text: &'t str) -> Option<Self> {
        if text.len() > BYTES_MAX {
            return None;
        }
        let mut reader = Reader {
            text,
            at: 0,
            statements: Vec::new(),
            open: Statement::default(),
            joint: Joint::First,
        };
        reader.run()?;
        let ends_in_background = reader.joint == Joint::Background;
        let is_whole = matches!(
            reader.joint,
            Joint::First | Joint::Sequence | Joint::Background
        );
        (is_whole && !reader.statements.is_empty()).then_some(Self {
            text,
            statements: reader.statements,
            ends_in_background,
        })
    }

    /// Returns the letters of a word as they stand there.
    pub(super) fn letters(&self, word: &Word) -> &'t str {
        self.text.get(word.at.clone()).unwrap_or("")
    }

    /// Returns the name of what a statement runs, if it is a plain word.
    pub(super) fn program(&self, statement: &Statement) -> Option<&'t str> {
        let word = statement.word_of_program()?;
        (word.form == Form::Plain).then(|| self.letters(word))
    }

    /// Returns the statements whose words may be written in any way that comes to the same: those that run something that
    /// does not look at how its words are written, as builtins that assign do.
    pub(super) fn rewritable(&self) -> impl Iterator<Item = &Statement> {
        self.statements.iter().filter(|statement| {
            let program = self.program(statement);
            program.is_some_and(|program| !DECLARING.contains(&program))
        })
    }

    /// Returns the words of such statements that run or are given to what runs.
    pub(super) fn words(&self) -> impl Iterator<Item = &Word> {
        let words = self.rewritable().flat_map(|statement| &statement.words);
        words.filter(|word| matches!(word.place, Place::Program | Place::Argument))
    }

    /// Returns those of them that are plain.
    pub(super) fn plain_words(&self) -> impl Iterator<Item = &Word> {
        self.words().filter(|word| word.form == Form::Plain)
    }

    /// Returns what stands between two words of a statement if it is blanks alone.
    pub(super) fn gap(&self, before: &Word, behind: &Word) -> Option<Range<usize>> {
        let gap = before.at.end..behind.at.start;
        let blanks = self.text.get(gap.clone())?;
        (!blanks.is_empty() && blanks.bytes().all(is_blank)).then_some(gap)
    }

    /// Returns the line without blanks and separators at its end.
    pub(super) fn trimmed(&self) -> &'t str {
        let cut = self.text.trim_end_matches([' ', '\t', '\n', ';']);
        let backslashes = cut.len() - cut.trim_end_matches('\\').len();
        if backslashes.is_multiple_of(2) {
            return cut;
        }
        // What a backslash stands before is no separator: `\;` ends what `find` runs.
        self.text.get(..=cut.len()).unwrap_or(self.text)
    }

    /// Returns the line with other bytes in the place of some.
    pub(super) fn with(&self, at: Range<usize>, new: &str) -> Option<String> {
        let mut text = String::with_capacity(self.text.len() + new.len());
        text.push_str(self.text.get(..at.start)?);
        text.push_str(new);
        text.push_str(self.text.get(at.end..)?);
        Some(text)
    }
}

impl Statement {
    /// Returns the word that names what runs.
    pub(super) fn word_of_program(&self) -> Option<&Word> {
        self.words.iter().find(|word| word.place == Place::Program)
    }

    /// Returns the words given to what runs, in order.
    pub(super) fn arguments(&self) -> impl Iterator<Item = &Word> {
        self.words
            .iter()
            .filter(|word| word.place == Place::Argument)
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    statements: Vec<Statement>,
    open: Statement,
    /// How the next statement is joined.
    joint: Joint,
}

impl Reader<'_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    fn run(&mut self) -> Option<()> {
        while let Some(byte) = self.peek(0) {
            match byte {
                b' ' | b'\t' => self.at += 1,
                b'\n' => self.line_end()?,
                b';' => self.end(Joint::Sequence, 1)?,
                b'&' if self.peek(1) == Some(b'>') => self.redirection(self.at)?,
                b'&' if self.peek(1) == Some(b'&') => self.end(Joint::And, 2)?,
                b'&' => self.end(Joint::Background, 1)?,
                b'|' if self.peek(1) == Some(b'|') => self.end(Joint::Or, 2)?,
                b'|' if self.peek(1) == Some(b'&') => return None,
                b'|' => self.end(Joint::Pipe, 1)?,
                b'<' | b'>' => self.redirection(self.at)?,
                b'(' | b')' | b'#' => return None,
                _ => self.word()?,
            }
        }
        if self.has_statement() {
            self.end(Joint::Sequence, 0)?;
        }
        Some(())
    }

    fn has_statement(&self) -> bool {
        !self.open.words.is_empty() || !self.open.redirections.is_empty()
    }

    /// The end of a line ends a statement, or stands behind an operator, where it means nothing.
    fn line_end(&mut self) -> Option<()> {
        if self.has_statement() {
            return self.end(Joint::Sequence, 1);
        }
        self.at += 1;
        Some(())
    }

    /// Ends the statement at an operator of so many bytes. Nothing ends where nothing was begun.
    fn end(&mut self, joint: Joint, bytes: usize) -> Option<()> {
        if !self.has_statement() {
            return None;
        }
        let mut statement = std::mem::take(&mut self.open);
        statement.joint = self.joint;
        let program = statement
            .words
            .iter()
            .find(|word| word.place == Place::Program);
        let name = program.and_then(|word| self.text.get(word.at.clone()));
        if name.is_some_and(|name| GRAMMAR.contains(&name)) {
            return None;
        }
        self.statements.push(statement);
        self.joint = joint;
        self.at += bytes;
        Some(())
    }

    fn begin(&mut self, start: usize) {
        if !self.has_statement() {
            self.open.start = start;
        }
    }

    fn word(&mut self) -> Option<()> {
        let start = self.at;
        let (end, form) = scan::word(self.text, start)?;
        let letters = self.text.get(start..end)?;
        let is_descriptor = letters.bytes().all(|byte| byte.is_ascii_digit());
        self.at = end;
        if is_descriptor && matches!(self.peek(0), Some(b'<' | b'>')) {
            return self.redirection(start);
        }
        // What stands right before a redirection without being a number may name a variable for the descriptor.
        if letters.starts_with('{') && matches!(self.peek(0), Some(b'<' | b'>')) {
            return None;
        }
        self.begin(start);
        let has_program = self
            .open
            .words
            .iter()
            .any(|word| word.place == Place::Program);
        let place = if has_program {
            Place::Argument
        } else if scan::assigns(letters) {
            Place::Assignment
        } else {
            Place::Program
        };
        self.open.words.push(Word {
            at: start..end,
            form,
            place,
        });
        self.open.end = end;
        Some(())
    }

    /// A redirection whose operator is at hand, and whose descriptor, if any, begins at `start`.
    fn redirection(&mut self, start: usize) -> Option<()> {
        const OPERATORS: [&str; 10] = ["<<<", "&>>", "&>", ">>", ">&", ">|", "<&", "<>", ">", "<"];
        let rest = self.text.get(self.at..)?;
        let operator = OPERATORS
            .iter()
            .find(|operator| rest.starts_with(**operator))?;
        if rest.starts_with("<<") && *operator != "<<<" {
            return None;
        }
        self.begin(start);
        self.at += operator.len();
        self.open.redirections.push(start..self.at);
        while self.peek(0).is_some_and(is_blank) {
            self.at += 1;
        }
        let begin = self.at;
        let (end, form) = scan::word(self.text, begin)?;
        self.at = end;
        self.open.words.push(Word {
            at: begin..end,
            form,
            place: Place::Target,
        });
        self.open.end = end;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Option<Vec<(&str, Form, Place)>> {
        let line = Line::read(text)?;
        let words = line
            .statements
            .iter()
            .flat_map(|statement| &statement.words);
        Some(
            words
                .map(|word| (text.get(word.at.clone()).unwrap(), word.form, word.place))
                .collect(),
        )
    }

    #[test]
    fn words_have_their_places() {
        use Form::{Other, Plain, Quoted};
        use Joint::{And, Background, First, Or, Pipe, Sequence};
        use Place::{Argument, Assignment, Program, Target};
        assert_eq!(
            words("a=1 cat /x 'b c' 2>&1 >'o'|sort -n \"$(a \")\")\" &&\n x; "),
            Some(vec![
                ("a=1", Plain, Assignment),
                ("cat", Plain, Program),
                ("/x", Plain, Argument),
                ("'b c'", Quoted, Argument),
                ("1", Plain, Target),
                ("'o'", Quoted, Target),
                ("sort", Plain, Program),
                ("-n", Plain, Argument),
                ("\"$(a \")\")\"", Other, Argument),
                ("x", Plain, Program),
            ])
        );
        let line = Line::read("a | b && c || d & e;f\n\ng &").unwrap();
        let joints: Vec<Joint> = line
            .statements
            .iter()
            .map(|statement| statement.joint)
            .collect();
        assert_eq!(
            joints,
            [First, Pipe, And, Or, Background, Sequence, Sequence]
        );
        assert!(line.ends_in_background);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for text in [
            "",
            " ",
            "a 'b",
            "a \"b",
            "a $(b",
            "a `b",
            "cat <<E\nx\nE",
            "a # b",
            "(a)",
            "f() { a; }",
            "if a; then b; fi",
            "a;;b",
            "a &&",
            "| a",
            "a |& b",
            "a \\",
            "a >",
            "a <(b)",
            "a=(1 2)",
            "! a",
            "a {fd}>x",
            "a\rb",
            "{ a; }",
        ] {
            assert!(Line::read(text).is_none(), "{text}");
        }
    }
}
