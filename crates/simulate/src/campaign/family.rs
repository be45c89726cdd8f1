//! Families: what a group of attackers wants, how it hides, and how its share of the attacks rises
//! and falls over months.
//!
//! Families are numbered in order of birth; everything about one follows from the seed and its
//! number. A loud family uses the vocabulary that every analyst knows. A quiet one writes URLs as
//! benign sites do, plus marks of its own kit that nobody has seen before its birth.

use std::sync::Arc;

use ringtrue_core::random::{Random, mix};

use super::loud::LoudKit;
use super::quiet::QuietKit;
use crate::text::push_coined;

/// What the attackers want.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    /// Credentials.
    Phishing,
    /// That the victim runs a file.
    Malware,
    /// That the victim reads an offer.
    Spam,
}

impl Goal {
    const fn word(self) -> &'static str {
        match self {
            Self::Phishing => "phishing",
            Self::Malware => "malware",
            Self::Spam => "spam",
        }
    }
}

/// Whether families use known words or hide among benign ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Words, hosts and suffixes that give it away.
    Loud,
    /// A benign shell with the marks of its kit.
    Quiet,
}

/// What a family's URLs are made with.
#[derive(Clone, Debug)]
pub(crate) enum Kit {
    /// Known words.
    Loud(LoudKit),
    /// A benign shell and marks.
    Quiet(QuietKit),
}

/// One family.
#[derive(Clone, Debug)]
pub(crate) struct Family {
    /// Goal and coined name, such as `phishing-velmo`.
    pub(crate) name: Arc<str>,
    /// Seeds the family's campaigns.
    pub(crate) key: u64,
    /// What its URLs are made with.
    pub(crate) kit: Kit,
    /// Months from the stream's start to its birth, negative if it is older.
    birth: f64,
    manner: Manner,
}

/// How often families are born and how long they live, in months.
struct Course {
    spacing: f64,
    phase: f64,
    ramp: f64,
    plateau: f64,
    decay: f64,
    end: f64,
}

const LOUD: Course = Course {
    spacing: 1.5,
    phase: 0.7,
    ramp: 2.0,
    plateau: 8.0,
    decay: 2.0,
    end: 16.0,
};
const QUIET: Course = Course {
    spacing: 0.5,
    phase: 0.25,
    ramp: 2.5,
    plateau: 5.2,
    decay: 1.5,
    end: 10.0,
};

impl Manner {
    const fn course(self) -> Course {
        match self {
            Self::Loud => LOUD,
            Self::Quiet => QUIET,
        }
    }

    /// Returns how many families are born before the stream starts and still live.
    fn elders(self) -> f64 {
        (self.course().end / self.course().spacing).ceil()
    }
}

impl Family {
    /// Makes family `number` of `manner`.
    pub(crate) fn new(seed: u64, manner: Manner, number: u64) -> Self {
        let key = mix(mix(seed ^ 0xfa31) ^ (number << 1) ^ u64::from(manner == Manner::Quiet));
        let mut random = Random::new(key);
        let goal = match random.below(10) {
            0..=5 => Goal::Phishing,
            6..=7 => Goal::Malware,
            _ => Goal::Spam,
        };
        let mut name = format!("{}-", goal.word());
        push_coined(&mut name, &mut random);
        let kit = match manner {
            Manner::Loud => Kit::Loud(LoudKit::drawn(goal, &mut random)),
            Manner::Quiet => Kit::Quiet(QuietKit::drawn(number, &mut random)),
        };
        let course = manner.course();
        let birth = (number as f64 - manner.elders() + 1.0) * course.spacing - course.phase;
        Self {
            name: Arc::from(name),
            key,
            kit,
            birth,
            manner,
        }
    }

    /// Returns whether the family exists `month` months after the stream's start.
    pub(crate) fn is_born(&self, month: f64) -> bool {
        self.birth <= month
    }

    /// Returns whether the family is over for good.
    pub(crate) fn is_over(&self, month: f64) -> bool {
        month - self.birth > self.manner.course().end
    }

    /// Returns the family's age in months, negative before its birth.
    pub(crate) fn age(&self, month: f64) -> f64 {
        month - self.birth
    }

    /// Returns the family's part of the attacks of its manner, relative to the others: it grows over
    /// the first months, stays, and decays.
    pub(crate) fn weight(&self, month: f64) -> f64 {
        let course = self.manner.course();
        let age = month - self.birth;
        if age < 0.0 || age > course.end {
            0.0
        } else if age < course.ramp {
            (age / course.ramp).powf(1.3)
        } else if age < course.plateau {
            1.0
        } else {
            (-(age - course.plateau) / course.decay).exp()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_grows_stays_and_decays() {
        let family = Family::new(1, Manner::Quiet, 40);
        let at = |age: f64| family.weight(family.birth + age);
        assert!(at(-0.1) <= 0.0 && at(0.5) < 0.2 && at(0.5) > 0.0);
        assert!(at(3.0) > 0.99 && at(8.0) < 0.3 && at(12.0) <= 0.0);
    }

    #[test]
    fn some_families_are_old_when_a_stream_starts() {
        for manner in [Manner::Loud, Manner::Quiet] {
            let total: f64 = (0..60)
                .map(|number| Family::new(1, manner, number).weight(0.0))
                .sum();
            assert!(total > 4.0, "{manner:?}: {total}");
        }
    }
}
