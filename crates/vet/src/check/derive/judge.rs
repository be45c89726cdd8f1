//! The judge: what columns beside the signals gain on events that had no say in choosing them.

use ringtrue_core::metrics::{Pair, Ranking, paired_bootstrap, roc_auc};
use ringtrue_core::random::{Random, mix};
use ringtrue_core::signal::SignalType;
use statrs::function::erf::erfc;

use crate::check::split::Split;
use crate::data::Data;
use crate::probe::Matrix;

/// One column of a probe's table: its name, what it is, and a number for each event.
pub(super) type Numbers = (String, SignalType, Vec<f64>);

/// Signals that stand beside the candidates: those that say most.
const SIGNALS_MAX: usize = 60;
const RESAMPLES: u32 = 200;
/// A 95 % interval is so many standard errors wide.
const ERRORS_OF_INTERVAL: f64 = 3.92;
/// Candidates whose values are put into disorder to see what any column gains.
const DISORDERED_MAX: usize = 3;

/// What columns gain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Gain {
    /// The area under the curve without them.
    pub(super) without: f64,
    /// What they add.
    pub(super) value: f64,
    /// The lower end of its 95 % interval.
    pub(super) low: f64,
    /// The upper end.
    pub(super) high: f64,
}

impl Gain {
    /// Returns the probability under chance of a gain as high.
    pub(super) fn chance(&self) -> f64 {
        let error = (self.high - self.low) / ERRORS_OF_INTERVAL;
        if error > 0.0 {
            erfc(self.value / error / std::f64::consts::SQRT_2) / 2.0
        } else {
            f64::from(u8::from(self.value <= 0.0))
        }
    }

    /// Returns whether the interval lies above 0.
    pub(super) fn is_sure(&self) -> bool {
        self.low > 0.0
    }

    /// Returns whether this share of what is lacking is gained.
    pub(super) fn is_worth(&self, share: f64) -> bool {
        self.value > 0.0 && self.value >= share * (1.0 - self.without)
    }
}

/// A probe of the signals as they are, beside which columns are tried.
pub(super) struct Judge<'a> {
    data: &'a Data<'a>,
    /// What the probe sees so far.
    pub(super) columns: Vec<Numbers>,
    train: Vec<u32>,
    test: Vec<u32>,
    margins: Vec<f64>,
    malicious: Vec<bool>,
    campaigns: Vec<u32>,
}

impl<'a> Judge<'a> {
    /// Gathers the strongest signals.
    pub(super) fn new(data: &'a Data<'a>) -> Self {
        let all: Vec<u32> = (0_u32..).take(data.len()).collect();
        let ranked = data.strongest_signals(SIGNALS_MAX).into_iter();
        let columns = ranked.map(|ranked| {
            let declaration = &data.schema.signals[ranked.signal];
            let values = data.signal_values(ranked.signal, &all);
            (declaration.name.clone(), declaration.signal_type, values)
        });
        Self {
            columns: columns.collect(),
            data,
            train: Vec::new(),
            test: Vec::new(),
            margins: Vec::new(),
            malicious: Vec::new(),
            campaigns: Vec::new(),
        }
    }

    /// Returns the number of events that a column holds a number of.
    pub(super) fn events(&self) -> usize {
        self.data.len()
    }

    /// Runs the probe of the signals as they are; `None` if it cannot be.
    pub(super) fn start(&mut self, split: &Split) -> Option<()> {
        self.train.clone_from(&split.train);
        self.test.clone_from(&split.test);
        let (margins, asked) = self.run()?;
        self.margins = margins;
        self.malicious = asked
            .iter()
            .map(|at| self.data.malicious[*at as usize])
            .collect();
        self.campaigns = asked
            .iter()
            .map(|at| self.data.campaigns()[*at as usize])
            .collect();
        Some(())
    }

    fn run(&self) -> Option<(Vec<f64>, Vec<u32>)> {
        let matrix = Matrix::new(&self.columns);
        self.data
            .matrix_margins(&matrix, &self.train, &self.test)
            .ok()
    }

    fn margins_with(&mut self, extra: &[Numbers]) -> Option<Vec<f64>> {
        let own = self.columns.len();
        self.columns.extend_from_slice(extra);
        let found = self.run();
        self.columns.truncate(own);
        found.map(|(margins, _)| margins)
    }

    /// Returns what columns gain beside those that the probe sees so far.
    pub(super) fn gain(&mut self, extra: &[Numbers]) -> Option<Gain> {
        let margins = self.margins_with(extra)?;
        let pair = Pair {
            first: &self.margins,
            second: &margins,
            malicious: &self.malicious,
            groups: Some(&self.campaigns),
        };
        let found = paired_bootstrap(RESAMPLES, self.data.seed, &pair, Ranking::roc_auc).ok()?;
        Some(Gain {
            without: roc_auc(&self.margins, &self.malicious)?,
            value: found.value,
            low: found.low,
            high: found.high,
        })
    }

    /// Lets the probe see columns from now on.
    pub(super) fn take(&mut self, extra: &[Numbers]) {
        if let Some(margins) = self.margins_with(extra) {
            self.margins = margins;
            self.columns.extend_from_slice(extra);
        }
    }

    /// Returns what the first few candidates gain at most once their values are put into disorder: so much any column may gain.
    pub(super) fn noise(&mut self, candidates: &[Vec<Numbers>]) -> f64 {
        let mut most = 0.0_f64;
        for (number, candidate) in candidates.iter().take(DISORDERED_MAX).enumerate() {
            let mut random = Random::new(mix(self.data.seed ^ number as u64));
            let disordered: Vec<Numbers> = candidate
                .iter()
                .map(|(name, signal_type, values)| {
                    (name.clone(), *signal_type, disordered(values, &mut random))
                })
                .collect();
            if let Some(margins) = self.margins_with(&disordered) {
                let auc = |margins: &[f64]| roc_auc(margins, &self.malicious).unwrap_or(0.0);
                most = most.max(auc(&margins) - auc(&self.margins));
            }
        }
        most
    }
}

/// Returns values in a random order (Fisher and Yates, as Durstenfeld writes it, 1964).
fn disordered(values: &[f64], random: &mut Random) -> Vec<f64> {
    let mut values = values.to_vec();
    for last in (1..values.len()).rev() {
        let other = usize::try_from(random.below(last as u64 + 1)).unwrap_or(last);
        values.swap(last, other);
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gain_is_as_likely_as_its_interval_says() {
        let gain = |value: f64, low, high| Gain {
            without: 0.9,
            value,
            low,
            high,
        };
        assert!((gain(0.0, -0.1, 0.1).chance() - 0.5).abs() < 1e-12);
        // 1.96 standard errors: the upper fortieth.
        assert!((gain(0.1, 0.0, 0.2).chance() - 0.025).abs() < 1e-3);
        assert!(gain(0.1, 0.1, 0.1).chance() <= 0.0 && gain(0.0, 0.0, 0.0).chance() >= 1.0);
        assert!(
            gain(0.006, 0.001, 0.01).is_worth(0.05) && !gain(0.004, 0.001, 0.01).is_worth(0.05)
        );
    }

    #[test]
    fn disorder_keeps_the_values() {
        let values: Vec<f64> = (0..50).map(f64::from).collect();
        let mut shuffled = disordered(&values, &mut Random::new(3));
        assert_ne!(shuffled, values);
        shuffled.sort_unstable_by(f64::total_cmp);
        assert_eq!(shuffled, values);
    }
}
