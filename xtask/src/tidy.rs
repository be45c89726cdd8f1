//! `tidy`: the rules of the source text that neither the compiler nor clippy checks.
//!
//! Each rule is one function from a file to the lines that break it, named `path:line: rule`.

use anyhow::{Context, Result};

use crate::process::{Project, refuse};
use crate::sources::{self, Source};

mod manifests;
mod messages;

/// Lines of product code in one file.
const FILE_LINES_MAX: usize = 600;

/// Marks that the rules look for, in two parts so that this file does not hold them.
const UNFINISHED: &str = concat!("TO", "DO");
const IGNORED_TEST: &str = concat!("#[ign", "ore");
const ALLOWED_LINT: [&str; 2] = [concat!("#[all", "ow("), concat!("#![all", "ow(")];

/// Top folders of machines that projects are worked on, which mean nothing on another.
const MACHINE_FOLDERS: [&str; 3] = [
    concat!("/wo", "rk/"),
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
];

/// What may stand before an absolute path. A letter or digit does not: that is a URL's path.
const BEFORE_A_PATH: [char; 8] = [' ', '"', '\'', '`', '(', '=', ':', '<'];

/// Whose folder stands in samples; nobody works there.
const SAMPLE_USER: &str = "ann";

/// Where samples of other machines are kept, whose paths are their own.
const SAMPLES: [&str; 2] = ["corpora/", "/tests/reference/"];

/// Reads every text file of the project.
pub(crate) fn run(project: &Project) -> Result<()> {
    let sources = sources::read_all(project.root())?;
    let mut found = Vec::new();
    for source in &sources {
        found.extend(machine_paths(source));
        found.extend(unfinished(source));
        if source.is_rust() {
            found.extend(opening(source));
            found.extend(length(source));
            found.extend(silenced(source));
            found.extend(messages::check(source));
        }
    }
    found.extend(manifests::check(&sources).context("cannot read the workspace's manifest")?);
    refuse(&found)
}

/// Every file of code says at its top what it is.
fn opening(source: &Source) -> Vec<String> {
    if source.text.starts_with("//!") {
        return Vec::new();
    }
    vec![format!(
        "{}:1: a file of code opens with `//!` and says what it is",
        source.path
    )]
}

fn length(source: &Source) -> Vec<String> {
    let lines = source.product_lines().count();
    if lines <= FILE_LINES_MAX {
        return Vec::new();
    }
    vec![format!(
        "{}: more than {FILE_LINES_MAX} lines of product code: {lines}",
        source.path
    )]
}

/// What is left to do has an issue's number: `(#12)` right after the mark.
fn unfinished(source: &Source) -> Vec<String> {
    lines_where(source, "what is left to do needs an issue number", |line| {
        line.split(UNFINISHED)
            .skip(1)
            .any(|rest| !starts_with_issue(rest))
    })
}

fn starts_with_issue(text: &str) -> bool {
    let number = text
        .strip_prefix("(#")
        .and_then(|rest| rest.split_once(')'));
    number.is_some_and(|(digits, _)| {
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Tests are not switched off, and lints are expected with a reason instead of allowed.
fn silenced(source: &Source) -> Vec<String> {
    let mut found = lines_where(source, "a test is mended or deleted, not ignored", |line| {
        line.contains(IGNORED_TEST)
    });
    found.extend(lines_where(
        source,
        "a lint is expected with a reason, not allowed",
        |line| ALLOWED_LINT.iter().any(|mark| line.contains(mark)),
    ));
    found
}

fn machine_paths(source: &Source) -> Vec<String> {
    if SAMPLES.iter().any(|folder| source.path.contains(folder)) {
        return Vec::new();
    }
    lines_where(source, "an absolute path of one machine", |line| {
        MACHINE_FOLDERS.iter().any(|folder| {
            line.match_indices(folder).any(|(at, _)| {
                let before = line.get(..at).and_then(|text| text.chars().next_back());
                let behind = line.get(at + folder.len()..).unwrap_or_default();
                let is_name =
                    |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '.');
                let name = behind
                    .split(|letter| !is_name(letter))
                    .next()
                    .unwrap_or_default();
                before.is_none_or(|character| BEFORE_A_PATH.contains(&character))
                    && !name.is_empty()
                    && name != SAMPLE_USER
            })
        })
    })
}

fn lines_where(source: &Source, rule: &str, breaks: impl Fn(&str) -> bool) -> Vec<String> {
    let numbered = source.text.lines().enumerate();
    let broken = numbered.filter(|(_, line)| breaks(line));
    broken
        .map(|(index, _)| format!("{}:{}: {rule}", source.path, index + 1))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source {
            path: "crates/core/src/a.rs".to_owned(),
            text: text.to_owned(),
        }
    }

    fn count(rule: fn(&Source) -> Vec<String>, text: &str) -> usize {
        rule(&source(text)).len()
    }

    #[test]
    fn a_file_opens_with_what_it_is() {
        assert_eq!(count(opening, "//! A file.\n"), 0);
        assert_eq!(count(opening, "// A file.\n"), 1);
        assert_eq!(count(opening, ""), 1);
    }

    #[test]
    fn six_hundred_lines_pass_and_one_more_does_not() {
        assert_eq!(count(length, &"a\n".repeat(FILE_LINES_MAX)), 0);
        assert_eq!(count(length, &"a\n".repeat(FILE_LINES_MAX + 1)), 1);
        let tested = format!(
            "{}#[cfg(test)]\nmod tests {{\n{}",
            "a\n".repeat(9),
            "b\n".repeat(900)
        );
        assert_eq!(count(length, &tested), 0);
    }

    #[test]
    fn what_is_left_to_do_needs_a_number() {
        assert_eq!(
            count(unfinished, &format!("// {UNFINISHED}(#12): more\n")),
            0
        );
        assert_eq!(count(unfinished, &format!("// {UNFINISHED}: more\n")), 1);
        assert_eq!(count(unfinished, &format!("// {UNFINISHED}(#): more\n")), 1);
        assert_eq!(
            count(
                unfinished,
                &format!("// {UNFINISHED}(#1): a {UNFINISHED}\n")
            ),
            1
        );
    }

    #[test]
    fn silenced_tests_and_lints_are_found() {
        assert_eq!(
            count(silenced, "#[test]\n#[expect(dead_code, reason = \"x\")]\n"),
            0
        );
        assert_eq!(count(silenced, &format!("    {IGNORED_TEST}]\n")), 1);
        assert_eq!(
            count(silenced, &format!("{}dead_code)]\n", ALLOWED_LINT[0])),
            1
        );
        assert_eq!(
            count(silenced, &format!("{}dead_code)]\n", ALLOWED_LINT[1])),
            1
        );
    }

    #[test]
    fn machine_paths_are_found_and_url_paths_are_not() {
        let [first, second, third] = MACHINE_FOLDERS;
        for text in [
            format!("cd {first}main"),
            format!("\"{second}me\""),
            format!("{third}.cargo"),
        ] {
            assert_eq!(count(machine_paths, &text), 1, "{text}");
        }
        assert_eq!(
            count(
                machine_paths,
                &format!("https://a.example{second}index.html")
            ),
            0
        );
        let relative = format!("see docs{first}a.md and ..{second}b.md");
        assert_eq!(count(machine_paths, &relative), 0);
        let sample = Source {
            path: "corpora/a.txt".to_owned(),
            text: format!("cd {third}"),
        };
        assert!(machine_paths(&sample).is_empty());
    }
}
