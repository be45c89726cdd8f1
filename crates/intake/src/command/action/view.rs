//! One statement, with what the rules ask of it.

use crate::command::lexicon::{Class, Mark, Marks, class_of, is_shell};
use crate::command::parse::Command;
use crate::command::word::{Joint, Language, Layer, Role, Statement, Word, base_name};

/// One statement as rules look at it.
pub(in crate::command) struct View<'c> {
    pub(super) command: &'c Command,
    pub(super) statement: &'c Statement,
    pub(super) words: &'c [Word],
    /// [`Command::given`].
    given: &'c [Word],
    /// The program's name without its folder.
    pub(super) name: &'c str,
    /// The program as written, with its folder.
    pub(super) path: &'c str,
    pub(super) class: Class,
    pub(super) marks: Marks,
    pub(super) layer: Layer,
    /// The one-letter options, each letter the bit of its code.
    letters: u128,
}

impl<'c> View<'c> {
    pub(super) fn new(command: &'c Command, statement: &'c Statement, marks: Marks) -> Self {
        let program = statement.program.and_then(|place| command.words.get(place));
        let path = program.map_or("", |word| command.letters(word));
        let name = base_name(path);
        let words = command.words_of(statement);
        let given = command.given(statement);
        let flags = given.iter().filter(|word| word.role == Role::Flag);
        let letters = flags.map(|word| letters_of(command.letters(word)));
        Self {
            command,
            statement,
            words,
            given,
            name,
            path,
            class: program.map(|_| class_of(name)).unwrap_or_default(),
            marks,
            layer: command.layer(statement),
            letters: letters.fold(0, |all, some| all | some),
        }
    }

    pub(super) const fn has(&self, mark: Mark) -> bool {
        self.marks.has(mark)
    }

    pub(super) fn any(&self, marks: &[Mark]) -> bool {
        marks.iter().any(|mark| self.marks.has(*mark))
    }

    pub(super) fn is(&self, names: &[&str]) -> bool {
        names.contains(&self.name)
    }

    /// The layer is code of another language.
    pub(super) fn is_code(&self) -> bool {
        matches!(self.layer.language, Language::Script | Language::Editor)
    }

