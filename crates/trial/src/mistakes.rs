//! Mistakes in groups: false positives and the dearest misses that have a cause in common, what each
//! group costs, what would mend it, and what the remedy would miss.

use std::collections::BTreeMap;

use ringtrue_core::near_duplicate;
use serde::Serialize;

/// One event that the detector got wrong.
#[derive(Clone, Debug)]
pub struct Mistake {
    /// Its position among the judged events.
    pub position: u32,
    /// What it looks like: the text by which near-duplicates are found and examples shown.
    pub text: String,
    /// Where it was seen.
    pub source: Option<String>,
    /// The signals that pushed it to the wrong side most, strongest first.
    pub signals: Vec<String>,
    /// Who stands behind it (a registrable domain, a customer), where that has a name.
    pub entity: Option<String>,
    /// What this mistake costs per 1,000 events of the traffic.
    pub cost: f64,
}

/// Mistakes with a cause in common.
#[derive(Clone, Debug, Serialize)]
pub struct MistakeGroup {
    /// What they have in common: a campaign, an entity, a signal, a source.
    pub cause: Cause,
    /// How many.
    pub events: u64,
    /// What they cost per 1,000 events of the traffic.
    pub cost_per_1000_events: f64,
    /// Some of them.
    pub examples: Vec<String>,
    /// What would mend it.
    pub remedy: String,
    /// What the remedy would miss or break, counted on the judged events.
    pub would_miss: String,
}

/// What mistakes have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "name")]
pub enum Cause {
    /// One entity stands behind all of them.
    Entity(String),
    /// They are near-copies of each other.
    Campaign(String),
    /// One signal is the strongest reason for all of them.
    Signal(String),
    /// They come from one source.
    Source(String),
}

/// The mistakes of one kind.
#[derive(Clone, Debug, Serialize)]
pub struct Mistakes {
    /// How many there are.
    pub events: u64,
    /// The dearest groups, dearest first.
    pub groups: Vec<MistakeGroup>,
    /// How many cheaper groups there are.
    pub more_groups: u64,
    /// Mistakes in them.
    pub in_more_groups: u64,
    /// Mistakes that fell into no group of two or more.
    pub alone: u64,
    /// The cheapest mistakes, beyond those that were looked at for groups.
    pub not_grouped: u64,
}

/// Says what a remedy for some mistakes with a cause in common would miss or break.
pub type WouldMiss<'a> = dyn Fn(&Cause, &[&Mistake]) -> String + 'a;

/// Which way the mistakes went, and what a remedy for a cause would cost.
pub struct Remedies<'a> {
    /// Returns the remedy for a cause.
    pub remedy: Box<dyn Fn(&Cause) -> String + 'a>,
    /// Returns what the remedy would miss or break.
    pub would_miss: Box<WouldMiss<'a>>,
}

const EXAMPLES: usize = 3;
/// Mistakes that are grouped; the dearest come first.
const GROUPED_MAX: usize = 20_000;
const GROUPS_MAX: usize = 12;

/// Names the cause of each mistake, where it can.
type Step<'a> = &'a dyn Fn(&[&Mistake]) -> Vec<Option<Cause>>;

/// Groups mistakes: by entity, then by near-duplicate campaign, then by strongest signal and source; each
/// mistake is in one group, and groups of one are only counted.
#[must_use]
pub fn group_mistakes(mut mistakes: Vec<Mistake>, remedies: &Remedies<'_>) -> Mistakes {
    let events = mistakes.len() as u64;
    mistakes.sort_by(|a, b| b.cost.total_cmp(&a.cost).then(a.position.cmp(&b.position)));
    mistakes.truncate(GROUPED_MAX);
    let looked_at = mistakes.len() as u64;
    let mut rest: Vec<&Mistake> = mistakes.iter().collect();
    let mut groups = Vec::new();
    let by_entity = |found: &[&Mistake]| {
        found
            .iter()
            .map(|m| m.entity.as_ref().map(|name| Cause::Entity(name.clone())))
            .collect()
    };
    let by_signal = |found: &[&Mistake]| {
        found
            .iter()
            .map(|m| m.signals.first().map(|name| Cause::Signal(name.clone())))
            .collect()
    };
    let by_source = |found: &[&Mistake]| {
        found
            .iter()
            .map(|m| m.source.as_ref().map(|name| Cause::Source(name.clone())))
            .collect()
    };
    let steps: [Step<'_>; 4] = [&by_entity, &campaigns, &by_signal, &by_source];
    for step in steps {
        rest = take_groups(rest, step, remedies, &mut groups);
    }
    groups.sort_by(|a, b| {
        b.cost_per_1000_events
            .total_cmp(&a.cost_per_1000_events)
            .then(a.cause.cmp(&b.cause))
    });
    let alone = rest.len() as u64;
    let more = groups.split_off(groups.len().min(GROUPS_MAX));
    Mistakes {
        events,
        groups,
        more_groups: more.len() as u64,
        in_more_groups: more.iter().map(|group| group.events).sum(),
        alone,
        not_grouped: events - looked_at,
    }
}

/// Takes groups of two or more out of `found`, and returns what is left.
fn take_groups<'m>(
    found: Vec<&'m Mistake>,
    causes: &dyn Fn(&[&Mistake]) -> Vec<Option<Cause>>,
    remedies: &Remedies<'_>,
    groups: &mut Vec<MistakeGroup>,
) -> Vec<&'m Mistake> {
    let mut by_cause: BTreeMap<Option<Cause>, Vec<&'m Mistake>> = BTreeMap::new();
    for (cause, mistake) in causes(&found).into_iter().zip(found) {
        by_cause.entry(cause).or_default().push(mistake);
    }
    let mut rest = Vec::new();
    for (cause, members) in by_cause {
        match cause {
            Some(cause) if members.len() > 1 => groups.push(finish(cause, &members, remedies)),
            _ => rest.extend(members),
        }
    }
    rest.sort_by_key(|mistake| mistake.position);
    rest
}

