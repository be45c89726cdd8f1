//! The table: what each rule covers, whom it agrees and disagrees with, and how often people's labels say it is right.

use std::collections::{BTreeMap, BTreeSet};

use ringtrue_core::Label;
use ringtrue_core::metrics::interval::{
    CONFIDENCE, Rate, TRIALS_MIN, Unsupported, WIDTH_MAX, effective_interval,
};

use super::rule::{Polarity, Rule};
use super::set::Fired;

/// The share of the events from which a rule says hardly anything, for it holds for nearly all.
pub const NEARLY_ALL: f64 = 0.9;

/// The events that rules were asked about: one of each list for an event.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// What the rules said.
    pub fired: &'a [Fired],
    /// What people said; unsure counts as nothing.
    pub labels: &'a [Option<Label>],
    /// The campaign: near-copies share a number.
    pub campaigns: &'a [u32],
}

impl Seen<'_> {
    /// Returns whether people called an event malicious; `None` if they did not decide.
    pub(super) fn malicious(&self, event: usize) -> Option<bool> {
        match self.labels.get(event)? {
            Some(Label::Malicious) => Some(true),
            Some(Label::Benign) => Some(false),
            _ => None,
        }
    }

    pub(super) fn campaign(&self, event: usize) -> u32 {
        self.campaigns.get(event).copied().unwrap_or(0)
    }
}

/// How often something was right: counts, and the rate where they support one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Counted {
    /// Events of which it was right.
    pub right: u64,
    /// Events of which that is known.
    pub known: u64,
    /// Campaigns they are of.
    pub campaigns: u64,
    /// The number of independent events that say as much as these.
    pub effective: f64,
    /// The share with its 95 % interval, which takes the events of a campaign for as alike as they are.
    pub rate: Result<Rate, Unsupported>,
}

/// Right and known events by campaign.
pub(super) type ByCampaign = BTreeMap<u32, (u64, u64)>;

impl Counted {
    /// Counts up campaigns.
    ///
    /// # Source
    ///
    /// The variance of a ratio between clusters (Cochran, "Sampling Techniques", 1977, chapter 9) gives the effective number,
    /// and [`effective_interval`] the interval. Where all campaigns agree, each counts once.
    pub(super) fn of(campaigns: &ByCampaign) -> Self {
        let right: u64 = campaigns.values().map(|(right, _)| right).sum();
        let known: u64 = campaigns.values().map(|(_, known)| known).sum();
        let (clusters, share) = (campaigns.len() as f64, right as f64 / known.max(1) as f64);
        let squares: f64 = campaigns
            .values()
            .map(|(right, known)| (*right as f64 - share * *known as f64).powi(2))
            .sum();
        let spread = clusters / (clusters - 1.0).max(1.0) * squares / (known.max(1) as f64).powi(2);
        let effective = if spread > 0.0 {
            (share * (1.0 - share) / spread).min(known as f64)
        } else {
            clusters
        };
        Self {
            right,
            known,
            campaigns: campaigns.len() as u64,
            effective,
            rate: rate(share, known, effective),
        }
    }
}

fn rate(value: f64, known: u64, effective: f64) -> Result<Rate, Unsupported> {
    if known < TRIALS_MIN {
        return Err(Unsupported::FewEvents { trials: known });
    }
    let (low, high) = effective_interval(value, effective, CONFIDENCE);
    if high - low > WIDTH_MAX {
        return Err(Unsupported::WideInterval { low, high });
    }
    Ok(Rate { value, low, high })
}

/// What came of one rule.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleFigures {
    /// Events for which it holds.
    pub events: u64,
    /// Campaigns they are of.
    pub campaigns: u64,
    /// Events for which another rule holds as well.
    pub overlaps: u64,
    /// Events for which a rule of the other polarity holds as well.
    pub conflicts: u64,
    /// Events to whose types its condition does not apply: it abstained.
    pub failed: u64,
    /// The first reason why.
    pub failure: Option<String>,
    /// How often people's labels say that it is right.
    pub precision: Counted,
}

/// What came of all rules.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleTable {
    /// Events in all.
    pub events: u64,
    /// Those with a label of somebody who decided.
    pub labelled: u64,
    /// Those for which a rule holds.
    pub covered: u64,
    /// Those for which several do.
    pub overlapping: u64,
    /// Those for which rules of both polarities do.
    pub conflicting: u64,
    /// What came of each rule, in their order.
    pub rules: Vec<RuleFigures>,
}

/// What is counted of one rule.
#[derive(Default)]
struct Count {
    events: u64,
    overlaps: u64,
    conflicts: u64,
    failed: u64,
    failure: Option<String>,
    campaigns: BTreeSet<u32>,
    judged: ByCampaign,
}

/// Counts what each rule covers, and how often it is right.
#[must_use]
pub fn judge(rules: &[Rule], seen: &Seen<'_>) -> RuleTable {
    let mut counts: Vec<Count> = rules.iter().map(|_| Count::default()).collect();
    let mut table = RuleTable {
        events: seen.fired.len() as u64,
        labelled: 0,
        covered: 0,
        overlapping: 0,
        conflicting: 0,
        rules: Vec::new(),
    };
    for (event, fired) in seen.fired.iter().enumerate() {
        let polarities = fired.rules.iter().filter_map(|it| rules.get(*it as usize));
        let polarities: BTreeSet<Polarity> = polarities.map(|rule| rule.polarity).collect();
        let (several, both) = (fired.rules.len() > 1, polarities.len() > 1);
        let malicious = seen.malicious(event);
        table.labelled += u64::from(malicious.is_some());
        table.covered += u64::from(!fired.rules.is_empty());
        table.overlapping += u64::from(several);
        table.conflicting += u64::from(both);
        for place in &fired.rules {
            let place = *place as usize;
            if let (Some(count), Some(rule)) = (counts.get_mut(place), rules.get(place)) {
                count.take(rule, seen.campaign(event), malicious, (several, both));
            }
        }
        for (place, error) in &fired.failed {
            if let Some(count) = counts.get_mut(*place as usize) {
                count.failed += 1;
                count.failure.get_or_insert_with(|| error.to_string());
            }
        }
    }
    table.rules = counts.into_iter().map(Count::finish).collect();
    table
}

impl Count {
    fn take(
        &mut self,
        rule: &Rule,
        campaign: u32,
        malicious: Option<bool>,
        (several, both): (bool, bool),
    ) {
        self.events += 1;
        self.overlaps += u64::from(several);
        self.conflicts += u64::from(both);
        self.campaigns.insert(campaign);
        if let Some(malicious) = malicious {
            let judged = self.judged.entry(campaign).or_default();
            judged.0 += u64::from(malicious == (rule.polarity == Polarity::Malicious));
            judged.1 += 1;
        }
    }

    fn finish(self) -> RuleFigures {
        RuleFigures {
            events: self.events,
            campaigns: self.campaigns.len() as u64,
            overlaps: self.overlaps,
            conflicts: self.conflicts,
            failed: self.failed,
            failure: self.failure,
            precision: Counted::of(&self.judged),
        }
    }
}