    /// Returns what the program is given.
    pub(super) fn arguments(&self) -> impl Iterator<Item = &'c str> {
        of_role(self.command, self.given, Role::Argument)
    }

    /// Returns the variables that are set for the program, or by the statement.
    pub(super) fn assignments(&self) -> impl Iterator<Item = &'c str> {
        of_role(self.command, self.words, Role::Assignment)
    }

    /// Returns the program's options.
    pub(super) fn flags(&self) -> impl Iterator<Item = &'c str> {
        of_role(self.command, self.given, Role::Flag)
    }

    pub(super) fn is_wrapped(&self) -> bool {
        self.words.iter().any(|word| word.role == Role::Wrapper)
    }

    /// Returns whether one of these options is given, as written.
    pub(super) fn option(&self, options: &[&str]) -> bool {
        self.flags().any(|flag| {
            let name = flag.split_once('=').map_or(flag, |(name, _)| name);
            options.contains(&name)
        })
    }

    /// Returns whether a one-letter option is given, alone or among others.
    pub(super) const fn letter(&self, letter: char) -> bool {
        letter.is_ascii() && self.letters & 1_u128.wrapping_shl(letter as u32) != 0
    }

    /// Returns whether an argument is one of these.
    pub(super) fn argument(&self, values: &[&str]) -> bool {
        self.arguments().any(|argument| values.contains(&argument))
    }

    pub(super) fn last_argument(&self) -> &'c str {
        self.arguments().last().unwrap_or("")
    }

    /// Returns the files of redirections, each with its operator.
    pub(super) fn redirected(&self) -> impl Iterator<Item = (&'c str, &'c str)> {
        let (command, words) = (self.command, self.words);
        let pairs = words.windows(2).filter_map(|pair| match pair {
            [operator, target] if operator.role == Role::Redirection => Some((operator, target)),
            _ => None,
        });
        pairs.map(move |(operator, target)| (command.letters(operator), command.letters(target)))
    }

    /// Returns whether the statement writes a file for which `is_meant` holds.
    pub(super) fn writes(&self, is_meant: fn(&str) -> bool) -> bool {
        let redirected = self.redirected().any(|(operator, target)| {
            operator.contains('>') && !operator.ends_with('&') && is_meant(target)
        });
        redirected
            || match self.name {
                "tee" => self.arguments().any(is_meant),
                "cp" | "mv" | "ln" | "install" | "rsync" | "scp" | "touch" => {
                    is_meant(self.last_argument())
                }
                "dd" => self
                    .arguments()
                    .filter_map(|argument| argument.strip_prefix("of="))
                    .any(is_meant),
                "wget" | "curl" => {
                    let takes_file =
                        self.option(&["-O", "-o", "--output-document", "--output", "-P"]);
                    takes_file && self.arguments().any(is_meant)
                }
                _ => false,
            }
    }

    /// Returns whether the statement changes a file at all.
    pub(super) fn changes_files(&self) -> bool {
        let edits = match self.name {
            "sed" | "perl" => self.letter('i') || self.option(&["--in-place"]),
            "tee" | "cp" | "mv" | "ln" | "install" | "dd" | "rm" | "truncate" | "shred"
            | "touch" | "chmod" => true,
            _ => false,
        };
        edits
            || self.redirected().any(|(operator, target)| {
                operator.contains('>') && !target.starts_with("/dev/") && !operator.ends_with('&')
            })
    }

    pub(super) fn is_piped(&self) -> bool {
        self.statement.joint == Joint::Pipe
    }

    /// Returns whether the statement holds the address of a machine.
    pub(super) fn has_address(&self) -> bool {
        self.words
            .iter()
            .any(|word| crate::command::address::first(self.command.letters(word)).is_some())
    }
}

fn of_role<'c>(
    command: &'c Command,
    words: &'c [Word],
    role: Role,
) -> impl Iterator<Item = &'c str> {
    let words = words.iter().filter(move |word| word.role == role);
    words.map(move |word| command.letters(word))
}

/// Returns the letters of a word that may be one-letter options, each the bit of its code.
fn letters_of(flag: &str) -> u128 {
    match flag.strip_prefix('-') {
        Some(letters) if !letters.starts_with('-') && letters.len() <= 6 => {
            let ascii = letters.bytes().filter(u8::is_ascii);
            ascii.fold(0, |all, letter| {
                all | 1_u128.wrapping_shl(u32::from(letter))
            })
        }
        _ => 0,
    }
}

/// Returns whether a word names a shell by its path.
pub(super) fn is_shell_path(word: &str) -> bool {
    word.starts_with('/') && is_shell(base_name(word))
}

/// Returns whether a path lies where everybody may write.
pub(super) fn is_temporary(path: &str) -> bool {
    [
        "/tmp",
        "/var/tmp",
        "/dev/shm",
        "/var/run",
        "/run/",
        "/var/lock",
    ]
    .iter()
    .any(|folder| path.starts_with(folder))
}

/// Returns whether a file's name has no suffix.
pub(super) fn lacks_suffix(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or("");
    !name.is_empty() && !name.trim_matches('.').contains('.')
}

/// Returns whether a file is named as scripts of a shell are.
pub(super) fn is_shell_script(path: &str) -> bool {
    path.strip_suffix(".sh")
        .is_some_and(|stem| !stem.is_empty())
}

/// Returns whether a path lies in a folder of programs.
pub(super) fn is_program_file(path: &str) -> bool {
    [
        "/bin/",
        "/usr/bin/",
        "/sbin/",
        "/usr/sbin/",
        "/usr/local/bin/",
        "/usr/local/sbin/",
        "/usr/libexec/",
        "/usr/lib/",
    ]
    .iter()
    .any(|folder| path.starts_with(folder))
}
