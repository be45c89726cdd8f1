//! The task in plain words: what it asks, what its base rate means, what mistakes cost and
//! whether people can handle the alerts.
//!
//! All figures are arithmetic on the task itself; nothing here has seen data.

use std::fmt;

use super::attacker::ColumnChange;
use super::content::Task;
use super::figures::{amount, count, in_days, one_in, per_cent, significant};
use super::words::{PrivacyRule, Reveal};
use crate::event::Kind;

/// False-positive rates that the tables name.
const FALSE_POSITIVE_RATES: [(f64, &str); 3] = [(1e-2, "1e-2"), (1e-3, "1e-3"), (1e-4, "1e-4")];
/// Recalls that the tables name.
const RECALLS: [f64; 2] = [0.5, 0.9];
const DAYS_PER_YEAR: f64 = 365.0;

/// A task in plain words.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Explanation {
    /// In the order to be read.
    pub sections: Vec<Section>,
}

/// Lines under a heading.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Section {
    /// The heading.
    pub title: &'static str,
    /// One sentence or table row each; the rows of a table are aligned with spaces.
    pub lines: Vec<String>,
}

impl fmt::Display for Explanation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, section) in self.sections.iter().enumerate() {
            if position > 0 {
                writeln!(formatter)?;
            }
            writeln!(formatter, "{}", section.title)?;
            for line in &section.lines {
                writeln!(formatter, "  {line}")?;
            }
        }
        Ok(())
    }
}

impl Task {
    /// Returns the task in plain words.
    #[must_use]
    pub fn explain(&self) -> Explanation {
        let sections = [
            ("What it asks", self.explain_question()),
            ("Base rate", self.explain_base_rate()),
            ("Alerts a day", self.explain_alerts()),
            ("What mistakes cost", self.explain_costs()),
            ("Capacity", self.explain_capacity()),
            ("How the input is read", self.explain_input()),
            (
                "Who may see what, and whose data it is",
                self.explain_privacy(),
            ),
            ("The attacker", self.explain_attacker()),
            ("People and time", self.explain_plan()),
        ];
        Explanation {
            sections: sections
                .into_iter()
                .map(|(title, lines)| Section { title, lines })
                .collect(),
        }
    }

    fn benign_per_day(&self) -> f64 {
        self.traffic.events_per_day * (1.0 - self.traffic.malicious_share)
    }

    fn malicious_per_day(&self) -> f64 {
        self.traffic.events_per_day * self.traffic.malicious_share
    }

    fn explain_question(&self) -> Vec<String> {
        let event = match self.kind {
            Kind::Url => "each event is a URL",
            Kind::Email => "each event is an e-mail",
            Kind::Command => "each event is a command",
            Kind::Session => "each event is a session of commands",
            Kind::Table => "each event is a row of a table",
        };
        let mut lines = vec![format!("Task `{}`: {event}.", self.name)];
        if !self.question.is_empty() {
            lines.push(self.question.clone());
        }
        listed(&mut lines, "Malicious", &self.malicious.include);
        listed(&mut lines, "Not malicious", &self.malicious.exclude);
        listed(&mut lines, "Unsure", &self.unsure.include);
        for family in &self.families {
            lines.push(format!("Family `{}`: {}", family.name, family.meaning));
        }
        lines
    }

    fn explain_base_rate(&self) -> Vec<String> {
        vec![
            format!(
                "{} is malicious: of {} events a day, {} are malicious and {} are not.",
                one_in(self.traffic.malicious_share),
                count(self.traffic.events_per_day),
                count(self.malicious_per_day()),
                count(self.benign_per_day()),
            ),
            format!(
                "A detector that never says malicious is right {} of the time and worth nothing.",
                accuracy(self.traffic.malicious_share)
            ),
        ]
    }

