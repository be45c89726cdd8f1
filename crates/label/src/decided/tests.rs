//! What holds when several spoke: by trust, quorum, people, certainty and time, in whatever order of clocks.

use proptest::prelude::*;
use ringtrue_core::label_entry::INPUT;
use ringtrue_core::task::Deciding;
use ringtrue_core::{Digest, Event, EventId, EventTime, Kind, Label, LabelEntry, Method, TaskName};

use super::*;

const EVENT: EventId = EventId([1; 16]);
const LATER: EventTime = EventTime(1_000);

fn task(name: &str) -> TaskName {
    TaskName {
        name: name.to_owned(),
        meaning: Digest::of(b"what is malicious"),
    }
}

fn said(who: &str, method: Method, label: Label, known: i64) -> LabelEntry {
    LabelEntry {
        event: EVENT,
        label: Some(label),
        certainty: 0.9,
        who: who.to_owned(),
        role: String::new(),
        evidence: "looked at".to_owned(),
        note: String::new(),
        method,
        known: EventTime(known),
        expires: None,
        task: task("phishing"),
    }
}

fn ledger(entries: &[LabelEntry], rules: &Deciding) -> Ledger {
    Ledger::of(entries.to_vec(), &task("phishing"), rules)
}

fn holds(entries: &[LabelEntry], own: Option<Label>, rules: &Deciding) -> State {
    let own = Own {
        label: own,
        impact: 500.0,
    };
    ledger(entries, rules).state(&EVENT, own, LATER)
}

fn decided(label: Label, known: i64, voices: u32) -> State {
    State::Decided(Decided {
        label,
        known: EventTime(known),
        certainty: 0.9,
        voices,
    })
}

use Label::{Benign, Malicious, Unsure};
use Method::{Analyst, Feed, Rule, Sandbox};

#[test]
fn the_most_trusted_decide_and_those_who_disagree_dispute() {
    let usual = Deciding::default();
    let (ann, ben) = (
        said("ann", Analyst, Malicious, 5),
        said("ben", Analyst, Benign, 7),
    );
    for (entries, own, expected) in [
        (vec![], None, State::Silent),
        (vec![], Some(Benign), State::Input),
        (vec![ann.clone()], Some(Benign), decided(Malicious, 5, 1)),
        (
            vec![ann.clone(), ben.clone()],
            None,
            State::Disputed {
                known: EventTime(7),
            },
        ),
        (
            vec![said("list", Feed, Benign, 9), ann.clone()],
            None,
            decided(Malicious, 5, 1),
        ),
        (
            vec![
                said("list", Feed, Malicious, 9),
                said("box", Sandbox, Benign, 3),
            ],
            None,
            decided(Benign, 3, 1),
        ),
        // A rule never decides, and what nobody is sure of decides nothing.
        (vec![said("r1", Rule, Malicious, 1)], None, State::Silent),
        (
            vec![said("r1", Rule, Malicious, 1)],
            Some(Benign),
            State::Input,
        ),
        (
            vec![ann.clone(), said("cy", Analyst, Unsure, 6)],
            None,
            decided(Malicious, 5, 1),
        ),
        (
            vec![said("cy", Analyst, Unsure, 6)],
            Some(Benign),
            decided(Unsure, 6, 1),
        ),
    ] {
        assert_eq!(holds(&entries, own, &usual), expected, "{entries:?}");
    }
    let mut guess = ann;
    guess.certainty = 0.5;
    assert!(matches!(
        holds(&[guess], Some(Benign), &usual),
        State::Decided(Decided { label: Unsure, .. })
    ));
}

#[test]
fn the_later_word_of_the_same_somebody_counts_whatever_the_clock_says() {
    let usual = Deciding::default();
    let first = said("ann", Analyst, Benign, 50);
    let corrected = said(" ann ", Analyst, Malicious, 5);
    assert_eq!(
        holds(&[first.clone(), corrected], None, &usual),
        decided(Malicious, 5, 1)
    );
    let taken_back = LabelEntry {
        label: None,
        ..first.clone()
    };
    assert_eq!(
        holds(&[first, taken_back], Some(Benign), &usual),
        State::Input
    );
    // A dispute that was settled is known since it was settled.
    let settled = [
        said("ann", Analyst, Malicious, 5),
        said("ben", Analyst, Benign, 7),
        said("ben", Analyst, Malicious, 9),
    ];
    assert_eq!(holds(&settled, None, &usual), decided(Malicious, 9, 2));
}

