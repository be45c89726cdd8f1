//! Judging detectors over time
