//! Policies of retraining: what each knows of past events, and what it makes of that.

use clap::ValueEnum;
use ringtrue_core::{Action, EventTime, Label};
use ringtrue_server::sample::stands_for;
use serde::Serialize;

use super::past::PastEvent;

/// How a detector is kept up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub(crate) enum Policy {
    /// The first detector stays
    Never,
    /// Learns from the labels of what was not blocked, as if that were all there is
    Passed,
    /// As passed, but old families are kept
    PassedWithFloor,
    /// Takes verdicts for labels: what was blocked is malicious, what was allowed is benign
    Verdicts,
    /// Verdicts as labels, put right by what is reported of events that were allowed
    Corrected,
    /// What was not blocked, and a drawn share of what was, weighed by its propensity; old families are kept
    Audited,
    /// As audited, but old families are forgotten with the window
    AuditedForgetful,
    /// Every label, whatever was blocked; old families are kept
    Oracle,
}

/// What a policy takes an event for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Taken {
    pub(super) malicious: bool,
    /// How many events it stands for.
    pub(super) stands_for: f64,
}

impl Policy {
    /// Returns its name, as scripts and pages know it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Passed => "passed",
            Self::PassedWithFloor => "passed_with_floor",
            Self::Verdicts => "verdicts",
            Self::Corrected => "corrected",
            Self::Audited => "audited",
            Self::AuditedForgetful => "audited_forgetful",
            Self::Oracle => "oracle",
        }
    }

    /// Says what it does, in a few words.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Never => "never retrained",
            Self::Passed => "naive: labels of what passed",
            Self::PassedWithFloor => "labels of what passed, floor of families",
            Self::Verdicts => "naive: verdicts as labels",
            Self::Corrected => "naive: verdicts, put right by reports",
            Self::Audited => "audited",
            Self::AuditedForgetful => "audited, no floor of families",
            Self::Oracle => "oracle: every label",
        }
    }

    /// Returns whether what would be blocked is drawn for the audit sample.
    pub(super) const fn draws(self) -> bool {
        matches!(self, Self::Audited | Self::AuditedForgetful)
    }

    /// Returns whether it keeps old families.
    pub(super) const fn keeps_families(self) -> bool {
        matches!(self, Self::Audited | Self::PassedWithFloor | Self::Oracle)
    }

    /// Returns what it takes a past event for at `now`; `None` if it does not learn from it.
    pub(super) fn takes(self, past: &PastEvent, now: EventTime) -> Option<Taken> {
        let is_told = past.label_known <= now;
        let told = match past.label {
            Label::Malicious if is_told => Some(true),
            Label::Benign if is_told => Some(false),
            _ => None,
        };
        let plain = |malicious: bool| Taken {
            malicious,
            stands_for: 1.0,
        };
        // Before the first filter there were labels alone.
        let Some(verdict) = past.verdict else {
            return told.map(plain);
        };
        let is_blocked = verdict.would == Action::Block;
        match self {
            Self::Never => None,
            Self::Passed | Self::PassedWithFloor if is_blocked => None,
            Self::Passed | Self::PassedWithFloor | Self::Oracle => told.map(plain),
            Self::Verdicts | Self::Corrected => match verdict.would {
                Action::Block => Some(plain(true)),
                Action::Review => told.map(plain),
                Action::Allow if self == Self::Corrected && told == Some(true) => Some(plain(true)),
                Action::Allow => Some(plain(false)),
            },
            Self::Audited | Self::AuditedForgetful => Some(Taken {
                malicious: told?,
                stands_for: stands_for(verdict.would, verdict.draw.as_ref())?,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use ringtrue_server::sample::Draw;

    use super::super::past::{PastEvent, Verdict};
    use super::*;

    const KNOWN: EventTime = EventTime(100);

    fn past(would: Action, drawn: bool, label: Label) -> PastEvent {
        let draw = (would == Action::Block).then_some(Draw {
            would,
            propensity: 0.2,
            drawn,
        });
        PastEvent {
            label,
            label_known: KNOWN,
            verdict: Some(Verdict { would, draw }),
            ..PastEvent::default()
        }
    }

    fn takes(policy: Policy, past: &PastEvent) -> Option<(bool, f64)> {
        let taken = policy.takes(past, KNOWN)?;
        Some((taken.malicious, taken.stands_for))
    }

    #[test]
    fn what_is_blocked_is_known_only_where_it_was_drawn() {
        let hidden = past(Action::Block, false, Label::Malicious);
        let drawn = past(Action::Block, true, Label::Benign);
        assert_eq!(takes(Policy::Audited, &hidden), None);
        assert_eq!(takes(Policy::Audited, &drawn), Some((false, 5.0)));
        for it in [&hidden, &drawn] {
            assert_eq!(takes(Policy::Passed, it), None);
            assert_eq!(takes(Policy::PassedWithFloor, it), None);
            assert_eq!(takes(Policy::Verdicts, it), Some((true, 1.0)));
        }
        assert_eq!(takes(Policy::Oracle, &hidden), Some((true, 1.0)));
        assert_eq!(takes(Policy::Oracle, &drawn), Some((false, 1.0)));
    }

    #[test]
    fn what_passed_is_known_once_somebody_says_so() {
        let missed = past(Action::Allow, false, Label::Malicious);
        for policy in [Policy::Passed, Policy::Audited, Policy::Oracle] {
            assert_eq!(takes(policy, &missed), Some((true, 1.0)));
            assert_eq!(policy.takes(&missed, EventTime(99)), None);
        }
        // A verdict is at hand at once, right or wrong; a report puts it right for those who listen.
        assert_eq!(takes(Policy::Verdicts, &missed), Some((false, 1.0)));
        assert_eq!(takes(Policy::Corrected, &missed), Some((true, 1.0)));
        let early = Policy::Corrected.takes(&missed, EventTime(99));
        assert_eq!(early.map(|it| it.malicious), Some(false));
        assert_eq!(takes(Policy::Never, &missed), None);
    }

    #[test]
    fn nobody_learns_from_what_nobody_could_decide_unless_a_verdict_is_enough() {
        let unsure = past(Action::Review, false, Label::Unsure);
        for policy in [
            Policy::Passed,
            Policy::Verdicts,
            Policy::Audited,
            Policy::Oracle,
        ] {
            assert_eq!(takes(policy, &unsure), None);
        }
    }
}
