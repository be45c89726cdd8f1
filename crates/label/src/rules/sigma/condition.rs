//! A rule's condition: names of searches with `and`, `or`, `not`, brackets, `1 of name*`, `all of them`.
//!
//! Each name is replaced by its search. What counts, groups or waits (`| count()`, `near`) is refused.

use std::collections::BTreeMap;

use super::search::joined;

/// Brackets within brackets.
const DEPTH_MAX: usize = 24;
/// Words of a condition.
const WORDS_MAX: usize = 256;

/// Translates a condition over these searches.
pub(super) fn translate(text: &str, searches: &BTreeMap<&str, String>) -> Result<String, String> {
    let words = words(text);
    if words.len() > WORDS_MAX {
        return Err(format!("it has more than {WORDS_MAX} words"));
    }
    if let Some(word) = words
        .iter()
        .find(|it| matches!(it.as_str(), "|" | "near" | "by"))
    {
        return Err(format!("`{word}` speaks of several events"));
    }
    let mut reader = Reader {
        words: &words,
        at: 0,
        searches,
    };
    let whole = reader.or(0)?;
    match reader.peek() {
        None => Ok(whole),
        Some(word) => Err(format!("`{word}` stands where the condition should end")),
    }
}

fn words(text: &str) -> Vec<String> {
    let spaced: String = text
        .chars()
        .flat_map(|letter| {
            let alone = matches!(letter, '(' | ')' | '|');
            [alone.then_some(' '), Some(letter), alone.then_some(' ')]
        })
        .flatten()
        .collect();
    spaced.split_whitespace().map(str::to_owned).collect()
}

struct Reader<'a> {
    words: &'a [String],
    at: usize,
    searches: &'a BTreeMap<&'a str, String>,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.words.get(self.at).map(String::as_str)
    }

    fn take(&mut self) -> Result<&'a str, String> {
        let word = self.peek().ok_or("it ends too early")?;
        self.at += 1;
        Ok(word)
    }

    /// Takes the next word if it is this one, in any case.
    fn takes(&mut self, word: &str) -> bool {
        let is_next = self
            .peek()
            .is_some_and(|next| next.eq_ignore_ascii_case(word));
        self.at += usize::from(is_next);
        is_next
    }

    fn or(&mut self, depth: usize) -> Result<String, String> {
        let mut parts = vec![self.and(depth)?];
        while self.takes("or") {
            parts.push(self.and(depth)?);
        }
        Ok(joined(&parts, " || "))
    }

    fn and(&mut self, depth: usize) -> Result<String, String> {
        let mut parts = vec![self.not(depth)?];
        while self.takes("and") {
            parts.push(self.not(depth)?);
        }
        Ok(joined(&parts, " && "))
    }

    fn not(&mut self, depth: usize) -> Result<String, String> {
        if depth > DEPTH_MAX {
            return Err("it is nested too deep".to_owned());
        }
        if self.takes("not") {
            return Ok(format!("!({})", self.not(depth + 1)?));
        }
        if self.takes("(") {
            let within = self.or(depth + 1)?;
            if !self.takes(")") {
                return Err("a bracket is not closed".to_owned());
            }
            return Ok(within);
        }
        self.search()
    }

    fn search(&mut self) -> Result<String, String> {
        let word = self.take()?;
        if self.takes("of") {
            let operator = match word {
                "1" | "any" => " || ",
                "all" => " && ",
                _ => {
                    return Err(format!(
                        "`{word} of` counts searches: only `1 of` and `all of` are read"
                    ));
                }
            };
            return self.several(operator);
        }
        let found = self.searches.get(word);
        found
            .cloned()
            .ok_or_else(|| format!("there is no search `{word}`"))
    }

    fn several(&mut self, operator: &str) -> Result<String, String> {
        let word = self.take()?;
        let is_meant = |name: &str| {
            if word.eq_ignore_ascii_case("them") {
                // Names with a leading underscore are not among `them`.
                !name.starts_with('_')
            } else {
                is_like(name, word)
            }
        };
        let named = self.searches.iter().filter(|(name, _)| is_meant(name));
        let parts: Vec<String> = named.map(|(_, part)| part.clone()).collect();
        if parts.is_empty() {
            return Err(format!("no search is called `{word}`"));
        }
        Ok(joined(&parts, operator))
    }
}

/// Returns whether `name` is what `pattern`, in which `*` stands for any letters, says.
fn is_like(name: &str, pattern: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let pieces: Vec<&str> = pieces.collect();
    let Some((last, middle)) = pieces.split_last() else {
        return rest.is_empty();
    };
    for piece in middle {
        let Some((_, behind)) = rest.split_once(piece) else {
            return false;
        };
        rest = behind;
    }
    rest.ends_with(last)
}
