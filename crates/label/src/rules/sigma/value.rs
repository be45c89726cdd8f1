//! One value of a search: plain letters, or a pattern with `*` and `?`.

/// A value as Sigma reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// Letters that stand for themselves.
    Plain(String),
    /// A regular expression for a text with wildcards, without anchors.
    Pattern(String),
}

/// Reads a value: `\*`, `\?` and `\\` stand for the letter behind the backslash, any other backslash for itself.
pub(super) fn read(text: &str) -> Value {
    let (mut plain, mut pattern, mut is_pattern) = (String::new(), String::new(), false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let letter = match (letter, letters.peek().copied()) {
            ('\\', Some(escaped @ ('*' | '?' | '\\'))) => {
                letters.next();
                escaped
            }
            ('*', _) => {
                is_pattern = true;
                pattern.push_str(".*");
                continue;
            }
            ('?', _) => {
                is_pattern = true;
                pattern.push('.');
                continue;
            }
            (letter, _) => letter,
        };
        plain.push(letter);
        escape(&mut pattern, letter);
    }
    if is_pattern {
        Value::Pattern(pattern)
    } else {
        Value::Plain(plain)
    }
}

/// Appends a letter so that it stands for itself in a regular expression.
fn escape(pattern: &mut String, letter: char) {
    if META.contains(letter) {
        pattern.push('\\');
    }
    pattern.push(letter);
}

/// Letters that mean something in a regular expression.
const META: &str = r"\.+*?()|[]{}^$#&-~";

/// Writes a text as CEL does.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("'");
    for letter in text.chars() {
        match letter {
            '\\' => out.push_str("\\\\"),
            '\'' => out.push_str("\\'"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            other => out.push(other),
        }
    }
    out.push('\'');
    out
}
