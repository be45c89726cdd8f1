//! Tests of choosing thresholds.

use super::*;

fn sheet() -> CostSheet {
    CostSheet {
        events_per_day: 1_000.0,
        malicious_share: 0.1,
        ..CostSheet::default()
    }
}

/// 900 benign and 100 malicious events whose scores are right on average.
fn sample() -> (Vec<f64>, Vec<bool>) {
    let benign = (0..900).map(|n| (f64::from(n) / 1_800.0, false));
    let malicious = (0..100).map(|n| (0.5 + f64::from(n) / 200.0, true));
    benign.chain(malicious).unzip()
}

#[test]
fn without_a_limit_costs_alone_decide() {
    let (scores, malicious) = sample();
    let sheet = CostSheet {
        alerts_per_day: 1e9,
        ..sheet()
    };
    let operating = choose_thresholds(&scores, &HeldOut::plain(&malicious, &[]), &sheet);
    // Review from R / FN, block from 1 - R / FP.
    assert!((operating.thresholds.review - 0.005).abs() < 1e-12);
    assert!((operating.thresholds.block - 0.5).abs() < 1e-12);
}

#[test]
fn alerts_fit_the_capacity_and_nearly_fill_it() {
    let (scores, malicious) = sample();
    for capacity in [1.0, 10.0, 40.0, 200.0] {
        let sheet = CostSheet {
            alerts_per_day: capacity,
            ..sheet()
        };
        let operating = choose_thresholds(&scores, &HeldOut::plain(&malicious, &[]), &sheet);
        assert!(operating.alerts_per_day <= capacity, "{operating:?}");
        assert!(operating.alerts_per_day > capacity - 2.5, "{operating:?}");
        assert!(operating.thresholds.review <= operating.thresholds.block);
    }
}

#[test]
fn benign_events_that_are_there_are_believed() {
    // 50 benign events score as high as the malicious ones: wrong labels, perhaps.
    let (mut scores, mut malicious) = sample();
    for (score, malicious) in scores.iter_mut().zip(&mut malicious).take(50) {
        (*score, *malicious) = (0.999_999, false);
    }
    let sheet = CostSheet {
        alerts_per_day: 10.0,
        ..sheet()
    };
    let operating = choose_thresholds(&scores, &HeldOut::plain(&malicious, &[]), &sheet);
    assert!(operating.thresholds.block > 0.999_999, "{operating:?}");
}

#[test]
fn dear_reviews_leave_two_actions() {
    let (scores, malicious) = sample();
    let sheet = CostSheet {
        review: 50.0,
        alerts_per_day: 1e9,
        ..sheet()
    };
    let thresholds =
        choose_thresholds(&scores, &HeldOut::plain(&malicious, &[]), &sheet).thresholds;
    assert!((thresholds.review - thresholds.block).abs() < 1e-12);
    assert!((thresholds.block - 10.0 / 1_010.0).abs() < 1e-12);
}

#[test]
fn nominal_rate_holds_on_its_own_events() {
    let scores: Vec<f64> = (0..1_000).map(|n| f64::from(n % 500) / 500.0).collect();
    let threshold = nominal_threshold(&scores, &[], 0.01).unwrap();
    assert!(scores.iter().filter(|score| **score >= threshold).count() <= 10);
    assert_eq!(nominal_threshold(&scores[..50], &[], 0.01), None);
}

/// Returns what thresholds cost at the events' own prices, by labels, in the sheet's traffic.
fn cost(
    scores: &[f64],
    malicious: &[bool],
    prices: &[Prices],
    (sheet, thresholds): (&CostSheet, Thresholds),
) -> f64 {
    use ringtrue_core::Label;
    use ringtrue_core::metrics::{PricedEvents, cost_summary};
    let label = |malicious: &bool| {
        if *malicious {
            Label::Malicious
        } else {
            Label::Benign
        }
    };
    let labels: Vec<Label> = malicious.iter().map(label).collect();
    let events = PricedEvents {
        scores,
        labels: &labels,
        prices,
    };
    cost_summary(&events, thresholds, sheet.into())
        .unwrap()
        .cost_per_1000_events
}

