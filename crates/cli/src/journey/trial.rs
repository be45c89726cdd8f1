//! The trial: a detector's scores on events it was not trained on, judged in every way.

use std::collections::{BTreeMap, BTreeSet};

use ringtrue_core::cost::Prices;
use ringtrue_core::metrics::{Traffic, aut};
use ringtrue_core::verdict::Thresholds;
use ringtrue_core::{Action, CostSheet, Label, Score, SignalSchema, Trust};
use ringtrue_model::{Contribution, Detector, Examples, Nominal, Rung, margins};
use ringtrue_trial::{
    Cause, Judged, Judgement, LearnedRung, Mistake, Mistakes, Remedies, Segment, SegmentResult,
    Setting, Window, group_mistakes, judge, judge_by_month, judge_segments,
};

use crate::corpus::Corpus;
use crate::failure::{OrFail, Outcome};

/// A judged run of a detector.
pub(crate) struct Trial {
    pub(crate) judged: Judged,
    pub(crate) overall: Judgement,
    pub(crate) windows: Vec<Window>,
    pub(crate) segments: Vec<SegmentResult>,
    /// How many segments of a dimension are too small to be among those that are judged.
    pub(crate) more_segments: Vec<(&'static str, usize)>,
    /// Area under time of the true-positive rate, or why it is not stated.
    pub(crate) aut: Result<Aut, String>,
    pub(crate) false_positives: Mistakes,
    pub(crate) misses: Mistakes,
}

/// An area under time (AUT) of the true-positive rate.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Aut {
    /// The false-positive rate at which it is taken: of those that most months support, the lowest.
    pub(crate) fpr: f64,
    /// The area.
    pub(crate) area: f64,
    /// The months that do not support the rate and are left out.
    pub(crate) left_out: Vec<String>,
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
    let (segments, more_segments) = segments(detector, corpus, positions);
    let segments = judge_segments(&judged, &segments, &benign, &setting).or_fail(cannot)?;
    let (false_positives, misses) = mistakes(detector, sheet, corpus, positions, &judged);
    let aut = area_under_time(&windows);
    Ok(Trial {
        judged,
        overall,
        windows,
        segments,
        more_segments,
        aut,
        false_positives,
        misses,
    })
}

/// Returns the area under time, over the months that support it.
fn area_under_time(windows: &[Window]) -> Result<Aut, String> {
    let Some(first) = windows.first() else {
        return Err("the events have no times".to_owned());
    };
    if windows.len() < 2 {
        return Err(format!(
            "all judged events are of one month: {}",
            first.name
        ));
    }
    let supports = |window: &&Window, place: usize| {
        let rate = window.judgement.tpr_at_fpr.get(place);
        rate.is_some_and(|entry| entry.tpr.is_ok())
    };
    let count = |place: usize| windows.iter().filter(|w| supports(w, place)).count();
    let rates = &first.judgement.tpr_at_fpr;
    let best = (0..rates.len()).max_by_key(|place| (count(*place), *place));
    let taken = best.and_then(|place| Some((place, rates.get(place)?.fpr)));
    let Some((place, fpr)) = taken.filter(|(place, _)| count(*place) > 1) else {
        return Err("fewer than two months hold enough events for a true-positive rate".to_owned());
    };
    let (held, left): (Vec<&Window>, Vec<&Window>) =
        windows.iter().partition(|window| supports(window, place));
    let points: Vec<(f64, &Judgement)> = held
        .iter()
        .map(|window| (f64::from(window.month), &window.judgement))
        .collect();
    Ok(Aut {
        fpr,
        area: area_at(&points, place).ok_or("the months are in no order")?,
        left_out: left.iter().map(|window| window.name.clone()).collect(),
    })
}

