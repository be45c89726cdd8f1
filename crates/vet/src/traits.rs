//! Traits: what can be said of an event's form without reading what it is about.
//!
//! The name of a header, the scheme of a URL, its host, how a command ends: if such a trait alone tells the classes apart, a detector learns
//! how they were collected. Traits are named where evidence is parsed; here they are numbers.

use std::collections::HashMap;
use std::sync::Arc;

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
