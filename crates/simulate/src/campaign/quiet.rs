//! Quiet kits: URLs as benign sites write them, plus the marks of one kit.
//!
//! A detector that has never met the kit sees a benign site's shape and vocabulary; one that has
//! learns its marker words, parameters and token shapes.

use ringtrue_core::random::Random;

use crate::benign::Habit;
use crate::clock::Scene;
use crate::site::Site;
use crate::text::{Alphabet, push_coined, push_number, push_token};

/// Where a kit leaves its marks in a benign-looking URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// A directory before the last segment.
    Directory,
    /// A token as the last segment, after a directory.
    Ticket,
    /// A parameter with a token.
    Parameter,
    /// Two parameters, a marker and a token.
    PairOfParameters,
    /// A word at the end of the last segment.
    Tail,
    /// A path parameter after a semicolon.
    Semicolon,
    /// A route in the fragment.
    Fragment,
    /// The victim's next stop, embedded.
    NextStop,
}

/// The tricks in the order in which families take them up; after the last the first returns with
/// other words, tokens and habits.
const TRICKS: [[Mark; 2]; 12] = [
    [Mark::Directory, Mark::Parameter],
    [Mark::Tail, Mark::PairOfParameters],
    [Mark::Semicolon, Mark::Directory],
    [Mark::Ticket, Mark::Tail],
    [Mark::PairOfParameters, Mark::Directory],
    [Mark::Fragment, Mark::Tail],
    [Mark::Parameter, Mark::Tail],
    [Mark::NextStop, Mark::Directory],
    [Mark::Ticket, Mark::Parameter],
    [Mark::Directory, Mark::Fragment],
    [Mark::Semicolon, Mark::PairOfParameters],
    [Mark::Tail, Mark::NextStop],
];

/// The habits that hide a kit best; two neighbours of the list serve one family.
const SHELLS: [Habit; 8] = [
    Habit::News,
    Habit::Shop,
    Habit::Portal,
    Habit::Forum,
    Habit::Hosted,
    Habit::Wiki,
    Habit::Asset,
    Habit::Api,
];

const ALPHABETS: [Alphabet; 5] = [
    Alphabet::Hex,
    Alphabet::Base32,
    Alphabet::Base62,
    Alphabet::UpperHex,
    Alphabet::Digits,
];

/// What one quiet family's URLs are made with.
#[derive(Clone, Debug)]
pub(crate) struct QuietKit {
    shells: [Habit; 2],
    marks: [Mark; 2],
    marker: String,
    parameter: String,
    alphabet: Alphabet,
    token_length: u64,
}

impl QuietKit {
    /// Draws the kit of family `number`.
    pub(super) fn drawn(number: u64, random: &mut Random) -> Self {
        let trick = usize::try_from(number % TRICKS.len() as u64).unwrap_or(0);
        let marks = TRICKS
            .get(trick)
            .copied()
            .unwrap_or([Mark::Directory, Mark::Parameter]);
        let mut shell = || random.pick(&SHELLS).copied().unwrap_or(Habit::News);
        let shells = [shell(), shell()];
        let mut marker = String::new();
        push_coined(&mut marker, random);
        let mut parameter = String::new();
        let length = 2 + random.below(4);
        push_token(&mut parameter, random, Alphabet::Lower, length);
        Self {
            shells,
            marks,
            marker,
            parameter,
            alphabet: random.pick(&ALPHABETS).copied().unwrap_or(Alphabet::Hex),
            token_length: 9 + random.below(24),
        }
    }

    /// Appends one URL on `site`; `variant` counts the campaign's changes of its kit so far.
    pub(super) fn write(
        &self,
        site: Site,
        scene: &Scene,
        variant: u64,
        random: &mut Random,
        out: &mut String,
    ) {
        let shell = random.pick(&self.shells).copied().unwrap_or(Habit::News);
        shell.write(&site.with_habit(shell), scene, random, out);
        for mark in self.marks {
            self.leave(mark, variant, random, out);
        }
    }

