//! One record as bytes.
//!
//! ```text
//!   marker 4 ("RTLP" plain, "RTLC" chained) · length of the body 4 · checksum of the body 8
//!   body: sequence 8 · group 8 · time 8 · [previous digest 32] · payload
//!
//!   mark 4 ("RTLE") · length of the body 4 · checksum of the body 8 · body: sequence 8
//! ```
//!
//! `group` is the sequence number of the first record of the sync that wrote this one. A later group
//! is only written after an earlier one was synced, so a bad frame before a good one of a later
//! group is damage and not an interrupted write.
//!
//! A mark is written behind a group after it was synced, and says the sequence number that comes next:
//! every record below it was on the disk whole, so that a bad frame before a mark is damage too.
//! Logs of earlier programs have none; to those programs one is an unfinished end, or damage.

use ringtrue_core::{Digest, EventTime};

use super::{PAYLOAD_BYTES_MAX, Record};
use crate::number::{checksum, read_u32, read_u64};

const PLAIN: &[u8; 4] = b"RTLP";
const CHAINED: &[u8; 4] = b"RTLC";
const MARK: &[u8; 4] = b"RTLE";
pub(crate) const HEADER: usize = 16;
const FACTS: usize = 24;
const LINK: usize = 32;
const MARKED: usize = 8;
/// Bytes of the longest frame.
pub(crate) const FRAME_MAX: usize = HEADER + FACTS + LINK + PAYLOAD_BYTES_MAX;

/// What stands at the start of some bytes.
pub(crate) enum Decoded {
    /// A whole frame of this many bytes, written with this group.
    Whole(Record, u64, usize),
    /// A mark of this many bytes: every record below the number was synced.
    Mark(u64, usize),
    /// The start of a frame.
    Short,
    /// No frame.
    Bad,
}

/// Appends a record's frame to `out`.
pub(crate) fn encode(record: &Record, group: u64, out: &mut Vec<u8>) {
    let mut body = Vec::with_capacity(FACTS + LINK + record.payload.len());
    body.extend_from_slice(&record.sequence.to_le_bytes());
    body.extend_from_slice(&group.to_le_bytes());
    body.extend_from_slice(&record.time.0.to_le_bytes());
    let marker = match &record.previous {
        Some(previous) => {
            body.extend_from_slice(previous.bytes());
            CHAINED
        }
        None => PLAIN,
    };
    body.extend_from_slice(&record.payload);
    frame(*marker, &body, out);
}

/// Appends the mark that says that every record below `next` is on the disk.
pub(crate) fn encode_mark(next: u64, out: &mut Vec<u8>) {
    frame(*MARK, &next.to_le_bytes(), out);
}

fn frame(marker: [u8; 4], body: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&marker);
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&checksum(body).to_le_bytes());
    out.extend_from_slice(body);
}

/// Reads the frame at the start of `bytes`.
pub(crate) fn decode(bytes: &[u8]) -> Decoded {
    let start = bytes.get(..4).unwrap_or(bytes);
    let known = [PLAIN, CHAINED, MARK];
    let Some(marker) = known.into_iter().find(|it| it.starts_with(start)) else {
        return Decoded::Bad;
    };
    if bytes.len() < HEADER {
        return Decoded::Short;
    }
    let Some((length, sum)) = read_u32(bytes, 4).zip(read_u64(bytes, 8)) else {
        return Decoded::Bad;
    };
    let size = usize::try_from(length).map_or(usize::MAX, |length| length.saturating_add(HEADER));
    if size > FRAME_MAX || (marker == MARK && size != HEADER + MARKED) {
        return Decoded::Bad;
    }
    let Some(body) = bytes.get(HEADER..size) else {
        return Decoded::Short;
    };
    if checksum(body) != sum {
        return Decoded::Bad;
    }
    if marker == MARK {
        return read_u64(body, 0).map_or(Decoded::Bad, |next| Decoded::Mark(next, size));
    }
    match read_body(body, marker == CHAINED) {
        Some((record, group)) => Decoded::Whole(record, group, size),
        None => Decoded::Bad,
    }
}

fn read_body(body: &[u8], chained: bool) -> Option<(Record, u64)> {
    let time = i64::from_le_bytes(body.get(16..FACTS)?.try_into().ok()?);
    let (previous, start) = if chained {
        let link = body.get(FACTS..FACTS + LINK)?.try_into().ok()?;
        (Some(Digest::from_bytes(link)), FACTS + LINK)
    } else {
        (None, FACTS)
    };
    let record = Record {
        sequence: read_u64(body, 0)?,
        time: EventTime(time),
        previous,
        payload: body.get(start..)?.to_vec(),
    };
    Some((record, read_u64(body, 8)?))
}

/// What stands behind a bad frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beyond {
    /// No whole frame: a write was interrupted.
    Nothing,
    /// Whole frames of what may be the same write: it may have reached the disk in another order, or be damaged.
    Whole,
    /// Proof that what stood there was synced: it is damaged.
    Synced,
}

/// Tells what `bytes` hold, anywhere, if record `sequence` belongs at their start and does not stand there.
pub(crate) fn beyond(bytes: &[u8], sequence: u64) -> Beyond {
    let mut found = Beyond::Nothing;
    for whole in anywhere(bytes) {
        match whole {
            Decoded::Whole(_, later, _) | Decoded::Mark(later, _) if later > sequence => {
                return Beyond::Synced;
            }
            _ => found = Beyond::Whole,
        }
    }
    found
}

/// Returns the whole records that stand in `bytes`, wherever they begin.
pub(crate) fn records(bytes: &[u8]) -> Vec<Record> {
    let record = |whole| match whole {
        Decoded::Whole(record, ..) => Some(record),
        _ => None,
    };
    anywhere(bytes).filter_map(record).collect()
}

/// Finds whole frames and marks, wherever they begin.
fn anywhere(bytes: &[u8]) -> impl Iterator<Item = Decoded> {
    let starts = bytes.windows(3).enumerate();
    let starts = starts.filter(|(_, window)| *window == b"RTL");
    let decoded = starts.map(|(at, _)| decode(bytes.get(at..).unwrap_or(&[])));
    decoded.filter(|it| matches!(it, Decoded::Whole(..) | Decoded::Mark(..)))
}
