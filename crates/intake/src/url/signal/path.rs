//! Path: folders, file name, extension, dates and slugs.
//!
//! The path is read in lowercase as it was written, cut at slashes (backslashes too, as browsers
//! do). An empty segment is no folder.

use ringtrue_core::signal::Privacy;

use super::{Signal, Theme, flag, share};
use crate::url::facts::Facts;
use crate::url::split::slice;

pub(in crate::url) const THEME: Theme = Theme {
    name: "path",
    together: &["length", "words", "random"],
    privacy: Privacy::Derived,
    cost_minutes: 0.5,
    signals: &[
        Signal::count(
            "path_depth",
            "of the number of folders in the path",
            |facts| facts.folders.segments as f32,
        ),
        Signal::bytes(
            "longest_segment",
            "of the longest segment of the path",
            |facts| facts.folders.longest as f32,
        ),
        Signal::bytes(
            "mean_segment",
            "of the mean length of the path's segments",
            |facts| share(facts.folders.total as f32, facts.folders.segments as f32),
        ),
        Signal::bytes(
            "last_segment",
            "of the length of the path's last segment",
            |facts| facts.folders.last as f32,
        ),
        Signal::category(
            "extension",
            "of the kind of file that the path names",
            |facts| f32::from(facts.folders.extension as u8),
        ),
        Signal::flag(
            "double_extension",
            "the file's name has two extensions",
            |facts| flag(facts.folders.double_extension),
        ),
        Signal::count("path_dots", "of the number of dots in the path", |facts| {
            facts.path.dots as f32
        }),
        Signal::bits(
            "path_entropy",
            "of the variety of letters in the path",
            |facts| facts.path.entropy,
        ),
        Signal::count(
            "longest_slug",
            "of how many words the path's longest slug joins",
            |facts| facts.folders.longest_slug as f32,
        ),
        Signal::count(
            "last_slug",
            "of how many words the path's last segment joins",
            |facts| facts.folders.last_slug as f32,
        ),
        Signal::flag(
            "path_date",
            "the path holds a date, as articles do",
            |facts| flag(facts.folders.dated),
        ),
        Signal::flag(
            "tilde_folder",
            "the path leads into a user's own folder (`~`)",
            |facts| flag(facts.folders.tilde),
        ),
        Signal::flag(
            "hidden_folder",
            "the path leads into a hidden folder",
            |facts| flag(facts.folders.hidden),
        ),
        Signal::flag(
            "software_folder",
            "the path leads into the inside of a site's software",
            |facts| flag(facts.marks.software > 0),
        ),
        Signal::flag(
            "entry_file",
            "the file is named like an entry page (index, login, home)",
            |facts| flag(facts.folders.entry_file),
        ),
        Signal::flag(
            "repeated_segment",
            "a folder stands twice in the path",
            |facts| flag(facts.folders.repeated),
        ),
        Signal::flag(
            "double_slash",
            "the path holds two slashes in a row",
            |facts| flag(facts.folders.double_slash),
        ),
        Signal::flag("trailing_slash", "the path ends in a slash", |facts| {
            flag(facts.folders.trailing_slash)
        }),
        Signal::category("bare_host", "nothing follows the host", bare),
    ],
};

/// 0 nothing follows, 1 a single slash, 2 something.
fn bare(facts: &Facts<'_>) -> f32 {
    match facts.parts.lower_tail() {
        "" => 0.0,
        "/" => 1.0,
        _ => 2.0,
    }
}

/// The kind of file that an extension names; codes never change within `url/1`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::url) enum Extension {
    #[default]
    None,
    Html,
    Htm,
    Php,
    Asp,
    Script,
    Program,
    Archive,
    Asset,
    Pdf,
    Image,
    Document,
    Unknown,
}

/// Bytes of the longest extension that counts as one.
const EXTENSION_BYTES_MAX: usize = 6;
/// Segments that are compared with one another.
const COMPARED_MAX: usize = 16;

fn extension_of(name: &str) -> Extension {
    let Some((stem, extension)) = name.rsplit_once('.') else {
        return Extension::None;
    };
    if stem.is_empty() || extension.is_empty() || extension.len() > EXTENSION_BYTES_MAX {
        return Extension::None;
    }
    match extension {
        "html" | "shtml" | "xhtml" => Extension::Html,
        "htm" => Extension::Htm,
        "php" | "php3" | "php4" | "php5" | "phtml" => Extension::Php,
        "asp" | "aspx" => Extension::Asp,
        "jsp" | "do" | "cgi" | "pl" | "py" | "cfm" | "action" => Extension::Script,
        "exe" | "apk" | "msi" | "scr" | "bat" | "cmd" | "jar" | "vbs" | "ps1" | "dll" | "lnk"
        | "sh" | "elf" | "bin" | "dmg" => Extension::Program,
        "zip" | "rar" | "7z" | "gz" | "tar" | "tgz" | "iso" | "cab" | "xz" | "bz2" => {
            Extension::Archive
        }
        "js" | "css" | "json" | "xml" | "rss" => Extension::Asset,
        "pdf" => Extension::Pdf,
        "jpg" | "jpeg" | "png" | "gif" | "svg" | "webp" | "ico" | "mp4" | "mp3" => Extension::Image,
        "txt" | "md" | "csv" | "doc" | "docx" | "docm" | "xls" | "xlsx" | "xlsm" | "ppt"
        | "pptx" | "rtf" | "ipynb" | "epub" => Extension::Document,
        _ => Extension::Unknown,
    }
}

