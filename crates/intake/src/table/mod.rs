//! Tables of any make: each column becomes signals by a type that is read off the training events
//! (or stated by the task), and tokens for the linear model.
//!
//! ```text
//!   training events ──TableFit──► TableEncoder ──► schema, rows, tokens
//! ```
//!
//! The encoder never sees a label, so no column can leak one, however many values it has. What was
//! missing stays missing (NaN), and a category that training did not see is missing too.

mod column;
mod fit;
mod foreign;

use std::cell::RefCell;

use ringtrue_core::signal::{
    AttackerView, Monotone, Movable, Privacy, SignalDeclaration, SignalType,
};
use ringtrue_core::task::Attacker;
use ringtrue_core::{Event, SignalSchema};
use serde::{Deserialize, Serialize};

pub use column::Encoding;
pub use fit::TableFit;
pub use foreign::{ForeignColumn, ForeignTable, Matching};

thread_local! {
    static WORDS: RefCell<String> = const { RefCell::new(String::new()) };
}

/// How each column of a table becomes signals and tokens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TableEncoder {
    /// The columns in the order in which training met them.
    pub columns: Vec<EncodedColumn>,
}

/// One column of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EncodedColumn {
    /// Its name.
    pub name: String,
    /// What its values are.
    pub encoding: Encoding,
    /// What the task says that an attacker can do to it; without a word they can do anything, at no known cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attacker: Option<AttackerView>,
}

impl TableEncoder {
    /// Takes over what a task says of the columns that an attacker can change.
    pub fn declare(&mut self, attacker: &Attacker) {
        for column in &mut self.columns {
            column.attacker = attacker.view(&column.name);
        }
    }

    /// Returns the schema of the rows: the columns' signals in order.
    #[must_use]
    pub fn schema(&self) -> SignalSchema {
        let signals = self
            .columns
            .iter()
            .flat_map(EncodedColumn::declarations)
            .collect();
        SignalSchema {
            code: "table/1".to_owned(),
            signals,
        }
    }

    /// Appends the signals of `event` to `row`.
    pub fn signals(&self, event: &Event, row: &mut Vec<f32>) {
        let fields = event.by_name();
        for column in &self.columns {
            column.encoding.signals(fields.value(&column.name), row);
        }
    }

    /// Appends the tokens of `event`: hashes of column and value, of a number's bin, of a text's words.
    pub fn tokens(&self, event: &Event, tokens: &mut Vec<u32>) {
        let fields = event.by_name();
        WORDS.with_borrow_mut(|word| {
            for (position, column) in self.columns.iter().enumerate() {
                let seed = column::seed(position);
                column
                    .encoding
                    .tokens(fields.value(&column.name), seed, word, tokens);
            }
        });
    }
}

impl EncodedColumn {
    fn declarations(&self) -> Vec<SignalDeclaration> {
        self.encoding
            .signals_of()
            .iter()
            .map(|(suffix, says, unit, signal_type)| SignalDeclaration {
                name: format!("{}{suffix}", self.name),
                meaning: format!("{says} `{}`", self.name),
                unit: (*unit).to_owned(),
                theme: self.name.clone(),
                signal_type: *signal_type,
                privacy: Privacy::Personal,
                attacker: self.view(*signal_type),
                monotone: Monotone::Free,
            })
            .collect()
    }

    fn view(&self, signal_type: SignalType) -> AttackerView {
        let unstated = || AttackerView::steps(Movable::Both, 0.0);
        let mut view = self.attacker.clone().unwrap_or_else(unstated);
        if signal_type == SignalType::Flag && view.step <= 0.0 {
            view.step = 1.0;
        }
        view
    }
}

/// What one signal of a column is called (a suffix), says, is measured in, and is.
type SignalOf = (&'static str, &'static str, &'static str, SignalType);
