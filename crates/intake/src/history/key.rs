//! Pseudonyms: how a history calls users, hosts and programs.
//!
//! ```text
//!   secret ─► one key for each purpose ─► BLAKE3 of the name under it ─► 64 bits
//! ```
//!
//! No name is kept. Who has no secret cannot tell which name a number stands for, nor try names out.

use std::fmt;

use ringtrue_core::Digest;
use ringtrue_core::random::mix;

/// Who a history remembers: one of the ways to group events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// A person or service account.
    User,
    /// A machine.
    Host,
}

/// What a history is keyed by; never written with it.
#[derive(Clone, PartialEq, Eq)]
pub struct HistoryKey {
    users: [u8; 32],
    hosts: [u8; 32],
    names: [u8; 32],
    id: KeyId,
}

/// Tells one key from another, and nothing of either.
pub type KeyId = [u8; 8];

impl HistoryKey {
    /// Derives the keys of all purposes from one secret.
    #[must_use]
    pub fn new(secret: &[u8; 32]) -> Self {
        let purpose = |purpose: &[u8]| *Digest::keyed(secret, purpose).bytes();
        Self {
            users: purpose(b"ringtrue history user"),
            hosts: purpose(b"ringtrue history host"),
            names: purpose(b"ringtrue history name"),
            id: first_bytes(&Digest::keyed(secret, b"ringtrue history key id")),
        }
    }

    /// Returns a key that everybody knows: numbers instead of names, but anybody can try names out.
    #[must_use]
    pub fn public() -> Self {
        Self::new(&[0; 32])
    }

    /// Returns what tells this key from others; a history refuses to go on under another.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    pub(super) fn entity(&self, level: Level, name: &str) -> u64 {
        match level {
            Level::User => number(&self.users, name),
            Level::Host => number(&self.hosts, name),
        }
    }

    /// Returns the number of a program.
    pub(crate) fn name(&self, name: &str) -> u64 {
        number(&self.names, name)
    }
}

impl fmt::Debug for HistoryKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "HistoryKey({:02x?})", self.id)
    }
}

/// Returns the number of a name; never 0, which stands for no name.
fn number(key: &[u8; 32], name: &str) -> u64 {
    u64::from_le_bytes(first_bytes(&Digest::keyed(key, name.as_bytes()))).max(1)
}

fn first_bytes(digest: &Digest) -> [u8; 8] {
    digest.bytes().first_chunk().copied().unwrap_or_default()
}

/// Returns the number of one name that follows another.
pub(super) const fn pair(before: u64, name: u64) -> u64 {
    mix(before ^ mix(name).rotate_left(17))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_differ_by_secret_purpose_and_order() {
        let [one, other] = [1, 2].map(|byte| HistoryKey::new(&[byte; 32]));
        assert_ne!(one.id(), other.id());
        assert_ne!(one.name("ssh"), other.name("ssh"));
        assert_eq!(
            one.name("ssh"),
            HistoryKey::new(&[1; 32]).name("ssh"),
            "the same for ever"
        );
        assert_ne!(one.entity(Level::User, "a"), one.entity(Level::Host, "a"));
        assert_ne!(one.entity(Level::User, "a"), one.name("a"));
        let (a, b) = (one.name("a"), one.name("b"));
        assert_ne!(pair(a, b), pair(b, a));
        assert!(!format!("{one:?}").contains(&format!("{:?}", one.users)));
    }
}
