//! Puts words, statements and layers together while a lexer reads.
//!
//! ```text
//!   Lexer ──bytes of words, operators──► Assembly ──roles──► statements ──► nested code waits its turn
//! ```
//!
//! Everything that grows is bounded here: statements, layers, and the bytes of all layers together.

use std::collections::VecDeque;

use ringtrue_core::Limits;

use super::braces;
use super::copies::Copies;
use super::parse::ParseIssue;
use super::roles;
use super::variables::Variables;
use super::word::{Joint, Language, Layer, Origin, Role, Statement, Word, cut};

/// What the normalisation undid or met, by number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Disguise {
    /// Backslashes before a letter or digit that needs none.
    pub(super) needless_escapes: u32,
    /// Words that change between quoted and bare in their middle, such as `w'g'et`.
    pub(super) broken_words: u32,
    /// Letters given by number (`\x77`, `\167`).
    pub(super) numbered_letters: u32,
    /// Variables of the line itself that were put in.
    pub(super) variables: u32,
    /// `IFS` where a blank was meant.
    pub(super) separators: u32,
    /// Words that came of braces.
    pub(super) braces: u32,
    /// Substitutions that were worked out.
    pub(super) resolved: u32,
    /// Paths with wildcards that mean one well-known file.
    pub(super) wildcards: u32,
    /// Decoding steps taken.
    pub(super) decoded: u32,
    /// Bytes of comments.
    pub(super) comment_bytes: u32,
    /// Bytes that stood in quotes.
    pub(super) quoted_bytes: u32,
    /// Control characters.
    pub(super) controls: u32,
}

/// A layer that waits to be read.
pub(super) struct Pending {
    pub(super) code: String,
    pub(super) layer: Layer,
}

/// The lines that a statement reads from the code itself.
pub(super) struct HereDocument {
    pub(super) statement: usize,
    pub(super) body: String,
}

/// What stands ready of a command while it is read.
pub(super) struct Assembly<'l> {
    pub(super) limits: &'l Limits,
    pub(super) text: String,
    pub(super) words: Vec<Word>,
    pub(super) statements: Vec<Statement>,
    pub(super) layers: Vec<Layer>,
    pub(super) pending: VecDeque<Pending>,
    pub(super) variables: Variables,
    pub(super) copies: Copies,
    /// The here-documents of this layer and those before it.
    pub(super) here_documents: Vec<HereDocument>,
    pub(super) disguise: Disguise,
    pub(super) issues: Vec<ParseIssue>,
    /// Bytes that may still be read or made.
    pub(super) budget: usize,
    pub(super) layer: Layer,
    word: Option<OpenWord>,
    next_role: Role,
    joint: Joint,
    statement_start: usize,
    /// The first statement of the pipeline that is open.
    pub(super) pipeline_start: usize,
    /// Spare room for a word's expansions.
    spare: String,
    /// Pipelines are worked out by whoever asked for this reading, and not on the way.
    pub(super) is_substitution: bool,
}

/// The word that is being read.
#[derive(Clone, Copy, Default)]
struct OpenWord {
    start: usize,
    quoted: bool,
    braces: bool,
    live: bool,
}

impl<'l> Assembly<'l> {
    pub(super) fn new(limits: &'l Limits, budget: usize, layer: Layer) -> Self {
        Self {
            limits,
            text: String::new(),
            words: Vec::new(),
            statements: Vec::new(),
            layers: vec![layer],
            pending: VecDeque::new(),
            variables: Variables::default(),
            copies: Copies::default(),
            here_documents: Vec::new(),
            disguise: Disguise::default(),
            issues: Vec::new(),
            budget,
            layer,
            word: None,
            next_role: Role::Argument,
            joint: Joint::First,
            statement_start: 0,
            pipeline_start: 0,
            spare: String::new(),
            is_substitution: false,
        }
    }

    /// Makes room for what a line of so many bytes usually holds.
    pub(super) fn reserve(&mut self, bytes: usize) {
        const BYTES: usize = 1_024;
        const WORDS: usize = 16;
        const STATEMENTS: usize = 4;
        self.text.reserve(bytes.min(BYTES));
        self.words.reserve(WORDS);
        self.statements.reserve(STATEMENTS);
    }

    /// Starts the next layer.
    pub(super) fn open_layer(&mut self, layer: Layer) {
        self.end_statement(Joint::First);
        let first_word = self.words.len();
        self.layer = layer;
        self.layers.push(Layer {
            first_word,
            ..layer
        });
        self.joint = Joint::First;
        self.pipeline_start = self.statements.len();
        self.statement_start = self.words.len();
    }

    /// Tells an issue once.
    pub(super) fn tell(&mut self, issue: ParseIssue) {
        if !self.issues.contains(&issue) {
            self.issues.push(issue);
        }
    }

    /// Returns whether no more statements fit.
    pub(super) fn is_full(&self) -> bool {
        self.statements.len() >= self.limits.command_statements_max
    }

