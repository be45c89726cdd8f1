//! Words that come of variables: `nc h 1` as `a=n;b=c;$a$b h 1`.

use std::fmt::Write as _;

use ringtrue_core::random::Random;

use super::super::{
    minutes,
    random::{between, one_of},
};
use super::line::Line;
use super::state::looks_back;
use super::trick::{TAXONOMY, Trick};
use crate::artefact::{Declaration, Material, Verified};

pub(super) static VARIABLES: Trick = Trick {
    declaration: &Declaration {
        name: "variables",
        meaning: "keeps the parts of a word in variables and joins them where the word stood",
        minutes: minutes::SCRIPTED,
        verified: Verified::Execution,
        needs: "",
        taxonomy: TAXONOMY,
    },
    change,
};

/// Most parts of a word.
const PARTS_MAX: usize = 3;

fn change(text: &str, _: &Material, random: &mut Random) -> Option<String> {
    let line = Line::read(text).filter(|_| !looks_back(text) && !text.contains("IFS"))?;
    let word = one_of(line.plain_words().filter(|word| word.at.len() > 1), random)?;
    let mut rest = line.letters(word);
    let (mut given, mut joined) = (String::new(), String::new());
    for part in (1..=between(1, PARTS_MAX, random)).rev() {
        let length = if part == 1 {
            rest.len()
        } else {
            between(1, rest.len(), random)
        };
        let (value, behind) = rest.split_at_checked(length)?;
        let name = fresh(text, &given, random)?;
        write!(given, "{name}={value};").ok()?;
        write!(joined, "${{{name}}}").ok()?;
        rest = behind;
        if rest.is_empty() {
            break;
        }
    }
    Some(given + &line.with(word.at.clone(), &joined)?)
}

/// Returns a name that neither text has.
fn fresh(text: &str, given: &str, random: &mut Random) -> Option<String> {
    const FIRST: &[u8] = b"abcdefghkmnpqrstvwxyz";
    (0..16).find_map(|_| {
        let digit = char::from_digit(u32::try_from(random.below(10)).ok()?, 10);
        let letters = between(1, 3, random);
        let letters = (0..letters).filter_map(|_| random.pick(FIRST).map(|byte| char::from(*byte)));
        let name: String = letters.chain(digit).collect();
        (!text.contains(&name) && !given.contains(&name)).then_some(name)
    })
}
