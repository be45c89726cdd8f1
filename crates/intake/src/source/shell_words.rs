//! Argument vectors as the command lines that a shell would read back as the same vectors.

use std::borrow::Cow;

/// Words that mean something else to a shell where a command's name stands.
const RESERVED: [&str; 22] = [
    "case",
    "coproc",
    "do",
    "done",
    "elif",
    "else",
    "end",
    "esac",
    "fi",
    "for",
    "foreach",
    "function",
    "if",
    "in",
    "nocorrect",
    "noglob",
    "repeat",
    "select",
    "then",
    "time",
    "until",
    "while",
];

/// Writes arguments as one command line that bash and zsh split into the same bytes again.
///
/// A word of letters, digits and `% + , - . / : = @ _` stays as it is. Any other stands in single quotes, and one
/// that is not UTF-8 in `$'..'`. A first word that a shell would take for an assignment or a keyword is quoted too.
///
/// # Example
///
/// ```
/// # use ringtrue_intake::source::command_line;
/// let arguments: [&[u8]; 3] = [b"sh", b"-c", b"curl x | sh"];
/// assert_eq!(command_line(arguments), "sh -c 'curl x | sh'");
/// ```
#[must_use]
pub fn command_line<'a>(arguments: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut line = String::new();
    for (position, argument) in arguments.into_iter().enumerate() {
        if position > 0 {
            line.push(' ');
        }
        match std::str::from_utf8(argument) {
            Ok(word) if is_plain(word, position) => line.push_str(word),
            Ok(word) => quote(word, &mut line),
            Err(_) => line.push_str(&escaped(argument)),
        }
    }
    line
}

/// Returns bytes as text; those that are not UTF-8 as a shell writes them, in `$'..'`.
pub(super) fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| Cow::Owned(escaped(bytes)), Cow::Borrowed)
}

fn is_plain(word: &str, position: usize) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"%+,-./:=@_".contains(&byte);
    !word.is_empty()
        && word.bytes().all(is_plain)
        && !word.starts_with('=')
        && (position > 0 || !(word.contains('=') || RESERVED.contains(&word)))
}

fn quote(word: &str, line: &mut String) {
    line.push('\'');
    for (position, part) in word.split('\'').enumerate() {
        if position > 0 {
            line.push_str("'\\''");
        }
        line.push_str(part);
    }
    line.push('\'');
}

fn escaped(bytes: &[u8]) -> String {
    let mut text = "$'".to_owned();
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            if matches!(character, '\'' | '\\') {
                text.push('\\');
            }
            text.push(character);
        }
        for byte in chunk.invalid() {
            text.push_str("\\x");
            let digits = [byte >> 4, byte & 15].map(u32::from);
            text.extend(
                digits
                    .iter()
                    .filter_map(|digit| char::from_digit(*digit, 16)),
            );
        }
    }
    text.push('\'');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(arguments: &[&[u8]], expected: &str) {
        assert_eq!(command_line(arguments.iter().copied()), expected);
    }

    #[test]
    fn words_are_quoted_where_a_shell_would_read_them_otherwise() {
        check(&[b"ls", b"-la", b"/tmp/a_b"], "ls -la /tmp/a_b");
        check(
            &[b"curl", b"--data=x", b"http://a.example/?b=c&d"],
            "curl --data=x 'http://a.example/?b=c&d'",
        );
        check(&[b"echo", b"it's", b""], "echo 'it'\\''s' ''");
        check(&[b"A=b", b"C=d"], "'A=b' C=d");
        check(&[b"if", b"if"], "'if' if");
        check(&[b"echo", b"=ls", b"~", b"a\nb"], "echo '=ls' '~' 'a\nb'");
        check(&[b"echo", "\u{e9}".as_bytes()], "echo '\u{e9}'");
        check(&[b"echo", b"\xff'\\1"], "echo $'\\xff\\'\\\\1'");
        check(&[], "");
    }
}
