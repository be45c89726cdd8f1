//! One seed under every policy: the same visits, the same first filter, then each policy's own filters and the attackers' answers to them.

use rayon::prelude::*;
use ringtrue_core::{Action, CostSheet, Digest, EventTime, Label, Task};
use ringtrue_server::sample::{SHARE_MAX, SampleOptions, Sampler};
use ringtrue_simulate::{Pursuit, PursuitEvent, PursuitParameters};

use super::measured::{Cycle, Kits, Played};
use super::past::{PastEvent, Verdict, event};
use super::policy::Policy;
use super::school::School;
use crate::failure::{OrFail, Outcome};
use crate::filter::{Filter, Teacher};

/// What of the audit's budget is planned for: the rest is room for cycles in which more is blocked than in the one before.
const PLANNED: f64 = 0.9;

/// What is played.
pub(crate) struct Chase<'a> {
    pub(crate) task: &'a Task,
    pub(crate) policies: &'a [Policy],
    /// Cycles under a filter.
    pub(crate) cycles: u32,
    pub(crate) events_per_cycle: u64,
    pub(crate) start: EventTime,
    /// Cycles that are learned from, the latest ones.
    pub(crate) window: u32,
    /// Malicious events of an old family that stay.
    pub(crate) floor: usize,
    /// Share of the traffic that people look at for the audit sample, at most.
    pub(crate) audit_share: f64,
}

/// Plays one seed under every policy; `tell` is called after each cycle of each.
pub(crate) fn chase(
    chase: &Chase<'_>,
    seed: u64,
    tell: &(dyn Fn() + Sync),
) -> Outcome<Vec<Played>> {
    let sheet = chase.task.cost_sheet();
    let school = School {
        teacher: Teacher {
            task: chase.task,
            sheet: &sheet,
            seed,
        },
        window: chase.window,
        floor: chase.floor,
    };
    let parameters = PursuitParameters {
        cycles: chase.cycles + 1,
        events_per_cycle: chase.events_per_cycle,
        seed,
        start: chase.start,
        malicious_share: sheet.malicious_share,
    };
    let mut pursuit = Pursuit::new(&parameters).or_fail(|| "cannot simulate that".to_owned())?;
    let first = pursuit.next_cycle().unwrap_or_default();
    let past: Vec<PastEvent> = first.iter().map(|it| PastEvent::of(it, 0, None)).collect();
    let mut kits = Kits::default();
    for it in &first {
        kits.add(it, 0, None);
    }
    let now = chase.start.next_month_start();
    let filter = school.teach(Policy::Oracle, &past, (1, now))?;
    let played = chase.policies.par_iter().map(|policy| {
        let mut run = Pursued {
            chase,
            school: &school,
            policy: *policy,
            seed,
            pursuit: pursuit.clone(),
            past: past.clone(),
            kits: kits.clone(),
            starts: vec![chase.start],
        };
        run.play(&filter, tell)
    });
    played.collect()
}

/// One seed under one policy, under way.
struct Pursued<'a> {
    chase: &'a Chase<'a>,
    school: &'a School<'a>,
    policy: Policy,
    seed: u64,
    pursuit: Pursuit,
    past: Vec<PastEvent>,
    kits: Kits,
    /// The start of each cycle so far.
    starts: Vec<EventTime>,
}

