//! Is the next turn due?

use ringtrue_core::EventTime;

/// Returns whether a turn is due at `now`: none is done yet, or the last one began `every_days` ago or more.
pub(crate) fn is_due(last: Option<EventTime>, every_days: f64, now: EventTime) -> bool {
    last.is_none_or(|last| now.days_since(last) >= every_days)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_is_due_when_the_last_is_long_enough_ago() {
        let now = EventTime::from_date(2024, 3, 31);
        assert!(is_due(None, 30.0, now));
        assert!(is_due(Some(now.plus_days(-30)), 30.0, now));
        assert!(!is_due(Some(now.plus_days(-29)), 30.0, now));
        // A clock that went back makes nothing due.
        assert!(!is_due(Some(now.plus_days(1)), 30.0, now));
    }
}