    /// Takes `bytes` off the budget; false when it is spent.
    pub(super) fn spend(&mut self, bytes: usize) -> bool {
        let enough = self.budget >= bytes;
        if enough {
            self.budget = self.budget.saturating_sub(bytes);
        } else {
            self.tell(ParseIssue::TooMuchDecoded);
        }
        enough
    }

    // Words.

    fn open(&mut self) -> &mut OpenWord {
        if self.word.is_none() && !self.text.is_empty() {
            self.text.push(' ');
        }
        let start = self.text.len();
        self.word.get_or_insert(OpenWord {
            start,
            ..OpenWord::default()
        })
    }

    /// Adds bare letters to the open word, or opens one.
    pub(super) fn bare(&mut self, letters: &str) {
        self.open();
        self.text.push_str(letters);
    }

    /// Adds letters that stood in quotes, or that an expansion gave inside quotes.
    pub(super) fn quoted(&mut self, letters: &str) {
        self.open().quoted = true;
        self.text.push_str(letters);
        self.disguise.quoted_bytes = self
            .disguise
            .quoted_bytes
            .saturating_add(u32::try_from(letters.len()).unwrap_or(u32::MAX));
    }

    /// Adds what only the shell knows when it runs.
    pub(super) fn live(&mut self, pieces: &[&str]) {
        self.open().live = true;
        self.text.extend(pieces.iter().copied());
    }

    /// Adds one letter that an escape gave.
    pub(super) fn letter(&mut self, letter: char) {
        self.open();
        self.text.push(letter);
    }

    /// Adds a brace or comma that may be expanded.
    pub(super) fn brace(&mut self, mark: char) {
        self.open().braces = true;
        self.text.push(mark);
    }

    /// Adds the value of an expansion outside of quotes: blanks end words.
    pub(super) fn split(&mut self, value: &str) {
        let mut pieces = value.split([' ', '\t', '\n']);
        if let Some(first) = pieces.next()
            && !first.is_empty()
        {
            self.bare(first);
        }
        for piece in pieces {
            self.end_word();
            if !piece.is_empty() {
                self.bare(piece);
            }
        }
    }

    /// Returns what the open word holds so far, and whether any of it was quoted.
    pub(super) fn so_far(&self) -> Option<(&str, bool)> {
        let word = self.word?;
        Some((cut(&self.text, word.start, self.text.len()), word.quoted))
    }

    /// Gives the open word up, which was the number of a file descriptor, and returns it.
    pub(super) fn take_descriptor(&mut self) -> String {
        let Some(word) = self.word.take() else {
            return String::new();
        };
        let number = cut(&self.text, word.start, self.text.len()).to_owned();
        self.text.truncate(word.start);
        if self.text.ends_with(' ') {
            self.text.pop();
        }
        number
    }

    /// Ends the open word, if there is one.
    pub(super) fn end_word(&mut self) {
        let Some(word) = self.word.take() else {
            return;
        };
        let role = std::mem::take(&mut self.next_role);
        if word.braces {
            self.end_braced(word, role);
            return;
        }
        if !word.quoted
            && let Some(path) =
                super::shape::wildcard_path(cut(&self.text, word.start, self.text.len()))
        {
            self.text.truncate(word.start);
            self.text.push_str(&path);
            self.disguise.wildcards = self.disguise.wildcards.saturating_add(1);
        }
        self.words.push(Word {
            start: word.start,
            end: self.text.len(),
            role,
            quoted: word.quoted,
            live: word.live,
        });
    }

    fn end_braced(&mut self, word: OpenWord, role: Role) {
        let mut spare = std::mem::take(&mut self.spare);
        spare.clear();
        spare.push_str(cut(&self.text, word.start, self.text.len()));
        self.text.truncate(word.start);
        let room = self
            .limits
            .command_braces_max
            .min(self.budget.checked_div(spare.len()).unwrap_or(usize::MAX));
        let expanded = braces::expand(&spare, room);
        let count = u32::try_from(expanded.len()).unwrap_or(u32::MAX);
        if expanded.len() > 1 {
            self.disguise.braces = self.disguise.braces.saturating_add(count);
        }
        for (index, piece) in expanded.iter().enumerate() {
            if index > 0 {
                self.text.push(' ');
                self.budget = self.budget.saturating_sub(piece.len());
            }
            let start = self.text.len();
            self.text.push_str(piece);
            self.words.push(Word {
                start,
                end: self.text.len(),
                role,
                quoted: word.quoted,
                live: word.live,
            });
        }
        self.spare = spare;
    }

    /// Adds a redirection; the next word is its target.
    pub(super) fn redirection(&mut self, operator: &str) {
        self.bare(operator);
        self.close_as(Role::Redirection, false);
        self.next_role = Role::Target;
    }

    fn close_as(&mut self, role: Role, quoted: bool) {
        if let Some(word) = self.word.take() {
            self.words.push(Word {
                start: word.start,
                end: self.text.len(),
                role,
                quoted,
                live: word.live,
            });
        }
    }

