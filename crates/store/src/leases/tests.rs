//! What leases must hold: they end by themselves whatever the clock does, two never take the same, and a kill loses nothing.

use super::*;

const HOUR: i64 = 3_600_000_000;
const NOON: EventTime = EventTime(1_000 * HOUR);

fn later(hours: i64) -> EventTime {
    EventTime(NOON.0 + hours * HOUR)
}

fn event(number: u8) -> EventId {
    EventId([number; 16])
}

fn lease(who: &str, until: EventTime, events: &[u8]) -> Lease {
    Lease {
        who: who.to_owned(),
        task: "phishing".to_owned(),
        until,
        events: events.iter().map(|it| event(*it)).collect(),
    }
}

fn take(store: &Store, lease: &Lease, now: EventTime) {
    assert!(store.lease_if(lease, now, |_| true).unwrap());
}

fn holders(store: &Store, number: u8, now: EventTime) -> Vec<String> {
    let leases = store.leases("phishing").unwrap();
    let found = leases.holders(&event(number), now);
    found.map(str::to_owned).collect()
}

#[test]
fn a_lease_ends_by_itself_and_is_of_one_task() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    assert_eq!(store.leases("phishing").unwrap(), Leases::default());
    take(&store, &lease("ann", later(4), &[1, 2]), NOON);
    take(&store, &lease("ben", later(2), &[2]), later(1));
    assert_eq!(holders(&store, 1, later(1)), ["ann"]);
    assert_eq!(holders(&store, 2, later(1)), ["ann", "ben"]);
    assert_eq!(holders(&store, 2, later(2)), ["ann"], "ben's ended");
    assert!(holders(&store, 1, later(4)).is_empty());
    assert!(holders(&store, 3, NOON).is_empty());
    assert_eq!(store.leases("spam").unwrap(), Leases::default());
}

#[test]
fn the_last_word_of_each_counts() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    take(&store, &lease("ann", later(4), &[1, 2]), NOON);
    take(&store, &lease("ann", later(1), &[2]), later(1));
    assert_eq!(holders(&store, 1, later(1)), ["ann"]);
    assert!(holders(&store, 2, later(1)).is_empty(), "it was given back");
    take(&store, &lease("ann", later(6), &[2]), later(2));
    assert_eq!(holders(&store, 2, later(5)), ["ann"]);
}

#[test]
fn a_clock_that_was_put_back_blocks_nothing_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    take(&store, &lease("ann", later(4), &[1]), NOON);
    // A little behind, as two machines are: it holds, so that two who ask at once are told apart.
    assert_eq!(holders(&store, 1, later(-3)), ["ann"]);
    assert!(holders(&store, 1, later(-4)).is_empty());
    assert!(holders(&store, 1, EventTime(i64::MIN)).is_empty());
    assert!(holders(&store, 1, EventTime(i64::MAX)).is_empty());
}

#[test]
fn of_two_that_ask_at_once_one_gets_it() {
    let folder = tempfile::tempdir().unwrap();
    drop(Store::open(folder.path()).unwrap());
    let path = folder.path();
    let taken = |who: &'static str| {
        let store = Store::open(path).unwrap();
        let each = (0..40).filter(|number| {
            let wanted = lease(who, later(4), &[*number]);
            let is_free = |leases: &Leases| {
                let mut holders = leases.holders(&event(*number), NOON);
                holders.next().is_none()
            };
            store.lease_if(&wanted, NOON, is_free).unwrap()
        });
        each.collect::<Vec<u8>>()
    };
    let mut all = std::thread::scope(|scope| {
        let people = ["ann", "ben", "cy"].map(|who| scope.spawn(move || taken(who)));
        people.map(|it| it.join().unwrap()).concat()
    });
    all.sort_unstable();
    assert_eq!(all, (0..40).collect::<Vec<u8>>(), "each event is one's");
}

#[test]
fn an_interrupted_lease_leaves_the_others() {
    use std::io::Write;
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    take(&store, &lease("ann", later(4), &[1]), NOON);
    let log = folder.path().join("logs/leases/00000000000000000000.log");
    let whole = std::fs::read(&log).unwrap();
    take(&store, &lease("ben", later(4), &[2]), NOON);
    let both = std::fs::read(&log).unwrap();
    for end in whole.len()..both.len() {
        let mut file = std::fs::File::create(&log).unwrap();
        file.write_all(&both[..end]).unwrap();
        assert_eq!(holders(&store, 1, NOON), ["ann"], "cut at {end}");
        take(&store, &lease("cy", later(4), &[3]), NOON);
        assert_eq!(holders(&store, 3, NOON), ["cy"], "cut at {end}");
    }
}

#[test]
fn what_is_forgotten_leaves_no_byte() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    store.forget_leases().unwrap();
    take(&store, &lease("ann", later(4), &[1]), NOON);
    store.forget_leases().unwrap();
    assert!(holders(&store, 1, NOON).is_empty());
    let log = folder.path().join("logs/leases/00000000000000000000.log");
    let bytes = std::fs::read(log).unwrap();
    assert!(!bytes.windows(3).any(|it| it == b"ann"));
    take(&store, &lease("ben", later(4), &[1]), NOON);
    assert_eq!(holders(&store, 1, NOON), ["ben"]);
}
