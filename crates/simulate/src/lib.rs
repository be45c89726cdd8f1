//! Streams of events with known truth
