//! The trial: a detector's scores on events it was not trained on, judged in every way.

use std::collections::{BTreeMap, BTreeSet};

use ringtrue_core::cost::Prices;
use ringtrue_core::metrics::{Traffic, aut};
use ringtrue_core::verdict::Thresholds;
use ringtrue_core::{Action, CostSheet, Label, Score, SignalSchema, Trust};
use ringtrue_model::{Contribution, Detector, Examples, Nominal, Rung};
use ringtrue_trial::{
    Cause, Judged, Judgement, LearnedRung, Mistake, Mistakes, Remedies, Segment, SegmentResult,
    Setting, Window, group_mistakes, judge, judge_by_month, judge_segments, margins,
};

use crate::corpus::Corpus;
use crate::failure::{OrFail, Outcome};

/// A judged run of a detector.
pub(crate) struct Trial {
    pub(crate) judged: Judged,
    pub(crate) overall: Judgement,
    pub(crate) windows: Vec<Window>,
    pub(crate) segments: Vec<SegmentResult>,
    /// Area under time of the true-positive rate at the first FPR that every month supports.
    pub(crate) aut: Option<(f64, f64)>,
    pub(crate) false_positives: Mistakes,
    pub(crate) misses: Mistakes,
}

/// Returns what a detector of these thresholds is judged against.
pub(crate) fn setting(thresholds: Thresholds, nominal: &[Nominal], sheet: &CostSheet) -> Setting {
    Setting {
        thresholds,
        nominal: nominal.to_vec(),
        traffic: Traffic::from(sheet),
    }
}

/// Segments of one dimension that are judged; the largest come first.
const SEGMENTS_MAX: usize = 15;

/// Judges scored events overall, by month and by segment. `positions` are the events' places in the
/// corpus.
pub(crate) fn judge_all(
    detector: &Detector,
    sheet: &CostSheet,
    corpus: &Corpus<'_>,
    positions: &[u32],
    judged: Judged,
) -> Outcome<Trial> {
    let setting = setting(detector.thresholds(), &detector.nominal, sheet);
    let all: Vec<u32> = (0_u32..).take(judged.len()).collect();
    let cannot = || "the scores cannot be judged".to_owned();
    let overall = judge(&judged, &all, &setting).or_fail(cannot)?;
    let windows = judge_by_month(&judged, &all, &setting).or_fail(cannot)?;
    let benign: Vec<u32> = all
        .iter()
        .copied()
        .filter(|at| judged.labels[*at as usize] == Label::Benign)
        .collect();
    let segments = segments(corpus, positions);
    let segments = judge_segments(&judged, &segments, &benign, &setting).or_fail(cannot)?;
    let (false_positives, misses) = mistakes(detector, sheet, corpus, positions, &judged);
    let aut = area_under_time(&windows);
    Ok(Trial {
        judged,
        overall,
        windows,
        segments,
        aut,
        false_positives,
        misses,
    })
}

/// Returns the area under time and the FPR at which it was taken: the lowest that every month supports.
fn area_under_time(windows: &[Window]) -> Option<(f64, f64)> {
    let judgements: Vec<&Judgement> = windows.iter().map(|window| &window.judgement).collect();
    let rates = &judgements.first()?.tpr_at_fpr;
    let mut places = (0..rates.len()).rev();
    places.find_map(|place| Some((rates.get(place)?.fpr, area_at(&judgements, place)?)))
}

/// Returns the area under time of the true-positive rate at one of the judged FPRs; `None` if a period does
/// not support it.
pub(super) fn area_at(judgements: &[&Judgement], place: usize) -> Option<f64> {
    let rate = |judgement: &&Judgement| {
        let entry = judgement.tpr_at_fpr.get(place)?;
        entry.tpr.as_ref().ok().map(|rate| rate.value)
    };
    let rates: Option<Vec<f64>> = judgements.iter().map(rate).collect();
    aut(&rates?)
}

/// Scores the events at `positions` with one rung.
pub(crate) fn judged(
    learned: &LearnedRung,
    corpus: &Corpus<'_>,
    examples: &Examples<'_>,
    positions: &[u32],
) -> Judged {
    let margins = margins(&learned.model, examples, positions);
    let mut judged = Judged::default();
    for (at, margin) in positions.iter().zip(margins) {
        let at = *at as usize;
        let score = match learned.rung {
            Rung::AlwaysBenign => 0.0,
            _ => learned.calibration.probability(margin),
        };
        judged.push(
            score,
            corpus.labels[at],
            corpus.prices[at],
            corpus.times[at],
        );
    }
    judged
}

