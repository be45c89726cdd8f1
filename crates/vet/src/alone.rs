//! One thing alone: how well do the values of a single column tell the classes apart?
//!
//! ```text
//!   values ──► levels (words, or narrow ranges of numbers; missing is one) ──► share of malicious among the OTHER events of a level ──► area under the curve
//! ```
//!
//! An event is never asked with what was learned of it or of its campaign, and, where there are times, also asked with what was learned of the
//! past alone; the lower figure counts. A value that stands once therefore tells nothing, however many there are.

use std::collections::HashMap;
use std::sync::Arc;

use ringtrue_core::metrics::roc_auc;
use ringtrue_core::split::stratified_group_folds;
use ringtrue_core::{EventTime, Label};

use crate::columns::Values;
use crate::data::Data;
use crate::probe::{Score, Unscored};

/// Folds of which each is asked with what the others teach.
const FOLDS: u32 = 4;
/// Ranges into which the numbers of each class are cut, at equal counts.
const RANGES: usize = 48;
/// Different numbers up to which each is a level of its own.
const DISTINCT_MAX: usize = 256;
/// How many events of the usual share a level is thought to have beside its own: a level of few events tells little.
const PRIOR_EVENTS: f64 = 5.0;
/// Largest part of the events that one campaign may be, or folds of campaigns would be no folds.
const CAMPAIGN_SHARE_MAX: f64 = 0.25;
/// Share of a column's texts that read as times in a column of times.
const TIMES_SHARE_MIN: f64 = 0.95;
/// Texts that are tried before a column is taken for one of times or not.
const TIMES_TRIED: usize = 200;

/// Events that columns are asked about, with how they are split.
pub(crate) struct Alone<'d, 'a> {
    data: &'d Data<'a>,
    /// Positions of the events.
    pub(crate) members: Vec<u32>,
    folds: Vec<u32>,
    /// Whether each member belongs to the later events, where there are times and both parts have both classes.
    later: Option<Vec<bool>>,
}

impl<'d, 'a> Alone<'d, 'a> {
    /// Takes at most so many events of each class.
    ///
    /// # Errors
    ///
    /// [`Unscored::Few`] if there are too few of one.
    pub(crate) fn new(data: &'d Data<'a>, most: usize) -> Result<Self, Unscored> {
        let members = data.thinned("asked", &data.decided(), most)?;
        let campaigns = data.campaigns();
        let groups: Vec<u32> = members.iter().map(|at| campaigns[*at as usize]).collect();
        let groups = if largest(&groups) as f64 > CAMPAIGN_SHARE_MAX * members.len() as f64 {
            members.clone()
        } else {
            groups
        };
        let labels: Vec<Label> = members.iter().map(|at| data.labels[*at as usize]).collect();
        let mut alone = Self {
            data,
            folds: stratified_group_folds(&groups, &labels, FOLDS),
            members,
            later: None,
        };
        alone.later = alone.later_members();
        Ok(alone)
    }

    fn later_members(&self) -> Option<Vec<bool>> {
        let (earlier, later) = self.data.halves()?;
        let can_learn = self.data.thinned("earlier", &earlier, usize::MAX).is_ok();
        let can_ask = self.data.thinned("later", &later, usize::MAX).is_ok();
        let later: std::collections::BTreeSet<u32> = later.into_iter().collect();
        (can_learn && can_ask).then(|| self.members.iter().map(|at| later.contains(at)).collect())
    }

    /// Returns whether each member is malicious.
    pub(crate) fn malicious(&self) -> Vec<bool> {
        let malicious = self
            .members
            .iter()
            .map(|at| self.data.malicious[*at as usize]);
        malicious.collect()
    }

    /// Returns the area under the curve of what levels (one for each member) tell.
    pub(crate) fn auc(&self, levels: &[u32]) -> f64 {
        let (margins, members) = self.margins(levels);
        roc_auc(&margins, &self.of(&members)).unwrap_or(0.5)
    }

    /// As [`Self::auc`], with its interval.
    ///
    /// # Errors
    ///
    /// [`Unscored::Few`] if a class is absent.
    pub(crate) fn score(&self, levels: &[u32]) -> Result<Score, Unscored> {
        let (margins, members) = self.margins(levels);
        self.data.score(&margins, &members)
    }

