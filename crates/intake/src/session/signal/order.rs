//! Order: whether the stages of an intrusion come as intrusions go.

use ringtrue_core::signal::{Movable, Privacy};

use super::{Signal, Theme, flag};
use crate::session::facts::Step;
use crate::session::stage::{Stage, Stages};

const STAGES: usize = Stage::ALL.len();

/// Where one stage is served.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::session) struct Served {
    /// By how many commands.
    pub(in crate::session) count: usize,
    /// The first of them, counted from 0.
    pub(in crate::session) first: Option<usize>,
    last: Option<usize>,
}

/// Where the stages are served, and in which order.
#[derive(Default)]
pub(in crate::session) struct StageOrder {
    served: [Served; STAGES],
    /// Commands that serve any stage.
    pub(in crate::session) commands: usize,
    /// How often a command serves other stages than the one before it that served any.
    changes: usize,
    /// The most stages that come one after the other in the usual order.
    chain: usize,
}

impl StageOrder {
    pub(in crate::session) fn read(steps: &[Step<'_>]) -> Self {
        let mut order = Self::default();
        let mut before = Stages::default();
        // The longest chain that ends in each stage.
        let mut chains = [0_usize; STAGES];
        for (place, step) in steps.iter().enumerate() {
            if step.stages.is_empty() {
                continue;
            }
            order.commands = order.commands.saturating_add(1);
            if !before.is_empty() && before != step.stages {
                order.changes = order.changes.saturating_add(1);
            }
            before = step.stages;
            for stage in step.stages.iter() {
                order.serve(stage, place);
                let earlier = chains.iter().take(stage as usize).max();
                let chain = earlier.copied().unwrap_or(0).saturating_add(1);
                if let Some(longest) = chains.get_mut(stage as usize) {
                    *longest = chain.max(*longest);
                }
            }
        }
        order.chain = chains.into_iter().max().unwrap_or(0);
        order
    }

    fn serve(&mut self, stage: Stage, place: usize) {
        let Some(served) = self.served.get_mut(stage as usize) else {
            return;
        };
        served.count = served.count.saturating_add(1);
        served.first = served.first.or(Some(place));
        served.last = Some(place);
    }

    pub(in crate::session) fn of(&self, stage: Stage) -> Served {
        let served = self.served.get(stage as usize);
        served.copied().unwrap_or_default()
    }

    /// Returns how many stages are served.
    pub(in crate::session) fn kinds(&self) -> usize {
        let there = self.served.iter().filter(|served| served.count > 0);
        there.count()
    }

    /// Returns whether `later` is served at or behind a command that serves `earlier`.
    fn follows(&self, earlier: Stage, later: Stage) -> bool {
        let places = (self.of(earlier).first, self.of(later).last);
        matches!(places, (Some(first), Some(last)) if first <= last)
    }
}

pub(in crate::session) const THEME: Theme = Theme {
    name: "session_order",
    together: &["session_extent", "session_mix"],
    privacy: Privacy::Derived,
    // What is fetched cannot be run before: the order costs a detour.
    cost_minutes: 5.0,
    signals: &[
        Signal::count(
            "session_stage_chain",
            "of how many stages follow one another as intrusions go",
            |facts| facts.stages.chain as f32,
        ),
        Signal::count(
            "session_stage_changes",
            "of how often the session turns from one stage to another",
            |facts| facts.stages.changes as f32,
        )
        .movable(Movable::Up),
        Signal::share(
            "session_first_discover",
            "of how early the session looks around",
            |facts| facts.first(Stage::Discover),
        ),
        Signal::share(
            "session_first_download",
            "of how early the session fetches something",
            |facts| facts.first(Stage::Download),
        ),
        Signal::share(
            "session_first_run",
            "of how early the session runs what was fetched or decoded",
            |facts| facts.first(Stage::Run),
        ),
        Signal::share(
            "session_first_persist",
            "of how early the session makes something come again",
            |facts| facts.first(Stage::Persist),
        ),
        Signal::share(
            "session_first_hide",
            "of how early the session hides traces",
            |facts| facts.first(Stage::Hide),
        ),
        Signal::flag(
            "session_discover_then_download",
            "the session looks around, then fetches something",
            |facts| flag(facts.stages.follows(Stage::Discover, Stage::Download)),
        ),
        Signal::flag(
            "session_download_then_run",
            "the session fetches something, then runs it",
            |facts| flag(facts.stages.follows(Stage::Download, Stage::Run)),
        ),
        Signal::flag(
            "session_run_then_hide",
            "the session runs something, then hides traces",
            |facts| flag(facts.stages.follows(Stage::Run, Stage::Hide)),
        ),
    ],
};