/// What the path's segments look like.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one flag of the row, none is a mode"
)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::url) struct Folders {
    segments: u32,
    longest: usize,
    total: usize,
    last: usize,
    extension: Extension,
    double_extension: bool,
    longest_slug: usize,
    last_slug: usize,
    dated: bool,
    tilde: bool,
    hidden: bool,
    entry_file: bool,
    repeated: bool,
    double_slash: bool,
    trailing_slash: bool,
}

impl Folders {
    /// Reads `path`, which is lowercase.
    pub(in crate::url) fn read(path: &str) -> Self {
        let mut folders = Self {
            double_slash: path.contains("//"),
            trailing_slash: path.len() > 1 && path.ends_with('/'),
            ..Self::default()
        };
        let mut seen = [""; COMPARED_MAX];
        let mut last = "";
        let mut year_before = false;
        let mut start = 0_usize;
        for piece in path.as_bytes().split(|byte| matches!(byte, b'/' | b'\\')) {
            let end = start.saturating_add(piece.len());
            let segment = slice(path, &(start..end));
            start = end.saturating_add(1);
            if segment.is_empty() {
                continue;
            }
            let joints = piece.iter().filter(|byte| matches!(byte, b'-' | b'_'));
            let slug = joints.count();
            let place = usize::try_from(folders.segments).unwrap_or(usize::MAX);
            let before = seen.get(..place).unwrap_or(&seen);
            folders.repeated |= before.contains(&segment);
            if let Some(slot) = seen.get_mut(place) {
                *slot = segment;
            }
            folders.see(segment, slug);
            folders.dated |= is_date(segment) || (year_before && is_number(segment, 1..=2));
            year_before = is_year(segment);
            last = segment;
        }
        folders.finish(last);
        folders
    }

    /// Looks at a segment that joins words with `slug` marks.
    fn see(&mut self, segment: &str, slug: usize) {
        self.segments = self.segments.saturating_add(1);
        self.longest = self.longest.max(segment.len());
        self.total = self.total.saturating_add(segment.len());
        self.longest_slug = self.longest_slug.max(slug);
        self.last_slug = slug;
        self.tilde |= segment.starts_with('~') || segment.starts_with("%7e");
        self.hidden |= segment.len() > 2 && segment.starts_with('.') && !segment.starts_with("..");
    }

    fn finish(&mut self, last: &str) {
        self.last = last.len();
        if self.trailing_slash {
            return;
        }
        self.extension = extension_of(last);
        let stem = last.rsplit_once('.').map_or(last, |(stem, _)| stem);
        self.double_extension = !matches!(self.extension, Extension::None | Extension::Unknown)
            && !matches!(extension_of(stem), Extension::None | Extension::Unknown);
        let name = stem.trim_end_matches(|letter: char| letter.is_ascii_digit());
        self.entry_file = self.extension != Extension::None
            && matches!(
                name,
                "index"
                    | "login"
                    | "home"
                    | "verify"
                    | "update"
                    | "main"
                    | "signin"
                    | "sign"
                    | "account"
                    | "secure"
                    | "confirm"
                    | "default"
            );
    }
}

fn is_number(text: &str, digits: std::ops::RangeInclusive<usize>) -> bool {
    digits.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_year(text: &str) -> bool {
    is_number(text, 4..=4) && (text.starts_with("19") || text.starts_with("20"))
}

/// Returns whether `segment` starts with a date such as `2019-05` or is a date of 8 digits.
fn is_date(segment: &str) -> bool {
    let year = segment.get(..4).is_some_and(is_year);
    let month = segment
        .get(5..7)
        .is_some_and(|month| is_number(month, 2..=2));
    let joined = segment
        .get(4..5)
        .is_some_and(|joint| joint == "-" || joint == "_");
    year && ((joined && month) || is_number(segment, 8..=8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files() {
        let check = |name, expected| assert_eq!(extension_of(name), expected, "{name}");
        check("index.php", Extension::Php);
        check("setup.exe", Extension::Program);
        check("readme", Extension::None);
        check(".htaccess", Extension::None);
        check("v1.0.longword", Extension::None);
        check("a.xyz", Extension::Unknown);
    }

    #[test]
    fn folders_of_an_article_and_of_a_trap() {
        let article = Folders::read("/2019/05/how-to-grow-a-garden/");
        assert!(article.dated && article.trailing_slash && !article.entry_file);
        assert_eq!((article.segments, article.longest_slug), (3, 4));
        let trap = Folders::read("/~joe/.a1/x//x/invoice.pdf.exe");
        assert!(trap.tilde && trap.hidden && trap.repeated && trap.double_slash);
        assert!(trap.double_extension && !trap.dated);
        assert_eq!(trap.extension, Extension::Program);
        assert!(Folders::read("/login2.php").entry_file);
        assert!(Folders::read("/2019-05-12-post").dated);
        assert!(!Folders::read("/2019/part").dated);
    }
}
