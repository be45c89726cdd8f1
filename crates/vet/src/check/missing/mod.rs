//! What is missing, and why? Which columns are missing together, whether the label or the attacker decides that, and what to do about it.
//!
//! Only columns that signals read are looked at: what nobody reads may be missing.

mod pattern;
mod treatment;

use ringtrue_core::Label;
use ringtrue_core::metrics::{Ranking, ranking_bootstrap};

use crate::association::{Crossed, chi_squared_tail};
use crate::check::Check;
use crate::check::variables::listed;
use crate::code::Code;
use crate::data::Data;
use crate::finding::{Effect, Finding, Owner, Remedy, Severity, Subject};
use crate::lines;
use pattern::Pattern;

pub(super) const CODES: &[Code] = &[BECAUSE, PATTERNS, treatment::TREATMENT];

const BECAUSE: Code = Check::Missing.code(
    "V051",
    "values are missing because of the label",
    Owner::Analyst,
);
const PATTERNS: Code = Check::Missing.code("V052", "values are missing", Owner::DataScientist);

/// Probability under chance, over all patterns, below which the label and the gap go together.
const CHANCE_MAX: f64 = 0.01;
/// Area under the curve of the gap alone from which it nearly decides: a detector would need nothing else, and the gap is of the collection.
const AUC_BLOCKING: f64 = 0.95;
/// Area under the curve from which the classes' shares of gaps lie ten points apart.
const AUC_WARNED: f64 = 0.55;
/// Odds ratio from which a rare gap is nearly a label.
const ODDS_WARNED: f64 = 10.0;
/// Gaps, and events without one, below which nothing is said.
const EVENTS_MIN: u64 = 30;
/// Share of events from which gaps are worth a word.
const SHARE_TOLD: f64 = 0.01;
/// Patterns that are told because of the label, at most; the most telling.
const TOLD_MAX: usize = 10;
const RESAMPLES: u32 = 200;

pub(super) fn check(data: &Data<'_>) -> Vec<Finding> {
    let patterns = pattern::patterns(data);
    let columns: usize = patterns.iter().map(|pattern| pattern.columns.len()).sum();
    let mut because: Vec<(f64, Finding)> = patterns
        .iter()
        .filter_map(|pattern| Dependence::of(data, pattern, columns))
        .map(|dependence| (dependence.auc, dependence.finding(data)))
        .collect();
    because.sort_by(|one, other| other.0.total_cmp(&one.0));
    let mut findings: Vec<Finding> = because
        .into_iter()
        .take(TOLD_MAX)
        .map(|(_, finding)| finding)
        .collect();
    findings.extend(told(data, &patterns));
    findings.extend(treatment::check(data));
    findings
}

/// How a gap goes with the label.
struct Dependence<'a> {
    pattern: &'a Pattern<'a>,
    /// Share of malicious, and of benign events with the gap.
    shares: [f64; 2],
    odds: f64,
    auc: f64,
    interval: [f64; 2],
    positions: Vec<u32>,
}

impl<'a> Dependence<'a> {
    /// Returns it if it is more than chance, over `looks` columns, and large enough to matter.
    fn of(data: &Data<'_>, pattern: &'a Pattern<'a>, looks: usize) -> Option<Self> {
        let decided = data.decided();
        let is_malicious = |at: &u32| data.labels[*at as usize] == Label::Malicious;
        let is_missing = |at: &u32| pattern.is_missing[*at as usize];
        let pairs = decided
            .iter()
            .map(|at| (u16::from(is_missing(at)), u16::from(is_malicious(at))));
        let crossed = Crossed::of(pairs, 2, 2);
        let [kept_benign, kept_malicious, benign, malicious] =
            [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(one, other)| crossed.count(one, other));
        let least = (benign + malicious).min(kept_benign + kept_malicious);
        let classes = (benign + kept_benign).min(malicious + kept_malicious);
        let (statistic, freedom) = crossed.chi_squared();
        if least.min(classes) < EVENTS_MIN
            || chi_squared_tail(statistic, freedom) * looks as f64 >= CHANCE_MAX
        {
            return None;
        }
        let half = |count: u64| count as f64 + 0.5;
        // Haldane's half keeps empty cells finite.
        let odds = half(malicious) * half(kept_benign) / (half(benign) * half(kept_malicious));
        let sign = if odds >= 1.0 { 1.0 } else { -1.0 };
        let scores: Vec<f64> = decided
            .iter()
            .map(|at| sign * f64::from(u8::from(is_missing(at))))
            .collect();
        let labels: Vec<bool> = decided.iter().map(is_malicious).collect();
        let campaigns: Vec<u32> = decided
            .iter()
            .map(|at| data.campaigns()[*at as usize])
            .collect();
        let auc = ranking_bootstrap(
            RESAMPLES,
            data.seed,
            (scores.as_slice(), labels.as_slice()),
            Some(&campaigns),
            Ranking::roc_auc,
        )
        .ok()?;
        let is_large =
            auc.low >= AUC_WARNED || auc.low > 0.5 && odds.max(1.0 / odds) >= ODDS_WARNED;
        is_large.then(|| Self {
            pattern,
            shares: [
                malicious as f64 / (malicious + kept_malicious) as f64,
                benign as f64 / (benign + kept_benign) as f64,
            ],
            odds,
            auc: auc.value,
            interval: [auc.low, auc.high],
            positions: decided.iter().copied().filter(is_missing).collect(),
        })
    }

