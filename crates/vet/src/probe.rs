//! Probes: how well can the classes be told apart by this, if one learns here and is asked there?
//!
//! A probe is a small forest, with the text beside it where all of an event is looked at. It is smaller than a detector and its figures are
//! meant to be compared with each other.

use std::ops::ControlFlow;

use ringtrue_core::metrics::{Ranking, ranking_bootstrap};
use ringtrue_core::signal::{AttackerView, Monotone, Privacy, SignalType};
pub(crate) use ringtrue_core::split::evenly;
use ringtrue_core::{Digest, Label, RowBlock, SignalDeclaration, SignalSchema};
use ringtrue_model::train::{Run, TrainError, fit_rung};
use ringtrue_model::{Examples, Model, Rung, TokenSource, Tokens, margins};

use crate::data::Data;

/// How well the classes are told apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// Area under the ROC curve.
    pub auc: f64,
    /// Its 95 % interval, by a bootstrap over campaigns.
    pub interval: [f64; 2],
    /// Malicious events that were asked.
    pub malicious: usize,
    /// Benign events that were asked.
    pub benign: usize,
}

/// Why there is no score.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unscored {
    /// One of the parts has too few events of a class.
    #[error("too few events to say: {malicious} malicious and {benign} benign in the {part} part")]
    Few {
        /// Which part.
        part: &'static str,
        /// Malicious events of it.
        malicious: usize,
        /// Benign events of it.
        benign: usize,
    },
    /// Training failed.
    #[error("the probe could not be trained: {0}")]
    Train(String),
}

/// Events of each class that a probe needs to learn, and to be asked.
pub const CLASS_EVENTS_MIN: usize = 10;
/// Events of each class that a probe learns from, at most.
pub(crate) const LEARNED_MAX: usize = 10_000;
/// Events of each class that a probe is asked, at most.
const ASKED_MAX: usize = 10_000;
pub(crate) const RESAMPLES: u32 = 200;

/// Numbers of events as a table of their own: what a probe looks at instead of an event's signals.
#[derive(Clone, Debug)]
pub struct Matrix {
    schema: SignalSchema,
    rows: RowBlock,
}

impl Matrix {
    /// Makes a table of columns of one number for each event; NaN is missing. Columns named as categories hold codes from 0 up.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "forests are trained on 32 bits"
    )]
    pub fn new(columns: &[(String, SignalType, Vec<f64>)]) -> Self {
        let declare = |(name, signal_type, _): &(String, SignalType, Vec<f64>)| SignalDeclaration {
            name: name.clone(),
            meaning: String::new(),
            unit: String::new(),
            theme: "probe".to_owned(),
            signal_type: *signal_type,
            privacy: Privacy::Derived,
            attacker: AttackerView::fixed(),
            monotone: Monotone::Free,
        };
        let schema = SignalSchema {
            code: "probe".to_owned(),
            signals: columns.iter().map(declare).collect(),
        };
        let count = columns.iter().map(|(_, _, values)| values.len()).max();
        let mut rows = RowBlock::new(Digest::of(b"probe"), columns.len());
        for row in 0..count.unwrap_or(0) {
            let value = |(_, _, values): &(String, SignalType, Vec<f64>)| {
                values.get(row).copied().unwrap_or(f64::NAN) as f32
            };
            let row: Vec<f32> = columns.iter().map(value).collect();
            debug_assert_eq!(row.len(), columns.len());
            if rows.push(&row).is_err() {
                break;
            }
        }
        Self { schema, rows }
    }
}

/// No text.
struct Silent;

impl TokenSource for Silent {
    fn tokens(&self, _position: usize, tokens: &mut Vec<u32>) {
        tokens.clear();
    }
}

