//! What the attacker has at hand: benign artefacts that anybody could have seen.

use std::sync::OnceLock;

use ringtrue_core::random::Random;

/// Benign artefacts of the kind that is attacked, which changes borrow from.
#[derive(Clone, Debug, Default)]
pub struct Material {
    benign: Vec<Benign>,
}

#[derive(Clone, Debug)]
struct Benign {
    text: String,
    /// What its reader took of it, once somebody asked.
    taken: OnceLock<Box<Taken>>,
}

/// What is borrowed of a mail: read once, however often it is drawn.
#[derive(Clone, Debug, Default)]
pub(super) struct Taken {
    pub(super) subject: String,
    pub(super) body: String,
}

impl Material {
    /// Takes benign artefacts as text; empty ones are left out.
    pub fn new(benign: impl IntoIterator<Item = String>) -> Self {
        let texts = benign.into_iter().filter(|text| !text.trim().is_empty());
        Self {
            benign: texts
                .map(|text| Benign {
                    text,
                    taken: OnceLock::new(),
                })
                .collect(),
        }
    }

    /// Returns one of the benign artefacts, `None` if the attacker has none.
    pub fn pick(&self, random: &mut Random) -> Option<&str> {
        random.pick(&self.benign).map(|one| one.text.as_str())
    }

    /// As [`Material::pick`], what `take` takes of it: always the same, so that it is asked once.
    pub(super) fn pick_taken(
        &self,
        random: &mut Random,
        take: impl FnOnce(&str) -> Taken,
    ) -> Option<&Taken> {
        let one = random.pick(&self.benign)?;
        Some(one.taken.get_or_init(|| Box::new(take(&one.text))))
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
