//! A model: one rung of the ladder, from "always benign" to forest and text together.

use ringtrue_core::Row;
use serde::{Deserialize, Serialize};

use crate::calibration::logit;
use crate::forest::{Forest, Link};
use crate::linear::View;
use crate::single::SingleSignal;
use crate::text::TextModels;

/// How much a model is made of, simplest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rung {
    /// Nothing is ever malicious.
    AlwaysBenign,
    /// The best single signal.
    BestSignal,
    /// The linear text model.
    Linear,
    /// The forest of signals.
    Forest,
    /// The forest and the linear text model.
    Both,
}

impl Rung {
    /// Every rung, simplest first.
    pub const ALL: [Self; 5] = [
        Self::AlwaysBenign,
        Self::BestSignal,
        Self::Linear,
        Self::Forest,
        Self::Both,
    ];

    /// Returns the rung's name in a report.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::AlwaysBenign => "always benign",
            Self::BestSignal => "best single signal",
            Self::Linear => "linear text model",
            Self::Forest => "forest of signals",
            Self::Both => "forest and text",
        }
    }
}

/// A trained model: the parts that its rung needs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    /// The single signal, for [`Rung::BestSignal`].
    pub single: Option<SingleSignal>,
    /// The linear text models, whose margins are added.
    pub text: TextModels,
    /// The forest.
    pub forest: Option<Forest>,
    /// What the sum of linear margins counts for beside the forest's.
    pub linear_weight: f64,
}

/// What one signal added to a margin.
#[derive(Clone, Debug, PartialEq)]
pub enum Contribution {
    /// A column of the row.
    Signal {
        /// Which.
        column: usize,
        /// Log-odds that it added.
        margin: f64,
    },
    /// The text.
    Text {
        /// The side of it.
        view: View,
        /// Log-odds that it added.
        margin: f64,
    },
}

impl Contribution {
    /// Returns the log-odds that it added.
    #[must_use]
    pub const fn margin(&self) -> f64 {
        match self {
            Self::Signal { margin, .. } | Self::Text { margin, .. } => *margin,
        }
    }
}

/// Probabilities closer to 0 or 1 than this are this far away: their log-odds would be infinite.
const PROBABILITY_MIN: f64 = 1e-12;

impl Model {
    /// Returns whether a margin needs the event's tokens.
    #[must_use]
    pub fn reads_text(&self) -> bool {
        !self.text.is_empty()
    }

    /// Returns whether a margin needs the event's row.
    #[must_use]
    pub const fn reads_row(&self) -> bool {
        self.single.is_some() || self.forest.is_some()
    }

    /// Returns the rung that these parts make up.
    #[must_use]
    pub fn rung(&self) -> Rung {
        match (&self.single, self.reads_text(), &self.forest) {
            (_, true, Some(_)) => Rung::Both,
            (_, false, Some(_)) => Rung::Forest,
            (_, true, None) => Rung::Linear,
            (Some(_), false, None) => Rung::BestSignal,
            (None, false, None) => Rung::AlwaysBenign,
        }
    }

    /// Returns the bucket in which the text models look for a token hash.
    #[must_use]
    pub fn bucket(&self, token: u32) -> u32 {
        let mut bucket = vec![token];
        self.to_buckets(&mut bucket);
        bucket.first().copied().unwrap_or(token)
    }

    /// Turns an event's token hashes into the buckets that the text models read.
    pub fn to_buckets(&self, tokens: &mut Vec<u32>) {
        self.text.to_buckets(tokens);
    }

    /// Returns the margin: log-odds before calibration, higher is more malicious, of an event with this row
    /// and these buckets ([`Self::to_buckets`]).
    #[must_use]
    pub fn margin(&self, row: Row<'_>, buckets: &[u32]) -> f64 {
        let forest = self.forest.as_ref();
        let forest = forest.map_or(0.0, |forest| match row {
            Row::Single(row) => forest.margin(row),
            Row::Double(row) => forest.margin(row),
        });
        self.sum(row, forest, self.linear_margin(buckets))
    }

