//! Every size that hostile input could grow, with its limit.

use serde::{Deserialize, Serialize};

/// Limits on what one input may make the program hold. A thing over its limit is set aside with its
/// reason, never truncated silently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Bytes of one input record (a CSV row, an NDJSON line).
    pub record_bytes_max: usize,
    /// Bytes of one field.
    pub field_bytes_max: usize,
    /// Columns of a table, or keys over all NDJSON lines of one input.
    pub columns_max: usize,
    /// Depth of nested JSON.
    pub json_depth_max: usize,
    /// Rows held at a time while a file is streamed.
    pub batch_rows: usize,
    /// Bytes of records held at a time while a file is streamed.
    pub batch_bytes_max: usize,
    /// Bytes of the original record that a set-aside entry keeps.
    pub set_aside_bytes_max: usize,
    /// Bytes of a URL from which signals are computed; the rest counts in lengths only.
    pub url_bytes_max: usize,
    /// Distinct values that a categorical column may have before it is read as text.
    pub categories_max: usize,
    /// Bytes of a command that are read; the rest counts in lengths only.
    pub command_bytes_max: usize,
    /// How deep code may stand within code in a command; what is deeper is text.
    pub command_layers_max: usize,
    /// Statements of a command, over all its layers; the rest is not read.
    pub command_statements_max: usize,
    /// Bytes that the layers of a command may have together, once decoded and expanded.
    pub command_decoded_bytes_max: usize,
    /// Words that the braces of one word may expand to.
    pub command_braces_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            record_bytes_max: 16 << 20,
            field_bytes_max: 4 << 20,
            columns_max: 4_096,
            json_depth_max: 32,
            batch_rows: 8_192,
            batch_bytes_max: 32 << 20,
            set_aside_bytes_max: 512,
            url_bytes_max: 4_096,
            categories_max: 255,
            command_bytes_max: 64 << 10,
            command_layers_max: 8,
            command_statements_max: 1_024,
            command_decoded_bytes_max: 256 << 10,
            command_braces_max: 64,
        }
    }
}
