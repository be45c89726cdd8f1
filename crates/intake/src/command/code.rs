//! Finds code within a statement: `sh -c`, `eval`, `find -exec`, the bodies of other languages, and the
//! shell commands that those run.
//!
//! ```text
//!   bash -c 'python -c "import os; os.system(\"id\")"'
//!   layer 0      layer 1: python            layer 2: the script   layer 3: id
//! ```

use super::assembly::Assembly;
use super::lexicon::{Class, class_of};
use super::word::{Joint, Language, Origin, Role, Statement, Word, base_name, cut};

/// Commands in strings of one script that are read.
const CALLS_MAX: usize = 16;

/// Calls of other languages that run a command, the end of their names.
const CALLS: &[&str] = &[
    "system",
    "popen",
    "exec",
    "execl",
    "execle",
    "execlp",
    "execv",
    "execve",
    "execvp",
    "spawn",
    "spawnsync",
    "execsync",
    "execfile",
    "shell_exec",
    "passthru",
    "call",
    "run",
    "check_output",
    "check_call",
    "getoutput",
    "getstatusoutput",
    "execute",
    "posix_spawn",
    "processbuilder",
    "pcntl_exec",
    "proc_open",
    "esyscmd",
    "syscmd",
];

/// Finds the code that a finished statement holds, and lets it wait its turn.
pub(super) fn nested(out: &mut Assembly<'_>, statement: &Statement) {
    if out.layer.language != Language::Shell {
        return;
    }
    let Some(program) = statement.program else {
        return;
    };
    let jobs = jobs(out, statement, program);
    let parent = out.statements.len().saturating_sub(1);
    for (code, language) in jobs {
        out.nest(&code, language, Origin::Argument, Some(parent));
    }
}

fn jobs(out: &Assembly<'_>, statement: &Statement, program: usize) -> Vec<(String, Language)> {
    let behind = program.saturating_add(1)..statement.last;
    let words = out.words.get(behind).unwrap_or(&[]);
    let letters = |word: &Word| cut(&out.text, word.start, word.end);
    let name = out
        .words
        .get(program)
        .map_or("", |word| base_name(letters(word)));
    let arguments = || words.iter().filter(|word| word.role == Role::Argument);
    let one = |code: Option<&str>, language| {
        let code = code.map(str::to_owned);
        code.into_iter().map(|code| (code, language)).collect()
    };
    match (name, class_of(name)) {
        ("eval", _) => vec![(
            arguments().map(letters).collect::<Vec<_>>().join(" "),
            Language::Shell,
        )],
        ("trap", _) => one(arguments().next().map(letters), Language::Shell),
        ("su" | "script" | "sg" | "runuser" | "flock" | "watch" | "at", _) | (_, Class::Shell) => {
            one(
                option_value(words, &out.text, &['c']).or_else(|| {
                    let quoted = arguments().next().filter(|_| name == "watch");
                    quoted.map(letters)
                }),
                Language::Shell,
            )
        }
        ("ssh", _) => one(remote(words, &out.text), Language::Shell),
        ("find", _) => executed(words, &out.text),
        ("python" | "python2" | "python3", _) => {
            one(option_value(words, &out.text, &['c']), Language::Script)
        }
        (_, Class::Script) => one(
            option_value(words, &out.text, &['e', 'r', 'c', 'E']),
            Language::Script,
        ),
        (_, Class::Awk) => one(arguments().next().map(letters), Language::Script),
        (_, Class::Editor) => one(
            option_value(words, &out.text, &['c', 'e', 'x', 'd']),
            Language::Editor,
        ),
        _ => Vec::new(),
    }
}

