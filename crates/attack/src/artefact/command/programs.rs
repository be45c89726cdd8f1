//! Programs that are told apart: where they stand, and what they do with their input.

/// Programs that stand in `/usr/bin` (and so in `/bin`) of the usual distributions, and do the same under another name or
/// path. In order.
const STANDARD: &[&str] = &[
    "basename",
    "bash",
    "base64",
    "cat",
    "chmod",
    "cp",
    "curl",
    "cut",
    "date",
    "dirname",
    "env",
    "expr",
    "find",
    "grep",
    "head",
    "id",
    "ls",
    "md5sum",
    "mkdir",
    "mkfifo",
    "mktemp",
    "mv",
    "nc",
    "nl",
    "od",
    "paste",
    "perl",
    "python3",
    "rev",
    "rm",
    "sed",
    "seq",
    "sha256sum",
    "sleep",
    "sort",
    "stat",
    "tac",
    "tail",
    "tee",
    "touch",
    "tr",
    "uname",
    "uniq",
    "wc",
    "wget",
    "whoami",
    "xargs",
];

/// Programs that do not read standard input, whatever plain words they are given but `-`.
const WITHOUT_INPUT: &[&str] = &[
    "basename", "chmod", "cp", "curl", "date", "dirname", "expr", "find", "id", "ls", "mkdir",
    "mkfifo", "mktemp", "mv", "rm", "seq", "sleep", "stat", "touch", "uname", "useradd", "wget",
    "whoami",
];

/// Programs that do not tell by which path they were given a file.
const PATH_BLIND: &[&str] = &[
    "bash", "cat", "chmod", "cp", "mkdir", "mkfifo", "mv", "python3", "rm", "rmdir", "sh", "touch",
];

pub(super) fn is_standard(program: &str) -> bool {
    STANDARD.contains(&program)
}

pub(super) fn reads_no_input(program: &str) -> bool {
    WITHOUT_INPUT.contains(&name_of(program))
}

pub(super) fn is_path_blind(program: &str) -> bool {
    PATH_BLIND.contains(&name_of(program))
}

/// Returns the last name of a path.
pub(super) fn name_of(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}
