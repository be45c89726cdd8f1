//! What several signals of one session look at, gathered once.
//!
//! ```text
//!   steps ─► extent, stages, timing, hand ─► Facts ─► signals
//! ```

use std::collections::BTreeSet;

use ringtrue_core::EventTime;

use super::signal::{hand, order, timing};
use super::stage::{Stage, Stages};

/// One command of a session, as who reads commands understood it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Step<'a> {
    /// The command as it was written, or normalised.
    pub text: &'a str,
    /// The names of the programs that it runs, in order, without folders.
    pub programs: &'a [&'a str],
    /// What it serves in an intrusion.
    pub stages: Stages,
    /// When it was given, where known.
    pub time: Option<EventTime>,
}

/// Everything that signals read.
pub(super) struct Facts {
    pub(super) commands: usize,
    pub(super) extent: Extent,
    pub(super) stages: order::StageOrder,
    pub(super) timing: timing::Timing,
    pub(super) hand: hand::Hand,
}

/// How much there is, and how much of it differs.
#[derive(Default)]
pub(super) struct Extent {
    pub(super) programs: usize,
    pub(super) distinct_programs: usize,
    pub(super) repeated: usize,
    /// Commands in a row that open with the same program.
    pub(super) longest_run: usize,
    pub(super) bytes: usize,
    pub(super) longest_bytes: usize,
    pub(super) without_program: usize,
}

impl Facts {
    pub(super) fn gather(steps: &[Step<'_>]) -> Self {
        Self {
            commands: steps.len(),
            extent: Extent::read(steps),
            stages: order::StageOrder::read(steps),
            timing: timing::Timing::read(steps),
            hand: hand::Hand::read(steps),
        }
    }

    /// Returns the share of commands that `count` of them are.
    pub(super) fn share(&self, count: usize) -> f32 {
        crate::declare::share(count as f32, self.commands as f32)
    }

    /// Returns the share of commands that serve a stage.
    pub(super) fn stage_share(&self, stage: Stage) -> f32 {
        self.share(self.stages.of(stage).count)
    }

    /// Returns where a stage is first served: 0 at the start, towards 1 at the end; NaN if it never is.
    pub(super) fn first(&self, stage: Stage) -> f32 {
        let first = self.stages.of(stage).first;
        first.map_or(f32::NAN, |first| self.share(first))
    }
}

impl Extent {
    fn read(steps: &[Step<'_>]) -> Self {
        let mut extent = Self::default();
        let mut programs: BTreeSet<&str> = BTreeSet::new();
        let mut texts: BTreeSet<&str> = BTreeSet::new();
        let (mut run, mut before) = (0_usize, None);
        for step in steps {
            let opens_with = step.programs.first();
            extent.programs = extent.programs.saturating_add(step.programs.len());
            programs.extend(step.programs);
            if !texts.insert(step.text) {
                extent.repeated = extent.repeated.saturating_add(1);
            }
            if opens_with.is_none() {
                extent.without_program = extent.without_program.saturating_add(1);
            }
            let goes_on = opens_with.is_some() && opens_with == before;
            run = if goes_on { run.saturating_add(1) } else { 1 };
            before = opens_with;
            extent.longest_run = extent.longest_run.max(run);
            extent.bytes = extent.bytes.saturating_add(step.text.len());
            extent.longest_bytes = extent.longest_bytes.max(step.text.len());
        }
        extent.distinct_programs = programs.len();
        extent
    }
}
