//! The document as JSON, for programs: every text as it was, every number unrounded.
//!
//! Hidden characters are written as JSON escapes, so the file is safe to print and still reads back as the same text.

use std::fmt::Write as _;

use serde::Serialize;

use crate::document::{Document, FORMAT};
use crate::visible::is_hidden;

#[derive(Serialize)]
struct VersionedDocument<'a> {
    format: u32,
    #[serde(flatten)]
    document: &'a Document,
}

/// Renders the document as indented JSON with `format` first and a line feed at the end.
///
/// # Errors
///
/// What `serde_json` fails with; a document holds nothing that it refuses.
pub fn render(document: &Document) -> Result<String, serde_json::Error> {
    let versioned = VersionedDocument {
        format: FORMAT,
        document,
    };
    let mut text = escaped(&serde_json::to_string_pretty(&versioned)?);
    text.push('\n');
    Ok(text)
}

/// Replaces hidden characters by `\uXXXX`. Those that are left in JSON stand inside strings, but for its own line feeds.
fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        if is_hidden(character) && character != '\n' {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                // Writing to a `String` cannot fail.
                let _written = write!(text, "\\u{unit:04x}");
            }
        } else {
            text.push(character);
        }
    }
    text
}
