//! A summary short enough to be handed over with something else: what a reader needs of many columns, with nothing left out unsaid.
//!
//! Of sources the largest are told, of months those with enough events; the others are summed, so that counts add up. The frequent values are
//! the first few, and pairs of columns those that go together.

use super::summary::{ColumnSummary, Group, Summary};

/// What is told of each column.
#[derive(Clone, Copy, Debug)]
pub struct Shortened {
    /// Sources by which it is told apart, the largest.
    pub sources: usize,
    /// Share of the events that a month must have.
    pub period_share: f64,
    /// Frequent values.
    pub frequent: usize,
    /// The least correlation of a pair.
    pub correlation: f64,
}

impl Summary {
    /// Returns a shorter summary of columns whose values are all numbers, or missing.
    #[must_use]
    pub fn shortened(mut self, to: &Shortened) -> Self {
        let least = to.period_share * self.events as f64;
        for column in &mut self.columns {
            column.shorten(to, least);
        }
        self.correlations
            .retain(|pair| pair.pearson.abs() >= to.correlation);
        self
    }
}

impl ColumnSummary {
    fn shorten(&mut self, to: &Shortened, period_events: f64) {
        let mut rank = 0..;
        summed(&mut self.by_source, "other sources", |_| {
            rank.next().is_some_and(|rank| rank < to.sources)
        });
        summed(&mut self.by_period, "other months", |group| {
            group.events as f64 >= period_events
        });
        self.frequent.truncate(to.frequent);
    }
}

/// Puts one group, called `others`, in place of those that are not kept.
fn summed(groups: &mut Vec<Group>, others: &str, mut is_kept: impl FnMut(&Group) -> bool) {
    let (kept, dropped): (Vec<Group>, Vec<Group>) = groups.drain(..).partition(|it| is_kept(it));
    *groups = kept;
    groups.extend(sum(&dropped, others));
}

/// Returns some groups as one; quartiles cannot be summed. Every event without a missing value has a number.
///
/// # Source
///
/// Chan, Golub and `LeVeque`, "Updating formulae and a pairwise algorithm for computing sample variances", COMPSTAT 1982.
fn sum(groups: &[Group], name: &str) -> Option<Group> {
    let numbers = |group: &Group| (group.events - group.missing) as f64;
    let known = groups.iter().filter_map(|group| Some((group, group.mean?)));
    let count: f64 = known.clone().map(|(group, _)| numbers(group)).sum();
    let total: f64 = known
        .clone()
        .map(|(group, mean)| numbers(group) * mean)
        .sum();
    let mean = (count > 0.0).then(|| total / count);
    let squares = |mean: f64| -> f64 {
        let of_group = |(group, own): (&Group, f64)| {
            let within = group.deviation.unwrap_or(0.0).powi(2) * (numbers(group) - 1.0);
            within + numbers(group) * (own - mean).powi(2)
        };
        known.clone().map(of_group).sum()
    };
    (!groups.is_empty()).then(|| Group {
        name: name.to_owned(),
        events: groups.iter().map(|group| group.events).sum(),
        missing: groups.iter().map(|group| group.missing).sum(),
        mean,
        deviation: mean
            .filter(|_| count > 1.0)
            .map(|mean| (squares(mean) / (count - 1.0)).sqrt()),
        quartiles: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The group of some numbers, of which NaN is missing.
    fn group(name: &str, values: &[f64]) -> Group {
        let known: Vec<f64> = values.iter().copied().filter(|it| !it.is_nan()).collect();
        let mean = known.iter().sum::<f64>() / known.len() as f64;
        let squares: f64 = known.iter().map(|it| (it - mean).powi(2)).sum();
        Group {
            name: name.to_owned(),
            events: values.len() as u64,
            missing: (values.len() - known.len()) as u64,
            mean: (!known.is_empty()).then_some(mean),
            deviation: (known.len() > 1).then(|| (squares / (known.len() as f64 - 1.0)).sqrt()),
            quartiles: None,
        }
    }

    #[test]
    fn what_is_not_kept_is_summed_as_if_it_had_been_one() {
        let parts: [&[f64]; 4] = [
            &[1.0, 4.0, f64::NAN],
            &[2.5],
            &[-3.0, 8.0, 9.0],
            &[f64::NAN],
        ];
        let mut groups: Vec<Group> = parts.iter().map(|values| group("part", values)).collect();
        groups.insert(1, group("kept", &[7.0, 7.5]));
        summed(&mut groups, "others", |group| group.name == "kept");
        let expected = group("others", &parts.concat());
        assert_eq!(groups[0], group("kept", &[7.0, 7.5]));
        assert_eq!(
            (groups[1].events, groups[1].missing),
            (expected.events, expected.missing)
        );
        assert!((groups[1].mean.unwrap() - expected.mean.unwrap()).abs() < 1e-12);
        assert!((groups[1].deviation.unwrap() - expected.deviation.unwrap()).abs() < 1e-12);
        assert_eq!(groups.len(), 2);
    }

    #[test]
    fn nothing_is_summed_where_all_is_kept() {
        let mut groups = vec![group("kept", &[1.0])];
        summed(&mut groups, "others", |_| true);
        assert_eq!(groups, [group("kept", &[1.0])]);
    }
}
