//! Changes counted by near-duplicate group: what tests and intervals of every part rest on.

use ringtrue_core::Label;
use ringtrue_core::metrics::{GroupChanges, PairedChanges};

use super::pairs::Pair;
use super::report::{FlipCounts, FlipKind};

/// What is asked of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Whether their verdicts are right, of both classes.
    Right,
    /// Whether malicious ones are caught: benign ones are left out.
    Caught,
    /// Whether benign ones are spared: malicious ones are left out.
    Spared,
}

impl Asked {
    /// Returns whether an event is one of those that this is asked of.
    #[must_use]
    pub fn concerns(self, label: Label) -> bool {
        match self {
            Self::Right => label != Label::Unsure,
            Self::Caught => label == Label::Malicious,
            Self::Spared => label == Label::Benign,
        }
    }
}

/// Counts the changes for the worse alone: how many independent events they are worth hangs on how they gather in groups, and not on
/// what changed for the better there.
pub(super) fn losses<'a>(members: impl IntoIterator<Item = &'a Pair>) -> PairedChanges {
    PairedChanges::of(
        grouped(members, Asked::Right)
            .into_iter()
            .map(|group| GroupChanges { better: 0, ..group }),
    )
}

/// Counts the changes of events that this is asked of.
pub fn changes<'a>(members: impl IntoIterator<Item = &'a Pair>, asked: Asked) -> PairedChanges {
    PairedChanges::of(grouped(members, asked))
}

/// Counts changes by group.
fn grouped<'a>(members: impl IntoIterator<Item = &'a Pair>, asked: Asked) -> Vec<GroupChanges> {
    let concerned = members
        .into_iter()
        .filter(|pair| asked.concerns(pair.label));
    let mut by_group: Vec<(u32, Option<bool>)> = concerned
        .map(|pair| (pair.group, pair.flip().map(FlipKind::is_negative)))
        .collect();
    by_group.sort_unstable();
    let groups = by_group.chunk_by(|left, right| left.0 == right.0);
    groups
        .map(|group| GroupChanges {
            events: group.len() as u64,
            worse: count(group, Some(true)),
            better: count(group, Some(false)),
        })
        .collect()
}

fn count(group: &[(u32, Option<bool>)], change: Option<bool>) -> u64 {
    group.iter().filter(|(_, found)| *found == change).count() as u64
}

/// Counts flips by kind.
pub fn flip_counts<'a>(members: impl IntoIterator<Item = &'a Pair>) -> FlipCounts {
    let mut counts = FlipCounts::default();
    for kind in members.into_iter().filter_map(Pair::flip) {
        *counts.of_mut(kind) += 1;
    }
    counts
}

impl FlipKind {
    /// Returns whether the old verdict was right and the new one is wrong.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        matches!(self, Self::NewlyMissed | Self::NewlyBlockedInError)
    }

    /// Returns it in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::NewlyMissed => "newly missed",
            Self::NewlyBlockedInError => "newly blocked in error",
            Self::NewlyCaught => "newly caught",
            Self::NewlyReleased => "newly released",
        }
    }
}

impl FlipCounts {
    const fn of_mut(&mut self, kind: FlipKind) -> &mut u64 {
        match kind {
            FlipKind::NewlyMissed => &mut self.newly_missed,
            FlipKind::NewlyBlockedInError => &mut self.newly_blocked_in_error,
            FlipKind::NewlyCaught => &mut self.newly_caught,
            FlipKind::NewlyReleased => &mut self.newly_released,
        }
    }

    /// Returns how many are for the worse.
    #[must_use]
    pub const fn negative(&self) -> u64 {
        self.newly_missed + self.newly_blocked_in_error
    }

    /// Returns how many are for the better.
    #[must_use]
    pub const fn positive(&self) -> u64 {
        self.newly_caught + self.newly_released
    }
}
