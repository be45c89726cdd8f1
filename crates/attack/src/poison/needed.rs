//! The smallest number of planted events that is enough, found with few trainings.

/// What a search came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needed {
    /// So many were enough, and `below` were not: the smallest number lies between.
    Between {
        /// The greatest number tried that was not enough; 0 if the aim is reached without planting.
        below: u32,
        /// The smallest number tried that was enough.
        enough: u32,
    },
    /// So many, the most that may be planted, were not enough.
    MoreThan(u32),
}

/// How much more than what was not enough an answer may be: a training is not worth a finer one.
const RATIO: f64 = 1.25;
/// The first number that is tried.
const FIRST: u32 = 4;

/// Finds how many planted events are enough, at most `most`, by asking `is_enough`: four times as many each time, then between the
/// last two until they are within a quarter of each other. It is taken as given that more are never worse; where that does not
/// hold, the answer is still a number that was enough, above one that was not.
///
/// # Errors
///
/// The first error of `is_enough`.
pub fn needed<E>(
    most: u32,
    mut is_enough: impl FnMut(u32) -> Result<bool, E>,
) -> Result<Needed, E> {
    if is_enough(0)? {
        return Ok(Needed::Between {
            below: 0,
            enough: 0,
        });
    }
    let (mut below, mut enough) = (0, FIRST.min(most));
    while !is_enough(enough)? {
        if enough >= most {
            return Ok(Needed::MoreThan(enough));
        }
        below = enough;
        enough = enough.saturating_mul(4).min(most);
    }
    while let Some(middle) = between(below, enough) {
        if is_enough(middle)? {
            enough = middle;
        } else {
            below = middle;
        }
    }
    Ok(Needed::Between { below, enough })
}

/// Returns a number to try between two, `None` where they are close enough.
fn between(below: u32, enough: u32) -> Option<u32> {
    let (low, high) = (f64::from(below.max(1)), f64::from(enough));
    if enough <= below.saturating_add(1) || high <= RATIO * low {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the geometric mean of two `u32`"
    )]
    let middle = (low * high).sqrt() as u32;
    Some(middle.clamp(below + 1, enough - 1))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;

    fn found(most: u32, least: u32) -> (Needed, u32) {
        let mut trainings = 0;
        let answer = needed(most, |planted| {
            trainings += 1;
            Ok::<bool, Infallible>(planted >= least)
        });
        let Ok(answer) = answer;
        (answer, trainings)
    }

    proptest! {
        #[test]
        fn the_least_number_lies_between_with_few_trainings(least in 1_u32..100_000) {
            let (answer, trainings) = found(200_000, least);
            let Needed::Between { below, enough } = answer else {
                panic!("{answer:?}");
            };
            prop_assert!(below < least && least <= enough);
            prop_assert!(enough <= below + 1 || f64::from(enough) <= RATIO * f64::from(below));
            prop_assert!(trainings <= 16, "{trainings}");
        }

        #[test]
        fn what_is_never_enough_is_told_with_the_most_that_was_tried(most in 1_u32..100_000) {
            prop_assert_eq!(found(most, most + 1).0, Needed::MoreThan(most));
        }
    }

    #[test]
    fn what_is_reached_without_planting_needs_nothing() {
        let nothing = Needed::Between {
            below: 0,
            enough: 0,
        };
        assert_eq!(found(100, 0), (nothing, 1));
    }

    #[test]
    fn the_first_error_ends_the_search() {
        let failed = needed(100, |planted| {
            if planted < 16 {
                Ok(false)
            } else {
                Err("no training")
            }
        });
        assert_eq!(failed, Err("no training"));
    }
}