    /// As [`Self::score`], but asked by campaigns alone, whatever the times.
    ///
    /// # Errors
    ///
    /// [`Unscored::Few`] if a class is absent.
    pub(crate) fn score_by_campaign(&self, levels: &[u32]) -> Result<Score, Unscored> {
        self.data.score(&self.out_of_fold(levels), &self.members)
    }

    /// Returns the margins by campaigns or, if they tell less, by time, with the events that were asked.
    fn margins(&self, levels: &[u32]) -> (Vec<f64>, Vec<u32>) {
        let by_campaign = (self.out_of_fold(levels), self.members.clone());
        let Some(later) = &self.later else {
            return by_campaign;
        };
        let by_time = self.ahead(levels, later);
        let auc = |(margins, members): &(Vec<f64>, Vec<u32>)| {
            roc_auc(margins, &self.of(members)).unwrap_or(0.5)
        };
        if auc(&by_time) < auc(&by_campaign) {
            by_time
        } else {
            by_campaign
        }
    }

    fn of(&self, members: &[u32]) -> Vec<bool> {
        members
            .iter()
            .map(|at| self.data.malicious[*at as usize])
            .collect()
    }

    fn out_of_fold(&self, levels: &[u32]) -> Vec<f64> {
        let malicious = self.malicious();
        let prior = share(&malicious);
        let count = levels.iter().max().map_or(0, |level| *level as usize + 1);
        let mut all = vec![[0_u32; 2]; count];
        let mut own: HashMap<(u32, u32), [u32; 2]> = HashMap::new();
        for ((level, is_malicious), fold) in levels.iter().zip(&malicious).zip(&self.folds) {
            let class = usize::from(*is_malicious);
            all[*level as usize][class] += 1;
            own.entry((*fold, *level)).or_default()[class] += 1;
        }
        let margin = |(level, fold): (&u32, &u32)| {
            let [benign, malicious] = all[*level as usize];
            let [own_benign, own_malicious] =
                own.get(&(*fold, *level)).copied().unwrap_or_default();
            rate([benign - own_benign, malicious - own_malicious], prior)
        };
        levels.iter().zip(&self.folds).map(margin).collect()
    }

    /// Learns from the earlier members and asks about the later ones.
    fn ahead(&self, levels: &[u32], later: &[bool]) -> (Vec<f64>, Vec<u32>) {
        let malicious = self.malicious();
        let count = levels.iter().max().map_or(0, |level| *level as usize + 1);
        let mut learned = vec![[0_u32; 2]; count];
        let mut earlier = Vec::new();
        for ((level, is_malicious), is_later) in levels.iter().zip(&malicious).zip(later) {
            if !is_later {
                learned[*level as usize][usize::from(*is_malicious)] += 1;
                earlier.push(*is_malicious);
            }
        }
        let prior = share(&earlier);
        let asked = levels.iter().zip(&self.members).zip(later);
        asked
            .filter(|(_, is_later)| **is_later)
            .map(|((level, member), _)| (rate(learned[*level as usize], prior), *member))
            .unzip()
    }

    /// Returns the level of each member: 0 for what is missing.
    pub(crate) fn levels(&self, values: &Values) -> Vec<u32> {
        match values {
            Values::Numbers(numbers) => {
                let number = |at: &u32| numbers.get(*at as usize).copied().unwrap_or(f64::NAN);
                self.ranges(&self.members.iter().map(number).collect::<Vec<f64>>())
            }
            Values::Words { of, .. } => {
                let word = |at: &u32| of.get(*at as usize).copied().unwrap_or(Values::NONE);
                compact(self.members.iter().map(word))
            }
        }
    }

    /// Returns the level of a number for each member: its range, 0 for NaN.
    pub(crate) fn ranges(&self, numbers: &[f64]) -> Vec<u32> {
        let mut known: Vec<f64> = numbers.iter().copied().filter(|it| !it.is_nan()).collect();
        known.sort_unstable_by(f64::total_cmp);
        let mut distinct = known.clone();
        distinct.dedup();
        let ends = if distinct.len() <= DISTINCT_MAX {
            distinct
        } else {
            self.class_ends(numbers)
        };
        let level = |number: &f64| {
            if number.is_nan() {
                return 0;
            }
            let below = ends.partition_point(|end| end < number);
            u32::try_from(below + 1).unwrap_or(u32::MAX)
        };
        numbers.iter().map(level).collect()
    }

