//! What a ZIP archive holds, by its directory; nothing is unpacked.
//!
//! ```text
//!   ... files ... │ directory: one record an entry │ end record: where the directory starts
//! ```
//!
//! The crate `zip` holds the whole directory in memory before it shows the first name; here as many records are read
//! as the limit says. An archive whose end record is gone is read from the first local header on.

use memchr::memmem;

use super::FileKind;
use super::kind::by_name;

/// What an archive's directory tells.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one thing that was found, none is a mode"
)]
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in crate::email) struct Listing {
    /// Entries that were listed.
    pub(in crate::email) entries: f32,
    /// Entries that run as programs when clicked.
    pub(in crate::email) programs: f32,
    /// Entries that are archives again.
    pub(in crate::email) archives: f32,
    /// Unpacked bytes for each packed one, over all entries.
    pub(in crate::email) ratio: f32,
    pub(in crate::email) encrypted: bool,
    /// Whether it is an office document.
    pub(in crate::email) office: bool,
    /// Whether an office document holds programs.
    pub(in crate::email) macros: bool,
    /// Whether the directory cannot be read, or goes on beyond the limit.
    pub(in crate::email) broken: bool,
    packed: f32,
    unpacked: f32,
}

const END_MARK: &[u8] = b"PK\x05\x06";
const ENTRY_MARK: &[u8] = b"PK\x01\x02";
const LOCAL_MARK: &[u8] = b"PK\x03\x04";
/// Bytes of the end record without its comment, which is at most 65,535 bytes long.
const END_BYTES: usize = 22;
const COMMENT_BYTES_MAX: usize = 65_535;

/// Where the fields of a record stand behind its start.
struct Fields {
    flags: usize,
    packed: usize,
    unpacked: usize,
    name_bytes: usize,
    extra_bytes: usize,
    comment_bytes: Option<usize>,
    name: usize,
}

const ENTRY: Fields = Fields {
    flags: 8,
    packed: 20,
    unpacked: 24,
    name_bytes: 28,
    extra_bytes: 30,
    comment_bytes: Some(32),
    name: 46,
};
const LOCAL: Fields = Fields {
    flags: 6,
    packed: 18,
    unpacked: 22,
    name_bytes: 26,
    extra_bytes: 28,
    comment_bytes: None,
    name: 30,
};

/// Lists at most `entries_max` entries.
pub(super) fn list(content: &[u8], entries_max: usize) -> Listing {
    let mut listing = Listing::default();
    if let Some(start) = directory_start(content) {
        listing.read_directory(content, start, entries_max);
    } else {
        listing.broken = true;
        listing.see(content, &LOCAL);
    }
    listing.ratio = listing.unpacked / listing.packed.max(1.0);
    listing
}

fn directory_start(content: &[u8]) -> Option<usize> {
    let tail = content
        .len()
        .saturating_sub(END_BYTES.saturating_add(COMMENT_BYTES_MAX));
    let found = memmem::rfind(content.get(tail..)?, END_MARK)?;
    let end = tail.saturating_add(found);
    let bytes = long(content, end.saturating_add(12))?;
    // The directory ends where its end record starts, whatever stands before the archive.
    let start = end.checked_sub(bytes)?;
    let written = long(content, end.saturating_add(16))?;
    [start, written].into_iter().find(|start| {
        content
            .get(*start..)
            .is_some_and(|rest| rest.starts_with(ENTRY_MARK))
    })
}

/// Reads a number of two bytes.
fn short(content: &[u8], at: usize) -> Option<usize> {
    let bytes = content.get(at..at.saturating_add(2))?;
    Some(usize::from(u16::from_le_bytes(bytes.try_into().ok()?)))
}

/// Reads a number of four bytes.
fn long(content: &[u8], at: usize) -> Option<usize> {
    let bytes = content.get(at..at.saturating_add(4))?;
    usize::try_from(u32::from_le_bytes(bytes.try_into().ok()?)).ok()
}

