//! Who should look at what: how often each person says what the others decided, and where a second look pays.

use std::collections::BTreeMap;

use ringtrue_core::metrics::{Rate, Unsupported, supported};
use ringtrue_core::{EventId, EventTime, Label};

use crate::decided::{Decided, Ledger, Own, State};

/// What items are about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// What others decided is malicious.
    Malicious,
    /// What others decided is benign.
    Benign,
    /// Malicious events of a family.
    Family(String),
}

impl Subject {
    /// Returns the words that scripts rely on; a family stands by its name.
    #[must_use]
    pub fn words(&self) -> &str {
        match self {
            Self::Malicious => "malicious",
            Self::Benign => "benign",
            Self::Family(name) => name,
        }
    }
}

/// How often one person says what the others decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Labeller {
    /// Who.
    pub who: String,
    /// As what, by their latest entry.
    pub role: String,
    /// Events of which their word stands.
    pub labels: u64,
    /// Events that others decided too, and of which they did not say unsure.
    pub asked: u64,
    /// On how many of them they say the same.
    pub right: u64,
    /// The same by what the items were about, as far as the numbers support it.
    pub by_subject: BTreeMap<Subject, Result<Rate, Unsupported>>,
}

/// Who should look at items of one subject.
#[derive(Clone, Debug, PartialEq)]
pub struct Assigned {
    /// Of what.
    pub subject: Subject,
    /// Those of whom nobody is shown to be better, best first; empty if nobody was measured.
    pub who: Vec<String>,
}

/// What is known of those who label.
#[derive(Clone, Debug, PartialEq)]
pub struct People {
    /// Each of them, in order of names.
    pub labellers: Vec<Labeller>,
    /// Who should look at what.
    pub assigned: Vec<Assigned>,
    /// How often one person alone is wrong, by what the others decided.
    pub wrong: Result<Rate, Unsupported>,
}

impl People {
    /// Returns the price of a mistake from which on a second look at `review` each pays, with its interval (lowest, highest): where it is wrong to trust one
    /// person, times the price, costs more than the look.
    #[must_use]
    pub fn two_pay_above(&self, review: f64) -> Option<(f64, [f64; 2])> {
        let wrong = self.wrong.as_ref().ok()?;
        let above = |share: f64| review / share;
        (wrong.value > 0.0).then(|| (above(wrong.value), [above(wrong.high), above(wrong.low)]))
    }
}

#[derive(Default)]
struct Tally {
    role: String,
    labels: u64,
    /// By subject: right, asked.
    by_subject: BTreeMap<Subject, [u64; 2]>,
}

/// Compares what each person says with what the others decided without them. `of` returns of an event what came with it and its family.
pub fn people<'a>(
    ledger: &Ledger,
    now: EventTime,
    of: impl Fn(&EventId) -> Option<(Own, Option<&'a str>)>,
) -> People {
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    for standing in ledger.standing() {
        let entry = standing.entry;
        if !entry.method.is_person() {
            continue;
        }
        let tally = tallies.entry(entry.who.trim()).or_default();
        tally.labels += 1;
        tally.role.clone_from(&entry.role);
        let Some((own, family)) = of(standing.event) else {
            continue;
        };
        let others = ledger.state_without(standing.event, entry.who.trim(), own, now);
        let State::Decided(Decided { label: truth, .. }) = others else {
            continue;
        };
        if truth == Label::Unsure || entry.label == Some(Label::Unsure) {
            continue;
        }
        let is_right = u64::from(entry.label == Some(truth));
        for subject in subjects(truth, family) {
            let [right, asked] = tally.by_subject.entry(subject).or_default();
            *right += is_right;
            *asked += 1;
        }
    }
    let labellers: Vec<Labeller> = tallies.into_iter().map(labeller).collect();
    let sum = |of: fn(&Labeller) -> u64| labellers.iter().map(of).sum::<u64>();
    let (right, asked) = (sum(|it| it.right), sum(|it| it.asked));
    People {
        assigned: assigned(&labellers),
        wrong: supported(asked - right, asked),
        labellers,
    }
}

fn subjects(truth: Label, family: Option<&str>) -> Vec<Subject> {
    match (truth, family) {
        (Label::Malicious, Some(name)) => {
            vec![Subject::Malicious, Subject::Family(name.to_owned())]
        }
        (Label::Malicious, None) => vec![Subject::Malicious],
        _ => vec![Subject::Benign],
    }
}

fn labeller((who, tally): (&str, Tally)) -> Labeller {
    let classes = [Subject::Malicious, Subject::Benign];
    let of_class = |at: usize| {
        let counts = classes.iter().filter_map(|it| tally.by_subject.get(it));
        counts.map(|it| it[at]).sum()
    };
    Labeller {
        who: who.to_owned(),
        role: tally.role.clone(),
        labels: tally.labels,
        right: of_class(0),
        asked: of_class(1),
        by_subject: tally
            .by_subject
            .into_iter()
            .map(|(subject, [right, asked])| (subject, supported(right, asked)))
            .collect(),
    }
}

/// Returns for each subject those of whom nobody is shown to be better: whose interval reaches up to the low end of the best.
fn assigned(labellers: &[Labeller]) -> Vec<Assigned> {
    let mut subjects = vec![Subject::Malicious, Subject::Benign];
    let named = labellers.iter().flat_map(|it| it.by_subject.keys());
    subjects.extend(named.filter(|it| matches!(it, Subject::Family(_))).cloned());
    subjects.sort();
    subjects.dedup();
    let of = |subject: Subject| {
        let rated = labellers.iter().filter_map(|it| {
            let rate = it.by_subject.get(&subject)?.as_ref().ok()?;
            Some((rate, it.who.clone()))
        });
        let mut rated: Vec<(&Rate, String)> = rated.collect();
        rated.sort_by(|one, two| two.0.low.total_cmp(&one.0.low).then(one.1.cmp(&two.1)));
        let best = rated.first().map_or(0.0, |(rate, _)| rate.low);
        Assigned {
            who: rated
                .into_iter()
                .filter(|(rate, _)| rate.high >= best)
                .map(|(_, who)| who)
                .collect(),
            subject,
        }
    };
    subjects.into_iter().map(of).collect()
}