const DEAR_BLOCKS: Prices = Prices {
    false_positive: 1_000.0,
    false_negative: 50.0,
    review: 40.0,
};

#[test]
fn prices_of_all_events_are_as_good_as_the_sheets_own() {
    let (scores, malicious) = sample();
    let sheet = CostSheet {
        alerts_per_day: 30.0,
        ..sheet()
    };
    let same = CostSheet {
        false_positive: DEAR_BLOCKS.false_positive,
        false_negative: DEAR_BLOCKS.false_negative,
        review: DEAR_BLOCKS.review,
        ..sheet.clone()
    };
    let prices = vec![DEAR_BLOCKS; scores.len()];
    let found = choose_thresholds(&scores, &HeldOut::plain(&malicious, &prices), &sheet);
    assert_eq!(
        found,
        choose_thresholds(&scores, &HeldOut::plain(&malicious, &[]), &same)
    );
    assert_ne!(
        found,
        choose_thresholds(&scores, &HeldOut::plain(&malicious, &[]), &sheet)
    );
}

/// Scores that are right, and prices of which those of high scores differ: blocking costs more there.
fn priced() -> (Vec<f64>, Vec<bool>, Vec<Prices>) {
    let mut random = ringtrue_core::random::Random::new(7);
    let mut events = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..20_000 {
        let score = random.unit();
        events.0.push(score);
        events.1.push(random.chance(score));
        events.2.push(if score > 0.6 {
            DEAR_BLOCKS
        } else {
            CostSheet::default().prices()
        });
    }
    events
}

#[test]
fn prices_of_some_events_move_the_thresholds_to_where_they_cost_least() {
    let (scores, malicious, prices) = priced();
    let sheet = CostSheet {
        malicious_share: 0.5,
        alerts_per_day: 1e9,
        ..sheet()
    };
    let of = |thresholds| cost(&scores, &malicious, &prices, (&sheet, thresholds));
    let found = choose_thresholds(&scores, &HeldOut::plain(&malicious, &prices), &sheet).thresholds;
    let blind = choose_thresholds(&scores, &HeldOut::plain(&malicious, &[]), &sheet).thresholds;
    assert!(of(found) < 0.8 * of(blind), "{found:?} {blind:?}");
    let grid = || (0..=50).map(|step| f64::from(step) / 50.0);
    let least = grid()
        .flat_map(|review| grid().map(move |block| (review, block)))
        .filter(|(review, block)| review <= block)
        .map(|(review, block)| of(Thresholds { review, block }))
        .fold(f64::INFINITY, f64::min);
    assert!(of(found) < 1.02 * least, "{} {least}", of(found));
}

#[test]
fn capacity_holds_where_prices_differ() {
    let (scores, malicious, prices) = priced();
    for capacity in [1.0, 20.0, 200.0] {
        let sheet = CostSheet {
            malicious_share: 0.5,
            alerts_per_day: capacity,
            ..sheet()
        };
        let found = choose_thresholds(&scores, &HeldOut::plain(&malicious, &prices), &sheet);
        assert!(found.alerts_per_day <= capacity, "{found:?}");
        assert!(found.thresholds.review <= found.thresholds.block);
        assert!(found.alert_worth > 0.0);
    }
}

#[test]
fn where_no_mistake_costs_anything_nothing_is_flagged() {
    let (scores, malicious) = sample();
    let free = Prices {
        false_positive: 0.0,
        false_negative: 0.0,
        review: 0.0,
    };
    let found = choose_thresholds(
        &scores,
        &HeldOut::plain(&malicious, &vec![free; scores.len()]),
        &sheet(),
    );
    assert!(found.thresholds.review > 1.0 && found.thresholds.block > 1.0);
    assert!(found.alerts_per_day.abs() < 1e-12 && found.alert_worth.abs() < 1e-12);
}

