//! The plots of a trial, as data.

use ringtrue_core::CostSheet;
use ringtrue_core::metrics::{Ranking, reliability};
use ringtrue_core::verdict::Thresholds;
use ringtrue_report::{Axis, Bin, Form, Marker, Marks, Plot, Point, Role, Scale, Series, Side};
use ringtrue_trial::{Judged, Window};

use ringtrue_core::EventTime;

/// Points of a curve beyond which nobody sees a difference.
const POINTS_MAX: usize = 300;
/// Log-odds between which score distributions are drawn, and the width of a bar.
const LOG_ODDS: (i32, i32) = (-14, 14);

/// Returns every plot of the judged events.
pub(crate) fn plots(
    judged: &Judged,
    windows: &[Window],
    sheet: &CostSheet,
    thresholds: Thresholds,
) -> Vec<Plot> {
    let (scores, malicious): (Vec<f64>, Vec<bool>) = judged
        .scores
        .iter()
        .zip(&judged.labels)
        .filter_map(|(score, label)| Some((*score, label.class()?)))
        .unzip();
    let Ok(ranking) = Ranking::new(&scores, &malicious) else {
        return Vec::new();
    };
    if ranking.benign() == 0 || ranking.malicious() == 0 {
        return Vec::new();
    }
    let mut plots = vec![
        distributions(&scores, &malicious, thresholds),
        roc(&ranking),
        precision_recall(&ranking, sheet.malicious_share),
        cost(&ranking, sheet, thresholds),
    ];
    plots.extend(calibration(&ranking, sheet.malicious_share));
    plots.extend(over_time(windows));
    plots
}

fn markers(thresholds: Thresholds) -> Vec<Marker> {
    let marker = |at: f64, label: &str| Marker {
        side: Side::X,
        at,
        label: label.to_owned(),
    };
    let is_reached = |at: &f64| *at < 1.0;
    [(thresholds.review, "review"), (thresholds.block, "block")]
        .into_iter()
        .filter(|(at, _)| is_reached(at))
        .map(|(at, label)| marker(at, label))
        .collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a bar's number"
)]
fn distributions(scores: &[f64], malicious: &[bool], thresholds: Thresholds) -> Plot {
    let (low, high) = LOG_ODDS;
    let bars = (high - low) as usize * 2;
    let mut counts = [vec![0.0; bars], vec![0.0; bars]];
    for (score, malicious) in scores.iter().zip(malicious) {
        let place = (ringtrue_model::logit(*score) - f64::from(low)) * 2.0;
        let place = place.clamp(0.0, (bars - 1) as f64) as usize;
        counts[usize::from(*malicious)][place] += 1.0;
    }
    let edge = |bar: usize| ringtrue_model::sigmoid(f64::from(low) + bar as f64 / 2.0);
    let bins = |counts: &[f64]| Marks::Histogram {
        bins: counts
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0.0)
            .map(|(bar, count)| Bin {
                from: edge(bar),
                to: edge(bar + 1),
                count: *count,
            })
            .collect(),
    };
    Plot {
        title: "Where the scores lie".to_owned(),
        description: "How many benign and malicious events have which score. The further apart the two, the better; what overlaps is what thresholds have to choose between.".to_owned(),
        x: Axis::new("score", Scale::Logit, Form::Rate),
        y: Axis::new("events", Scale::Log, Form::Count),
        series: vec![
            Series::new("benign", Role::Benign, bins(&counts[0])),
            Series::new("malicious", Role::Malicious, bins(&counts[1])),
        ],
        markers: markers(thresholds),
    }
}

/// Keeps first and last and as many points between as can be told apart.
fn thin<T: Copy>(points: &[T], place: impl Fn(&T) -> f64) -> Vec<T> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Vec::new();
    };
    let step = (place(last) - place(first)).abs() / POINTS_MAX as f64;
    let mut kept: Vec<T> = vec![*first];
    for point in points {
        if kept
            .last()
            .is_some_and(|before| (place(point) - place(before)).abs() >= step)
        {
            kept.push(*point);
        }
    }
    kept.push(*last);
    kept
}

fn roc(ranking: &Ranking) -> Plot {
    let floor = 0.5 / ranking.benign() as f64;
    let points = ranking.roc_points().unwrap_or_default();
    let points = thin(&points, |point| point.fpr.max(floor).log10());
    let points = points
        .iter()
        .map(|point| Point::new(point.fpr.max(floor), point.tpr))
        .collect();
    let chance = (-50..=0).map(|n| 10_f64.powf(f64::from(n) / 10.0));
    let chance = chance.map(|share| Point::new(share, share)).collect();
    Plot {
        title: "How much is caught at which rate of false positives".to_owned(),
        description: "The ROC curve with a logarithmic axis: the left edge is where detectors of rare events work. Left of one over the number of benign events nothing can be told.".to_owned(),
        x: Axis::new("false-positive rate", Scale::Log, Form::Rate).range(1e-5, 1.0),
        y: Axis::new("true-positive rate", Scale::Linear, Form::Percent).range(0.0, 1.0),
        series: vec![
            Series::new("chance", Role::Reference, Marks::Line { points: chance }),
            Series::new("detector", Role::Main, Marks::Step { points }),
        ],
        markers: vec![Marker {
            side: Side::X,
            at: 1.0 / ranking.benign() as f64,
            label: "one benign event".to_owned(),
        }],
    }
}

