//! The stream of [`Pursuit`]: cycles of a calendar month each, drawn so that benign visits hang on the seed alone.
//!
//! Streams of one seed under different filters have the same visits at the same times, and the same number of attacks: what filters change is
//! whose attacks they are. So policies can be compared pair by pair.

use std::sync::Arc;

use ringtrue_core::random::{Random, mix};
use ringtrue_core::{EventTime, Label, Trust};

use super::crew::{Crew, Market};
use crate::campaign::{drawn_index, running_sums};
use crate::clock::{Clock, Moment, Scene};
use crate::labels;
use crate::site::Population;
use crate::stream::{MONTHS_MAX, Setting, SimulateError, SimulatedEvent};

/// Campaigns and scene are brought up to date this often, in days.
const STEP_DAYS: f64 = 0.25;
/// Crews at work.
const CREWS: u64 = 16;
/// New campaigns a day and crew.
const STARTS: f64 = 0.5;
/// Days before the first cycle from which campaigns are under way.
const EARLIER: f64 = 40.0;

/// What pursuit to make.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PursuitParameters {
    /// Cycles of a calendar month, 1 to 240.
    pub cycles: u32,
    /// Events in each cycle, on average.
    pub events_per_cycle: u64,
    /// The same seed and the same answers of the filter give the same stream.
    pub seed: u64,
    /// The first cycle starts at the first moment of this time's month.
    pub start: EventTime,
    /// The expected share of malicious events, in `[0, 1]`.
    pub malicious_share: f64,
}

/// One event of a pursuit.
#[derive(Clone, Debug, PartialEq)]
pub struct PursuitEvent {
    /// What was seen, what it is, and what is said of it once somebody asks.
    pub event: SimulatedEvent,
    /// The family that it truly belongs to, whatever is said of it; `None` if it is benign.
    pub kit: Option<Arc<str>>,
    /// Which crew sent it; `None` if it is benign.
    crew: Option<usize>,
}

/// A stream of URLs in cycles, whose attackers adapt; see the module's documentation.
#[derive(Clone, Debug)]
pub struct Pursuit {
    malicious_share: f64,
    events: u64,
    made: u64,
    clock: Clock,
    population: Population,
    /// Draws times, classes, sources and labels of all events, and the visits.
    world: Random,
    /// Draws whose attack the next one is, and its text.
    attacks: Random,
    market: Market,
    crews: Vec<Crew>,
    next_campaign: u64,
    cycles_made: u32,
    next_step_day: f64,
    scene: Scene,
    /// Running sums of the crews' volumes.
    sums: Vec<f64>,
}

impl Pursuit {
    /// Starts a pursuit.
    ///
    /// # Errors
    ///
    /// [`SimulateError::Cycles`] outside 1 to 240 cycles, [`SimulateError::MaliciousShare`] outside 0 to 1.
    pub fn new(parameters: &PursuitParameters) -> Result<Self, SimulateError> {
        if !(1..=MONTHS_MAX).contains(&parameters.cycles) {
            return Err(SimulateError::Cycles(parameters.cycles));
        }
        let share = parameters.malicious_share;
        if !(0.0..=1.0).contains(&share) {
            return Err(SimulateError::MaliciousShare(share));
        }
        let events = parameters
            .events_per_cycle
            .saturating_mul(u64::from(parameters.cycles));
        let clock = Clock::new(parameters.start, parameters.cycles, events);
        let seed = mix(parameters.seed ^ 0x9045);
        let mut market = Market::new(seed);
        let crews = (0..CREWS).map(|number| Crew::new(number, -EARLIER, &mut market));
        let crews = crews.collect();
        let scene = Scene::of(clock.at_day(0.0), Setting::Natural);
        Ok(Self {
            malicious_share: share,
            events,
            made: 0,
            clock,
            population: Population::new(seed),
            world: Random::new(seed ^ 0x57e4),
            attacks: Random::new(seed ^ 0xa77c),
            market,
            crews,
            next_campaign: 0,
            cycles_made: 0,
            next_step_day: 0.0,
            scene,
            sums: Vec::new(),
        })
    }

