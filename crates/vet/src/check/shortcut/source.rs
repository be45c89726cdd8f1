//! Sources: do they decide the label, can they be told from an event, and what is left without one?

use ringtrue_core::Label;

use super::{SOURCE_IS_LABEL, SOURCE_LEFT_OUT, SOURCE_SHOWS};
use crate::alone::Alone;
use crate::check::variables::listed;
use crate::columns::Values;
use crate::data::{Data, NO_NAME};
use crate::finding::{Effect, Finding, Remedy, Severity, Subject};
use crate::scores::folded;
use ringtrue_core::task::figures::per_cent;

/// Share of a source's events that are of one class, in a source of one class.
const PURE_MIN: f64 = 0.99;
/// Share of each class that must come from sources of one class, for the source to decide the label.
const DECIDED_MIN: f64 = 0.95;
/// Area under the curve from which the source tells much of the label.
const TELLS_MIN: f64 = 0.8;
/// Events of a source that make it worth asking for.
const SOURCE_EVENTS_MIN: usize = 100;
/// Area from which the source shows in an event.
const SHOWS_MIN: f64 = 0.9;
/// Fall of the area under the curve that is told.
const FALL_MIN: f64 = 0.05;

pub(super) fn check(data: &Data<'_>, alone: &Alone<'_, '_>) -> Vec<Finding> {
    if data.sources.names.is_empty() {
        return Vec::new();
    }
    let mut findings: Vec<Finding> = left_out(data);
    let Some(sides) = Sides::of(data) else {
        return findings;
    };
    if sides.decided() >= DECIDED_MIN {
        findings.push(sides.finding(data));
    }
    let words = Values::Words {
        of: data.sources.of.clone(),
        words: data.sources.names.clone(),
    };
    let auc = alone.auc(&alone.levels(&words));
    if auc >= TELLS_MIN {
        let shown = [Label::Benign, Label::Malicious].map(|label| shows(data, label, auc));
        findings.extend(shown.into_iter().flatten());
    }
    findings
}

/// The sources of each class.
struct Sides {
    /// Names of sources of benign events alone, and of malicious ones alone.
    pure: [Vec<String>; 2],
    /// Share of each class that comes from them.
    share: [f64; 2],
    counts: [usize; 2],
}

impl Sides {
    /// Returns nothing unless there are two sources and both classes.
    fn of(data: &Data<'_>) -> Option<Self> {
        let mut sources = vec![[0_usize; 2]; data.sources.names.len()];
        let (mut counts, mut from_pure) = ([0_usize; 2], [0_usize; 2]);
        for at in data.decided() {
            let class = usize::from(data.malicious[at as usize]);
            counts[class] += 1;
            if let Some(source) = sources.get_mut(data.sources.of[at as usize] as usize) {
                source[class] += 1;
            }
        }
        let mut pure = [Vec::new(), Vec::new()];
        for (name, [benign, malicious]) in data.sources.names.iter().zip(&sources) {
            let class = usize::from(malicious > benign);
            let own = *benign.max(malicious);
            if own > 0 && own as f64 >= PURE_MIN * (benign + malicious) as f64 {
                pure[class].push((own, name.to_string()));
                from_pure[class] += own;
            }
        }
        let is_asked = sources.len() >= 2 && counts.iter().all(|count| *count > 0);
        let share = |class: usize| from_pure[class] as f64 / counts[class].max(1) as f64;
        is_asked.then(|| Self {
            share: [share(0), share(1)],
            counts,
            pure: pure.map(|mut names: Vec<(usize, String)>| {
                names
                    .sort_by(|left, right| right.0.cmp(&left.0).then_with(|| left.1.cmp(&right.1)));
                names.into_iter().map(|(_, name)| name).collect()
            }),
        })
    }

    fn decided(&self) -> f64 {
        self.share[0].min(self.share[1])
    }

