//! Threat model placeholder.
