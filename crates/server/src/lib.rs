//! Verdicts inline: the one path from an event to what is done with it, and the doors through which events come.

pub mod batch;
pub mod habits;
pub mod loaded;
pub mod revealed;

pub use loaded::{LoadError, Loaded};
