//! Histories as a whole: no row sees its future, replaying is going on, memory is bounded, parts add up.

#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by a panic"
)]

use std::collections::BTreeSet;

use proptest::prelude::*;
use ringtrue_core::{EventId, EventTime, Limits};

use super::*;
use crate::declare::testing::{check_schema, check_values, value_of};

const PROGRAMS: [&str; 8] = ["ls", "cd", "cat", "ssh", "vi", "make", "curl", "id"];
const USERS: [&str; 4] = ["ada", "bob", "cyd", "dan"];
const HOSTS: [&str; 3] = ["web", "db", ""];

/// An event that owns nothing: indices into the names above.
#[derive(Clone, Debug)]
struct Made {
    user: Option<usize>,
    host: Option<usize>,
    names: Vec<usize>,
    time: Option<i64>,
}

impl Made {
    fn show<T>(&self, to: impl FnOnce(&Observation<'_>) -> T) -> T {
        let names: Vec<&str> = self.names.iter().map(|name| PROGRAMS[*name]).collect();
        to(&Observation {
            user: self.user.map(|user| USERS[user]),
            host: self.host.map(|host| HOSTS[host]),
            names: &names,
            time: self.time.map(|minutes| EventTime(minutes * 60_000_000)),
        })
    }
}

prop_compose! {
    fn made()(
        user in prop::option::weighted(0.8, 0..USERS.len()),
        host in prop::option::of(0..HOSTS.len()),
        names in prop::collection::vec(0..PROGRAMS.len(), 0..6),
        time in prop::option::weighted(0.8, 0_i64..5_000),
    ) -> Made {
        Made { user, host, names, time }
    }
}

fn stream() -> impl Strategy<Value = Vec<Made>> {
    prop::collection::vec(made(), 0..60)
}

/// Limits and parameters so small that short streams meet the guard, fading and forgetting.
fn small() -> History {
    let limits = Limits {
        history_event_names_max: 4,
        history_entities_max: 4,
        history_names_max: 5,
        history_pairs_max: 6,
        history_fleet_names_max: 6,
        history_counts_max: 25,
        ..Limits::default()
    };
    let parameters = HistoryParameters {
        memory_names: 20.0,
        fleet_memory_names: 50.0,
        recent_names: 3.0,
        guard_after_names: 3.0,
        guard_patience_names: 5,
        ..HistoryParameters::default()
    };
    History::new(HistoryKey::new(&[7; 32]), parameters, &limits)
}

/// No guard, no fading, room for all.
fn plain() -> History {
    let parameters = HistoryParameters {
        guard_bits: f64::MAX,
        ..HistoryParameters::default()
    };
    History::new(HistoryKey::public(), parameters, &Limits::default())
}

fn row_of(novelty: &Novelty) -> Vec<u32> {
    let mut row = Vec::new();
    append_signals(novelty, &mut row);
    row.into_iter().map(f32::to_bits).collect()
}

fn rows(history: &mut History, stream: &[Made]) -> Vec<Vec<u32>> {
    let mut observe = |made: &Made| made.show(|event| row_of(&history.observe(event)));
    stream.iter().map(&mut observe).collect()
}

fn bits(signals: &[f32]) -> Vec<u32> {
    signals.iter().map(|value| value.to_bits()).collect()
}

/// The events as a replay takes them, each with an id of its own.
fn past(stream: &[Made]) -> Vec<Past> {
    let key = HistoryKey::new(&[7; 32]);
    let past = |(place, made): (usize, &Made)| {
        let digest = ringtrue_core::Digest::of(format!("{place} {made:?}").as_bytes());
        let mut id = [0; 16];
        id.copy_from_slice(&digest.bytes()[..16]);
        Past {
            id: EventId(id),
            seen: made.show(|event| Seen::of(event, &key, 4)),
        }
    };
    stream.iter().enumerate().map(past).collect()
}

/// Replays into a small history; the rows stand in the order of the input.
fn replayed(stream: &[Past]) -> (Vec<Vec<u32>>, History) {
    let mut history = small();
    let mut rows = vec![Vec::new(); stream.len()];
    replay(&mut history, stream, |place, signals| {
        rows[place] = bits(signals);
    });
    (rows, history)
}

fn value(novelty: &Novelty, name: &str) -> f32 {
    let mut row = Vec::new();
    append_signals(novelty, &mut row);
    value_of(schema(), &row, name)
}

proptest! {
    #[test]
    fn no_row_sees_its_own_future(stream in stream(), other in stream(), cut in 0_usize..60) {
        let cut = cut.min(stream.len());
        let other_future = [&stream[..cut], &other[..]].concat();
        let one = rows(&mut small(), &stream);
        prop_assert_eq!(&one[..cut], &rows(&mut small(), &other_future)[..cut]);
    }

    #[test]
    fn replaying_is_going_on(stream in stream(), cut in 0_usize..60) {
        let (before, after) = stream.split_at(cut.min(stream.len()));
        let mut whole = small();
        let expected = rows(&mut whole, &stream);
        let mut first = small();
        let mut found = rows(&mut first, before);
        let bytes = first.to_bytes();
        let mut second = History::from_bytes(&bytes, HistoryKey::new(&[7; 32])).expect("own bytes");
        prop_assert_eq!(&second, &first);
        prop_assert_eq!(second.to_bytes(), bytes);
        found.extend(rows(&mut second, after));
        prop_assert_eq!(found, expected);
        prop_assert_eq!(second, whole);
    }

    #[test]
    fn the_order_of_the_input_decides_nothing(stream in stream(), keys in prop::collection::vec(any::<u32>(), 60)) {
        let past = past(&stream);
        let (expected, state) = replayed(&past);
        let mut order: Vec<usize> = (0..past.len()).collect();
        order.sort_by_key(|place| keys[*place]);
        let shuffled: Vec<Past> = order.iter().map(|place| past[*place].clone()).collect();
        let (found, other) = replayed(&shuffled);
        for (place, row) in order.iter().zip(found) {
            prop_assert_eq!(&row, &expected[*place]);
        }
        prop_assert_eq!(other.to_bytes(), state.to_bytes());
    }

    #[test]
    fn later_events_change_no_earlier_row(stream in stream(), other in stream(), cut in 0_i64..5_000) {
        let is_early = |made: &&Made| made.time.is_none_or(|time| time < cut);
        let early: Vec<Made> = stream.iter().filter(is_early).cloned().collect();
        let late: Vec<Made> = other.iter().filter(|made| !is_early(made)).cloned().collect();
        let (alone, _) = replayed(&past(&early));
        let (together, _) = replayed(&past(&[early.clone(), late].concat()));
        prop_assert_eq!(&together[..early.len()], &alone[..]);
    }

    #[test]
    fn replaying_in_parts_of_time_is_replaying_at_once(stream in stream(), cut in 0_i64..5_000) {
        let mut stream = past(&stream);
        stream.sort_by_key(|past| (past.seen.time(), past.id));
        let (expected, whole) = replayed(&stream);
        let middle = stream.partition_point(|past| past.seen.time() < Some(EventTime(cut * 60_000_000)));
        let (mut history, mut found) = (small(), Vec::new());
        for part in [&stream[..middle], &stream[middle..]] {
            replay(&mut history, part, |_, signals| found.push(bits(signals)));
        }
        prop_assert_eq!(found, expected);
        prop_assert_eq!(history, whole);
    }

    #[test]
    fn firsts_are_what_the_shares_count(stream in stream(), event in made()) {
        let mut history = plain();
        rows(&mut history, &stream);
        let distinct: BTreeSet<usize> = event.names.iter().copied().collect();
        let novelty = event.show(|event| history.novelty(event));
        let firsts: Vec<[bool; 3]> = event.show(|event| {
            let firsts = history.firsts(event);
            firsts.iter().map(|first| [first.user, first.host, first.fleet]).collect()
        });
        for (place, share) in [novelty.user, novelty.host, novelty.fleet].map(|level| level.new_share).iter().enumerate() {
            let count = firsts.iter().filter(|first| first[place]).count();
            let expected = if share.is_nan() { 0.0 } else { share * distinct.len() as f32 };
            prop_assert!((count as f32 - expected).abs() < 1e-3, "{count} {expected}");
        }
    }

    #[test]
    fn looking_changes_nothing(stream in stream(), event in made()) {
        let mut history = small();
        rows(&mut history, &stream);
        let looked_at = event.show(|event| row_of(&history.novelty(event)));
        prop_assert_eq!(looked_at, event.show(|event| row_of(&history.observe(event))));
    }

    #[test]
    fn values_are_in_their_ranges(stream in stream()) {
        let mut history = small();
        for made in &stream {
            let novelty = made.show(|event| history.observe(event));
            let mut row = Vec::new();
            append_signals(&novelty, &mut row);
            check_values(schema(), &row, &["strange", "recent", "burst"].map(|word| (word, f32::MIN)))?;
            prop_assert!(history.entities() <= 4);
            prop_assert!(history.held() <= 25 + 5 * 6 + 6, "{}", history.held());
        }
    }

    #[test]
    fn merging_in_any_order_counts_the_same(one in stream(), other in stream()) {
        for start in [small, plain] {
            let (mut a, mut b) = (start(), start());
            rows(&mut a, &one);
            rows(&mut b, &other);
            let (mut ab, mut ba) = (a.clone(), b.clone());
            ab.merge(&b).expect("kept alike");
            ba.merge(&a).expect("kept alike");
            prop_assert_eq!(ab, ba);
        }
    }

    #[test]
    fn merged_counts_are_those_of_the_whole(stream in stream()) {
        // Each user's events, and each host's, are in one part: what follows what is not cut.
        let is_first = |made: &&Made| made.user.is_none_or(|user| user < 2);
        let stream: Vec<Made> = stream.into_iter().map(|made| Made { host: None, ..made }).collect();
        let one: Vec<Made> = stream.iter().filter(is_first).cloned().collect();
        let other: Vec<Made> = stream.iter().filter(|made| !is_first(made)).cloned().collect();
        let (mut whole, mut a, mut b) = (plain(), plain(), plain());
        rows(&mut whole, &stream);
        rows(&mut a, &one);
        rows(&mut b, &other);
        a.merge(&b).expect("kept alike");
        prop_assert_eq!(&a.fleet.names, &whole.fleet.names);
        prop_assert_eq!(&a.fleet.pairs, &whole.fleet.pairs);
        prop_assert_eq!(a.fleet.hours, whole.fleet.hours);
        prop_assert_eq!(&a.holders, &whole.holders);
        prop_assert_eq!((a.events(), a.held()), (whole.events(), whole.held()));
        for (key, entity) in &whole.entities {
            let merged = &a.entities[key];
            prop_assert_eq!((&merged.names, &merged.pairs), (&entity.names, &entity.pairs));
            prop_assert_eq!((merged.first, merged.last), (entity.first, entity.last));
        }
    }

    #[test]
    fn a_forgotten_user_leaves_nothing(stream in stream()) {
        let stream: Vec<Made> = stream.into_iter().map(|made| Made { host: None, ..made }).collect();
        let without: Vec<Made> = stream.iter().filter(|made| made.user != Some(0)).cloned().collect();
        let (mut history, mut expected) = (plain(), plain());
        rows(&mut history, &stream);
        rows(&mut expected, &without);
        prop_assert_eq!(history.remembers(Level::User, USERS[0]), stream.len() > without.len());
        prop_assert_eq!(history.forget(Level::User, USERS[0]), stream.len() > without.len());
        prop_assert!(!history.remembers(Level::User, USERS[0]));
        prop_assert_eq!(&history.fleet.names, &expected.fleet.names);
        prop_assert_eq!(&history.fleet.pairs, &expected.fleet.pairs);
        prop_assert_eq!(&history.holders, &expected.holders);
        prop_assert_eq!(history.held(), expected.held());
    }

    #[test]
    fn damaged_bytes_are_refused_or_whole(stream in stream(), at in 0_usize..4_096, byte in any::<u8>()) {
        let mut history = small();
        rows(&mut history, &stream);
        let mut bytes = history.to_bytes();
        let at = at % bytes.len();
        prop_assert!(History::from_bytes(&bytes[..at], HistoryKey::new(&[7; 32])).is_err());
        bytes[at] = byte;
        if let Ok(read) = History::from_bytes(&bytes, HistoryKey::new(&[7; 32])) {
            prop_assert_eq!(read.to_bytes(), bytes);
        }
    }
}

#[test]
fn bytes_hold_no_name_and_ask_for_their_key() {
    let mut history = plain();
    history.observe(&Observation {
        user: Some("ada.lovelace"),
        host: Some("analytical-engine"),
        names: &["difference-tool"],
        time: None,
    });
    let bytes = history.to_bytes();
    for name in ["ada.lovelace", "analytical-engine", "difference-tool"] {
        let holds = bytes.windows(6).any(|part| part == &name.as_bytes()[..6]);
        assert!(!holds, "{name}");
    }
    let read =
        |bytes: &[u8], secret: u8| History::from_bytes(bytes, HistoryKey::new(&[secret; 32]));
    assert!(read(&bytes, 0).is_ok());
    assert_eq!(read(&bytes, 1).err(), Some(HistoryError::Key));
    assert_eq!(read(b"rt-other", 0).err(), Some(HistoryError::NotAHistory));
    let later = [b"rt-habit", &bytes[8..]].concat();
    assert!(read(&later, 0).is_ok());
    let later = [&b"rt-habit\x02"[..], &bytes[9..]].concat();
    assert_eq!(read(&later, 0).err(), Some(HistoryError::Format(2)));
    let longer = [&bytes[..], b"x"].concat();
    assert_eq!(
        read(&longer, 0).err(),
        Some(HistoryError::Damaged { before: 1 })
    );
    let mut other = small();
    assert_eq!(other.merge(&history), Err(HistoryError::Key));
    let limits = Limits {
        history_names_max: 9,
        ..Limits::default()
    };
    let mut other = History::new(HistoryKey::public(), HistoryParameters::default(), &limits);
    assert_eq!(other.merge(&history), Err(HistoryError::Parameters));
}

const MAKER: &[&str] = &["cd", "vi", "make", "make", "ls"];
const KEEPER: &[&str] = &["cd", "mail", "ledger", "lpr", "ls"];

fn at<'a>(user: &'a str, names: &'a [&'a str], minute: i64) -> Observation<'a> {
    Observation {
        user: Some(user),
        host: None,
        names,
        time: Some(EventTime(minute * 60_000_000)),
    }
}