    /// Adds a whole word.
    pub(super) fn whole(&mut self, text: &str, role: Role) {
        self.end_word();
        self.bare(text);
        self.close_as(role, true);
    }

    /// Returns the letters of a word.
    pub(super) fn letters(&self, word: &Word) -> &str {
        cut(&self.text, word.start, word.end)
    }

    // Statements.

    /// Returns whether the open statement has a word.
    pub(super) fn has_statement(&self) -> bool {
        self.statement_start < self.words.len()
    }

    /// Ends the open statement with an operator; the next is joined as `joint`.
    pub(super) fn operator(&mut self, operator: &str, joint: Joint) {
        let is_needless = operator == ";" && !self.has_statement() && !self.is_behind_bracket();
        self.end_statement(joint);
        if is_needless {
            return;
        }
        self.bare(operator);
        self.close_as(Role::Operator, false);
        self.statement_start = self.words.len();
    }

    fn is_behind_bracket(&self) -> bool {
        self.words
            .last()
            .is_some_and(|word| self.letters(word) == ")")
    }

    /// Drops separators at the end, which say nothing.
    pub(super) fn drop_last_separators(&mut self) {
        while !self.has_statement()
            && let Some(word) = self.words.last().copied()
            && word.role == Role::Operator
            && self.letters(&word) == ";"
        {
            self.words.pop();
            self.text.truncate(word.start.saturating_sub(1));
            self.statement_start = self.words.len();
        }
    }

    /// Ends the open statement, if it has a word. What follows is joined as `joint`.
    pub(super) fn end_statement(&mut self, joint: Joint) {
        self.end_word();
        self.next_role = Role::Argument;
        let (first, last) = (self.statement_start, self.words.len());
        self.statement_start = last;
        if first < last {
            if self.is_full() {
                self.tell(ParseIssue::TooManyStatements);
            } else {
                self.finish_statement(first, last);
            }
        }
        if joint != Joint::Pipe {
            super::pipeline::finish(self);
            self.pipeline_start = self.statements.len();
        }
        self.joint = joint;
    }

    fn finish_statement(&mut self, first: usize, last: usize) {
        let layer = self.layers.len().saturating_sub(1);
        let mut statement = Statement {
            first,
            last,
            program: None,
            joint: self.joint,
            layer,
        };
        if self.layer.language == Language::Shell {
            let words = self.words.get_mut(first..last).unwrap_or(&mut []);
            let mut program = roles::assign(&self.text, words);
            if self.name_copy(program.map(|place| first.saturating_add(place))) {
                let words = self.words.get_mut(first..last).unwrap_or(&mut []);
                program = roles::assign(&self.text, words);
            }
            statement.program = program.map(|place| first.saturating_add(place));
            let words = self.words.get(first..last).unwrap_or(&[]);
            self.copies.learn(&self.text, words);
            self.variables
                .learn(&self.text, words, self.limits.command_decoded_bytes_max);
        }
        self.statements.push(statement);
        super::code::nested(self, &statement);
    }

    /// Takes out the copies that were made, if a statement calls one that was not known yet when it was read: nested code is read
    /// later than what stands behind it.
    pub(super) fn take_late_copies(&mut self) -> Option<Copies> {
        let programs = self.statements.iter().filter_map(|it| it.program);
        let mut words = programs.filter_map(|place| self.words.get(place));
        let is_late = words.any(|word| self.copies.program(self.letters(word)).is_some());
        is_late.then(|| std::mem::take(&mut self.copies))
    }

    /// Writes the name of the program where the last statement calls it by that of a copy; true if it did.
    fn name_copy(&mut self, program: Option<usize>) -> bool {
        let Some((place, word)) =
            program.and_then(|place| Some((place, self.words.get(place).copied()?)))
        else {
            return false;
        };
        let Some(name) = self.copies.program(self.letters(&word)) else {
            return false;
        };
        let end = word.start.saturating_add(name.len());
        self.text.replace_range(word.start..word.end, name);
        let moved = |at: usize| at.saturating_add(end).saturating_sub(word.end);
        if let Some(word) = self.words.get_mut(place) {
            word.end = end;
        }
        for later in self.words.iter_mut().skip(place.saturating_add(1)) {
            later.start = moved(later.start);
            later.end = moved(later.end);
        }
        true
    }

    /// Lets code wait its turn; dropped, with an issue, where it is too deep or too much.
    pub(super) fn nest(
        &mut self,
        code: &str,
        language: Language,
        origin: Origin,
        parent: Option<usize>,
    ) {
        if code.trim().is_empty() {
            return;
        }
        let depth = self.layer.depth.saturating_add(1);
        if depth > self.limits.command_layers_max {
            self.tell(ParseIssue::TooDeep);
            return;
        }
        if self.spend(code.len()) {
            self.pending.push_back(Pending {
                code: code.to_owned(),
                layer: Layer {
                    depth,
                    language,
                    origin,
                    parent,
                    first_word: 0,
                },
            });
        }
    }
}
