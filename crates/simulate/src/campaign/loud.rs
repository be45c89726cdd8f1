//! Loud kits: paths in the vocabulary that every analyst knows, on hosts that give them away.

use ringtrue_core::random::Random;

use super::family::Goal;
use super::host::{self, Strategy};
use crate::clock::Scene;
use crate::site::Population;
use crate::text::{Alphabet, pick, push_coined, push_number, push_token};
use crate::words::{ACCOUNT_VERBS, BRANDS, DROP_ENDS, DROP_NAMES, OFFER_WORDS};

/// What one loud family's URLs are made with.
#[derive(Clone, Debug)]
pub(crate) struct LoudKit {
    goal: Goal,
    /// The preferred host strategies; the first is drawn most.
    strategies: [Strategy; 3],
    /// The kit's directory.
    directory: String,
    /// The kit's parameter.
    parameter: String,
    token_length: u64,
}

const PHISHING: [Strategy; 5] = [
    Strategy::LookAlike,
    Strategy::Hacked,
    Strategy::FreeHosting,
    Strategy::LookAlike,
    Strategy::Hacked,
];
const MALWARE: [Strategy; 3] = [Strategy::Address, Strategy::Generated, Strategy::Hacked];
const SPAM: [Strategy; 3] = [Strategy::Offer, Strategy::Generated, Strategy::Hacked];

impl LoudKit {
    /// Draws a family's kit.
    pub(super) fn drawn(goal: Goal, random: &mut Random) -> Self {
        let list: &[Strategy] = match goal {
            Goal::Phishing => &PHISHING,
            Goal::Malware => &MALWARE,
            Goal::Spam => &SPAM,
        };
        let mut drawn = || random.pick(list).copied().unwrap_or(Strategy::LookAlike);
        let strategies = [drawn(), drawn(), drawn()];
        let mut directory = String::new();
        push_coined(&mut directory, random);
        let mut parameter = String::new();
        push_token(&mut parameter, random, Alphabet::Lower, 3);
        Self {
            goal,
            strategies,
            directory,
            parameter,
            token_length: 12 + random.below(30),
        }
    }

    /// Appends one URL: `constants` are those of the campaign's host, `random` is the event's own.
    pub(super) fn write(
        &self,
        place: (Population, &Scene),
        constants: &mut Random,
        random: &mut Random,
        out: &mut String,
    ) {
        let brand = pick(constants, BRANDS);
        let strategy = constants.pick(&self.strategies).copied();
        host::push(
            strategy.unwrap_or(Strategy::LookAlike),
            brand,
            place,
            constants,
            out,
        );
        out.push('/');
        if constants.chance(0.5) {
            out.push_str(&self.directory);
            out.push('/');
        }
        match self.goal {
            Goal::Phishing => self.credentials(brand, constants, random, out),
            Goal::Malware => self.file(constants, random, out),
            Goal::Spam => self.offer(random, out),
        }
    }

    fn credentials(
        &self,
        brand: &str,
        constants: &mut Random,
        random: &mut Random,
        out: &mut String,
    ) {
        if constants.chance(0.4) {
            out.push_str(brand);
            out.push('/');
        }
        out.push_str(pick(constants, ACCOUNT_VERBS));
        out.push_str(pick(constants, &[".php", "/", "/index.php", ".html", ""]));
        if random.chance(0.6) {
            out.push('?');
            out.push_str(&self.parameter);
            out.push('=');
            push_token(out, random, Alphabet::Hex, self.token_length);
        }
    }

    fn file(&self, constants: &mut Random, random: &mut Random, out: &mut String) {
        if constants.chance(0.5) {
            push_token(out, random, Alphabet::Base62, self.token_length.min(16));
            out.push('/');
        }
        out.push_str(pick(random, DROP_NAMES));
        if random.chance(0.3) {
            push_number(out, random.below(1_000));
        }
        out.push_str(pick(random, DROP_ENDS));
    }

    fn offer(&self, random: &mut Random, out: &mut String) {
        out.push_str(pick(random, OFFER_WORDS));
        out.push('-');
        out.push_str(pick(random, OFFER_WORDS));
        out.push_str("/?");
        out.push_str(&self.parameter);
        out.push('=');
        push_number(out, random.below(100_000));
        out.push_str("&sub=");
        push_token(out, random, Alphabet::Hex, 8);
    }
}
