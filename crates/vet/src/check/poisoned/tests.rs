//! The bounds of the poisoning check; what it finds in data is tested in `tests/poisoned.rs`.

use super::*;

#[test]
fn a_share_of_values_is_above_the_bound() {
    let values: Vec<f64> = (0..100).map(f64::from).collect();
    let bound = upper(values.clone(), 0.02);
    assert_eq!(values.iter().filter(|value| **value > bound).count(), 2);
    assert!(upper(Vec::new(), 0.02).is_infinite());
}
