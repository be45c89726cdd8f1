//! The form of a message: which headers it has and how it is encoded, read from its head alone.

use ringtrue_core::Limits;

use super::message::{is_storage_mark, read_date, walk};

/// What a head says of how a message was written and kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Form {
    /// Names of headers in lowercase and in order, but for verdicts.
    pub(crate) names: Vec<String>,
    /// Names of headers in which other products give verdicts, in lowercase.
    pub(crate) verdicts: Vec<String>,
    /// Whether the line of a mailbox file stands before it.
    pub(crate) has_mailbox_line: bool,
    /// Such as `text/plain`; empty where nothing is said, as all below.
    pub(crate) content_type: String,
    /// The character set, lowercase.
    pub(crate) charset: String,
    /// The transfer encoding, lowercase.
    pub(crate) encoding: String,
    /// The zone of its date, such as `+0200`.
    pub(crate) zone: String,
}

/// Reads the form of a raw message; its body is not looked at.
pub(crate) fn form_of(raw: &[u8], limits: &Limits) -> Form {
    let bytes = raw.get(..limits.mail_bytes_max).unwrap_or(raw);
    let head_alone = Limits {
        mail_parts_max: 1,
        ..*limits
    };
    let (entities, _) = walk(bytes, &head_alone);
    let has_mailbox_line = is_storage_mark(raw);
    let Some(entity) = entities.into_iter().next() else {
        return Form {
            has_mailbox_line,
            ..Form::default()
        };
    };
    let head = &entity.head;
    let lower = |(name, _): (&str, &str)| name.to_ascii_lowercase();
    let content = &entity.content;
    let is_typed = !content.kind.is_empty();
    let encoding = head.first("content-transfer-encoding").unwrap_or("");
    Form {
        names: head.own().map(lower).collect(),
        verdicts: head.verdicts().map(lower).collect(),
        has_mailbox_line,
        content_type: if is_typed {
            format!("{}/{}", content.kind, content.subtype)
        } else {
            String::new()
        },
        charset: content.get("charset").to_ascii_lowercase(),
        encoding: encoding.trim().to_ascii_lowercase(),
        zone: head.first("date").and_then(zone_of).unwrap_or_default(),
    }
}

fn zone_of(date: &str) -> Option<String> {
    let date = read_date(date)?;
    let sign = if date.tz_before_gmt { '-' } else { '+' };
    Some(format!("{sign}{:02}{:02}", date.tz_hour, date.tz_minute))
}
