//! Does a column give the label away?
//!
//! ```text
//!   each column ──levels──► alone (out of fold, and ahead in time) ──► strong ones ──bootstrap──► decides? filled for one class? named after a verdict? later than the event?
//! ```
//!
//! What a signal reads blocks; what none reads is told in one note, since a derived column may read it tomorrow. Evidence (a URL, a mail, a
//! command) is no column here: what decides in it is asked by the check for shortcuts.

use ringtrue_core::metrics::upper_bound;

use super::Check;
use super::names::knows_the_label;
use crate::alone::{Alone, chance, time_numbers, times};
use crate::code::Code;
use crate::columns::Column;
use crate::data::Data;
use crate::finding::{Effect, Finding, Owner, Remedy, Severity, Subject};
use crate::lines;
use crate::probe::{Score, Unscored};
use ringtrue_core::task::figures::per_cent;

const DECIDES: Code = Check::Leaking.code("V061", "one column decides", Owner::Analyst);
const ONE_CLASS_FILLED: Code =
    Check::Leaking.code("V062", "filled for one class only", Owner::Analyst);
const NAMED: Code = Check::Leaking.code(
    "V063",
    "named after a verdict, and tells as much",
    Owner::Analyst,
);
const LATER: Code = Check::Leaking.code("V064", "known only after the event", Owner::Analyst);
const ORDER: Code = Check::Leaking.code(
    "V065",
    "the order of rows gives the label away",
    Owner::DataScientist,
);
const LABEL_FIRST: Code = Check::Leaking.code(
    "V066",
    "labels known before their events",
    Owner::DataScientist,
);
const VERDICTS: Code = Check::Leaking.code("V067", "verdicts of other products", Owner::Analyst);
const UNREAD: Code = Check::Leaking.code(
    "V068",
    "columns that no signal reads would give the label away",
    Owner::DataScientist,
);
const CANNOT_TELL: Code = Check::Leaking.code(
    "V069",
    "too few events to ask what leaks",
    Owner::DataScientist,
);

/// What this check may find.
pub(super) const CODES: &[Code] = &[
    DECIDES,
    ONE_CLASS_FILLED,
    NAMED,
    LATER,
    ORDER,
    LABEL_FIRST,
    VERDICTS,
    UNREAD,
    CANNOT_TELL,
];

/// Area under the curve from which, at the interval's lower end, a column alone decides. The best honest columns of public data (bytes sent,
/// the service asked) reach 0.975.
const DECIDES_MIN: f64 = 0.99;
/// The same for a column whose name speaks of verdicts, or that is filled for one class only: two signs together.
const TWO_SIGNS_MIN: f64 = 0.85;
/// Area from which a column whose name speaks of verdicts is told at all.
const NAMED_MIN: f64 = 0.7;
/// Area from which a column is looked at closely.
const LOOKED_AT_MIN: f64 = 0.7;
/// Columns that are looked at closely; the strongest.
const LOOKED_AT_MAX: usize = 40;
/// Columns told one by one; the rest stand in one finding.
const TOLD_MAX: usize = 20;
/// Share of a class that has a value where the other class has none.
const FILLED_MIN: f64 = 0.5;
/// Share of the other class that may have one, at the upper end of its interval.
const UNFILLED_MAX: f64 = 0.01;
/// Share of events whose column of times lies after them.
const LATER_SHARE_MIN: f64 = 0.5;
/// Share of labels that may be older than their events: clocks differ.
const LABEL_FIRST_MAX: f64 = 0.01;
/// Share of one class with a verdict header, less that of the other, from which it is told.
const VERDICT_DIFFERENCE_MIN: f64 = 0.2;
/// Events of a class that columns are asked about, by how many columns there are: the time stays about the same.
const ASKED: [(usize, usize); 3] = [(60, 20_000), (600, 5_000), (usize::MAX, 1_000)];

/// Runs the check.
pub(super) fn check(data: &Data<'_>) -> Vec<Finding> {
    let count = data.columns.all.len();
    let most = ASKED.iter().find(|(columns, _)| count <= *columns);
    let mut findings: Vec<Finding> = label_first(data).into_iter().collect();
    match Alone::new(data, most.map_or(1_000, |(_, most)| *most)) {
        Ok(alone) => {
            findings.extend(columns(data, &alone));
            findings.extend(order(data, &alone));
            findings.extend(verdict_headers(data));
        }
        Err(unscored) => findings.push(cannot_tell(&unscored)),
    }
    findings
}

fn cannot_tell(unscored: &Unscored) -> Finding {
    let remedy = Remedy::advice("gather more events of the rarer class");
    let subject = Subject::default();
    Finding::new(
        CANNOT_TELL,
        Severity::CannotTell,
        subject,
        unscored.to_string(),
        remedy,
    )
}

