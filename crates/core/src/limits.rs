//! Every size that hostile input could grow, with its limit.

use serde::{Deserialize, Serialize};

/// Limits on what one input may make the program hold. A thing over its limit is set aside with its
/// reason, never truncated silently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Bytes of one input record (a CSV row, an NDJSON line, a message of an mbox).
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
    /// Events of an audit log that are held open while their records come in.
    pub audit_events_max: usize,
    /// Bytes of a URL from which signals are computed; the rest counts in lengths only.
    pub url_bytes_max: usize,
    /// Distinct values that a categorical column may have before it is read as text.
    pub categories_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            record_bytes_max: 16 << 20,
            // A mail of 12 MiB in an NDJSON line of 16, with what its line ends take there.
            field_bytes_max: 12 << 20,
            columns_max: 4_096,
            json_depth_max: 32,
            batch_rows: 8_192,
            batch_bytes_max: 32 << 20,
            set_aside_bytes_max: 512,
            audit_events_max: 1_024,
            url_bytes_max: 4_096,
            categories_max: 255,
        }
    }
}