    /// Returns the ends of ranges that hold equal counts of a class, of both classes together.
    fn class_ends(&self, numbers: &[f64]) -> Vec<f64> {
        let malicious = self.malicious();
        let mut ends = Vec::new();
        for class in [false, true] {
            let of_class = numbers
                .iter()
                .zip(&malicious)
                .filter(|(_, is)| **is == class);
            let mut known: Vec<f64> = of_class
                .map(|(it, _)| *it)
                .filter(|it| !it.is_nan())
                .collect();
            known.sort_unstable_by(f64::total_cmp);
            ends.extend((1..RANGES).filter_map(|range| known.get(known.len() * range / RANGES)));
        }
        ends.sort_unstable_by(f64::total_cmp);
        ends.dedup();
        ends
    }
}

/// Returns a column of times as numbers, if it is one.
pub(crate) fn times(values: &Values) -> Option<Vec<Option<EventTime>>> {
    let Values::Words { of, words } = values else {
        return None;
    };
    let reads = |word: &Arc<str>| is_dated(word) && EventTime::parse(word).is_ok();
    let tried = words.len().min(TIMES_TRIED);
    let read = words
        .iter()
        .take(TIMES_TRIED)
        .filter(|word| reads(word))
        .count();
    if tried == 0 || (read as f64) < TIMES_SHARE_MIN * tried as f64 {
        return None;
    }
    let parsed: Vec<Option<EventTime>> = words
        .iter()
        .map(|word| EventTime::parse(word).ok().map(|(time, _)| time))
        .collect();
    let time = |word: &u32| parsed.get(*word as usize).copied().flatten();
    Some(of.iter().map(time).collect())
}

/// Returns whether a text has marks between its digits, as dates have and counts have not.
fn is_dated(word: &str) -> bool {
    word.contains(['-', '/', ':']) && word.bytes().any(|byte| byte.is_ascii_digit())
}

/// Returns a number for each event from its time; NaN without.
#[must_use]
pub(crate) fn time_numbers(times: &[Option<EventTime>]) -> Vec<f64> {
    let number = |time: &Option<EventTime>| time.map_or(f64::NAN, |time| time.0 as f64);
    times.iter().map(number).collect()
}

/// Returns how far from 0.5 chance takes the area under the curve of one of `looks` columns, at most, in 95 of 100 data sets.
///
/// # Source
///
/// The spread of the Mann-Whitney statistic without ties; the normal quantile is bounded by `sqrt(2 ln(looks / 0.05))`.
#[must_use]
pub(crate) fn chance(malicious: usize, benign: usize, looks: usize) -> f64 {
    let (malicious, benign) = (malicious as f64, benign as f64);
    let spread = ((malicious + benign + 1.0) / (12.0 * malicious * benign).max(1.0)).sqrt();
    spread * (2.0 * (looks.max(1) as f64 / 0.05).ln()).sqrt()
}

fn compact(words: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut numbers: HashMap<u32, u32> = HashMap::new();
    let level = |word: u32| {
        if word == Values::NONE {
            return 0;
        }
        let next = u32::try_from(numbers.len() + 1).unwrap_or(u32::MAX);
        *numbers.entry(word).or_insert(next)
    };
    words.map(level).collect()
}

fn rate([benign, malicious]: [u32; 2], prior: f64) -> f64 {
    (f64::from(malicious) + PRIOR_EVENTS * prior)
        / (f64::from(malicious) + f64::from(benign) + PRIOR_EVENTS)
}

fn share(malicious: &[bool]) -> f64 {
    let count = malicious.iter().filter(|is| **is).count();
    count as f64 / malicious.len().max(1) as f64
}

fn largest(groups: &[u32]) -> usize {
    let mut counts: HashMap<u32, usize> = HashMap::new();
    let mut most = 0;
    for group in groups {
        let count = counts.entry(*group).or_default();
        *count += 1;
        most = most.max(*count);
    }
    most
}
