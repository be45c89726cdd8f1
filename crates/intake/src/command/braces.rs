//! Brace expansion: `{wget,-q}` is two words, `a{b,c}d` is `abd` and `acd`.
//!
//! The lexer marks braces that stand outside of quotes by three control characters, which no word
//! holds otherwise. The number of words is bounded, and so is the work.

pub(super) const OPEN: char = '\u{1}';
pub(super) const COMMA: char = '\u{2}';
pub(super) const CLOSE: char = '\u{3}';

/// Returns the words that `word` means, at most `words_max`; braces beyond that stay as written.
pub(super) fn expand(word: &str, words_max: usize) -> Vec<String> {
    let mut done = Vec::new();
    let mut waiting = vec![word.to_owned()];
    while let Some(next) = waiting.pop() {
        let total = done.len().saturating_add(waiting.len());
        match alternatives(&next) {
            Some(pieces) if total.saturating_add(pieces.len()) <= words_max => {
                waiting.extend(pieces.into_iter().rev());
            }
            _ => done.push(plain(&next)),
        }
    }
    done
}

/// Returns what the first innermost group of `word` gives.
fn alternatives(word: &str) -> Option<Vec<String>> {
    let close = word.find(CLOSE)?;
    let before = word.get(..close)?;
    let open = before.rfind(OPEN)?;
    let inside = before.get(open.saturating_add(1)..)?;
    let prefix = before.get(..open)?;
    let suffix = word.get(close.saturating_add(1)..)?;
    Some(
        inside
            .split(COMMA)
            .map(|piece| [prefix, piece, suffix].concat())
            .collect(),
    )
}

fn plain(word: &str) -> String {
    word.replace(OPEN, "{")
        .replace(COMMA, ",")
        .replace(CLOSE, "}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(word: &str, expected: &[&str]) {
        let marked = word
            .replace('{', "\u{1}")
            .replace(',', "\u{2}")
            .replace('}', "\u{3}");
        assert_eq!(expand(&marked, 8), expected, "{word}");
    }

    #[test]
    fn words_of_braces() {
        check("{wget,-q}", &["wget", "-q"]);
        check("a{b,c}d", &["abd", "acd"]);
        check("{a,b}{c,d}", &["ac", "ad", "bc", "bd"]);
        check("{a,{b,c}}", &["a", "b", "a", "c"]);
        check("{alone", &["{alone"]);
    }

    #[test]
    fn bounded() {
        let many = "\u{1}a\u{2}b\u{3}".repeat(40);
        assert!(expand(&many, 64).len() <= 64);
    }
}
