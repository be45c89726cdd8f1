//! What kind of file something is: by its name, by its declared type, by its first bytes.

/// A family of files, as far as a reader of mail cares; codes never change within `email/1`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::email) enum FileKind {
    #[default]
    Unknown,
    Text,
    Html,
    Image,
    Media,
    Pdf,
    /// Office documents that are archives of XML.
    Document,
    /// Office documents that are compound files, and rich text.
    OldDocument,
    Archive,
    /// A disk image, which hides what it holds from the mark of the web.
    Disk,
    Program,
    Script,
    Shortcut,
    Message,
    Calendar,
    Signature,
}

impl FileKind {
    /// Returns whether a file that says it is `self` may honestly have content of the kind `real`.
    pub(super) fn may_be(self, real: Self) -> bool {
        self == real
            || match self {
                // An old name on a new document and the other way round; many documents are text inside.
                Self::Document => matches!(real, Self::OldDocument | Self::Archive | Self::Text),
                Self::OldDocument => matches!(real, Self::Document | Self::Text | Self::Html),
                Self::Text | Self::Script | Self::Message | Self::Calendar | Self::Signature => {
                    matches!(real, Self::Text | Self::Html)
                }
                Self::Html => real == Self::Text,
                Self::Image | Self::Media => matches!(real, Self::Image | Self::Media),
                Self::Program => real == Self::Archive,
                Self::Disk | Self::Archive | Self::Pdf | Self::Shortcut | Self::Unknown => false,
            }
    }
}

/// Returns what a file's name says it is.
pub(super) fn by_name(name: &str) -> FileKind {
    let Some((_, extension)) = name.trim_end_matches([' ', '.']).rsplit_once('.') else {
        return FileKind::Unknown;
    };
    match extension.to_ascii_lowercase().as_str() {
        "txt" | "log" | "csv" | "md" | "c" | "h" | "diff" | "patch" | "xml" | "json" => {
            FileKind::Text
        }
        "htm" | "html" | "shtml" | "xhtml" | "svg" | "mht" | "mhtml" => FileKind::Html,
        "jpg" | "jpeg" | "gif" | "png" | "bmp" | "tif" | "tiff" | "webp" | "ico" | "heic" => {
            FileKind::Image
        }
        "mp3" | "wav" | "mp4" | "avi" | "mov" | "mpg" | "mpeg" | "m4a" | "ogg" | "wmv" => {
            FileKind::Media
        }
        "pdf" => FileKind::Pdf,
        "docx" | "xlsx" | "pptx" | "docm" | "xlsm" | "pptm" | "dotm" | "xltm" | "odt" | "ods"
        | "odp" | "xlam" => FileKind::Document,
        "doc" | "xls" | "ppt" | "dot" | "rtf" | "pub" | "one" | "wps" | "pps" => {
            FileKind::OldDocument
        }
        "zip" | "rar" | "7z" | "gz" | "tgz" | "tar" | "bz2" | "xz" | "cab" | "ace" | "arj"
        | "lzh" | "z" => FileKind::Archive,
        "iso" | "img" | "vhd" | "vhdx" | "dmg" => FileKind::Disk,
        "exe" | "scr" | "com" | "pif" | "dll" | "msi" | "cpl" | "jar" | "apk" | "app" | "sys"
        | "ocx" | "xll" => FileKind::Program,
        "js" | "jse" | "vbs" | "vbe" | "wsf" | "wsh" | "hta" | "bat" | "cmd" | "ps1" | "sh"
        | "reg" | "scf" | "sct" | "chm" | "py" => FileKind::Script,
        "lnk" | "url" | "website" | "desktop" | "library-ms" | "search-ms" => FileKind::Shortcut,
        "eml" | "msg" => FileKind::Message,
        "ics" | "vcf" | "vcs" => FileKind::Calendar,
        "asc" | "sig" | "p7s" | "p7m" | "pgp" | "gpg" | "cer" => FileKind::Signature,
        _ => FileKind::Unknown,
    }
}

/// Returns what a declared type says a file is; `application/octet-stream` says nothing.
pub(super) fn by_mime(kind: &str, subtype: &str) -> FileKind {
    match (kind, subtype) {
        ("image", "svg+xml") | ("text", "html") => FileKind::Html,
        ("image", _) => FileKind::Image,
        ("audio" | "video", _) => FileKind::Media,
        ("text", "calendar" | "x-vcard" | "vcard" | "directory") => FileKind::Calendar,
        ("text", _) => FileKind::Text,
        ("message", _) => FileKind::Message,
        ("application", "pdf") => FileKind::Pdf,
        (
            "application",
            "zip" | "x-zip-compressed" | "x-rar-compressed" | "vnd.rar" | "x-7z-compressed"
            | "gzip" | "x-gzip" | "x-tar" | "x-compressed",
        ) => FileKind::Archive,
        ("application", "msword" | "vnd.ms-excel" | "vnd.ms-powerpoint" | "rtf") => {
            FileKind::OldDocument
        }
        ("application", "x-msdownload" | "x-msdos-program" | "x-dosexec" | "java-archive") => {
            FileKind::Program
        }
        ("application", "javascript" | "x-javascript" | "x-sh" | "hta") => FileKind::Script,
        (
            "application",
            "pgp-signature" | "pkcs7-signature" | "x-pkcs7-signature" | "pkcs7-mime"
            | "pgp-encrypted",
        ) => FileKind::Signature,
        ("application", "x-iso9660-image") => FileKind::Disk,
        ("application", other)
            if other.contains("openxmlformats") || other.contains("opendocument") =>
        {
            FileKind::Document
        }
        _ => FileKind::Unknown,
    }
}

