//! Hostile bytes in, events and rows out