/// Ten months of a user who makes things, at ten o'clock, and of one who keeps books, at eleven.
fn two_users(guard_bits: f64) -> History {
    let parameters = HistoryParameters {
        guard_bits,
        ..HistoryParameters::default()
    };
    let mut history = History::new(HistoryKey::public(), parameters, &Limits::default());
    for day in 0..300 {
        for round in 0..2 {
            history.observe(&at("maker", MAKER, day * 1_440 + 600 + round));
            history.observe(&at("keeper", KEEPER, day * 1_440 + 660 + round));
        }
    }
    history
}

#[test]
fn a_stranger_in_an_account_stands_out() {
    let history = two_users(0.5);
    let usual = history.novelty(&at("maker", MAKER, 300 * 1_440 + 600));
    let taken = history.novelty(&at("maker", KEEPER, 300 * 1_440 + 180));
    for name in [
        "user_rarest_bits",
        "user_program_bits",
        "user_pair_bits",
        "user_new_share",
        "user_foreign_share",
        "user_strange_bits",
        "user_recent_bits",
        "user_hour_bits",
    ] {
        let (usual, taken) = (value(&usual, name), value(&taken, name));
        assert!(taken > usual, "{name}: {taken} after {usual}");
    }
    for (name, expected) in [
        ("user_foreign_share", 0.6),
        ("user_events", 600.0),
        ("user_programs", 4.0),
        ("fleet_holders", 1.0),
        ("user_gap_seconds", 60.0 * (840.0 + 179.0)),
        ("user_known_seconds", 86_400.0 * 300.0 - 60.0 * 420.0),
    ] {
        assert!((value(&taken, name) - expected).abs() < 1e-4, "{name}");
    }
}

