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
    /// Commands of one session; later ones are counted and left out.
    pub session_commands_max: usize,
    /// Names of one event that a history looks at.
    pub history_event_names_max: usize,
    /// Users and hosts that a history remembers; who was quiet longest goes first.
    pub history_entities_max: usize,
    /// Names that a history remembers of one user or host; the rarest go first.
    pub history_names_max: usize,
    /// Pairs of names that a history remembers of one user or host.
    pub history_pairs_max: usize,
    /// Names that a history remembers of the fleet, and four times as many pairs.
    pub history_fleet_names_max: usize,
    /// Names and pairs that a history remembers of all users and hosts together.
    pub history_counts_max: usize,
    /// Bytes of one message that are looked at.
    pub mail_bytes_max: usize,
    /// Depth of nested MIME parts and messages.
    pub mail_depth_max: usize,
    /// MIME parts of one message.
    pub mail_parts_max: usize,
    /// Bytes that the parts of one message are decoded to, all together.
    pub mail_decoded_bytes_max: usize,
    /// Headers of one message or part.
    pub mail_headers_max: usize,
    /// Bytes of the headers of one message or part.
    pub mail_header_bytes_max: usize,
    /// Bytes of a message's text that are read as text.
    pub mail_text_bytes_max: usize,
    /// Distinct links of one message that are looked at.
    pub mail_urls_max: usize,
    /// Entries of one archive that are listed.
    pub archive_entries_max: usize,
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
    /// Events whose content a profile remembers by hash, so that copies are counted exactly; beyond it their number is an estimate.
    pub profile_exact_events_max: usize,
    /// Months that a profile tells apart, and parts of an input without times.
    pub profile_months_max: usize,
    /// Sources that a profile tells apart.
    pub profile_sources_max: usize,
    /// Columns whose months a profile tells apart; of the later ones it tells the classes only.
    pub profile_monthly_columns_max: usize,
    /// Columns of numbers of which a profile computes correlations.
    pub profile_correlated_columns_max: usize,
    /// Values of one column that a profile counts exactly while there are no more.
    pub profile_values_max: usize,
    /// Bytes of a text that a profile shows.
    pub profile_text_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            record_bytes_max: 16 << 20,
            // A mail of 12 MiB in an NDJSON line of 16, with what its line ends take there.
            field_bytes_max: 12 << 20,
            columns_max: 16_384,
            json_depth_max: 32,
            batch_rows: 8_192,
            batch_bytes_max: 32 << 20,
            set_aside_bytes_max: 512,
            audit_events_max: 1_024,
            url_bytes_max: 4_096,
            categories_max: 255,
            session_commands_max: 4_096,
            history_event_names_max: 1_024,
            history_entities_max: 20_000,
            history_names_max: 1_024,
            history_pairs_max: 4_096,
            history_fleet_names_max: 65_536,
            history_counts_max: 4_000_000,
            mail_bytes_max: 32 << 20,
            mail_depth_max: 16,
            mail_parts_max: 256,
            mail_decoded_bytes_max: 32 << 20,
            mail_headers_max: 512,
            mail_header_bytes_max: 256 << 10,
            mail_text_bytes_max: 256 << 10,
            mail_urls_max: 64,
            archive_entries_max: 256,
            command_bytes_max: 64 << 10,
            command_layers_max: 8,
            command_statements_max: 1_024,
            command_decoded_bytes_max: 256 << 10,
            command_braces_max: 64,
            profile_exact_events_max: 16 << 20,
            profile_months_max: 120,
            profile_sources_max: 32,
            profile_monthly_columns_max: 256,
            profile_correlated_columns_max: 256,
            profile_values_max: 1_024,
            profile_text_bytes_max: 64,
        }
    }
}