/// Returns what stands behind the first short option whose letters end in one of `marks`, or in the same word.
fn option_value<'t>(words: &[Word], text: &'t str, marks: &[char]) -> Option<&'t str> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let letters = cut(text, word.start, word.end);
        let Some(option) = letters
            .strip_prefix('-')
            .filter(|_| word.role == Role::Flag)
        else {
            continue;
        };
        if option.starts_with(marks)
            && option.len() > 3
            && option.contains([' ', '(', ';', '\'', '`'])
        {
            return option.get(1..);
        }
        let is_mark = !option.starts_with('-') && option.len() <= 6 && option.ends_with(marks);
        if is_mark
            || matches!(option, "-eval" | "-cmd" | "-command" | "-execute")
            || (marks == ['c'] && is_c(option))
        {
            return words.next().map(|word| cut(text, word.start, word.end));
        }
    }
    None
}

/// `-c` among other letters, such as `-ci`.
fn is_c(option: &str) -> bool {
    option.len() <= 4
        && option.contains('c')
        && option.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// Returns the command that `ssh` is given for the other side.
fn remote<'t>(words: &[Word], text: &'t str) -> Option<&'t str> {
    const VALUES: &str = "bcDEeFIiJLlmOopQRSWw";
    let (mut host, mut value) = (false, false);
    for word in words {
        let letters = cut(text, word.start, word.end);
        match word.role {
            Role::Flag if !host => {
                value = letters.len() == 2 && letters.contains(|letter| VALUES.contains(letter));
            }
            Role::Argument if value => value = false,
            Role::Argument if host => {
                let end = words.last().map_or(word.end, |word| word.end);
                return Some(cut(text, word.start, end));
            }
            Role::Argument => host = true,
            _ => {}
        }
    }
    None
}

/// Returns the commands that `find` runs.
fn executed(words: &[Word], text: &str) -> Vec<(String, Language)> {
    let mut jobs = Vec::new();
    let mut code: Option<String> = None;
    for word in words {
        let letters = cut(text, word.start, word.end);
        match &mut code {
            None if matches!(letters, "-exec" | "-execdir" | "-ok" | "-okdir") => {
                code = Some(String::new());
            }
            None => {}
            Some(_) if matches!(letters, ";" | "+" | "\\;") => jobs.extend(code.take()),
            Some(code) => {
                if !code.is_empty() {
                    code.push(' ');
                }
                super::show::quote(code, letters);
            }
        }
    }
    jobs.extend(code);
    jobs.into_iter()
        .take(CALLS_MAX)
        .map(|code| (code, Language::Shell))
        .collect()
}

/// Lets the here-documents from place `first` on wait their turn.
pub(super) fn fed(out: &mut Assembly<'_>, first: usize) {
    for place in first..out.here_documents.len() {
        let Some(here) = out.here_documents.get_mut(place) else {
            return;
        };
        let (statement, body) = (here.statement, std::mem::take(&mut here.body));
        let language = language_of_input(out, statement, &body);
        out.nest(&body, language, Origin::Fed, Some(statement));
        if let Some(here) = out.here_documents.get_mut(place) {
            here.body = body;
        }
    }
}

/// Returns what the input of a statement is written in.
fn language_of_input(out: &Assembly<'_>, statement: usize, body: &str) -> Language {
    let statement = out.statements.get(statement);
    let class = statement
        .and_then(|statement| statement.program)
        .and_then(|program| {
            let word = out.words.get(program)?;
            Some(class_of(base_name(out.letters(word))))
        });
    let opening = body.lines().next().unwrap_or("");
    let is_script = opening.starts_with("#!") && opening.contains("sh");
    match class {
        Some(Class::Shell | Class::Remote) => Language::Shell,
        Some(Class::Script) => Language::Script,
        _ if is_script => Language::Shell,
        _ => Language::Text,
    }
}

/// Reads a layer that is not the shell's: its text is one word, and the commands in it wait their turn.
pub(super) fn read_other(source: &str, out: &mut Assembly<'_>) {
    let code = source.trim();
    if code.is_empty() {
        return;
    }
    out.whole(code, Role::Body);
    out.end_statement(Joint::First);
    let parent = out.statements.len().saturating_sub(1);
    let found = match out.layer.language {
        Language::Script => calls(code),
        Language::Editor => shell_escapes(code),
        Language::Shell | Language::Text => Vec::new(),
    };
    for command in found {
        out.nest(command, Language::Shell, Origin::Argument, Some(parent));
    }
    if out.layer.language == Language::Script {
        encoded(code, out, parent);
    }
}

