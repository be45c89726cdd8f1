//! Short words that every text of a language has, and how many of them a text holds.

use std::sync::LazyLock;

/// Languages whose short words are known.
pub(in crate::email) const LANGUAGES: usize = 8;

/// Short words of each language, those that stand in every text of it.
const STOP_WORDS: [(&str, &str); LANGUAGES] = [
    (
        "English",
        "the of and to in is that it for on with as this be are you your was have not at from or by we will can our if has all an i but they my do would what so there when me",
    ),
    (
        "German",
        "der die und das den von zu mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über so ihre wir ich ihnen",
    ),
    (
        "French",
        "de la le et les des en un une du dans est pour que qui sur par au avec vous nous ce il pas plus votre sont ne se aux cette vos mais comme ou notre je",
    ),
    (
        "Spanish",
        "de la que el en y los del se las por un para con no una su al lo como más pero sus le ya este sí porque esta son usted su nos es",
    ),
    (
        "Portuguese",
        "de que e do da em um para com não uma os no se na por mais as dos como mas ao ele das seu sua ou você pelo este está à nosso",
    ),
    (
        "Italian",
        "di che e il la per un in non del con della una sono le dei si al come da alla ha più nel gli anche questo suo lo dal vostro",
    ),
    (
        "Dutch",
        "de van het een en in is dat op te zijn voor met die niet aan er om ook als dan maar bij uit nog je uw wij we kan naar door",
    ),
    (
        "Scandinavian",
        "og det som på er av til en for med at den har ikke och att för är till inte om ett vi du kan så jag de et fra",
    ),
];

static STOPS: LazyLock<Vec<(u64, u8)>> = LazyLock::new(|| {
    let mut words: Vec<(u64, u8)> = Vec::new();
    for (language, (_, list)) in STOP_WORDS.iter().enumerate() {
        let bit = 1_u8
            .checked_shl(u32::try_from(language).unwrap_or(0))
            .unwrap_or(0);
        for word in list.split(' ') {
            let key = key_of(word.as_bytes());
            match words.iter_mut().find(|(found, _)| *found == key) {
                Some((_, bits)) => *bits |= bit,
                None => words.push((key, bit)),
            }
        }
    }
    // Open addressing: twice as many places as words and more, so that chains are short.
    let mut table = vec![(0_u64, 0_u8); PLACES];
    for (key, bits) in words {
        let mut place = place_of(key);
        while table.get(place).is_some_and(|(found, _)| *found != 0) {
            place = place.wrapping_add(1) % PLACES;
        }
        if let Some(slot) = table.get_mut(place) {
            *slot = (key, bits);
        }
    }
    table
});

/// Places of the table of short words, a power of two.
const PLACES: usize = 1_024;

fn place_of(key: u64) -> usize {
    let spread = key.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    usize::try_from(spread.wrapping_shr(54)).unwrap_or(0) % PLACES
}

/// Returns the letters of a short word as a number, ASCII ones in lowercase; 0 of a long one.
fn key_of(word: &[u8]) -> u64 {
    if word.len() > 8 {
        return 0;
    }
    word.iter().fold(0, |key, byte| {
        key.wrapping_shl(8) | u64::from(byte.to_ascii_lowercase())
    })
}

/// How many words of a text are short words of each language.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in crate::email) struct Tongues {
    pub(in crate::email) words: f32,
    counts: [f32; LANGUAGES],
    /// Short words of any language.
    pub(in crate::email) stops: f32,
}

impl Tongues {
    pub(in crate::email) fn see(&mut self, word: &[u8]) {
        self.words += 1.0;
        let key = key_of(word);
        if key == 0 {
            return;
        }
        let mut place = place_of(key);
        let table = STOPS.as_slice();
        for _ in 0..PLACES {
            let Some((found, bits)) = table.get(place) else {
                return;
            };
            if *found == key {
                self.add(*bits);
                return;
            }
            if *found == 0 {
                return;
            }
            place = place.wrapping_add(1) % PLACES;
        }
    }

    fn add(&mut self, bits: u8) {
        self.stops += 1.0;
        for (language, count) in self.counts.iter_mut().enumerate() {
            let shift = u32::try_from(language).unwrap_or(0);
            *count += f32::from(bits.wrapping_shr(shift) & 1);
        }
    }

    /// Returns the place of the language with most words and how many; English first where two are equal.
    pub(in crate::email) fn best(&self) -> (usize, f32) {
        let mut best = (0, 0.0);
        for (language, count) in self.counts.iter().enumerate() {
            if *count > best.1 {
                best = (language, *count);
            }
        }
        best
    }

    /// Returns how many short words of English there are.
    pub(in crate::email) const fn english(&self) -> f32 {
        self.counts[0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_of_texts() {
        let best = |text: &str| {
            let mut tongues = Tongues::default();
            text.split(' ')
                .for_each(|word| tongues.see(word.as_bytes()));
            tongues.best().0
        };
        assert_eq!(best("This is the best of all that we have for you"), 0);
        assert_eq!(
            best("Das ist nicht die Antwort und wird es auch nicht werden"),
            1
        );
        assert_eq!(
            best("Vous pouvez consulter les offres sur notre site avec une"),
            2
        );
        assert_eq!(best("xyzzy"), 0);
    }
}
