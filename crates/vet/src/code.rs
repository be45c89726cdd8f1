//! Codes: the stable name of each thing that vetting can find, with who decides on it.
//!
//! A code is declared beside the check that finds it. `V` stands for vetting, the first two digits for the check, the last for the finding; a
//! code that was published is never given another meaning.

use crate::check::Check;
use crate::finding::Owner;

/// What can be found, and who decides on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// The stable code, such as `V061`.
    pub code: &'static str,
    /// The check that finds it.
    pub check: Check,
    /// What it is, in a few words.
    pub title: &'static str,
    /// Who decides what is done.
    pub owner: Owner,
}
