//! Metrics with intervals.