/// 900 benign events of so low scores that more of them are always expected than they surely show, and 100 malicious ones.
fn low_sample() -> (Vec<f64>, Vec<bool>) {
    let (scores, malicious) = sample();
    let low = |(score, malicious): (&f64, &bool)| if *malicious { *score } else { score / 25.0 };
    let scores = scores.iter().zip(&malicious).map(low).collect();
    (scores, malicious)
}

/// The events of [`low_sample`], the upper half of each class twice, as rows and as what rows stand for.
fn twice() -> ((Vec<f64>, Vec<bool>), Vec<f64>) {
    let (scores, malicious) = low_sample();
    let is_upper = |at: &usize| (450..900).contains(at) || *at >= 950;
    let rows = (0..scores.len()).chain((0..scores.len()).filter(is_upper));
    let rows = rows.map(|at| (scores[at], malicious[at])).unzip();
    let stands_for = (0..scores.len()).map(|at| 1.0 + f64::from(u8::from(is_upper(&at))));
    (rows, stands_for.collect())
}

#[test]
fn an_event_that_stands_for_two_counts_like_two() {
    let (scores, malicious) = low_sample();
    let ((rows, rows_malicious), stands_for) = twice();
    let weighed = HeldOut {
        stands_for: &stands_for,
        ..HeldOut::plain(&malicious, &[])
    };
    let same = HeldOut {
        stands_for: &[7.0; 1_000],
        ..HeldOut::plain(&malicious, &[])
    };
    for capacity in [10.0, 60.0] {
        let sheet = CostSheet {
            alerts_per_day: capacity,
            ..sheet()
        };
        let of = |scores: &[f64], held_out: &HeldOut<'_>| {
            let thresholds = choose_thresholds(scores, held_out, &sheet).thresholds;
            [thresholds.review, thresholds.block]
        };
        let near = |left: [f64; 2], right: [f64; 2]| {
            (left[0] - right[0]).abs() < 1e-9 && (left[1] - right[1]).abs() < 1e-9
        };
        let plain = of(&scores, &HeldOut::plain(&malicious, &[]));
        assert!(near(plain, of(&scores, &same)));
        let found = of(&scores, &weighed);
        assert!(near(
            found,
            of(&rows, &HeldOut::plain(&rows_malicious, &[]))
        ));
        assert!(!near(found, plain), "{found:?}");
    }
    let benign = |scores: &[f64], malicious: &[bool]| -> Vec<f64> {
        let scores = scores.iter().zip(malicious);
        scores
            .filter(|(_, it)| !**it)
            .map(|(score, _)| *score)
            .collect()
    };
    let (all, of_rows) = (benign(&scores, &malicious), benign(&rows, &rows_malicious));
    for rate in [0.01, 0.1, 0.4] {
        let plain = nominal_threshold(&all, &[], rate);
        assert_eq!(plain, nominal_threshold(&all, &[7.0; 900], rate));
        let found = nominal_threshold(&all, &stands_for[..900], rate);
        assert_eq!(found, nominal_threshold(&of_rows, &[], rate));
        assert_ne!(found, plain);
    }
}

#[test]
fn what_an_event_stands_for_is_no_evidence() {
    // Ten benign events lie highest, each standing for a hundred: they surely show less than a thousand would.
    let (mut scores, malicious) = sample();
    scores[..10].fill(0.999_999);
    let mut stands_for = vec![1.0; scores.len()];
    stands_for[..10].fill(100.0);
    let held_out = HeldOut {
        stands_for: &stands_for,
        ..HeldOut::plain(&malicious, &[])
    };
    let mut surely = Surely::new(Stood {
        sum: 1_890.0,
        squares: 100_890.0,
    });
    let events = sorted(&scores, &held_out, &sheet());
    let rate = events
        .iter()
        .take(10)
        .map(|event| surely.next(event))
        .last()
        .unwrap();
    let as_rows = lower_bound(1_000, 1_890, 0.95);
    assert!(rate < as_rows - 0.1 && rate > 0.25, "{rate} {as_rows}");
}