/// Letters of the shortest text that is tried as base64.
const ENCODED_BYTES_MIN: usize = 24;

/// Decodes the strings of a script that look like base64.
fn encoded(code: &str, out: &mut Assembly<'_>, parent: usize) {
    let is_letter =
        |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '+' | '/' | '=');
    let pieces = code
        .split(|letter| !is_letter(letter))
        .filter(|piece| piece.len() >= ENCODED_BYTES_MIN)
        .take(CALLS_MAX);
    for piece in pieces {
        let text = super::decode::base64(piece.as_bytes())
            .and_then(|bytes| super::decode::readable(&bytes));
        if let Some(text) = text {
            out.disguise.decoded = out.disguise.decoded.saturating_add(1);
            out.nest(&text, Language::Script, Origin::Decoded, Some(parent));
        }
    }
}

/// Finds strings of a script that are run as commands: behind a call that runs them, between backquotes, or
/// beside the pipe of awk.
fn calls(code: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut at = 0_usize;
    while found.len() < CALLS_MAX {
        let rest = cut(code, at, code.len());
        let Some(place) = rest.find(['\'', '"', '`']) else {
            break;
        };
        let start = at.saturating_add(place).saturating_add(1);
        let quote = rest.as_bytes().get(place).copied().unwrap_or(b'"');
        let length = string_bytes(cut(code, start, code.len()), quote);
        let before = cut(code, 0, start.saturating_sub(1))
            .trim_end_matches([' ', '(', '[', '{', '\n', '\t']);
        let behind = cut(
            code,
            start.saturating_add(length).saturating_add(1),
            code.len(),
        )
        .trim_start();
        let piped = before.ends_with('|') || before.ends_with("|&") || behind.starts_with('|');
        if quote == b'`' || piped || runs(before) {
            found.push(cut(code, start, start.saturating_add(length)));
        }
        at = start.saturating_add(length).saturating_add(1);
    }
    found
}

/// Returns whether code ends in the name of a call that runs a command.
fn runs(before: &str) -> bool {
    let start = before
        .bytes()
        .rev()
        .take(24)
        .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        .count();
    let name = cut(before, before.len().saturating_sub(start), before.len());
    CALLS.iter().any(|call| name.eq_ignore_ascii_case(call))
}

fn string_bytes(rest: &str, quote: u8) -> usize {
    let mut bytes = rest.bytes().enumerate();
    while let Some((place, byte)) = bytes.next() {
        if byte == b'\\' {
            bytes.next();
        } else if byte == quote {
            return place;
        }
    }
    rest.len()
}

/// Finds the commands that an editor or pager hands to a shell.
fn shell_escapes(code: &str) -> Vec<&str> {
    let marks = [":!", "\\!", "shell ", "system ", "!"];
    let found = marks.iter().find_map(|mark| {
        let place = code.find(mark)?;
        Some(cut(code, place.saturating_add(mark.len()), code.len()))
    });
    let mut all: Vec<&str> = found.into_iter().collect();
    all.extend(calls(code));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_that_run() {
        let check = |code: &str, expected: &[&str]| assert_eq!(calls(code), expected, "{code}");
        check("import os; os.system(\"id\")", &["id"]);
        check("BEGIN {system(\"/bin/sh\")}", &["/bin/sh"]);
        check("exec \"/bin/sh\";", &["/bin/sh"]);
        check("subprocess.call([\"/bin/sh\",\"-i\"])", &["/bin/sh"]);
        check("print `id`", &["id"]);
        check("BEGIN { \"id\" | getline x }", &["id"]);
        check("print(\"hello\")", &[]);
    }
}