/// Returns the area under time of the true-positive rate at one of the judged FPRs, each judgement with its
/// time in months; `None` if a period does not support it.
pub(super) fn area_at(judgements: &[(f64, &Judgement)], place: usize) -> Option<f64> {
    let rate = |(month, judgement): &(f64, &Judgement)| {
        let entry = judgement.tpr_at_fpr.get(place)?;
        Some((*month, entry.tpr.as_ref().ok()?.value))
    };
    let rates: Option<Vec<(f64, f64)>> = judgements.iter().map(rate).collect();
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
    let score = |margin: f64| match learned.rung {
        Rung::AlwaysBenign => 0.0,
        _ => learned.calibration.probability(margin),
    };
    judged_as(corpus, positions, margins.into_iter().map(score))
}

/// Puts scores beside what is known of the events at `positions`.
pub(crate) fn judged_as(
    corpus: &Corpus<'_>,
    positions: &[u32],
    scores: impl IntoIterator<Item = f64>,
) -> Judged {
    let mut judged = Judged::default();
    for (at, score) in positions.iter().zip(scores) {
        let at = *at as usize;
        judged.push(
            score,
            corpus.labels[at],
            corpus.prices[at],
            corpus.times[at],
        );
    }
    judged
}

/// Returns the segments that are judged, and how many more each dimension has.
fn segments(
    detector: &Detector,
    corpus: &Corpus<'_>,
    positions: &[u32],
) -> (Vec<Segment>, Vec<(&'static str, usize)>) {
    let name = |number: u32| corpus.names.name(number).map(ToString::to_string);
    let family = |at: usize| {
        let malicious = corpus.malicious[at].then(|| name(corpus.family[at]));
        malicious.flatten()
    };
    let coverage = |at: usize| {
        detector.scope.as_ref().map(|scope| {
            let is_covered = scope.gap(corpus.rows.row(at)).is_none();
            if is_covered { "covered" } else { "not covered" }.to_owned()
        })
    };
    let (mut segments, mut more) = (Vec::new(), Vec::new());
    for (dimension, mut found) in [
        ("family", by_name("family", positions, family)),
        (
            "source",
            by_name("source", positions, |at| name(corpus.source[at])),
        ),
        (
            "trust",
            by_name("trust", positions, |at| {
                Some(corpus.trust[at].word().to_owned())
            }),
        ),
        ("coverage", by_name("coverage", positions, coverage)),
    ] {
        let left = found.split_off(found.len().min(SEGMENTS_MAX));
        segments.extend(found);
        if !left.is_empty() {
            more.push((dimension, left.len()));
        }
    }
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
    (segments, more)
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
            (true, Action::Review | Action::Block) => caught.add(corpus, *at as usize),
            (false, _) => {}
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

/// What was caught, blocked or reviewed, by the traits that a remedy would go by: allowing them would let it
/// through.
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
        if let Some(entity) = entity(corpus, at) {
            *self.entities.entry(entity).or_default() += 1;
        }
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
        text: corpus.shown(position),
        source: corpus
            .names
            .name(corpus.source[position])
            .filter(|_| corpus.revealed.shows_source())
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

/// Returns who stands behind an event: a URL's host, or an event's group; `None` if nobody is named.
fn entity(corpus: &Corpus<'_>, at: usize) -> Option<String> {
    if corpus.revealed.hides_evidence() {
        return None;
    }
    let host = host(corpus.text(at));
    let group = corpus.names.name(corpus.group[at]);
    let group = group.filter(|_| corpus.revealed.shows_group());
    host.or_else(|| group.map(ToString::to_string))
}

/// Returns the host of the first address in a text, without what stands around it.
fn host(text: &str) -> Option<String> {
    let is_end = |sign: char| sign.is_whitespace() || "/?#\\\"'<>`|;&()".contains(sign);
    let (_, rest) = text.split_once("://")?;
    let authority = rest.split(is_end).next().unwrap_or("");
    let host = authority.rsplit('@').next().unwrap_or("").to_lowercase();
    Some(host.strip_prefix("www.").unwrap_or(&host).to_owned())
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
                "allowing it would let {} of {} events through that were caught, blocked or reviewed",
                caught.entities.get(name).copied().unwrap_or(0),
                caught.all
            ),
            Cause::Source(name) => format!(
                "allowing the source would let {} of {} events through that were caught, blocked or reviewed",
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

#[cfg(test)]
mod tests;
