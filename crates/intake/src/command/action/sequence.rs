//! What takes several statements: download and run, a shell on a pipe to the network, hunting for a folder.

use super::{Action, Set};
use crate::command::lexicon::{Class, Mark, Marks};
use crate::command::parse::Command;
use crate::command::word::{Joint, Language, Origin, Role, Statement, base_name};

/// Files that are remembered.
const FILES_MAX: usize = 16;

pub(super) fn see(command: &Command, marks: &[Marks], sets: &mut [Set]) {
    if command.statements.len() < 2 {
        return;
    }
    let found = Found::look(command, marks);
    pipelines(command, sets);
    nested(command, sets);
    files(command, sets);
    neighbours(command, sets);
    let first = sets.first_mut();
    if let Some(set) = first {
        set.when(found.folders >= 2, Action::FolderHunt);
        set.when(found.alternatives >= 2, Action::DownloadAlternatives);
        set.when(
            found.has_device && found.has_joined_shell,
            Action::ConnectBack,
        );
        set.when(
            found.has_pipe_file && (found.has_network || found.has_shell),
            Action::Relay,
        );
    }
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one thing that was seen, none is a mode"
)]
#[derive(Default)]
struct Found {
    /// `cd` behind `||`.
    folders: u32,
    /// Kinds of downloaders behind `||` or `;`.
    alternatives: u32,
    has_pipe_file: bool,
    has_network: bool,
    has_shell: bool,
    /// A device that is a connection.
    has_device: bool,
    /// A shell that reads or writes another descriptor.
    has_joined_shell: bool,
}

impl Found {
    fn look(command: &Command, marks: &[Marks]) -> Self {
        let mut found = Self::default();
        let mut before = "";
        for (statement, marks) in command.statements.iter().zip(marks) {
            let (name, class) = (
                command.program(statement).unwrap_or(""),
                command.class(statement),
            );
            let is_other = statement.joint == Joint::Or || statement.joint == Joint::Sequence;
            found.folders = found.folders.saturating_add(u32::from(
                name == "cd" && (statement.joint == Joint::Or || before == "cd"),
            ));
            if class == Class::Downloader {
                let differs = is_other && before != name && !before.is_empty();
                found.alternatives = found
                    .alternatives
                    .saturating_add(u32::from(differs || found.alternatives == 0));
                before = name;
            }
            if name == "cd" {
                before = name;
            }
            let makes = name == "mkfifo" || (name == "mknod" && last_is_pipe(command, statement));
            found.has_pipe_file |= makes;
            found.has_network |= is_network(command, statement) || marks.has(Mark::DevTcp);
            found.has_device |= marks.has(Mark::DevTcp);
            found.has_joined_shell |=
                class == Class::Shell && joins_descriptors(command, statement);
            found.has_shell |= class == Class::Shell && has_flag(command, statement, "-i");
        }
        found
    }
}

fn joins_descriptors(command: &Command, statement: &Statement) -> bool {
    let mut words = command.words_of(statement).iter();
    words.any(|word| word.role == Role::Redirection && command.letters(word).ends_with('&'))
}

fn last_is_pipe(command: &Command, statement: &Statement) -> bool {
    let words = command.words_of(statement);
    words
        .last()
        .is_some_and(|word| command.letters(word) == "p")
}

fn has_flag(command: &Command, statement: &Statement, flag: &str) -> bool {
    let words = command.given(statement).iter();
    words
        .filter(|word| word.role == Role::Flag)
        .any(|word| command.letters(word) == flag)
}

fn is_network(command: &Command, statement: &Statement) -> bool {
    let name = command.program(statement).unwrap_or("");
    let by_openssl = || {
        let words = command.words_of(statement).iter();
        words
            .map(|word| command.letters(word))
            .any(|word| matches!(word, "s_client" | "s_server"))
    };
    command.class(statement) == Class::Netcat
        || name == "telnet"
        || (name == "openssl" && by_openssl())
}

/// A shell at the end of a pipe from the network, or between two ends of one.
fn pipelines(command: &Command, sets: &mut [Set]) {
    let (mut fetches, mut network, mut shells) = (false, false, false);
    for (statement, set) in command.statements.iter().zip(sets) {
        if statement.joint != Joint::Pipe {
            (fetches, network, shells) = (false, false, false);
        }
        let class = command.class(statement);
        let reads_input =
            matches!(class, Class::Shell | Class::Script) && reads_input(command, statement);
        if reads_input {
            set.when(fetches, Action::DownloadRun);
            set.when(network, Action::ConnectBack);
        }
        let is_network = is_network(command, statement);
        set.when(is_network && shells, Action::ConnectBack);
        fetches |= class == Class::Downloader;
        network |= is_network;
        shells |= class == Class::Shell;
    }
}