    fn explain_alerts(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "{:<8}{:>14}{:>18}{:>12}{:>18}{:>12}",
            "FPR", "false alarms", "flagged, TPR 0.5", "true", "flagged, TPR 0.9", "true"
        )];
        for (rate, text) in FALSE_POSITIVE_RATES {
            let mut line = format!("{text:<8}{:>14}", count(self.benign_per_day() * rate));
            for recall in RECALLS {
                let flagged = self.flagged(rate, recall);
                let precision = self.malicious_per_day() * recall / flagged;
                line.push_str(&format_cells(&count(flagged), &per_cent(precision)));
            }
            lines.push(line);
        }
        lines.push("`true` is the share of the flagged events that are malicious.".to_owned());
        lines
    }

    /// Returns the events a day that are flagged at a false-positive rate and a recall.
    fn flagged(&self, false_positive_rate: f64, recall: f64) -> f64 {
        self.benign_per_day() * false_positive_rate + self.malicious_per_day() * recall
    }

    fn explain_costs(&self) -> Vec<String> {
        let price = |value: f64| amount(value, &self.costs.currency);
        let mut lines = vec![format!(
            "Blocking a benign event costs {}, letting a malicious one through {}, a review {}.",
            price(self.costs.false_positive),
            price(self.costs.false_negative),
            price(self.costs.review),
        )];
        for entry in &self.costs.overrides {
            lines.push(self.explain_override(entry));
        }
        let missed = self.malicious_per_day() * self.costs.false_negative;
        lines.push(format!(
            "Without a detector, what gets through costs {} a year.",
            price(missed * DAYS_PER_YEAR)
        ));
        for (rate, text) in FALSE_POSITIVE_RATES {
            let daily = self.benign_per_day() * rate * self.costs.false_positive;
            lines.push(format!(
                "At FPR {text}, false positives cost {} a day: {} a year.",
                price(daily),
                price(daily * DAYS_PER_YEAR)
            ));
        }
        lines.extend(RECALLS.map(|recall| self.break_even(recall)));
        lines.push(self.review_pays_from());
        lines
    }

    fn explain_override(&self, entry: &crate::cost::CostOverride) -> String {
        let whom = match (&entry.family, &entry.slice) {
            (Some(family), _) => format!("family `{family}`"),
            (None, Some(slice)) => format!("slice `{slice}`"),
            (None, None) => "nothing".to_owned(),
        };
        let prices: Vec<String> = [
            ("false positive", entry.false_positive),
            ("false negative", entry.false_negative),
            ("review", entry.review),
        ]
        .into_iter()
        .filter_map(|(name, price)| Some((name, price?)))
        .map(|(name, price)| format!("{name} {}", amount(price, &self.costs.currency)))
        .collect();
        format!("For {whom}: {}.", prices.join(", "))
    }

    /// Blocking pays while what it saves exceeds what its false positives cost:
    /// `share x recall x false negative > (1 - share) x FPR x false positive`.
    fn break_even(&self, recall: f64) -> String {
        let saved = self.malicious_per_day() * recall * self.costs.false_negative;
        let per_rate = self.benign_per_day() * self.costs.false_positive;
        let rate = saved / per_rate;
        if rate < 1.0 {
            let rate = significant(rate);
            format!("At TPR {recall}, blocking pays while the FPR stays below {rate}.")
        } else {
            format!("At TPR {recall}, blocking pays at any FPR.")
        }
    }

    fn review_pays_from(&self) -> String {
        let chance = self.costs.review / self.costs.false_negative;
        if chance < 1.0 {
            format!(
                "A review pays from a chance of {} that the event is malicious.",
                per_cent(chance)
            )
        } else {
            "A review never pays: it costs no less than what it can prevent.".to_owned()
        }
    }

    fn explain_capacity(&self) -> Vec<String> {
        let capacity = self.capacity.alerts_per_day;
        let mut lines = vec![format!(
            "People can handle {} alerts a day.",
            count(capacity)
        )];
        let rate = capacity / self.benign_per_day();
        lines.push(if rate >= 1.0 {
            "Blocking alone never exceeds that.".to_owned()
        } else {
            format!(
                "Blocking alone holds that up to an FPR of {}: a malicious event that is blocked needs nobody.",
                significant(rate)
            )
        });
        if self.malicious_per_day() > capacity {
            lines.push(format!(
                "Reviewed one by one, at most {} of the malicious events can be looked at.",
                per_cent(capacity / self.malicious_per_day())
            ));
        }
        if let Some(latency) = self.capacity.latency_milliseconds {
            lines.push(format!("A verdict may take {} ms.", count(latency)));
        }
        lines
    }

    fn explain_input(&self) -> Vec<String> {
        let columns = &self.columns;
        let mut lines = Vec::new();
        let named: Vec<String> = [
            ("id", &columns.id),
            ("time", &columns.time),
            ("label", &columns.label),
            ("label known", &columns.label_known),
            ("source", &columns.source),
            ("family", &columns.family),
            ("group", &columns.group),
            ("evidence", &columns.evidence),
            ("user", &columns.user),
            ("host", &columns.host),
        ]
        .into_iter()
        .filter_map(|(role, column)| Some(format!("{role} in `{}`", column.as_ref()?)))
        .collect();
        listed(&mut lines, "Columns", &named);
        quoted(&mut lines, "No signal sees", &columns.drop);
        for (name, column_type) in &columns.types {
            lines.push(format!("`{name}` is read as {column_type}."));
        }
        for (word, label) in &self.labels {
            lines.push(format!("Label `{word}` means {label}."));
        }
        for (name, expression) in &self.derived {
            lines.push(format!("Derived `{name}` = {expression}"));
        }
        for (name, expression) in &self.slices {
            lines.push(format!("Slice `{name}`: {expression}"));
        }
        if lines.is_empty() {
            lines.push("Columns and labels are recognised by their usual names.".to_owned());
        }
        lines
    }

    /// Says what becomes of secrets, who sees what, and how long things are kept.
    fn explain_protection(&self) -> Vec<String> {
        let privacy = &self.privacy;
        let mut lines = Vec::new();
        if self.masks_secrets() {
            lines.push(
                "Passwords, keys and tokens inside texts are masked before anything is kept."
                    .to_owned(),
            );
        } else if privacy.secrets.is_some() {
            lines.push("Passwords, keys and tokens inside texts are kept as they are.".to_owned());
        }
        for (name, reveal) in &privacy.reveal {
            let who = match reveal {
                Reveal::Everybody => "everybody",
                Reveal::Analyst => "analysts only",
                Reveal::DataScientist => "data scientists only",
                Reveal::Nobody => "nobody",
            };
            lines.push(format!("Field `{name}` is shown to {who}."));
        }
        if let Some(days) = privacy.retention.days {
            let time = in_days(f64::from(days));
            lines.push(format!("Events are kept for {time}."));
        }
        for (name, days) in &privacy.retention.fields {
            let time = in_days(f64::from(*days));
            lines.push(format!("Field `{name}` is kept for {time}."));
        }
        lines
    }

    fn explain_privacy(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .privacy
            .fields
            .iter()
            .map(|(name, rule)| format!("Field `{name}` is {}.", in_words(*rule)))
            .collect();
        if !self.privacy.fields.is_empty() {
            lines.push(
                "A rule holds for its field in any case, and for all that is nested in it."
                    .to_owned(),
            );
        }
        if self.privacy.default != PrivacyRule::Keep {
            lines
                .push("The label's class and the times are kept unless they are named.".to_owned());
        }
        let every = |named: bool| if named { "Every other" } else { "Every" };
        lines.push(format!(
            "{} field is {}.",
            every(!self.privacy.fields.is_empty()),
            in_words(self.privacy.default)
        ));
        lines.extend(self.explain_protection());
        for (source, trust) in &self.trust.sources {
            lines.push(format!("Source `{source}` is {trust}."));
        }
        lines.push(format!(
            "{} source is {}.",
            every(!self.trust.sources.is_empty()),
            self.trust.default
        ));
        lines
    }

    fn explain_attacker(&self) -> Vec<String> {
        let mut lines = Vec::new();
        listed(&mut lines, "Wants", &self.attacker.goals);
        listed(&mut lines, "Can change", &self.attacker.can_change);
        listed(&mut lines, "Out of scope", &self.attacker.out_of_scope);
        let changes = self.attacker.columns.iter();
        let changes: Vec<String> = changes.map(ColumnChange::in_words).collect();
        listed(&mut lines, "Changes columns", &changes);
        if !changes.is_empty() {
            lines.push("Columns that are not listed there stay as they are.".to_owned());
        }
        if lines.is_empty() {
            lines.push("Nobody has said who attacks, or how.".to_owned());
        }
        lines
    }

    /// Says how several labels become one, where the task does.
    fn explain_deciding(&self) -> Vec<String> {
        let deciding = &self.deciding;
        let mut lines = Vec::new();
        if deciding.quorum > 1 {
            let quorum = deciding.quorum;
            lines.push(format!("A label holds once {quorum} say the same."));
        }
        if let Some(above) = deciding.two_people_above {
            let above = amount(above, &self.costs.currency);
            lines.push(format!(
                "Two people must agree where a mistake costs more than {above}."
            ));
        }
        lines
    }

    fn explain_plan(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if !self.labelling.who.is_empty() {
            lines.push(format!("Labelled by {}.", self.labelling.who));
        }
        if let Some(events) = self.labelling.events_per_week {
            let share = events / 7.0 / self.traffic.events_per_day;
            lines.push(format!(
                "{} events a week are labelled: {} of the traffic.",
                count(events),
                per_cent(share.min(1.0))
            ));
        }
        listed(&mut lines, "Evidence", &self.labelling.evidence);
        lines.extend(self.explain_deciding());
        if let Some(days) = self.retraining.cadence_days {
            lines.push(format!("A new detector every {}.", in_days(days)));
        }
        if lines.is_empty() {
            lines.push("Nobody has said who labels, or how often to retrain.".to_owned());
        }
        lines
    }
}

