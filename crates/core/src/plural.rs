//! Counts with their nouns, as people say them: `1 row`, `2 rows`.

use std::fmt::Display;

/// Returns the noun, or noun and verb, in the number that fits the count.
///
/// # Example
///
/// ```
/// assert_eq!(ringtrue_core::noun(1_u64, "day", "days"), "day");
/// ```
#[must_use]
pub fn noun<'n, N>(count: N, one: &'n str, many: &'n str) -> &'n str
where
    N: Copy + PartialEq + From<u8>,
{
    if count == N::from(1) { one } else { many }
}

/// Writes how many of something there are, with the noun, or noun and verb, in the number that fits.
///
/// # Example
///
/// ```
/// use ringtrue_core::plural;
/// assert_eq!(plural(1_u64, "row was", "rows were"), "1 row was");
/// assert_eq!(plural(0_usize, "row was", "rows were"), "0 rows were");
/// ```
#[must_use]
pub fn plural<N>(count: N, one: &str, many: &str) -> String
where
    N: Copy + Display + PartialEq + From<u8>,
{
    let noun = noun(count, one, many);
    format!("{count} {noun}")
}
