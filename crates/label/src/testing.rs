//! What the tests of this crate share.

use ringtrue_model::TokenSource;

/// The tokens of made-up events.
pub(crate) struct Words(pub(crate) Vec<Vec<u32>>);

impl TokenSource for Words {
    fn tokens(&self, position: usize, tokens: &mut Vec<u32>) {
        tokens.clear();
        tokens.extend(&self.0[position]);
    }
}