fn format_cells(flagged: &str, precision: &str) -> String {
    format!("{flagged:>18}{precision:>12}")
}

/// Returns the accuracy of always saying benign, with as many digits as it takes not to round to
/// 100 %.
fn accuracy(malicious_share: f64) -> String {
    let value = 100.0 * (1.0 - malicious_share);
    (0..8)
        .map(|decimals| format!("{value:.decimals$}"))
        .find(|text| !text.starts_with("100"))
        .map_or_else(|| "almost 100 %".to_owned(), |text| format!("{text} %"))
}

fn in_words(rule: PrivacyRule) -> String {
    match rule {
        PrivacyRule::Drop => "left out".to_owned(),
        PrivacyRule::Hash => "replaced by a one-way pseudonym".to_owned(),
        PrivacyRule::Tokenise => "replaced word by word by one-way pseudonyms".to_owned(),
        PrivacyRule::Truncate(characters) => format!("cut to {characters} characters"),
        PrivacyRule::Keep => "kept as it is".to_owned(),
    }
}

fn listed(lines: &mut Vec<String>, title: &str, items: &[String]) {
    if !items.is_empty() {
        lines.push(format!("{title}: {}.", items.join("; ")));
    }
}

fn quoted(lines: &mut Vec<String>, title: &str, items: &[String]) {
    let items: Vec<String> = items.iter().map(|item| format!("`{item}`")).collect();
    listed(lines, title, &items);
}