fn precision_recall(ranking: &Ranking, share: f64) -> Plot {
    let points = ranking
        .precision_recall_points(Some(share))
        .unwrap_or_default();
    let points = thin(&points, |point| point.recall);
    let points = points
        .iter()
        .map(|point| Point::new(point.recall, point.precision))
        .collect();
    Plot {
        title: "How many alerts are right".to_owned(),
        description: format!(
            "Precision over recall at the traffic's malicious share of {share}: of the events flagged, how many would be malicious."
        ),
        x: Axis::new("recall", Scale::Linear, Form::Percent).range(0.0, 1.0),
        y: Axis::new("precision", Scale::Linear, Form::Percent).range(0.0, 1.0),
        series: vec![Series::new("detector", Role::Main, Marks::Line { points })],
        markers: Vec::new(),
    }
}

fn cost(ranking: &Ranking, sheet: &CostSheet, thresholds: Thresholds) -> Plot {
    let share = sheet.malicious_share;
    let price = |false_positives: u64, caught: u64| {
        let false_positives = false_positives as f64 / ranking.benign() as f64;
        let missed = 1.0 - caught as f64 / ranking.malicious() as f64;
        1_000.0
            * ((1.0 - share) * false_positives * sheet.false_positive
                + share * missed * sheet.false_negative)
    };
    let steps = thin(ranking.steps(), |step| {
        ringtrue_model::logit(step.score.clamp(1e-9, 1.0 - 1e-9))
    });
    let points = steps
        .iter()
        .map(|step| Point::new(step.score, price(step.false_positives, step.true_positives)))
        .collect();
    Plot {
        title: "What a block threshold costs".to_owned(),
        description: format!(
            "Cost per 1,000 events of the traffic in {} if everything of a score and above is blocked and the rest passes.",
            sheet.currency
        ),
        x: Axis::new("block threshold", Scale::Logit, Form::Rate),
        y: Axis::new(
            "cost per 1,000 events",
            Scale::Log,
            Form::Money(sheet.currency.clone()),
        ),
        series: vec![Series::new("detector", Role::Main, Marks::Line { points })],
        markers: markers(thresholds)
            .into_iter()
            .chain([Marker {
                side: Side::Y,
                at: 1_000.0 * share * sheet.false_negative,
                label: "allow all".to_owned(),
            }])
            .collect(),
    }
}

fn calibration(ranking: &Ranking, share: f64) -> Option<Plot> {
    const BINS: usize = 12;
    let bins = reliability(ranking, BINS, Some(share)).ok()?;
    let points = bins
        .iter()
        .filter_map(|bin| {
            let observed = bin.observed.as_ref().ok()?;
            Some(Point::new(bin.mean_score, observed.value).within(observed.low, observed.high))
        })
        .collect();
    let ideal = [1e-6, 1.0 - 1e-6]
        .map(|score| Point::new(score, score))
        .to_vec();
    Some(Plot {
        title: "Does a score mean what it says".to_owned(),
        description: "Among events of about the same score, the share that is malicious, re-weighted to the traffic. On the dashed line, scores are honest probabilities.".to_owned(),
        x: Axis::new("score", Scale::Logit, Form::Rate),
        y: Axis::new("malicious share", Scale::Logit, Form::Rate),
        series: vec![
            Series::new("ideal", Role::Reference, Marks::Line { points: ideal }),
            Series::new("detector", Role::Main, Marks::Points { points }),
        ],
        markers: Vec::new(),
    })
}

fn over_time(windows: &[Window]) -> Option<Plot> {
    let points: Vec<Point> = windows
        .iter()
        .filter_map(|window| {
            let rate = window.judgement.tpr_at_fpr.first()?.tpr.as_ref().ok()?;
            let (start, _) = EventTime::parse(&format!("{}-15", window.name)).ok()?;
            Some(Point::new(start.0 as f64, rate.value).within(rate.low, rate.high))
        })
        .collect();
    (points.len() > 1).then(|| Plot {
        title: "How it holds over time".to_owned(),
        description: "The true-positive rate at a false-positive rate of 1 in 100, month by month, of one detector that is never retrained.".to_owned(),
        x: Axis::new("month", Scale::Time, Form::Number),
        y: Axis::new("true-positive rate", Scale::Linear, Form::Percent).range(0.0, 1.0),
        series: vec![Series::new("TPR at FPR 1e-2", Role::Main, Marks::Line { points })],
        markers: Vec::new(),
    })
}
