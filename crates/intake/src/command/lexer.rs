//! Reads one layer of shell code: blanks, quotes, escapes, operators, redirections, comments.
//!
//! ```text
//!   code ──byte by byte──► bare letters, quoted letters, expansions, operators ─► Assembly
//! ```
//!
//! It goes over the code once, from left to right; what it cannot close (a quote, a bracket) reaches to
//! the end. A bracket's other end is searched for with a stack of bits, never by recursion.

use super::assembly::{Assembly, HereDocument};
use super::parameter;
use super::parse::ParseIssue;
use super::shape;
use super::variables::Found;
use super::word::{Joint, Language, Origin, Role, cut};

/// A here-document whose lines have not come yet.
struct Waiting {
    delimiter: String,
    statement: usize,
    is_indented: bool,
}

/// Reads one layer.
pub(super) struct Lexer<'s, 'b, 'l> {
    source: &'s str,
    at: usize,
    out: &'b mut Assembly<'l>,
    waiting: Vec<Waiting>,
    /// The next word is the mark of a here-document.
    awaits_mark: Option<bool>,
    unclosed: bool,
}

/// Separators behind which a line with an open quote is tried again.
const RETRIES_MAX: usize = 16;

/// Reads `source` into `out`, all statements of it.
pub(super) fn read(source: &str, out: &mut Assembly<'_>) {
    let mut lexer = Lexer {
        source,
        at: 0,
        out,
        waiting: Vec::new(),
        awaits_mark: None,
        unclosed: false,
    };
    lexer.run();
    let unclosed = lexer.unclosed;
    out.end_statement(Joint::First);
    out.drop_last_separators();
    if unclosed {
        out.tell(ParseIssue::Unclosed);
        recover(source, out);
    }
}

/// Behind a quote that never closes, code and text change places: reads again from the first separator
/// behind which all quotes close.
fn recover(source: &str, out: &mut Assembly<'_>) {
    if out.layer.origin == Origin::Recovered {
        return;
    }
    let separators = source
        .bytes()
        .enumerate()
        .filter(|(_, byte)| matches!(byte, b';' | b'\n' | b'|' | b'&'));
    for (place, _) in separators.take(RETRIES_MAX) {
        let rest = cut(source, place.saturating_add(1), source.len());
        if !rest.trim().is_empty() && shape::quotes_close(rest) {
            out.nest(rest, Language::Shell, Origin::Recovered, None);
            return;
        }
    }
}

/// Returns whether a byte means something to the shell outside of quotes.
const fn is_special(byte: u8) -> bool {
    byte < 0x20
        || matches!(
            byte,
            b' ' | b'\''
                | b'"'
                | b'\\'
                | b'$'
                | b'`'
                | b';'
                | b'&'
                | b'|'
                | b'<'
                | b'>'
                | b'('
                | b')'
                | b'{'
                | b'}'
                | b','
        )
}

const fn is_special_in_quotes(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | b'$' | b'`')
}

