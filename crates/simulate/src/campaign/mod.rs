//! Campaigns: families with their kits and hosts, campaigns that start, peak and die, and who is live.
//!
//! ```text
//!   roster (families by age, campaigns by intensity) ──► campaign ──► host strategy + path kit ──► URL
//! ```

mod family;
mod host;
mod life;
mod loud;
mod member;
mod quiet;
mod roster;

pub(crate) use family::{Family, Manner};
pub(crate) use life::Campaign;
pub(crate) use member::{Member, drawn_index, running_sums};
pub(crate) use roster::{QUIET_SHARE, Roster};
