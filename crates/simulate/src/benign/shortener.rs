//! Short links: six hosts, a code and nothing else, whatever they lead to.

use ringtrue_core::random::Random;

use crate::text::{Alphabet, pick, push_token};
use crate::words::SHORTENERS;

/// Appends one short link. Attackers use the same hosts in the same way.
pub(super) fn write(random: &mut Random, out: &mut String) {
    out.push_str("https://");
    out.push_str(pick(random, SHORTENERS));
    out.push('/');
    let length = 6 + random.below(2);
    push_token(out, random, Alphabet::Base62, length);
}
