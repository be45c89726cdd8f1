//! Attacks on artefacts: changed URLs, mails and commands that go through intake again.
//!
//! ```text
//!   artefact ──Attack::change──► changed artefact ──Oracle──► margin ──search──► the cheapest that is allowed
//!                 ▲ Material (benign text, hosts, seeds)                             └──► curve (cost, TPR)
//! ```
//!
//! An attack is a function from an artefact, what the attacker has at hand and a seeded random source to a changed
//! artefact that still does what the first one did. It sees neither the detector nor its signals: whether it helped is
//! for the search to ask, through the same intake as any other event. Nothing here runs what it makes.

mod attack;
#[cfg(test)]
mod check;
pub mod command;
pub mod curve;
pub mod mail;
mod material;
pub(crate) mod minutes;
mod random;
pub mod search;
pub mod session;
mod twin;
pub mod url;

pub use attack::{Attack, Declaration, Verified};
pub use material::Material;
