//! What came of one expression over many events, so that nobody takes an expression that fails for
//! one that does not hold.

use super::error::ExpressionError;

/// What came of one expression over many events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Events for which it gave a value.
    pub given: u64,
    /// Events for which its value was missing.
    pub missing: u64,
    /// Events to whose types it did not apply.
    pub failed: u64,
    /// Why it did not, the first time.
    pub first: Option<ExpressionError>,
}

impl Tally {
    /// Takes in what came of one event: whether it gave a value, or why it did not apply.
    pub fn add(&mut self, outcome: Result<bool, ExpressionError>) {
        let count = match outcome {
            Ok(true) => &mut self.given,
            Ok(false) => &mut self.missing,
            Err(error) => {
                self.first.get_or_insert(error);
                &mut self.failed
            }
        };
        *count = count.saturating_add(1);
    }

    /// Returns the events.
    #[must_use]
    pub const fn events(&self) -> u64 {
        self.given
            .saturating_add(self.missing)
            .saturating_add(self.failed)
    }
}