#[test]
fn what_an_input_says_later_takes_the_place_of_what_it_said() {
    let usual = Deciding::default();
    let later = said(INPUT, Method::Input, Malicious, 6);
    assert_eq!(
        holds(&[later], Some(Benign), &usual),
        decided(Malicious, 6, 1)
    );
}

#[test]
fn quorum_and_two_people_leave_it_open() {
    let two = Deciding {
        quorum: 2,
        ..Deciding::default()
    };
    let (ann, ben) = (
        said("ann", Analyst, Malicious, 5),
        said("ben", Analyst, Malicious, 7),
    );
    let open = |voices| State::Open {
        label: Malicious,
        voices,
        needed: 2,
    };
    assert_eq!(
        holds(std::slice::from_ref(&ann), Some(Benign), &two),
        open(1)
    );
    assert_eq!(
        holds(&[ann.clone(), ben.clone()], Some(Benign), &two),
        decided(Malicious, 7, 2)
    );
    let dear = Deciding {
        two_people_above: Some(400.0),
        trust: Method::ALL.map(|method| (method, 1.0)).into(),
        ..Deciding::default()
    };
    let boxed = said("box", Sandbox, Malicious, 6);
    assert_eq!(holds(&[ann.clone(), boxed], None, &dear), open(1));
    assert_eq!(
        holds(&[ann.clone(), ben], None, &dear),
        decided(Malicious, 7, 2)
    );
    let cheap = Deciding {
        two_people_above: Some(600.0),
        ..Deciding::default()
    };
    assert_eq!(holds(&[ann], None, &cheap), decided(Malicious, 5, 1));
}

#[test]
fn labels_expire_and_were_not_known_before() {
    let usual = Deciding::default();
    let mut entry = said("ann", Analyst, Malicious, 5);
    entry.expires = Some(EventTime(20));
    let book = ledger(&[entry, said("ann", Analyst, Benign, 30)], &usual);
    let at = |time| {
        book.clone()
            .as_of(EventTime(time))
            .state(&EVENT, Own::default(), LATER)
    };
    assert_eq!(at(4), State::Silent);
    assert_eq!(at(5), decided(Malicious, 5, 1));
    assert_eq!(at(20), State::Silent);
    assert_eq!(at(30), decided(Benign, 30, 1));
}

#[test]
fn a_time_that_is_still_to_come_makes_nothing_expire() {
    let mut lasting = said("ann", Analyst, Malicious, 5);
    lasting.expires = Some(EventTime(2_000));
    let mut mistyped = said("ben", Analyst, Benign, 900_000);
    mistyped.event = EventId([2; 16]);
    let book = ledger(&[lasting, mistyped], &Deciding::default());
    let state = |event, now| book.state(&event, Own::default(), EventTime(now));
    assert_eq!(state(EVENT, 1_000), decided(Malicious, 5, 1));
    assert_eq!(state(EVENT, 2_000), State::Silent);
    assert_eq!(state(EventId([2; 16]), 1_000), decided(Benign, 900_000, 1));
    assert_eq!(
        (book.expired(LATER), book.expired(EventTime(2_000))),
        (0, 1)
    );
    assert_eq!(book.as_of(EventTime(2_000)).expired(EventTime(2_000)), 0);
}

#[test]
fn what_holds_again_after_a_label_expired_is_known_since_then() {
    let feed = said("list", Feed, Benign, 3);
    let mut ann = said("ann", Analyst, Malicious, 5);
    ann.expires = Some(EventTime(20));
    let usual = Deciding::default();
    let now = |entries: &[LabelEntry]| holds(entries, None, &usual);
    assert_eq!(now(&[feed.clone(), ann.clone()]), decided(Benign, 20, 1));
    // Whoever expired without ever having mattered changed nothing.
    let mut box_ = said("box", Sandbox, Benign, 4);
    box_.expires = Some(EventTime(20));
    ann.expires = None;
    assert_eq!(now(&[ann, box_]), decided(Malicious, 5, 1));
}

