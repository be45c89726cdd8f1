//! Compression, recognised by its first bytes and undone while reading.

use std::io::{self, Read};

/// How the bytes were packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    Plain,
    /// gzip, one member or several.
    Gzip,
    /// Zstandard.
    Zstandard,
}

/// The largest window that a Zstandard stream may ask for: 2^27 bytes, as the `zstd` tool allows by default.
const ZSTANDARD_WINDOW_LOG_MAX: u32 = 27;

/// Wraps `reader` so that it yields unpacked bytes; memory stays bounded however far they unpack.
///
/// # Errors
///
/// Whatever reading the first four bytes fails with.
pub fn decompress<'a>(
    mut reader: Box<dyn Read + 'a>,
) -> io::Result<(Box<dyn Read + 'a>, Compression)> {
    let mut head = Vec::with_capacity(4);
    reader.by_ref().take(4).read_to_end(&mut head)?;
    let is_gzip = head.starts_with(&[0x1f, 0x8b]);
    let is_zstandard = head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]);
    let whole = io::Cursor::new(head).chain(reader);
    if is_gzip {
        Ok((
            Box::new(flate2::read::MultiGzDecoder::new(whole)),
            Compression::Gzip,
        ))
    } else if is_zstandard {
        let mut decoder = zstd::stream::read::Decoder::new(whole)?;
        decoder.window_log_max(ZSTANDARD_WINDOW_LOG_MAX)?;
        Ok((Box::new(decoder), Compression::Zstandard))
    } else {
        Ok((Box::new(whole), Compression::Plain))
    }
}