#[test]
fn a_stranger_does_not_teach_the_account_to_be_his() {
    let strange_after = |guard_bits| {
        let mut history = two_users(guard_bits);
        for minute in 0..200 {
            history.observe(&at("maker", KEEPER, 300 * 1_440 + 180 + minute));
        }
        let novelty = history.novelty(&at("maker", KEEPER, 300 * 1_440 + 381));
        assert!(value(&novelty, "user_burst_bits") > 2.0);
        value(&novelty, "user_strange_bits")
    };
    let (guarded, credulous) = (strange_after(0.5), strange_after(f64::MAX));
    assert!(guarded > 1.5, "{guarded}");
    assert!(credulous < guarded / 2.0, "{credulous}");
}

#[test]
fn hostile_names_do_not_fill_the_memory() {
    let limits = Limits {
        history_entities_max: 50,
        history_names_max: 64,
        history_pairs_max: 64,
        history_fleet_names_max: 128,
        history_counts_max: 2_000,
        ..Limits::default()
    };
    let mut history = History::new(HistoryKey::public(), HistoryParameters::default(), &limits);
    let own: &[&str] = &["ls", "cd", "cat"];
    for round in 0..3_000 {
        let names: Vec<String> = (0..5).map(|name| format!("x{round}-{name}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let user = format!("u{}", round % 200);
        history.observe(&Observation {
            user: Some(&user),
            names: &names,
            ..Observation::default()
        });
        history.observe(&Observation {
            user: Some("ada"),
            names: own,
            ..Observation::default()
        });
        assert!(history.entities() <= 50);
        assert!(history.held() <= 2_000 + 5 * 128 + 128);
    }
    // What is usual outlives the noise.
    let novelty = history.novelty(&Observation {
        user: Some("ada"),
        names: own,
        ..Observation::default()
    });
    assert!(value(&novelty, "user_new_share") <= 0.0);
    assert!(value(&novelty, "fleet_new_share") <= 0.0);
}

#[test]
fn events_without_names_or_entities_have_gaps_and_no_more() {
    let mut history = plain();
    let nothing = history.observe(&Observation::default());
    let mut row = Vec::new();
    append_signals(&nothing, &mut row);
    assert!(row.iter().all(|value| value.is_nan()), "{row:?}");
    append_signals(&Novelty::NONE, &mut row);
    assert_eq!(row.len(), 2 * schema().signals.len());
    let first = history.observe(&Observation {
        user: Some("ada"),
        names: &["ls"],
        ..Observation::default()
    });
    assert!((value(&first, "user_new_share") - 1.0).abs() < 1e-6);
    assert!(
        value(&first, "user_strange_bits").abs() < 1e-6,
        "nothing is known"
    );
    assert!(value(&first, "host_new_share").is_nan());
}

#[test]
fn declarations_are_complete() {
    assert_eq!(schema().themes(), ["habit", "rhythm"]);
    check_schema(schema(), "habit/1 39b75180a172");
}