    fn finding(&self, data: &Data<'_>) -> Finding {
        let names = self.pattern.names();
        let title = format!(
            "{} {} missing in {:.1} % of malicious and {:.1} % of benign events (odds ratio {}): the gap alone has an area under the curve of {:.2} \
             ({:.2} to {:.2})",
            listed(&names),
            if names.len() == 1 { "is" } else { "are" },
            100.0 * self.shares[0],
            100.0 * self.shares[1],
            short(self.odds),
            self.auc,
            self.interval[0],
            self.interval[1]
        );
        let learned = "A detector learns whether something was recorded rather than what it was.";
        let place = self.pattern.by_source_and_month(data);
        let place = place.map(|place| format!("{place}."));
        let moved: Vec<&str> = names
            .iter()
            .copied()
            .filter(|name| data.attacker_moves(name))
            .collect();
        let attacker = format!(
            "An attacker who can change {} can leave the gap or fill it.",
            listed(&moved)
        );
        let attacker = Some(attacker).filter(|_| !moved.is_empty());
        let sentences = [Some(learned.to_owned()), place, attacker];
        let sentences: Vec<String> = sentences.into_iter().flatten().collect();
        let meaning = sentences.join(" ");
        let decides = self.interval[0] >= AUC_BLOCKING;
        let severity = if decides {
            Severity::Blocking
        } else {
            Severity::Warning
        };
        let advice = if decides {
            "leave the columns out, or record them for both classes alike"
        } else {
            "find out why they are missing: if the gap comes from how the classes were collected, leave the columns out; if it is what malicious events do, \
             keep them as they are"
        };
        Finding::new(
            BECAUSE,
            severity,
            Subject::columns(names.iter().copied()),
            title,
            Remedy::task(advice, lines::drop(&names)),
        )
        .meaning(meaning)
        .effect(Effect::estimated("auc", self.auc, self.interval))
        .evidence(self.positions.iter().copied())
    }
}

/// Writes a ratio in as many digits as it deserves.
fn short(ratio: f64) -> String {
    if ratio < 0.001 {
        "below 0.001".to_owned()
    } else if ratio < 10.0 {
        format!("{ratio:.3}")
    } else if ratio < 1_000.0 {
        format!("{ratio:.0}")
    } else {
        "above 1,000".to_owned()
    }
}

/// Tells the largest patterns in one finding.
fn told(data: &Data<'_>, patterns: &[Pattern<'_>]) -> Option<Finding> {
    const SHOWN: usize = 3;
    let share = |pattern: &Pattern<'_>| pattern.missing as f64 / data.len().max(1) as f64;
    let mut told: Vec<&Pattern<'_>> = patterns
        .iter()
        .filter(|pattern| share(pattern) >= SHARE_TOLD)
        .collect();
    told.sort_by_key(|pattern| std::cmp::Reverse(pattern.missing * pattern.columns.len()));
    let largest = told.first().map(|pattern| share(pattern))?;
    let names: Vec<&str> = told.iter().flat_map(|pattern| pattern.names()).collect();
    let words = told.iter().take(SHOWN).map(|pattern| {
        let together = if pattern.columns.len() > 1 {
            " together"
        } else {
            ""
        };
        format!(
            "{}{together} in {:.1} %",
            listed(&pattern.names()),
            100.0 * share(pattern)
        )
    });
    let title = format!(
        "{} of the columns that signals read miss values: {}",
        names.len(),
        words.collect::<Vec<String>>().join("; ")
    );
    let meaning = told
        .first()
        .and_then(|pattern| pattern.by_source_and_month(data));
    let meaning = meaning.map(|place| format!("{place}.")).unwrap_or_default();
    let remedy = Remedy::advice(
        "find out whether they are missing where they are collected; a forest reads a gap as a value of its own",
    );
    let subject = Subject::columns(names.iter().copied());
    let finding = Finding::new(PATTERNS, Severity::Note, subject, title, remedy);
    Some(
        finding
            .meaning(meaning)
            .effect(Effect::exact("share of events", largest)),
    )
}
