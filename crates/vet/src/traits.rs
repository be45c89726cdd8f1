//! Traits: what can be said of an event's form without reading what it is about.
//!
//! The name of a header, the scheme of a URL, its host, how a command ends: if such a trait alone tells the classes apart, a detector learns
//! how they were collected. Traits are named where evidence is parsed; here they are numbers.

use std::collections::HashMap;
use std::sync::Arc;

use ringtrue_core::Label;

use crate::data::Data;
use ringtrue_core::task::figures::per_cent;

/// The traits of events.
#[derive(Clone, Debug, Default)]
pub struct Traits {
    /// The traits that were met, such as `header list-id`.
    pub names: Vec<Arc<str>>,
    /// For each event the numbers of its traits, ascending, each once.
    pub of: Vec<Vec<u32>>,
}

impl Traits {
    /// Numbers the traits of events, in order of first appearance.
    pub fn new<T: AsRef<str>>(events: impl IntoIterator<Item = Vec<T>>) -> Self {
        let mut numbers: HashMap<Arc<str>, u32> = HashMap::new();
        let mut traits = Self::default();
        for found in events {
            let mut own: Vec<u32> = Vec::with_capacity(found.len());
            for name in &found {
                let name = name.as_ref();
                own.push(if let Some(number) = numbers.get(name) {
                    *number
                } else {
                    let number = u32::try_from(traits.names.len()).unwrap_or(u32::MAX);
                    let name: Arc<str> = Arc::from(name);
                    traits.names.push(Arc::clone(&name));
                    numbers.insert(name, number);
                    number
                });
            }
            own.sort_unstable();
            own.dedup();
            traits.of.push(own);
        }
        traits
    }
}

/// How many events of each class have a trait.
#[derive(Clone, Debug, PartialEq)]
pub struct TraitShare {
    /// The trait's number.
    pub number: u32,
    /// The trait.
    pub name: Arc<str>,
    /// Malicious events that have it, and all.
    pub malicious: [u64; 2],
    /// Benign events that have it, and all.
    pub benign: [u64; 2],
}

impl TraitShare {
    /// Returns the share of malicious events that have it.
    #[must_use]
    pub fn malicious_share(&self) -> f64 {
        share(self.malicious)
    }

    /// Returns the share of benign events that have it.
    #[must_use]
    pub fn benign_share(&self) -> f64 {
        share(self.benign)
    }

    /// Returns the share of malicious events less that of benign ones.
    #[must_use]
    pub fn difference(&self) -> f64 {
        self.malicious_share() - self.benign_share()
    }

    /// Says in which share of each class it stands.
    #[must_use]
    pub fn sentence(&self) -> String {
        format!(
            "`{}` in {} of malicious and {} of benign events",
            self.name,
            per_cent(self.malicious_share()),
            per_cent(self.benign_share())
        )
    }

    /// Returns a few events of each class that have it.
    #[must_use]
    pub fn examples(&self, data: &Data<'_>) -> Vec<u32> {
        let of = |label: Label| {
            let has = |at: &u32| {
                data.traits.of[*at as usize]
                    .binary_search(&self.number)
                    .is_ok()
            };
            data.of_class(label).into_iter().filter(has).take(EXAMPLES)
        };
        of(Label::Malicious).chain(of(Label::Benign)).collect()
    }
}

/// Events of a class that are named as examples.
const EXAMPLES: usize = 5;

fn share([with, all]: [u64; 2]) -> f64 {
    with as f64 / all.max(1) as f64
}

impl Traits {
    /// Returns how many events of each class have each trait of which `is_asked` holds, the most telling first.
    #[must_use]
    pub fn shares(
        &self,
        data: &Data<'_>,
        members: &[u32],
        is_asked: impl Fn(&str) -> bool,
    ) -> Vec<TraitShare> {
        let mut counts = vec![[0_u64; 2]; self.names.len()];
        let mut all = [0_u64; 2];
        for at in members {
            let class = usize::from(data.malicious[*at as usize]);
            all[class] += 1;
            for number in self.of.get(*at as usize).into_iter().flatten() {
                counts[*number as usize][class] += 1;
            }
        }
        let named = (0_u32..)
            .zip(&self.names)
            .zip(counts)
            .filter(|((_, name), _)| is_asked(name));
        let mut shares: Vec<TraitShare> = named
            .map(|((number, name), [benign, malicious])| TraitShare {
                number,
                name: Arc::clone(name),
                malicious: [malicious, all[1]],
                benign: [benign, all[0]],
            })
            .collect();
        shares.sort_by(|left, right| {
            let difference = |it: &TraitShare| it.difference().abs();
            difference(right)
                .total_cmp(&difference(left))
                .then_with(|| left.name.cmp(&right.name))
        });
        shares
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_trait_has_one_number_and_stands_once() {
        let traits = Traits::new([vec!["b", "a", "b"], vec![], vec!["a"]]);
        assert_eq!(traits.of, [vec![0, 1], vec![], vec![1]]);
        assert_eq!(traits.names.len(), 2);
    }
}
