//! Makes what hides in hostile text visible: control characters, bidirectional overrides, characters without a width.
//!
//! A URL may hold a right-to-left override that swaps what a person reads, an escape sequence that repaints a terminal, or
//! a NUL that ends a line early. Here each such character becomes `\u{202e}`, in every renderer alike. Letters of all
//! scripts stay as they are: look-alikes are for signals to find, not for the renderer to guess.

/// A stretch of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Harmless letters, as they were.
    Letters(String),
    /// The visible form of one hidden character.
    Escape(String),
}

/// Whether line feeds are part of the text's shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lines {
    /// One line is expected, so a line feed is shown as an escape.
    One,
    /// Several lines are expected, as in a snippet to copy.
    Many,
}

/// Returns whether `character` would be invisible, or would change how its neighbours are shown.
#[must_use]
pub fn is_hidden(character: char) -> bool {
    matches!(character,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}'      // C0, delete, C1
        | '\u{ad}' | '\u{34f}' | '\u{61c}'         // soft hyphen, grapheme joiner, Arabic letter mark
        | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'                  // zero width, direction marks
        | '\u{2028}'..='\u{202e}'                  // line and paragraph separators, embeddings, overrides
        | '\u{2060}'..='\u{206f}'                  // word joiner, isolates, deprecated format characters
        | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Splits `text` into harmless stretches and visible escapes.
#[must_use]
pub fn pieces(text: &str, lines: Lines) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut letters = String::new();
    for character in text.chars() {
        if is_hidden(character) && !(character == '\n' && lines == Lines::Many) {
            if !letters.is_empty() {
                found.push(Piece::Letters(std::mem::take(&mut letters)));
            }
            found.push(Piece::Escape(escape(character)));
        } else {
            letters.push(character);
        }
    }
    if !letters.is_empty() {
        found.push(Piece::Letters(letters));
    }
    found
}

/// Returns `text` with every hidden character in its visible form, on one line.
#[must_use]
pub fn line(text: &str) -> String {
    join(text, Lines::One)
}

/// Returns `text` with every hidden character but line feeds in its visible form.
#[must_use]
pub fn lines(text: &str) -> String {
    join(text, Lines::Many)
}

/// Returns at most `letters_max` characters of `text`, and how many more there were.
#[must_use]
pub fn shorten(text: &str, letters_max: usize) -> (String, usize) {
    let mut letters = text.chars();
    let kept = letters.by_ref().take(letters_max).collect();
    (kept, letters.count())
}

fn join(text: &str, lines: Lines) -> String {
    pieces(text, lines)
        .into_iter()
        .map(|piece| match piece {
            Piece::Letters(text) | Piece::Escape(text) => text,
        })
        .collect()
}

fn escape(character: char) -> String {
    match character {
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        other => format!("\\u{{{:x}}}", u32::from(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_become_visible() {
        assert_eq!(
            line("pay\u{202e}gpj.exe\0\u{1b}[2J\u{9b}\n"),
            "pay\\u{202e}gpj.exe\\u{0}\\u{1b}[2J\\u{9b}\\n"
        );
        assert_eq!(
            line("a\u{200b}b\u{2066}c\u{e0041}"),
            "a\\u{200b}b\\u{2066}c\\u{e0041}"
        );
    }

    #[test]
    fn letters_of_all_scripts_stay() {
        let text = "пример.испытание 例え.jp naïve 👍 عربي";
        assert_eq!(pieces(text, Lines::One), [Piece::Letters(text.to_owned())]);
    }

    #[test]
    fn snippets_keep_their_line_feeds() {
        assert_eq!(lines("[costs]\nreview = 5\r"), "[costs]\nreview = 5\\r");
    }

    #[test]
    fn shortening_counts_characters_not_bytes() {
        assert_eq!(shorten("ééé", 2), ("éé".to_owned(), 1));
        assert_eq!(shorten("éé", 2), ("éé".to_owned(), 0));
    }
}
