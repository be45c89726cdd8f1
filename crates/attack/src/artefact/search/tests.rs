//! The searches against oracles of a few letters.

use std::collections::BTreeSet;

use proptest::prelude::*;
use ringtrue_core::random::Random;

use super::*;
use crate::artefact::{Attack, Declaration, Material, Verified};

/// Puts one letter into a text at any place.
struct Put(&'static Declaration, char);

impl Attack<str> for Put {
    fn declaration(&self) -> &'static Declaration {
        self.0
    }

    fn change(&self, artefact: &str, _: &Material, random: &mut Random) -> Option<String> {
        let mut letters: Vec<char> = artefact.chars().collect();
        let place = usize::try_from(random.below(letters.len() as u64 + 1)).unwrap();
        letters.insert(place, self.1);
        Some(letters.into_iter().collect())
    }
}

const fn declaration(name: &'static str, minutes: f64, verified: Verified) -> Declaration {
    Declaration {
        name,
        meaning: "puts a letter somewhere",
        minutes,
        verified,
        needs: "",
        taxonomy: "",
    }
}

static DECLARATIONS: [Declaration; 3] = [
    declaration("cheap", 1.0, Verified::Execution),
    declaration("dear", 5.0, Verified::Assumed),
    declaration("idle", 0.5, Verified::Parse),
];
static ATTACKS: [&dyn Attack<str>; 3] = [
    &Put(&DECLARATIONS[0], 'c'),
    &Put(&DECLARATIONS[1], 'd'),
    &Put(&DECLARATIONS[2], 'i'),
];

/// Lets texts through that have enough of each letter, and remembers what it was asked.
struct Toy {
    cheap: usize,
    dear: usize,
    asked: Vec<String>,
}

impl Toy {
    fn margin(&self, text: &str) -> f64 {
        let lacking = |letter, enough: usize| enough.saturating_sub(text.matches(letter).count());
        (lacking('c', self.cheap) + 2 * lacking('d', self.dear)) as f64 - 0.5
    }
}

impl Oracle<str> for Toy {
    fn margins(&mut self, artefacts: &[String]) -> Vec<f64> {
        self.asked.extend(artefacts.iter().cloned());
        artefacts.iter().map(|text| self.margin(text)).collect()
    }
}

fn search(knowledge: Knowledge, queries: u64, seed: u64) -> Search {
    Search {
        knowledge,
        queries,
        changes: 4,
        allowed: 0.0,
        seed,
    }
}

fn run(search: &Search, toy: &mut Toy) -> Found<String> {
    let material = Material::default();
    let space = Space {
        attacks: &ATTACKS,
        material: &material,
        bytes_max: 64,
        bytes: str::len,
    };
    let found = search.run("x", &space, toy, &|| true);
    if let Some(answer) = &found.answer {
        assert_eq!(
            space.replay("x", &answer.chain).as_ref(),
            Some(&answer.artefact)
        );
        assert!((space.minutes(&answer.chain) - answer.minutes).abs() < 1e-12);
        let weakest = answer
            .chain
            .iter()
            .map(|step| ATTACKS[step.attack].declaration().verified)
            .max();
        assert_eq!(Some(answer.verified), weakest);
    }
    found
}

const KNOWN: [Knowledge; 3] = [Knowledge::Nothing, Knowledge::Verdicts, Knowledge::Scores];

proptest! {
    #[test]
    fn answers_were_scored_as_allowed_within_the_budget(
        cheap in 0_usize..4,
        dear in 0_usize..3,
        queries in 0_u64..400,
        seed in any::<u64>(),
        knowledge in 0_usize..3,
    ) {
        let search = search(KNOWN[knowledge], queries, seed);
        let mut toy = Toy { cheap, dear, asked: Vec::new() };
        let found = run(&search, &mut toy);
        prop_assert!(found.queries <= queries);
        prop_assert_eq!(found.queries, toy.asked.len() as u64);
        if let Some(answer) = &found.answer {
            prop_assert!(toy.asked.contains(&answer.artefact));
            prop_assert!(toy.margin(&answer.artefact) <= 0.0 && answer.margin <= 0.0);
            let least = cheap as f64 + 5.0 * dear as f64;
            prop_assert!(answer.minutes >= least.max(0.5));
        }
        let mut other = Toy { cheap, dear, asked: Vec::new() };
        prop_assert_eq!(run(&search, &mut other), found);
        prop_assert_eq!(other.asked, toy.asked);
    }

    #[test]
    fn who_sees_something_finds_the_cheapest_of_a_small_space(seed in any::<u64>(), cheap in 0_usize..4) {
        for knowledge in [Knowledge::Verdicts, Knowledge::Scores] {
            let mut toy = Toy { cheap, dear: 1, asked: Vec::new() };
            let answer = run(&search(knowledge, 4_000, seed), &mut toy).answer.unwrap();
            prop_assert!((answer.minutes - cheap as f64 - 5.0).abs() < 1e-9);
        }
    }
}

#[test]
fn what_is_impossible_is_given_up_at_the_budget() {
    for knowledge in KNOWN {
        let mut toy = Toy {
            cheap: 99,
            dear: 0,
            asked: Vec::new(),
        };
        let found = run(&search(knowledge, 500, 7), &mut toy);
        assert_eq!((found.answer, found.queries), (None, 500), "{knowledge:?}");
    }
}

#[test]
fn who_knows_nothing_makes_so_many_changes() {
    let mut toy = Toy {
        cheap: 0,
        dear: 99,
        asked: Vec::new(),
    };
    run(&search(Knowledge::Nothing, 40, 3), &mut toy);
    assert!(toy.asked.iter().all(|text| text.len() == 5));
    assert!(toy.asked.iter().collect::<BTreeSet<_>>().len() > 10);
}

#[test]
fn where_nothing_can_be_changed_nothing_is_asked() {
    let material = Material::default();
    let space = Space::<str> {
        attacks: &[],
        material: &material,
        bytes_max: 64,
        bytes: str::len,
    };
    for knowledge in KNOWN {
        let mut toy = Toy {
            cheap: 0,
            dear: 0,
            asked: Vec::new(),
        };
        let found = search(knowledge, 50, 1).run("x", &space, &mut toy, &|| true);
        assert_eq!(
            found,
            Found {
                answer: None,
                queries: 0
            }
        );
    }
}

#[test]
fn an_end_is_heeded() {
    let material = Material::default();
    let space = Space {
        attacks: &ATTACKS,
        material: &material,
        bytes_max: 64,
        bytes: str::len,
    };
    for knowledge in KNOWN {
        let mut toy = Toy {
            cheap: 99,
            dear: 0,
            asked: Vec::new(),
        };
        let left = std::cell::Cell::new(40);
        let go_on = || {
            left.set(left.get() - 1);
            left.get() > 0
        };
        let found = search(knowledge, 100_000, 1).run("x", &space, &mut toy, &go_on);
        assert!(found.queries < 2_000, "{knowledge:?}: {}", found.queries);
    }
}
