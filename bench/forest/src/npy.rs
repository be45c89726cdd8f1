//! Reads the arrays of numbers that NumPy writes: `.npy`, little-endian `<f4` or `<f8`, in rows. Refuses all else.

use anyhow::{Context, Result, bail, ensure};

/// The numbers of an array, row after row, in the width that they have in the file.
pub enum Numbers {
    /// 32 bits each.
    Single(Vec<f32>),
    /// 64 bits each.
    Double(Vec<f64>),
}

/// Reads an array.
///
/// # Errors
///
/// If the bytes are no such array.
pub fn read(bytes: &[u8]) -> Result<Numbers> {
    ensure!(bytes.starts_with(b"\x93NUMPY\x01"), "not version 1 of .npy");
    let length = bytes.get(8..10).context("the header is cut short")?;
    let length = usize::from(u16::from_le_bytes([length[0], length[1]]));
    let header = bytes.get(10..10 + length).context("the header is cut short")?;
    let header = std::str::from_utf8(header)?;
    ensure!(header.contains("'fortran_order': False"), "the array is not in rows");
    let data = &bytes[10 + length..];
    if header.contains("'<f8'") {
        let numbers = data.as_chunks().0.iter();
        Ok(Numbers::Double(numbers.map(|bytes| f64::from_le_bytes(*bytes)).collect()))
    } else if header.contains("'<f4'") {
        let numbers = data.as_chunks().0.iter();
        Ok(Numbers::Single(numbers.map(|bytes| f32::from_le_bytes(*bytes)).collect()))
    } else {
        bail!("the array holds neither `<f4` nor `<f8`")
    }
}