/// What was measured of a column.
struct Suspect<'a> {
    column: &'a Column,
    score: Score,
    is_used: bool,
    /// Malicious and benign events that have a value, as shares.
    filled: [f64; 2],
    /// Whether one class has values and the other none, and which has.
    only: Option<bool>,
    /// Share of its times that lie after the event.
    later: f64,
    is_named: bool,
}

fn columns(data: &Data<'_>, alone: &Alone<'_, '_>) -> Vec<Finding> {
    let mut suspects = suspects(data, alone);
    suspects.retain(|suspect| suspect.code().is_some());
    let (used, unread): (Vec<Suspect<'_>>, Vec<Suspect<'_>>) =
        suspects.into_iter().partition(|suspect| suspect.is_used);
    let mut findings: Vec<Finding> = used
        .iter()
        .take(TOLD_MAX)
        .filter_map(|it| told(data, it))
        .collect();
    findings.extend(rest(data, used.get(TOLD_MAX..).unwrap_or_default()));
    findings.extend(unread_note(data, &unread));
    findings
}

/// Returns the columns that look as if they told the label, the strongest first.
fn suspects<'d>(data: &'d Data<'_>, alone: &Alone<'_, '_>) -> Vec<Suspect<'d>> {
    let is_evidence = |name: &str| Some(name) == data.kind().evidence();
    let malicious = alone.malicious();
    let positive = malicious.iter().filter(|is| **is).count();
    let asked = data
        .columns
        .all
        .iter()
        .filter(|column| !is_evidence(&column.name));
    let asked: Vec<&Column> = asked.collect();
    let floor = 0.5 + chance(positive, malicious.len() - positive, asked.len());
    let mut strong: Vec<(f64, &Column, Vec<u32>, f64)> = Vec::new();
    for column in asked {
        let times = times(&column.values);
        let levels = match &times {
            Some(times) => {
                let numbers = time_numbers(times);
                let number = |at: &u32| numbers.get(*at as usize).copied().unwrap_or(f64::NAN);
                alone.ranges(&alone.members.iter().map(number).collect::<Vec<f64>>())
            }
            None => alone.levels(&column.values),
        };
        let later = times.map_or(0.0, |times| later_share(data, &times));
        let auc = alone.auc(&levels);
        let is_strong = auc >= LOOKED_AT_MIN.max(floor);
        if is_strong || (later >= LATER_SHARE_MIN && data.is_used(column)) {
            strong.push((auc, column, levels, later));
        }
    }
    strong.sort_by(|left, right| {
        right
            .0
            .total_cmp(&left.0)
            .then_with(|| left.1.name.cmp(&right.1.name))
    });
    strong.truncate(LOOKED_AT_MAX);
    let measured = strong.into_iter().filter_map(|(_, column, levels, later)| {
        let score = alone.score(&levels).ok()?;
        let (filled, only) = filled(alone, column);
        Some(Suspect {
            column,
            score,
            is_used: data.is_used(column),
            filled,
            only,
            later,
            is_named: knows_the_label(&column.name),
        })
    });
    measured.collect()
}

/// Returns the share of known times of a column that lie after their events.
fn later_share(data: &Data<'_>, times: &[Option<ringtrue_core::EventTime>]) -> f64 {
    let both = times
        .iter()
        .zip(&data.times)
        .filter_map(|(column, event)| Some(((*column)?, (*event)?)));
    let (mut known, mut later) = (0_u32, 0_u32);
    for (column, event) in both {
        known += 1;
        later += u32::from(column > event);
    }
    f64::from(later) / f64::from(known.max(1))
}

/// Returns the share of malicious and of benign members that have a value, and which class alone has.
fn filled(alone: &Alone<'_, '_>, column: &Column) -> ([f64; 2], Option<bool>) {
    let (mut filled, mut all) = ([0_u64; 2], [0_u64; 2]);
    for (member, malicious) in alone.members.iter().zip(alone.malicious()) {
        let class = usize::from(!malicious);
        all[class] += 1;
        filled[class] += u64::from(!column.values.is_missing(*member as usize));
    }
    let share = |class: usize| filled[class] as f64 / all[class].max(1) as f64;
    let is_only = |class: usize| {
        let other = 1 - class;
        share(class) >= FILLED_MIN && upper_bound(filled[other], all[other], 0.95) <= UNFILLED_MAX
    };
    let only = match (is_only(0), is_only(1)) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ => None,
    };
    ([share(0), share(1)], only)
}

