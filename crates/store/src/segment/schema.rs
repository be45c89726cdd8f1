//! The columns of a segment.
//!
//! First the fixed columns (`id`, `kind`, `time`, `label_known`, `label`, `source`, `trust`,
//! `family`, `group`, `layout`), then one column per field name:
//!
//! - `f.NAME` holds the values: double if all present ones are numbers, boolean if all are truth
//!   values, else text. The second field of the same name within an event stands in `f1.NAME`.
//! - `t.NAME` stands beside a text column whose values were not all text and says what each was.
//! - `layout` lists, for each event, the numbers of the field columns that it has, in its order; a
//!   column that is listed and null is a field whose value is missing.
//!
//! Nothing here holds data.

/// Most field columns of a segment, and most fields of an event.
pub(crate) const COLUMNS_MAX: usize = 4_096;

/// How many columns stand before the field columns.
pub(crate) const FIXED: usize = 10;

/// The position of `time` among the fixed columns.
pub(crate) const TIME: usize = 2;

/// The position of `label` among the fixed columns.
pub(crate) const LABEL: usize = 4;

/// What a value of a mixed column was before it became text.
pub(crate) mod tag {
    /// Nothing stood there.
    pub(crate) const MISSING: u8 = 0;
    /// The truth value "false".
    pub(crate) const FALSE: u8 = 1;
    /// The truth value "true".
    pub(crate) const TRUE: u8 = 2;
    /// A number, written in its shortest form that reads back to the same bits.
    pub(crate) const NUMBER: u8 = 3;
    /// Text.
    pub(crate) const TEXT: u8 = 4;
    /// A number without such a form, written as its bits in hexadecimal digits.
    pub(crate) const BITS: u8 = 5;
}

/// Returns the column of the `occurrence`-th field of this name within an event, with `prefix`
/// `f` for values or `t` for tags.
pub(crate) fn column_name(prefix: char, occurrence: u16, name: &str) -> String {
    if occurrence == 0 {
        format!("{prefix}.{name}")
    } else {
        format!("{prefix}{occurrence}.{name}")
    }
}

/// Returns the field's name if `column` holds values of a field.
pub(crate) fn field_name(column: &str) -> Option<&str> {
    let (digits, name) = column.strip_prefix('f')?.split_once('.')?;
    digits
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then_some(name)
}

/// Returns the name of the tag column that may stand beside the value column `column`.
pub(crate) fn tag_name(column: &str) -> Option<String> {
    column.strip_prefix('f').map(|rest| format!("t{rest}"))
}

/// Writes a layout: two little-endian bytes per field column.
pub(crate) fn write_layout(columns: &[u16]) -> Vec<u8> {
    columns
        .iter()
        .flat_map(|column| column.to_le_bytes())
        .collect()
}

/// Reads a layout.
pub(crate) fn read_layout(bytes: &[u8]) -> Vec<usize> {
    bytes
        .chunks_exact(2)
        .map(|pair| {
            let [low, high] = pair else { return usize::MAX };
            usize::from(u16::from_le_bytes([*low, *high]))
        })
        .collect()
}
