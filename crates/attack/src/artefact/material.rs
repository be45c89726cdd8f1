//! What the attacker has at hand: benign artefacts that anybody could have seen.

use ringtrue_core::random::Random;

/// Benign artefacts of the kind that is attacked, which changes borrow from.
#[derive(Clone, Debug, Default)]
pub struct Material {
    benign: Vec<String>,
}

impl Material {
    /// Takes benign artefacts as text; empty ones are left out.
    pub fn new(benign: impl IntoIterator<Item = String>) -> Self {
        Self {
            benign: benign
                .into_iter()
                .filter(|text| !text.trim().is_empty())
                .collect(),
        }
    }

    /// Returns one of the benign artefacts, `None` if the attacker has none.
    pub fn pick(&self, random: &mut Random) -> Option<&str> {
        random.pick(&self.benign).map(String::as_str)
    }

    /// Returns how many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.benign.len()
    }

    /// Returns whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.benign.is_empty()
    }
}
