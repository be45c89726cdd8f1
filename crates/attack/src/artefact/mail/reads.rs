//! What a person reads of a mail before and after a change, compared.
//!
//! Subject and body as intake's parser shows them, without letters that nobody sees, with look-alike letters as the Latin ones
//! that a person takes them for, and any run of blanks as one.

use ringtrue_intake::email::Mail;

use crate::artefact::twin::latin_of;

/// What a change leaves of the text that a person reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reads {
    /// All of it, and nothing more.
    Same,
    /// All its words in their order, with others before, behind or between.
    More,
    /// The body; the subject is another.
    Body,
    /// The subject; links of the body show something else.
    Subject,
}

impl Reads {
    /// Returns whether that is so of these two mails.
    pub(super) fn holds(self, before: &Mail, after: &Mail) -> bool {
        let same = |one: &str, other: &str| one == other || seen(one).eq(seen(other));
        let subject = || same(before.subject(), after.subject());
        let body = || same(before.body(), after.body());
        match self {
            Self::Same => subject() && body(),
            Self::More => {
                is_within(before.subject(), after.subject())
                    && is_within(before.body(), after.body())
            }
            Self::Body => body(),
            Self::Subject => subject(),
        }
    }
}

/// Returns whether the words of `inner` stand in `outer` in their order.
fn is_within(inner: &str, outer: &str) -> bool {
    if outer.starts_with(inner) && inner.ends_with(char::is_whitespace) {
        return true;
    }
    let mut rest = outer.split_whitespace();
    let is_same = |word: &str, other: &str| word == other || seen(word).eq(seen(other));
    inner == outer
        || inner
            .split_whitespace()
            .all(|word| rest.any(|other| is_same(word, other)))
}

/// Returns the letters that a person sees.
fn seen(text: &str) -> impl Iterator<Item = char> + '_ {
    let mut after_blank = true;
    let letters = text.trim_end().chars().filter(|letter| !is_unseen(*letter));
    letters.filter_map(move |letter| {
        let is_blank = letter.is_whitespace();
        let is_kept = !(is_blank && after_blank);
        after_blank = is_blank;
        is_kept.then(|| if is_blank { ' ' } else { latin_of(letter) })
    })
}

const fn is_unseen(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use ringtrue_core::Limits;

    use super::*;

    fn check(before: &str, after: &str, expected: [bool; 4]) {
        let read = |text: &str| Mail::parse(text.as_bytes(), &Limits::default()).0;
        let (before, after) = (read(before), read(after));
        let all = [Reads::Same, Reads::More, Reads::Body, Reads::Subject];
        assert_eq!(
            all.map(|reads| reads.holds(&before, &after)),
            expected,
            "{after:?}"
        );
    }

    #[test]
    fn what_is_the_same() {
        let before = "Subject: Cheap pills\n\nBuy now\nor never\n";
        check(before, before, [true; 4]);
        check(
            before,
            "Subject: Che\u{200b}ap pills\n\nBuy  nоw or never",
            [true; 4],
        );
        check(
            before,
            "Subject: Re: Cheap pills\n\nBuy now\nor never\n",
            [false, true, true, false],
        );
        check(
            before,
            "Subject: Cheap pills\n\nHello Buy now or not never again\n",
            [false, true, false, true],
        );
        check(before, "Subject: Cheap\n\nor never Buy now\n", [false; 4]);
    }
}
