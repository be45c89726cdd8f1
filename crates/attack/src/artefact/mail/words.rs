//! Words of a mail's texts with something put into them.

use ringtrue_core::random::Random;

use super::body::{Body, rewrite};
use super::page;
use super::parts::Post;
use crate::artefact::random::between;

/// Letters of a word that is worth splitting.
const LETTERS_MIN: usize = 4;

/// Returns the mail with `piece` within some of the words of the texts that `is_meant` says.
pub(super) fn split(
    post: &Post,
    is_meant: impl Fn(&Body) -> bool,
    piece: &str,
    random: &mut Random,
) -> Option<Vec<u8>> {
    let share = share(random)?;
    rewrite(post, |body| {
        is_meant(body).then(|| {
            page::edit_words(&body.text, body.is_page, |word, out| {
                let letters = word.chars().count();
                if letters < LETTERS_MIN || !random.chance(share) {
                    out.push_str(word);
                    return;
                }
                let place = between(1, letters - 1, random);
                for (index, letter) in word.chars().enumerate() {
                    if index == place {
                        out.push_str(piece);
                    }
                    out.push(letter);
                }
            })
        })
    })
}

/// Returns the mail with letters of some words as `write` appends them, in the texts that `is_meant` says.
pub(super) fn spell(
    post: &Post,
    is_meant: impl Fn(&Body) -> bool,
    random: &mut Random,
    write: impl Fn(char, &mut Random, &mut String),
) -> Option<Vec<u8>> {
    let (words, letters) = (share(random)?, share(random)?);
    rewrite(post, |body| {
        is_meant(body).then(|| {
            page::edit_words(&body.text, body.is_page, |word, out| {
                let is_chosen = random.chance(words);
                for letter in word.chars() {
                    if is_chosen && random.chance(letters) {
                        write(letter, random, out);
                    } else {
                        out.push(letter);
                    }
                }
            })
        })
    })
}

/// Returns which share of the words, or of their letters, is changed.
fn share(random: &mut Random) -> Option<f64> {
    random.pick(&[0.05, 0.2, 0.5, 1.0]).copied()
}