#[test]
fn an_event_is_confirmed_while_the_word_of_a_person_stands() {
    let usual = Deciding::default();
    let ann = said("ann", Analyst, Malicious, 5);
    let boxed = said("box", Sandbox, Malicious, 6);
    let withdrawn = LabelEntry {
        label: None,
        ..ann.clone()
    };
    let expired = LabelEntry {
        expires: Some(EventTime(9)),
        ..ann.clone()
    };
    let guess = LabelEntry {
        certainty: 0.4,
        ..ann.clone()
    };
    let unsure = said("ann", Analyst, Unsure, 5);
    // What is said, whether it is confirmed, and whether ann is not asked again.
    for (entries, confirmed, spoke) in [
        (vec![], false, false),
        (vec![ann.clone()], true, true),
        (vec![boxed.clone()], false, false),
        (vec![boxed.clone(), ann.clone()], true, true),
        (vec![boxed.clone(), ann.clone(), withdrawn], false, false),
        (vec![boxed.clone(), expired], false, false),
        (vec![guess], false, true),
        (vec![unsure], false, true),
        (vec![ann, said("ben", Analyst, Benign, 7)], false, true),
    ] {
        let book = ledger(&entries, &usual);
        let found = (
            book.is_confirmed(&EVENT, Own::default(), LATER),
            book.has_word(&EVENT, " ann", LATER),
        );
        assert_eq!(found, (confirmed, spoke), "{entries:?}");
    }
}

#[test]
fn labels_of_another_task_are_counted_and_left_out() {
    let mut entry = said("ann", Analyst, Malicious, 5);
    entry.task = task("spam");
    let mut older = said("ann", Analyst, Malicious, 5);
    older.task.meaning = Digest::of(b"before");
    let book = ledger(&[entry, older], &Deciding::default());
    assert_eq!((book.foreign(), book.reworded()), (1, 1));
    assert_eq!(book.said(&EVENT).len(), 1);
}

#[test]
fn events_take_over_what_holds() {
    let mut event = Event {
        kind: Kind::Url,
        time: None,
        label_known: None,
        label: Some(Benign),
        source: None,
        trust: ringtrue_core::Trust::Own,
        family: None,
        group: None,
        fields: Vec::new(),
    };
    let mut entry = said("ann", Analyst, Malicious, 5);
    entry.event = event.id();
    let mut other = said("ben", Analyst, Benign, 8);
    other.event = event.id();
    let usual = Deciding::default();
    assert!(ledger(&[entry.clone()], &usual).settle(&mut event, 0.0, LATER));
    assert_eq!(
        (event.label, event.label_known),
        (Some(Malicious), Some(EventTime(5)))
    );
    assert!(ledger(&[entry, other], &usual).settle(&mut event, 0.0, LATER));
    assert_eq!(
        (event.label, event.label_known),
        (Some(Unsure), Some(EventTime(8)))
    );
    assert!(!ledger(&[], &usual).settle(&mut event, 0.0, LATER));
}

#[test]
fn what_was_said_before_is_known_whatever_was_said_since() {
    let now = LATER.0;
    let first = said("ann", Analyst, Malicious, 1);
    let since = said("ann", Analyst, Benign, 2);
    let stored = [first.clone(), since.clone()];
    let fresh = |entries: &[LabelEntry]| {
        let (fresh, counts) = Known::of(&stored).fresh(entries.to_vec(), LATER);
        (fresh.len(), counts)
    };
    let anew = |label| said(" ann", Analyst, label, now);
    // An older file undoes no correction; a stated time says the same thing anew.
    assert_eq!(fresh(&[anew(Malicious)]), (0, (1, 1)));
    assert_eq!(fresh(&[anew(Malicious), anew(Benign)]), (0, (2, 1)));
    assert_eq!(fresh(&[said("ann", Analyst, Malicious, 3)]), (1, (0, 0)));
    // What was exported says nothing new, whatever the task was called then.
    let mut reworded = since.clone();
    reworded.task.meaning = Digest::of(b"before");
    assert_eq!(fresh(&[first.clone(), since, reworded]), (0, (3, 0)));
    // Another person, another task and another word are new; what follows them counts in order.
    let mut other = anew(Malicious);
    other.task = task("spam");
    assert_eq!(
        fresh(&[said("ben", Analyst, Malicious, now), other]),
        (2, (0, 0))
    );
    assert_eq!(
        fresh(&[anew(Unsure), anew(Malicious), anew(Malicious)]),
        (2, (1, 0))
    );
}

#[test]
fn names_that_differ_in_case_only_are_told() {
    let names = ["ben", "ann", " ANN", "Ann", "ben", "cy"];
    assert_eq!(alike(names), [("ANN", "Ann"), ("ANN", "ann")]);
}

fn of_two(pairs: &[(Label, Label)]) -> Vec<LabelEntry> {
    let each = (0_u8..).zip(pairs);
    each.flat_map(|(at, (one, other))| {
        [("ann", *one), ("ben", *other)].map(|(who, label)| LabelEntry {
            event: EventId([at; 16]),
            ..said(who, Analyst, label, 5)
        })
    })
    .collect()
}