impl<'s> Lexer<'s, '_, '_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.source
            .as_bytes()
            .get(self.at.saturating_add(ahead))
            .copied()
    }

    fn step(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    /// Takes the bytes up to the next one that `stops`.
    fn run_until(&mut self, stops: fn(u8) -> bool) -> &'s str {
        let rest = cut(self.source, self.at, self.source.len());
        let length = rest.bytes().position(stops).unwrap_or(rest.len());
        self.step(length);
        cut(rest, 0, length)
    }

    /// Takes everything up to `end`, and steps over that; to the end of the code if it never comes.
    fn take_until(&mut self, end: &str) -> &'s str {
        let rest = cut(self.source, self.at, self.source.len());
        if let Some(length) = rest.find(end) {
            self.step(length.saturating_add(end.len()));
            cut(rest, 0, length)
        } else {
            self.unclosed = true;
            self.at = self.source.len();
            rest
        }
    }

    fn run(&mut self) {
        while let Some(byte) = self.peek(0) {
            if self.out.is_full() {
                self.out.tell(ParseIssue::TooManyStatements);
                return;
            }
            match byte {
                b'\n' => self.line_end(),
                b' ' | b'\t' | b'\r' => {
                    self.end_word();
                    self.step(1);
                }
                b'#' if self.out.so_far().is_none() => {
                    let comment = self.run_until(|byte| byte == b'\n');
                    let bytes = u32::try_from(comment.len()).unwrap_or(u32::MAX);
                    self.out.disguise.comment_bytes =
                        self.out.disguise.comment_bytes.saturating_add(bytes);
                }
                b';' | b'&' | b'|' | b'(' | b')' => self.operator(byte),
                b'<' | b'>' => self.redirection(),
                _ => self.piece(byte),
            }
        }
        self.end_word();
    }

    fn end_word(&mut self) {
        if let Some(is_indented) = self.awaits_mark
            && let Some((mark, _)) = self.out.so_far()
        {
            self.waiting.push(Waiting {
                delimiter: mark.to_owned(),
                statement: self.out.statements.len(),
                is_indented,
            });
            self.awaits_mark = None;
        }
        self.out.end_word();
    }

    fn end_statement(&mut self, operator: &str, joint: Joint) {
        self.end_word();
        self.out.operator(operator, joint);
    }

    /// A piece of a word.
    fn piece(&mut self, byte: u8) {
        match byte {
            b'\'' => self.single_quotes(),
            b'"' => {
                self.step(1);
                self.double_quotes();
            }
            b'\\' => self.escape(),
            b'$' => self.dollar(false),
            b'`' => self.backquotes(false),
            b'{' | b'}' | b',' => self.brace(byte),
            _ if byte < 0x20 => {
                self.out.disguise.controls = self.out.disguise.controls.saturating_add(1);
                self.out.letter('?');
                self.step(1);
            }
            _ => {
                let run = self.run_until(is_special);
                self.out.bare(run);
            }
        }
    }

    /// Counts a quote that breaks a word between two letters.
    fn see_broken_word(&mut self) {
        let bytes = self.source.as_bytes();
        let before = self.at.checked_sub(1).and_then(|at| bytes.get(at));
        let breaks = before.is_some_and(u8::is_ascii_alphanumeric)
            && self
                .peek(1)
                .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'\'' | b'"'));
        let is_value = self
            .out
            .so_far()
            .is_some_and(|(text, _)| text.contains('='));
        if breaks && !is_value {
            self.out.disguise.broken_words = self.out.disguise.broken_words.saturating_add(1);
        }
    }

    fn single_quotes(&mut self) {
        self.see_broken_word();
        self.step(1);
        let inside = self.take_until("'");
        self.out.quoted(inside);
    }

    fn double_quotes(&mut self) {
        self.at = self.at.saturating_sub(1);
        self.see_broken_word();
        self.step(1);
        self.out.quoted("");
        loop {
            let run = self.run_until(is_special_in_quotes);
            self.out.quoted(run);
            match self.peek(0) {
                Some(b'"') => {
                    self.step(1);
                    return;
                }
                Some(b'\\') => self.escape_in_quotes(),
                Some(b'$') => self.dollar(true),
                Some(_) => self.backquotes(true),
                None => {
                    self.unclosed = true;
                    return;
                }
            }
        }
    }

    fn escape_in_quotes(&mut self) {
        self.step(1);
        match self.peek(0) {
            Some(byte @ (b'"' | b'\\' | b'$' | b'`')) => {
                self.out.letter(char::from(byte));
                self.step(1);
            }
            Some(b'\n') => self.step(1),
            _ => self.out.letter('\\'),
        }
    }

    fn escape(&mut self) {
        self.step(1);
        let rest = cut(self.source, self.at, self.source.len());
        let Some(letter) = rest.chars().next() else {
            return;
        };
        self.step(letter.len_utf8());
        if letter == '\n' {
            return;
        }
        if letter.is_ascii_alphanumeric() {
            self.out.disguise.needless_escapes =
                self.out.disguise.needless_escapes.saturating_add(1);
        }
        // An escaped letter is as good as quoted: `\;` is no operator and `\#` no comment.
        let mut buffer = [0_u8; 4];
        if letter.is_ascii_alphanumeric() {
            self.out.bare(letter.encode_utf8(&mut buffer));
        } else {
            self.out.quoted(letter.encode_utf8(&mut buffer));
        }
    }

    fn brace(&mut self, byte: u8) {
        let expands = match byte {
            b'{' => shape::brace_expands(cut(self.source, self.at, self.source.len())),
            _ => false,
        };
        if expands {
            let rest = cut(self.source, self.at, self.source.len());
            let end = shape::brace_end(rest);
            for letter in cut(rest, 0, end).chars() {
                match letter {
                    '{' => self.out.brace(super::braces::OPEN),
                    ',' => self.out.brace(super::braces::COMMA),
                    '}' => self.out.brace(super::braces::CLOSE),
                    '\'' | '"' | '\\' => {}
                    other => self.out.letter(other),
                }
            }
            self.step(end);
        } else {
            self.out.letter(char::from(byte));
            self.step(1);
        }
    }

    /// A `$` and what it stands for.
    fn dollar(&mut self, in_quotes: bool) {
        match self.peek(1) {
            Some(b'\'') if !in_quotes => {
                self.step(2);
                self.numbered();
            }
            Some(b'"') if !in_quotes => {
                self.step(2);
                self.double_quotes();
            }
            Some(b'(') if self.peek(2) == Some(b'(') => self.arithmetic(),
            Some(b'(') => {
                self.step(2);
                let body = self.bracket_body();
                self.substitution("$(", body, in_quotes);
            }
            Some(b'{') => {
                self.step(2);
                self.braced(in_quotes);
            }
            Some(byte) if parameter::starts_name(byte) => {
                self.step(1);
                let length = parameter::name_bytes(cut(self.source, self.at, self.source.len()));
                let name = cut(self.source, self.at, self.at.saturating_add(length));
                self.step(length);
                let joined = self
                    .peek(0)
                    .is_some_and(|byte| byte.is_ascii_alphanumeric());
                let found = if matches!(name, "@" | "*") && joined && self.out.so_far().is_some() {
                    Found::Nothing
                } else {
                    self.out.variables.plain(name)
                };
                self.value(found, name, in_quotes);
            }
            _ => {
                self.step(1);
                self.out.letter('$');
            }
        }
    }

    /// `${...}`, the brace of which is behind us.
    fn braced(&mut self, in_quotes: bool) {
        let rest = cut(self.source, self.at, self.source.len());
        let Some(length) = parameter::end(rest) else {
            self.out.bare("${");
            return;
        };
        let body = cut(rest, 0, length);
        self.step(length.saturating_add(1));
        let found = parameter::braced(body, &self.out.variables);
        self.value(found, body, in_quotes);
    }

    /// Adds the value of a variable; one that nobody knows stays as it was named.
    fn value(&mut self, found: Found, name: &str, in_quotes: bool) {
        match found {
            Found::Nothing => {
                self.out.disguise.variables = self.out.disguise.variables.saturating_add(1);
            }
            Found::Blank => {
                self.out.disguise.separators = self.out.disguise.separators.saturating_add(1);
                if in_quotes {
                    self.out.quoted(" ");
                } else {
                    self.end_word();
                }
            }
            Found::Unknown if name.len() == parameter::name_bytes(name) => {
                self.out.live(&["$", name]);
            }
            Found::Unknown => self.out.live(&["${", name, "}"]),
            Found::Value(value) => {
                self.out.disguise.variables = self.out.disguise.variables.saturating_add(1);
                if !self.out.spend(value.len()) {
                    return;
                }
                if in_quotes {
                    self.out.quoted(&value);
                } else {
                    self.out.split(&value);
                }
            }
        }
    }

    /// `$'...'`: letters by number.
    fn numbered(&mut self) {
        self.out.quoted("");
        loop {
            let run = self.run_until(|byte| matches!(byte, b'\'' | b'\\'));
            self.out.quoted(run);
            match self.peek(0) {
                Some(b'\\') => {
                    let rest = cut(self.source, self.at, self.source.len());
                    let (letter, length, is_number) = super::decode::escape(rest);
                    self.step(length.max(1));
                    if is_number {
                        self.out.disguise.numbered_letters =
                            self.out.disguise.numbered_letters.saturating_add(1);
                    }
                    if let Some(letter) = letter {
                        self.out.letter(letter);
                    }
                }
                Some(_) => {
                    self.step(1);
                    return;
                }
                None => {
                    self.unclosed = true;
                    return;
                }
            }
        }
    }

    fn arithmetic(&mut self) {
        let rest = cut(self.source, self.at, self.source.len());
        let length = rest
            .find("))")
            .map_or(rest.len(), |end| end.saturating_add(2));
        self.out.live(&[cut(rest, 0, length)]);
        self.step(length);
    }

    /// Takes what stands between brackets, the first of which is behind us.
    fn bracket_body(&mut self) -> &'s str {
        let rest = cut(self.source, self.at, self.source.len());
        let (length, closed) = shape::bracket_end(rest);
        self.unclosed |= !closed;
        self.step(length.saturating_add(usize::from(closed)));
        cut(rest, 0, length)
    }

    fn backquotes(&mut self, in_quotes: bool) {
        self.step(1);
        let body = self.take_until("`");
        self.substitution("$(", body, in_quotes);
    }

    /// Puts in what a substitution gives where that is plain; else its code, which is read later.
    fn substitution(&mut self, mark: &str, body: &str, in_quotes: bool) {
        if let Some(value) = super::pipeline::resolve(body, self.out) {
            self.out.disguise.resolved = self.out.disguise.resolved.saturating_add(1);
            if in_quotes {
                self.out.quoted(&value);
            } else {
                self.out.split(&value);
            }
            return;
        }
        self.out.live(&[mark, body, ")"]);
        let parent = self.out.statements.len();
        self.out
            .nest(body, Language::Shell, Origin::Substitution, Some(parent));
    }

    fn line_end(&mut self) {
        self.end_word();
        self.step(1);
        let known = self.out.here_documents.len();
        for waiting in std::mem::take(&mut self.waiting) {
            let here = self.here_document(&waiting);
            self.out.here_documents.push(here);
        }
        if self.out.has_statement() {
            self.end_statement(";", Joint::Sequence);
        }
        super::code::fed(self.out, known);
    }

    /// Takes the lines of a here-document.
    fn here_document(&mut self, waiting: &Waiting) -> HereDocument {
        let start = self.at;
        let mut end = self.source.len();
        while self.at < self.source.len() {
            let line_start = self.at;
            let line = self.run_until(|byte| byte == b'\n');
            self.step(1);
            let line = if waiting.is_indented {
                line.trim_start_matches('\t')
            } else {
                line
            };
            if line.trim_end_matches('\r') == waiting.delimiter {
                end = line_start;
                break;
            }
        }
        let body = cut(self.source, start, end.min(self.source.len()));
        HereDocument {
            statement: waiting.statement,
            body: body.to_owned(),
        }
    }

    fn operator(&mut self, byte: u8) {
        match (byte, self.peek(1)) {
            (b'&', Some(b'>')) => self.redirection(),
            (b'&', Some(b'&')) => self.two("&&", Joint::And),
            (b'&', _) => self.one("&", Joint::Background),
            (b'|', Some(b'|')) => self.two("||", Joint::Or),
            (b'|', Some(b'&')) => self.two("|", Joint::Pipe),
            (b'|', _) => self.one("|", Joint::Pipe),
            (b';', Some(b';')) => self.two(";", Joint::Sequence),
            (b'(', Some(b'(')) if self.out.so_far().is_none() => {
                let rest = cut(self.source, self.at, self.source.len());
                let length = rest
                    .find("))")
                    .map_or(rest.len(), |end| end.saturating_add(2));
                self.out.whole(cut(rest, 0, length), Role::Keyword);
                self.step(length);
            }
            (b'(', _) => self.one("(", Joint::First),
            (b')', _) => self.one(")", Joint::Sequence),
            _ => self.one(";", Joint::Sequence),
        }
    }

    fn one(&mut self, operator: &str, joint: Joint) {
        self.end_statement(operator, joint);
        self.step(1);
    }

    fn two(&mut self, operator: &str, joint: Joint) {
        self.end_statement(operator, joint);
        self.step(2);
    }

    /// Redirections, longest first.
    fn redirection(&mut self) {
        const OPERATORS: [&str; 11] = [
            "<<<", "<<-", "&>>", "<<", "<>", "<&", ">>", ">&", ">|", "&>", ">",
        ];
        let rest = cut(self.source, self.at, self.source.len());
        if rest.starts_with("<(") || rest.starts_with(">(") {
            let mark = cut(rest, 0, 2);
            self.step(2);
            let body = self.bracket_body();
            self.out.live(&[mark, body, ")"]);
            let parent = self.out.statements.len();
            self.out
                .nest(body, Language::Shell, Origin::Substitution, Some(parent));
            return;
        }
        let is_descriptor = self.out.so_far().is_some_and(|(word, quoted)| {
            !quoted && word.bytes().all(|byte| byte.is_ascii_digit())
        });
        let mut operator = if is_descriptor {
            self.out.take_descriptor()
        } else {
            String::new()
        };
        self.end_word();
        let found = OPERATORS
            .iter()
            .find(|operator| rest.starts_with(**operator));
        let found = found.copied().unwrap_or("<");
        operator.push_str(found);
        self.out.redirection(&operator);
        self.step(found.len());
        self.awaits_mark = match found {
            "<<" => Some(false),
            "<<-" => Some(true),
            _ => None,
        };
    }
}
