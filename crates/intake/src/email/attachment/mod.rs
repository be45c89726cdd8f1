//! Attachments: what a file is called, what it says it is and what it is.

mod archive;
mod kind;

use memchr::memmem;
use ringtrue_core::Limits;

pub(super) use archive::Listing;
pub(super) use kind::FileKind;

use crate::url::script::is_invisible;

/// An attached file.
#[derive(Clone, Debug, Default)]
pub(super) struct Attachment {
    /// Its name, decoded; empty if it has none.
    pub(super) name: String,
    pub(super) bytes: usize,
    /// Whether it says that it is part of the text, or the text points to it.
    pub(super) inline: bool,
    pub(super) by_name: FileKind,
    pub(super) by_type: FileKind,
    pub(super) by_content: FileKind,
    /// Whether it holds programs that run in an office application.
    pub(super) macros: bool,
    pub(super) encrypted: bool,
    pub(super) listing: Option<Listing>,
}

impl Attachment {
    /// Looks at a file; its content is never unpacked.
    pub(super) fn read(name: &str, mime: (&str, &str), content: &[u8], limits: &Limits) -> Self {
        let by_content = kind::by_content(content);
        let mut attachment = Self {
            name: name.to_owned(),
            bytes: content.len(),
            by_name: kind::by_name(name),
            by_type: kind::by_mime(mime.0, mime.1),
            by_content,
            ..Self::default()
        };
        match by_content {
            FileKind::Archive | FileKind::Document if content.starts_with(b"PK") => {
                let listing = archive::list(content, limits.archive_entries_max);
                attachment.macros = listing.macros;
                attachment.encrypted = listing.encrypted;
                if listing.office {
                    attachment.by_content = FileKind::Document;
                } else {
                    attachment.listing = Some(listing);
                }
            }
            FileKind::OldDocument => {
                attachment.macros = holds_wide(content, "_VBA_PROJECT");
                attachment.encrypted = holds_wide(content, "EncryptedPackage");
            }
            FileKind::Pdf => attachment.encrypted = memmem::find(content, b"/Encrypt").is_some(),
            FileKind::Archive => attachment.encrypted = is_encrypted_other(content),
            _ => {}
        }
        attachment
    }

    /// Returns what the file most likely is: its content where that is known, else its name, else its type.
    pub(super) fn kind(&self) -> FileKind {
        [self.by_content, self.by_name, self.by_type]
            .into_iter()
            .find(|kind| *kind != FileKind::Unknown)
            .unwrap_or_default()
    }

    /// Returns whether a click on it, by its name or its content, runs a program.
    pub(super) fn runs(&self) -> bool {
        [self.by_name, self.by_content].iter().any(|kind| {
            matches!(
                kind,
                FileKind::Program | FileKind::Script | FileKind::Shortcut
            )
        })
    }

    /// Returns whether its name ends in two kinds of file, the first of them harmless.
    pub(super) fn has_double_extension(&self) -> bool {
        let Some((stem, _)) = self.name.rsplit_once('.') else {
            return false;
        };
        let inner = kind::by_name(stem.trim_end());
        !matches!(inner, FileKind::Unknown | FileKind::Archive)
            && self.by_name != FileKind::Unknown
            && inner != self.by_name
    }

    /// Returns whether its name is written to be misread: direction marks, letters that nobody sees, many blanks.
    pub(super) fn has_trick_name(&self) -> bool {
        self.name.chars().any(is_invisible)
            || self.name.contains("     ")
            || self.name.contains('\t')
    }

    /// Returns whether content and name, or content and type, are of different families.
    pub(super) fn is_mislabelled(&self) -> bool {
        let real = self.by_content;
        real != FileKind::Unknown
            && [self.by_name, self.by_type]
                .iter()
                .any(|said| *said != FileKind::Unknown && !said.may_be(real))
    }
}

/// Returns whether `content` holds `name` in UTF-16, as compound files write the names of what they hold.
fn holds_wide(content: &[u8], name: &str) -> bool {
    let wide: Vec<u8> = name.bytes().flat_map(|byte| [byte, 0]).collect();
    memmem::find(content, &wide).is_some()
}

/// Returns whether a RAR archive says that its names or its first file are encrypted.
fn is_encrypted_other(content: &[u8]) -> bool {
    if let Some(rest) = content.strip_prefix(b"Rar!\x1a\x07\x00") {
        // Flags of the archive's header, and of the first file's behind its 13 bytes.
        let flag = |at: usize, bit: u8| rest.get(at).is_some_and(|byte| byte & bit != 0);
        return flag(3, 0x80) || flag(16, 0x04);
    }
    if let Some(rest) = content.strip_prefix(b"Rar!\x1a\x07\x01\x00") {
        // The first header's type: 4 means that all others are encrypted.
        return rest.get(5) == Some(&4);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, mime: (&str, &str), content: &[u8]) -> Attachment {
        Attachment::read(name, mime, content, &Limits::default())
    }

    #[test]
    fn names_and_tricks() {
        let trap = file(
            "invoice.pdf.exe",
            ("application", "pdf"),
            b"MZ\x90\x00 rest",
        );
        assert!(trap.runs() && trap.has_double_extension() && trap.is_mislabelled());
        let turned = file("x\u{202e}fdp.exe", ("application", "octet-stream"), b"");
        assert!(turned.has_trick_name() && turned.runs() && !turned.is_mislabelled());
        let plain = file("photo.jpg", ("image", "jpeg"), b"\xff\xd8\xff\xe0rest");
        assert!(!plain.runs() && !plain.has_double_extension() && !plain.is_mislabelled());
        assert!(!file("a.tar.gz", ("application", "gzip"), b"").has_double_extension());
    }

    #[test]
    fn macros_and_locks() {
        let mut old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
        old.extend("_VBA_PROJECT".bytes().flat_map(|byte| [byte, 0]));
        let old = file("a.doc", ("application", "msword"), &old);
        assert!(old.macros && !old.encrypted);
        assert!(file("a.pdf", ("", ""), b"%PDF-1.4 /Encrypt 1 0 R").encrypted);
        assert!(file("a.rar", ("", ""), b"Rar!\x1a\x07\x01\x00\0\0\0\0\x01\x04").encrypted);
    }
}
