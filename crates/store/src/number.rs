//! Conversions between the number types of memory, files and the catalog, each saturating where
//! the value could not be held anyway. Nothing here fails.

/// Returns a length as it is written to files.
pub(crate) fn as_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// Returns a count from a file as a length in memory.
pub(crate) fn as_usize(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// Returns a count as the catalog holds it.
pub(crate) fn as_i64(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Returns a count from the catalog, 0 if it was negative.
pub(crate) fn from_i64(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

/// Reads eight little-endian bytes at `offset`.
pub(crate) fn read_u64(bytes: &[u8], offset: usize) -> Option<u64> {
    let end = offset.checked_add(8)?;
    let slice = bytes.get(offset..end)?;
    Some(u64::from_le_bytes(slice.try_into().ok()?))
}

/// Reads four little-endian bytes at `offset`.
pub(crate) fn read_u32(bytes: &[u8], offset: usize) -> Option<u32> {
    let end = offset.checked_add(4)?;
    let slice = bytes.get(offset..end)?;
    Some(u32::from_le_bytes(slice.try_into().ok()?))
}

/// Returns the first 64 bits of the digest of `bytes`, the checksum of small pieces.
pub(crate) fn checksum(bytes: &[u8]) -> u64 {
    read_u64(ringtrue_core::Digest::of(bytes).bytes(), 0).unwrap_or(0)
}