/// Bytes of a file that tell what it is.
const OPENING_BYTES: usize = 1_024;

/// Returns what a file is by its first bytes.
pub(super) fn by_content(content: &[u8]) -> FileKind {
    let opening = content.get(..OPENING_BYTES).unwrap_or(content);
    if let Some(kind) = by_mark(opening) {
        return kind;
    }
    // Files that only a longer look tells apart.
    if let Some(found) = infer::Infer::new().get(opening) {
        let (kind, subtype) = found.mime_type().split_once('/').unwrap_or(("", ""));
        let kind = by_mime(kind, subtype);
        if kind != FileKind::Unknown {
            return kind;
        }
    }
    by_text(opening)
}

/// Marks at the start of the kinds that matter most.
const MARKS: &[(&[u8], FileKind)] = &[
    (b"MZ", FileKind::Program),
    (b"\x7fELF", FileKind::Program),
    (b"%PDF", FileKind::Pdf),
    (b"PK\x03\x04", FileKind::Archive),
    (b"PK\x05\x06", FileKind::Archive),
    (b"Rar!\x1a\x07", FileKind::Archive),
    (b"7z\xbc\xaf\x27\x1c", FileKind::Archive),
    (b"\x1f\x8b", FileKind::Archive),
    (b"MSCF", FileKind::Archive),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", FileKind::OldDocument),
    (b"{\\rt", FileKind::OldDocument),
    (b"L\0\0\0\x01\x14\x02\0", FileKind::Shortcut),
    (b"[InternetShortcut]", FileKind::Shortcut),
    (b"\xff\xd8\xff", FileKind::Image),
    (b"\x89PNG", FileKind::Image),
    (b"GIF8", FileKind::Image),
    (b"BEGIN:VC", FileKind::Calendar),
    (b"-----BEGIN PGP", FileKind::Signature),
];

fn by_mark(opening: &[u8]) -> Option<FileKind> {
    MARKS
        .iter()
        .find(|(mark, _)| opening.starts_with(mark))
        .map(|(_, kind)| *kind)
}

fn by_text(opening: &[u8]) -> FileKind {
    let trimmed = opening.trim_ascii_start();
    let starts = |mark: &str| {
        trimmed
            .get(..mark.len())
            .is_some_and(|found| found.eq_ignore_ascii_case(mark.as_bytes()))
    };
    if [
        "<html",
        "<!doctype html",
        "<head",
        "<body",
        "<script",
        "<svg",
    ]
    .into_iter()
    .any(starts)
    {
        return FileKind::Html;
    }
    let is_text =
        !opening.is_empty() && !opening.contains(&0) && std::str::from_utf8(opening).is_ok();
    if is_text {
        FileKind::Text
    } else {
        FileKind::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_files() {
        assert_eq!(by_name("A.PDF"), FileKind::Pdf);
        assert_eq!(by_name("a.exe . "), FileKind::Program);
        assert_eq!(by_name("readme"), FileKind::Unknown);
        assert_eq!(by_mime("application", "octet-stream"), FileKind::Unknown);
        assert_eq!(by_mime("image", "svg+xml"), FileKind::Html);
        assert_eq!(by_content(b" <!DOCTYPE HTML><p>"), FileKind::Html);
        assert_eq!(by_content(b"hello"), FileKind::Text);
        assert_eq!(by_content(b"MZ\0\0"), FileKind::Program);
        assert_eq!(by_content(b"RIFF\0\0\0\0WEBPVP8 "), FileKind::Image);
        assert_eq!(by_content(b"\0\x01\x02\x03"), FileKind::Unknown);
        assert_eq!(by_content(b""), FileKind::Unknown);
    }

    #[test]
    fn honest_labels() {
        assert!(FileKind::OldDocument.may_be(FileKind::Document));
        assert!(FileKind::Program.may_be(FileKind::Archive)); // Java programs are archives.
        assert!(!FileKind::Pdf.may_be(FileKind::Program));
        assert!(!FileKind::Image.may_be(FileKind::Html));
    }
}