/// A file that is printed and then used, and a file that a program takes apart again which put it together.
fn neighbours(command: &Command, sets: &mut [Set]) {
    let pairs = command
        .statements
        .iter()
        .zip(command.statements.iter().skip(1));
    for ((before, statement), set) in pairs.zip(sets.iter_mut().skip(1)) {
        if before.layer != statement.layer {
            continue;
        }
        let (first, second) = (command.program(before), command.program(statement));
        let follows = matches!(statement.joint, Joint::Sequence | Joint::And);
        let prints = matches!(first, Some("echo" | "printf" | "cat")) && writes(command, before);
        let prints_again = second == first;
        set.when(follows && prints && !prints_again, Action::PrintThenRun);
        let returns = ["-d", "-D", "--decode", "-r", "-dc", "-xO", "-p"]
            .iter()
            .any(|flag| has_flag(command, statement, flag));
        let is_same = first == second && first.is_some();
        let is_joined = follows || statement.joint == Joint::Pipe;
        set.when(is_joined && is_same && returns, Action::RoundTrip);
    }
}

fn writes(command: &Command, statement: &Statement) -> bool {
    let words = command.words_of(statement);
    words.windows(2).any(|pair| match pair {
        [operator, target] if operator.role == Role::Redirection => {
            let operator = command.letters(operator);
            operator.contains('>')
                && !operator.ends_with('&')
                && command.letters(target) != "/dev/null"
        }
        _ => false,
    })
}

fn reads_input(command: &Command, statement: &Statement) -> bool {
    let words = command.given(statement).iter();
    let mut arguments = words
        .filter(|word| word.role == Role::Argument)
        .map(|word| command.letters(word));
    let reads_anyway = has_flag(command, statement, "-s");
    arguments.next().is_none_or(|argument| argument == "-") || reads_anyway
}

/// A download whose text a shell reads: `sh -c "$(curl ...)"`, `bash <(wget ...)`, `eval`, `source`.
fn nested(command: &Command, sets: &mut [Set]) {
    for (statement, set) in command.statements.iter().zip(sets) {
        let layer = command.layer(statement);
        if command.class(statement) != Class::Downloader || layer.origin != Origin::Substitution {
            continue;
        }
        let parent = layer.parent.and_then(|place| command.statements.get(place));
        let runs = parent.is_some_and(|parent| {
            let name = command.program(parent).unwrap_or("");
            let is_program = parent
                .program
                .and_then(|place| command.words.get(place))
                .is_some_and(|word| word.live);
            let is_shell = matches!(command.class(parent), Class::Shell | Class::Script);
            is_shell
                || is_program
                || matches!(name, "eval" | "source" | ".")
                || command.layer(parent).language != Language::Shell
        });
        set.when(runs, Action::DownloadRun);
    }
}

/// A file that is fetched or written, and run later in the line.
fn files(command: &Command, sets: &mut [Set]) {
    let mut fetched: Vec<&str> = Vec::new();
    for (statement, set) in command.statements.iter().zip(sets) {
        let class = command.class(statement);
        let words = command.given(statement);
        let names = || {
            let words = words
                .iter()
                .filter(|word| matches!(word.role, Role::Argument | Role::Target | Role::Program));
            words.map(|word| base_name(command.letters(word)))
        };
        let runs = match class {
            Class::Shell | Class::Script => names().skip(1).any(|name| fetched.contains(&name)),
            _ => {
                let program = statement.program.and_then(|place| command.words.get(place));
                let path = program.map_or("", |word| command.letters(word));
                path.contains('/') && fetched.contains(&base_name(path))
            }
        };
        let permits = command.program(statement) == Some("chmod")
            && names().any(|name| fetched.contains(&name));
        set.when(runs || permits, Action::DownloadFileRun);
        let brings_files =
            class == Class::Downloader || class == Class::Copier || class == Class::Netcat;
        if brings_files && fetched.len() < FILES_MAX {
            let files = names()
                .skip(1)
                .filter(|name| name.len() > 1 && !name.contains("://"));
            fetched.extend(files.take(FILES_MAX.saturating_sub(fetched.len())));
        }
    }
}