    /// Tells the attackers what became of an event of the cycle that was last returned; nothing if it is benign.
    pub fn tell(&mut self, event: &PursuitEvent, stopped: bool) {
        let crew = event.crew.and_then(|crew| self.crews.get_mut(crew));
        if let Some(crew) = crew {
            crew.see(stopped);
        }
    }

    /// Returns the next cycle's events in order of time; `None` after the last. Attackers adapt to what they were told first.
    pub fn next_cycle(&mut self) -> Option<Vec<PursuitEvent>> {
        if self.made >= self.events {
            return None;
        }
        let start_day = self.clock.month_start_day(self.cycles_made);
        if self.cycles_made > 0 {
            for crew in &mut self.crews {
                crew.adapt(start_day, &mut self.market);
            }
        }
        self.sums.clear();
        let volumes = self.crews.iter().map(Crew::volume);
        self.sums.extend(running_sums(volumes));
        self.next_step_day = start_day;
        self.cycles_made += 1;
        let end_day = self.clock.month_start_day(self.cycles_made);
        let mut cycle = Vec::new();
        while self.made < self.events {
            // The moment is drawn by a copy, so that the event that opens the next cycle is drawn again there.
            let mut world = self.world.clone();
            let moment = self.clock.moment(self.made, &mut world);
            if moment.day >= end_day && end_day < self.clock.days() {
                break;
            }
            self.world = world;
            self.made += 1;
            cycle.push(self.event(moment));
        }
        Some(cycle)
    }

    fn event(&mut self, moment: Moment) -> PursuitEvent {
        self.step(moment);
        let truth = if self.world.chance(self.malicious_share) {
            Label::Malicious
        } else {
            Label::Benign
        };
        let source = labels::source(&mut self.world);
        let label = labels::reported(truth, Setting::Natural, &mut self.world);
        let label_known = labels::known(label, moment.time, &mut self.world);
        // A visit's text has a source of its own, so that as many draws are made for an attack as for a visit.
        let mut text = Random::new(self.world.next());
        let mut url = String::new();
        let (mut crew, mut kit, mut campaign) = (None, None, None);
        if truth == Label::Malicious {
            let number = drawn_index(&self.sums, &mut self.attacks);
            if let Some(chosen) = self.crews.get(number)
                && let Some(drawn) = chosen.member.drawn(&mut self.attacks)
            {
                let family = &chosen.member.family;
                let place = (self.population, &self.scene);
                drawn.write(family, moment.day, place, &mut self.attacks, &mut url);
                (crew, campaign) = (Some(number), Some(drawn.id));
                kit = Some(Arc::clone(&family.name));
            }
        } else {
            let site = self.population.visited(&self.scene, &mut text);
            site.habit.write(&site, &self.scene, &mut text, &mut url);
        }
        let told = label == Label::Malicious;
        PursuitEvent {
            event: SimulatedEvent {
                url,
                label,
                truth,
                first_seen: moment.time,
                label_known,
                source,
                family: kit.clone().filter(|_| told),
                campaign: campaign.filter(|_| told),
                trust: Trust::Synthetic,
            },
            kit,
            crew,
        }
    }