impl Suspect<'_> {
    fn code(&self) -> Option<Code> {
        let low = self.score.interval[0];
        if low >= DECIDES_MIN {
            Some(DECIDES)
        } else if self.only.is_some() && low >= TWO_SIGNS_MIN {
            Some(ONE_CLASS_FILLED)
        } else if self.is_named && low >= NAMED_MIN {
            Some(NAMED)
        } else if self.later >= LATER_SHARE_MIN {
            Some(LATER)
        } else {
            None
        }
    }

    fn title(&self, code: Code) -> String {
        let name = &self.column.name;
        let auc = self.score.auc;
        let [malicious, benign] = self.filled.map(per_cent);
        if self.only.is_some() {
            return format!(
                "`{name}` has a value in {malicious} of malicious and {benign} of benign events, and alone reaches an AUC of {auc:.3}"
            );
        }
        match code.code {
            "V063" => format!(
                "`{name}` sounds like somebody's verdict, and alone reaches an AUC of {auc:.3}"
            ),
            "V064" => format!(
                "{} of the times in `{name}` lie after their events",
                per_cent(self.later)
            ),
            _ => format!("`{name}` alone reaches an AUC of {auc:.3}"),
        }
    }

    const fn meaning(&self, code: Code) -> &'static str {
        if self.only.is_some() {
            return "Whoever filled it in knew the label, or only one class was collected with it: a detector learns to look whether it is filled, \
                    and nothing will be there when an event comes.";
        }
        match code.code.as_bytes() {
            b"V063" => {
                "What others concluded of an event is not there when it comes, or comes late: a detector learns to repeat it, and its figures \
                 are theirs."
            }
            b"V064" => {
                "What is written down after the event is not there when a verdict is due; figures that rest on it are those of a detector that \
                 sees the future."
            }
            _ => {
                "An honest column seldom decides alone. Most that do are the label under another name, or are filled in once it is known; the \
                 figures of a detector that reads it mean nothing then."
            }
        }
    }
}

fn told(data: &Data<'_>, suspect: &Suspect<'_>) -> Option<Finding> {
    let code = suspect.code()?;
    // Of a code that decides or is filled for one class, the lower end is above this anyway.
    let is_weak = suspect.score.interval[0] < TWO_SIGNS_MIN;
    let severity = if is_weak {
        Severity::Warning
    } else {
        Severity::Blocking
    };
    let name = suspect.column.name.to_string();
    let remedy = Remedy::task(
        "keep it from signals, unless somebody can say that it is there, unchanged, when an event comes",
        drop_lines(data, &[&name]),
    );
    let title = suspect.title(code);
    let finding = Finding::new(code, severity, Subject::columns([name]), title, remedy)
        .meaning(suspect.meaning(code))
        .effect(Effect::estimated(
            "auc of this column alone",
            suspect.score.auc,
            suspect.score.interval,
        ))
        .evidence(examples(data, suspect.column));
    Some(finding)
}

/// Returns a few events of both classes that have a value.
fn examples(data: &Data<'_>, column: &Column) -> Vec<u32> {
    let of = |malicious: bool| {
        let has_value = move |at: &u32| {
            data.malicious[*at as usize] == malicious && !column.values.is_missing(*at as usize)
        };
        data.decided().into_iter().filter(has_value).take(5)
    };
    of(true).chain(of(false)).collect()
}

fn rest(data: &Data<'_>, suspects: &[Suspect<'_>]) -> Option<Finding> {
    let names: Vec<&str> = suspects.iter().map(|it| &*it.column.name).collect();
    let (first, last) = (suspects.first()?, suspects.last()?);
    let title = format!(
        "{} more columns alone reach an AUC of {:.3} to {:.3}",
        names.len(),
        last.score.auc.min(first.score.auc),
        first.score.auc.max(last.score.auc),
    );
    let remedy = Remedy::task("keep them from signals", drop_lines(data, &names));
    let effect = Effect::estimated(
        "auc of the strongest alone",
        first.score.auc,
        first.score.interval,
    );
    let finding = Finding::new(
        DECIDES,
        Severity::Blocking,
        Subject::columns(names),
        title,
        remedy,
    );
    Some(finding.meaning(first.meaning(DECIDES)).effect(effect))
}

fn unread_note(data: &Data<'_>, suspects: &[Suspect<'_>]) -> Option<Finding> {
    let strongest = suspects.first()?;
    let listed = suspects.iter().take(TOLD_MAX);
    let each: Vec<String> = listed
        .map(|it| format!("`{}` ({:.3})", it.column.name, it.score.auc))
        .collect();
    let title = format!(
        "no signal reads what would give the label away: {}",
        each.join(", ")
    );
    let names = suspects.iter().map(|it| it.column.name.to_string());
    let dropped: Vec<&str> = suspects.iter().map(|it| &*it.column.name).collect();
    let remedy = Remedy::task(
        "leave it so: write no derived column, slice or rule with them that a detector learns from",
        drop_lines(data, &dropped),
    );
    let effect = Effect::estimated(
        "auc of the strongest alone",
        strongest.score.auc,
        strongest.score.interval,
    );
    let finding = Finding::new(
        UNREAD,
        Severity::Note,
        Subject::columns(names),
        title,
        remedy,
    );
    Some(
        finding
            .effect(effect)
            .evidence(examples(data, strongest.column)),
    )
}

