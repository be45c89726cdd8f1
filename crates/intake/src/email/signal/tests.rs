//! The signals as a whole.
