//! The `ringtrue` binary.
fn main() {}