    fn finding(&self, data: &Data<'_>) -> Finding {
        let [benign, malicious] = &self.pure;
        let side = |class: usize, word: &str| {
            format!(
                "{} of {} {word} events come from {}, which {} no other",
                per_cent(self.share[class]),
                self.counts[class],
                listed(&self.pure[class]),
                if self.pure[class].len() == 1 {
                    "has"
                } else {
                    "have"
                },
            )
        };
        let title = format!(
            "the source decides the label: {}; {}",
            side(1, "malicious"),
            side(0, "benign")
        );
        let is_single = benign.len() == 1 || malicious.len() == 1;
        let meaning = if is_single {
            "Whatever tells these collections apart (who gathered them, when, how they were written down) tells the classes apart. All figures \
             hold for telling these sources apart and for nothing else: they are no evidence that malicious events of another source would be \
             found, or that other benign ones would be let through."
        } else {
            "Whatever tells these collections apart tells the classes apart. Each class has several sources, so the score on a source that was \
             left out is the figure to claim; the others hold for these sources alone."
        };
        let remedy = Remedy::advice(
            "add benign events that were collected where the malicious ones were, and malicious ones from where the benign ones are; until then \
             claim nothing beyond these sources, and judge on traffic of your own",
        );
        let names = malicious.iter().chain(benign).take(20).cloned();
        let evidence =
            [Label::Malicious, Label::Benign].map(|label| data.of_class(label).into_iter().take(3));
        Finding::new(
            SOURCE_IS_LABEL,
            Severity::Warning,
            Subject::sources(names),
            title,
            remedy,
        )
        .meaning(meaning)
        .effect(Effect::exact(
            "share of the class that its own sources give",
            self.decided(),
        ))
        .evidence(evidence.into_iter().flatten())
    }
}

/// Asks whether the largest source of a class can be told from the other sources of that class.
fn shows(data: &Data<'_>, label: Label, source_auc: f64) -> Option<Finding> {
    let members = data.of_class(label);
    let mut counts = vec![0_usize; data.sources.names.len()];
    for at in &members {
        if let Some(count) = counts.get_mut(data.sources.of[*at as usize] as usize) {
            *count += 1;
        }
    }
    let largest =
        (0..counts.len()).max_by_key(|source| (counts[*source], std::cmp::Reverse(*source)))?;
    let others = counts.iter().sum::<usize>() - counts[largest];
    if counts[largest].min(others) < SOURCE_EVENTS_MIN {
        return None;
    }
    let side = |at: u32| match data.sources.of[at as usize] {
        NO_NAME => Label::Unsure,
        source if source as usize == largest => Label::Malicious,
        _ => Label::Benign,
    };
    let mut sides = vec![Label::Unsure; data.len()];
    for at in &members {
        sides[*at as usize] = side(*at);
    }
    let campaigns: Vec<u32> = members
        .iter()
        .map(|at| data.campaigns()[*at as usize])
        .collect();
    let (train, test) = folded(data, &members, &campaigns);
    let score = data.probe_sides(&sides, &train, &test).ok()?;
    let name = data.sources.names.get(largest)?.to_string();
    if score.interval[0] < SHOWS_MIN {
        return None;
    }
    let title = format!(
        "among {} events, those from `{name}` are told from the others' with an AUC of {:.3}, and the source tells the label with {source_auc:.3}",
        label.word(),
        score.auc
    );
    let remedy = Remedy::advice(
        "judge on sources that were left out of training, and mix sources within each class so that knowing one tells nothing of the label",
    );
    let finding = Finding::new(SOURCE_SHOWS, Severity::Warning, Subject::sources([name]), title, remedy)
        .meaning("An event gives its collector away, and the collector gives the label away: a detector may learn that way round.")
        .effect(Effect::estimated("auc of the source within a class", score.auc, score.interval))
        .evidence(members.into_iter().filter(|at| sides[*at as usize] == Label::Malicious));
    Some(finding)
}

/// Tells of sources on which a detector that never saw them does worse.
fn left_out(data: &Data<'_>) -> Vec<Finding> {
    let scores = data.scores();
    let Ok(random) = &scores.random else {
        return Vec::new();
    };
    let fell = scores.without_source.iter().filter_map(|(name, score)| {
        let score = score.as_ref().ok()?;
        let fall = random.auc - score.auc;
        let is_sure = score.interval[1] < random.interval[0];
        (fall >= FALL_MIN && is_sure).then_some((name, score))
    });
    let finding = |(name, score): (&String, &crate::probe::Score)| {
        let title = format!(
            "learned without `{name}` and asked about it, the AUC is {:.3} rather than {:.3}",
            score.auc, random.auc
        );
        let remedy = Remedy::advice(
            "state the lower figure for sources that were never seen; add sources like it, and look at its mistakes for what was learned instead",
        );
        Finding::new(SOURCE_LEFT_OUT, Severity::Warning, Subject::sources([name]), title, remedy)
            .meaning("What is learned from the other sources does not carry over to this one, so it will not to the next one either.")
            .effect(Effect::estimated("auc on the source left out", score.auc, score.interval))
    };
    fell.map(finding).collect()
}
