//! Labels of few events, counted by hand, and what they must not be taken for.

use proptest::prelude::*;
use ringtrue_core::cost::Prices;

use super::*;

const STAKES: Stakes = Stakes {
    caught: Action::Block,
    prices: Prices {
        false_positive: 10.0,
        false_negative: 1_000.0,
        review: 5.0,
    },
    events_a_day: 1e6,
};

/// Counts events of one action and propensity, of which so many have each answer; the others were not asked about.
fn add(
    audited: &mut Audited,
    (action, propensity): (Action, f64),
    (events, answers): (u64, &[(Option<Label>, u64)]),
) {
    let asked = answers
        .iter()
        .flat_map(|(label, count)| (0..*count).map(|_| Some(*label)));
    let all = asked.chain(std::iter::repeat(None));
    for answer in all.take(usize::try_from(events).unwrap()) {
        audited.add(&Audit {
            action,
            propensity,
            asked: answer.is_some(),
            label: answer.flatten(),
        });
    }
}

const MALICIOUS: Option<Label> = Some(Label::Malicious);
const BENIGN: Option<Label> = Some(Label::Benign);
const UNSURE: Option<Label> = Some(Label::Unsure);

/// A hundredth of 100,000 allowed events, a tenth of 1,000 blocked ones, all of 50 reviewed ones.
fn filtered(missed: u64, unsure: u64) -> Audited {
    let mut audited = Audited::default();
    let allowed = [
        (MALICIOUS, missed),
        (UNSURE, unsure),
        (BENIGN, 1_000 - missed - unsure),
    ];
    add(&mut audited, (Action::Allow, 0.01), (100_000, &allowed));
    add(
        &mut audited,
        (Action::Review, 1.0),
        (50, &[(MALICIOUS, 20), (BENIGN, 30)]),
    );
    add(
        &mut audited,
        (Action::Block, 0.1),
        (1_000, &[(MALICIOUS, 90), (BENIGN, 10)]),
    );
    audited
}

#[test]
fn what_was_drawn_stands_for_the_others() {
    let report = filtered(1, 0).finish(&STAKES);
    assert_eq!(
        (report.events, report.labelled, report.pending),
        (101_050, 1_150, 0)
    );
    let precision = report.precision.unwrap();
    assert!((precision.value - 0.9).abs() < 1e-12 && precision.low > 0.7 && precision.high < 0.985);
    // 100 of 1,000 are benign, of 99,900 + 30 + 100 benign events in all.
    let fpr = report.fpr.unwrap();
    assert!((fpr.value - 100.0 / 100_030.0).abs() < 1e-9, "{fpr:?}");
    let cost = report.cost_per_day.unwrap();
    let expected = (1_000.0 * 100.0 + 5.0 * 50.0 + 10.0 * 100.0) / 101_050.0 * 1e6;
    assert!(
        (cost.value - expected).abs() < 1e-3 * expected,
        "{cost:?} {expected}"
    );
    // One miss stands for 100, and may stand for 5 or 900: recall is from a half to nearly all.
    assert_eq!(report.recall, None);
    assert!(
        report.why["recall"].contains("wider than 0.3"),
        "{:?}",
        report.why
    );
    assert!(
        report.labels_needed["recall"] > 500,
        "{:?}",
        report.labels_needed
    );
}

#[test]
fn what_nobody_knows_counts_as_either_class() {
    let stakes = STAKES;
    let high = |audited: &Audited| audited.finish(&stakes).malicious_share.unwrap().high;
    let low = |audited: &Audited| audited.finish(&stakes).malicious_share.unwrap().low;
    let [sure, unsure] = [filtered(10, 0), filtered(10, 10)];
    assert!(high(&unsure) > 1.25 * high(&sure) && low(&unsure) <= low(&sure) + 1e-9);
    let mut pending = Audited::default();
    let allowed = [(MALICIOUS, 10), (None, 10), (BENIGN, 980)];
    add(&mut pending, (Action::Allow, 0.01), (100_000, &allowed));
    add(
        &mut pending,
        (Action::Review, 1.0),
        (50, &[(MALICIOUS, 20), (BENIGN, 30)]),
    );
    add(
        &mut pending,
        (Action::Block, 0.1),
        (1_000, &[(MALICIOUS, 90), (BENIGN, 10)]),
    );
    let [found, same] = [&pending, &unsure].map(|it| it.finish(&stakes));
    assert_eq!(
        found.malicious_share.map(|it| it.high),
        same.malicious_share.map(|it| it.high)
    );
    assert_eq!(
        (found.pending, found.unsure, same.pending, same.unsure),
        (10, 0, 0, 10)
    );
}

