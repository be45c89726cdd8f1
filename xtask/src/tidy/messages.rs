//! The form of error messages: lowercase, or opening with a quoted name, and without a full stop.

use crate::sources::Source;

/// How a message's text is given to its error type.
const MARK: &str = concat!("#[err", "or(");

/// What a message may open with besides a lowercase letter.
const OPENING_MARKS: [char; 4] = ['`', '\'', '"', '{'];

/// Lists the messages of a file's errors that are not in form.
pub(super) fn check(source: &Source) -> Vec<String> {
    let text = &source.text;
    let mut found = Vec::new();
    for (at, mark) in text.match_indices(MARK) {
        let Some(message) = text.get(at + mark.len()..).and_then(literal) else {
            continue;
        };
        if let Some(fault) = fault(&message) {
            let line = text
                .get(..at)
                .map_or(0, |before| before.matches('\n').count())
                + 1;
            found.push(format!(
                "{}:{line}: an error message {fault}: {message}",
                source.path
            ));
        }
    }
    found
}

/// The string literal that `text` opens with, after white space; `None` for `transparent`.
fn literal(text: &str) -> Option<String> {
    let mut characters = text.trim_start().strip_prefix('"')?.chars();
    let mut literal = String::new();
    loop {
        match characters.next()? {
            '"' => return Some(literal),
            '\\' => literal.push(characters.next()?),
            other => literal.push(other),
        }
    }
}

fn fault(message: &str) -> Option<&'static str> {
    let first = message.chars().next();
    if !first.is_some_and(|first| first.is_lowercase() || OPENING_MARKS.contains(&first)) {
        return Some("opens with neither a lowercase letter nor a quoted name");
    }
    message.ends_with('.').then_some("ends with a full stop")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &str) -> usize {
        check(&Source {
            path: "crates/core/src/a.rs".to_owned(),
            text: text.to_owned(),
        })
        .len()
    }

    fn error(message: &str) -> String {
        format!("{MARK}{message})]\n")
    }

    #[test]
    fn messages_in_form_pass() {
        assert_eq!(count(&error("\"cannot read `{path}`: {cause}\"")), 0);
        assert_eq!(count(&error("\"`{name}` is not a number\"")), 0);
        assert_eq!(count(&error("\"{0}\"")), 0);
        assert_eq!(count(&error("transparent")), 0);
    }

    #[test]
    fn a_capital_or_a_full_stop_is_found() {
        assert_eq!(count(&error("\"Cannot read\"")), 1);
        assert_eq!(count(&error("\"cannot read.\"")), 1);
        assert_eq!(count(&error("\n    \"Cannot read {a}\",\n    a = 1\n")), 1);
        assert_eq!(count(&error("\"\"")), 1);
    }

    #[test]
    fn escaped_quotes_do_not_end_a_message() {
        assert_eq!(count(&error("\"says \\\"no.\\\" and goes on\"")), 0);
    }
}
