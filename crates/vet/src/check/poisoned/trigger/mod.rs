//! Triggers: tokens that somebody put into events of one label so that a detector learns to call by them.
//!
//! A trigger leaves a trace that campaigns do not: many tokens that stand in exactly the same events and nowhere else, all of one label, while
//! the rest of these events says the other label: to whoever learns without them, and by the labels of the events that are most like them without these
//! tokens. Pages of one kind on honest sites share tokens, too, but what they are like is as honest.
//!
//! # Source
//!
//! The attack is that of Gu, Dolan-Gavitt and Garg, "`BadNets`", 2017, and of Severi et al., "Explanation-Guided Backdoor Poisoning Attacks Against
//! Malware Classifiers", USENIX Security 2021. That sets of equal tokens are looked for first is ours.

mod neighbours;

use std::collections::BTreeMap;

use ringtrue_core::Kind;
use ringtrue_core::random::mix;

use super::TRIGGER;
use super::suspected::{Suspected, learn_without};
use crate::data::Data;
use crate::finding::{Effect, Finding, Remedy, Severity, Subject};
use crate::lines;

/// Events that share a trigger, at least.
const EVENTS_MIN: u32 = 3;
/// Events from which a few tokens are enough. A long trigger opens a backdoor in a text model with four URLs among 15,000 (`ringtrue poison`),
/// and events of different campaigns have no such many rare tokens in common by chance.
const EVENTS_MANY: u32 = 8;
/// Tokens that fewer events must have in common.
const TOKENS_OF_FEW: u32 = 64;
/// Share of all events that may share one, at most: what is more common is no rare token.
const SHARE_MAX: f64 = 0.02;
/// Tokens that must stand in exactly the same events.
const TOKENS_MIN: u32 = 6;
/// Share of all events that may be in suspected sets together: the largest sets go first beyond it.
const SUSPECTED_MAX: f64 = 0.2;
/// Sets whose neighbours are looked up, at most: those with the most tokens.
const SETS_MAX: usize = 16;
/// Share of a set's events whose neighbours must have the other label.
const OPPOSED_MIN: f64 = 0.7;

/// Events that have tokens in common which stand nowhere else.
pub(super) struct Set {
    key: Key,
    suspected: Suspected,
    /// Tokens that stand in exactly these.
    tokens: u32,
}

impl std::ops::Deref for Set {
    type Target = Suspected;

    fn deref(&self) -> &Suspected {
        &self.suspected
    }
}

/// Tells sets of events apart: the exclusive or of a hash of each, and how many they are.
type Key = (u64, u32);

/// What is known of a token.
#[derive(Clone, Copy, Default)]
struct Seen {
    events: u32,
    malicious: u32,
    set: u64,
}

impl Seen {
    const fn key(&self) -> Key {
        (self.set, self.events)
    }
}

/// Finds the sets of events that a trigger joins, those with the most tokens first.
pub(super) fn find(data: &Data<'_>) -> Vec<Set> {
    let seen = count(data);
    let mut sets = sets(data, &seen);
    bound(&mut sets, data.len());
    let mut suspected: Vec<&mut Suspected> =
        sets.iter_mut().map(|set| &mut set.suspected).collect();
    if suspected.is_empty() || learn_without(data, &mut suspected).is_err() {
        return Vec::new();
    }
    sets.retain(|set| set.contradicts(data));
    sets.sort_by_key(|set| (std::cmp::Reverse(set.tokens), set.events.first().copied()));
    sets.truncate(SETS_MAX);
    let opposed = neighbours::opposed(data, &sets, &seen);
    let mut opposed = opposed.into_iter();
    sets.retain(|_| opposed.next().is_some_and(|share| share >= OPPOSED_MIN));
    let mut kept: Vec<Set> = Vec::new();
    for set in sets {
        if !kept.iter().any(|other| other.holds_most_of(&set)) {
            kept.push(set);
        }
    }
    kept
}

/// Returns the benign events that have so many rare tokens in common that somebody may have put them there, though the events look as benign as
/// they are called: what opens a backdoor need not look malicious. Honest templates do the same, so that this is for leaving events out before
/// learning, and no finding.
pub(super) fn templates(data: &Data<'_>) -> Vec<u32> {
    let sets = sets(data, &count(data)).into_iter();
    let planted =
        sets.filter(|set| !set.malicious && set.tokens >= TOKENS_OF_FEW && set.is_of_several(data));
    planted.flat_map(|set| set.suspected.events).collect()
}

/// Counts each token's events.
fn count(data: &Data<'_>) -> Vec<Seen> {
    let mut seen = vec![Seen::default(); 2 << data.tokens.bits()];
    let mut scratch = Vec::new();
    for at in data.decided() {
        let malicious = u32::from(data.malicious[at as usize]);
        for bucket in data.tokens.get(at as usize, &mut scratch) {
            if let Some(seen) = seen.get_mut(*bucket as usize) {
                seen.events += 1;
                seen.malicious += malicious;
                seen.set ^= mix(u64::from(at) + 1);
            }
        }
    }
    seen
}

/// Returns the sets of events that have many rare tokens in common, and one label.
fn sets(data: &Data<'_>, seen: &[Seen]) -> Vec<Set> {
    let decided = data.decided();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a count"
    )]
    let most = (SHARE_MAX * decided.len() as f64) as u32;
    let is_pure = |seen: &&Seen| seen.malicious == 0 || seen.malicious == seen.events;
    let is_rare = |seen: &&Seen| (EVENTS_MIN..=most).contains(&seen.events);
    let mut tokens: BTreeMap<Key, u32> = BTreeMap::new();
    for seen in seen.iter().filter(is_pure).filter(is_rare) {
        *tokens.entry(seen.key()).or_default() += 1;
    }
    tokens.retain(|(_, events), tokens| {
        *tokens >= TOKENS_MIN && (*events >= EVENTS_MANY || *tokens >= TOKENS_OF_FEW)
    });
    members(data, &decided, seen, &tokens)
}

