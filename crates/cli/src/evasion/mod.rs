//! Attacks on events: what changes, is put into the event, goes through intake and the detector, and is told.
//!
//! ```text
//!   Way: artefacts (Evader, by trying) or columns (Mover, by proof) ──turn──► Line ──► Summary (curve)
//!   Trial of a detector ──sample──► the same ──► Robustness (curve, certificates, examples, who attacks)
//! ```

mod certificate;
mod evader;
mod kind;
mod line;
mod mover;
mod patience;
mod prover;
mod robustness;
mod sample;
mod scorer;
mod single;
mod summary;
mod way;

pub(crate) use certificate::{Certificate, Certified};
pub(crate) use evader::Evader;
pub(crate) use kind::Attacks;
pub(crate) use line::{Line, Turn};
pub(crate) use mover::Mover;
pub(crate) use patience::Patience;
pub(crate) use prover::{Prover, Target, Terms};
pub(crate) use robustness::{Measured, Robustness, robustness, way};
pub(crate) use sample::{Gathered, Spread, draw};
pub(crate) use summary::{Summary, Unit, summary, told};
pub(crate) use way::{Way, allowed, material_of, reads_artefacts};