impl Listing {
    fn read_directory(&mut self, content: &[u8], start: usize, entries_max: usize) {
        let mut at = start;
        for _ in 0..entries_max {
            let Some(record) = content
                .get(at..)
                .filter(|rest| rest.starts_with(ENTRY_MARK))
            else {
                return;
            };
            let Some(bytes) = self.see(record, &ENTRY) else {
                self.broken = true;
                return;
            };
            at = at.saturating_add(bytes);
        }
        self.broken |= content
            .get(at..)
            .is_some_and(|rest| rest.starts_with(ENTRY_MARK));
    }

    /// Counts one record; returns its bytes.
    fn see(&mut self, record: &[u8], fields: &Fields) -> Option<usize> {
        if !record.starts_with(ENTRY_MARK) && !record.starts_with(LOCAL_MARK) {
            return None;
        }
        let name_bytes = short(record, fields.name_bytes)?;
        let name_end = fields.name.saturating_add(name_bytes);
        let name = record.get(fields.name..name_end)?;
        self.entries += 1.0;
        self.encrypted |= short(record, fields.flags)? & 1 == 1;
        self.packed += long(record, fields.packed)? as f32;
        self.unpacked += long(record, fields.unpacked)? as f32;
        self.see_name(&String::from_utf8_lossy(name));
        let comment = match fields.comment_bytes {
            Some(at) => short(record, at)?,
            None => 0,
        };
        let extra = short(record, fields.extra_bytes)?;
        Some(name_end.saturating_add(extra).saturating_add(comment))
    }

    fn see_name(&mut self, name: &str) {
        self.office |= name == "[Content_Types].xml" || name == "mimetype";
        self.macros |= name.ends_with("vbaProject.bin");
        match by_name(name) {
            FileKind::Program | FileKind::Script | FileKind::Shortcut => self.programs += 1.0,
            FileKind::Archive | FileKind::Disk => self.archives += 1.0,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn four_bytes(number: usize) -> [u8; 4] {
        u32::try_from(number).expect("small").to_le_bytes()
    }

    /// An archive of files of 1,000 bytes packed into 10; `flags` of each.
    fn archive(names: &[&str], flags: u8) -> Vec<u8> {
        let mut directory = Vec::new();
        for name in names {
            let name_bytes = u8::try_from(name.len()).expect("a short name");
            directory.extend_from_slice(b"PK\x01\x02\0\0\0\0");
            directory.extend_from_slice(&[flags, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            directory.extend_from_slice(&[10, 0, 0, 0, 0xe8, 3, 0, 0, name_bytes, 0]);
            directory.extend_from_slice(&[0; 16]);
            directory.extend_from_slice(name.as_bytes());
        }
        let files = [b"PK\x03\x04".to_vec(), vec![0; 36]].concat();
        [
            &files[..],
            &directory,
            b"PK\x05\x06\0\0\0\0\0\0\0\0",
            &four_bytes(directory.len()),
            &four_bytes(files.len()),
            &[0, 0],
        ]
        .concat()
    }

    fn counted(listing: &Listing) -> [u32; 4] {
        [
            listing.entries,
            listing.programs,
            listing.archives,
            listing.ratio,
        ]
        .map(f32::to_bits)
    }

    #[test]
    fn entries_of_an_archive() {
        let content = archive(&["a.txt", "b.pdf.exe", "c.zip"], 1);
        let listing = list(&content, 100);
        assert_eq!(
            counted(&listing),
            [3.0_f32, 1.0, 1.0, 100.0].map(f32::to_bits)
        );
        assert!(listing.encrypted && !listing.office && !listing.broken);
        let cut = list(&content, 2);
        assert!(cut.broken && cut.entries < 3.0);
        let office = list(
            &archive(&["[Content_Types].xml", "word/vbaProject.bin"], 0),
            9,
        );
        assert!(office.office && office.macros && !office.encrypted);
    }

    #[test]
    fn broken_archives() {
        let content = archive(&["a.exe"], 0);
        // The two last bytes tell only how long a comment is.
        for end in 0..content.len().saturating_sub(2) {
            let cut = content.get(..end).unwrap_or(&[]);
            assert!(list(cut, 100).broken, "{end}");
        }
        // Thousands of end records lead nowhere, at once.
        assert!(list(&b"PK\x05\x06".repeat(100_000), 100).broken);
    }
}