#[test]
fn agreement_is_what_scikit_learn_says() {
    let pairs = [
        (Malicious, Malicious),
        (Malicious, Malicious),
        (Malicious, Malicious),
        (Malicious, Benign),
        (Malicious, Malicious),
        (Benign, Benign),
        (Benign, Benign),
        (Benign, Malicious),
        (Benign, Benign),
        (Benign, Benign),
        (Unsure, Benign),
        (Unsure, Unsure),
    ];
    let found = agreements(&ledger(&of_two(&pairs), &Deciding::default())).pairs;
    assert_eq!((found.len(), found[0].events, found[0].same), (1, 12, 9));
    let (kappa, low, high) = found[0].kappa.unwrap();
    assert!((kappa - KAPPA).abs() < 1e-12, "{kappa}");
    assert!(low < kappa && kappa < high && high <= 1.0, "{low} {high}");
    let few = agreements(&ledger(&of_two(&pairs[..4]), &Deciding::default())).pairs;
    assert_eq!(few[0].kappa, Err(Unmeasured::Few(4)));
    let one = agreements(&ledger(
        &of_two(&[(Benign, Benign); 12]),
        &Deciding::default(),
    ))
    .pairs;
    assert_eq!(one[0].kappa, Err(Unmeasured::OneLabel));
}

#[test]
fn a_crowd_is_not_compared_pair_by_pair() {
    let crowd = (0..2_000).map(|at| said(&format!("c{at:04}"), Method::CustomerReport, Benign, 5));
    let both = ["zoe", "zed"].into_iter().flat_map(|who| {
        [1, 2].map(|at| LabelEntry {
            event: EventId([at; 16]),
            ..said(who, Analyst, Benign, 5)
        })
    });
    let entries: Vec<LabelEntry> = crowd.chain(both).collect();
    let found = agreements(&ledger(&entries, &Deciding::default()));
    assert_eq!(
        (found.pairs.len(), found.not_compared),
        (64 * 63 / 2, 1_938)
    );
    let most = found.pairs.last().unwrap();
    assert_eq!((&*most.one, &*most.other, most.events), ("zed", "zoe", 2));
}

/// What scikit-learn 1.9 says of the lists above.
const KAPPA: f64 = 0.586_206_896_551_724_2;

fn any_entry() -> impl Strategy<Value = LabelEntry> {
    let who = prop::sample::select(vec!["ann", "ben", "cy"]);
    let method = prop::sample::select(Method::ALL.to_vec());
    let label = prop::sample::select(vec![Malicious, Benign, Unsure]);
    let lasts = prop::option::of(1_i64..20);
    let spoken = (who, method, label, 0_i64..50, lasts);
    spoken.prop_map(|(who, method, label, known, lasts)| LabelEntry {
        expires: lasts.map(|lasts| EventTime(known + lasts)),
        ..said(who, method, label, known)
    })
}

proptest! {
    /// What is known since a time held at that time and at every later one, and not just before.
    #[test]
    fn what_is_known_since_a_time_has_held_since(entries in prop::collection::vec(any_entry(), 1..8)) {
        let book = ledger(&entries, &Deciding::default());
        let state = |at| book.clone().as_of(at).state(&EVENT, Own::default(), LATER);
        if let State::Decided(decided) = state(LATER) {
            let before = state(EventTime(decided.known.0 - 1));
            prop_assert!(
                !matches!(before, State::Decided(other) if other.label == decided.label),
                "{before:?} before"
            );
            for at in (decided.known.0..80).map(EventTime) {
                let then = state(at);
                prop_assert!(
                    matches!(then, State::Decided(other) if other.label == decided.label),
                    "{then:?} at {at}"
                );
            }
        }
    }
}

#[test]
fn what_somebody_says_later_does_not_stand_before() {
    let entries = [
        said("ann", Analyst, Malicious, 5),
        said("ann", Analyst, Benign, 9),
    ];
    let all = ledger(&entries, &Deciding::default());
    let word = |ledger: &Ledger| {
        ledger
            .standing()
            .map(|it| it.entry.label)
            .collect::<Vec<_>>()
    };
    assert_eq!(word(&all), [Some(Benign)]);
    assert_eq!(word(&all.clone().as_of(EventTime(7))), [Some(Malicious)]);
    assert!(word(&all.as_of(EventTime(3))).is_empty());
}
