//! What the tests of this crate share.

use ringtrue_core::SignalDeclaration;
use ringtrue_core::signal::{AttackerView, Monotone, Privacy, SignalType};
use ringtrue_model::TokenSource;

/// The tokens of made-up events.
pub(crate) struct Words(pub(crate) Vec<Vec<u32>>);

impl TokenSource for Words {
    fn tokens(&self, position: usize, tokens: &mut Vec<u32>) {
        tokens.clear();
        tokens.extend(&self.0[position]);
    }
}

/// Declares a signal that is a number.
pub(crate) fn declare(name: &str) -> SignalDeclaration {
    SignalDeclaration {
        name: name.to_owned(),
        meaning: String::new(),
        unit: String::new(),
        theme: "test".to_owned(),
        signal_type: SignalType::Number,
        privacy: Privacy::Derived,
        attacker: AttackerView::fixed(),
        monotone: Monotone::Free,
    }
}
