//! Attacks on mails.

use crate::artefact::Attack;

/// Returns every attack on mails.
#[must_use]
pub fn all() -> &'static [&'static dyn Attack<[u8]>] {
    &[]
}
