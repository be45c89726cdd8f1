//! What every attack must keep, checked the same way for all kinds of artefacts.

use std::borrow::ToOwned;
use std::collections::BTreeSet;
use std::fmt::Debug;

use ringtrue_core::random::Random;

use super::{Attack, Material};

/// Checks what attacks say of themselves.
pub(super) fn declarations<A: ?Sized + ToOwned>(all: &[&dyn Attack<A>]) {
    let mut names = BTreeSet::new();
    for attack in all {
        let declaration = attack.declaration();
        let name = declaration.name;
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
        assert!(name.bytes().all(is_plain), "{name}");
        assert!(names.insert(name), "two attacks are called {name}");
        assert!((0.01..=60.0).contains(&declaration.minutes), "{name}");
        for text in [declaration.meaning, declaration.needs] {
            assert!(
                !text.ends_with('.') && !text.starts_with(char::is_uppercase),
                "{name}: {text}"
            );
        }
        assert!(!declaration.meaning.is_empty(), "{name}");
        for taxonomy in ["ATLAS AML.T", "NIST AI 100-2"] {
            assert!(declaration.taxonomy.contains(taxonomy), "{name}");
        }
    }
}

/// Changes `artefact` with this seed; checks that the same seed changes it the same way.
pub(super) fn change<A>(
    attack: &dyn Attack<A>,
    artefact: &A,
    material: &Material,
    seed: u64,
) -> Option<A::Owned>
where
    A: ?Sized + ToOwned,
    A::Owned: PartialEq + Debug,
{
    let change = || attack.change(artefact, material, &mut Random::new(seed));
    let changed = change();
    assert_eq!(changed, change(), "{}", attack.declaration().name);
    changed
}
