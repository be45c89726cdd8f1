//! An explained event as text for an analyst, and as JSON for a data scientist.

use std::fmt::Write as _;

use ringtrue_core::{Action, plural};
use ringtrue_model::{Flip, Method};
use ringtrue_report::visible::line as visible;
use ringtrue_server::explained::{Letters, Signal};
use serde_json::{Value, json};

use super::Page;
use super::nearest::Neighbour;

/// Signals and pieces of text shown to an analyst on either side.
const SHOWN: usize = 6;
/// Share of the strongest letter's contribution from which a letter is marked.
const MARKED: f64 = 0.25;

impl Page {
    /// Returns the numbers.
    pub(crate) fn to_json(&self) -> Value {
        let mut fields = self.explained.to_json(self.row);
        let neighbours = self.neighbours.as_ref().map(|near| {
            json!({
                "agree": near.agree.iter().map(neighbour_json).collect::<Vec<_>>(),
                "disagree": near.disagree.iter().map(neighbour_json).collect::<Vec<_>>(),
            })
        });
        fields.insert("neighbours".to_owned(), json!(neighbours));
        Value::Object(fields)
    }

    /// Returns the page for an analyst.
    pub(crate) fn to_text(&self) -> String {
        let mut page = String::new();
        self.event(&mut page);
        self.verdict(&mut page);
        self.novelties(&mut page);
        self.reasons(&mut page);
        self.neighbours(&mut page);
        self.flips(&mut page);
        page
    }

    fn event(&self, page: &mut String) {
        line(page, &visible(&self.explained.text));
        if let Some(letters) = &self.explained.letters
            && letters.heat.len() == self.explained.text.len()
            && self.explained.text.is_ascii()
            && !self
                .explained
                .text
                .contains(|letter: char| letter.is_control())
        {
            line(page, marks(letters).trim_end());
            line(page, "(+ reads like malicious ones, - like benign ones)");
        }
    }

    fn verdict(&self, page: &mut String) {
        let action = match self.explained.action {
            Action::Allow => "allowed",
            Action::Review => "reviewed",
            Action::Block => "blocked",
        };
        let [review, block] = self.explained.thresholds;
        line(
            page,
            &format!(
                "\nIt is {action}: score {:.4} (reviewed from {review:.4}, blocked from {block:.4}).",
                self.explained.score
            ),
        );
        if !self.explained.calibrated {
            line(page, "The score is not calibrated: it is no probability.");
        }
        if let Some(outside) = &self.explained.outside {
            line(
                page,
                &format!("Not covered: training saw nothing like {outside}."),
            );
        }
    }

    fn novelties(&self, page: &mut String) {
        if self.explained.firsts.is_empty() {
            return;
        }
        line(page, "\nNew:");
        for first in self.explained.firsts.iter().take(SHOWN) {
            line(page, &format!("  {}", visible(&first.sentence())));
        }
        if self.explained.firsts.len() > SHOWN {
            line(
                page,
                &format!(
                    "  and {} more programs",
                    self.explained.firsts.len() - SHOWN
                ),
            );
        }
    }

    fn reasons(&self, page: &mut String) {
        for (title, sign) in [("For malicious", 1.0), ("For benign", -1.0)] {
            let mut signals: Vec<&Signal> = self
                .explained
                .signals
                .iter()
                .filter(|signal| sign * signal.margin > 0.0)
                .collect();
            signals.sort_by(|left, right| right.margin.abs().total_cmp(&left.margin.abs()));
            if signals.is_empty() {
                continue;
            }
            line(page, &format!("\n{title} (log-odds):"));
            for signal in signals.iter().take(SHOWN) {
                let value = if signal.value.is_nan() {
                    "missing".to_owned()
                } else {
                    format!("{}", signal.value)
                };
                line(
                    page,
                    &format!(
                        "  {:+.3}  {} ({} = {value})",
                        signal.margin,
                        visible(&signal.meaning),
                        visible(&signal.name)
                    ),
                );
            }
            if signals.len() > SHOWN {
                let rest: f64 = signals.iter().skip(SHOWN).map(|signal| signal.margin).sum();
                line(
                    page,
                    &format!(
                        "  {rest:+.3}  {}",
                        plural(signals.len() - SHOWN, "more signal", "more signals")
                    ),
                );
            }
        }
        if let Some(letters) = &self.explained.letters {
            line(
                page,
                &format!(
                    "\nIts text adds {:+.3}, most of it through:",
                    self.explained.text_margin
                ),
            );
            for piece in letters.pieces.iter().take(SHOWN) {
                line(
                    page,
                    &format!("  {:+.3}  {}", piece.margin, visible(&piece.letters)),
                );
            }
        }
        let how = match self.explained.method {
            Method::PathDependent => "path-dependent Shapley values",
            Method::Interventional => "interventional Shapley values against the labelled events",
            Method::Additive => "the parts of the sum",
        };
        line(
            page,
            &format!(
                "\n{:+.3} is where every event starts; the figures are {how}.",
                self.explained.bias
            ),
        );
    }

    fn neighbours(&self, page: &mut String) {
        let Some(near) = &self.neighbours else { return };
        for (title, side) in [
            ("Labelled events that agree", &near.agree),
            ("Labelled events that disagree", &near.disagree),
        ] {
            line(page, &format!("\n{title}:"));
            if side.is_empty() {
                line(page, "  none");
            }
            for neighbour in side {
                line(
                    page,
                    &format!(
                        "  {:3.0} % alike, {}: {}",
                        100.0 * neighbour.likeness,
                        neighbour.label,
                        visible(&neighbour.text)
                    ),
                );
            }
        }
    }

    fn flips(&self, page: &mut String) {
        let Some(Flip {
            changes,
            action,
            score,
        }) = &self.explained.flip
        else {
            line(
                page,
                "\nNo change of up to 4 signals was found that flips the verdict.",
            );
            return;
        };
        let action = match action {
            Action::Allow => "allowed",
            Action::Review => "reviewed",
            Action::Block => "blocked",
        };
        line(
            page,
            &format!("\nIt would be {action} (score {score:.4}) with"),
        );
        for change in changes {
            let from = change
                .from
                .map_or_else(|| "missing".to_owned(), |from| from.to_string());
            line(
                page,
                &format!(
                    "  {} = {} instead of {from}",
                    visible(&change.name),
                    change.to
                ),
            );
        }
    }
}

fn line(page: &mut String, text: &str) {
    // Writing to a string cannot fail.
    let _written = writeln!(page, "{text}");
}

/// Returns a line that marks the letters that count, to stand below the evidence.
fn marks(letters: &Letters) -> String {
    let strongest = letters
        .heat
        .iter()
        .fold(0.0_f64, |most, heat| most.max(heat.abs()));
    letters
        .heat
        .iter()
        .map(|heat| match heat / strongest.max(f64::MIN_POSITIVE) {
            share if share >= MARKED => '+',
            share if share <= -MARKED => '-',
            _ => ' ',
        })
        .collect()
}

fn neighbour_json(neighbour: &Neighbour) -> Value {
    json!({
        "event": neighbour.text,
        "label": neighbour.label,
        "likeness": neighbour.likeness,
    })
}