    /// Returns the margins of many events, equal to [`Self::margin`] of each and much faster: `linear` has each
    /// event's [`Self::linear_margin`].
    #[must_use]
    pub fn margins<'a>(
        &self,
        rows: impl Iterator<Item = Row<'a>> + Clone,
        linear: &[f64],
    ) -> Vec<f64> {
        let mut forests = Vec::new();
        if let Some(forest) = &self.forest {
            let (mut singles, mut doubles) = (Vec::new(), Vec::new());
            let room = linear.len() * forest.width();
            match rows.clone().next() {
                Some(Row::Double(_)) => doubles.reserve_exact(room),
                _ => singles.reserve_exact(room),
            }
            for row in rows.clone() {
                match row {
                    Row::Single(row) => add_row(&mut singles, row, forest.width(), f32::NAN),
                    Row::Double(row) => add_row(&mut doubles, row, forest.width(), f64::NAN),
                }
            }
            // The rows of one call are of one block, so one of the two is empty.
            forest.margins(&singles, &mut forests);
            forest.margins(&doubles, &mut forests);
        }
        let forests = forests.into_iter().chain(std::iter::repeat(0.0));
        rows.zip(linear)
            .zip(forests)
            .map(|((row, linear), forest)| self.sum(row, forest, *linear))
            .collect()
    }

    /// Returns the sum of the text models' margins of an event with these buckets, before it is weighted.
    #[must_use]
    pub fn linear_margin(&self, buckets: &[u32]) -> f64 {
        self.text.margin(buckets)
    }

    fn sum(&self, row: Row<'_>, forest: f64, linear: f64) -> f64 {
        let single = self.single.as_ref();
        let single = single.map_or(0.0, |single| single.margin(row));
        single + forest + self.linear_weight * linear
    }

    /// Returns the log-odds that a margin stands for: itself, but for a forest that was trained elsewhere with
    /// another link.
    #[must_use]
    pub fn log_odds(&self, margin: f64) -> f64 {
        match self.forest.as_ref().map(Forest::link) {
            Some(Link::Sigmoid { slope }) => slope * margin,
            Some(link) => {
                let prediction = link.prediction(margin);
                logit(prediction.clamp(PROBABILITY_MIN, 1.0 - PROBABILITY_MIN))
            }
            None => margin,
        }
    }

    /// Returns what each part added to the margin, largest magnitude first. They sum to the margin
    /// less a constant of the model.
    #[must_use]
    pub fn contributions(&self, row: Row<'_>, buckets: &[u32]) -> Vec<Contribution> {
        let mut found = Vec::new();
        if let Some(single) = &self.single {
            found.push(Contribution::Signal {
                column: single.column,
                margin: single.margin(row),
            });
        }
        if let Some(forest) = &self.forest {
            let margins = match row {
                Row::Single(row) => forest.contributions(row),
                Row::Double(row) => forest.contributions(row),
            };
            found.extend(
                margins
                    .into_iter()
                    .enumerate()
                    .filter(|(_, margin)| *margin != 0.0)
                    .map(|(column, margin)| Contribution::Signal { column, margin }),
            );
        }
        found.extend(self.text.models().iter().map(|linear| Contribution::Text {
            view: linear.view(),
            margin: self.linear_weight * linear.margin_of_buckets(buckets),
        }));
        found.sort_by(|left, right| right.margin().abs().total_cmp(&left.margin().abs()));
        found
    }
}

/// Appends a row of `width` signals; what it lacks is missing.
fn add_row<V: Copy>(block: &mut Vec<V>, row: &[V], width: usize, missing: V) {
    let end = block.len() + width;
    block.extend_from_slice(row.get(..width).unwrap_or(row));
    block.resize(end, missing);
}
