//! Campaigns: families with their kits and hosts, campaigns that start, peak and die, and who is live.
//!
//! ```text
//!   roster (families by age, campaigns by intensity) ──► campaign ──► host strategy + path kit ──► URL
//! ```

mod family;
mod host;
mod life;
mod loud;
mod quiet;
mod roster;

pub(crate) use life::Campaign;
pub(crate) use roster::Roster;