    /// Brings campaigns and scene up to date.
    fn step(&mut self, moment: Moment) {
        if moment.day < self.next_step_day {
            return;
        }
        self.next_step_day = moment.day + STEP_DAYS;
        self.scene = Scene::of(moment, Setting::Natural);
        for crew in &mut self.crews {
            crew.member
                .advance(moment.day, STARTS, &mut self.next_campaign);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn parameters(seed: u64) -> PursuitParameters {
        PursuitParameters {
            cycles: 13,
            events_per_cycle: 4_000,
            seed,
            start: EventTime::from_date(2024, 1, 1),
            malicious_share: 0.1,
        }
    }

    fn pursuit(seed: u64) -> Pursuit {
        Pursuit::new(&parameters(seed)).unwrap()
    }

    /// Plays all cycles against a filter that stops what it is told to.
    fn play(seed: u64, stops: impl Fn(&PursuitEvent) -> bool) -> Vec<Vec<PursuitEvent>> {
        let mut pursuit = pursuit(seed);
        let mut cycles = Vec::new();
        while let Some(cycle) = pursuit.next_cycle() {
            for event in &cycle {
                pursuit.tell(event, stops(event));
            }
            cycles.push(cycle);
        }
        cycles
    }

    fn kits(cycle: &[PursuitEvent]) -> BTreeSet<Arc<str>> {
        cycle.iter().filter_map(|it| it.kit.clone()).collect()
    }

    #[test]
    fn cycles_are_months_and_time_only_rises() {
        let cycles = play(1, |_| false);
        assert_eq!(cycles.len(), 13);
        for (cycle, month) in cycles.iter().zip(0_i8..) {
            let expected = (2024 + i16::from(month / 12), month % 12 + 1);
            let times = cycle.iter().map(|it| it.event.first_seen);
            assert!(times.clone().all(|time| time.month() == expected));
            assert!(times.is_sorted());
            assert!((3_500..4_500).contains(&cycle.len()), "{}", cycle.len());
        }
        assert_eq!(cycles.iter().map(Vec::len).sum::<usize>(), 52_000);
    }

    #[test]
    fn visits_are_the_same_whatever_a_filter_stops() {
        let benign = |cycles: Vec<Vec<PursuitEvent>>| -> Vec<PursuitEvent> {
            let events = cycles.into_iter().flatten();
            events.filter(|it| it.crew.is_none()).collect()
        };
        let (open, shut) = (play(2, |_| false), play(2, |_| true));
        let count = |cycles: &[Vec<PursuitEvent>]| -> usize { cycles.iter().map(Vec::len).sum() };
        assert_eq!(count(&open), count(&shut));
        assert!(benign(open) == benign(shut));
    }

    #[test]
    fn the_first_cycle_is_the_same_and_then_attackers_leave_what_is_stopped() {
        let (open, shut) = (play(3, |_| false), play(3, |_| true));
        assert!(open[0] == shut[0]);
        let stayed = |cycles: &[Vec<PursuitEvent>]| {
            let (first, last) = (kits(&cycles[0]), kits(&cycles[3]));
            first.intersection(&last).count()
        };
        assert!(stayed(&open) > stayed(&shut) + 4);
    }

    #[test]
    fn the_same_answers_give_the_same_stream() {
        let stops = |it: &PursuitEvent| it.event.url.len().is_multiple_of(2);
        assert!(play(4, stops) == play(4, stops));
        assert!(play(4, stops) != play(5, stops));
    }

    #[test]
    fn what_passes_comes_more_often() {
        let first = kits(&pursuit(6).next_cycle().unwrap());
        let passing: BTreeSet<Arc<str>> = first.into_iter().take(4).collect();
        let cycles = play(6, |it| {
            it.kit.as_ref().is_some_and(|kit| !passing.contains(kit))
        });
        let share = |cycle: &[PursuitEvent]| {
            let attacks = cycle.iter().filter_map(|it| it.kit.as_ref());
            let own = attacks.clone().filter(|kit| passing.contains(*kit));
            own.count() as f64 / attacks.count() as f64
        };
        assert!(share(&cycles[4]) > 1.5 * share(&cycles[0]));
    }

    #[test]
    fn impossible_parameters_are_refused() {
        for cycles in [0, 241] {
            let parameters = PursuitParameters {
                cycles,
                ..parameters(1)
            };
            let refused = Pursuit::new(&parameters).err();
            assert_eq!(refused, Some(SimulateError::Cycles(cycles)));
        }
        let parameters = PursuitParameters {
            malicious_share: f64::NAN,
            ..parameters(1)
        };
        assert!(Pursuit::new(&parameters).is_err());
    }
}