impl Pursued<'_> {
    fn play(&mut self, first: &Filter, tell: &(dyn Fn() + Sync)) -> Outcome<Played> {
        let (mut cycles, mut own): (Vec<Cycle>, Option<Filter>) = (Vec::new(), None);
        let mut now = self.chase.start;
        for cycle in 1..=self.chase.cycles {
            now = now.next_month_start();
            self.starts.push(now);
            if cycle > 1 && self.policy != Policy::Never {
                own = Some(self.school.teach(self.policy, &self.past, (cycle, now))?);
            }
            let Some(events) = self.pursuit.next_cycle() else {
                break;
            };
            let before = cycles.last().copied();
            let found = self.filter(own.as_ref().unwrap_or(first), cycle, &events, before)?;
            cycles.push(found);
            tell();
        }
        Ok(Played {
            policy: self.policy,
            seed: self.seed,
            cycles,
            protection: std::mem::take(&mut self.kits).finish(&self.starts),
        })
    }

    /// Lets a cycle's events through a filter, and tells the attackers what became of theirs.
    fn filter(
        &mut self,
        filter: &Filter,
        cycle: u32,
        events: &[PursuitEvent],
        before: Option<Cycle>,
    ) -> Outcome<Cycle> {
        let sheet: &CostSheet = self.school.teacher.sheet;
        let sampler = self.sampler(cycle, before)?;
        let would = filter.would(events.iter().map(event).collect());
        let mut found = Cycle::default();
        for (pursued, would) in events.iter().zip(would) {
            let mut past = PastEvent::of(pursued, cycle, None);
            let draw = sampler
                .as_ref()
                .and_then(|sampler| sampler.draw(past.event.id(), &past.event, would));
            let verdict = Verdict { would, draw };
            found.add(pursued.event.truth, &verdict, sheet);
            self.kits.add(pursued, cycle, Some(would == Action::Block));
            // A person who reviews a malicious event stops it.
            let is_stopped = verdict.done() != Action::Allow;
            if pursued.event.truth == Label::Malicious {
                self.pursuit.tell(pursued, is_stopped);
            }
            past.verdict = Some(verdict);
            self.past.push(past);
        }
        Ok(found)
    }

    /// Returns what draws the audit sample of a cycle: such a share of what is blocked that the budget holds if as much is blocked as before, and at
    /// least as much as is malicious.
    fn sampler(&self, cycle: u32, before: Option<Cycle>) -> Outcome<Option<Sampler>> {
        if !self.policy.draws() {
            return Ok(None);
        }
        let of_traffic = |cycle: Cycle| {
            let blocked = cycle.malicious_blocked + cycle.benign_blocked;
            blocked as f64 / (cycle.malicious + cycle.benign).max(1) as f64
        };
        let blocked = before
            .map_or(0.0, of_traffic)
            .max(self.school.teacher.sheet.malicious_share);
        let options = SampleOptions {
            blocked: (PLANNED * self.chase.audit_share / blocked).min(SHARE_MAX),
            ..SampleOptions::default()
        };
        let key = Digest::of(format!("{}/{cycle}", self.seed).as_bytes());
        let sampler = Sampler::new(&options, *key.bytes());
        sampler
            .map(Some)
            .or_fail(|| "the audit sample cannot be drawn".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use ringtrue_core::Kind;

    use super::*;

    fn played(policies: &[Policy], threads: usize) -> Vec<Played> {
        let mut task = Task::assumed(Kind::Url);
        task.costs.false_positive = 100.0;
        task.traffic.events_per_day = 10_000.0;
        task.traffic.malicious_share = 0.05;
        task.capacity.alerts_per_day = 100.0;
        let asked = Chase {
            task: &task,
            policies,
            cycles: 3,
            events_per_cycle: 3_000,
            start: EventTime::from_date(2024, 1, 1),
            window: 2,
            floor: 20,
            audit_share: 0.01,
        };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let played = pool.build().unwrap().install(|| chase(&asked, 1, &|| {}));
        played.unwrap()
    }

    #[test]
    fn policies_start_alike_and_only_the_audited_draws() {
        let all = [
            Policy::Never,
            Policy::Passed,
            Policy::Audited,
            Policy::Oracle,
        ];
        let played = played(&all, 2);
        let first = |at: usize| {
            let cycle: &Cycle = &played[at].cycles[0];
            (
                cycle.malicious,
                cycle.malicious_blocked,
                cycle.benign_blocked,
            )
        };
        assert!(first(0).1 > 0);
        for (at, of) in played.iter().enumerate() {
            assert_eq!((first(at), of.cycles.len()), (first(0), 3));
            let audited: u64 = of.cycles.iter().map(|it| it.audited).sum();
            let events: u64 = of.cycles.iter().map(|it| it.malicious + it.benign).sum();
            assert_eq!(audited > 0, of.policy == Policy::Audited);
            // Nine of a thousand are planned for; of 9,000 events, 90 would be one of a hundred, two standard errors above.
            assert!(audited * 100 <= events, "{audited} of {events}");
        }
        assert_ne!(played[0].cycles[1], played[3].cycles[1]);
    }

    #[test]
    fn neither_threads_nor_other_policies_change_what_is_found() {
        let alone = played(&[Policy::Audited], 1);
        let among = played(&[Policy::Passed, Policy::Audited], 2);
        assert_eq!(alone[0], among[1]);
    }
}