/// Returns the line that drops columns beside those that the task drops already.
fn drop_lines(data: &Data<'_>, names: &[&str]) -> String {
    let dropped = &data.task.columns.drop;
    let added = names
        .iter()
        .filter(|name| !dropped.iter().any(|it| it == *name));
    lines::drop(dropped.iter().map(String::as_str).chain(added.copied()))
}

/// Tells if the place of a row in the input decides.
fn order(data: &Data<'_>, alone: &Alone<'_, '_>) -> Option<Finding> {
    let row = |at: &u32| {
        data.events
            .get(*at as usize)
            .map_or(f64::NAN, |it| it.row as f64)
    };
    let rows: Vec<f64> = alone.members.iter().map(row).collect();
    let score = alone.score(&alone.ranges(&rows)).ok()?;
    let timed = data.times.iter().filter(|time| time.is_some()).count();
    if score.interval[0] < DECIDES_MIN {
        return None;
    }
    let severity = if timed * 2 > data.len() {
        Severity::Note
    } else {
        Severity::Warning
    };
    let title = format!(
        "the place of a row in the input alone reaches an AUC of {:.3}",
        score.auc
    );
    let remedy = Remedy::advice(
        "nothing to do while no column counts rows; shuffle the rows before other programs read them, and keep numbers that were given in \
         order out of the columns",
    );
    let finding = Finding::new(ORDER, severity, Subject::default(), title, remedy)
        .meaning(
            "The classes were written one after the other, so they were gathered apart. No signal reads the place of a row, but a number given \
             in order would carry it.",
        )
        .effect(Effect::estimated("auc of the row's place", score.auc, score.interval));
    Some(finding)
}

/// Tells of labels that are older than their events.
fn label_first(data: &Data<'_>) -> Option<Finding> {
    let mut first = Vec::new();
    let mut known = 0_usize;
    for position in data.decided() {
        let Some(event) = data.event(position) else {
            continue;
        };
        if let (Some(time), Some(label_known)) = (event.time, event.label_known) {
            known += 1;
            if label_known < time {
                first.push(position);
            }
        }
    }
    let share = first.len() as f64 / known.max(1) as f64;
    if known < 10 || share <= LABEL_FIRST_MAX {
        return None;
    }
    let title = format!(
        "{} of {known} labels were known before their events happened",
        first.len()
    );
    let remedy = Remedy::advice(
        "see which of the two times is wrong: a label that was there first belongs to an earlier event, or the event's time is that of its \
         collection",
    );
    let finding = Finding::new(LABEL_FIRST, Severity::Warning, Subject::default(), title, remedy)
        .meaning("Splits by time trust both: with labels from before, a detector is asked about what it was told.")
        .effect(Effect::exact("share of labels", share))
        .evidence(first);
    Some(finding)
}

/// Marks traits that are headers in which other products give verdicts.
const VERDICT_HEADER: &str = "verdict header ";

fn verdict_headers(data: &Data<'_>) -> Option<Finding> {
    let is_verdict = |name: &str| name.starts_with(VERDICT_HEADER);
    let mut telling = data.traits.shares(data, &data.decided(), is_verdict);
    telling.retain(|share| share.difference().abs() >= VERDICT_DIFFERENCE_MIN);
    telling.truncate(TOLD_MAX);
    let strongest = telling.first()?;
    let is_read = data.task.email.verdict_headers;
    let severity = if is_read {
        Severity::Blocking
    } else {
        Severity::Note
    };
    let title = format!(
        "other products left verdicts: {}{}",
        strongest.sentence(),
        if is_read {
            ""
        } else {
            ", which no signal reads"
        },
    );
    let names = telling.iter().map(|share| share.name.to_string());
    let remedy = Remedy::task(
        "keep verdicts of other products from signals",
        "[email]\nverdict_headers = false",
    );
    let finding = Finding::new(VERDICTS, severity, Subject::columns(names), title, remedy)
        .meaning(
            "Which product looked at a mail tells where it was collected, and what it concluded tells the label: a detector that reads it \
             repeats a product that may not stand before it.",
        )
        .effect(Effect::exact("difference of shares", strongest.difference()))
        .evidence(strongest.examples(data));
    Some(finding)
}
