//! How long one event is searched for.

use std::time::Duration;

use crate::commands::clock;
use crate::interrupt;

/// How long one event is searched for, unless somebody asks for an end.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Patience {
    /// By the clock: what a person waits for.
    Time(Duration),
    /// By the steps of the search: the same on every machine.
    Steps(u64),
}

impl Patience {
    /// Begins with an event; the answer says whether to go on.
    pub(crate) fn begin(self) -> impl FnMut() -> bool {
        let start = clock();
        let mut steps = 0_u64;
        move || {
            steps += 1;
            let is_patient = match self {
                Self::Time(time) => start.elapsed() < time,
                Self::Steps(most) => steps <= most,
            };
            is_patient && !interrupt::requested()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_counted_anew_for_each_event() {
        let patience = Patience::Steps(2);
        for _ in 0..2 {
            let mut go_on = patience.begin();
            assert_eq!([go_on(), go_on(), go_on()], [true, true, false]);
        }
    }
}
