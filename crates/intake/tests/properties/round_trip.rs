//! What is written as an mbox, a history or an audit log is read back as it was.

use std::fmt::Write as _;

use ringtrue_intake::source::Format;

use super::source::texts;

/// Writes messages, which the bytes hold between NUL bytes, as an mbox, and reads them back.
pub fn mbox(bytes: &[u8]) {
    let messages: Vec<Vec<u8>> = bytes
        .split(|byte| *byte == 0)
        .filter(|message| !message.trim_ascii().is_empty())
        .map(|message| [message, if message.ends_with(b"\n") { b"" } else { b"\n" }].concat())
        .collect();
    if messages.is_empty() {
        return;
    }
    let mut file = Vec::new();
    for message in &messages {
        file.extend_from_slice(b"From ann@example.com Mon Sep 14 12:00:00 2020\n");
        for line in message.split_inclusive(|byte| *byte == b'\n') {
            let marks = line.iter().take_while(|byte| **byte == b'>').count();
            if line
                .get(marks..)
                .is_some_and(|line| line.starts_with(b"From "))
            {
                file.push(b'>');
            }
            file.extend_from_slice(line);
        }
        file.push(b'\n');
    }
    let found = texts(&file, Format::Mbox);
    assert_eq!(found.len(), messages.len());
    for ([raw, encoding], message) in found.iter().zip(&messages) {
        if encoding.is_empty() {
            assert_eq!(raw.as_bytes(), message);
        } else {
            assert_eq!(encoding, "base64");
            assert_eq!(raw.len(), message.len().div_ceil(3) * 4);
            assert!(std::str::from_utf8(message).is_err());
        }
    }
}

const STAMP: &str = "1600000000";

/// Writes commands, which the bytes hold between NUL bytes, as a history of bash and of zsh, and reads them
/// back.
pub fn history(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).replace('\r', "");
    let is_stamp = |line: &str| {
        let digits = line.trim_ascii_end().strip_prefix('#');
        digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let commands: Vec<&str> = text
        .split('\0')
        .map(|command| command.trim_end_matches('\n'))
        .filter(|command| {
            command
                .lines()
                .next()
                .is_some_and(|line| !line.trim_ascii().is_empty())
        })
        .filter(|command| !command.lines().any(is_stamp))
        .collect();
    if commands.is_empty() {
        return;
    }
    let (mut bash, mut zsh) = (Vec::new(), Vec::new());
    for command in &commands {
        bash.extend_from_slice(format!("#{STAMP}\n{command}\n").as_bytes());
        zsh.extend_from_slice(format!(": {STAMP}:0;").as_bytes());
        for byte in command.bytes() {
            match byte {
                b'\n' => zsh.extend_from_slice(b"\\\n"),
                0x83..=0xa2 => zsh.extend([0x83, byte ^ 0x20]),
                _ => zsh.push(byte),
            }
        }
        if command.trim_end_matches(' ').ends_with('\\') {
            zsh.push(b' ');
        }
        zsh.push(b'\n');
    }
    let time = "2020-09-13T12:26:40Z".to_owned();
    let expected: Vec<_> = commands
        .iter()
        .map(|command| [(*command).to_owned(), time.clone()])
        .collect();
    assert_eq!(texts(&bash, Format::BashHistory), expected);
    assert_eq!(texts(&zsh, Format::ZshHistory), expected);
}

/// Writes an argument vector, which the bytes hold between NUL bytes, as the kernel does, of two events with
/// their records in turn; a shell would split what is read into the same vector.
pub fn auditd(bytes: &[u8]) {
    let mut vectors = vec![bytes.split(|byte| *byte == 0).collect::<Vec<_>>()];
    vectors.extend(
        vectors
            .first()
            .map(|vector| vector.iter().rev().copied().collect()),
    );
    let mut log = String::new();
    for position in 0..=vectors[0].len() {
        for (serial, vector) in vectors.iter().enumerate() {
            let count = vector.len();
            let header = format!("type=EXECVE msg=audit({STAMP}.000:{serial}):");
            log.push_str(&header);
            match vector.get(position) {
                Some(argument) => log.push_str(&written(position, argument)),
                None => log.push_str(&[" argc=", &count.to_string()].concat()),
            }
            log.push('\n');
        }
    }
    let found: Vec<_> = texts(log.as_bytes(), Format::Auditd)
        .into_iter()
        .map(|[command, _]| words(&command))
        .collect();
    assert_eq!(found, vectors);
}

/// Writes an argument in one piece or, every other one, in pieces of five bytes.
fn written(position: usize, argument: &[u8]) -> String {
    let one = |bytes: &[u8]| {
        if bytes
            .iter()
            .all(|byte| byte.is_ascii_graphic() && *byte != b'"')
        {
            format!("\"{}\"", String::from_utf8_lossy(bytes))
        } else {
            bytes.iter().fold(String::new(), |mut text, byte| {
                write!(text, "{byte:02X}").unwrap_or_default();
                text
            })
        }
    };
    if position.is_multiple_of(2) || argument.is_empty() {
        return format!(" a{position}={}", one(argument));
    }
    let pieces = argument.chunks(5).map(one).enumerate();
    let pieces = pieces.map(|(piece, text)| format!(" a{position}[{piece}]={text}"));
    format!(
        " a{position}_len={}{}",
        argument.len(),
        pieces.collect::<String>()
    )
}

/// Splits a command line as a shell does, as far as quotes go.
fn words(line: &str) -> Vec<Vec<u8>> {
    let mut words = vec![Vec::new()];
    let mut rest = line.bytes().peekable();
    while let Some(byte) = rest.next() {
        let Some(last) = words.last_mut() else {
            return words;
        };
        match byte {
            b' ' => words.push(Vec::new()),
            b'\'' => last.extend(rest.by_ref().take_while(|byte| *byte != b'\'')),
            b'\\' => last.extend(rest.next()),
            b'$' if rest.peek() == Some(&b'\'') => {
                rest.next();
                while let Some(byte) = rest.next().filter(|byte| *byte != b'\'') {
                    let escaped = if byte == b'\\' { rest.next() } else { None };
                    last.push(match escaped {
                        None => byte,
                        Some(b'x') => {
                            let digits: String = rest.by_ref().take(2).map(char::from).collect();
                            u8::from_str_radix(&digits, 16).unwrap_or_default()
                        }
                        Some(byte) => byte,
                    });
                }
            }
            byte => last.push(byte),
        }
    }
    words
}
