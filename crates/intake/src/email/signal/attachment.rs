//! Attachment: what hangs on the message, what it says it is and what it is.

use ringtrue_core::signal::Privacy;

use super::{Signal, Theme, flag};
use crate::email::attachment::{Attachment, FileKind, Listing};
use crate::email::facts::Facts;

pub(in crate::email) const THEME: Theme = Theme {
    name: "attachment",
    together: &["structure"],
    privacy: Privacy::Derived,
    cost_minutes: 2.0,
    signals: &[
        Signal::count("attachments", "of the number of attached files", |facts| {
            facts.mail.attachments.len() as f32
        }),
        Signal::bytes(
            "attachment_bytes",
            "of the size of all attached files",
            |facts| {
                facts
                    .mail
                    .attachments
                    .iter()
                    .map(|file| file.bytes as f32)
                    .sum()
            },
        ),
        Signal::count(
            "attached_programs",
            "attached files run when they are opened",
            |facts| count(facts, Attachment::runs),
        ),
        Signal::flag(
            "attachment_double_extension",
            "a file's name ends in two kinds",
            |facts| any(facts, Attachment::has_double_extension),
        ),
        Signal::flag(
            "attachment_trick_name",
            "a file's name is written to be misread",
            |facts| any(facts, Attachment::has_trick_name),
        ),
        Signal::flag(
            "attachment_mislabelled",
            "a file is not what its name or type says",
            |facts| any(facts, Attachment::is_mislabelled),
        ),
        Signal::flag("attachment_macros", "a document holds programs", |facts| {
            any(facts, |file| file.macros)
        }),
        Signal::flag(
            "attachment_encrypted",
            "a file is locked with a password",
            |facts| any(facts, |file| file.encrypted),
        ),
        Signal::count("attached_pages", "pages are attached as files", |facts| {
            count(facts, |file| file.kind() == FileKind::Html)
        }),
        Signal::count(
            "attached_images",
            "of the number of attached images",
            |facts| count(facts, |file| file.kind() == FileKind::Image),
        ),
        Signal::count(
            "attached_archives",
            "of the number of attached archives and disk images",
            |facts| {
                count(facts, |file| {
                    matches!(file.kind(), FileKind::Archive | FileKind::Disk)
                })
            },
        ),
        Signal::count(
            "attached_documents",
            "of the number of attached documents",
            |facts| {
                count(facts, |file| {
                    matches!(
                        file.kind(),
                        FileKind::Document | FileKind::OldDocument | FileKind::Pdf
                    )
                })
            },
        ),
        Signal::count(
            "attached_signatures",
            "of the number of attached signatures and invitations",
            |facts| {
                count(facts, |file| {
                    matches!(file.kind(), FileKind::Signature | FileKind::Calendar)
                })
            },
        ),
        Signal::category(
            "attachment_kind",
            "of the most dangerous kind of file attached",
            |facts| {
                let kinds = facts.mail.attachments.iter().map(Attachment::kind);
                kinds
                    .max_by_key(|kind| danger(*kind))
                    .map_or(f32::NAN, |kind| f32::from(kind as u8))
            },
        ),
        Signal::count("inline_files", "files are shown within the text", |facts| {
            count(facts, |file| file.inline)
        }),
        Signal::count(
            "archive_entries",
            "of the number of files in archives",
            |facts| archives(facts, |listing| listing.entries),
        ),
        Signal::count("archive_programs", "archives hold programs", |facts| {
            archives(facts, |listing| listing.programs + listing.archives)
        }),
        Signal::count(
            "archive_ratio",
            "of how much archives grow when unpacked",
            |facts| archives(facts, |listing| listing.ratio),
        ),
        Signal::flag(
            "archive_broken",
            "an archive cannot be listed whole",
            |facts| archives(facts, |listing| flag(listing.broken)),
        ),
    ],
};

fn count(facts: &Facts<'_>, holds: fn(&Attachment) -> bool) -> f32 {
    facts
        .mail
        .attachments
        .iter()
        .filter(|file| holds(file))
        .count() as f32
}

fn any(facts: &Facts<'_>, holds: fn(&Attachment) -> bool) -> f32 {
    if facts.mail.attachments.is_empty() {
        return f32::NAN;
    }
    flag(facts.mail.attachments.iter().any(holds))
}

/// Returns the largest of a measure over archives, NaN without one.
fn archives(facts: &Facts<'_>, measure: fn(&Listing) -> f32) -> f32 {
    let listings = facts
        .mail
        .attachments
        .iter()
        .filter_map(|file| file.listing.as_ref());
    listings.map(measure).fold(f32::NAN, f32::max)
}

/// Returns how dangerous a kind of file is, for the one that stands for all.
const fn danger(kind: FileKind) -> u8 {
    match kind {
        FileKind::Program => 9,
        FileKind::Shortcut => 8,
        FileKind::Script => 7,
        FileKind::Disk => 6,
        FileKind::Archive => 5,
        FileKind::Html => 4,
        FileKind::OldDocument | FileKind::Document => 3,
        FileKind::Pdf => 2,
        FileKind::Unknown => 0,
        _ => 1,
    }
}
