//! The canary: a detector that decides of a small share of events, so that one that is to take over is seen at work before it does.
//!
//! Which events it decides of hangs on a secret key and on their content alone, as with the audit sample: who sends an event cannot tell
//! who decides of it, and sending it again changes nothing.

use ringtrue_core::{Digest, EventId};
use serde::Deserialize;
use thiserror::Error;

use crate::sample::uniform;

/// The largest share: beyond it the champion would decide less than the canary.
pub const SHARE_MAX: f64 = 0.5;

/// What the canary decides of.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CanaryOptions {
    /// Share of events, in [0, 0.5].
    pub share: f64,
}

/// Why a canary cannot be asked.
#[derive(Debug, Error)]
pub enum CanaryError {
    /// The share is out of bounds.
    #[error("`canary.share` lies in [0, {SHARE_MAX}], and not at {0}")]
    Share(f64),
}

impl CanaryOptions {
    /// Looks whether it can be asked.
    ///
    /// # Errors
    ///
    /// [`CanaryError::Share`] if the share is out of bounds.
    pub fn check(&self) -> Result<(), CanaryError> {
        if (0.0..=SHARE_MAX).contains(&self.share) {
            Ok(())
        } else {
            Err(CanaryError::Share(self.share))
        }
    }
}

/// Says of which events the canary decides.
pub struct Chooser {
    key: [u8; 32],
    share: f64,
}

impl Chooser {
    /// Makes one that chooses by this secret key, which the audit sample may use as well: both choose independently.
    #[must_use]
    pub fn new(options: CanaryOptions, key: [u8; 32]) -> Self {
        Self {
            key: *Digest::keyed(&key, b"canary").bytes(),
            share: options.share,
        }
    }

    /// Returns whether the canary decides of this event.
    #[must_use]
    pub fn chooses(&self, id: EventId) -> bool {
        uniform(&self.key, id) < self.share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(key: u8, share: f64) -> Vec<u64> {
        let chooser = Chooser::new(CanaryOptions { share }, [key; 32]);
        let id = |number: u64| {
            let mut id = [0; 16];
            id[..8].copy_from_slice(&number.to_le_bytes());
            EventId(id)
        };
        (0..100_000).filter(|it| chooser.chooses(id(*it))).collect()
    }

    #[test]
    fn it_decides_of_its_share_and_of_nothing_without_one() {
        assert!(chosen(1, 0.0).is_empty());
        // 5,000 expected, with a standard error of 69.
        let count = chosen(1, 0.05).len();
        assert!((4_724..5_276).contains(&count), "{count}");
        assert_ne!(chosen(1, 0.05), chosen(2, 0.05));
    }

    #[test]
    fn odd_shares_are_refused() {
        for share in [-0.1, 0.51, f64::NAN] {
            assert!(CanaryOptions { share }.check().is_err());
        }
    }
}
