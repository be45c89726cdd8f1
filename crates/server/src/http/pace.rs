//! How often somebody may ask: the generic cell rate algorithm (ITU-T I.371, 1996), which needs one moment of memory a token.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::config::Rate;

/// One who asks.
pub(super) struct Pace {
    /// From one request to the next, in the long run.
    interval: Duration,
    /// How far requests may run ahead of that.
    ahead: Duration,
    /// When the next request would come that keeps the interval; `None` before the first.
    due: Mutex<Option<Instant>>,
}

impl Pace {
    pub(super) fn of(rate: Rate) -> Self {
        let interval = Duration::from_secs(1) / rate.requests_per_second.max(1);
        Self {
            interval,
            ahead: interval.saturating_mul(rate.at_once.max(1)),
            due: Mutex::new(None),
        }
    }

    /// Lets a request pass; else returns how long to wait.
    pub(super) fn pass(&self, now: Instant) -> Result<(), Duration> {
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        let next = due.map_or(now, |due| due.max(now)) + self.interval;
        let too_far = next.duration_since(now).saturating_sub(self.ahead);
        if !too_far.is_zero() {
            return Err(too_far);
        }
        *due = Some(next);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::instant;

    #[test]
    fn so_many_pass_at_once_and_then_one_an_interval() {
        let pace = Pace::of(Rate {
            requests_per_second: 10,
            at_once: 3,
        });
        let start = instant();
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        for _ in 0..3 {
            assert_eq!(pace.pass(at(0)), Ok(()));
        }
        assert_eq!(pace.pass(at(0)), Err(Duration::from_millis(100)));
        assert_eq!(pace.pass(at(99)), Err(Duration::from_millis(1)));
        assert_eq!(pace.pass(at(100)), Ok(()));
        assert!(pace.pass(at(100)).is_err());
        // A rest gives back what may come at once, and no more.
        let passed = (0..10).filter(|_| pace.pass(at(10_000)).is_ok()).count();
        assert_eq!(passed, 3);
    }
}