#[test]
fn events_that_are_never_looked_at_may_be_anything() {
    let mut audited = filtered(1, 0);
    add(&mut audited, (Action::Block, 0.0), (500, &[]));
    let precision = audited.finish(&STAKES).why;
    assert!(
        precision["precision"].contains("wider than 0.3"),
        "{precision:?}"
    );
    // Nor does a propensity that is none make them known.
    for odd in [-0.5, 1.5, f64::NAN] {
        let mut audited = Audited::default();
        add(&mut audited, (Action::Block, odd), (500, &[(BENIGN, 20)]));
        let [low, high] = audited.views()[2].interval(0.05);
        assert!(low <= 0.0 && (high - 480.0).abs() < 1e-9, "{low} {high}");
    }
}

#[test]
fn labels_that_came_otherwise_count_for_their_own_events() {
    let mut told = filtered(0, 0);
    let before = told.finish(&STAKES).malicious_share.unwrap();
    for _ in 0..300 {
        let audit = Audit {
            action: Action::Allow,
            propensity: 0.01,
            asked: false,
            label: MALICIOUS,
        };
        told.add(&audit);
    }
    let after = told.finish(&STAKES).malicious_share.unwrap();
    // 300 malicious events are known among those that passed; the draws alone leave none certain.
    assert!(after.low > before.low + 0.002 && after.value <= 1.5 * before.value.max(after.low));
}

#[test]
fn few_labels_and_no_malicious_event_cannot_tell() {
    let report = Audited::default().finish(&STAKES);
    assert_eq!(report.why.len(), 5);
    assert!(report.labels_needed.is_empty());
    let mut none = Audited::default();
    add(&mut none, (Action::Allow, 0.01), (10_000, &[(BENIGN, 100)]));
    let report = none.finish(&STAKES);
    assert!(report.why["recall"].contains("was found") && report.recall.is_none());
    assert!(report.fpr.is_some());
}

#[test]
fn as_many_labels_as_are_needed_tell() {
    let report = filtered(2, 0).finish(&STAKES);
    let needed = report.labels_needed["recall"];
    let drawn = 1_100;
    let times = (needed + drawn).div_ceil(drawn);
    let mut more = Audited::default();
    for _ in 0..times {
        more.merge(&filtered(2, 0));
    }
    assert!(more.finish(&STAKES).recall.is_some(), "{needed}");
    let mut fewer = Audited::default();
    for _ in 0..times / 2 {
        fewer.merge(&filtered(2, 0));
    }
    assert!(
        times > 2 && fewer.finish(&STAKES).recall.is_none(),
        "{needed}"
    );
}

#[test]
fn where_nothing_is_blocked_reviews_are_what_is_caught() {
    let mut audited = Audited::default();
    let allowed = [(MALICIOUS, 2), (BENIGN, 4_998)];
    add(&mut audited, (Action::Allow, 0.05), (100_000, &allowed));
    add(
        &mut audited,
        (Action::Review, 1.0),
        (200, &[(MALICIOUS, 150), (BENIGN, 50)]),
    );
    let stakes = Stakes {
        caught: Action::Review,
        ..STAKES
    };
    let report = audited.finish(&stakes);
    let precision = report.precision.unwrap();
    assert!((precision.low - 0.75).abs() < 1e-9 && (precision.high - 0.75).abs() < 1e-9);
    let fpr = report.fpr.unwrap();
    assert!(fpr.low <= 50.0 / 100_010.0 && 50.0 / 100_010.0 <= fpr.high && fpr.high < 6e-4);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_order_of_events_and_merges_is_without_influence(
        events in prop::collection::vec((0_usize..3, 0_usize..4, any::<bool>(), 0_usize..4), 0..200),
        cut in 0_usize..200,
    ) {
        let audit = |(action, propensity, asked, label): (usize, usize, bool, usize)| Audit {
            action: [Action::Allow, Action::Review, Action::Block][action],
            propensity: [0.0, 0.01, 0.1, 1.0][propensity],
            asked,
            label: [None, MALICIOUS, BENIGN, UNSURE][label],
        };
        let mut whole = Audited::default();
        events.iter().for_each(|it| whole.add(&audit(*it)));
        let [mut first, mut last] = [Audited::default(), Audited::default()];
        let (before, after) = events.split_at(cut.min(events.len()));
        before.iter().for_each(|it| first.add(&audit(*it)));
        after.iter().rev().for_each(|it| last.add(&audit(*it)));
        last.merge(&first);
        prop_assert_eq!(&whole, &last);
        // Nothing of what may be counted makes bounds that are none.
        let report = last.finish(&STAKES);
        for band in [report.malicious_share, report.fpr, report.recall, report.precision, report.cost_per_day].into_iter().flatten() {
            prop_assert!(band.low <= band.value && band.value <= band.high && band.high.is_finite());
        }
    }
}
