//! A stream in cycles whose attackers pursue: after each they see which of their own events were stopped.
//!
//! ```text
//!   cycle n ──► benign visits, attacks of crews ──► filter ──stopped?──► crews: volume, kit ──► cycle n + 1
//! ```

mod crew;
mod stream;

pub use stream::{Pursuit, PursuitEvent, PursuitParameters};
