//! Writes a command as the shell would read it: one line for the command, one for each layer within.
//!
//! Words are quoted where they must be, all in one manner, so that two spellings of one command look alike.

use super::parse::Command;
use super::word::{Language, Role, Word, cut};

/// Returns the normalised text; see [`Command::normalised`].
pub(super) fn normalised(command: &Command) -> String {
    let mut out = String::with_capacity(command.text.len());
    let mut layers = command.layers.iter().skip(1).peekable();
    let mut language = command
        .layers
        .first()
        .map(|layer| layer.language)
        .unwrap_or_default();
    let mut joined = true;
    for (place, word) in command.words.iter().enumerate() {
        while let Some(layer) = layers.peek()
            && layer.first_word <= place
        {
            language = layer.language;
            layers.next();
            if !out.is_empty() && !out.ends_with('\n') {
                out.push('\n');
            }
            joined = true;
        }
        if !joined {
            out.push(' ');
        }
        let letters = cut(&command.text, word.start, word.end);
        write(&mut out, word, letters, language);
        // A descriptor stands right behind its operator.
        joined = word.role == Role::Redirection && letters.ends_with('&');
    }
    out
}

fn write(out: &mut String, word: &Word, letters: &str, language: Language) {
    let grammar = matches!(
        word.role,
        Role::Operator | Role::Redirection | Role::Keyword
    );
    if grammar || language != Language::Shell || (!word.quoted && !letters.is_empty()) {
        out.push_str(letters);
    } else if word.role == Role::Assignment
        && !word.live
        && let Some((name, value)) = letters.split_once('=')
    {
        out.push_str(name);
        out.push('=');
        quote(out, value);
    } else if word.live {
        quote_live(out, letters);
    } else {
        quote(out, letters);
    }
}

/// Writes a word in single quotes if it needs any.
pub(super) fn quote(out: &mut String, letters: &str) {
    let is_plain = |byte: u8| {
        byte.is_ascii_alphanumeric() || !byte.is_ascii() || b"-_./:=@%+,^".contains(&byte)
    };
    if !letters.is_empty() && letters.bytes().all(is_plain) {
        out.push_str(letters);
        return;
    }
    out.push('\'');
    for (index, piece) in letters.split('\'').enumerate() {
        if index > 0 {
            out.push_str("'\\''");
        }
        out.push_str(piece);
    }
    out.push('\'');
}

/// Writes a word in double quotes, so that what the shell puts in stays visible.
fn quote_live(out: &mut String, letters: &str) {
    out.push('"');
    out.push_str(letters);
    out.push('"');
}
