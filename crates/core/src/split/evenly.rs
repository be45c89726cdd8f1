//! Parts of events: evenly over a list, so that a smaller part spans the same time, and what is later than the rest.
//!
//! Positions come in and go out in their order; nothing is drawn.

use crate::label::Label;
use crate::split::cutoff_for_share;
use crate::time::EventTime;

/// Share of the events that is judged where a figure is taken on later events.
pub const LATER_SHARE: f64 = 0.25;

/// Returns at most `most` of `members`, evenly spread.
#[must_use]
pub fn evenly(members: &[u32], most: usize) -> Vec<u32> {
    let count = members.len().min(most);
    let place = |taken: usize| taken * members.len() / count.max(1);
    (0..count)
        .filter_map(|taken| members.get(place(taken)).copied())
        .collect()
}

/// Returns a share of at most `most` members of either class, each class evenly spread, in order. Members that nobody decided on are left out.
#[must_use]
pub fn evenly_by_class(labels: &[Label], members: &[u32], share: f64, most: usize) -> Vec<u32> {
    let of = |label: Label| -> Vec<u32> {
        let is_of = |at: &&u32| labels.get(**at as usize) == Some(&label);
        members.iter().filter(is_of).copied().collect()
    };
    let part = |label: Label| {
        let of_class = of(label);
        let usable = of_class.len().min(most);
        evenly(&of_class, part_of(usable, share))
    };
    let mut taken = [part(Label::Benign), part(Label::Malicious)].concat();
    taken.sort_unstable();
    taken
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a count"
)]
fn part_of(count: usize, share: f64) -> usize {
    (count as f64 * share).round() as usize
}

/// Returns `members` before and from the moment on that a [`LATER_SHARE`] of all events follow; events without a time are earlier. `None` unless more
/// than half of the events have a time and some are later than others.
#[must_use]
pub fn halves(times: &[Option<EventTime>], members: &[u32]) -> Option<(Vec<u32>, Vec<u32>)> {
    let known: Vec<EventTime> = times.iter().filter_map(|time| *time).collect();
    if known.len() * 2 <= times.len() {
        return None;
    }
    let cutoff = cutoff_for_share(&known, LATER_SHARE)?;
    let time = |at: u32| times.get(at as usize).copied().flatten();
    let is_later = |at: &u32| time(*at).is_some_and(|time| time >= cutoff);
    let (later, earlier) = members.iter().copied().partition(is_later);
    Some((earlier, later))
}

/// Returns the earlier and the later members: by time as [`halves`] does, or where there is none by their places.
#[must_use]
pub fn earlier_and_later(times: &[Option<EventTime>], members: &[u32]) -> (Vec<u32>, Vec<u32>) {
    halves(times, members).unwrap_or_else(|| {
        let later = part_of(members.len(), LATER_SHARE);
        let (earlier, later) = members.split_at(members.len() - later);
        (earlier.to_vec(), later.to_vec())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_span_the_whole_and_keep_classes_apart() {
        assert_eq!(evenly(&[1, 2, 3, 4, 5, 6], 3), [1, 3, 5]);
        assert_eq!(evenly(&[1, 2], 5), [1, 2]);
        let labels = [
            Label::Benign,
            Label::Malicious,
            Label::Unsure,
            Label::Benign,
            Label::Malicious,
        ];
        assert_eq!(evenly_by_class(&labels, &[0, 1, 2, 3, 4], 0.5, 9), [0, 1]);
        assert_eq!(evenly_by_class(&labels, &[0, 1, 2, 3, 4], 1.0, 1), [0, 1]);
    }

    #[test]
    fn the_later_quarter_is_later_by_time_or_else_by_place() {
        let times: Vec<Option<EventTime>> = (0..8).rev().map(|at| Some(EventTime(at))).collect();
        let all: Vec<u32> = (0..8).collect();
        assert_eq!(
            halves(&times, &all),
            Some((vec![2, 3, 4, 5, 6, 7], vec![0, 1]))
        );
        let none = vec![None; 8];
        assert_eq!(halves(&none, &all), None);
        assert_eq!(
            earlier_and_later(&none, &all),
            (vec![0, 1, 2, 3, 4, 5], vec![6, 7])
        );
    }
}