fn campaigns(found: &[&Mistake]) -> Vec<Option<Cause>> {
    let texts = found.iter().map(|mistake| mistake.text.as_str());
    let numbers = near_duplicate::group(texts, &near_duplicate::Parameters::default());
    let mut first: BTreeMap<u32, &str> = BTreeMap::new();
    for (number, mistake) in numbers.iter().zip(found) {
        first.entry(*number).or_insert(&mistake.text);
    }
    numbers
        .iter()
        .map(|number| {
            first
                .get(number)
                .map(|text| Cause::Campaign((*text).to_owned()))
        })
        .collect()
}

fn finish(cause: Cause, members: &[&Mistake], remedies: &Remedies<'_>) -> MistakeGroup {
    MistakeGroup {
        events: members.len() as u64,
        cost_per_1000_events: members.iter().map(|mistake| mistake.cost).sum(),
        examples: members
            .iter()
            .take(EXAMPLES)
            .map(|mistake| mistake.text.clone())
            .collect(),
        remedy: (remedies.remedy)(&cause),
        would_miss: (remedies.would_miss)(&cause, members),
        cause,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistake(position: u32, entity: Option<String>, signal: u32) -> Mistake {
        Mistake {
            position,
            text: format!("{:x}", ringtrue_core::random::mix(u64::from(position))),
            source: None,
            signals: vec![format!("s{signal}")],
            entity,
            cost: f64::from(position % 5),
        }
    }

    fn grouped(mistakes: Vec<Mistake>) -> Mistakes {
        let remedies = Remedies {
            remedy: Box::new(|cause| format!("{cause:?}")),
            would_miss: Box::new(|_, members| members.len().to_string()),
        };
        group_mistakes(mistakes, &remedies)
    }

    #[test]
    fn every_mistake_is_counted_once() {
        // 20 entities of three, 20 signals of two, and one alone.
        let mut mistakes: Vec<Mistake> = (0..60)
            .map(|n| mistake(n, Some(format!("e{}", n / 3)), n))
            .collect();
        mistakes.extend((60..100).map(|n| mistake(n, None, 100 + n / 2)));
        mistakes.push(mistake(100, None, 999));
        let found = grouped(mistakes);
        let listed: u64 = found.groups.iter().map(|group| group.events).sum();
        assert_eq!(found.groups.len(), GROUPS_MAX);
        assert_eq!((found.more_groups, found.alone), (28, 1));
        assert_eq!(found.events, 101);
        assert_eq!(found.events, listed + found.in_more_groups + found.alone);
    }

    #[test]
    fn more_mistakes_than_are_looked_at_are_said() {
        let count = u32::try_from(GROUPED_MAX).unwrap() + 7;
        let all = (0..count).map(|n| mistake(n, Some("one".to_owned()), n));
        let found = grouped(all.collect());
        assert_eq!((found.alone, found.not_grouped), (0, 7));
        assert_eq!(found.groups[0].events + found.not_grouped, u64::from(count));
    }

    #[test]
    fn nobody_stands_behind_mistakes_without_a_name() {
        let found = grouped((0..4).map(|n| mistake(n, None, 1)).collect());
        assert_eq!(found.groups.len(), 1);
        assert_eq!(found.groups[0].cause, Cause::Signal("s1".to_owned()));
    }
}
