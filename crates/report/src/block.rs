//! What a section is made of.

use serde::Serialize;

use crate::estimate::Figure;
use crate::finding::{Finding, Severity};
use crate::plot::Plot;
use crate::table::Table;
use crate::text::Text;

/// One piece of a section.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Block {
    /// Running text.
    Paragraph {
        /// The text.
        text: Text,
    },
    /// Text set apart, because something hangs on it.
    Callout {
        /// How much.
        severity: Severity,
        /// The text.
        text: Text,
    },
    /// Points without an order of their own.
    List {
        /// The points.
        items: Vec<Text>,
    },
    /// A few figures side by side.
    Figures {
        /// The figures.
        figures: Vec<Figure>,
    },
    /// A table.
    Table(Table),
    /// A plot; neighbouring plots are shown side by side.
    Plot(Plot),
    /// What was found, most urgent first whatever the order here.
    Findings {
        /// The findings.
        findings: Vec<Finding>,
    },
}

impl Block {
    /// Returns a paragraph.
    #[must_use]
    pub fn paragraph(text: impl Into<Text>) -> Self {
        Self::Paragraph { text: text.into() }
    }

    /// Returns a callout.
    #[must_use]
    pub fn callout(severity: Severity, text: impl Into<Text>) -> Self {
        Self::Callout {
            severity,
            text: text.into(),
        }
    }
}