impl Data<'_> {
    /// Learns all that a detector would see of the events at `train`, and says how well it tells those at `test` apart.
    ///
    /// # Errors
    ///
    /// [`Unscored`] if a part has fewer than [`CLASS_EVENTS_MIN`] events of a class.
    pub fn probe(&self, train: &[u32], test: &[u32]) -> Result<Score, Unscored> {
        let (margins, asked) = self.probe_margins(train, test)?;
        self.score(&margins, &asked)
    }

    /// As [`Data::probe`], but returns the margins themselves with the events that were asked: at most a stated number of each class.
    ///
    /// # Errors
    ///
    /// Those of [`Data::probe`].
    pub fn probe_margins(
        &self,
        train: &[u32],
        test: &[u32],
    ) -> Result<(Vec<f64>, Vec<u32>), Unscored> {
        let examples = self.examples();
        self.asked(
            self.parameters.whole_rung(),
            self.schema,
            &examples,
            &self.labels,
            (train, test),
        )
    }

    /// As [`Data::probe`], but tells two other sides apart: those that `sides` calls malicious from those it calls benign.
    ///
    /// # Errors
    ///
    /// Those of [`Data::probe`], for the sides.
    pub fn probe_sides(
        &self,
        sides: &[Label],
        train: &[u32],
        test: &[u32],
    ) -> Result<Score, Unscored> {
        let first: Vec<bool> = sides.iter().map(|side| *side == Label::Malicious).collect();
        let examples = Examples {
            malicious: &first,
            ..self.examples()
        };
        let (margins, asked) = self.asked(
            self.parameters.whole_rung(),
            self.schema,
            &examples,
            sides,
            (train, test),
        )?;
        self.score_of(&margins, &asked, &first)
    }

    /// As [`Data::probe_margins`], but asks about every event at `asked`, and needs no class among them.
    ///
    /// # Errors
    ///
    /// [`Unscored`] if the events at `train` are too few of a class.
    pub fn probe_all(&self, train: &[u32], asked: &[u32]) -> Result<Vec<f64>, Unscored> {
        let [margins] = self.probe_lists(train, [asked])?;
        Ok(margins)
    }

    /// As [`Data::probe_all`], but asks about several lists of events after learning once.
    pub(crate) fn probe_lists<const N: usize>(
        &self,
        train: &[u32],
        lists: [&[u32]; N],
    ) -> Result<[Vec<f64>; N], Unscored> {
        let examples = self.examples();
        let train = self.thinned("training", train, LEARNED_MAX)?;
        let model = self.learned(self.parameters.whole_rung(), self.schema, &examples, &train)?;
        Ok(lists.map(|asked| margins(&model, &examples, asked)))
    }

    /// Returns as many of the given events as a probe is asked, at least [`CLASS_EVENTS_MIN`] of each class.
    pub(crate) fn thinned_asked(&self, members: &[u32]) -> Result<Vec<u32>, Unscored> {
        self.thinned("judged", members, ASKED_MAX)
    }

    /// Learns a table of other numbers instead, without text.
    ///
    /// # Errors
    ///
    /// Those of [`Data::probe`].
    pub fn probe_matrix(
        &self,
        matrix: &Matrix,
        train: &[u32],
        test: &[u32],
    ) -> Result<Score, Unscored> {
        let (margins, asked) = self.matrix_margins(matrix, train, test)?;
        self.score(&margins, &asked)
    }

    /// As [`Data::probe_matrix`], but returns the margins themselves with the events that were asked, as [`Data::probe_margins`].
    ///
    /// # Errors
    ///
    /// Those of [`Data::probe`].
    pub fn matrix_margins(
        &self,
        matrix: &Matrix,
        train: &[u32],
        test: &[u32],
    ) -> Result<(Vec<f64>, Vec<u32>), Unscored> {
        let tokens = Tokens::new(&Silent, 0, 1, 0);
        let examples = Examples {
            rows: &matrix.rows,
            tokens: &tokens,
            ..self.examples()
        };
        self.asked(
            Rung::Forest,
            &matrix.schema,
            &examples,
            &self.labels,
            (train, test),
        )
    }

    fn asked(
        &self,
        rung: Rung,
        schema: &SignalSchema,
        examples: &Examples<'_>,
        sides: &[Label],
        (train, test): (&[u32], &[u32]),
    ) -> Result<(Vec<f64>, Vec<u32>), Unscored> {
        let train = thinned(sides, "training", train, LEARNED_MAX)?;
        let test = thinned(sides, "judged", test, ASKED_MAX)?;
        let model = self.learned(rung, schema, examples, &train)?;
        Ok((margins(&model, examples, &test), test))
    }

    fn learned(
        &self,
        rung: Rung,
        schema: &SignalSchema,
        examples: &Examples<'_>,
        train: &[u32],
    ) -> Result<Model, Unscored> {
        let mut run = Run {
            seed: self.seed,
            threads: self.threads,
            progress: &mut |_, _, _| ControlFlow::Continue(()),
        };
        let parameters = self.parameters.for_probe();
        fit_rung(rung, schema, examples, train, &parameters, &mut run)
            .map_err(|error: TrainError| Unscored::Train(error.to_string()))
    }

    /// Returns at most so many events of each class, evenly over the given ones, in their order; those that nobody decided on are left out.
    pub(crate) fn thinned(
        &self,
        part: &'static str,
        members: &[u32],
        most: usize,
    ) -> Result<Vec<u32>, Unscored> {
        thinned(&self.labels, part, members, most)
    }

    /// Returns the area under the curve of margins (higher is more malicious) with its interval over campaigns.
    ///
    /// # Errors
    ///
    /// [`Unscored::Few`] if a class is absent.
    pub fn score(&self, margins: &[f64], asked: &[u32]) -> Result<Score, Unscored> {
        self.score_of(margins, asked, &self.malicious)
    }

    fn score_of(
        &self,
        margins: &[f64],
        asked: &[u32],
        malicious: &[bool],
    ) -> Result<Score, Unscored> {
        let malicious: Vec<bool> = asked.iter().map(|at| malicious[*at as usize]).collect();
        let groups: Vec<u32> = asked
            .iter()
            .map(|at| self.campaigns()[*at as usize])
            .collect();
        let count = malicious.iter().filter(|is| **is).count();
        let few = || Unscored::Few {
            part: "judged",
            malicious: count,
            benign: malicious.len() - count,
        };
        let ranking = Ranking::new(margins, &malicious).map_err(|_| few())?;
        let auc = ranking.roc_auc().ok_or_else(few)?;
        let judged = (margins, malicious.as_slice());
        let resampled = ranking_bootstrap(
            RESAMPLES,
            self.seed,
            judged,
            Some(&groups),
            Ranking::roc_auc,
        );
        Ok(Score {
            auc,
            interval: resampled.map_or([0.0, 1.0], |found| [found.low, found.high]),
            malicious: count,
            benign: malicious.len() - count,
        })
    }
}

/// As [`Data::thinned`], by any labels.
fn thinned(
    labels: &[Label],
    part: &'static str,
    members: &[u32],
    most: usize,
) -> Result<Vec<u32>, Unscored> {
    let of = |label: Label| -> Vec<u32> {
        let is_of = |at: &&u32| labels[**at as usize] == label;
        members.iter().filter(is_of).copied().collect()
    };
    let (malicious, benign) = (of(Label::Malicious), of(Label::Benign));
    if malicious.len().min(benign.len()) < CLASS_EVENTS_MIN {
        return Err(Unscored::Few {
            part,
            malicious: malicious.len(),
            benign: benign.len(),
        });
    }
    let mut taken: Vec<u32> = [malicious, benign]
        .into_iter()
        .flat_map(|class| evenly(&class, most))
        .collect();
    taken.sort_unstable();
    Ok(taken)
}
