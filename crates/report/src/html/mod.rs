//! The page: one file that opens without a network and runs nothing.
//!
//! **Invariant:** no script, no inline style, no link that leaves the page, nothing loaded. The page's own policy says so to
//! the browser: `default-src 'none'`, and the one style sheet by its SHA-256.

mod blocks;
mod findings;
mod page;
mod policy;
mod tables;
mod words;

use crate::document::Document;

/// The page's one style sheet.
const STYLE: &str = include_str!("style.css");

/// Renders the document as a single HTML page.
#[must_use]
pub fn render(document: &Document) -> String {
    page::page(document).into_string()
}

#[cfg(test)]
mod tests;