    fn leave(&self, mark: Mark, variant: u64, random: &mut Random, out: &mut String) {
        match mark {
            Mark::Directory => {
                let place = last_slash(out);
                out.insert_str(place, &self.word(variant, "/", ""));
            }
            Mark::Ticket => {
                let text = self.word(variant, "/", "/") + &self.token(random);
                let place = path_end(out);
                out.insert_str(place, &text);
            }
            Mark::Tail => {
                let place = path_end(out);
                out.insert_str(place, &self.word(variant, "-", ""));
            }
            Mark::Semicolon => {
                let text = format!("{}={}", self.word(variant, ";", ""), self.token(random));
                let place = path_end(out);
                out.insert_str(place, &text);
            }
            Mark::Parameter => self.push_parameter(&self.token(random), out),
            Mark::PairOfParameters => {
                self.push_parameter(&self.token(random), out);
                out.insert_str(query_end(out), &self.word(variant, "&", "=1"));
            }
            Mark::Fragment => {
                out.truncate(query_end(out));
                out.push_str(&self.word(variant, "#/", "/"));
                out.push_str(&self.token(random));
            }
            Mark::NextStop => {
                let mut text = self.word(variant, "https%3A%2F%2F", ".");
                push_coined(&mut text, random);
                text.push_str(".com%2F");
                self.push_parameter(&text, out);
            }
        }
    }

    /// Returns the marker between `before` and `after`; later variants carry a number.
    fn word(&self, variant: u64, before: &str, after: &str) -> String {
        let mut text = format!("{before}{}", self.marker);
        if variant > 1 {
            push_number(&mut text, variant);
        }
        text.push_str(after);
        text
    }

    fn token(&self, random: &mut Random) -> String {
        let mut text = String::new();
        push_token(&mut text, random, self.alphabet, self.token_length);
        text
    }

    fn push_parameter(&self, value: &str, out: &mut String) {
        let end = query_end(out);
        let joint = if path_end(out) < end { '&' } else { '?' };
        out.insert_str(end, &format!("{joint}{}={value}", self.parameter));
    }
}

/// Returns where the path ends: at the query, the fragment or the text's end.
fn path_end(text: &str) -> usize {
    text.find(['?', '#']).unwrap_or(text.len())
}

/// Returns where the query ends: at the fragment or the text's end.
fn query_end(text: &str) -> usize {
    text.find('#').unwrap_or(text.len())
}

/// Returns where the path's last segment starts, at its slash.
fn last_slash(text: &str) -> usize {
    let end = path_end(text);
    let slashes = text.match_indices('/').map(|(place, _)| place);
    slashes
        .take_while(|place| *place < end)
        .last()
        .unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kit() -> QuietKit {
        QuietKit {
            shells: [Habit::News; 2],
            marks: [Mark::Directory; 2],
            marker: "velmo".to_owned(),
            parameter: "qz".to_owned(),
            alphabet: Alphabet::Digits,
            token_length: 1,
        }
    }

    fn check(mark: Mark, url: &str, expected: &str) {
        let mut out = url.to_owned();
        kit().leave(mark, 0, &mut Random::new(5), &mut out);
        assert_eq!(out, expected, "{mark:?}");
    }

    #[test]
    fn marks_stand_where_they_belong() {
        let url = "https://a.de/b/c.html?d=1#e";
        check(Mark::Directory, url, "https://a.de/b/velmo/c.html?d=1#e");
        check(Mark::Tail, url, "https://a.de/b/c.html-velmo?d=1#e");
        check(Mark::Parameter, "https://a.de/b", "https://a.de/b?qz=3");
        check(
            Mark::PairOfParameters,
            url,
            "https://a.de/b/c.html?d=1&qz=3&velmo=1#e",
        );
        check(Mark::Fragment, url, "https://a.de/b/c.html?d=1#/velmo/3");
        check(Mark::Semicolon, url, "https://a.de/b/c.html;velmo=3?d=1#e");
        check(Mark::Ticket, url, "https://a.de/b/c.html/velmo/3?d=1#e");
    }
}