fn segments(corpus: &Corpus<'_>, positions: &[u32]) -> Vec<Segment> {
    let name = |number: u32| corpus.names.name(number).map(ToString::to_string);
    let mut segments = Vec::new();
    segments.extend(by_name("family", positions, |at| {
        if corpus.malicious[at] {
            name(corpus.family[at])
        } else {
            None
        }
    }));
    segments.extend(by_name("source", positions, |at| name(corpus.source[at])));
    segments.extend(by_name("trust", positions, |at| {
        Some(corpus.trust[at].word().to_owned())
    }));
    for (slice, members) in &corpus.slices {
        let members = (0_u32..)
            .zip(positions)
            .filter(|(_, at)| members[**at as usize])
            .map(|(place, _)| place)
            .collect();
        segments.push(Segment {
            dimension: "slice",
            name: slice.clone(),
            members,
        });
    }
    segments
}

fn by_name(
    dimension: &'static str,
    positions: &[u32],
    name: impl Fn(usize) -> Option<String>,
) -> Vec<Segment> {
    let mut found: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for (place, at) in (0_u32..).zip(positions) {
        if let Some(name) = name(*at as usize) {
            found.entry(name).or_default().push(place);
        }
    }
    let mut segments: Vec<Segment> = found
        .into_iter()
        .map(|(name, members)| Segment {
            dimension,
            name,
            members,
        })
        .collect();
    segments.sort_by_key(|segment| std::cmp::Reverse(segment.members.len()));
    segments.truncate(SEGMENTS_MAX);
    segments
}

/// Groups what was blocked in error and what was let through.
fn mistakes(
    detector: &Detector,
    sheet: &CostSheet,
    corpus: &Corpus<'_>,
    positions: &[u32],
    judged: &Judged,
) -> (Mistakes, Mistakes) {
    let mut wrong: [Vec<Mistake>; 2] = [Vec::new(), Vec::new()];
    let mut classes = [0_u64; 2];
    let mut caught = Caught::default();
    for (place, at) in (0_u32..).zip(positions) {
        let Some(malicious) = judged.labels[place as usize].class() else {
            continue;
        };
        classes[usize::from(malicious)] += 1;
        let Some(score) = Score::new(judged.scores[place as usize]) else {
            continue;
        };
        let action = detector.thresholds().action(score);
        match (malicious, action) {
            (false, Action::Block) | (true, Action::Allow) => {
                wrong[usize::from(malicious)].push(mistake(detector, corpus, *at, malicious));
            }
            (true, Action::Block) => caught.add(corpus, *at as usize),
            _ => {}
        }
    }
    let [mut false_positives, mut misses] = wrong;
    let share = sheet.malicious_share;
    price(&mut false_positives, judged, positions, |prices| {
        1_000.0 * (1.0 - share) * prices.false_positive / classes[0].max(1) as f64
    });
    price(&mut misses, judged, positions, |prices| {
        1_000.0 * share * prices.false_negative / classes[1].max(1) as f64
    });
    (
        group_mistakes(false_positives, &allow_remedies(&caught)),
        group_mistakes(misses, &catch_remedies()),
    )
}

/// What was blocked rightly, by the traits that a remedy would go by.
#[derive(Default)]
struct Caught {
    sources: BTreeMap<String, u64>,
    entities: BTreeMap<String, u64>,
    all: u64,
}

impl Caught {
    fn add(&mut self, corpus: &Corpus<'_>, at: usize) {
        self.all += 1;
        if let Some(source) = corpus.names.name(corpus.source[at]) {
            *self.sources.entry(source.to_string()).or_default() += 1;
        }
        *self.entities.entry(entity(corpus, at)).or_default() += 1;
    }
}

fn price(
    mistakes: &mut [Mistake],
    judged: &Judged,
    positions: &[u32],
    cost: impl Fn(&Prices) -> f64,
) {
    for mistake in mistakes {
        if let Ok(place) = positions.binary_search(&mistake.position) {
            mistake.cost = cost(&judged.prices[place]);
        }
    }
}

