//! One neutral report document and its renderings.
//!
//! ```text
//!   trial, vetting, attack, gate ──(cli and server map results)──► Document ─┬─► html      single file, no network, no script
//!                                                                            ├─► json      `format = 1`
//!                                                                            ├─► markdown  for tickets and reviews
//!                                                                            ├─► junit     for CI systems
//!                                                                            └─► terminal  at most 30 lines
//! ```
//!
//! A [`Document`] is plain data: it knows no detector, trial or check, so whatever ringtrue judges later is told in the
//! same words and looks the same. Every renderer is a pure function from the document to a `String`.
//!
//! Texts may hold anything an attacker wrote. Renderers escape them for their format, never turn them into links, and show
//! control characters and bidirectional overrides as visible escapes (see [`visible`]). What the renderers refuse to do is
//! decide: which figures are worth printing, and whether an URL is defanged, is the caller's business.
//!
//! # Example
//!
//! ```
//! use ringtrue_report::{Block, Document, Outcome, Reader, Section, Status, Text};
//!
//! let mut document = Document::new("URL detector", Status::new(Outcome::Fit, "no blocking finding"));
//! document.sections.push(Section {
//!     id: "cost".to_owned(),
//!     title: "What it costs".to_owned(),
//!     reader: Reader::Both,
//!     blocks: vec![Block::paragraph(Text::plain("Less than allowing all: ").strong("412 EUR a day"))],
//! });
//! let page = ringtrue_report::html::render(&document);
//! assert!(page.starts_with("<!DOCTYPE html>"));
//! ```

pub mod block;
pub mod document;
pub mod estimate;
pub mod finding;
pub mod format;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod plot;
mod svg;
pub mod table;
pub mod terminal;
pub mod text;
pub mod visible;

pub use block::Block;
pub use document::{Caveats, Document, Fact, Outcome, Reader, Section, Status};
pub use estimate::{Estimate, Figure, Form};
pub use finding::{Acceptance, Finding, Remedy, Severity, Snippet};
pub use plot::{Axis, Bin, Marker, Marks, Plot, Point, Range, Role, Scale, Series, Side};
pub use table::{Cell, Column, ColumnKind, Table};
pub use text::{Span, Text};