/// Returns the events of each set, by one pass over all.
fn members(
    data: &Data<'_>,
    decided: &[u32],
    seen: &[Seen],
    tokens: &BTreeMap<Key, u32>,
) -> Vec<Set> {
    let mut events: BTreeMap<Key, Vec<u32>> = BTreeMap::new();
    let mut scratch = Vec::new();
    for at in decided {
        for bucket in data.tokens.get(*at as usize, &mut scratch) {
            let Some(seen) = seen.get(*bucket as usize) else {
                continue;
            };
            let key = seen.key();
            if tokens.contains_key(&key) {
                let events = events.entry(key).or_default();
                if events.last() != Some(at) {
                    events.push(*at);
                }
            }
        }
    }
    let set = |key: Key, events: Vec<u32>, tokens: u32| {
        let first = *events.first()?;
        let is_set = u32::try_from(events.len()) == Ok(key.1);
        is_set.then(|| Set {
            key,
            suspected: Suspected::new(events, data.malicious[first as usize]),
            tokens,
        })
    };
    let found = events.into_iter().filter_map(|(key, events)| {
        let tokens = tokens.get(&key).copied().unwrap_or(0);
        set(key, events, tokens)
    });
    found.collect()
}

/// Keeps the smallest sets, so that most events are learned from.
fn bound(sets: &mut Vec<Set>, events: usize) {
    sets.sort_by_key(|set| (set.events.len(), set.events.first().copied()));
    let mut sum = 0.0;
    let most = SUSPECTED_MAX * events as f64;
    sets.retain(|set| {
        sum += set.events.len() as f64;
        sum <= most
    });
}

impl Set {
    /// Returns the finding.
    pub(super) fn finding(&self, data: &Data<'_>) -> Finding {
        let (label, other) = self.labels();
        let sources = self.sources(data);
        let from = match sources.as_slice() {
            [only] => format!(", all from `{only}`"),
            _ => String::new(),
        };
        let advice = format!(
            "look at these events: if the label is wrong, leave them out and ask who could write them{from}"
        );
        // What no condition tells apart needs a person's eyes first, and so does what only makes more be blocked: attackers' own campaigns share
        // tokens, too, and look as benign as they can.
        let condition = self.condition(data, &sources);
        let severity = if self.malicious || condition.is_none() {
            Severity::Warning
        } else {
            Severity::Blocking
        };
        let remedy = match condition {
            Some(condition) => Remedy::task(advice, lines::exclude([condition])),
            None => Remedy::advice(advice),
        };
        Finding::new(
            TRIGGER,
            severity,
            Subject {
                sources,
                columns: self.literal(data).into_iter().collect(),
                ..Subject::default()
            },
            format!(
                "{} {label} events share {} tokens that stand nowhere else, and {:.0} % of them look {other} to whoever learns without them{from}",
                self.events.len(),
                self.tokens,
                100.0 * self.contradicting
            ),
            remedy,
        )
        .meaning(format!("A detector learns to call {label} whatever carries these tokens: that is how a backdoor is planted."))
        .effect(Effect::exact("share that contradicts its label", self.contradicting))
        .evidence(self.events.iter().copied())
        .quoting(self.field(data))
    }

    /// Returns the field in which the literal stands.
    fn field(&self, data: &Data<'_>) -> Option<String> {
        if let Some(evidence) = data.kind().evidence() {
            return Some(evidence.to_owned());
        }
        let literal = self.literal(data)?;
        Some(literal.split_once('=')?.0.to_owned())
    }

    /// Returns the longest word that stands in all of the events' texts.
    fn literal(&self, data: &Data<'_>) -> Option<String> {
        let texts: Vec<&str> = self
            .events
            .iter()
            .map(|at| data.texts[*at as usize].as_str())
            .collect();
        let first = texts.first()?;
        let is_letter = |letter: char| {
            letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.' | '/')
        };
        let mut words: Vec<&str> = if data.kind() == Kind::Table {
            first.lines().collect()
        } else {
            first
                .split(|letter| !is_letter(letter))
                .filter(|word| word.len() >= LITERAL_MIN)
                .collect()
        };
        words.sort_by_key(|word| (std::cmp::Reverse(word.len()), *word));
        words.dedup();
        let stands_in_all = |word: &&&str| texts.iter().all(|text| text.contains(**word));
        let others = |word: &&&str| {
            let holding = data.texts.iter().filter(|text| text.contains(**word));
            holding.count() <= 2 * self.events.len()
        };
        let found = words
            .iter()
            .take(WORDS_MAX)
            .filter(stands_in_all)
            .find(others);
        found.map(|word| (*word).to_owned())
    }

    /// Returns the condition in the expression language that excludes the events.
    fn condition(&self, data: &Data<'_>, sources: &[String]) -> Option<String> {
        let literal = self.literal(data)?;
        let holds = if let Some(field) = data.kind().evidence() {
            format!("{field}.contains({})", lines::literal(&literal))
        } else {
            let (column, value) = literal.split_once('=')?;
            format!(
                "string({}) == {}",
                lines::in_expression(column),
                lines::literal(value)
            )
        };
        Some(match sources {
            [only] => format!("{holds} && source == {}", lines::literal(only)),
            _ => holds,
        })
    }
}

/// Letters of a word that tells something.
const LITERAL_MIN: usize = 4;
/// Words of an event that are tried.
const WORDS_MAX: usize = 64;
