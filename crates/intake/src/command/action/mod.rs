//! What a command does: actions of its statements, each of a technique of ATT&CK.
//!
//! ```text
//!   Command ─► marks of each statement ─► View ─► one file a family of actions ─► Findings
//! ```
//!
//! Actions are found statement by statement, so that nothing that stands before or behind a bad statement
//! makes it look better; what takes several statements (download, then run) is looked for last.

mod discovery;
mod drop;
mod escape;
mod evasion;
mod foothold;
mod impact;
mod known;
mod launch;
mod secrets;
mod sequence;
mod shell;
mod table;
mod transfer;
mod view;

use super::lexicon::{Marks, marks};
use super::parse::Command;
pub use known::KnownStatements;
pub(super) use table::{Action, TABLE, Tactic};
pub(super) use view::View;

/// A technique of ATT&CK that a command uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Technique {
    /// Its id, such as `T1105`.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
}

/// Actions found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Set {
    /// The first 128 actions of the table.
    low: u128,
    /// Those behind them.
    high: u128,
}

impl Set {
    pub(super) const fn add(&mut self, action: Action) {
        let place = action as u32;
        if place < u128::BITS {
            self.low |= 1_u128.wrapping_shl(place);
        } else {
            self.high |= 1_u128.wrapping_shl(place);
        }
    }

    /// Adds an action where something holds.
    pub(super) const fn when(&mut self, holds: bool, action: Action) {
        if holds {
            self.add(action);
        }
    }

    pub(super) const fn has(self, action: Action) -> bool {
        let place = action as u32;
        let half = if place < u128::BITS {
            self.low
        } else {
            self.high
        };
        half & 1_u128.wrapping_shl(place) != 0
    }

    const fn is_empty(self) -> bool {
        self.low == 0 && self.high == 0
    }

    const fn join(&mut self, other: Self) {
        self.low |= other.low;
        self.high |= other.high;
    }

    /// Returns what is known of each action, in the order of the table.
    pub(in crate::command) fn entries(self) -> impl Iterator<Item = &'static table::Entry> {
        let behind = TABLE.get(u128::BITS as usize..).unwrap_or(&[]);
        of_bits(self.low, TABLE).chain(of_bits(self.high, behind))
    }

    /// Returns how telling the actions are together: 1 less the product of what each leaves open.
    fn weight(self) -> f32 {
        if self.is_empty() {
            return 0.0;
        }
        1.0 - self
            .entries()
            .map(|entry| 1.0 - entry.weight)
            .product::<f32>()
    }
}

/// Returns the entries whose bits are set.
fn of_bits(
    mut bits: u128,
    entries: &'static [table::Entry],
) -> impl Iterator<Item = &'static table::Entry> {
    std::iter::from_fn(move || {
        if bits == 0 {
            return None;
        }
        let place = bits.trailing_zeros();
        bits &= bits.wrapping_sub(1);
        entries.get(place as usize)
    })
}

/// What was found of a whole command.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Findings {
    pub(super) all: Set,
    /// The largest weight of a statement, in 0 to 1.
    pub(super) worst: f32,
    /// The sum over statements.
    pub(super) sum: f32,
    /// Statements of some weight.
    pub(super) telling: u32,
}

/// The weight from which a statement counts as telling.
const TELLING: f32 = 0.4;

impl Findings {
    pub(super) fn techniques(&self) -> impl Iterator<Item = Technique> {
        let set = self.all;
        let mut seen: Vec<&str> = Vec::new();
        set.entries().filter_map(move |entry| {
            let is_new = !seen.contains(&entry.id);
            seen.push(entry.id);
            is_new.then_some(Technique {
                id: entry.id,
                name: entry.technique,
            })
        })
    }

    /// Returns the names of the actions, in the order of the table.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.all.entries().map(|entry| entry.name)
    }

    /// Returns the weight of the most telling action that serves `tactic`.
    pub(super) fn of_tactic(&self, tactic: Tactic) -> f32 {
        let entries = self.all.entries().filter(|entry| entry.tactic == tactic);
        entries.map(|entry| entry.weight).fold(0.0, f32::max)
    }

    /// Returns the weight of evidence of all actions together, in nats: the sum of `-ln(1 - weight)`.
    pub(super) fn suspicion(&self) -> f32 {
        let entries = self.all.entries();
        entries.map(|entry| -(1.0 - entry.weight).ln()).sum()
    }

    fn add(&mut self, set: Set) {
        let weight = set.weight();
        self.all.join(set);
        self.worst = self.worst.max(weight);
        self.sum += weight;
        self.telling = self.telling.saturating_add(u32::from(weight >= TELLING));
    }
}

/// Finds the actions of a command; those of its statements need not be found again that are known.
pub(super) fn find(command: &Command, mut known: Option<&mut KnownStatements>) -> Findings {
    let marks = marks_of(command);
    let mut findings = Findings::default();
    let mut sets: Vec<Set> = Vec::with_capacity(command.statements.len());
    for (statement, marks) in command.statements.iter().zip(&marks) {
        let find = || actions_of(&View::new(command, statement, *marks));
        sets.push(match &mut known {
            Some(known) => known.actions(command, statement, *marks, find),
            None => find(),
        });
    }
    sequence::see(command, &marks, &mut sets);
    for set in sets {
        findings.add(set);
    }
    findings
}

/// Finds the actions of one statement, by what its view shows.
fn actions_of(view: &View<'_>) -> Set {
    let mut set = Set::default();
    for see in [
        transfer::see,
        shell::see,
        foothold::see,
        secrets::see,
        evasion::see,
        discovery::see,
        impact::see,
        drop::see,
        launch::see,
        escape::see,
    ] {
        see(view, &mut set);
    }
    set
}

/// Returns the marks of each statement.
fn marks_of(command: &Command) -> Vec<Marks> {
    let mut all = vec![Marks::default(); command.statements.len()];
    let end = |place: usize| {
        let statement = command.statements.get(place)?;
        let last = command.words.get(statement.last.checked_sub(1)?)?;
        Some(last.end)
    };
    let mut place = 0_usize;
    marks::find(&command.text, |mark, behind| {
        while end(place).is_some_and(|end| end < behind) {
            place = place.saturating_add(1);
        }
        if let Some(marks) = all.get_mut(place) {
            marks.add(mark);
        }
    });
    all
}
