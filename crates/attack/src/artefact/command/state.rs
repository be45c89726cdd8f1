//! What a line asks of the shell that reads it: code put before it or around it would answer otherwise.

use super::line::{Line, Place};

/// Marks of what the shell tells of what came before.
const LOOKS_BACK: &[&str] = &[
    "$?",
    "$_",
    "$!",
    "${?",
    "${_",
    "${!",
    "PIPESTATUS",
    "LINENO",
    "BASH_",
    "SECONDS",
    "set -",
    "trap ",
];

/// Marks of what another shell answers otherwise.
const LOOKS_AROUND: &[&str] = &[
    "$$", "$@", "$*", "$#", "$-", "$0", "$1", "$2", "$3", "$4", "$5", "$6", "$7", "$8", "$9", "${",
    "PPID", "SHLVL", "RANDOM", "BASH", "history", "fc ",
];

/// Builtins that change the shell or are answered by it.
const STATEFUL: &[&str] = &[
    ".",
    "alias",
    "bg",
    "break",
    "cd",
    "continue",
    "declare",
    "dirs",
    "disown",
    "enable",
    "eval",
    "exec",
    "exit",
    "export",
    "fg",
    "getopts",
    "hash",
    "jobs",
    "let",
    "local",
    "logout",
    "mapfile",
    "popd",
    "pushd",
    "read",
    "readarray",
    "readonly",
    "return",
    "set",
    "shift",
    "shopt",
    "source",
    "suspend",
    "times",
    "trap",
    "typeset",
    "ulimit",
    "umask",
    "unalias",
    "unset",
    "wait",
];

/// Other builtins, which no program can be put before.
const BUILTINS: &[&str] = &[
    ":", "[", "bind", "builtin", "caller", "command", "compgen", "complete", "echo", "false",
    "help", "kill", "printf", "pwd", "test", "true", "type",
];

/// Returns whether a text asks what the statements before it came to.
pub(super) fn looks_back(text: &str) -> bool {
    LOOKS_BACK.iter().any(|mark| text.contains(mark))
}

/// Returns whether another shell may run the line: it neither asks for anything of this one nor leaves anything to it.
pub(super) fn stands_alone(line: &Line<'_>) -> bool {
    let asks = looks_back(line.text)
        || LOOKS_AROUND.iter().any(|mark| line.text.contains(mark))
        || asks_for_variables(line.text);
    let keeps = line
        .statements
        .iter()
        .any(|statement| match line.program(statement) {
            Some(program) => STATEFUL.contains(&program),
            None => statement.word_of_program().is_none(),
        });
    !asks && !keeps
}

/// Returns whether a name that is not in capitals, as names of the environment are, stands behind a `$`.
fn asks_for_variables(text: &str) -> bool {
    let mut names = text.split('$').skip(1);
    names.any(|name| name.starts_with(|letter: char| letter.is_ascii_lowercase() || letter == '_'))
}

/// Returns whether a name is that of a program in a file, as far as the shell's own are known.
pub(super) fn is_external(program: &str) -> bool {
    !STATEFUL.contains(&program) && !BUILTINS.contains(&program)
}

/// Returns whether a statement has an assignment before what it runs.
pub(super) fn has_assignment(statement: &super::line::Statement) -> bool {
    statement
        .words
        .iter()
        .any(|word| word.place == Place::Assignment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_needs_its_shell_does_not_stand_alone() {
        for text in [
            "cd /x; ls",
            "echo $?",
            "a=1",
            "echo $x",
            "exit 3",
            "cat $1",
            "kill $$",
            "read a",
        ] {
            assert!(!stands_alone(&Line::read(text).unwrap()), "{text}");
        }
        for text in ["ls | wc -l", "echo \"$HOME\"", "A=1 env"] {
            assert!(stands_alone(&Line::read(text).unwrap()), "{text}");
        }
    }
}
