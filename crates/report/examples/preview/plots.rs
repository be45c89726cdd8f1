//! The six plots of a trial, from invented curves.

use ringtrue_report::{Axis, Bin, Form, Marker, Marks, Plot, Point, Role, Scale, Series, Side};

const MICROS_PER_DAY: f64 = 86_400e6;

fn sigmoid(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

fn bell(at: f64, centre: f64, width: f64) -> f64 {
    (-((at - centre) / width).powi(2) / 2.0).exp()
}

pub(crate) fn score_distributions() -> Plot {
    let bins = |height: &dyn Fn(f64) -> f64| Marks::Histogram {
        bins: (0..56)
            .map(|index| {
                let at = f64::from(index) * 0.4 - 12.0;
                Bin {
                    from: sigmoid(at),
                    to: sigmoid(at + 0.4),
                    count: height(at + 0.2).round(),
                }
            })
            .collect(),
    };
    Plot {
        title: "Scores of both classes".to_owned(),
        description: "Well apart: of 13,175 benign URLs 61 score above the block threshold, of 36,410 malicious ones 4,870 score below it. \
            The vertical axis is logarithmic, so that the few that matter can be seen."
            .to_owned(),
        x: Axis::new("calibrated score", Scale::Logit, Form::Rate),
        y: Axis::new("URLs in each bin", Scale::Log, Form::Count).range(0.7, 5_000.0),
        series: vec![
            Series::new("benign", Role::Benign, bins(&|at| 1_900.0 * bell(at, -7.6, 1.3) + 90.0 * bell(at, -4.0, 2.6))),
            Series::new(
                "malicious",
                Role::Malicious,
                bins(&|at| 2_900.0 * bell(at, 6.1, 1.7) + 320.0 * bell(at, 0.0, 3.5)),
            ),
        ],
        markers: thresholds(),
    }
}

fn thresholds() -> Vec<Marker> {
    vec![
        Marker {
            side: Side::X,
            at: 0.21,
            label: "review from 0.21".to_owned(),
        },
        Marker {
            side: Side::X,
            at: 0.93,
            label: "block from 0.93".to_owned(),
        },
    ]
}

pub(crate) fn roc() -> Plot {
    let curve = |strength: f64, band: f64| -> Vec<Point> {
        (0..=200)
            .map(|step| {
                let fpr = 10_f64.powf(-5.0 + f64::from(step) * 0.025);
                let tpr = 1.0 - (1.0 - fpr).powf(strength * fpr.powf(-0.82)).min(1.0);
                let wide = band * (-fpr.log10()) / 4.0;
                if band > 0.0 {
                    Point::new(fpr, tpr).within((tpr - wide).max(0.0), (tpr + wide).min(1.0))
                } else {
                    Point::new(fpr, tpr)
                }
            })
            .collect()
    };
    Plot {
        title: "Share caught against false positives".to_owned(),
        description: "How much is caught (up) at each rate of false positives (right, logarithmic). At one false positive in a thousand benign URLs \
            the detector catches 70 %, the better rival 49 %."
            .to_owned(),
        x: Axis::new("false positive rate", Scale::Log, Form::Rate).range(1e-5, 1.0),
        y: Axis::new("true positive rate", Scale::Linear, Form::Rate).range(0.0, 1.0),
        series: vec![
            Series::new("chance", Role::Reference, Marks::Line { points: (0..=40).map(|step| 10_f64.powf(-5.0 + f64::from(step) / 8.0)).map(|fpr| Point::new(fpr, fpr)).collect() }),
            Series::new("linear alone", Role::Rival, Marks::Line { points: curve(1.3, 0.0) }),
            Series::new("forest alone", Role::Rival, Marks::Line { points: curve(2.6, 0.0) }),
            Series::new("recommended: both", Role::Main, Marks::Line { points: curve(4.4, 0.09) }),
        ],
        markers: vec![Marker { side: Side::X, at: 1e-3, label: "task: at most 1e-3".to_owned() }],
    }
}

pub(crate) fn precision_recall() -> Plot {
    let curve = |strength: f64| -> Vec<Point> {
        (1..=100)
            .map(|step| {
                let recall = f64::from(step) / 100.0;
                let fpr = 10_f64.powf(-4.6 + 4.2 * recall.powf(strength));
                Point::new(recall, 0.001 * recall / (0.001 * recall + 0.999 * fpr))
            })
            .collect()
    };
    Plot {
        title: "Precision at the traffic's own share".to_owned(),
        description: "Of what is alerted, how much is malicious when one event in a thousand is: lower than in the file, where two of three are.".to_owned(),
        x: Axis::new("recall", Scale::Linear, Form::Rate).range(0.0, 1.0),
        y: Axis::new("precision at 0.1 % malicious", Scale::Linear, Form::Rate).range(0.0, 1.0),
        series: vec![
            Series::new("forest alone", Role::Rival, Marks::Line { points: curve(1.3) }),
            Series::new("recommended: both", Role::Main, Marks::Line { points: curve(2.6) }),
        ],
        markers: Vec::new(),
    }
}

pub(crate) fn reliability() -> Plot {
    let at = [0.0004_f64, 0.002, 0.011, 0.05, 0.2, 0.5, 0.82, 0.95, 0.99];
    Plot {
        title: "Do scores mean what they say?".to_owned(),
        description: "Each point is a tenth of the scores: what was promised (right) and what was found (up), with its 95 % interval. On the dotted line they agree. \
            Between 0.2 and 0.8 the detector promises a little too much."
            .to_owned(),
        x: Axis::new("mean score", Scale::Logit, Form::Rate).range(1e-4, 0.9995),
        y: Axis::new("share malicious", Scale::Logit, Form::Rate).range(1e-4, 0.9995),
        series: vec![
            Series::new("agreement", Role::Reference, Marks::Line { points: (-9..=8).map(|at| sigmoid(f64::from(at))).map(|at| Point::new(at, at)).collect() }),
            Series::new(
                "found",
                Role::Main,
                Marks::Points {
                    points: at
                        .iter()
                        .map(|score| {
                            let odds = (score / (1.0 - score)).ln() - 0.35 * bell(*score, 0.5, 0.25);
                            Point::new(*score, sigmoid(odds)).within(sigmoid(odds - 0.5), sigmoid(odds + 0.45))
                        })
                        .collect(),
                },
            ),
        ],
        markers: Vec::new(),
    }
}

pub(crate) fn cost() -> Plot {
    let points = |floor: f64, steep: f64| -> Vec<Point> {
        (-40..=40)
            .map(|step| {
                let at = f64::from(step) / 5.0;
                Point::new(
                    sigmoid(at),
                    floor + 3.4 * (-at * 0.8 - 3.0).exp() * steep + 0.9 * (at * 0.45 - 2.4).exp(),
                )
            })
            .collect()
    };
    Plot {
        title: "Cost against the threshold".to_owned(),
        description: "What 1,000 events cost at each block threshold. The valley is flat: between 0.6 and 0.97 the cost changes by less than a tenth.".to_owned(),
        x: Axis::new("block threshold", Scale::Logit, Form::Rate),
        y: Axis::new("EUR per 1,000 events", Scale::Linear, Form::Money("EUR".to_owned())).range(0.0, 4.0),
        series: vec![
            Series::new("forest alone", Role::Rival, Marks::Line { points: points(0.55, 1.0) }),
            Series::new("recommended: both", Role::Main, Marks::Line { points: points(0.25, 0.6) }),
        ],
        markers: thresholds().into_iter().chain([Marker { side: Side::Y, at: 1.0, label: "allow everything: 1.00".to_owned() }]).collect(),
    }
}

pub(crate) fn over_time() -> Plot {
    let start = 18_078.0 * MICROS_PER_DAY;
    let months = |drop: f64, band: f64| -> Vec<Point> {
        (0..24)
            .map(|month| {
                let x = start + f64::from(month) * 30.44 * MICROS_PER_DAY;
                if month == 9 {
                    return Point::new(x, f64::NAN);
                }
                let y = 0.975 - drop * f64::from(month) + 0.012 * (f64::from(month) * 1.9).sin();
                let wide = band * (1.0 + 0.5 * (f64::from(month) * 2.3).cos());
                if band > 0.0 {
                    Point::new(x, y).within(y - wide, (y + wide).min(1.0))
                } else {
                    Point::new(x, y)
                }
            })
            .collect()
    };
    Plot {
        title: "Caught at one false positive in a hundred, by month".to_owned(),
        description: "With the 95 % interval. April 2020 has too few benign URLs to say, hence the gap. A detector trained once loses 8 points in two years; \
            one retrained each month 1 point."
            .to_owned(),
        x: Axis::new("month", Scale::Time, Form::Number),
        y: Axis::new("true positive rate at FPR 0.01", Scale::Linear, Form::Percent).range(0.8, 1.0),
        series: vec![
            Series::new("retrained monthly", Role::Rival, Marks::Line { points: months(0.0004, 0.0) }),
            Series::new("trained once", Role::Main, Marks::Line { points: months(0.0035, 0.02) }),
        ],
        markers: Vec::new(),
    }
}

pub(crate) fn ladder() -> Plot {
    let names = ["always benign", "best signal", "linear", "forest", "both"]
        .map(str::to_owned)
        .to_vec();
    Plot {
        title: "What each step of the ladder costs".to_owned(),
        description: "EUR per 1,000 events, on the same split. The last step saves 0.12 EUR, more than the noise of 0.04.".to_owned(),
        x: Axis::new("detector", Scale::Category { names }, Form::Number),
        y: Axis::new("EUR per 1,000 events", Scale::Linear, Form::Money("EUR".to_owned())),
        series: vec![Series::new(
            "",
            Role::Main,
            Marks::Bars { points: [1.0, 0.81, 0.62, 0.53, 0.41].iter().zip(0..).map(|(cost, at)| Point::new(f64::from(at), *cost)).collect() },
        )],
        markers: Vec::new(),
    }
}