fn mistake(detector: &Detector, corpus: &Corpus<'_>, at: u32, malicious: bool) -> Mistake {
    let position = at as usize;
    let mut buckets = Vec::new();
    corpus.buckets(&detector.model, position, &mut buckets);
    let wrong_way = |contribution: &Contribution| (contribution.margin() > 0.0) != malicious;
    let signals = detector
        .model
        .contributions(corpus.rows.row(position), &buckets)
        .iter()
        .filter(|contribution| wrong_way(contribution))
        .map(|contribution| signal_name(&detector.schema, contribution))
        .collect();
    Mistake {
        position: at,
        text: corpus.text(position).to_owned(),
        source: corpus
            .names
            .name(corpus.source[position])
            .map(ToString::to_string),
        signals,
        entity: entity(corpus, position),
        cost: 0.0,
    }
}

fn signal_name(schema: &SignalSchema, contribution: &Contribution) -> String {
    match contribution {
        Contribution::Signal { column, .. } => schema
            .signals
            .get(*column)
            .map_or_else(String::new, |signal| signal.name.clone()),
        Contribution::Text { view, .. } => format!("text ({})", view.word()),
    }
}

/// Returns a name for who stands behind an event: a URL's host, or an event's group.
fn entity(corpus: &Corpus<'_>, at: usize) -> String {
    let text = corpus.text(at);
    let host = text.split_once("://").map(|(_, rest)| {
        rest.split(['/', '?', '#'])
            .next()
            .unwrap_or("")
            .trim_start_matches("www.")
            .to_lowercase()
    });
    host.or_else(|| corpus.names.name(corpus.group[at]).map(ToString::to_string))
        .unwrap_or_else(|| format!("{:08x}", corpus.entity[at]))
}

fn allow_remedies(caught: &Caught) -> Remedies<'_> {
    fn remedy(cause: &Cause) -> String {
        match cause {
            Cause::Entity(name) => format!(
                "label the events of `{name}` benign in the next training set, or exclude it in the task"
            ),
            Cause::Campaign(_) => {
                "label one of these near-copies: the rest follow, and the next training learns them"
                    .to_owned()
            }
            Cause::Signal(name) => format!(
                "collect more benign events like these: `{name}` weighs too much for want of them"
            ),
            Cause::Source(name) => format!("collect more benign events of the source `{name}`"),
        }
    }
    Remedies {
        remedy: Box::new(remedy),
        would_miss: Box::new(|cause, _| match cause {
            Cause::Entity(name) => format!(
                "allowing it would let {} of {} caught events through",
                caught.entities.get(name).copied().unwrap_or(0),
                caught.all
            ),
            Cause::Source(name) => format!(
                "allowing the source would let {} of {} caught events through",
                caught.sources.get(name).copied().unwrap_or(0),
                caught.all
            ),
            Cause::Campaign(_) | Cause::Signal(_) => {
                "nothing by itself: judge the next detector on must-keep sets".to_owned()
            }
        }),
    }
}

fn catch_remedies() -> Remedies<'static> {
    Remedies {
        remedy: Box::new(|cause| match cause {
            Cause::Entity(name) => format!("label more events of `{name}`, or block it by a rule"),
            Cause::Campaign(_) => {
                "label some of these near-copies malicious before the next training".to_owned()
            }
            Cause::Signal(name) => {
                format!("look for what sets these apart: `{name}` speaks for them")
            }
            Cause::Source(name) => format!("collect more malicious events of the source `{name}`"),
        }),
        would_miss: Box::new(|_, members| {
            let sources: BTreeSet<&str> =
                members.iter().filter_map(|m| m.source.as_deref()).collect();
            match sources.len() {
                0 | 1 => "benign events that look alike would be blocked with them".to_owned(),
                count => {
                    format!("they come through {count} sources: no source can be blocked for them")
                }
            }
        }),
    }
}

/// Returns whether the judged events hold none of the organisation's own.
pub(crate) fn saw_no_own(corpus: &Corpus<'_>, positions: &[u32]) -> bool {
    positions
        .iter()
        .all(|at| corpus.trust[*at as usize] != Trust::Own)
}
